//! The pages of a list that may turn out to be none: nothing is made of them before the list is
//! whole. A usual month is kept in memory; what goes beyond that goes into a file without a
//! name, which is gone with whoever holds it, so that a list that never comes to an end takes
//! no memory.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};

use crate::disk::{self, DiskError};

/// So many bytes stay in memory. The month of an office of 65 clients has less than one of them
/// in thirty.
const IN_MEMORY: usize = 16 << 20;

/// Pages in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Kept {
    first: Vec<Vec<u8>>,
    bytes: usize,
    rest: Option<Rest>,
}

#[derive(Debug)]
struct Rest {
    file: File,
    lengths: Vec<usize>,
}

impl Kept {
    /// Keeps a further page.
    pub(super) fn add(&mut self, page: Vec<u8>) -> Result<(), DiskError> {
        if self.rest.is_none() && self.bytes + page.len() <= IN_MEMORY {
            self.bytes += page.len();
            self.first.push(page);
            return Ok(());
        }
        let rest = match &mut self.rest {
            Some(rest) => rest,
            none => none.insert(Rest {
                file: disk::scratch()?,
                lengths: Vec::new(),
            }),
        };
        rest.file.write_all(&page).map_err(disk::no_scratch)?;
        rest.lengths.push(page.len());
        Ok(())
    }

    /// Hands the pages over, one after the other.
    pub(super) fn hand_over<E: From<DiskError>>(
        self,
        mut take: impl FnMut(Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        for page in self.first {
            take(page)?;
        }
        let Some(mut rest) = self.rest else {
            return Ok(());
        };
        rest.file.rewind().map_err(disk::no_scratch)?;
        for length in rest.lengths {
            let mut page = vec![0; length];
            rest.file.read_exact(&mut page).map_err(disk::no_scratch)?;
            take(page)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_come_back_as_they_went_in_memory_or_not() {
        let page = |at: u8| vec![at; 1_000_000 + usize::from(at)];
        for count in [0, 1, 16, 17, 40] {
            let mut kept = Kept::default();
            for at in 0..count {
                kept.add(page(at)).unwrap();
            }
            // A small page behind large ones does not get in front of them.
            kept.add(vec![count]).unwrap();
            assert_eq!(kept.rest.is_some(), count > 16);
            assert!(kept.first.iter().map(Vec::len).sum::<usize>() <= IN_MEMORY);
            let mut back = Vec::new();
            kept.hand_over(|page| {
                back.push(page);
                Ok::<_, DiskError>(())
            })
            .unwrap();
            assert!(
                back.iter().eq((0..count)
                    .map(page)
                    .chain([vec![count]])
                    .collect::<Vec<_>>()
                    .iter())
            );
        }
    }
}
