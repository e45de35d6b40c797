//! Locked months: claims are closed by the 10th of the next month, and whoever changes a month
//! after that has to correct what was claimed.
//!
//! Looking stays allowed: `check`, and the first phase of a step (`--prepare`), which sends
//! nothing and writes nothing for 楽すけ. Registering what was prepared is refused.

use crate::clock;
use crate::error::{Error, Exit, Refusal};
use crate::ledger::{LockedMonth, RunId};
use crate::model::YearMonth;

use super::office::Office;
use super::{Clerk, Consent};

/// How a run treats locked months.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locks {
    /// They are refused.
    Respected,
    /// This run goes on all the same (`--override`).
    Overridden,
}

/// What is done to the lock of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// The month is locked.
    Lock,
    /// The month is free again.
    Unlock,
}

/// Locks or unlocks a month; `false` where it was so already.
pub fn turn(office: &mut Office, month: YearMonth, turn: Turn) -> Result<bool, Error> {
    let command = match turn {
        Turn::Lock => "lock",
        Turn::Unlock => "unlock",
    };
    let now = office.now().to_rfc3339();
    let run = office.ledger.begin_run(command, Some(month), &now)?;
    let changed = match turn {
        Turn::Lock => office.ledger.lock_month(run, month, &now)?,
        Turn::Unlock => office.ledger.unlock_month(run, month)?,
    };
    office.ledger.end_run(run, Exit::Clean.code(), &now)?;
    Ok(changed)
}

/// Before anything is asked or written: a step of a locked month is refused, unless it only
/// prepares, or the lock is overridden for this run; the clerk is told of both.
pub fn respect(
    office: &Office,
    run: RunId,
    month: YearMonth,
    consent: Consent,
    clerk: &mut dyn Clerk,
) -> Result<(), Error> {
    let Some(locked) = office.ledger.lock_of(month)? else {
        return Ok(());
    };
    let month_in_words = month.in_words();
    match (consent, office.locks) {
        (Consent::PrepareOnly, _) => clerk.note(&format!(
            "{month_in_words}はロックされています。登録データは作りますが、登録(register)は断ります。"
        )),
        (Consent::Ask | Consent::Given, Locks::Overridden) => {
            office.ledger.event(run, "lock overridden", 1)?;
            clerk.note(&format!(
                "{month_in_words}はロックされていますが、--override により、今回だけ続けます。"
            ));
        }
        (Consent::Ask | Consent::Given, Locks::Respected) => {
            return Err(refusal(month, &locked).into());
        }
    }
    Ok(())
}

/// Whether a month is locked, so that looking at it leaves no trace in its account.
pub fn is_closed(office: &Office, month: Option<YearMonth>) -> Result<bool, Error> {
    let locked = match month {
        Some(month) => office.ledger.lock_of(month)?,
        None => None,
    };
    Ok(locked.is_some() && office.locks == Locks::Respected)
}

/// Refuses a locked month, unless the lock is overridden for this run.
pub fn refuse(office: &Office, month: YearMonth) -> Result<(), Error> {
    match (office.ledger.lock_of(month)?, office.locks) {
        (Some(locked), Locks::Respected) => Err(refusal(month, &locked).into()),
        (Some(_), Locks::Overridden) | (None, _) => Ok(()),
    }
}

fn refusal(month: YearMonth, locked: &LockedMonth) -> Refusal {
    Refusal::Locked {
        month: month.to_string(),
        words: month.in_words(),
        since: since_in_words(locked),
    }
}

/// `2026年11月10日 18:05`
pub fn since_in_words(locked: &LockedMonth) -> String {
    clock::in_words(&locked.since).unwrap_or_else(|| locked.since.clone())
}
