//! A client's month: lines become visits and add-ons, whole or not at all.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::finding::{Book, Code, Fate, Finding};
use crate::model::{
    AddOn, AddOns, CivilDate, ClockRange, Field, Fields, FileName, List, MonthlyPlan, PlanLine,
    SentLine, ServiceCode, Value, Visit, YearMonth,
};
use crate::parallel;
use crate::table::unit_prices::UnitPrices;
use crate::table::{NameWords, OtherServices, ServiceCodes};

use super::CheckError;
use super::bad_rows::BadRows;
use super::code_name::CodeNames;
use super::gather::Gathered;
use super::hold::hold;
use super::left_out::LeftOut;
use super::lines::Unit;
use super::of_files::OfFiles;
use super::origin::Origin;
use super::overlaps::TimedLine;
use super::roster::Roster;
use super::scope::Scope;
use super::senders::SentMonths;
use super::services::{self, Sending};
use super::unknown::{self, Waiting};
use super::unlisted::Unlisted;
use super::verdicts::Verdicts;
use super::versions::Seams;
use super::{certification, counts, days, others, overlaps, roster, senders, twins, versions};

/// What the rules need besides the rows.
#[derive(Debug, Clone)]
pub struct MonthRules<'a> {
    /// Whose rows and which month.
    pub scope: &'a Scope,
    /// What service codes mean.
    pub services: &'a ServiceCodes,
    /// What is called a rate, where a code is in no list.
    pub rates: &'a UnitPrices,
    /// Whether add-ons go along.
    pub add_ons: AddOns,
    /// The basic data; `None` where nothing is known of it, and its rules are not asked.
    pub roster: Option<&'a Roster>,
    /// Who stands in a client list and was not registered.
    pub waiting: &'a Waiting,
    /// What was registered for months that more than one office plans; empty where no file says
    /// who has planned it.
    pub sent: &'a SentMonths,
}

/// A client's month that passed.
#[derive(Debug, Clone)]
pub struct CheckedMonth {
    /// What is sent: visits ordered by day, time and code, add-ons by day and code.
    pub plan: MonthlyPlan,
    /// The client's name as the file writes it.
    pub name: Arc<str>,
    /// The lines that are sent, with their rows.
    pub lines: Vec<(PlanLine, Origin)>,
    /// Lines that are in no row of the files: of what stands there and goes along as it is.
    pub standing: Vec<SentLine>,
    /// For each visit, its line and the day of the month; those that stand are counted on
    /// behind the lines.
    pub visit_cells: Vec<(usize, u32)>,
    /// For each add-on, its line and the day of the month.
    pub add_on_cells: Vec<(usize, u32)>,
}

impl Fields for CheckedMonth {
    fn value(&self, field: Field) -> Value<'_> {
        self.plan.value(field)
    }

    fn length(&self, list: List) -> usize {
        self.plan.length(list)
    }

    fn element(&self, list: List, index: usize) -> Option<&dyn Fields> {
        self.plan.element(list, index)
    }

    /// Whatever comes from one line is the same on all of its days.
    fn repeated(&self, list: List, index: usize) -> Option<(usize, CivilDate)> {
        let (date, (line, _)) = match list {
            List::Visits => (
                self.plan.visits.get(index)?.date,
                self.visit_cells.get(index)?,
            ),
            List::AddOns => (
                self.plan.add_ons.get(index)?.date?,
                self.add_on_cells.get(index)?,
            ),
            List::Cards | List::Unapproved => return None,
        };
        Some((*line, date))
    }
}

/// So many bytes of packed lines are checked by one thread at a time: some hundred clients.
const PIECE: usize = 32 << 10;

/// Checks the plan lines and folds them into months, ordered by office, month and client.
/// Every row that is in none of them gets its fate in the book.
pub fn check(
    gathered: &mut Gathered,
    rules: &MonthRules<'_>,
) -> Result<Vec<CheckedMonth>, CheckError> {
    let mut all = Vec::new();
    let make = |months| months;
    each(gathered, rules, make, |months: Vec<_>, _| {
        all.extend(months);
        Ok::<_, CheckError>(())
    })?;
    Ok(all)
}

/// The same, month by month: what `make` makes of some months on any thread is taken in their
/// order, along with the book, and no more than some of them are in memory.
pub fn each<M: Send, E: From<CheckError>>(
    gathered: &mut Gathered,
    rules: &MonthRules<'_>,
    make: impl Fn(Vec<CheckedMonth>) -> M + Sync,
    mut take: impl FnMut(M, &mut Book) -> Result<(), E>,
) -> Result<(), E> {
    let mut left_out = LeftOut::default();
    let lines = std::mem::take(&mut gathered.lines);
    let mut pieces = lines.by_unit(PIECE).map_err(CheckError::from)?;
    let (names, book) = (&*gathered.names, &mut gathered.book);
    let others = &*gathered.others;
    for (origin, finding) in std::mem::take(&mut gathered.of_others) {
        left_out.add(&origin, finding.value.clone(), finding);
    }
    let chosen = gathered.chosen.as_ref();
    let seams = versions::seams(&gathered.findings);
    let bad = BadRows::sort(&gathered.bad_rows, rules.scope, book, &mut left_out);
    let bad = bad.map_err(CheckError::from)?;
    let (mut said, mut of_files) = (Vec::new(), OfFiles::default());
    let mut unlisted = Unlisted::default();
    parallel::in_order(
        || Ok(pieces.next().map_err(CheckError::from)?),
        |piece| {
            let mut desk = Desk::new(rules, &bad, (names, others), (chosen, &seams));
            let mut months = Vec::new();
            piece.each_unit(|unit, lines| months.extend(desk.fold(unit, lines)));
            let Desk {
                verdicts,
                left_out,
                of_files,
                unlisted,
                ..
            } = desk;
            (make(months), verdicts, left_out, (of_files, unlisted))
        },
        |(made, verdicts, others, (whole, codes))| {
            of_files.add(whole);
            unlisted.join(codes);
            for (origin, finding) in others {
                left_out.add(&origin, finding.value.clone(), finding);
            }
            said.extend(verdicts.enter(book).map_err(CheckError::from)?);
            take(made, book)
        },
    )?;
    left_out.say(&mut gathered.findings);
    gathered.findings.extend(said);
    gathered.findings.extend(unlisted.say());
    of_files.enter(gathered);
    Ok(())
}

/// Folds months, one after the other.
struct Desk<'a> {
    rules: &'a MonthRules<'a>,
    bad: &'a BadRows<'a>,
    names: &'a NameWords,
    others: &'a OtherServices,
    /// The file that counts where two say two things.
    chosen: Option<&'a FileName>,
    /// Where one export ends in a file and the next one begins.
    seams: &'a Seams,
    /// How each line of a month is sent; used again for each month.
    sendings: Vec<Sending>,
    /// The lines of a month in their order; used again for each month.
    order: Order,
    verdicts: Verdicts,
    /// Rows that are not this run's, and why.
    left_out: Vec<(Origin, Finding)>,
    /// What holds whole files.
    of_files: OfFiles,
    /// Codes that no list knows.
    unlisted: Unlisted,
    code_names: CodeNames,
}

impl<'a> Desk<'a> {
    fn new(
        rules: &'a MonthRules<'a>,
        bad: &'a BadRows<'a>,
        (names, others): (&'a NameWords, &'a OtherServices),
        (chosen, seams): (Option<&'a FileName>, &'a Seams),
    ) -> Self {
        Self {
            rules,
            bad,
            names,
            others,
            chosen,
            seams,
            sendings: Vec::new(),
            order: Order::default(),
            verdicts: Verdicts::default(),
            left_out: Vec::new(),
            of_files: OfFiles::default(),
            unlisted: Unlisted::default(),
            code_names: CodeNames::default(),
        }
    }

    /// Applies the rules to one client's month; `None` where it is held or nothing is left.
    fn fold(&mut self, unit: Unit, mut lines: Vec<(PlanLine, Origin)>) -> Option<CheckedMonth> {
        self.leave_out_others(&mut lines);
        let name = Arc::clone(&lines.first()?.0.name);
        if self.is_held_with_its_file(unit, &lines) {
            return None;
        }
        let first = self.verdicts.findings.len();
        let known = (self.rules.sent, self.rules.roster);
        let mut standing = senders::others(unit, &lines, known);
        if let Some(chosen) = self.chosen {
            senders::settle(&mut lines, &mut standing, chosen, &mut self.verdicts);
        }
        let mut because = self.bad.concerning(unit, &lines, self.names);
        self.line_by_line(unit, &mut lines, &mut because);
        let findings = &mut self.verdicts.findings;
        because.extend(senders::check(&lines, &standing, findings));
        because.extend(twins::check(&lines, findings));
        let (office, month, client) = unit;
        let mut checked = CheckedMonth::new(MonthlyPlan {
            office,
            month,
            client,
            visits: Vec::new(),
            add_ons: Vec::new(),
        });
        self.order.put(&lines, &self.sendings);
        overlaps::check(&lines, &self.order.visits, findings);
        checked.spread_add_ons(&lines, &self.order, findings);
        for finding in &mut findings[first..] {
            finding.concern(client, Arc::clone(&name));
        }
        self.unlisted.take(unit, findings, first);
        if !because.is_empty() {
            let origins = lines.iter().map(|(_, origin)| origin);
            hold(origins, &because, client, &name, &mut self.verdicts);
            return None;
        }
        checked.spread_visits(&lines, &self.order);
        checked.name = name;
        checked.lines = lines;
        if checked.lines.is_empty() {
            return None;
        }
        if !standing.is_empty() {
            checked.stand_beside(standing, self.rules);
        }
        Some(checked)
    }

    /// Holds a month for something that is said of its file: another file holds it as well, or
    /// nobody at all is registered. What is wrong in its rows is said when that is settled.
    fn is_held_with_its_file(&mut self, (.., client): Unit, lines: &[(PlanLine, Origin)]) -> bool {
        let nobody = self.rules.roster.is_some_and(Roster::is_empty);
        let joined = versions::joined(lines, self.seams);
        if let Some(sheet) = joined {
            self.of_files.joined(sheet, client);
        } else if !versions::check(lines, client, &mut self.of_files) {
            if !nobody {
                return false;
            }
            for (_, origin) in lines {
                self.of_files.unregistered(origin.sheet(), client);
            }
        }
        for (line, origin) in lines {
            self.verdicts.decide(origin, Fate::Withheld);
            self.verdicts.tie(lines[0].1.id, origin.id);
            self.of_files.hold(origin.place(), client, &line.name);
        }
        true
    }

    /// Leaves out what is another run's. Office and month are the same in all lines of a unit.
    fn leave_out_others(&mut self, lines: &mut Vec<(PlanLine, Origin)>) {
        let scope = self.rules.scope;
        if !lines.first().is_some_and(|(line, _)| scope.is_about(line)) {
            for (line, origin) in lines.drain(..) {
                self.verdicts.decide(&origin, Fate::Excluded);
                let finding = scope.excludes(&line, &origin);
                self.left_out.extend(finding.map(|of| (origin, of)));
            }
            return;
        }
        self.leave_out_others_services(lines);
        for (line, _) in lines {
            // A file without names is about people who have one.
            if line.name.is_empty()
                && let Some(known) = self.rules.roster.and_then(|of| of.find(line.client))
            {
                line.name = known.name.as_str().into();
            }
        }
    }

    /// Leaves out what is neither 訪問介護 nor a home visit of a town.
    fn leave_out_others_services(&mut self, lines: &mut Vec<(PlanLine, Origin)>) {
        let is_ours = |(line, _): &(PlanLine, Origin)| line.code.service_type().is_a_home_visit();
        if lines.iter().all(is_ours) {
            return;
        }
        lines.retain(|(line, origin)| {
            let finding = others::of_another_type(line, origin, self.others);
            let Some(finding) = finding else { return true };
            self.verdicts.decide(origin, Fate::Excluded);
            self.left_out.push((origin.clone(), finding));
            false
        });
    }

    /// The rules on a line by itself. Those that are sent stay; how, is kept of each.
    fn line_by_line(
        &mut self,
        (.., client): Unit,
        lines: &mut Vec<(PlanLine, Origin)>,
        because: &mut Vec<Origin>,
    ) {
        let MonthRules {
            services,
            rates,
            add_ons,
            roster,
            waiting,
            ..
        } = *self.rules;
        // Nothing, where no basic data is known; nobody, where this client is not of it.
        let known = roster.map(|of| (of, of.find(client)));
        self.sendings.clear();
        lines.retain(|(line, origin)| {
            let findings = &mut self.verdicts.findings;
            let first = findings.len();
            let listed = services.find(line.code, line.client.insurer, line.month);
            days::check(line, origin, listed, findings);
            let sending = services::check(line, origin, listed, (add_ons, rates), findings);
            if sending != Sending::Not {
                counts::check(line, origin, findings);
                let meant = (listed, services);
                self.code_names.check(line, origin, meant, findings);
                match known {
                    Some((_, Some(client))) => {
                        roster::check(line, origin, client, self.names, findings);
                        certification::check(line, origin, client, findings);
                    }
                    Some((roster, None)) => {
                        let known = (roster, waiting);
                        findings.push(unknown::finding(line, origin, known, self.names));
                    }
                    None => {}
                }
            }
            let wrong = findings[first..].iter().any(Finding::withholds);
            if wrong {
                because.push(origin.clone());
            }
            let stays = sending != Sending::Not || wrong;
            if stays {
                self.sendings.push(sending);
            } else {
                self.verdicts.decide(origin, Fate::Excluded);
            }
            stays
        });
    }
}

impl CheckedMonth {
    fn new(plan: MonthlyPlan) -> Self {
        Self {
            plan,
            name: Arc::default(),
            lines: Vec::new(),
            visit_cells: Vec::new(),
            add_on_cells: Vec::new(),
            standing: Vec::new(),
        }
    }

    /// Lines of counts become dated visits, one for each count, day by day. A count on a day
    /// that the month does not have is none: it withholds the whole.
    fn spread_visits(&mut self, lines: &[(PlanLine, Origin)], order: &Order) {
        let visits = order.visits.iter();
        let all: u32 = visits.map(|&(.., at)| lines[at].0.planned.total()).sum();
        self.plan.visits.reserve_exact(all as usize);
        self.visit_cells.reserve_exact(all as usize);
        for (date, day) in counted(self.plan.month, lines) {
            for &(hours, code, at) in &order.visits {
                for _ in 0..lines[at].0.planned.on(day) {
                    self.plan.visits.push(Visit { date, hours, code });
                    self.visit_cells.push((at, day));
                }
            }
        }
    }

    /// The same for add-ons. What is counted once a month is so on its first day: which that is
    /// must not hang on the order of the rows.
    fn spread_add_ons(
        &mut self,
        lines: &[(PlanLine, Origin)],
        order: &Order,
        findings: &mut Vec<Finding>,
    ) {
        if order.add_ons.is_empty() {
            return;
        }
        let mut once = BTreeSet::new();
        for (date, day) in counted(self.plan.month, lines) {
            for &(hours, code, at, sending) in &order.add_ons {
                for _ in 0..lines[at].0.planned.on(day) {
                    if sending == Sending::AsOneAddOn && !once.insert(code) {
                        let place = lines[at].1.day(Field::Planned, day);
                        findings.push(Finding::new(Code::MonthlyOnce, place));
                        continue;
                    }
                    let date = Some(date);
                    self.plan.add_ons.push(AddOn { date, hours, code });
                    self.add_on_cells.push((at, day));
                }
            }
        }
    }

    /// Adds what others have planned for the month and was registered, but for what does not go,
    /// or stands once a month and is there already.
    fn stand_beside(&mut self, standing: Vec<SentLine>, rules: &MonthRules<'_>) {
        for sent in standing {
            let line = &sent.line;
            let town = line.client.insurer;
            let listed = rules.services.find(line.code, town, line.month);
            let sending = services::sending(line, listed, (rules.add_ons, rules.rates));
            let is_there = || self.plan.add_ons.iter().any(|of| of.code == line.code);
            if sending == Sending::Not || (sending == Sending::AsOneAddOn && is_there()) {
                continue;
            }
            let at = self.lines.len() + self.standing.len();
            for (day, count) in line.planned.counted() {
                for _ in 0..count {
                    self.stand(line, sending, (at, day));
                }
            }
            self.standing.push(sent);
        }
        let plan = &mut self.plan;
        let order = |of: &Visit| (of.date, of.hours, of.code);
        in_order(&mut plan.visits, &mut self.visit_cells, order);
        let order = |of: &AddOn| (of.date, of.hours, of.code);
        in_order(&mut plan.add_ons, &mut self.add_on_cells, order);
    }

    fn stand(&mut self, line: &PlanLine, sending: Sending, cell: (usize, u32)) {
        let Some(date) = line.month.day(cell.1) else {
            return;
        };
        let code = line.code;
        let add_ons = &mut self.plan.add_ons;
        match (sending, line.hours) {
            (Sending::AsVisits, Some(hours)) => {
                self.plan.visits.push(Visit { date, hours, code });
                self.visit_cells.push(cell);
            }
            (Sending::AsOneAddOn, _) if add_ons.iter().any(|of| of.code == code) => {}
            (Sending::AsAddOns | Sending::AsOneAddOn, hours) => {
                let date = Some(date);
                add_ons.push(AddOn { date, hours, code });
                self.add_on_cells.push(cell);
            }
            (Sending::AsVisits, None) | (Sending::Not, _) => {}
        }
    }
}

/// Orders things, and what belongs to each of them with it.
fn in_order<T, C, K: Ord>(things: &mut Vec<T>, cells: &mut Vec<C>, key: impl Fn(&T) -> K) {
    let mut both: Vec<(T, C)> = things.drain(..).zip(cells.drain(..)).collect();
    both.sort_by_key(|(thing, _)| key(thing));
    (*things, *cells) = both.into_iter().unzip();
}

/// The days of the month on which any of the lines has a count.
fn counted(
    month: YearMonth,
    lines: &[(PlanLine, Origin)],
) -> impl Iterator<Item = (CivilDate, u32)> + use<> {
    let mut counted = [0; 31];
    for (line, _) in lines {
        for (any, count) in counted.iter_mut().zip(line.planned.as_array()) {
            *any |= count;
        }
    }
    let days = month.dates().zip(1..).zip(counted);
    days.filter(|(_, any)| *any > 0).map(|(day, _)| day)
}

/// The lines of a month, each with its place, in the order in which they are sent within a day.
/// It is that of their content, by time and code, so that the order of the rows in a file is no
/// change; and the lines say it once for all their days.
#[derive(Default)]
struct Order {
    visits: Vec<TimedLine>,
    add_ons: Vec<(Option<ClockRange>, ServiceCode, usize, Sending)>,
}

impl Order {
    /// Puts lines in order, in place of those before.
    fn put(&mut self, lines: &[(PlanLine, Origin)], sendings: &[Sending]) {
        self.visits.clear();
        self.add_ons.clear();
        for (at, ((line, _), sending)) in lines.iter().zip(sendings).enumerate() {
            match (sending, line.hours) {
                (Sending::AsVisits, Some(hours)) => self.visits.push((hours, line.code, at)),
                (Sending::AsAddOns | Sending::AsOneAddOn, hours) => {
                    self.add_ons.push((hours, line.code, at, *sending));
                }
                (Sending::AsVisits, None) | (Sending::Not, _) => {}
            }
        }
        self.visits.sort_unstable();
        self.add_ons
            .sort_unstable_by_key(|&(hours, code, at, _)| (hours, code, at));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::super::samples::{
        ANOTHER, Sample, card, day, gather, line, rules as of, said, scope,
    };
    use super::*;
    use crate::finding::RowId;
    use crate::model::Place;

    /// What became of rows: the plans in words, the findings, and the fates of the rows.
    #[derive(Debug, PartialEq, Eq)]
    struct Outcome {
        plans: Vec<Vec<String>>,
        said: Vec<String>,
        withheld: usize,
        excluded: usize,
    }

    fn rules<'a>(scope: &'a Scope, roster: Option<&'a Roster>) -> MonthRules<'a> {
        MonthRules {
            roster,
            ..of(scope)
        }
    }

    fn checked(rows: &[Sample]) -> Outcome {
        checked_by(&rules(&scope(), None), rows)
    }

    fn checked_by(rules: &MonthRules<'_>, rows: &[Sample]) -> Outcome {
        let mut gathered = gather(rows);
        let months = check(&mut gathered, rules).unwrap();
        Outcome {
            plans: months.iter().map(planned).collect(),
            said: said(&gathered.findings),
            withheld: gathered.book.count(Fate::Withheld),
            excluded: gathered.book.count(Fate::Excluded),
        }
    }

    /// A client's name, visits and add-ons, each with the row and day it came from.
    fn planned(month: &CheckedMonth) -> Vec<String> {
        let cell =
            |(line, day): &(usize, u32)| format!("{}行目{day}日", month.lines[*line].1.row());
        let hours = |hours: Option<crate::model::ClockRange>| {
            hours.map_or(String::new(), |hours| {
                format!(" {}–{}", hours.start(), hours.end())
            })
        };
        let visits = month.plan.visits.iter().zip(&month.visit_cells);
        let visits = visits.map(|(visit, of)| {
            let hours = hours(Some(visit.hours));
            format!("{}{hours} {} {}", visit.date, visit.code, cell(of))
        });
        let add_ons = month.plan.add_ons.iter().zip(&month.add_on_cells);
        let add_ons = add_ons.map(|(add_on, of)| {
            let (date, hours) = (add_on.date.unwrap(), hours(add_on.hours));
            format!("+ {date}{hours} {} {}", add_on.code, cell(of))
        });
        [month.name.to_string()]
            .into_iter()
            .chain(visits)
            .chain(add_ons)
            .collect()
    }

    fn names(outcome: &Outcome) -> Vec<&str> {
        outcome.plans.iter().map(|plan| &*plan[0]).collect()
    }

    /// The line of a second client.
    fn taro(days: &[u32]) -> Sample {
        line(days).of("0000100002", "試験　太郎")
    }

    #[test]
    fn counts_become_that_many_visits_ordered_by_day_time_and_code() {
        assert_eq!(
            checked(&[
                line(&[6]).serving("117211", "10:00", "10:45"),
                line(&[6]).with("予定5", "2"),
            ]),
            Outcome {
                plans: vec![vec![
                    "試験　花子".into(),
                    "2026-10-05 09:00–09:30 111111 3行目5日".into(),
                    "2026-10-05 09:00–09:30 111111 3行目5日".into(),
                    "2026-10-06 09:00–09:30 111111 3行目6日".into(),
                    "2026-10-06 10:00–10:45 117211 2行目6日".into(),
                ]],
                said: vec![],
                withheld: 0,
                excluded: 0,
            }
        );
    }

    #[test]
    fn add_ons_are_dated_and_one_of_a_visit_has_its_times() {
        let outcome = checked(&[
            line(&[5]),
            line(&[5]).serving("114000", "9:00", "9:30"),
            line(&[5, 6]).serving("114004", "", ""),
        ]);
        assert_eq!(
            outcome.plans[0][1..],
            [
                "2026-10-05 09:00–09:30 111111 2行目5日",
                "+ 2026-10-05 114004 4行目5日",
                "+ 2026-10-05 09:00–09:30 114000 3行目5日",
                "+ 2026-10-06 114004 4行目6日",
            ]
        );
    }

    #[test]
    fn a_line_that_is_not_sent_is_excluded_and_leaves_its_month_whole() {
        let outcome = checked(&[
            line(&[5]),
            line(&[1]).serving("116275", "", ""),
            line(&[]).serving("117211", "10:00", "10:45"),
        ]);
        assert_eq!(outcome.plans[0].len(), 2);
        assert_eq!(
            outcome.said,
            ["P412 3行目 サービスコード「116275」", "P413 4行目 予定合計",]
        );
        assert_eq!((outcome.withheld, outcome.excluded), (0, 2));
    }

    #[test]
    fn a_month_of_which_nothing_is_left_is_no_month() {
        let outcome = checked(&[line(&[1]).serving("116275", "", "")]);
        assert_eq!(outcome.plans, [[""; 0]; 0]);
        assert_eq!((outcome.withheld, outcome.excluded), (0, 1));
    }

    #[test]
    fn a_monthly_add_on_goes_once_for_each_client() {
        let outcome = checked(&[
            line(&[5, 12]).serving("114001", "", ""),
            line(&[19]).serving("114001", "", ""),
            taro(&[19]).serving("114001", "", ""),
        ]);
        assert_eq!(
            outcome.plans,
            [
                ["試験　太郎", "+ 2026-10-19 114001 4行目19日"],
                ["試験　花子", "+ 2026-10-05 114001 2行目5日"],
            ]
        );
        assert_eq!(outcome.said, ["P415 2行目 予定12", "P415 3行目 予定19"]);
        assert_eq!((outcome.withheld, outcome.excluded), (0, 0));
    }

    #[test]
    fn the_first_day_of_a_monthly_add_on_goes_whatever_the_order_of_the_rows() {
        let outcome = checked(&[
            line(&[12]).serving("114001", "", ""),
            line(&[5, 19]).serving("114001", "", ""),
        ]);
        assert_eq!(
            outcome.plans,
            [["試験　花子", "+ 2026-10-05 114001 3行目5日"]]
        );
        assert_eq!(outcome.said, ["P415 2行目 予定12", "P415 3行目 予定19"]);
    }

    #[test]
    fn two_monthly_add_ons_of_one_line_and_day_are_one() {
        let outcome = checked(&[line(&[]).serving("114001", "", "").with("予定5", "2")]);
        assert_eq!(outcome.plans[0].len(), 2);
        assert_eq!(outcome.said, ["P415 2行目 予定5"]);
    }

    #[test]
    fn a_line_with_an_error_withholds_its_clients_month_and_no_other() {
        let outcome = checked(&[line(&[5]), line(&[6]).serving("111111", "", ""), taro(&[5])]);
        assert_eq!(names(&outcome), ["試験　太郎"]);
        assert_eq!(
            outcome.said,
            ["P414 3行目 開始時刻", "P410 2行目 3行目のため"]
        );
        assert_eq!((outcome.withheld, outcome.excluded), (2, 0));
    }

    #[test]
    fn a_bad_row_with_a_number_holds_the_month_of_that_number() {
        let outcome = checked(&[
            line(&[5]),
            // The number counts, whatever the name says.
            line(&[6]).with("開始時刻", "朝").with("氏名", "試験　太郎"),
            taro(&[5]),
        ]);
        assert_eq!(names(&outcome), ["試験　太郎"]);
        assert_eq!(
            outcome.said,
            ["V207 3行目 開始時刻「朝」", "P410 2行目 3行目のため"]
        );
        assert_eq!((outcome.withheld, outcome.excluded), (2, 0));
    }

    #[test]
    fn a_bad_row_without_a_readable_number_holds_whoever_has_its_name() {
        let outcome = checked(&[
            line(&[5]),
            line(&[6]).of("12345678901", "試験花子　様"),
            line(&[7]).of("0000100003", "試験　花子"),
            taro(&[5]),
        ]);
        assert_eq!(names(&outcome), ["試験　太郎"]);
        assert_eq!(
            outcome.said[1..],
            ["P410 4行目 3行目のため", "P410 2行目 3行目のため"]
        );
        assert_eq!((outcome.withheld, outcome.excluded), (3, 0));
    }

    #[test]
    fn a_bad_row_without_a_readable_insurer_holds_whoever_has_its_insured_number() {
        let outcome = checked(&[
            line(&[5]),
            line(&[6]).with("保険者番号", "13").with("氏名", ""),
            taro(&[5]),
        ]);
        assert_eq!(names(&outcome), ["試験　太郎"]);
        assert_eq!((outcome.withheld, outcome.excluded), (2, 0));
    }

    #[test]
    fn many_bad_rows_are_named_up_to_the_fifth() {
        let mut rows = vec![line(&[5])];
        rows.extend((0..6).map(|_| line(&[6]).with("開始時刻", "朝")));
        assert_eq!(
            checked(&rows).said.last().unwrap(),
            "P410 2行目 3行目、4行目、5行目、6行目、7行目ほかのため"
        );
    }

    #[test]
    fn bad_rows_of_another_office_or_month_are_excluded_and_hold_nothing() {
        let bad = line(&[6]).with("開始時刻", "朝");
        let outcome = checked(&[
            line(&[5]),
            bad.clone().with("事業所番号", ANOTHER),
            bad.with("対象年月", "2026/11"),
        ]);
        assert_eq!(names(&outcome), ["試験　花子"]);
        assert_eq!(
            outcome.said,
            ["P406 3行目 事業所番号", "P407 4行目 対象年月「2026-11」"]
        );
        assert_eq!((outcome.withheld, outcome.excluded), (0, 2));
    }

    #[test]
    fn good_rows_of_another_office_or_month_are_excluded() {
        let outcome = checked(&[
            line(&[5]),
            line(&[6]).with("事業所番号", ANOTHER),
            line(&[6]).with("対象年月", "2026/11"),
        ]);
        assert_eq!(outcome.plans[0].len(), 2);
        assert_eq!((outcome.withheld, outcome.excluded), (0, 2));
    }

    #[test]
    fn where_everything_is_meant_each_office_and_month_of_a_client_stands_alone() {
        let any = Scope::default();
        let outcome = checked_by(
            &rules(&any, None),
            &[
                line(&[5]).with("対象年月", "2026/11"),
                line(&[6])
                    .with("対象年月", "2026/11")
                    .with("開始時刻", "朝"),
                line(&[5]),
                line(&[5]).with("事業所番号", ANOTHER),
                line(&[6])
                    .with("事業所番号", "1370300012")
                    .with("開始時刻", "朝"),
            ],
        );
        assert_eq!(
            outcome.plans,
            [
                ["試験　花子", "2026-10-05 09:00–09:30 111111 4行目5日"],
                ["試験　花子", "2026-10-05 09:00–09:30 111111 5行目5日"],
            ]
        );
        assert_eq!((outcome.withheld, outcome.excluded), (3, 0));
    }

    #[test]
    fn the_basic_data_is_asked_only_about_lines_that_are_sent() {
        let roster = super::super::samples::roster(&[card()]);
        let outcome = checked_by(
            &rules(&scope(), Some(&roster)),
            &[line(&[5]), taro(&[1]).serving("116275", "", ""), taro(&[])],
        );
        assert_eq!(names(&outcome), ["試験　花子"]);
        assert_eq!((outcome.withheld, outcome.excluded), (0, 2));
        let outcome = checked_by(&rules(&scope(), Some(&roster)), &[taro(&[5])]);
        assert_eq!(outcome.said, ["P408 2行目 被保険者番号「0000100002」"]);
        assert_eq!((outcome.withheld, outcome.excluded), (1, 0));
    }

    #[test]
    fn days_of_a_national_file_become_a_month_like_the_days_of_the_grid() {
        let outcome = checked(&[
            day("20261006").with("サービス回数", "2"),
            day("20261005"),
            day("20261005").serving_at("114001", "9999", "9999"),
            day("20261006").serving_at("114001", "0900", "0930"),
            day("20261001").serving_at("A22111", "9999", "9999"),
        ]);
        assert_eq!(
            outcome.plans,
            [[
                "",
                "2026-10-05 09:00–09:30 111111 2行目5日",
                "2026-10-06 09:00–09:30 111111 1行目6日",
                "2026-10-06 09:00–09:30 111111 1行目6日",
                "+ 2026-10-01 A22111 5行目1日",
                "+ 2026-10-05 114001 3行目5日",
            ]]
        );
        assert_eq!(
            outcome.said,
            [
                "P416 5行目 サービスコード「A22111」",
                "P415 4行目 サービス利用日",
            ]
        );
    }

    #[test]
    fn a_day_without_a_count_is_said_at_its_count() {
        let outcome = checked(&[day("20261005"), day("20261006").with("サービス回数", "0")]);
        assert_eq!(outcome.said, ["P413 2行目 サービス回数"]);
        assert_eq!((outcome.plans.len(), outcome.excluded), (1, 1));
    }

    #[test]
    fn rows_of_other_offices_in_a_national_file_are_said_once_an_office_and_hold_nothing() {
        let foreign = day("20261005").with("サービス事業者コード", ANOTHER);
        let third = foreign.clone().with("サービス事業者コード", "1370100990");
        let outcome = checked(&[
            day("20261005"),
            foreign.clone(),
            third,
            foreign.clone().with("サービス開始時刻", "朝"),
            foreign
                .with("サービス開始時刻", "2330")
                .with("サービス終了時刻", "0030"),
        ]);
        assert_eq!(
            outcome.said,
            [
                "P406 3行目 サービス事業者コード「1370100990」 1370100990 の行 全1行",
                "P406 2行目 サービス事業者コード「1370200014」 1370200014 の行 全3行",
            ]
        );
        assert_eq!(
            (outcome.plans.len(), outcome.withheld, outcome.excluded),
            (1, 0, 4)
        );
    }

    #[test]
    fn a_national_file_of_another_month_is_said_once() {
        let november = |date: &str| day(date).with("対象年月", "202611");
        let outcome = checked(&[november("20261105"), november("20261106")]);
        assert_eq!(
            outcome.said,
            ["P407 1行目 対象年月「2026-11」 2026-11 の行 全2行"]
        );
        assert_eq!(outcome.excluded, 2);
    }

    #[test]
    fn a_row_without_a_number_in_a_file_without_names_holds_everybody_in_it() {
        let other = "UPPLAN_202610_1370000026_43_1370100016_11_20260925093000.CSV";
        let outcome = checked(&[
            day("20261005"),
            day("20261006").with("被保険者番号", "不明"),
            day("20261005")
                .with("被保険者番号", "0000100002")
                .within(other),
        ]);
        assert_eq!(outcome.said.len(), 2, "{:?}", outcome.said);
        assert_eq!(outcome.said[1], "P410 1行目 2行目のため");
        assert_eq!((outcome.plans.len(), outcome.withheld), (1, 2));
    }

    #[test]
    fn a_file_without_names_bears_the_names_of_the_basic_data() {
        let roster = super::super::samples::roster(&[card()]);
        let outcome = checked_by(&rules(&scope(), Some(&roster)), &[day("20261005")]);
        assert_eq!(names(&outcome), ["試験　花子"]);
    }

    #[test]
    fn findings_name_the_client() {
        let mut gathered = gather(&[line(&[5]), line(&[6]).serving("111111", "", "")]);
        check(&mut gathered, &rules(&scope(), None)).unwrap();
        for finding in &gathered.findings {
            assert_eq!(finding.client.as_ref().unwrap().name, "試験　花子".into());
        }
    }

    /// A code with times that suit it.
    fn any_service() -> impl Strategy<Value = (&'static str, &'static str, &'static str)> {
        prop::sample::select(vec![
            ("111111", "9:00", "9:30"),
            ("111111", "23:30", "0:30"),
            ("117211", "10:00", "10:45"),
            ("119999", "9:00", "9:30"),
            ("A22111", "9:00", "9:30"),
            ("114000", "9:00", "9:30"),
            ("114004", "", ""),
            ("114001", "", ""),
            ("114001", "", ""),
            ("116275", "", ""),
        ])
    }

    fn any_days(count: &'static str) -> impl Strategy<Value = Vec<(u32, &'static str)>> {
        prop::collection::vec((1u32..=31, Just(count)), 0..4)
    }

    prop_compose! {
        fn right_row()(
            (insured, name) in prop::sample::select(vec![
                ("0000123456", "試験　花子"),
                ("0000100002", "試験　太郎"),
            ]),
            (code, start, end) in any_service(),
            days in prop_oneof![3 => any_days("1"), 1 => any_days("2")],
        ) -> Sample {
            let row = line(&[]).of(insured, name).serving(code, start, end);
            days.iter().fold(row, |row, (day, count)| row.with(&format!("予定{day}"), count))
        }
    }

    /// A row that is foreign, or wrong in one cell.
    fn odd_row() -> impl Strategy<Value = Sample> {
        let odd = prop::sample::select(vec![
            ("対象年月", "2026/11"),
            ("対象年月", "来月"),
            ("事業所番号", ANOTHER),
            ("事業所番号", "12"),
            ("被保険者番号", "0000100003"),
            ("被保険者番号", "番号"),
            ("保険者番号", ""),
            ("氏名", ""),
            ("サービスコード", "1111"),
            ("開始時刻", "25:00"),
            ("終了時刻", ""),
            ("終了時刻", "9:00"),
            ("予定5", "x"),
            ("実績31", "2"),
        ]);
        let second = odd.clone();
        (right_row(), odd, second).prop_map(|(row, (header, text), (other, words))| {
            row.with(header, text).with(other, words)
        })
    }

    /// Rows, and the same rows in another order.
    fn any_rows() -> impl Strategy<Value = (Vec<Sample>, Vec<Sample>)> {
        let row = prop_oneof![6 => right_row(), 1 => odd_row()];
        prop::collection::vec(row, 1..12)
            .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle()))
    }

    proptest! {
        #[test]
        fn every_row_is_decided_once_or_part_of_one_month((rows, _) in any_rows()) {
            let mut gathered = gather(&rows);
            let good = gathered.lines.all();
            let good = good.iter().map(|(_, origin)| origin.id);
            let bad = gathered.bad_rows.iter().map(|row| row.origin.id);
            let all: HashSet<RowId> = good.chain(bad).collect();
            prop_assert_eq!(all.len(), rows.len());

            // A row that is decided twice, and differently, is an error of the book.
            let months = check(&mut gathered, &rules(&scope(), None)).unwrap();
            let in_months: Vec<RowId> = months
                .iter()
                .flat_map(|month| month.lines.iter().map(|(_, origin)| origin.id))
                .collect();
            let mut decided = 0;
            for row in all {
                let months = in_months.iter().filter(|of| **of == row).count();
                let fates = usize::from(gathered.book.fate(row).is_some());
                prop_assert_eq!(months + fates, 1);
                decided += 1;
            }
            prop_assert_eq!(decided, rows.len());
        }

        #[test]
        fn the_order_of_the_rows_changes_no_plan((rows, shuffled) in any_rows()) {
            let plans = |rows: &[Sample]| -> Vec<MonthlyPlan> {
                let months = check(&mut gather(rows), &rules(&scope(), None)).unwrap();
                months.into_iter().map(|month| month.plan).collect()
            };
            prop_assert_eq!(plans(&rows), plans(&shuffled));
        }

        #[test]
        fn every_row_that_is_not_sent_has_a_finding((rows, _) in any_rows()) {
            let mut gathered = gather(&rows);
            let months = check(&mut gathered, &rules(&scope(), None)).unwrap();
            let sent: HashSet<u32> = months
                .iter()
                .flat_map(|month| month.lines.iter().map(|(_, origin)| origin.row()))
                .collect();
            let named: HashSet<u32> = gathered
                .findings
                .iter()
                .filter_map(|finding| finding.place.row)
                .collect();
            let counted = gathered.findings.iter().any(|finding| {
                matches!(finding.code, Code::OtherOffice | Code::OtherMonth)
            });
            let place = gathered.recognised[0].0.place(0);
            for row in (2..).take(rows.len()) {
                let place = Place { row: Some(row), ..place.clone() };
                let id = gathered.book.row_at(&place).unwrap();
                let left_out = gathered.book.fate(id) == Some(Fate::Excluded) && counted;
                let said = sent.contains(&row) || named.contains(&row) || left_out;
                prop_assert!(said, "row {}", row);
            }
        }

        #[test]
        fn every_count_of_a_month_is_a_visit_or_an_add_on((rows, _) in any_rows()) {
            let mut gathered = gather(&rows);
            for month in check(&mut gathered, &rules(&scope(), None)).unwrap() {
                let counts: u32 = month.lines.iter().map(|(line, _)| line.planned.total()).sum();
                let items = month.plan.visits.len() + month.plan.add_ons.len();
                let more_than_once = gathered
                    .findings
                    .iter()
                    .filter(|finding| finding.code == Code::MonthlyOnce)
                    .filter(|finding| month.lines.iter().any(|(_, of)| Some(of.row()) == finding.place.row))
                    .count();
                prop_assert_eq!(counts as usize, items + more_than_once);
            }
        }
    }
}
