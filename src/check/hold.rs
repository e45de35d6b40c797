//! Holding: rows that are right and stay because of others, each with the reason.

use std::collections::BTreeSet;

use crate::finding::{Book, Code, Fate, Finding, Imbalance, RowId};
use crate::model::{ClientId, Place};

use super::origin::Origin;

/// Withholds rows because of others (`because`, places of whole rows), and says so on each.
/// From now on they go together or not at all.
pub(super) fn hold<'o>(
    origins: impl Iterator<Item = &'o Origin>,
    because: &[Place],
    client: ClientId,
    name: &str,
    book: &mut Book,
    findings: &mut Vec<Finding>,
) -> Result<(), Imbalance> {
    let because: BTreeSet<&Place> = because.iter().collect();
    let at_fault: Vec<RowId> = because.iter().filter_map(|row| book.row_at(row)).collect();
    for origin in origins {
        book.decide(origin.id, Fate::Withheld)?;
        for reason in &at_fault {
            book.tie(*reason, origin.id);
        }
        let place = origin.place();
        if !because.contains(&place) {
            let detail = reasons(&place, &because);
            findings.push(
                Finding::new(Code::Held, place)
                    .of(client, name)
                    .detail(detail),
            );
        }
    }
    Ok(())
}

/// `2行目、5行目のため`, with the file where it is another one.
fn reasons(place: &Place, because: &BTreeSet<&Place>) -> String {
    const NAMED: usize = 5;
    let named: Vec<String> = because
        .iter()
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
    let more = if because.len() > NAMED { "ほか" } else { "" };
    format!("{}{more}のため", named.join("、"))
}
