//! Days: only those that the month has, and sums that agree with them.

use crate::finding::{Code, Finding};
use crate::model::{DayCounts, Field, PlanLine};

use super::origin::Origin;

/// P401, P402: checks the days of a line.
pub fn check(line: &PlanLine, origin: &Origin, findings: &mut Vec<Finding>) {
    for (field, days, total_field, total) in [
        (
            Field::Planned,
            &line.planned,
            Field::PlannedTotal,
            line.planned_total,
        ),
        (
            Field::Actual,
            &line.actual,
            Field::ActualTotal,
            line.actual_total,
        ),
    ] {
        for (day, count) in days.counted().filter(|(day, _)| *day > line.month.days()) {
            let place = origin.day(field, day);
            findings.push(Finding::new(Code::DayOutsideMonth, place).value(count.to_string()));
        }
        if let Some(finding) = differs(days, total) {
            let stated = total.map(|total| total.to_string()).unwrap_or_default();
            findings.push(
                Finding::new(Code::TotalDiffers, origin.field(total_field))
                    .value(stated)
                    .detail(finding),
            );
        }
    }
}

fn differs(days: &DayCounts, total: Option<u32>) -> Option<String> {
    let sum = days.total();
    total
        .filter(|total| *total != sum)
        .map(|total| format!("合計{total}、日ごとの合計{sum}"))
}
