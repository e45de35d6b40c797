//! Answers that no web framework gives: without end, byte by byte, of another length than they
//! say. They are spoken straight into the connection (see [`line`](super::line)), head and all.

use std::fmt;
use std::io::Write as _;
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode, header};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::mischief::FaultKind;

/// So much is said at once where there is no end to it.
const BREATH: usize = 64 * 1024;

/// What is said, piece by piece.
#[derive(Debug)]
pub(super) enum Piece {
    /// These bytes.
    Bytes(Vec<u8>),
    /// Nothing for a while.
    Wait(Duration),
    /// Nothing any more, and the connection stays.
    Silence,
    /// Nothing any more, and the connection is closed.
    End,
}

/// A whole answer, or as much of it as there ever is.
pub(super) struct Speech(Box<dyn Iterator<Item = Piece> + Send>);

/// What is left of an answer once it was taken apart.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Speech {
    /// An answer as a fault gives it; `None` for a fault that does not change how it is given.
    pub(super) fn of(kind: &FaultKind, said: &Said) -> Option<Self> {
        let body = said.body.clone();
        Some(match kind {
            FaultKind::EndlessBody => {
                Self::begin(said.head(&[]), [body]).and_then_for_ever(|| vec![b' '; BREATH])
            }
            FaultKind::Gzip => {
                let folded = Folded::new(&body).end();
                let length = folded.len().to_string();
                let gzip = [("content-encoding", "gzip"), ("content-length", &length)];
                Self::begin(said.head(&gzip), [folded])
            }
            FaultKind::GzipBomb => {
                let mut folded = Folded::new(&body);
                let head = said.head(&[("content-encoding", "gzip")]);
                Self::begin(head, []).and_then_for_ever(move || folded.more())
            }
            FaultKind::Drip { every_ms } => {
                let pause = Duration::from_millis(*every_ms);
                let bytes = body.into_iter();
                let drops =
                    bytes.flat_map(move |byte| [Piece::Bytes(vec![byte]), Piece::Wait(pause)]);
                Self::begin(said.head_of_length(said.body.len()), []).and_then(drops)
            }
            FaultKind::Stall => {
                let half = body[..body.len() / 2].to_vec();
                Self::begin(said.head_of_length(body.len()), [half])
                    .and_then(std::iter::repeat_with(|| Piece::Silence))
            }
            FaultKind::EndlessHead => {
                let line = format!("x-more: {}\r\n", "m".repeat(1000)).into_bytes();
                Self::begin(said.status_line(), []).and_then_for_ever(move || line.clone())
            }
            FaultKind::WrongLength { by } => {
                let length = body.len().saturating_add_signed(*by);
                Self::begin(said.head_of_length(length), [body])
            }
            FaultKind::Delay { .. }
            | FaultKind::Status { .. }
            | FaultKind::StatusAfterEffect { .. }
            | FaultKind::ForeignBasicData
            | FaultKind::ResetBeforeEffect
            | FaultKind::ResetAfterEffect
            | FaultKind::HangBeforeEffect
            | FaultKind::HangAfterEffect
            | FaultKind::TruncatedBody
            | FaultKind::MissingVerdicts { .. }
            | FaultKind::DoubledVerdicts
            | FaultKind::Reject { .. }
            | FaultKind::DoubledRecords
            | FaultKind::DuplicatePage
            | FaultKind::EarlierPage
            | FaultKind::MissingPage
            | FaultKind::LoopingCursor
            | FaultKind::WrongTotal
            | FaultKind::ChangingTotal
            | FaultKind::ToldTotal { .. }
            | FaultKind::EndlessList
            | FaultKind::MovingSnapshot
            | FaultKind::MissingMember { .. } => return None,
        })
    }

    /// The next piece.
    pub(super) fn next(&mut self) -> Piece {
        self.0.next().unwrap_or(Piece::End)
    }

    fn begin<const N: usize>(head: Vec<u8>, pieces: [Vec<u8>; N]) -> Self {
        let pieces = std::iter::once(head).chain(pieces);
        Self(Box::new(pieces.map(Piece::Bytes)))
    }

    fn and_then<P>(self, pieces: P) -> Self
    where
        P: IntoIterator<Item = Piece>,
        P::IntoIter: Send + 'static,
    {
        Self(Box::new(self.0.chain(pieces)))
    }

    fn and_then_for_ever(self, mut more: impl FnMut() -> Vec<u8> + Send + 'static) -> Self {
        self.and_then(std::iter::repeat_with(move || Piece::Bytes(more())))
    }
}

impl fmt::Debug for Speech {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Speech")
    }
}

impl Said {
    fn status_line(&self) -> Vec<u8> {
        format!("HTTP/1.1 {}\r\n", self.status).into_bytes()
    }

    fn head_of_length(&self, length: usize) -> Vec<u8> {
        self.head(&[("content-length", &length.to_string())])
    }

    /// Without a length the body ends with the connection.
    fn head(&self, more: &[(&str, &str)]) -> Vec<u8> {
        let mut head = self.status_line();
        let more = more.iter().map(|(name, value)| (*name, value.as_bytes()));
        let own = self.headers.iter();
        let own = own.filter(|(name, _)| *name != header::CONTENT_LENGTH);
        let own = own.map(|(name, value)| (name.as_str(), value.as_bytes()));
        for (name, value) in own.chain(more).chain([("connection", &b"close"[..])]) {
            head.extend_from_slice(name.as_bytes());
            head.extend_from_slice(b": ");
            head.extend_from_slice(value);
            head.extend_from_slice(b"\r\n");
        }
        head.extend_from_slice(b"\r\n");
        head
    }
}

/// A body as gzip, with blanks behind it where it is never to be finished.
struct Folded(GzEncoder<Vec<u8>>);

impl Folded {
    fn new(body: &[u8]) -> Self {
        let mut folded = Self(GzEncoder::new(Vec::new(), Compression::default()));
        folded.fold(body);
        folded
    }

    /// What a few megabytes more are.
    fn more(&mut self) -> Vec<u8> {
        let blanks = vec![b' '; 4 << 20];
        while self.0.get_ref().is_empty() {
            self.fold(&blanks);
        }
        std::mem::take(self.0.get_mut())
    }

    fn end(self) -> Vec<u8> {
        self.0.finish().expect("memory takes all")
    }

    fn fold(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).expect("memory takes all");
    }
}
