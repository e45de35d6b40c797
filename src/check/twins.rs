//! Twins: two lines of a client that plan the same service at the same time of the same day.
//!
//! Two helpers at once look just like a row that was exported twice, and no layout of ours
//! declares a count of helpers: so both are sent, and somebody is asked to look.

use crate::finding::{Code, Finding};
use crate::model::{Field, PlanLine};

use super::origin::Origin;

/// P403: remarks the later one of each pair within a file; pairs of two files are the rule on
/// versions' to refuse.
pub fn check(lines: &[(PlanLine, Origin)], findings: &mut Vec<Finding>) {
    for (at, (line, origin)) in lines.iter().enumerate() {
        let twin = lines[..at].iter().find_map(|(other, place)| {
            let alike = other.code == line.code
                && other.hours == line.hours
                && place.place().file == origin.place().file;
            let day = alike.then(|| shared_day(other, line)).flatten()?;
            Some((place.row(), day))
        });
        if let Some((row, day)) = twin {
            findings.push(
                Finding::new(Code::LineTwice, origin.field(Field::ServiceCode))
                    .value(line.code.as_str())
                    .detail(format!("{row}行目と同じ、{day}日など")),
            );
        }
    }
}

fn shared_day(a: &PlanLine, b: &PlanLine) -> Option<u32> {
    a.planned
        .counted()
        .map(|(day, _)| day)
        .find(|day| b.planned.on(*day) > 0)
}
