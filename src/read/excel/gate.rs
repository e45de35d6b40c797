//! Nobody reads further in a part than the pass that looks whether it swells.
//!
//! Calamine may begin with the cells of a sheet while the pass over it goes on, ten times as
//! fast; but what fills the memory must never be unfolded twice, once to find out and once
//! unawares. So whoever reads behind the pass gets no byte of the file that the pass has not
//! had, waits where there is none yet, and fails where the pass has failed.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// How far a file may be read.
#[derive(Debug, Default)]
pub(super) struct Gate {
    reached: Mutex<Reached>,
    moved: Condvar,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Reached {
    /// To its end: no pass is under way.
    #[default]
    End,
    /// Up to this byte.
    Byte(u64),
    /// Not at all any more: the pass has failed.
    Nowhere,
}

impl Gate {
    /// A file whose reader goes ahead.
    pub(super) fn ahead<F>(self: &Arc<Self>, file: F) -> Ahead<F> {
        let gate = Arc::clone(self);
        Ahead { file, gate }
    }

    /// The same file, whose reader stays behind.
    pub(super) fn behind<F>(self: &Arc<Self>, file: F) -> Behind<F> {
        let gate = Arc::clone(self);
        Behind { file, gate }
    }

    /// Begins a pass: nothing may be read behind it before it has been read ahead.
    pub(super) fn pass(self: &Arc<Self>) -> Pass {
        self.set(Reached::Byte(0));
        Pass(Arc::clone(self))
    }

    /// Everything before this byte was read ahead.
    fn reach(&self, byte: u64) {
        let mut reached = self.lock();
        if let Reached::Byte(before) = *reached
            && before < byte
        {
            *reached = Reached::Byte(byte);
            self.moved.notify_all();
        }
    }

    /// Waits until a byte may be read, and says up to which one then.
    fn until(&self, byte: u64) -> io::Result<u64> {
        let mut reached = self.lock();
        loop {
            match *reached {
                Reached::End => return Ok(u64::MAX),
                Reached::Byte(until) if byte < until => return Ok(until),
                Reached::Byte(_) => {
                    let moved = self.moved.wait(reached);
                    reached = moved.unwrap_or_else(PoisonError::into_inner);
                }
                Reached::Nowhere => return Err(io::Error::other("the pass has failed")),
            }
        }
    }

    fn set(&self, reached: Reached) {
        *self.lock() = reached;
        self.moved.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Reached> {
        self.reached.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A pass that is under way; it has failed where nobody says that all is well.
#[derive(Debug)]
pub(super) struct Pass(Arc<Gate>);

impl Pass {
    /// The pass came to its end, and the rest may be read.
    pub(super) fn end(self) {
        self.0.set(Reached::End);
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if *self.0.lock() != Reached::End {
            self.0.set(Reached::Nowhere);
        }
    }
}

/// A file as the pass reads it.
#[derive(Debug)]
pub(super) struct Ahead<F> {
    file: F,
    gate: Arc<Gate>,
}

impl<F: Read + Seek> Read for Ahead<F> {
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        // It asks for more when it is done with what came before.
        self.gate.reach(self.file.stream_position()?);
        self.file.read(piece)
    }
}

impl<F: Seek> Seek for Ahead<F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// A file as it is read behind the pass.
#[derive(Debug)]
pub(super) struct Behind<F> {
    file: F,
    gate: Arc<Gate>,
}

impl<F: Read + Seek> Read for Behind<F> {
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        let at = self.file.stream_position()?;
        let most = self.gate.until(at)? - at;
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let most = piece.len().min(most);
        self.file.read(&mut piece[..most])
    }
}

impl<F: Seek> Seek for Behind<F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::thread;

    use super::*;

    type Bytes = Cursor<Vec<u8>>;

    fn two() -> (Arc<Gate>, Ahead<Bytes>, Behind<Bytes>) {
        let gate = Arc::<Gate>::default();
        let file = || Cursor::new((0..100).collect());
        let (ahead, behind) = (gate.ahead(file()), gate.behind(file()));
        (gate, ahead, behind)
    }

    #[test]
    fn without_a_pass_everything_may_be_read() {
        let (.., mut behind) = two();
        assert_eq!(io::copy(&mut behind, &mut io::sink()).unwrap(), 100);
    }

    #[test]
    fn nothing_is_read_that_the_pass_has_not_had() {
        let (gate, mut ahead, mut behind) = two();
        let pass = gate.pass();
        ahead.seek(SeekFrom::Start(10)).unwrap();
        behind.seek(SeekFrom::Start(10)).unwrap();
        ahead.read_exact(&mut [0; 20]).unwrap();
        // Only when it goes on is it done with the bytes that it has got.
        ahead.read_exact(&mut [0; 5]).unwrap();
        let mut piece = [0; 50];
        assert_eq!(behind.read(&mut piece).unwrap(), 20);
        assert_eq!(piece[..20], (10..30).collect::<Vec<u8>>());
        thread::scope(|scope| {
            let rest = scope.spawn(|| io::copy(&mut behind, &mut io::sink()).unwrap());
            io::copy(&mut ahead, &mut io::sink()).unwrap();
            pass.end();
            assert_eq!(rest.join().unwrap(), 70);
        });
    }

    #[test]
    fn where_the_pass_fails_nothing_is_read_any_more() {
        let (gate, mut ahead, mut behind) = two();
        let pass = gate.pass();
        ahead.read_exact(&mut [0; 20]).unwrap();
        thread::scope(|scope| {
            let rest = scope.spawn(|| io::copy(&mut behind, &mut io::sink()));
            drop(pass);
            assert!(rest.join().unwrap().is_err());
        });
        // The next part has a pass of its own.
        gate.pass().end();
        assert_eq!(io::copy(&mut behind, &mut io::sink()).unwrap(), 100);
    }
}
