//! Certification: by the date of each service, never the newest one.

use crate::finding::{Code, Finding};
use crate::model::{Client, Field, PlanLine};

use super::origin::Origin;

/// P404, P405: on each planned day a certification holds, and its level admits the service.
pub fn check(line: &PlanLine, origin: &Origin, client: &Client, findings: &mut Vec<Finding>) {
    let mut uncertified = Vec::new();
    let mut unfit = Vec::new();
    for (day, _) in line.planned.counted() {
        // A day that the month does not have is remarked by the rule on days.
        let Some(date) = line.month.day(day) else {
            continue;
        };
        match client.cards_on(date).next() {
            None => uncertified.push(day),
            Some(card) if !line.code.service_type().admits(card.care_level) => unfit.push(day),
            Some(_) => {}
        }
    }
    if let Some(day) = uncertified.first() {
        let place = origin.day(Field::Planned, *day);
        findings.push(Finding::new(Code::NotCertified, place).detail(listed(&uncertified)));
    }
    if !unfit.is_empty() {
        let place = origin.field(Field::ServiceCode);
        findings.push(
            Finding::new(Code::LevelDoesNotFit, place)
                .value(line.code.as_str())
                .detail(listed(&unfit)),
        );
    }
}

fn listed(days: &[u32]) -> String {
    let days: Vec<String> = days.iter().map(u32::to_string).collect();
    format!("{}日", days.join("、"))
}
