//! What goes from Care-wing because it is not planned any more, and goes only with a leave.
//!
//! A month is emptied because its client is in no row of the files, and only where that means
//! something: the files name everybody, each of their rows says whose it is, and they have rows
//! of the same office and month. An export of another office, another month, or one that broke,
//! empties nobody's month.
//!
//! A day that has passed goes from a month that stays: whoever was visited on it was visited, so
//! that a plan without it is likelier to be part of one than a change.
//!
//! Nothing else is ever taken away: clients and offices are hidden in 楽すけ and stay.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::check::{Roster, Unit};
use crate::error::{Error, Refusal};
use crate::finding::{Code, Who};
use crate::ledger::{LedgerError, RunId};
use crate::model::{CivilDate, MonthlyPlan, OfficeNumber, RecordKind, YearMonth};
use crate::payload::{emptied, lines};

use super::change::{Change, Course, Keep};
use super::compare::{Group, Missing, Planned};
use super::inbox::Inputs;
use super::office::Office;
use super::preview;
use super::proposal::Proposal;
use super::remarks::side;
use super::standing::Standing;

/// What would go with an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// Whether it was allowed.
    pub leave: Leave,
    /// What it is.
    pub what: Gone,
}

/// What is not planned any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gone {
    /// The whole month, with what we sent for it.
    Month {
        /// How many visits that were.
        visits: usize,
        /// How many add-ons.
        add_ons: usize,
    },
    /// Days that have passed, on which we sent visits.
    Days(BTreeSet<CivilDate>),
}

impl Gone {
    /// What is said while it waits for its leave.
    pub fn waits_as(&self) -> Code {
        match self {
            Self::Month { .. } => Code::RemovalWithheld,
            Self::Days(_) => Code::PastDaysWithheld,
        }
    }

    /// What is said once it has gone.
    pub fn went_as(&self) -> Code {
        match self {
            Self::Month { .. } => Code::MonthEmptied,
            Self::Days(_) => Code::PastDaysRemoved,
        }
    }
}

/// Whether something may go in this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// As much as there is.
    Given,
    /// Nothing: less was allowed than there is, or nothing at all.
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
            what: Gone::Month {
                visits: plan.visits.len(),
                add_ons: plan.add_ons.len(),
            },
        });
        group.items.push(planned);
    }
    Ok(())
}

/// Finds the days before `today` on which a month that was sent has visits and what would be sent
/// instead has none.
pub fn find_past_days(
    group: &mut Group,
    standing: &Standing<'_>,
    (month, today): (YearMonth, CivilDate),
) -> Result<(), LedgerError> {
    if month.day(1) >= Some(today) {
        return Ok(());
    }
    let changed = group.items.iter_mut();
    for planned in changed.filter(|of| of.removal.is_none() && of.change != Change::New) {
        let Some(sent) = standing.sent_month(&planned.item.key)? else {
            continue;
        };
        let now = standing.month(&planned.item.body);
        let gone = days_gone(&sent, now.as_ref(), today);
        planned.removal = (!gone.is_empty()).then_some(Removal {
            leave: Leave::Missing,
            what: Gone::Days(gone),
        });
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

/// The days before `today` of which a month that was sent has visits and another one has nothing:
/// what was a visit may have become a fee, whose day is no loss.
fn days_gone(
    sent: &MonthlyPlan,
    now: Option<&MonthlyPlan>,
    today: CivilDate,
) -> BTreeSet<CivilDate> {
    let mut gone: BTreeSet<CivilDate> = sent.visits.iter().map(|visit| visit.date).collect();
    gone.retain(|date| *date < today);
    if let Some(now) = now {
        let visits = now.visits.iter().map(|visit| visit.date);
        let add_ons = now.add_ons.iter().filter_map(|add_on| add_on.date);
        for date in visits.chain(add_ons) {
            gone.remove(&date);
        }
    }
    gone
}

/// Gives leave, if as much is allowed as there is. What somebody else has changed counts when it
/// was decided to be sent all the same, and not before.
pub fn allow(group: &mut Group, allowed: usize) {
    give(group, Leave::Given);
    if asked_for(group.items.iter()).count() > allowed {
        give(group, Leave::Missing);
    }
}

fn give(group: &mut Group, leave: Leave) {
    for removal in group.items.iter_mut().filter_map(|of| of.removal.as_mut()) {
        removal.leave = leave;
    }
}

/// How much a leave is asked for, or was given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asked {
    /// Months that would be emptied.
    pub months: usize,
    /// Days that have passed.
    pub days: usize,
}

impl Asked {
    /// What stands behind `--allow-removals`: a month counts one, and so does a day.
    pub fn count(self) -> usize {
        self.months + self.days
    }

    /// What somebody agrees to who gives the leave; nothing where there is nothing to agree to.
    pub fn in_words(self) -> Option<String> {
        let Self { months, days } = self;
        let of_months = format!("今回のデータにない利用者{months}人の予定を空に");
        let of_days = format!("今回の予定にない過ぎた日{days}日の訪問をなく");
        match (months, days) {
            (0, 0) => None,
            (_, 0) => Some(format!("{of_months}してよければ")),
            (0, _) => Some(format!("{of_days}してよければ")),
            (_, _) => Some(format!("{of_months}し、{of_days}してよければ")),
        }
    }
}

/// How much of what would be sent, leave or not, takes something away.
pub fn asked_for<'p>(items: impl Iterator<Item = &'p Planned>) -> Asked {
    let mut asked = Asked::default();
    let sent = items.filter(|of| of.decided() == Course::Send);
    for what in sent.filter_map(|of| of.removal.as_ref()).map(|of| &of.what) {
        match what {
            Gone::Month { .. } => asked.months += 1,
            Gone::Days(days) => asked.days += days.len(),
        }
    }
    asked
}

/// How many months would be emptied or wait for it. What was decided to stay does not count.
fn months<'p>(items: impl Iterator<Item = &'p Planned>) -> usize {
    items
        .filter(|planned| planned.empties() && planned.change != Change::Kept)
        .count()
}

/// Refuses a whole run that would empty more months than the settings allow: so many people do
/// not leave at once, so the export is likely to be part of one. The preview says who.
pub fn refuse_too_many(office: &Office, run: RunId, proposal: &Proposal) -> Result<(), Error> {
    let count = months(proposal.planned());
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
