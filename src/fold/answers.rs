//! Which planned line an actual answers: by day and code, then by the nearest start.

use crate::finding::{Code, Finding};
use crate::model::{ActualVisit, PlanLine};

use super::lines::Lines;
use super::{Fetched, FoldRules};

/// Lands each visit on the line it answers, or on a line of its own; gives how many have
/// answered one.
pub fn fold(
    visits: &[Fetched<ActualVisit>],
    lines: &mut Lines<'_>,
    findings: &mut Vec<Finding>,
) -> u32 {
    let answers = assign(visits, lines.planned());
    let mut answered = 0;
    let has_plan = !lines.planned().is_empty();
    for (visit, answer) in visits.iter().zip(answers) {
        let record = &visit.record;
        let mut say = |code: Code, value: String| {
            findings.push(Finding::new(code, visit.place.clone()).value(value));
        };
        if record.hours.passes_midnight() {
            say(
                Code::PassesMidnight,
                format!("{} {}", record.date, record.hours.start()),
            );
        }
        if let Some(line) = answer {
            lines.count(line, record.date.day());
            answered += 1;
            continue;
        }
        if has_plan {
            let when = format!("{} {}", record.date, record.hours.start());
            say(Code::NotPlanned, format!("{when} {}", record.code));
        }
        lines.count_on_own(record.code, Some(record.hours), record.date.day());
    }
    answered
}

/// How many visits were planned; add-ons that carry the time of their visit are none.
pub fn planned_visits(planned: &[PlanLine], rules: &FoldRules<'_>) -> u32 {
    planned
        .iter()
        .filter(|line| {
            let timed = line.hours.is_some();
            rules
                .services
                .is_visit(line.code, line.client.insurer, line.month, timed)
        })
        .map(|line| line.planned.total())
        .sum()
}

/// For each visit the planned line it answers. Every count of a line is answered once at
/// the most; the closest pairs find each other first.
fn assign(visits: &[Fetched<ActualVisit>], planned: &[PlanLine]) -> Vec<Option<usize>> {
    let mut pairs: Vec<(Distance, usize, usize)> = Vec::new();
    for (at, visit) in visits.iter().enumerate() {
        for (line, plan) in planned.iter().enumerate() {
            if let Some(distance) = distance(&visit.record, plan) {
                pairs.push((distance, at, line));
            }
        }
    }
    pairs.sort_unstable();
    let mut left: Vec<_> = planned.iter().map(|line| line.planned).collect();
    let mut answers = vec![None; visits.len()];
    for (_, at, line) in pairs {
        let day = visits[at].record.date.day();
        let open = left[line].on(day);
        if answers[at].is_none() && open > 0 {
            left[line].set(day, open - 1);
            answers[at] = Some(line);
        }
    }
    answers
}

/// Minutes between two starts and, where these are the same, between how long they last.
type Distance = (u16, u16);

/// How far a visit is from a line; `None` where it cannot answer it. The time that the
/// recorder itself planned the visit for says more than when it began.
fn distance(visit: &ActualVisit, line: &PlanLine) -> Option<Distance> {
    let hours = line.hours?;
    if visit.code != line.code || line.planned.on(visit.date.day()) == 0 {
        return None;
    }
    let meant = visit.planned.unwrap_or(visit.hours);
    Some((
        meant.start().minutes().abs_diff(hours.start().minutes()),
        meant.minutes().abs_diff(hours.minutes()),
    ))
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Case, hours, line, lines, visit};
    use super::*;
    use crate::check::samples::said;

    /// The lines that come of a plan and visits, and what is said.
    fn folded(planned: Vec<PlanLine>, visits: Vec<ActualVisit>) -> (Vec<String>, Vec<String>) {
        let folded = Case::new(planned, visits).fold();
        (lines(&folded), said(&folded.findings))
    }

    #[test]
    fn a_visit_keeps_the_time_of_the_line_that_it_answers() {
        let (lines, said) = folded(
            vec![line("111111", "9:00-9:30", &[5])],
            vec![visit("v1", 5, "9:12-9:50", "111111")],
        );
        assert_eq!(lines, ["111111 09:00–09:30 5日"]);
        assert_eq!(said, [""; 0]);
    }

    #[test]
    fn the_nearest_start_wins_whatever_the_order_of_lines_and_visits() {
        let lines_of = |first: &str, second: &str, mut visits: Vec<ActualVisit>| {
            let planned = || vec![line("111111", first, &[5]), line("111111", second, &[5])];
            let forward = folded(planned(), visits.clone());
            visits.reverse();
            assert_eq!(folded(planned(), visits), forward);
            forward.0
        };
        let visits = vec![
            visit("v1", 5, "9:50-10:20", "111111"),
            visit("v2", 5, "10:40-11:10", "111111"),
        ];
        // The first visit is nearer to the line at 10:00, so the second one is left with 9:00.
        let both = ["111111 09:00–09:30 5日", "111111 10:00–10:30 5日"];
        assert_eq!(lines_of("9:00-9:30", "10:00-10:30", visits.clone()), both);
        assert_eq!(lines_of("10:00-10:30", "9:00-9:30", visits), both);
        let one = vec![visit("v1", 5, "9:31-10:01", "111111")];
        assert_eq!(lines_of("9:00-9:30", "10:00-10:30", one), [both[1]]);
    }

    #[test]
    fn of_two_lines_with_one_start_the_one_with_the_nearer_end_wins() {
        let planned = vec![
            line("111111", "9:00-9:30", &[5]),
            line("111111", "9:00-10:00", &[5]),
        ];
        let (lines, said) = folded(planned, vec![visit("v1", 5, "9:00-10:00", "111111")]);
        assert_eq!(lines, ["111111 09:00–10:00 5日"]);
        assert_eq!(said, ["A611 1件"]);
    }

    #[test]
    fn each_count_of_a_line_is_answered_once() {
        let (lines, said) = folded(
            vec![line("111111", "9:00-9:30", &[5, 5])],
            vec![
                visit("v1", 5, "9:01-9:31", "111111"),
                visit("v2", 5, "9:02-9:32", "111111"),
                visit("v3", 5, "9:03-9:33", "111111"),
            ],
        );
        assert_eq!(
            lines,
            ["111111 09:00–09:30 5日×2", "111111 09:03–09:33 5日"]
        );
        assert_eq!(said, ["A604 3行目 「2026-10-05 09:03 111111」"]);
    }

    #[test]
    fn a_visit_on_a_day_that_was_not_planned_answers_nothing() {
        let (lines, said) = folded(
            vec![line("111111", "9:00-9:30", &[5])],
            vec![visit("v1", 6, "9:10-9:40", "111111")],
        );
        assert_eq!(lines, ["111111 09:10–09:40 6日"]);
        assert_eq!(said, ["A604 1行目 「2026-10-06 09:10 111111」", "A611 1件"]);
    }

    #[test]
    fn an_unplanned_visit_at_just_a_lines_time_lands_on_that_line() {
        let (lines, said) = folded(
            vec![line("111111", "9:00-9:30", &[5])],
            vec![
                visit("v1", 5, "9:00-9:30", "111111"),
                visit("v2", 5, "9:00-9:30", "111111"),
                visit("v3", 6, "9:00-9:30", "111111"),
            ],
        );
        assert_eq!(lines, ["111111 09:00–09:30 5日×2 6日"]);
        assert_eq!(
            said,
            [
                "A604 2行目 「2026-10-05 09:00 111111」",
                "A604 3行目 「2026-10-06 09:00 111111」",
            ]
        );
    }

    #[test]
    fn a_visit_with_another_code_makes_a_line_of_its_own_and_leaves_the_plan_unanswered() {
        let (lines, said) = folded(
            vec![line("111111", "9:00-9:30", &[5])],
            vec![visit("v1", 5, "9:00-9:30", "111211")],
        );
        assert_eq!(lines, ["111211 09:00–09:30 5日"]);
        assert_eq!(said, ["A604 1行目 「2026-10-05 09:00 111211」", "A611 1件"]);
    }

    #[test]
    fn the_time_that_the_recorder_had_planned_says_more_than_the_start() {
        let planned = vec![
            line("111111", "9:00-9:30", &[5]),
            line("111111", "10:00-10:30", &[5]),
        ];
        let late = ActualVisit {
            planned: hours("9:00-9:30"),
            ..visit("v1", 5, "9:55-10:25", "111111")
        };
        let (lines, said) = folded(planned, vec![late]);
        assert_eq!(lines, ["111111 09:00–09:30 5日"]);
        assert_eq!(said, ["A611 1件"]);
    }

    #[test]
    fn a_visit_over_midnight_stays_on_the_day_it_starts_and_is_remarked() {
        let (lines, said) = folded(
            vec![line("111111", "23:30-0:30", &[5])],
            vec![visit("v1", 5, "23:40-0:35", "111111")],
        );
        assert_eq!(lines, ["111111 23:30–00:30 5日"]);
        assert_eq!(said, ["V208 1行目 「2026-10-05 23:40」"]);
    }

    #[test]
    fn a_line_without_times_is_answered_by_no_visit() {
        let (lines, _) = folded(
            vec![line("A21111", "", &[5])],
            vec![visit("v1", 5, "11:00-12:00", "A21111")],
        );
        assert_eq!(lines, ["A21111 11:00–12:00 5日"]);
    }
}
