//! Days: only those that the month has, and sums that agree with them.

use crate::finding::{Code, Finding};
use crate::model::{DayCounts, Field, PlanLine};
use crate::table::{Class, Service};

use super::origin::Origin;

/// P401, P402: checks the days of a line; `listed` is what its code means. The days of a monthly
/// fee are those of its visits, and its sum may be of these or of the one fee.
pub fn check(
    line: &PlanLine,
    origin: &Origin,
    listed: Option<&Service>,
    findings: &mut Vec<Finding>,
) {
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
        for day in line.month.days() + 1..=31 {
            let count = days.on(day);
            if count > 0 {
                let finding = Finding::new(Code::DayOutsideMonth, origin.day(field, day));
                findings.push(finding.value(count.to_string()));
            }
        }
        if let Some(finding) = differs(days, total)
            && !(total == Some(1) && is_monthly_fee(listed))
        {
            let stated = total.map(|total| total.to_string()).unwrap_or_default();
            findings.push(
                Finding::new(Code::TotalDiffers, origin.field(total_field))
                    .value(stated)
                    .detail(finding),
            );
        }
    }
}

fn is_monthly_fee(listed: Option<&Service>) -> bool {
    listed.is_some_and(|service| service.class == Class::MonthlyFee)
}

fn differs(days: &DayCounts, total: Option<u32>) -> Option<String> {
    let sum = days.total();
    total
        .filter(|total| *total != sum)
        .map(|total| format!("合計{total}、日ごとの合計{sum}"))
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Sample, line, read_line, said, tables};
    use super::*;

    fn checked(sample: Sample) -> Vec<String> {
        let (line, origin) = read_line(sample);
        let services = &tables().services;
        let listed = services.find(line.code, line.client.insurer, line.month);
        let mut findings = Vec::new();
        check(&line, &origin, listed, &mut findings);
        said(&findings)
    }

    #[test]
    fn the_sum_of_a_monthly_fee_may_be_the_one_fee() {
        let fee = |code, total| {
            let visits = line(&[1, 8, 15]).serving(code, "11:00", "12:00");
            checked(visits.with("予定合計", total))
        };
        assert_eq!(fee("A21111", "1"), [""; 0]);
        assert_eq!(fee("A21111", "3"), [""; 0]);
        assert_eq!(fee("A21111", "2").len(), 1);
        assert_eq!(fee("A22411", "1").len(), 1);
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
