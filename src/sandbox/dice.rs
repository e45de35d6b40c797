//! Chance that comes out the same every time.

/// A splitmix64 generator: enough for a play, and no dependency whose numbers might change.
#[derive(Debug)]
pub(super) struct Dice(u64);

impl Dice {
    /// Dice of their own for each `subject`, so that one month's play does not move another's.
    pub(super) fn new(seed: u64, subject: &str) -> Self {
        // FNV-1a; the standard library's hasher is free to change between releases.
        let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self(subject.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, fold))
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to `count` − 1. The bias of the remainder does not matter here.
    pub(super) fn below(&mut self, count: usize) -> usize {
        let count = u64::try_from(count).expect("a usize fits 64 bits");
        usize::try_from(self.roll() % count).expect("smaller than a usize")
    }

    /// True in `percent` of 100 cases.
    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// Puts `items` in another order than they had, if there are two or more.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        // Sattolo's variant: a single cycle, so that no item stays where it was.
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Dice;

    #[test]
    fn a_shuffle_leaves_no_item_in_its_place() {
        for seed in 0..100 {
            let mut items = [0, 1, 2, 3, 4];
            Dice::new(seed, "shuffle").shuffle(&mut items);
            assert!(items.iter().enumerate().all(|(place, item)| place != *item));
        }
    }

    #[test]
    fn the_same_seed_and_subject_roll_the_same_numbers() {
        let rolls = |seed, subject| {
            let mut dice = Dice::new(seed, subject);
            [dice.below(1000), dice.below(1000), dice.below(1000)]
        };
        assert_eq!(rolls(7, "2026-10"), rolls(7, "2026-10"));
        assert_ne!(rolls(7, "2026-10"), rolls(7, "2026-11"));
        assert_ne!(rolls(7, "2026-10"), rolls(8, "2026-10"));
    }
}
