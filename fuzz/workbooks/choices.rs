//! The bytes of an input as choices: one after the other, and the plainest one when there are no
//! more. So a shorter input is a simpler workbook, and any bytes at all make one.

pub(super) struct Choices<'i> {
    left: &'i [u8],
}

impl<'i> Choices<'i> {
    pub(super) fn of(input: &'i [u8]) -> Self {
        Self { left: input }
    }

    /// A number below the limit; 0 is the plainest.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        let mut number = 0;
        let mut reach = 1;
        while reach < limit {
            let Some((&byte, left)) = self.left.split_first() else {
                break;
            };
            self.left = left;
            number = number * 256 + usize::from(byte);
            reach *= 256;
        }
        number % limit.max(1)
    }

    /// Something unusual: one time in so many.
    pub(super) fn rarely(&mut self, one_in: usize) -> bool {
        self.below(one_in) + 1 == one_in
    }

    /// One of several; the first is the plainest.
    pub(super) fn of_these<T: Copy>(&mut self, these: &[T]) -> T {
        these[self.below(these.len())]
    }
}
