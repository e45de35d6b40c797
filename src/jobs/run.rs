//! Everything in the inbox: basic data first, because plans stand on it.

use crate::check::Wanted;
use crate::disk;
use crate::error::{Error, Exit};
use crate::model::YearMonth;

use super::outcome::Outcome;
use super::proposal::Options;
use super::{Clerk, Consent, Office, basics, inbox, locks, plan, still_open};

/// Runs the steps that the inbox has files for; none where it is empty. Each that ends is
/// put into `outcomes`, so that an error of a later one does not hide what was registered.
pub fn run(
    office: &mut Office,
    month: YearMonth,
    options: Options,
    consent: Consent,
    clerk: &mut dyn Clerk,
    outcomes: &mut Vec<Outcome>,
) -> Result<(), Error> {
    let ended = steps(office, month, options, consent, clerk, outcomes);
    // A later step may have brought through whom an earlier one still saw open, and once is
    // enough to be named.
    for (behind, outcome) in outcomes.iter_mut().rev().enumerate() {
        still_open::tell_of(office, outcome, Some(month))?;
        if behind > 0 {
            outcome.open.clear();
        }
    }
    ended
}

fn steps(
    office: &mut Office,
    month: YearMonth,
    options: Options,
    consent: Consent,
    clerk: &mut dyn Clerk,
    outcomes: &mut Vec<Outcome>,
) -> Result<(), Error> {
    let kinds = inbox::kinds(office)?;
    let has = |wanted: Wanted| kinds.iter().any(|kind| wanted.includes(*kind));
    if has(Wanted::Plans) {
        // Before the basic data: a run that is refused has sent nothing at all.
        locks::refuse(office, month)?;
    }
    if has(Wanted::Basics) {
        let outcome = basics::basics(office, options.clone(), consent, clerk)?;
        let halfway = matches!(outcome.exit(), Exit::Stopped | Exit::Service);
        outcomes.push(outcome);
        if halfway && office.stop.asked() {
            return Ok(());
        }
    }
    let mut options = options;
    if !outcomes.is_empty() {
        // The basic data that was chosen is done with.
        let is_here = |name: &String| disk::exists(&office.folder.inbox().join(name));
        options.use_file = options.use_file.filter(is_here);
    }
    if has(Wanted::Plans) {
        outcomes.push(plan::plan(office, month, options.clone(), consent, clerk)?);
    }
    if outcomes.is_empty() && !inbox::files_in(&office.folder.inbox())?.is_empty() {
        // Files that nothing can be made of: the step says what is wrong with them.
        outcomes.push(plan::plan(office, month, options, consent, clerk)?);
    }
    // Whom a step has left open a later one may have brought through.
    for outcome in outcomes {
        still_open::tell(office, outcome)?;
    }
    Ok(())
}
