//! What goes wrong on purpose, as it is told to the sandbox.

use serde::{Deserialize, Serialize};

/// The faults the service has; none by default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mischief {
    /// Every fault that is due for a call happens to it.
    pub faults: Vec<Fault>,
}

/// One fault, and which calls it happens to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Calls match if this is part of `METHOD /path?query`: `GET /v1/clients`, `/batch`.
    /// Without it, all calls under `/v1/` do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// So many matching calls go well first.
    #[serde(default)]
    pub after: u64,
    /// So many matching calls go wrong then; without it, all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
}

/// What can go wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FaultKind {
    /// The call takes longer, after its idempotency key was taken and before anything is stored.
    Delay {
        /// How much longer.
        delay_ms: u64,
    },
    /// Another status is answered and nothing is stored.
    Status {
        /// 429, 503, 500, 408, …
        status: u16,
        /// The header `Retry-After` as it stands: seconds or an HTTP date.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<String>,
    },
    /// The call takes effect, and another status is answered.
    StatusAfterEffect {
        /// 503, 500, 408, …
        status: u16,
        /// The header `Retry-After` as it stands: seconds or an HTTP date.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<String>,
    },
    /// Nothing is stored: basic data of another origin has come up meanwhile.
    ForeignBasicData,
    /// The connection is reset without an answer, and nothing is stored.
    ResetBeforeEffect,
    /// The call takes effect, and the connection is reset without an answer.
    ResetAfterEffect,
    /// Nothing is stored, and no answer comes until the sandbox stops.
    HangBeforeEffect,
    /// The call takes effect, and no answer comes until the sandbox stops.
    HangAfterEffect,
    /// The connection is closed in the middle of the answer's body.
    TruncatedBody,
    /// Blanks follow the answer, without end.
    EndlessBody,
    /// The answer comes as gzip. That is no fault, if the client has said that it takes it.
    Gzip,
    /// An answer without end as gzip: very little comes, and unfolds to very much.
    GzipBomb,
    /// The answer's body comes byte by byte.
    Drip {
        /// How long it is from one to the next.
        every_ms: u64,
    },
    /// The answer stops in the middle of its body, and the connection stays.
    Stall,
    /// Headers follow each other, without end.
    EndlessHead,
    /// The answer says another length than it has, and the connection is closed behind it.
    WrongLength {
        /// How many bytes more.
        by: isize,
    },
    /// Some verdicts are left out of a batch's answer.
    MissingVerdicts {
        /// How many.
        count: usize,
    },
    /// Every verdict stands twice in a batch's answer.
    DoubledVerdicts,
    /// An item is rejected, whatever it says.
    Reject {
        /// The item's own key.
        key: String,
        /// A JSON pointer into the item.
        pointer: String,
        /// The code of the error.
        code: String,
        /// The message of the error.
        message: String,
    },
    /// Every record stands twice on its page; the total does not know it.
    DoubledRecords,
    /// The cursor leads to the same page once more, and looks as if it did not.
    DuplicatePage,
    /// The page before the one asked for is answered in its place, and nothing else is amiss.
    EarlierPage,
    /// The page after the one asked for is answered.
    MissingPage,
    /// The cursor of the answer is the one that was sent.
    LoopingCursor,
    /// The total is one too many.
    WrongTotal,
    /// The total differs from page to page.
    ChangingTotal,
    /// The total is this.
    ToldTotal {
        /// What is told.
        total: u64,
    },
    /// The list has no last page: when its records are at their end they begin anew, as new ones.
    EndlessList,
    /// The snapshot differs from page to page.
    MovingSnapshot,
    /// The page does not say something that every page must say.
    MissingMember {
        /// What it does not say.
        member: Member,
    },
}

/// What a page says of the whole list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Member {
    /// How many there are in all.
    Total,
    /// Which moment it is of.
    Snapshot,
    /// Where the next page is.
    Cursor,
}

impl Mischief {
    /// Nothing but this fault.
    pub fn of(fault: Fault) -> Self {
        Self {
            faults: vec![fault],
        }
    }
}

impl Fault {
    /// A fault of every call.
    pub fn new(kind: FaultKind) -> Self {
        Self {
            path: None,
            after: 0,
            times: None,
            kind,
        }
    }

    /// A fault only of calls with `path` in `METHOD /path?query`.
    #[must_use]
    pub fn on(self, path: &str) -> Self {
        Self {
            path: Some(path.to_owned()),
            ..self
        }
    }

    /// A fault that starts after so many matching calls.
    #[must_use]
    pub fn after(self, calls: u64) -> Self {
        Self {
            after: calls,
            ..self
        }
    }

    /// A fault that stops after so many matching calls.
    #[must_use]
    pub fn times(self, calls: u64) -> Self {
        Self {
            times: Some(calls),
            ..self
        }
    }

    /// Whether it happens to a call that matches after `seen` others did.
    pub(super) fn is_due(&self, seen: u64) -> bool {
        seen >= self.after && self.times.is_none_or(|times| seen - self.after < times)
    }
}
