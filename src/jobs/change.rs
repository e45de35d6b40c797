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

/// How an item stands that is not held just so, from what we would send, what we sent last, what
/// was decided to stay, and what is held.
pub fn change(
    ours: &Digest,
    sent: Option<&Digest>,
    kept: Option<&Kept>,
    held: Option<&Held>,
) -> Change {
    let decided = kept
        .is_some_and(|kept| kept.ours == *ours && kept.theirs.as_ref() == held.map(Held::digest));
    match (sent, held) {
        _ if decided => Change::Kept,
        (None, None) => Change::New,
        (Some(_), None) => Change::RemovedThere,
        (Some(sent), Some(held)) if held.is(sent) => Change::Changed,
        (Some(sent), Some(_)) if sent == ours => Change::ChangedThere,
        (Some(_) | None, Some(_)) => Change::ChangedBoth,
    }
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
            (None, Nothing, New),
            (None, Readable(ELSE), ChangedBoth),
            (None, Foreign(OURS), ChangedBoth),
            (Some(OURS), Nothing, RemovedThere),
            (Some(OURS), Readable(ELSE), ChangedThere),
            (Some(OURS), Foreign(OURS), ChangedThere),
            (Some(BEFORE), Nothing, RemovedThere),
            (Some(BEFORE), Readable(BEFORE), Changed),
            (Some(BEFORE), Readable(ELSE), ChangedBoth),
            (Some(BEFORE), Foreign(OURS), ChangedBoth),
            (Some(BEFORE), Foreign(BEFORE), ChangedBoth),
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
            (OURS, kept(Some(ELSE)), Readable(ELSE), Stays),
            (OURS, kept(Some(ELSE)), Foreign(ELSE), Stays),
            (OURS, kept(None), Nothing, Stays),
            // Ours has changed: what was decided was about something else.
            (b"later", kept(Some(ELSE)), Readable(ELSE), ChangedBoth),
            (b"later", kept(None), Nothing, RemovedThere),
            // Theirs has changed.
            (OURS, kept(Some(ELSE)), Readable(b"again"), ChangedBoth),
            (OURS, kept(Some(ELSE)), Nothing, RemovedThere),
            (OURS, kept(None), Readable(ELSE), ChangedBoth),
            // Theirs is what we sent again: nothing foreign is left.
            (OURS, kept(Some(ELSE)), Readable(BEFORE), Changed),
        ] {
            let sent = Digest::of(BEFORE);
            let held = held(there);
            let change = change(&Digest::of(ours), Some(&sent), Some(&kept), held.as_ref());
            assert_eq!(change, expected, "{there:?}");
        }
    }
}
