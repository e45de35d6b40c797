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

#[cfg(test)]
mod tests {
    use super::super::samples::{Sample, line, read_line, said};
    use super::*;

    fn checked(sample: Sample) -> Vec<String> {
        let (line, origin) = read_line(sample);
        let mut findings = Vec::new();
        check(&line, &origin, &mut findings);
        said(&findings)
    }

    #[test]
    fn a_count_on_a_day_that_the_month_does_not_have_is_found_in_its_cell() {
        let february = line(&[28, 29])
            .with("対象年月", "2026/02")
            .with("実績30", "2");
        assert_eq!(
            checked(february),
            ["P401 2行目 予定29「1」", "P401 2行目 実績30「2」"]
        );
        let leap = line(&[28, 29]).with("対象年月", "2028/02");
        assert_eq!(checked(leap), [""; 0]);
    }

    #[test]
    fn a_nought_on_a_day_that_the_month_does_not_have_is_no_count() {
        let september = line(&[30]).with("対象年月", "2026/09").with("予定31", "0");
        assert_eq!(checked(september), [""; 0]);
    }

    #[test]
    fn a_sum_that_the_days_do_not_give_is_remarked() {
        let line = line(&[5, 12]).with("予定5", "2");
        assert_eq!(checked(line.clone()), [""; 0]);
        assert_eq!(checked(line.clone().with("予定合計", "3")), [""; 0]);
        assert_eq!(
            checked(line.with("予定合計", "2").with("実績合計", "1")),
            [
                "P402 2行目 予定合計「2」 合計2、日ごとの合計3",
                "P402 2行目 実績合計「1」 合計1、日ごとの合計0",
            ]
        );
    }
}
