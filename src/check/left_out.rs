//! Rows that are not this run's: each is excluded, and each is said or counted.
//!
//! A national file holds every office's services of a client, so hundreds of its rows are
//! nobody's mistake: one finding stands for all of an office. In 楽すけ's own files such a row
//! is an odd one out, and each is named.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Code, Finding};
use crate::model::{FileName, Place, RecordKind};

use super::origin::Origin;

/// What is to be said of rows that were left out.
#[derive(Debug, Default)]
pub(super) struct LeftOut {
    rows: BTreeSet<Place>,
    single: Vec<Finding>,
    /// The finding of the first row, and how many rows there are.
    counted: BTreeMap<(FileName, Code, String), (Finding, usize)>,
}

impl LeftOut {
    /// Adds a good row; `what` it is that is not ours.
    pub(super) fn add(&mut self, origin: &Origin, what: String, finding: Finding) {
        if origin.sheet().layout.record() == RecordKind::PlanDay {
            self.rows.insert(origin.place());
            self.count(what, finding);
        } else {
            self.single.push(finding);
        }
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
        findings.extend(self.single);
        for ((_, _, what), (mut first, rows)) in self.counted {
            let detail = format!("{what} の行 全{rows}行");
            // Many clients' rows stand behind it.
            first.client = None;
            findings.push(first.value(what).detail(detail));
        }
    }
}
