//! Counts: how often a line can stand on one day.
//!
//! A line is one service at one time, so its count is the number of helpers who come at once.
//! Two are what the rules know (the codes of 二人の訪問); three or four may be a service without
//! a time, and somebody looks at it. A larger count is a slip of the hand: a 1 that was typed
//! twice, or two columns that have run together.

use crate::finding::{Code, Finding};
use crate::model::{Field, PlanLine};

use super::origin::Origin;

/// Up to so many nobody asks.
const USUAL: u8 = 2;
/// More than so many there cannot be.
const MOST: u8 = 4;

/// V215, V216: looks at the planned counts of a line.
pub(super) fn check(line: &PlanLine, origin: &Origin, findings: &mut Vec<Finding>) {
    if !line.planned.exceed(USUAL) {
        return;
    }
    for (code, is_meant) in [
        (
            Code::TooManyAtOnce,
            (|count| count > MOST) as fn(u8) -> bool,
        ),
        (Code::ManyAtOnce, |count| count > USUAL && count <= MOST),
    ] {
        let meant = line.planned.counted().filter(|(_, count)| is_meant(*count));
        let meant: Vec<(u32, u8)> = meant.collect();
        let Some((day, count)) = meant.first() else {
            continue;
        };
        let days: Vec<String> = meant
            .iter()
            .map(|(day, count)| format!("{day}日に{count}回"))
            .collect();
        let place = origin.day(Field::Planned, *day);
        let finding = Finding::new(code, place).value(count.to_string());
        findings.push(finding.detail(days.join("、")));
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Sample, day, line, read_line, said};
    use super::*;

    fn checked(sample: Sample) -> Vec<String> {
        let (line, origin) = read_line(sample);
        let mut findings = Vec::new();
        check(&line, &origin, &mut findings);
        said(&findings)
    }

    #[test]
    fn two_helpers_at_once_are_nothing_to_speak_of() {
        assert_eq!(checked(line(&[5]).with("予定6", "2")), [""; 0]);
    }

    #[test]
    fn three_or_four_are_to_be_looked_at_and_more_are_held() {
        let odd = line(&[5])
            .with("予定6", "3")
            .with("予定7", "11")
            .with("予定8", "4");
        assert_eq!(
            checked(odd),
            [
                "V216 2行目 予定7「11」 7日に11回",
                "V215 2行目 予定6「3」 6日に3回、8日に4回",
            ]
        );
        assert_eq!(
            checked(line(&[]).with("予定6", "5")),
            ["V216 2行目 予定6「5」 6日に5回"]
        );
    }

    #[test]
    fn what_was_done_is_not_asked_about() {
        assert_eq!(checked(line(&[5]).with("実績5", "9")), [""; 0]);
    }

    #[test]
    fn the_count_of_a_national_file_is_asked_about_as_well() {
        let said = checked(day("20261005").with("サービス回数", "12"));
        assert_eq!(said, ["V216 1行目 サービス利用日「12」 5日に12回"]);
    }
}
