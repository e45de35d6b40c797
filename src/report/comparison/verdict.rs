//! 判定: how plan and actual of one visit stand to each other, in a word and a letter.

use super::category::Category;
use crate::model::{ClientComparison, Match};
use crate::report::look::Tone;

/// What is known of a client's planned visits that no approved actual answers.
///
/// Care-wing counts how many visits of a client wait for approval and does not say which.
/// So a single visit has a certain verdict only where all of them share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unanswered {
    /// Nothing waits for approval.
    NoRecord,
    /// At least as many wait for approval as are unanswered.
    Unapproved,
    /// Some wait for approval, and fewer than are unanswered.
    Either,
}

/// The word where nobody can say which of the two it is.
pub(super) const EITHER: &str = "未承認または記録なし";

impl Unanswered {
    /// What is known of this client's.
    pub(super) fn of(client: &ClientComparison) -> Self {
        let visits = client.visits.iter();
        let unanswered = visits.filter(|visit| visit.kind() == Match::Unanswered);
        let unanswered = unanswered.count();
        match usize::try_from(client.unapproved) {
            Ok(0) => Self::NoRecord,
            Ok(waiting) if waiting < unanswered => Self::Either,
            Ok(_) | Err(_) => Self::Unapproved,
        }
    }

    /// The word in 明細.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::NoRecord => Category::NoRecord.label(),
            Self::Unapproved => Category::Unapproved.label(),
            Self::Either => EITHER,
        }
    }

    fn letter(self) -> char {
        match self {
            Self::Unapproved => '未',
            Self::NoRecord => '無',
            Self::Either => '予',
        }
    }

    /// Where it may be either, it looks like the one that must not be missed.
    fn tone(self) -> Tone {
        match self {
            Self::Unapproved => Category::Unapproved.tone(),
            Self::NoRecord | Self::Either => Category::NoRecord.tone(),
        }
    }
}

/// Every kind, in the order in which their letters stand in one cell.
pub(super) const KINDS: [Match; 6] = [
    Match::AsPlanned,
    Match::TimeDiffers,
    Match::TimeDoubtful,
    Match::ServiceDiffers,
    Match::Unanswered,
    Match::Unplanned,
];

/// The word in 明細.
pub(super) fn word(kind: Match, unanswered: Unanswered) -> &'static str {
    match kind {
        Match::AsPlanned => Category::AsPlanned.label(),
        Match::TimeDiffers => Category::TimeDiffers.label(),
        Match::TimeDoubtful => Category::TimeDoubtful.label(),
        Match::ServiceDiffers => Category::ServiceDiffers.label(),
        Match::Unanswered => unanswered.word(),
        Match::Unplanned => Category::Unplanned.label(),
    }
}

/// The letter in the calendar: what differs, differs in it, and not by its colour alone.
pub(super) fn letter(kind: Match, unanswered: Unanswered) -> char {
    match kind {
        Match::AsPlanned => '○',
        Match::TimeDiffers => '△',
        Match::TimeDoubtful => '▲',
        Match::ServiceDiffers => '×',
        Match::Unanswered => unanswered.letter(),
        Match::Unplanned => '実',
    }
}

/// The colour on both sheets.
pub(super) fn tone(kind: Match, unanswered: Unanswered) -> Tone {
    match kind {
        Match::AsPlanned => Category::AsPlanned.tone(),
        Match::TimeDiffers => Category::TimeDiffers.tone(),
        Match::TimeDoubtful => Category::TimeDoubtful.tone(),
        Match::ServiceDiffers => Category::ServiceDiffers.tone(),
        Match::Unanswered => unanswered.tone(),
        Match::Unplanned => Category::Unplanned.tone(),
    }
}
