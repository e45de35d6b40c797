//! The lines of a client's calendar: one for each service and time.

use std::collections::{BTreeMap, BTreeSet};

use super::verdict::KINDS;
use crate::model::{ClientComparison, Compared, Match, Slot};

/// A service at a time of day, and on which days it was planned or took place.
#[derive(Debug)]
pub(super) struct Line {
    /// What was planned, or what took place unplanned.
    pub(super) slot: Slot,
    days: [Marks; 31],
}

/// How many visits of each kind a day has, in the order of [`KINDS`].
pub(super) type Marks = [u32; KINDS.len()];

/// Planned lines come first, each by its time; an unplanned visit never shares a line with
/// planned ones, or its time would look as if somebody had planned it.
type Key = (bool, Slot);

fn key(visit: &Compared) -> Option<Key> {
    let planned = visit.planned.map(|slot| (false, slot));
    planned.or(visit.actual.map(|slot| (true, slot)))
}

/// How many lines the client has.
pub(super) fn count(client: &ClientComparison) -> usize {
    let keys: BTreeSet<Key> = client.visits.iter().filter_map(key).collect();
    keys.len()
}

/// The lines of the client, from top to bottom.
pub(super) fn lines(client: &ClientComparison) -> Vec<Line> {
    let mut lines: BTreeMap<Key, Line> = BTreeMap::new();
    for visit in &client.visits {
        let Some(key) = key(visit) else {
            continue;
        };
        let line = lines.entry(key).or_insert_with(|| Line {
            slot: key.1,
            days: [[0; KINDS.len()]; 31],
        });
        line.days[day_index(visit.date.day())][place(visit.kind())] += 1;
    }
    lines.into_values().collect()
}

impl Line {
    /// The visits of a day, counted from 1.
    pub(super) fn day(&self, day: u32) -> Marks {
        self.days[day_index(day)]
    }

    /// How many visits were planned, and how many took place.
    pub(super) fn sums(&self) -> (u32, u32) {
        let of = |kinds: &[Match]| {
            let days = self.days.iter();
            days.map(|marks| kinds.iter().map(|&kind| marks[place(kind)]).sum::<u32>())
                .sum::<u32>()
        };
        let both = of(&[
            Match::AsPlanned,
            Match::TimeDiffers,
            Match::TimeDoubtful,
            Match::ServiceDiffers,
        ]);
        (
            both + of(&[Match::Unanswered]),
            both + of(&[Match::Unplanned]),
        )
    }
}

/// The place of a kind in [`Marks`].
pub(super) fn place(kind: Match) -> usize {
    match kind {
        Match::AsPlanned => 0,
        Match::TimeDiffers => 1,
        Match::TimeDoubtful => 2,
        Match::ServiceDiffers => 3,
        Match::Unanswered => 4,
        Match::Unplanned => 5,
    }
}

fn day_index(day: u32) -> usize {
    usize::try_from(day - 1).expect("a month has 31 days at most")
}
