//! Holding: rows that are right and stay because of others, each with the reason.

use std::collections::BTreeMap;

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
    name: &str,
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
            let finding = Finding::new(Code::Held, place).of(client, name);
            verdicts.findings.push(finding.detail(detail));
        }
    }
}

/// `2行目、5行目のため`, with the file where it is another one.
fn reasons<'p>(place: &Place, because: impl ExactSizeIterator<Item = &'p Place>) -> String {
    const NAMED: usize = 5;
    let more = if because.len() > NAMED { "ほか" } else { "" };
    let named: Vec<String> = because
        .take(NAMED)
        .map(|reason| {
            let file = if reason.file == place.file {
                String::new()
            } else {
                format!("{} の", reason.file)
            };
            format!("{file}{}行目", reason.row.unwrap_or_default())
        })
        .collect();
    format!("{}{more}のため", named.join("、"))
}
