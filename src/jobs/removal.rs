//! Months that are emptied, because their client is in no row of the files any more.
//!
//! Nothing else is ever taken away: clients and offices are hidden in 楽すけ and stay. And a
//! month is emptied only where its absence means something: the files name everybody, each of
//! their rows says whose it is, and they have rows of the same office and month. An export
//! of another office, another month, or one that broke, empties nobody's month.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::check::{Roster, Unit};
use crate::error::{Error, Refusal};
use crate::finding::Who;
use crate::ledger::{LedgerError, RunId};
use crate::model::{MonthlyPlan, OfficeNumber, RecordKind, YearMonth};
use crate::payload::{emptied, lines};

use super::change::{Change, Course, Keep};
use super::compare::{Group, Missing, Planned};
use super::inbox::Inputs;
use super::office::Office;
use super::preview;
use super::proposal::Proposal;
use super::remarks::side;
use super::standing::Standing;

/// A month that would be emptied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removal {
    /// Whether it was allowed.
    pub leave: Leave,
    /// How many visits we sent for it.
    pub visits: usize,
    /// How many add-ons we sent for it.
    pub add_ons: usize,
}

/// Whether months may be emptied in this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// As many as there are.
    Given,
    /// None: fewer were allowed than there are, or none at all.
    Missing,
}

/// The offices of which the files name every client that has a plan in the month. To be asked
/// before the rows are folded into months.
pub fn named_whole(inputs: &Inputs, month: YearMonth, units: &[Unit]) -> BTreeSet<OfficeNumber> {
    let gathered = &inputs.gathered;
    let everybody = inputs.says_who_is_gone(RecordKind::PlanLine)
        && gathered.unusable_file().is_none()
        && gathered.bad_rows.iter().all(|row| row.client.is_some());
    if !everybody {
        return BTreeSet::new();
    }
    let of_month = units.iter().filter(|(_, of, _)| *of == month);
    of_month.map(|(office, ..)| *office).collect()
}

/// Turns what is missing of whole offices into months to be emptied; the rest stays missing.
pub fn propose(
    group: &mut Group,
    standing: &Standing<'_>,
    whole: &BTreeSet<OfficeNumber>,
    roster: &Roster,
    keep: Option<Keep>,
) -> Result<(), LedgerError> {
    for missing in std::mem::take(&mut group.missing) {
        let Some(plan) = standing
            .sent_month(&missing.key)?
            .filter(|plan| whole.contains(&plan.office))
        else {
            group.missing.push(missing);
            continue;
        };
        if plan.visits.is_empty() && plan.add_ons.is_empty() {
            // It was emptied earlier; what somebody has put there since is none of ours.
            continue;
        }
        let item = emptied(
            &plan,
            who(&plan, &missing, roster),
            standing.payload(),
            side(group.collection),
        );
        // Where nothing stands there, or an empty month, all sides agree.
        let is_there = group.versions.held(&item.key).is_some();
        let change = standing.versions().change(&item.key, &item.digest);
        let Some(change) = change.filter(|_| is_there) else {
            continue;
        };
        let emptied = (item, lines::store(&[]), Vec::new());
        let mut planned = standing.planned(emptied, change, keep)?;
        planned.removal = Some(Removal {
            leave: Leave::Missing,
            visits: plan.visits.len(),
            add_ons: plan.add_ons.len(),
        });
        group.items.push(planned);
    }
    Ok(())
}

fn who(plan: &MonthlyPlan, missing: &Missing, roster: &Roster) -> Who {
    let known = roster
        .find(plan.client)
        .map(|known| Arc::from(&*known.name));
    Who {
        id: plan.client,
        name: known
            .or_else(|| missing.who.as_ref().map(|who| Arc::clone(&who.name)))
            .unwrap_or_default(),
    }
}

/// Gives leave to empty months, if as many are allowed as there are. One that somebody else has
/// changed counts when it was decided to be emptied all the same, and not before.
pub fn allow(group: &mut Group, allowed: usize) {
    give(group, Leave::Given);
    let items = group.items.iter();
    let emptied = items.filter(|of| of.removal.is_some() && of.course() == Course::Send);
    if emptied.count() > allowed {
        give(group, Leave::Missing);
    }
}

fn give(group: &mut Group, leave: Leave) {
    for removal in group.items.iter_mut().filter_map(|of| of.removal.as_mut()) {
        removal.leave = leave;
    }
}

/// How many months would be emptied or wait for it. What was decided to stay does not count.
fn count<'p>(items: impl Iterator<Item = &'p Planned>) -> usize {
    items
        .filter(|planned| planned.removal.is_some() && planned.change != Change::Kept)
        .count()
}

/// Refuses a whole run that would empty more months than the settings allow: so many people do
/// not leave at once, so the export is likely to be part of one. The preview says who.
pub fn refuse_too_many(office: &Office, run: RunId, proposal: &Proposal) -> Result<(), Error> {
    let count = count(proposal.planned());
    let limit = office.settings.removals_limit;
    if count <= limit {
        return Ok(());
    }
    let saved = proposal.saved(&office.tables);
    let preview = preview::write(proposal, &saved, office, (run, None))?;
    Err(Refusal::TooManyRemovals {
        count,
        limit,
        preview,
    }
    .into())
}
