//! Which planned line an actual answers: the one that it says itself, by day, code and start, and
//! then the nearest one.
//!
//! A visit that was planned for before midnight and began after it belongs to the planned day, and
//! so does one that began before the midnight that it was planned for after.
//!
//! A planned visit is made once, whoever records it. Where more records say that they were planned
//! as one visit than it has counts (two helpers of one code, a record that somebody has typed
//! again), those that are left over are surplus: billed by themselves they would be billed twice.

use crate::model::{ActualVisit, Began, CivilTime, ClockRange, DayCounts, PlanLine, ServiceCode};
use crate::table::services::is_for_two;

use super::FoldRules;
use super::lines::Lines;
use super::piles::Fetched;

/// What a visit answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// A planned line of its code.
    Line(usize),
    /// A planned line of another code, in the place of which it was made.
    Instead(usize),
    /// Nothing that was planned.
    None,
}

/// What a visit answers, and on which day it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answered {
    /// What it answers.
    pub answer: Answer,
    /// The day of the month.
    pub day: u32,
    /// On which day it began, seen from there.
    pub began: Began,
}

/// The answers of a client's visits.
#[derive(Debug)]
pub struct Answers {
    /// What was taken out of the visits: it says that it was planned as a visit that others have
    /// answered already.
    pub surplus: Vec<Fetched<ActualVisit>>,
    /// For each visit that is left.
    pub of_visits: Vec<Answered>,
    /// For each planned line, the visits that nothing has answered; none for an add-on.
    pub left: Vec<DayCounts>,
}

/// When something took place or was meant to, and what it is.
#[derive(Debug, Clone, Copy)]
pub struct Meant {
    /// The day of the month.
    pub day: u32,
    /// The service.
    pub code: ServiceCode,
    /// The times, where it has some.
    pub hours: Option<ClockRange>,
    /// The times for which the recorder itself had planned it.
    pub planned: Option<ClockRange>,
    /// On which day it began.
    pub began: Began,
}

/// So long after midnight a visit may begin that was planned for before it, or before midnight
/// one that was planned for after it.
const NIGHT: u16 = 6 * 60;

/// Whether a visit began across midnight from when it says that it was planned.
pub fn across_midnight(visit: &ActualVisit) -> Option<Began> {
    let (planned, began) = (visit.planned?.start(), visit.hours.start());
    let until_midnight = |time: CivilTime| CivilTime::MIDNIGHT.minutes() - time.minutes();
    if until_midnight(planned) + began.minutes() <= NIGHT {
        Some(Began::TheDayAfter)
    } else if until_midnight(began) + planned.minutes() <= NIGHT {
        Some(Began::TheDayBefore)
    } else {
        None
    }
}

impl Meant {
    /// On the day that it began, or across midnight from there where a line was planned so.
    fn of(visit: &ActualVisit, planned: &[PlanLine]) -> Self {
        let on_its_day = Self {
            day: visit.date.day(),
            code: visit.code,
            hours: Some(visit.hours),
            planned: visit.planned,
            began: Began::OnTheDay,
        };
        let across = across_midnight(visit).map(|began| Self {
            began,
            day: match began {
                Began::TheDayBefore => on_its_day.day + 1,
                Began::OnTheDay => on_its_day.day,
                Began::TheDayAfter => on_its_day.day - 1,
            },
            ..on_its_day
        });
        let is_planned = |of: &Self| planned.iter().any(|line| of.is_one_of(line));
        across.filter(is_planned).unwrap_or(on_its_day)
    }

    /// Whether it says that it was planned as one of a line's visits.
    fn is_one_of(&self, line: &PlanLine) -> bool {
        self.claims(line) && line.planned.on(self.day) > 0
    }

    /// How far it took place from a line's times.
    fn off(&self, line: &PlanLine) -> (u32, u16) {
        let Some((hours, of_line)) = self.hours.zip(line.hours) else {
            return (u32::MAX, 0);
        };
        let planned = Began::OnTheDay.minutes(of_line.start());
        let start = self.began.minutes(hours.start()).abs_diff(planned);
        (start, hours.minutes().abs_diff(of_line.minutes()))
    }

    /// When it was meant to be: the time that the recorder itself planned a visit for says more
    /// than when it began.
    fn time(&self) -> Option<ClockRange> {
        self.planned.or(self.hours)
    }

    /// Whether it says that it was planned as a line is, on whatever day.
    fn claims(&self, line: &PlanLine) -> bool {
        let start = |hours: Option<ClockRange>| hours.map(ClockRange::start);
        self.planned.is_some() && line.code == self.code && start(line.hours) == start(self.planned)
    }
}

/// Finds the answers: first visits of the same code, then, among what is left, visits of
/// another code that were made at the time of a planned one. Takes the surplus out of the visits.
pub fn find(
    visits: &mut Vec<Fetched<ActualVisit>>,
    planned: &[PlanLine],
    rules: &FoldRules<'_>,
) -> Answers {
    let is_visit: Vec<bool> = planned.iter().map(|line| is_visit(line, rules)).collect();
    let mut left: Vec<DayCounts> = planned.iter().map(|line| line.planned).collect();
    let meant: Vec<Meant> = visits
        .iter()
        .map(|visit| Meant::of(&visit.record, planned))
        .collect();
    let same = |of: &Meant, at: usize| {
        let line: &PlanLine = &planned[at];
        let is_it = line.hours.is_some() && line.code == of.code;
        is_it.then(|| {
            let meant = distance(of.time(), line.hours);
            (!of.claims(line), meant, of.off(line))
        })
    };
    let same = assign(&meant, &mut left, same);
    let rest = |of: &Meant, at: usize| {
        let line: &PlanLine = &planned[at];
        let overlap = of.time().zip(line.hours);
        let overlap = overlap.is_some_and(|(a, b)| self::overlap(a, b));
        (is_visit[at] && line.code != of.code && overlap).then(|| distance(of.time(), line.hours))
    };
    let is_surplus = |at: usize| {
        let of = &meant[at];
        planned.iter().any(|line| of.is_one_of(line))
            || (planned.is_empty() && is_second_of_two(&visits[at].record, of, &meant[..at], rules))
    };
    let is_open = |at: &usize| same[*at].is_none() && !is_surplus(*at);
    let open: Vec<usize> = (0..visits.len()).filter(is_open).collect();
    let still: Vec<Meant> = open.iter().map(|at| meant[*at]).collect();
    let instead = assign(&still, &mut left, rest);
    let mut of_visits: Vec<Option<Answer>> = same
        .into_iter()
        .map(|line| line.map(Answer::Line))
        .collect();
    for (at, line) in open.into_iter().zip(instead) {
        of_visits[at] = Some(line.map_or(Answer::None, Answer::Instead));
    }
    let mut answered = of_visits.iter().map(Option::is_some);
    let surplus = visits.extract_if(.., |_| answered.next() == Some(false));
    let surplus = surplus.collect();
    for (left, is_visit) in left.iter_mut().zip(is_visit) {
        if !is_visit {
            *left = DayCounts::default();
        }
    }
    let answered = of_visits.into_iter().zip(&meant);
    let answered = answered.filter_map(|(answer, of)| {
        Some(Answered {
            answer: answer?,
            day: of.day,
            began: of.began,
        })
    });
    Answers {
        of_visits: answered.collect(),
        left,
        surplus,
    }
}

/// Where 楽すけ has no plan, the recorder's own says that a visit of two helpers was planned once.
fn is_second_of_two(
    record: &ActualVisit,
    of: &Meant,
    before: &[Meant],
    rules: &FoldRules<'_>,
) -> bool {
    let same =
        |other: &Meant| (other.day, other.code, other.planned) == (of.day, of.code, of.planned);
    let service = || {
        let town = record.client.insurer;
        rules.services.find(record.code, town, rules.month)
    };
    of.planned.is_some()
        && before.iter().any(same)
        && service().is_some_and(|service| is_for_two(&service.name))
}

/// Add-ons that carry the time of their visit are no visits.
fn is_visit(line: &PlanLine, rules: &FoldRules<'_>) -> bool {
    let timed = line.hours.is_some();
    timed
        && rules
            .services
            .is_visit(line.code, line.client.insurer, line.month, timed)
}

/// Lands each visit on the line it answers, or on a line of its own.
pub fn land(visits: &[Fetched<ActualVisit>], answers: &Answers, lines: &mut Lines<'_>) {
    for (visit, answered) in visits.iter().zip(&answers.of_visits) {
        let record = &visit.record;
        match answered.answer {
            Answer::Line(line) => lines.count(line, answered.day),
            // What was billed in its place is not the planned service.
            Answer::Instead(_) | Answer::None => {
                lines.count_on_own(record.code, Some(record.hours), answered.day);
            }
        }
    }
}

/// Minutes between two starts and, where these are the same, between how long they last.
pub type Distance = (u16, u16);

/// For each of `meant` the line it answers, if any. Every count of a line, as `left` holds
/// them, is answered once at the most, and then left no more; the closest pairs find each
/// other first. `distance` is `None` where one cannot answer the other.
pub fn assign<D: Ord>(
    meant: &[Meant],
    left: &mut [DayCounts],
    distance: impl Fn(&Meant, usize) -> Option<D>,
) -> Vec<Option<usize>> {
    let mut pairs: Vec<(D, usize, usize)> = Vec::new();
    for (at, of) in meant.iter().enumerate() {
        for (line, open) in left.iter().enumerate() {
            if open.on(of.day) > 0
                && let Some(distance) = distance(of, line)
            {
                pairs.push((distance, at, line));
            }
        }
    }
    pairs.sort_unstable();
    let mut answers = vec![None; meant.len()];
    for (_, at, line) in pairs {
        let day = meant[at].day;
        let open = left[line].on(day);
        if answers[at].is_none() && open > 0 {
            left[line].set(day, open - 1);
            answers[at] = Some(line);
        }
    }
    answers
}

/// How far two times are from each other. No time at all is far from any time, and near to
/// none.
pub fn distance(one: Option<ClockRange>, other: Option<ClockRange>) -> Distance {
    match (one, other) {
        (Some(one), Some(other)) => (
            one.start().minutes().abs_diff(other.start().minutes()),
            one.minutes().abs_diff(other.minutes()),
        ),
        (None, None) => (0, 0),
        (Some(_), None) | (None, Some(_)) => (u16::MAX, 0),
    }
}

/// Whether two times of one day share a minute.
fn overlap(one: ClockRange, other: ClockRange) -> bool {
    let begin = |of: ClockRange| of.start().minutes();
    let end = |of: ClockRange| begin(of) + of.minutes();
    begin(one) < end(other) && begin(other) < end(one)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Case, hours, line, lines, visit};
    use super::*;
    use crate::check::samples::said;

    /// The lines that come of a plan and visits, and what is said of what they answer. That times
    /// are far apart or overlap decides nothing here.
    fn folded(planned: Vec<PlanLine>, visits: Vec<ActualVisit>) -> (Vec<String>, Vec<String>) {
        let folded = Case::new(planned, visits).fold();
        let mut said = said(&folded.findings);
        said.retain(|of| !of.starts_with("A622") && !of.starts_with("A623"));
        (lines(&folded), said)
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
        // Of two that are as near the earlier one.
        let between = || vec![visit("v1", 5, "9:30-10:00", "111111")];
        assert_eq!(lines_of("9:00-9:30", "10:00-10:30", between()), [both[0]]);
        assert_eq!(lines_of("10:00-10:30", "9:00-9:30", between()), [both[0]]);
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
    fn what_says_that_it_was_planned_as_a_visit_that_is_answered_is_surplus() {
        let planned = |times: &str, number: &str, code: &str| ActualVisit {
            planned: hours("9:00-9:30"),
            ..visit(number, 5, times, code)
        };
        // Two helpers of one code, and a record that was typed again.
        for code in ["111121", "111111"] {
            let visits = vec![
                planned("9:00-9:30", "v1", code),
                planned("9:01-9:31", "v2", code),
                visit("v3", 6, "9:00-9:30", code),
            ];
            let (lines, said) = folded(vec![line(code, "9:00-9:30", &[5, 6])], visits);
            assert_eq!(lines, [format!("{code} 09:00–09:30 5日 6日")]);
            assert_eq!(said, [format!("A624 2行目 「2026-10-05 09:01 {code}」")]);
        }
        // Of two records the nearer one is the visit's.
        let visits = vec![
            planned("8:00-8:30", "v1", "111111"),
            planned("9:01-9:31", "v2", "111111"),
        ];
        let (_, said) = folded(vec![line("111111", "9:00-9:30", &[5])], visits);
        assert_eq!(said, ["A624 1行目 「2026-10-05 08:00 111111」"]);
        // The recorder's own plan says as much of two helpers, and nothing of two visits.
        let without_plan = |code| {
            let visits = vec![
                planned("9:00-9:30", "v1", code),
                planned("9:01-9:31", "v2", code),
            ];
            folded(Vec::new(), visits).0.len()
        };
        assert_eq!((without_plan("111121"), without_plan("111111")), (1, 2));
        // As many as were planned are none, and neither is what was planned for another day.
        let twice = vec![
            planned("9:00-9:30", "v1", "111111"),
            planned("9:01-9:31", "v2", "111111"),
        ];
        let (_, said) = folded(vec![line("111111", "9:00-9:30", &[5, 5])], twice.clone());
        assert_eq!(said, [""; 0]);
        let (lines, _) = folded(vec![line("111111", "9:00-9:30", &[6])], twice);
        assert_eq!(lines, ["111111 09:00–09:30 5日", "111111 09:01–09:31 5日"]);
    }

    #[test]
    fn a_record_that_says_what_it_was_planned_as_goes_before_one_that_is_only_near() {
        let near = visit("v1", 5, "9:00-9:30", "111111");
        let says = ActualVisit {
            planned: hours("9:00-9:30"),
            ..visit("v2", 5, "9:40-10:10", "111111")
        };
        let (lines, said) = folded(vec![line("111111", "9:00-9:30", &[5])], vec![near, says]);
        // The line of its own is the planned one, because it has the very times.
        assert_eq!(lines, ["111111 09:00–09:30 5日×2"]);
        assert_eq!(said, ["A604 1行目 「2026-10-05 09:00 111111」"]);
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
    fn another_service_at_the_planned_time_makes_a_line_of_its_own_and_takes_the_plans_place() {
        let (lines, said) = folded(
            vec![line("111111", "9:00-9:30", &[5])],
            vec![visit("v1", 5, "9:15-9:45", "111211")],
        );
        assert_eq!(lines, ["111211 09:15–09:45 5日"]);
        assert_eq!(said, ["A615 1行目 「2026-10-05 09:15 111211」"]);
    }

    #[test]
    fn another_service_at_another_time_leaves_the_plan_unanswered() {
        let (lines, said) = folded(
            vec![line("111111", "9:00-9:30", &[5])],
            vec![visit("v1", 5, "9:30-10:00", "111211")],
        );
        assert_eq!(lines, ["111211 09:30–10:00 5日"]);
        assert_eq!(said, ["A604 1行目 「2026-10-05 09:30 111211」", "A611 1件"]);
    }

    #[test]
    fn a_visit_of_the_planned_service_goes_before_another_service_at_its_time() {
        let (lines, said) = folded(
            vec![line("111111", "9:00-9:30", &[5])],
            vec![
                visit("v1", 5, "9:00-9:30", "111211"),
                visit("v2", 5, "16:00-16:30", "111111"),
            ],
        );
        assert_eq!(lines, ["111111 09:00–09:30 5日", "111211 09:00–09:30 5日"]);
        assert_eq!(said, ["A604 1行目 「2026-10-05 09:00 111211」"]);
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

    /// A record of a day, with the times that it says it was planned for.
    fn planned_for(id: &str, day: u32, times: &str, planned: &str) -> ActualVisit {
        ActualVisit {
            planned: hours(planned),
            ..visit(id, day, times, "111111")
        }
    }

    #[test]
    fn a_visit_that_began_across_midnight_belongs_to_the_day_that_it_was_planned_for() {
        let night = || vec![line("111111", "23:30-0:00", &[6, 7])];
        let late = planned_for("v1", 8, "0:05-0:35", "23:30-0:00");
        let (lines, said) = folded(night(), vec![late.clone()]);
        assert_eq!(lines, ["111111 23:30–00:00 7日"]);
        let what = "1行目 「2026-10-08 00:05 111111」";
        assert_eq!(said, [&*format!("A625 {what} 予定は7日"), "A611 1件"]);
        let early = planned_for("v1", 7, "23:50-0:20", "0:10-0:40");
        let (lines, said) = folded(vec![line("111111", "0:10-0:40", &[8])], vec![early]);
        assert_eq!(lines, ["111111 00:10–00:40 8日"]);
        assert_eq!(said.len(), 2, "{said:?}");
        // It is one of the planned day's visits, which is made once.
        let in_time = planned_for("v2", 7, "23:32-0:02", "23:30-0:00");
        let (lines, said) = folded(night(), vec![late.clone(), in_time]);
        assert_eq!(lines, ["111111 23:30–00:00 7日"]);
        assert!(said.contains(&format!("A624 {what}")), "{said:?}");
    }

    #[test]
    fn a_record_stays_on_its_day_where_nothing_was_planned_across_midnight() {
        let night = || vec![line("111111", "23:30-0:00", &[5])];
        let said_of = |record: ActualVisit| {
            let (lines, said) = folded(night(), vec![record]);
            (lines, said.first().cloned().unwrap_or_default())
        };
        let what = "A604 1行目 「2026-10-08 00:05 111111」";
        let of_another_day = planned_for("v1", 8, "0:05-0:35", "23:30-0:00");
        let (lines, said) = said_of(of_another_day);
        assert_eq!(lines, ["111111 00:05–00:35 8日"]);
        assert_eq!(said, format!("{what} 記録にある予定は、前の日の夜です"));
        let (lines, said) = said_of(visit("v1", 8, "0:05-0:35", "111111"));
        assert_eq!((lines.len(), said), (1, what.to_owned()));
        // Of the month's first day, the planned one is in another month.
        let (lines, _) = said_of(planned_for("v1", 1, "0:05-0:35", "23:30-0:00"));
        assert_eq!(lines, ["111111 00:05–00:35 1日"]);
        // A visit of the morning that was planned for the evening is no matter of midnight.
        let (lines, _) = said_of(planned_for("v1", 6, "7:00-7:30", "23:30-0:00"));
        assert_eq!(lines, ["111111 07:00–07:30 6日"]);
    }

    #[test]
    fn what_began_across_midnight_is_told_on_the_day_and_at_the_times_it_was_planned_for() {
        let late = planned_for("v1", 8, "0:05-0:35", "23:30-0:00");
        let folded = Case::new(vec![line("111111", "23:30-0:00", &[7])], vec![late]).fold();
        let told = &folded.clients[0].performed[0];
        assert_eq!((told.date.day(), told.hours), (7, hours("23:30-0:00")));
        let compared = folded.comparison.clients[0].visits[0];
        assert_eq!(
            (compared.date.day(), compared.began),
            (7, Began::TheDayAfter)
        );
        assert_eq!(compared.doubts(), "開始が35分遅い");
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
