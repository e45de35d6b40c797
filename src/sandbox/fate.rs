//! What becomes of planned visits.

use super::dice::Dice;

/// What becomes of a planned visit; by default, exactly what was planned.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Fate {
    /// There is no record of it.
    pub(super) missed: bool,
    /// The manager has not approved it yet.
    pub(super) unapproved: bool,
    /// The helper came back on the same day without a plan.
    pub(super) came_back: bool,
    /// Minutes by which start and end differ from the plan.
    pub(super) drift: (i16, i16),
}

const MISSED_PERCENT: usize = 4;
const UNAPPROVED_PERCENT: usize = 8;
const CAME_BACK_PERCENT: usize = 2;

/// From this many visits on, everything that can happen to one does happen.
const EVERYTHING_HAPPENS: usize = 12;

/// The fates of so many visits, as life would have it.
pub(super) fn lifelike(visits: usize, dice: &mut Dice) -> Vec<Fate> {
    let mut fates: Vec<_> = (0..visits).map(|_| fate(dice)).collect();
    if visits >= EVERYTHING_HAPPENS {
        ensure_one(fates.iter_mut().map(|fate| &mut fate.missed), dice);
        // The rest shows only in a visit of which there is a record.
        let recorded = |fate: &&mut Fate| !fate.missed;
        ensure_one(
            fates
                .iter_mut()
                .filter(recorded)
                .map(|fate| &mut fate.unapproved),
            dice,
        );
        ensure_one(
            fates
                .iter_mut()
                .filter(recorded)
                .map(|fate| &mut fate.came_back),
            dice,
        );
    }
    fates
}

fn fate(dice: &mut Dice) -> Fate {
    Fate {
        missed: dice.chance(MISSED_PERCENT),
        unapproved: dice.chance(UNAPPROVED_PERCENT),
        came_back: dice.chance(CAME_BACK_PERCENT),
        drift: (drift(dice), drift(dice)),
    }
}

/// From five minutes early to eight minutes late.
fn drift(dice: &mut Dice) -> i16 {
    const EARLIEST: i16 = -5;
    const WAYS: usize = 14;
    EARLIEST + i16::try_from(dice.below(WAYS)).expect("a few minutes")
}

/// Sets one of the flags, if none is set.
fn ensure_one<'a>(flags: impl Iterator<Item = &'a mut bool>, dice: &mut Dice) {
    let mut flags: Vec<_> = flags.collect();
    if !flags.is_empty() && !flags.iter().any(|flag| **flag) {
        let chosen = dice.below(flags.len());
        *flags[chosen] = true;
    }
}
