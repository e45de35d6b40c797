//! Twins: two lines of a client that plan the same service at the same time of the same day.
//!
//! A row that was exported twice, or stands in a file that two exports were joined into, would be
//! planned twice and billed twice. Two helpers at once have a code of their own, or a count of two
//! in one row; two rows that say the same are held until somebody says which one goes.

use crate::finding::{Code, Finding};
use crate::model::{Field, PlanLine};

use super::origin::Origin;

/// P403: the later one of each pair within a file; pairs of two files are the rule on versions' to
/// refuse. Gives the rows that hold the month.
pub fn check(lines: &[(PlanLine, Origin)], findings: &mut Vec<Finding>) -> Vec<Origin> {
    let mut twins = Vec::new();
    for (at, (line, origin)) in lines.iter().enumerate() {
        let twin = lines[..at].iter().find_map(|(other, place)| {
            let alike = other.code == line.code
                && other.hours == line.hours
                && place.sheet().file() == origin.sheet().file();
            let day = alike.then(|| shared_day(other, line)).flatten()?;
            Some((place.row(), day))
        });
        if let Some((row, day)) = twin {
            twins.push(origin.clone());
            findings.push(
                Finding::new(Code::LineTwice, origin.field(Field::ServiceCode))
                    .value(line.code.as_str())
                    .detail(format!("{row}行目と同じ、{day}日など")),
            );
        }
    }
    twins
}

fn shared_day(a: &PlanLine, b: &PlanLine) -> Option<u32> {
    a.planned
        .counted()
        .map(|(day, _)| day)
        .find(|day| b.planned.on(*day) > 0)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Sample, gather, line, said};
    use super::*;

    fn checked(rows: &[Sample]) -> Vec<String> {
        let mut findings = Vec::new();
        check(&gather(rows).lines.all(), &mut findings);
        said(&findings)
    }

    #[test]
    fn the_later_of_two_lines_that_share_code_times_and_a_day_is_remarked() {
        assert_eq!(
            checked(&[line(&[5, 12]), line(&[19]), line(&[12, 19])]),
            ["P403 4行目 サービスコード「111111」 2行目と同じ、12日など"]
        );
    }

    #[test]
    fn lines_that_differ_in_code_or_times_or_share_no_day_are_no_twins() {
        assert_eq!(
            checked(&[
                line(&[5]),
                line(&[6]),
                line(&[5]).serving("117211", "9:00", "9:30"),
                line(&[5]).serving("111111", "9:00", "9:45"),
            ]),
            [""; 0]
        );
    }

    #[test]
    fn a_count_of_two_is_no_twin() {
        assert_eq!(checked(&[line(&[]).with("予定5", "2")]), [""; 0]);
    }
}
