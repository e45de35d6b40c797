//! The clerk's decisions are read back from the preview workbook of a proposal.

use crate::error::{Error, Refusal};
use crate::ledger::SavedProposal;
use crate::report::{Decision, read_decisions};

use super::change::{Change, Keep};
use super::office::Office;
use super::preview::{self, mark};
use super::proposal::Proposal;

/// Decides as the workbook says. It must be the one of the saved proposal; one that is gone
/// decides nothing, and what was chosen when the proposal was made stays.
pub fn decide(
    office: &Office,
    saved: &SavedProposal,
    proposal: &mut Proposal,
) -> Result<(), Error> {
    let path = preview::path(office, saved.id, proposal.step, proposal.month);
    let Some(mut decisions) = read_decisions(&path, &mark(saved.run, &saved.proposal))? else {
        return Ok(());
    };
    for group in &mut proposal.groups {
        let kind = group.collection.label();
        let open = group.items.iter_mut().filter(|item| item.may_be_decided());
        for planned in open {
            let key = (kind.to_owned(), planned.item.key.clone());
            let decision = decisions.remove(&key).map(|decided| decided.decision);
            planned.keep = match decision.unwrap_or(Decision::Later) {
                Decision::Ours => Some(Keep::Ours),
                Decision::Theirs => Some(Keep::Theirs),
                // What was decided earlier is not taken back by deciding nothing.
                Decision::Later if planned.change == Change::Kept => Some(Keep::Theirs),
                Decision::Later => None,
            };
        }
    }
    // A word where nothing was asked: somebody meant something by it that would not happen.
    match decisions.into_values().map(|decided| decided.row).min() {
        Some(row) => Err(Refusal::NothingToDecide { preview: path, row }.into()),
        None => Ok(()),
    }
}
