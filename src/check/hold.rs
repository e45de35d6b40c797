//! Holding: rows that are right and stay because of others, each with the reason.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::finding::{Code, Fate, Finding, RowId};
use crate::model::{ClientId, Place};

use super::origin::Origin;
use super::verdicts::Verdicts;

/// Withholds rows because of others, and says so on each. From now on they go together or not
/// at all.
pub(super) fn hold<'o>(
    origins: impl Iterator<Item = &'o Origin>,
    because: &[Origin],
    client: ClientId,
    name: &Arc<str>,
    verdicts: &mut Verdicts,
) {
    let because: BTreeMap<Place, RowId> = because
        .iter()
        .map(|origin| (origin.place(), origin.id))
        .collect();
    for origin in origins {
        verdicts.decide(origin, Fate::Withheld);
        for reason in because.values() {
            verdicts.tie(*reason, origin.id);
        }
        let place = origin.place();
        if !because.contains_key(&place) {
            let detail = reasons(&place, because.keys());
            let finding = Finding::new(Code::Held, place).of(client, Arc::clone(name));
            verdicts.findings.push(finding.detail(detail));
        }
    }
}

/// `2行目、5行目のため`, with the file where it is another one.
fn reasons<'p>(place: &Place, because: impl ExactSizeIterator<Item = &'p Place>) -> String {
    const NAMED: usize = 5;
    let more = if because.len() > NAMED { "ほか" } else { "" };
    let mut reasons = String::new();
    for (at, reason) in because.take(NAMED).enumerate() {
        if at > 0 {
            reasons.push('、');
        }
        if reason.file != place.file {
            reasons.extend([reason.file.as_str(), " の"]);
        }
        reasons.push_str(&reason.row.unwrap_or_default().to_string());
        reasons.push_str("行目");
    }
    reasons.push_str(more);
    reasons.push_str("のため");
    reasons
}
