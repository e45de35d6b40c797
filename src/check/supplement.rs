//! Supplements beside the list: 楽すけ is the master, so its list decides about a client.

use std::collections::BTreeSet;

use crate::finding::{Code, Fate, Finding, Imbalance};
use crate::model::{ClientId, Field, Place, RecordKind};

use super::complete::completes;
use super::gather::Gathered;
use super::origin::Origin;

/// B308: leaves out what supplements say of clients that a list names as well, be it right or
/// wrong: a bad row of a supplement must not hold a client whose list is fine.
pub(super) fn leave_out(gathered: &mut Gathered) -> Result<(), Imbalance> {
    let listed: BTreeSet<ClientId> = named(gathered)
        .filter(|(_, origin)| !completes(origin))
        .map(|(id, _)| id)
        .collect();
    let left_out: Vec<(ClientId, Origin)> = named(gathered)
        .filter(|(id, origin)| completes(origin) && listed.contains(id))
        .map(|(id, origin)| (id, origin.clone()))
        .collect();
    if left_out.is_empty() {
        return Ok(());
    }
    let rows: BTreeSet<Place> = left_out.iter().map(|(_, origin)| origin.place()).collect();
    let is_left_out = |origin: &Origin| rows.contains(&origin.place());
    gathered.cards.retain(|(_, _, origin)| !is_left_out(origin));
    gathered.bad_rows.retain(|row| !is_left_out(&row.origin));
    gathered
        .findings
        .retain(|finding| !rows.contains(&finding.place.row_only()));
    for (client, origin) in left_out {
        gathered.book.decide(origin.id, Fate::Excluded)?;
        let place = origin.field(Field::Insured);
        gathered.findings.push(
            Finding::new(Code::InTheList, place)
                .value(client.insured.as_str())
                .of(client, ""),
        );
    }
    Ok(())
}

/// Every row of a client whose number could be read.
fn named(gathered: &Gathered) -> impl Iterator<Item = (ClientId, &Origin)> {
    let good = gathered
        .cards
        .iter()
        .map(|(client, _, origin)| (client.id, origin));
    let bad = gathered
        .bad_rows
        .iter()
        .filter(|row| row.kind == RecordKind::ClientCard)
        .filter_map(|row| Some((row.client?, &row.origin)));
    good.chain(bad)
}
