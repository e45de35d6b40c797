//! Versions: a client's month comes from one file.
//!
//! Two exports of one month in the inbox are an older and a newer one. Taken together every
//! visit of theirs would be planned twice, and nothing in them says which one is meant.

use crate::finding::{Code, Finding};
use crate::model::PlanLine;

use super::origin::Origin;

/// P419: names the second file, once for a client's month.
pub fn check(lines: &[(PlanLine, Origin)], findings: &mut Vec<Finding>) {
    let Some((_, first)) = lines.first() else {
        return;
    };
    let first = first.place().file;
    let other = lines
        .iter()
        .map(|(_, origin)| origin)
        .find(|origin| origin.place().file != first);
    if let Some(origin) = other {
        findings.push(
            Finding::new(Code::TwoVersions, origin.place()).detail(format!("{first} にもあります")),
        );
    }
}
