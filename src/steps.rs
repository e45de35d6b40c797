//! The numbered steps of a registration: the places between which the process may die.
//!
//! Handed in like the clock. In the program nobody stands there; the fault campaign
//! (`tests/fault_campaign.rs`) ends the process at each of them.

use std::fmt::Debug;

/// Somebody who stands between the steps, and is told of each before it is taken and after.
pub trait Steps: Debug + Send + Sync {
    /// A step is reached.
    fn reach(&self, step: Step);
}

/// A place in a registration, in the order in which a run first comes there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// The proposal is not marked as used yet.
    BeforeTheProposalIsUsed,
    /// It is, and nothing has left.
    AfterTheProposalIsUsed,
    /// Intents of what leaves next and verdicts of what came back are not on disk yet.
    BeforeTheLedgerIsWritten,
    /// They are.
    AfterTheLedgerIsWritten,
    /// A batch has not left yet.
    BeforeABatchIsPosted,
    /// Its answer is in memory, if there was one.
    AfterABatchIsPosted,
    /// The service is about to be asked what it holds.
    BeforeTheServiceIsAsked,
    /// Its answer is in memory, if there was one.
    AfterTheServiceIsAsked,
    /// All of a collection has left; what was not to be sent is not remembered yet.
    BeforeTheRestIsRemembered,
    /// It is.
    AfterTheRestIsRemembered,
    /// The account is not closed: the proposal is not finished, there is no error workbook.
    BeforeTheAccountIsClosed,
    /// It is; the inputs are still in the inbox.
    AfterTheAccountIsClosed,
    /// The inputs are in the archive; the run has no end in the ledger yet.
    AfterTheInputsAreArchived,
}

/// Nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Steps for Unwatched {
    fn reach(&self, _step: Step) {}
}
