//! Senders: a month that more than one care-management office has planned.
//!
//! A client may change the office in mid-month, or have 総合事業 planned by another one than
//! 訪問介護; then each of them sends a file of its own. What one has planned takes the place of
//! what that one had planned before, and of nothing else. Several files are one month as long as
//! no two plan the same service on one day; where they do, somebody is asked about these days.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::finding::{Code, Fate, Finding};
use crate::model::{Client, DayCounts, Field, FileName, PlanLine, Sender, SentLine, ServiceCode};
use crate::read::Sheet;

use super::lines::Unit;
use super::origin::Origin;
use super::roster::Roster;
use super::superseded::parts;
use super::verdicts::Verdicts;

/// The lines that were registered for months, each with who planned it.
pub type SentMonths = HashMap<Unit, Vec<SentLine>>;

/// Who sent the rows of a sheet; `None` where its name does not say it, and for 楽すけ's own.
pub fn of(sheet: &Sheet) -> Option<Sender> {
    parts(sheet)?.sender
}

/// Whether two sheets are of two senders, so that neither stands in for the other.
pub(super) fn differ(one: &Sheet, other: &Sheet) -> bool {
    of(one)
        .zip(of(other))
        .is_some_and(|(one, other)| one != other)
}

/// What others than the senders of these lines have planned for the month and was registered.
/// A grid of 楽すけ is about whole months, and leaves nothing of others.
pub(super) fn others(
    unit: Unit,
    lines: &[(PlanLine, Origin)],
    (sent, roster): (&SentMonths, Option<&Roster>),
) -> Vec<SentLine> {
    let Some(sent) = sent.get(&unit) else {
        return Vec::new();
    };
    let of_sheets = sheets(lines).map(of);
    let Some(now) = of_sheets.collect::<Option<BTreeSet<Sender>>>() else {
        return Vec::new();
    };
    let client = roster.and_then(|roster| roster.find(unit.2));
    let others = sent.iter().filter_map(|sent| match sent.sender {
        Some(sender) => (!now.contains(&sender)).then(|| sent.clone()),
        None => of_another_day(sent, &now, client?),
    });
    others.collect()
}

/// The sheets of lines, of which those of one come one after the other.
fn sheets(lines: &[(PlanLine, Origin)]) -> impl Iterator<Item = &Sheet> {
    let runs = lines.chunk_by(|(_, one), (_, next)| Arc::ptr_eq(one.sheet(), next.sheet()));
    runs.map(|run| &**run[0].1.sheet())
}

/// What is left of a line of which nobody knows who planned it, when `now` plan: the days on
/// which the insurance card names another office than theirs, if it names one of theirs at all.
fn of_another_day(sent: &SentLine, now: &BTreeSet<Sender>, client: &Client) -> Option<SentLine> {
    let theirs = |office| now.iter().any(|sender| sender.office == office);
    let month = sent.line.month;
    let office_on = |day| {
        let cards = month.day(day).map(|date| client.cards_on(date).next());
        cards.flatten().and_then(|card| card.care_office)
    };
    if !(1..=31).any(|day| office_on(day).is_some_and(theirs)) {
        return None;
    }
    let mut left = sent.clone();
    left.line.planned = DayCounts::default();
    for (day, count) in sent.line.planned.counted() {
        if office_on(day).is_some_and(|office| !theirs(office)) {
            left.line.planned.set(day, count);
        }
    }
    (left.line.planned.total() > 0).then_some(left)
}

/// Where two senders plan one service on one day and somebody has chosen the file of one of them,
/// takes the days of the other one away.
pub(super) fn settle(
    lines: &mut Vec<(PlanLine, Origin)>,
    others: &mut Vec<SentLine>,
    chosen: &FileName,
    verdicts: &mut Verdicts,
) {
    let is_chosen = |origin: &Origin| origin.sheet().file() == chosen;
    let of_chosen = lines.iter().filter(|(_, origin)| is_chosen(origin));
    let days: BTreeSet<(ServiceCode, u32)> = of_chosen.flat_map(|(line, _)| days(line)).collect();
    lines.retain(|(line, origin)| {
        let goes = !is_chosen(origin) && self::days(line).any(|day| days.contains(&day));
        if goes {
            verdicts.decide(origin, Fate::Excluded);
            let detail = format!("{chosen} を選んだので使いません");
            let finding = Finding::new(Code::NotChosen, origin.place());
            verdicts.findings.push(finding.detail(detail));
        }
        !goes
    });
    for SentLine { line, .. } in others.iter_mut() {
        for (code, day) in self::days(line).collect::<Vec<_>>() {
            if days.contains(&(code, day)) {
                line.planned.set(day, 0);
            }
        }
    }
    others.retain(|of| of.line.planned.total() > 0);
}

/// P427: the lines that plan a service on a day on which another sender plans it too.
pub(super) fn check(
    lines: &[(PlanLine, Origin)],
    others: &[SentLine],
    findings: &mut Vec<Finding>,
) -> Vec<Origin> {
    let mut planned: HashMap<(ServiceCode, u32), Vec<Sender>> = HashMap::new();
    for SentLine { line, sender } in others {
        for day in days(line) {
            planned.entry(day).or_default().extend(*sender);
        }
    }
    let several = sheets(lines).nth(1).is_some();
    if planned.is_empty() && !several {
        return Vec::new();
    }
    for (line, origin) in lines {
        for day in days(line) {
            planned.entry(day).or_default().extend(of(origin.sheet()));
        }
    }
    let mut doubted = Vec::new();
    for (line, origin) in lines {
        let Some(own) = of(origin.sheet()) else {
            continue;
        };
        let by_others = days(line).find_map(|day| {
            let mut senders = planned[&day].iter();
            senders.find(|of| **of != own).map(|other| (day.1, other))
        });
        if let Some((day, other)) = by_others {
            let detail = format!("{day}日は、{} の予定にもあります", other.office);
            let finding = Finding::new(Code::TwoPlanners, origin.day(Field::Planned, day));
            findings.push(finding.value(line.code.as_str()).detail(detail));
            doubted.push(origin.clone());
        }
    }
    doubted
}

fn days(line: &PlanLine) -> impl Iterator<Item = (ServiceCode, u32)> {
    let code = line.code;
    line.planned.counted().map(move |(day, _)| (code, day))
}

#[cfg(test)]
mod tests {
    use super::super::months::{self, MonthRules};
    use super::super::samples::{Sample, card, day, gather, line, roster, rules, said, scope};
    use super::*;

    const FIRST: &str = "UPPLAN_202610_1370000018_43_1370100016_11_20260925093000.CSV";
    const SECOND: &str = "UPPLAN_202610_1370000026_43_1370100016_11_20261013093000.CSV";
    const OF_A2: &str = "UPPLAN_202610_1370000018_46_1370100016_A2_20260925093000.CSV";

    /// The visits of the month, and what is said, where such was registered before.
    fn checked(rows: &[Sample], registered: &[SentLine]) -> (Vec<String>, Vec<String>) {
        checked_by(rows, registered, None, None)
    }

    fn checked_by(
        rows: &[Sample],
        registered: &[SentLine],
        cards: Option<&Roster>,
        chosen: Option<&str>,
    ) -> (Vec<String>, Vec<String>) {
        let mut gathered = gather(rows);
        gathered.chosen = chosen.map(FileName::new);
        let unit = |of: &SentLine| (of.line.office, of.line.month, of.line.client);
        let registered: SentMonths = registered
            .first()
            .map(|of| (unit(of), registered.to_vec()))
            .into_iter()
            .collect();
        let scope = scope();
        let rules = MonthRules {
            sent: &registered,
            roster: cards,
            ..rules(&scope)
        };
        let months = months::check(&mut gathered, &rules).unwrap();
        let plan = months.first().map(|month| &month.plan);
        let visits = plan.iter().flat_map(|plan| &plan.visits);
        let visits = visits.map(|of| format!("{} {}", of.date.day(), of.code));
        let add_ons = plan.iter().flat_map(|plan| &plan.add_ons);
        let add_ons = add_ons.map(|of| format!("+ {} {}", of.date.unwrap().day(), of.code));
        (visits.chain(add_ons).collect(), said(&gathered.findings))
    }

    /// What was registered of a file, or of a grid.
    fn registered(rows: &[Sample]) -> Vec<SentLine> {
        let lines = gather(rows).lines.all().into_iter();
        lines
            .map(|(line, origin)| SentLine {
                sender: of(origin.sheet()),
                line,
            })
            .collect()
    }

    #[test]
    fn files_of_two_senders_are_one_month() {
        let rows = [
            day("20261005").within(FIRST),
            day("20261019").within(SECOND),
        ];
        let both = vec!["5 111111".to_owned(), "19 111111".to_owned()];
        assert_eq!(checked(&rows, &[]), (both, vec![]));
    }

    #[test]
    fn the_lines_of_one_file_are_of_one_sheet() {
        let rows = [day("20261005").within(FIRST), day("20261006").within(FIRST)];
        assert_eq!(sheets(&gather(&rows).lines.all()).count(), 1);
    }

    #[test]
    fn what_another_sender_has_planned_stays_and_what_this_one_had_planned_does_not() {
        let before = registered(&[
            day("20261005").within(FIRST),
            day("20261026").within(SECOND),
        ]);
        let now = [day("20261019").within(SECOND)];
        let left = vec!["5 111111".to_owned(), "19 111111".to_owned()];
        assert_eq!(checked(&now, &before), (left, vec![]));
        // Our other service is another file of the same office.
        let visit = day("20261005").serving_at("A21111", "0900", "0930");
        let before = registered(&[visit.within(OF_A2)]);
        let both = vec!["5 A21111".to_owned(), "19 111111".to_owned()];
        assert_eq!(checked(&[day("20261019").within(FIRST)], &before).0, both);
    }

    #[test]
    fn one_service_on_one_day_of_two_senders_is_a_question() {
        let second = day("20261005").serving_at("111111", "1500", "1530");
        let rows = [day("20261005").within(FIRST), second.within(SECOND)];
        let (visits, said) = checked(&rows, &[]);
        assert_eq!(visits, [""; 0]);
        assert_eq!(
            said,
            [
                "P427 1行目 サービス利用日「111111」 5日は、1370000026 の予定にもあります",
                "P427 1行目 サービス利用日「111111」 5日は、1370000018 の予定にもあります",
            ]
        );
        let before = registered(&rows[..1]);
        assert_eq!(checked(&rows[1..], &before).1, said[1..]);
    }

    #[test]
    fn the_chosen_file_wins_the_days_that_two_senders_plan_and_no_other() {
        let rows = [
            day("20261005").within(FIRST),
            day("20261012").within(FIRST),
            day("20261012").within(SECOND),
        ];
        let both = vec!["5 111111".to_owned(), "12 111111".to_owned()];
        let said = format!("R149 2行目 {SECOND} を選んだので使いません");
        let chosen = checked_by(&rows, &[], None, Some(SECOND));
        assert_eq!(chosen, (both.clone(), vec![said]));
        let before = registered(&rows[..2]);
        let chosen = checked_by(&rows[2..], &before, None, Some(SECOND));
        assert_eq!(chosen, (both, vec![]));
    }

    #[test]
    fn what_stands_once_a_month_is_not_added_for_the_second_sender() {
        let first_visit = |date, file| {
            let add_on = day(date).serving_at("114001", "9999", "9999");
            add_on.within(file)
        };
        let before = registered(&[first_visit("20261005", FIRST)]);
        let now = [
            day("20261019").within(SECOND),
            first_visit("20261019", SECOND),
        ];
        let once = vec!["19 111111".to_owned(), "+ 19 114001".to_owned()];
        assert_eq!(checked(&now, &before), (once, vec![]));
    }

    #[test]
    fn add_ons_of_others_wait_with_all_add_ons_where_none_are_registered() {
        let add_on = day("20261005").serving_at("114004", "9999", "9999");
        let before = registered(&[day("20261005").within(FIRST), add_on.within(FIRST)]);
        let mut gathered = gather(&[day("20261019").within(SECOND)]);
        let line = &before[0].line;
        let unit = (line.office, line.month, line.client);
        let scope = scope();
        let rules = MonthRules {
            sent: &SentMonths::from([(unit, before)]),
            add_ons: crate::model::AddOns::Without,
            ..rules(&scope)
        };
        let months = months::check(&mut gathered, &rules).unwrap();
        let plan = &months[0].plan;
        assert_eq!((plan.visits.len(), plan.add_ons.len()), (2, 0));
        // What stands there of them joins later, and must not be remembered twice.
        assert_eq!(months[0].standing.len(), 1);
    }

    #[test]
    fn of_a_grid_the_days_of_another_offices_card_stay() {
        let of = |from: &str, to: &str, office: &str| {
            card()
                .with("認定有効期間開始日", from)
                .with("認定有効期間終了日", to)
                .with("居宅支援事業所番号", office)
        };
        let before = registered(&[line(&[5, 12, 19])]);
        let now = [day("20261026").within(SECOND)];
        let two = roster(&[
            of("2026/04/01", "2026/10/14", "1370000018"),
            of("2026/10/15", "2029/03/31", "1370000026"),
        ]);
        let (visits, _) = checked_by(&now, &before, Some(&two), None);
        assert_eq!(visits, ["5 111111", "12 111111", "26 111111"]);
        let one = roster(&[of("2026/04/01", "2029/03/31", "1370000026")]);
        assert_eq!(checked_by(&now, &before, Some(&one), None).0, ["26 111111"]);
    }
}
