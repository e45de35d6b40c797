//! Overlaps: two lines of a client that want a helper at the same moment.
//!
//! Two helpers may well do different things at once, so it goes, and somebody is asked to look.
//! Lines with one code and one time are [`twins`](super::twins).

use crate::finding::{Code, Finding};
use crate::model::{ClockRange, DayCounts, Field, PlanLine, ServiceCode};

use super::origin::Origin;

/// A line of visits: its time, its code, and where it stands among the lines.
pub(super) type TimedLine = (ClockRange, ServiceCode, usize);

const DAY: u16 = 24 * 60;

/// P426: remarks one of each two lines of visits that share a moment; `visits` are in the order
/// of their times.
pub(super) fn check(
    lines: &[(PlanLine, Origin)],
    visits: &[TimedLine],
    findings: &mut Vec<Finding>,
) {
    for (at, earlier) in visits.iter().enumerate() {
        let end = earlier.0.start().minutes() + earlier.0.minutes();
        let begun = |(hours, ..): &&TimedLine| hours.start().minutes() < end;
        for later in visits[at + 1..].iter().take_while(begun) {
            if (earlier.0, earlier.1) != (later.0, later.1) {
                remark(lines, (earlier, later), same_day, findings);
            }
        }
        if end > DAY {
            let begun = |(hours, ..): &&TimedLine| hours.start().minutes() < end - DAY;
            for next in visits.iter().take_while(begun) {
                remark(lines, (earlier, next), next_day, findings);
            }
        }
    }
}

/// The days on which both lines are planned, the second of them so many days later.
type Shared = fn(u32, u32) -> u32;

fn same_day(earlier: u32, later: u32) -> u32 {
    earlier & later
}

fn next_day(earlier: u32, later: u32) -> u32 {
    (earlier << 1) & later
}

fn remark(
    lines: &[(PlanLine, Origin)],
    (earlier, later): (&TimedLine, &TimedLine),
    shared: Shared,
    findings: &mut Vec<Finding>,
) {
    let ((one, above), (other, origin)) = (&lines[earlier.2], &lines[later.2]);
    let days = shared(days_of(&one.planned), days_of(&other.planned));
    if days == 0 {
        return;
    }
    let (above, origin, hours) = if above.id < origin.id {
        (above, origin, later.0)
    } else {
        (origin, above, earlier.0)
    };
    let finding = Finding::new(Code::LinesOverlap, origin.field(Field::Start));
    let (row, day) = (above.row(), days.trailing_zeros() + 1);
    let other_file = if above.sheet().file() == origin.sheet().file() {
        String::new()
    } else {
        format!("{} の", above.sheet().file())
    };
    findings.push(
        finding
            .value(format!("{}–{}", hours.start(), hours.end()))
            .detail(format!("{other_file}{row}行目と重なります、{day}日など")),
    );
}

/// A bit for each day that has a count, the first day lowest.
fn days_of(counts: &DayCounts) -> u32 {
    let days = counts.as_array().iter().enumerate();
    days.fold(0, |days, (at, count)| days | u32::from(*count > 0) << at)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Sample, gather, line, said};
    use super::*;

    fn checked(rows: &[Sample]) -> Vec<String> {
        let lines = gather(rows).lines.all();
        let mut visits: Vec<TimedLine> = lines
            .iter()
            .enumerate()
            .filter_map(|(at, (line, _))| Some((line.hours?, line.code, at)))
            .collect();
        visits.sort_unstable();
        let mut findings = Vec::new();
        check(&lines, &visits, &mut findings);
        said(&findings)
    }

    #[test]
    fn lines_that_share_a_moment_of_a_day_are_remarked_at_the_one_below() {
        assert_eq!(
            checked(&[
                line(&[5, 12]).serving("117211", "9:15", "10:00"),
                line(&[12]),
            ]),
            ["P426 3行目 開始時刻「09:00–09:30」 2行目と重なります、12日など"]
        );
    }

    #[test]
    fn lines_of_other_days_or_that_only_touch_do_not_overlap() {
        assert_eq!(
            checked(&[
                line(&[5]),
                line(&[5]).serving("117211", "9:30", "10:15"),
                line(&[6]).serving("117211", "9:00", "9:45"),
            ]),
            [""; 0]
        );
    }

    #[test]
    fn the_same_service_at_the_same_time_is_anothers_to_remark() {
        assert_eq!(checked(&[line(&[5]), line(&[5])]), [""; 0]);
    }

    #[test]
    fn a_visit_over_midnight_meets_the_early_one_of_the_next_day() {
        let night = line(&[5]).serving("111111", "23:30", "0:30");
        let early = |day| line(&[day]).serving("111211", "0:15", "1:00");
        assert_eq!(
            checked(&[night.clone(), early(6)]),
            ["P426 3行目 開始時刻「00:15–01:00」 2行目と重なります、6日など"]
        );
        assert_eq!(checked(&[night, early(5)]), [""; 0]);
    }
}
