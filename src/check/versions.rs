//! Versions: a client's month comes from one file.
//!
//! Two exports of one month in the inbox are an older and a newer one. Taken together every
//! visit of theirs would be planned twice, and nothing in them says which one is meant.

use crate::finding::{Code, Finding};
use crate::model::PlanLine;

use super::origin::Origin;

/// P419: names the second file, once for a client's month, and gives the row of it.
pub fn check<'l>(
    lines: &'l [(PlanLine, Origin)],
    findings: &mut Vec<Finding>,
) -> Option<&'l Origin> {
    let (_, first) = lines.first()?;
    let first = first.sheet().file();
    let mut origins = lines.iter().map(|(_, origin)| origin);
    let other = origins.find(|origin| origin.sheet().file() != first)?;
    let finding = Finding::new(Code::TwoVersions, other.place());
    findings.push(finding.detail(format!("{first} にもあります")));
    Some(other)
}
