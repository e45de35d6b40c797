//! Rows that are not this run's: each is excluded, and counted.
//!
//! A national file holds every office's services of a client, and an export may be of another
//! month: hundreds of rows are one thing to say. So one finding stands for all rows of an office
//! or a month in a file; where there is only one, it names that row.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Code, Finding};
use crate::model::{FileName, Place, RecordKind};

use super::origin::Origin;

/// What is to be said of rows that were left out.
#[derive(Debug, Default)]
pub(super) struct LeftOut {
    rows: BTreeSet<Place>,
    /// The finding of the first row, and how many rows there are.
    counted: BTreeMap<(FileName, Code, String), (Finding, usize)>,
    /// The national files, where one row is no odd one out.
    national: BTreeSet<FileName>,
}

impl LeftOut {
    /// Adds a good row; `what` it is that is not ours.
    pub(super) fn add(&mut self, origin: &Origin, what: String, finding: Finding) {
        if origin.sheet().layout.record() == RecordKind::PlanDay {
            self.rows.insert(origin.place());
            self.national.insert(origin.sheet().file().clone());
        }
        self.count(what, finding);
    }

    /// Adds a row that is no record. What is wrong within it is for the run that it belongs to.
    pub(super) fn add_bad(&mut self, origin: &Origin, what: String, finding: Finding) {
        self.rows.insert(origin.place());
        self.add(origin, what, finding);
    }

    fn count(&mut self, what: String, finding: Finding) {
        let key = (finding.place.file.clone(), finding.code, what);
        let entry = self.counted.entry(key);
        let (first, rows) = entry.or_insert_with(|| (finding.clone(), 0));
        *rows += 1;
        if finding.place < first.place {
            *first = finding;
        }
    }

    /// Says it, in place of what was said of those rows before.
    pub(super) fn say(self, findings: &mut Vec<Finding>) {
        if !self.rows.is_empty() {
            findings.retain(|finding| !self.rows.contains(&finding.place.row_only()));
        }
        for ((_, _, what), (mut first, rows)) in self.counted {
            if rows == 1 && !self.national.contains(&first.place.file) {
                findings.push(first);
                continue;
            }
            let detail = format!("{what} の行 全{rows}行");
            // Many clients' rows stand behind it.
            first.client = None;
            findings.push(first.value(what).detail(detail));
        }
    }
}
