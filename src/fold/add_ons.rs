//! Add-ons on their way back: by class, and never twice.

use std::collections::BTreeSet;

use crate::finding::{Code, Fate, Finding, Imbalance, RowId};
use crate::model::{ActualAddOn, AddOns, CivilDate, ClockRange, ServiceCode};
use crate::table::Class;

use super::lines::Lines;
use super::{Fetched, FoldRules, Folded};

/// Lands add-ons on their lines. Gives the rows that are part of the client's month; the
/// others are decided here.
pub fn fold(
    add_ons: &[Fetched<ActualAddOn>],
    lines: &mut Lines<'_>,
    rules: &FoldRules<'_>,
    folded: &mut Folded,
) -> Result<Vec<RowId>, Imbalance> {
    let mut rows = Vec::new();
    let mut taken = BTreeSet::new();
    // By day, so that the order of delivery does not say on which one a monthly add-on stands;
    // one without a day comes last, and is no error where the month has it already.
    let mut by_day: Vec<_> = add_ons.iter().collect();
    by_day.sort_by_key(|add_on| (add_on.record.date.is_none(), add_on.record.date));
    for add_on in by_day {
        let record = &add_on.record;
        let service = rules
            .services
            .find(record.code, record.client.insurer, rules.month);
        let class = service.map(|service| service.class);
        let fee = class.is_some_and(Class::is_fee);
        let left_out = if rules.add_ons == AddOns::Without && !fee {
            folded.dropped_add_ons += 1;
            Some(Code::AddOnDropped)
        } else if class == Some(Class::Rate) {
            Some(Code::RateActual)
        } else if !taken.insert(once(class, record)) {
            Some(Code::DoubledAddOn)
        } else {
            None
        };
        let mut say = |code| {
            let finding = Finding::new(code, add_on.place.clone()).value(record.code.as_str());
            folded.findings.push(finding);
        };
        if let Some(code) = left_out {
            say(code);
            folded.book.decide(add_on.row, Fate::Excluded)?;
            continue;
        }
        rows.push(add_on.row);
        match record.date {
            None => say(Code::AddOnWithoutDay),
            Some(date) => land(lines, record, date.day()),
        }
    }
    Ok(rows)
}

type Once = (ServiceCode, Option<u32>, Option<ClockRange>, Option<String>);

/// What may stand only once: a month, a day, or a visit's time. What no list knows is told
/// apart by its record alone.
fn once(class: Option<Class>, record: &ActualAddOn) -> Once {
    let day = record.date.map(CivilDate::day);
    match class {
        Some(Class::PerMonth | Class::MonthlyFee) => (record.code, None, None, None),
        Some(Class::PerDay) => (record.code, day, None, None),
        Some(Class::PerVisit | Class::ProRated) => (record.code, day, record.hours, None),
        Some(Class::Visit | Class::Rate) | None => {
            (record.code, day, record.hours, Some(record.id.clone()))
        }
    }
}

/// On the planned line of its code (and, where that has one, its time), best on one that
/// still waits for it that day; else on its own.
fn land(lines: &mut Lines<'_>, record: &ActualAddOn, day: u32) {
    let planned = lines
        .planned()
        .iter()
        .enumerate()
        .filter(|(_, line)| line.code == record.code)
        .filter(|(_, line)| line.hours.is_none() || line.hours == record.hours)
        .min_by_key(|(_, line)| {
            let waits = line.actual.on(day) < line.planned.on(day);
            (!waits, line.hours != record.hours)
        })
        .map(|(at, _)| at);
    match planned {
        Some(line) => lines.count(line, day),
        None => lines.count_on_own(record.code, record.hours, day),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Case, add_on, line, lines};
    use super::*;
    use crate::check::samples::said;
    use crate::model::PlanLine;

    /// The lines that come of a plan and add-ons, what is said, and how many are excluded.
    fn folded(
        planned: Vec<PlanLine>,
        add_ons: Vec<ActualAddOn>,
    ) -> (Vec<String>, Vec<String>, usize) {
        let folded = Case::new(planned, vec![]).with_add_ons(add_ons).fold();
        let excluded = folded.book.count(Fate::Excluded);
        (lines(&folded), said(&folded.findings), excluded)
    }

    #[test]
    fn without_add_ons_all_of_them_are_dropped_and_counted() {
        let case = Case {
            add_ons: AddOns::Without,
            ..Case::new(vec![], vec![])
        };
        let folded = case
            .with_add_ons(vec![
                add_on("a1", 5, "", "114001"),
                add_on("a2", 5, "9:00-9:30", "114000"),
            ])
            .fold();
        assert_eq!(lines(&folded), [""; 0]);
        assert_eq!(
            said(&folded.findings),
            ["A614 1行目 「114001」", "A614 2行目 「114000」"]
        );
        assert_eq!(folded.dropped_add_ons, 2);
        assert_eq!(folded.book.count(Fate::Excluded), 2);
    }

    #[test]
    fn fees_are_no_add_ons_and_come_back_without_them_too() {
        let case = Case {
            add_ons: AddOns::Without,
            ..Case::new(vec![], vec![])
        };
        let folded = case
            .with_add_ons(vec![
                add_on("a1", 5, "", "A21111"),
                add_on("a2", 6, "", "A22111"),
            ])
            .fold();
        assert_eq!(lines(&folded), ["A21111 5日", "A22111 6日"]);
        assert_eq!(folded.dropped_add_ons, 0);
    }

    #[test]
    fn a_monthly_add_on_stands_once_in_the_month() {
        let (lines, said, excluded) = folded(
            vec![],
            vec![
                add_on("a1", 5, "", "114001"),
                add_on("a2", 6, "", "114001"),
                add_on("a3", 6, "9:00-9:30", "114001"),
                add_on("a4", 6, "", "114003"),
            ],
        );
        assert_eq!(lines, ["114001 5日", "114003 6日"]);
        assert_eq!(said, ["A608 2行目 「114001」", "A608 3行目 「114001」"]);
        assert_eq!(excluded, 2);
    }

    #[test]
    fn a_daily_add_on_stands_once_a_day() {
        let (lines, said, excluded) = folded(
            vec![],
            vec![
                add_on("a1", 5, "", "114004"),
                add_on("a2", 5, "", "114004"),
                add_on("a3", 5, "9:00-9:30", "114004"),
                add_on("a4", 6, "", "114004"),
            ],
        );
        assert_eq!(lines, ["114004 5日 6日"]);
        assert_eq!(said, ["A608 2行目 「114004」", "A608 3行目 「114004」"]);
        assert_eq!(excluded, 2);
    }

    #[test]
    fn an_add_on_of_a_visit_stands_once_at_the_visits_time() {
        let (lines, said, excluded) = folded(
            vec![],
            vec![
                add_on("a1", 5, "9:00-9:30", "114000"),
                add_on("a2", 5, "9:00-9:30", "114000"),
                add_on("a3", 5, "15:00-15:30", "114000"),
                add_on("a4", 6, "9:00-9:30", "114000"),
            ],
        );
        assert_eq!(
            lines,
            ["114000 09:00–09:30 5日 6日", "114000 15:00–15:30 5日"]
        );
        assert_eq!(said, ["A608 2行目 「114000」"]);
        assert_eq!(excluded, 1);
    }

    #[test]
    fn a_monthly_add_on_stands_on_its_first_day_whatever_the_order_of_delivery() {
        let (lines, said, _) = folded(
            vec![],
            vec![
                add_on("a1", 0, "", "114001"),
                add_on("a2", 12, "", "114001"),
                add_on("a3", 5, "", "114001"),
            ],
        );
        assert_eq!(lines, ["114001 5日"]);
        assert_eq!(said, ["A608 2行目 「114001」", "A608 1行目 「114001」"]);
    }

    #[test]
    fn of_two_lines_of_one_add_on_the_one_that_was_planned_for_the_day_takes_it() {
        let planned = vec![
            line("114000", "", &[1]),
            line("114000", "9:00-9:30", &[2]),
            line("114000", "", &[3]),
        ];
        let add_ons = vec![
            add_on("a1", 1, "9:00-9:30", "114000"),
            add_on("a2", 2, "9:00-9:30", "114000"),
            add_on("a3", 3, "", "114000"),
        ];
        let (lines, _, _) = folded(planned, add_ons);
        assert_eq!(
            lines,
            ["114000 1日", "114000 3日", "114000 09:00–09:30 2日"]
        );
    }

    #[test]
    fn a_rate_is_never_taken() {
        let (lines, said, excluded) = folded(
            vec![],
            vec![
                add_on("a1", 31, "", "116275"),
                add_on("a2", 0, "", "114114"),
            ],
        );
        assert_eq!(lines, [""; 0]);
        assert_eq!(said, ["A607 1行目 「116275」", "A607 2行目 「114114」"]);
        assert_eq!(excluded, 2);
    }

    #[test]
    fn what_no_list_knows_is_told_apart_by_its_record_alone() {
        let (lines, said, _) = folded(
            vec![],
            vec![add_on("a1", 5, "", "119998"), add_on("a2", 5, "", "119998")],
        );
        assert_eq!(lines, ["119998 5日×2"]);
        assert_eq!(said, [""; 0]);
    }

    #[test]
    fn an_add_on_without_a_day_withholds_its_client_and_no_day_is_made_up() {
        let folded = Case::new(vec![], vec![])
            .with_add_ons(vec![
                add_on("a1", 0, "", "114001"),
                add_on("a2", 5, "", "114004"),
            ])
            .fold();
        assert_eq!(lines(&folded), [""; 0]);
        assert_eq!(said(&folded.findings), ["A612 1行目 「114001」"]);
        assert_eq!(folded.book.count(Fate::Withheld), 2);
    }

    #[test]
    fn an_add_on_lands_on_the_planned_line_of_its_code_and_time() {
        let (lines, said, _) = folded(
            vec![
                line("114000", "9:00-9:30", &[5]),
                line("114000", "15:00-15:30", &[5]),
                line("114004", "", &[5]),
            ],
            vec![
                add_on("a1", 5, "15:00-15:30", "114000"),
                add_on("a2", 6, "8:00-8:30", "114000"),
                add_on("a3", 6, "9:00-9:30", "114004"),
            ],
        );
        assert_eq!(
            lines,
            [
                "114000 08:00–08:30 6日",
                "114000 15:00–15:30 5日",
                "114004 6日",
            ]
        );
        assert_eq!(said, [""; 0]);
    }
}
