//! How an item stands between the three sides, and what becomes of it.

use serde::{Deserialize, Serialize};

use crate::disk::Digest;
use crate::finding::Code;
use crate::ledger::Kept;
use crate::payload::Held;

/// How an item stands to what Care-wing holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is not there, and never came from here.
    New,
    /// Only our side has changed since we last sent it.
    Changed,
    /// Somebody has changed it there, and it was decided that this stays; neither side has
    /// changed since.
    Kept,
    /// Somebody has changed it there, and we have not.
    ChangedThere,
    /// Both sides have changed it, or it stands there and never came from here.
    ChangedBoth,
    /// We sent it, and somebody has taken it away there.
    RemovedThere,
}

impl Change {
    /// Whether sending would lose what somebody else has done, so that a person decides.
    pub fn is_foreign(self) -> bool {
        self.undecided().is_some()
    }

    /// What is said where nobody has decided yet.
    pub fn undecided(self) -> Option<Code> {
        match self {
            Self::ChangedThere => Some(Code::ChangedThere),
            Self::ChangedBoth => Some(Code::ChangedOnBothSides),
            Self::RemovedThere => Some(Code::RemovedThere),
            Self::New | Self::Changed | Self::Kept => None,
        }
    }
}

/// Whose side stays, where somebody else has changed an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// 楽すけ's: it is sent over what stands there.
    Ours,
    /// Care-wing's: nothing is sent.
    Theirs,
}

/// What becomes of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// It is sent.
    Send,
    /// It stays as Care-wing has it, because somebody has decided so.
    LeaveTheirs,
    /// It waits for a decision or a leave, for the reason that the code gives.
    Withhold(Code),
}

/// How an item stands, from what we would send, what we sent last, what was decided to stay,
/// and what is held; `None` where it is held just so.
pub fn change(
    ours: &Digest,
    sent: Option<&Digest>,
    kept: Option<&Kept>,
    held: Option<&Held>,
) -> Option<Change> {
    if held.is_some_and(|held| held.is(ours)) {
        return None;
    }
    let decided = kept
        .is_some_and(|kept| kept.ours == *ours && kept.theirs.as_ref() == held.map(Held::digest));
    Some(match (sent, held) {
        _ if decided => Change::Kept,
        (None, None) => Change::New,
        (Some(_), None) => Change::RemovedThere,
        (Some(sent), Some(held)) if held.is(sent) => Change::Changed,
        (Some(sent), Some(_)) if sent == ours => Change::ChangedThere,
        (Some(_) | None, Some(_)) => Change::ChangedBoth,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::Content;
    use Change::{Changed, ChangedBoth, ChangedThere, Kept as Stays, New, RemovedThere};

    /// What the service holds: a body of ours, or one that the table cannot read.
    #[derive(Debug, Clone, Copy)]
    enum There {
        Nothing,
        Readable(&'static [u8]),
        Foreign(&'static [u8]),
    }

    use There::{Foreign, Nothing, Readable};

    fn held(there: There) -> Option<Held> {
        let (body, content): (_, fn(Digest) -> Content) = match there {
            Nothing => return None,
            Readable(body) => (body, Content::Comparable),
            Foreign(body) => (body, Content::Foreign),
        };
        Some(Held {
            revision: "r2".to_owned(),
            content: content(Digest::of(body)),
            body: Some(body.to_vec()),
        })
    }

    const OURS: &[u8] = b"now";
    const BEFORE: &[u8] = b"before";
    const ELSE: &[u8] = b"else";

    #[test]
    fn the_three_sides_say_how_an_item_stands() {
        for (earlier, there, expected) in [
            (None, Nothing, Some(New)),
            (None, Readable(OURS), None),
            (None, Readable(ELSE), Some(ChangedBoth)),
            (None, Foreign(OURS), Some(ChangedBoth)),
            (Some(OURS), Nothing, Some(RemovedThere)),
            (Some(OURS), Readable(OURS), None),
            (Some(OURS), Readable(ELSE), Some(ChangedThere)),
            (Some(OURS), Foreign(OURS), Some(ChangedThere)),
            (Some(BEFORE), Nothing, Some(RemovedThere)),
            (Some(BEFORE), Readable(OURS), None),
            (Some(BEFORE), Readable(BEFORE), Some(Changed)),
            (Some(BEFORE), Readable(ELSE), Some(ChangedBoth)),
            (Some(BEFORE), Foreign(OURS), Some(ChangedBoth)),
            (Some(BEFORE), Foreign(BEFORE), Some(ChangedBoth)),
        ] {
            let sent = earlier.map(Digest::of);
            let held = held(there);
            let change = change(&Digest::of(OURS), sent.as_ref(), None, held.as_ref());
            let before = earlier.map(String::from_utf8_lossy);
            assert_eq!(change, expected, "{before:?} {there:?}");
        }
    }

    #[test]
    fn a_decision_holds_until_either_side_changes() {
        let kept = |theirs: Option<&[u8]>| Kept {
            ours: Digest::of(OURS),
            theirs: theirs.map(Digest::of),
            body: theirs.unwrap_or_default().to_vec(),
        };
        for (ours, kept, there, expected) in [
            (OURS, kept(Some(ELSE)), Readable(ELSE), Some(Stays)),
            (OURS, kept(Some(ELSE)), Foreign(ELSE), Some(Stays)),
            (OURS, kept(None), Nothing, Some(Stays)),
            // Ours has changed: what was decided was about something else.
            (
                b"later",
                kept(Some(ELSE)),
                Readable(ELSE),
                Some(ChangedBoth),
            ),
            (b"later", kept(None), Nothing, Some(RemovedThere)),
            // Theirs has changed.
            (
                OURS,
                kept(Some(ELSE)),
                Readable(b"again"),
                Some(ChangedBoth),
            ),
            (OURS, kept(Some(ELSE)), Nothing, Some(RemovedThere)),
            (OURS, kept(None), Readable(ELSE), Some(ChangedBoth)),
            // Theirs is what we sent again, or what we say now: nothing foreign is left.
            (OURS, kept(Some(ELSE)), Readable(BEFORE), Some(Changed)),
            (OURS, kept(Some(ELSE)), Readable(OURS), None),
        ] {
            let sent = Digest::of(BEFORE);
            let held = held(there);
            let change = change(&Digest::of(ours), Some(&sent), Some(&kept), held.as_ref());
            assert_eq!(change, expected, "{there:?}");
        }
    }
}
