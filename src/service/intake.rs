//! What is taken of an answer's body: so many bytes as they come and as they unfold, and
//! nothing beyond. Nothing is asked here; pieces go in, and the body comes out.
//!
//! The library that makes the calls could unfold answers itself, but it hides then how much
//! has come, and whoever counts only what comes out has paid for the unfolding.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;

use super::retry::Overrun;

/// How a body comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Folding {
    /// As it is.
    None,
    /// As gzip.
    Gzip,
}

/// Why a body is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Untaken {
    /// It is past its limit.
    Overrun(Overrun),
    /// It does not unfold.
    Broken,
}

/// A body that is coming.
#[derive(Debug)]
pub(super) struct Intake {
    came: usize,
    limit: usize,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Plain(Taken),
    Folded(Box<MultiGzDecoder<Taken>>),
}

/// What has come so far, unfolded.
#[derive(Debug)]
struct Taken {
    bytes: Vec<u8>,
    limit: usize,
    is_over: bool,
}

impl Intake {
    /// Before the first piece.
    pub(super) fn new(folding: Folding, limit: usize) -> Self {
        let taken = Taken {
            bytes: Vec::new(),
            limit,
            is_over: false,
        };
        Self {
            came: 0,
            limit,
            body: match folding {
                Folding::None => Body::Plain(taken),
                Folding::Gzip => Body::Folded(Box::new(MultiGzDecoder::new(taken))),
            },
        }
    }

    /// Takes the next piece.
    pub(super) fn take(&mut self, piece: &[u8]) -> Result<(), Untaken> {
        self.came = self.came.saturating_add(piece.len());
        let limit = self.limit;
        if self.came > limit {
            return Err(Untaken::Overrun(Overrun::Came { limit }));
        }
        let written = match &mut self.body {
            Body::Plain(taken) => taken.write_all(piece),
            Body::Folded(folded) => folded.write_all(piece),
        };
        written.map_err(|_| self.untaken())
    }

    /// The body, once all of it has come.
    pub(super) fn end(mut self) -> Result<Vec<u8>, Untaken> {
        // An empty body is empty, and no broken gzip.
        let ended = match &mut self.body {
            Body::Folded(folded) if self.came > 0 => folded.try_finish(),
            Body::Folded(_) | Body::Plain(_) => Ok(()),
        };
        ended.map_err(|_| self.untaken())?;
        let mut bytes = match self.body {
            Body::Plain(taken) => taken.bytes,
            Body::Folded(mut folded) => std::mem::take(&mut folded.get_mut().bytes),
        };
        // Pages of a month are kept, and half of their room may be empty.
        bytes.shrink_to_fit();
        Ok(bytes)
    }

    fn untaken(&self) -> Untaken {
        match &self.body {
            Body::Folded(folded) if folded.get_ref().is_over => {
                let limit = self.limit;
                Untaken::Overrun(Overrun::Unfolded { limit })
            }
            Body::Folded(_) | Body::Plain(_) => Untaken::Broken,
        }
    }
}

impl Write for Taken {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        if piece.len() > self.limit - self.bytes.len() {
            self.is_over = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    use super::*;

    fn folded(body: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    }

    /// What is taken of a body that comes in pieces of such a length.
    fn taken(
        folding: Folding,
        limit: usize,
        body: &[u8],
        piece: usize,
    ) -> Result<Vec<u8>, Untaken> {
        let mut intake = Intake::new(folding, limit);
        for piece in body.chunks(piece) {
            intake.take(piece)?;
        }
        intake.end()
    }

    proptest! {
        #[test]
        fn a_body_within_its_limit_is_taken_as_it_was_and_none_beyond(
            body in proptest::collection::vec(any::<u8>(), 0..2000),
            piece in 1_usize..500,
            limit in 0_usize..2500,
        ) {
            let plain = taken(Folding::None, limit, &body, piece);
            let over = Err(Untaken::Overrun(Overrun::Came { limit }));
            prop_assert_eq!(plain, if body.len() <= limit { Ok(body.clone()) } else { over });
            let gzip = folded(&body);
            let unfolded = taken(Folding::Gzip, limit, &gzip, piece);
            if gzip.len() <= limit && body.len() <= limit {
                prop_assert_eq!(unfolded, Ok(body));
            } else {
                prop_assert!(matches!(unfolded, Err(Untaken::Overrun(_))), "{:?}", unfolded);
            }
        }

        #[test]
        fn gzip_that_was_cut_is_no_body(
            body in proptest::collection::vec(any::<u8>(), 0..500),
            lost in 1_usize..20,
        ) {
            let gzip = folded(&body);
            let cut = &gzip[..gzip.len() - lost];
            prop_assert_eq!(taken(Folding::Gzip, 1000, cut, 100), Err(Untaken::Broken));
        }
    }

    #[test]
    fn a_little_that_unfolds_to_very_much_is_not_unfolded_beyond_the_limit() {
        let limit = 100_000;
        let gzip = folded(&vec![b' '; 50_000_000]);
        assert!(gzip.len() < limit);
        let mut intake = Intake::new(Folding::Gzip, limit);
        let over = Err(Untaken::Overrun(Overrun::Unfolded { limit }));
        assert_eq!(intake.take(&gzip), over);
        let Body::Folded(folded) = intake.body else {
            panic!("gzip is folded");
        };
        assert!(folded.get_ref().bytes.capacity() <= 2 * limit);
    }

    #[test]
    fn gzip_in_several_parts_is_one_body_and_counts_as_one() {
        let parts = [folded(b"one "), folded(b"two")].concat();
        assert_eq!(
            taken(Folding::Gzip, 1000, &parts, 7),
            Ok(b"one two".to_vec())
        );
        let many = folded(b"").repeat(10_000);
        let over = Err(Untaken::Overrun(Overrun::Came { limit: 1000 }));
        assert_eq!(taken(Folding::Gzip, 1000, &many, 100), over);
    }

    #[test]
    fn no_body_at_all_is_empty_however_it_was_announced() {
        assert_eq!(taken(Folding::Gzip, 10, b"", 1), Ok(Vec::new()));
        assert_eq!(
            taken(Folding::Gzip, 10, b"no gzip", 1),
            Err(Untaken::Broken)
        );
    }
}
