//! TCP connections that can be cut, and that can be spoken into.
//!
//! A handler of a web framework cannot break a connection: it can only answer. So the listener
//! hands out connections with a switch, the switch reaches the handler with the request, and once
//! it is thrown the connection fails when the framework writes. Nothing of the answer leaves then.
//! Nor does it where a [`Speech`] takes its place.

use std::future::Future as _;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Sleep, sleep};

use super::speech::{Piece, Speech};

/// Accepts connections that can be cut.
#[derive(Debug)]
pub(super) struct Lines(pub(super) TcpListener);

/// A connection that can be cut.
#[derive(Debug)]
pub(super) struct Line {
    stream: TcpStream,
    switch: Switch,
    speaking: Option<Speaking>,
}

/// A speech that has begun.
#[derive(Debug)]
struct Speaking {
    speech: Speech,
    /// What is being said, and how much of it was.
    piece: Vec<u8>,
    said: usize,
    pause: Option<Pin<Box<Sleep>>>,
}

/// What cuts a connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Switch(Arc<Mutex<Cut>>);

#[derive(Debug, Default)]
enum Cut {
    #[default]
    Never,
    /// Before the next byte that is written; this is said instead.
    Speak(Speech),
    /// Before the next byte that is written.
    Now,
    /// After so many bytes of the body that is written next.
    InBody(usize),
}

impl Switch {
    /// Resets the connection instead of answering.
    pub(super) fn cut(&self) {
        self.set(Cut::Now);
    }

    /// Closes the connection after so many bytes of the answer's body.
    pub(super) fn cut_in_body(&self, bytes: usize) {
        self.set(Cut::InBody(bytes));
    }

    /// Says something else than the answer.
    pub(super) fn speak(&self, speech: Speech) {
        self.set(Cut::Speak(speech));
    }

    fn set(&self, cut: Cut) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = cut;
    }

    /// What was ordered last; it is ordered no more then.
    fn take(&self) -> Cut {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Listener for Lines {
    type Io = Line;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Line, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Only a matter of speed; a connection for which it fails works as well.
        let _ = stream.set_nodelay(true);
        (
            Line {
                stream,
                switch: Switch::default(),
                speaking: None,
            },
            address,
        )
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Lines>> for Switch {
    fn connect_info(stream: IncomingStream<'_, Lines>) -> Self {
        stream.io().switch.clone()
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let line = &mut *self;
        if let Some(speaking) = &mut line.speaking {
            return speaking.go_on(&mut line.stream, context);
        }
        match line.switch.take() {
            Cut::Never => Pin::new(&mut line.stream).poll_write(context, bytes),
            Cut::Speak(speech) => {
                let speaking = line.speaking.insert(Speaking::begin(speech));
                speaking.go_on(&mut line.stream, context)
            }
            Cut::Now => {
                line.switch.cut();
                // Where it fails, the client sees the end of the stream instead of a reset.
                let _ = line.stream.set_zero_linger();
                Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
            }
            Cut::InBody(allowed) => {
                line.switch.cut_in_body(allowed);
                let head = head_length(bytes);
                if allowed == 0 && head == 0 {
                    // Closed, not reset: what was sent so far shall arrive.
                    return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
                }
                let part = &bytes[..bytes.len().min(head + allowed)];
                let written = ready!(Pin::new(&mut line.stream).poll_write(context, part))?;
                line.switch
                    .cut_in_body(allowed.saturating_sub(written.saturating_sub(head)));
                Poll::Ready(Ok(written))
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl Speaking {
    fn begin(speech: Speech) -> Self {
        Self {
            speech,
            piece: Vec::new(),
            said: 0,
            pause: None,
        }
    }

    /// Says on, and never that anything was written of what the framework wants to say.
    fn go_on(
        &mut self,
        stream: &mut TcpStream,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        loop {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(context));
                self.pause = None;
            }
            while self.said < self.piece.len() {
                let rest = &self.piece[self.said..];
                self.said += ready!(Pin::new(&mut *stream).poll_write(context, rest))?;
            }
            match self.speech.next() {
                Piece::Bytes(piece) => (self.piece, self.said) = (piece, 0),
                Piece::Wait(length) => self.pause = Some(Box::pin(sleep(length))),
                // Whoever hangs up is noticed by the framework, which reads meanwhile.
                Piece::Silence => return Poll::Pending,
                Piece::End => return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
            }
        }
    }
}

/// The length of the status line and the headers, if `bytes` begin with them.
fn head_length(bytes: &[u8]) -> usize {
    const END: &[u8] = b"\r\n\r\n";
    if !bytes.starts_with(b"HTTP/") {
        return 0;
    }
    bytes
        .windows(END.len())
        .position(|window| window == END)
        .map_or(0, |end| end + END.len())
}
