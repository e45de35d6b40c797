//! Versions: a client's month comes from one file.
//!
//! Two exports of one month in the inbox are an older and a newer one. Taken together every
//! visit of theirs would be planned twice, and nothing in them says which one is meant. That is
//! a question about the files, and asked once.

use std::sync::Arc;

use crate::finding::Code;
use crate::model::{ClientId, PlanLine};
use crate::read::Sheet;

use super::of_files::OfFiles;
use super::origin::Origin;

/// P419: whether a client's month comes from more than one source, each of which is noted.
pub(super) fn check(
    lines: &[(PlanLine, Origin)],
    client: ClientId,
    of_files: &mut OfFiles,
) -> bool {
    let Some((_, first)) = lines.first() else {
        return false;
    };
    // The lines of one source come one after the other.
    let runs = lines.chunk_by(|(_, one), (_, next)| is_one_source(one.sheet(), next.sheet()));
    let mut others: Vec<&Arc<Sheet>> = Vec::new();
    for run in runs.skip(1) {
        let sheet = run[0].1.sheet();
        let is_known = |of: &Arc<Sheet>| is_one_source(of, sheet);
        if !is_one_source(first.sheet(), sheet) && !others.iter().any(|of| is_known(of)) {
            of_files.clash(Code::TwoVersions, (first.sheet(), sheet), Some(client));
            others.push(sheet);
        }
    }
    !others.is_empty()
}

/// Whether two sheets are one: of one file, and of one name in it.
pub(super) fn is_one_source(one: &Arc<Sheet>, other: &Arc<Sheet>) -> bool {
    Arc::ptr_eq(one, other) || (one.file() == other.file() && one.name() == other.name())
}
