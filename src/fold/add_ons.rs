//! Add-ons on their way back: by class, and never twice.

use std::collections::BTreeSet;

use crate::finding::{Code, Fate, Finding, RowId};
use crate::model::{
    ActualAddOn, AddOns, Began, CivilDate, ClockRange, DayCounts, FileName, ServiceCode,
};
use crate::table::Class;

use super::FoldRules;
use super::answers::{Meant, assign, distance};
use super::lines::Lines;
use super::piles::{Fetched, place};
use super::unit::FoldedUnit;

/// An add-on that is part of the client's month.
#[derive(Debug, Clone, Copy)]
pub struct Taken {
    /// Its row in the book.
    pub row: RowId,
    /// Its day; one without is an error, and the month is withheld.
    pub date: Option<CivilDate>,
    /// The time of its visit, where it has one.
    pub hours: Option<ClockRange>,
    /// What is added.
    pub code: ServiceCode,
    /// Whether the list knows it as something of the whole month.
    of_the_month: bool,
    /// Whether it is something of a visit, or of a day with one.
    pub is_of_a_visit: bool,
}

/// Lands add-ons on their lines. Gives those that are part of the client's month; the others
/// are decided here.
pub fn fold(
    add_ons: &[Fetched<ActualAddOn>],
    lines: &mut Lines<'_>,
    rules: &FoldRules<'_>,
    file: &FileName,
    folded: &mut FoldedUnit,
) -> Vec<Taken> {
    let mut taken = Vec::new();
    let mut seen = BTreeSet::new();
    for add_on in add_ons {
        let record = &add_on.record;
        let listed = rules
            .services
            .find(record.code, record.client.insurer, rules.month);
        let class = listed.map(|service| service.class);
        let mut say = |code| {
            let finding = Finding::new(code, place(file, add_on.number));
            folded.findings.push(finding.value(record.code.as_str()));
        };
        if class.is_none() && rules.add_ons == AddOns::With {
            // It may be a rate. It is held by itself: the visits were made, and go.
            say(Code::UnknownAddOn);
            folded.fates.push((add_on.row, Fate::Withheld));
            continue;
        }
        if let Some(code) = left_out(record, class, rules.add_ons, &mut seen) {
            say(code);
            folded.dropped_add_ons += usize::from(code == Code::AddOnDropped);
            folded.fates.push((add_on.row, Fate::Excluded));
            continue;
        }
        if record.date.is_none() {
            say(Code::AddOnWithoutDay);
        }
        taken.push(Taken {
            row: add_on.row,
            date: record.date,
            hours: record.hours,
            code: record.code,
            of_the_month: matches!(class, Some(Class::PerMonth | Class::MonthlyFee)),
            is_of_a_visit: matches!(class, Some(Class::PerVisit | Class::PerDay)),
        });
    }
    land(&taken, lines);
    taken
}

/// Why an add-on is not part of the month, if it is not.
fn left_out(
    record: &ActualAddOn,
    class: Option<Class>,
    choice: AddOns,
    seen: &mut BTreeSet<Once>,
) -> Option<Code> {
    let fee = class.is_some_and(Class::is_fee);
    if choice == AddOns::Without && !fee {
        Some(Code::AddOnDropped)
    } else if class == Some(Class::Rate) {
        Some(Code::RateActual)
    } else {
        (!seen.insert(once(class, record))).then_some(Code::DoubledAddOn)
    }
}

type Once = (ServiceCode, Option<u32>, Option<ClockRange>, Option<String>);

/// What may stand only once: a month, a day, or a visit's time. What is a visit's code is told
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

/// Each on the planned line of its code that waits for it that day, the nearest start first:
/// it took place at the time of its visit, which is seldom the planned one. What no line
/// waits for must not make a second line of what 楽すけ holds already: it lands on the line of
/// its code and time, or of its code where that has no time or is of the whole month.
fn land(taken: &[Taken], lines: &mut Lines<'_>) {
    let dated: Vec<(&Taken, Meant)> = taken
        .iter()
        .filter_map(|of| {
            let (code, hours) = (of.code, of.hours);
            let day = of.date?.day();
            let meant = Meant {
                day,
                code,
                hours,
                planned: None,
                began: Began::OnTheDay,
            };
            Some((of, meant))
        })
        .collect();
    let meant: Vec<Meant> = dated.iter().map(|(_, meant)| *meant).collect();
    let planned = lines.planned();
    let mut left: Vec<DayCounts> = planned.iter().map(|line| line.planned).collect();
    let answers = assign(&meant, &mut left, |of, at| {
        let line = &planned[at];
        (line.code == of.code).then(|| distance(of.hours, line.hours))
    });
    for ((of, meant), answer) in dated.into_iter().zip(answers) {
        let line = answer.or_else(|| alike(of, lines));
        match line {
            Some(line) => lines.count(line, meant.day),
            None => lines.count_on_own(meant.code, meant.hours, meant.day),
        }
    }
}

/// The planned line that an add-on belongs to though it was planned for another day.
fn alike(of: &Taken, lines: &Lines<'_>) -> Option<usize> {
    let planned = lines.planned().iter().enumerate();
    planned
        .filter(|(_, line)| line.code == of.code)
        .filter(|(_, line)| of.of_the_month || line.hours.is_none() || line.hours == of.hours)
        .min_by_key(|(_, line)| distance(of.hours, line.hours))
        .map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Case, add_on, line, lines, visit};
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
        // That there are no visits is no matter here.
        let mut said = said(&folded.findings);
        said.retain(|of| !of.starts_with("A631"));
        (lines(&folded), said, excluded)
    }

    #[test]
    fn an_add_on_of_a_visit_or_a_day_wants_a_visit_on_that_day() {
        let add_ons = vec![
            add_on("a1", 5, "", "114004"),
            add_on("a2", 6, "", "114004"),
            add_on("a3", 7, "9:00-9:30", "114000"),
            add_on("a4", 8, "", "114001"),
        ];
        let visits = vec![visit("v1", 5, "9:00-9:30", "111111")];
        let folded = Case::new(vec![], visits).with_add_ons(add_ons).fold();
        assert_eq!(
            said(&folded.findings),
            ["A631 1行目 「114000」 7日", "A631 1行目 「114004」 6日"]
        );
        assert_eq!(lines(&folded).len(), 4);
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
    fn an_add_on_of_a_visit_that_began_late_lands_on_the_line_that_was_planned() {
        let planned = vec![
            line("114000", "9:00-9:30", &[5]),
            line("114000", "15:00-15:30", &[5]),
        ];
        let add_ons = vec![
            add_on("a1", 5, "14:50-15:25", "114000"),
            add_on("a2", 5, "9:12-9:44", "114000"),
            add_on("a3", 5, "20:00-20:30", "114000"),
        ];
        let (lines, said, _) = folded(planned, add_ons);
        assert_eq!(
            lines,
            [
                "114000 09:00–09:30 5日",
                "114000 15:00–15:30 5日",
                "114000 20:00–20:30 5日"
            ]
        );
        assert_eq!(said, [""; 0]);
    }

    #[test]
    fn a_monthly_add_on_that_the_plan_holds_is_not_doubled_on_a_line_of_its_own() {
        for times in ["", "9:00-9:30"] {
            let planned = vec![line("114001", "", &[5])];
            let add_ons = vec![
                add_on("a1", 7, times, "114001"),
                add_on("a2", 9, "", "114001"),
            ];
            let (lines, said, excluded) = folded(planned, add_ons);
            assert_eq!(lines, ["114001 7日"]);
            assert_eq!(said, ["A608 2行目 「114001」"]);
            assert_eq!(excluded, 1);
        }
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
    fn what_no_list_knows_is_held_by_itself_because_it_may_be_a_rate() {
        let add_ons = vec![add_on("a1", 5, "", "119998"), add_on("a2", 5, "", "114001")];
        let folded = Case::new(vec![], vec![]).with_add_ons(add_ons).fold();
        assert_eq!(lines(&folded), ["114001 5日"]);
        assert_eq!(said(&folded.findings), ["A626 1行目 「119998」"]);
        assert_eq!(folded.book.count(Fate::Withheld), 1);
    }

    #[test]
    fn an_add_on_without_a_day_withholds_its_client_and_no_day_is_made_up() {
        let folded = Case::new(vec![], vec![])
            .with_add_ons(vec![
                add_on("a1", 0, "", "114001"),
                add_on("a2", 5, "", "114003"),
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
