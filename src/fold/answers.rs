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
    let mut pairs: Vec<(u16, usize, usize)> = Vec::new();
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

/// How far a visit is from a line, in minutes; `None` where it cannot answer it. The time
/// that the recorder itself planned the visit for says more than when it began.
fn distance(visit: &ActualVisit, line: &PlanLine) -> Option<u16> {
    let hours = line.hours?;
    if visit.code != line.code || line.planned.on(visit.date.day()) == 0 {
        return None;
    }
    let meant = visit.planned.unwrap_or(visit.hours);
    Some(meant.start().minutes().abs_diff(hours.start().minutes()))
}
