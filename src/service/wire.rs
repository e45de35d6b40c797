//! One call on the wire: a request leaves, and of what comes back so much is taken as is
//! allowed, for as long as is allowed. What it means is the caller's to say.
//!
//! The calls wait in their own threads, but the waiting itself is asynchronous, because there
//! are three ends to it besides the answer: silence, a length in all, and Ctrl-C. The head of an
//! answer is bounded by the library (some 400 KB), and has come as a whole before the silence
//! is over.

use std::error::Error;
use std::future::Future;
use std::iter::successors;
use std::time::Duration;

use reqwest::header::{CONTENT_ENCODING, HeaderMap, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, Response};
use tokio::runtime::{Builder, Runtime};
use tokio::time::{sleep, timeout};

use crate::stop::Stop;

use super::intake::{Folding, Intake, Untaken};
use super::retry::{Failure, Overrun, RetryPolicy};

/// What is in flight when somebody stops the run may take so long to be answered, and no longer
/// than it may be silent.
const AFTER_THE_STOP: Duration = Duration::from_secs(10);
/// So often somebody looks whether the run is to stop.
const LOOK: Duration = Duration::from_millis(50);

/// The way to the service.
#[derive(Debug)]
pub(super) struct Wire {
    http: Client,
    reactor: Reactor,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Heard {
    /// The HTTP status.
    pub(super) status: u16,
    /// `Retry-After`, as it stands.
    pub(super) retry_after: Option<String>,
    /// The body, where it was wanted.
    pub(super) body: Vec<u8>,
}

/// Why nothing came back.
#[derive(Debug)]
pub(super) enum Lost {
    /// The request certainly did not arrive: there was no connection.
    NotSent,
    /// The connection broke, the answer was past a limit, or nobody waited for it any more.
    Unanswered(Failure),
}

/// What becomes of a call when somebody stops the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AtTheStop {
    /// It ends at once.
    End,
    /// It is given a while, because something in flight depends on it.
    Finish,
}

/// What is taken of an answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ear<'e> {
    /// How long it may take, and say nothing.
    pub(super) policy: &'e RetryPolicy,
    /// How many bytes of the body are taken with which status; of others none are.
    pub(super) wanted: &'e [(u16, usize)],
    /// Who may stop the run, and what that means for this call.
    pub(super) stop: (&'e Stop, AtTheStop),
}

impl Wire {
    /// A way that is there as long as somebody holds it; `None` where the machine has no means.
    pub(super) fn new(http: Client) -> Option<Self> {
        let reactor = Reactor::new()?;
        Some(Self { http, reactor })
    }

    /// What makes requests.
    pub(super) fn http(&self) -> &Client {
        &self.http
    }

    /// Sends a request and waits for what comes back.
    pub(super) fn call(&self, request: RequestBuilder, ear: Ear<'_>) -> Result<Heard, Lost> {
        let length = ear.policy.answer;
        self.reactor.run(async {
            tokio::select! {
                heard = timeout(length, listen(request, ear)) => {
                    heard.unwrap_or(Err(overrun(Overrun::Length(length))))
                }
                () = stopped(ear) => Err(Lost::Unanswered(Failure::Connection)),
            }
        })
    }
}

async fn listen(request: RequestBuilder, ear: Ear<'_>) -> Result<Heard, Lost> {
    let silence = ear.policy.silence;
    let mut response = unless_silent(silence, request.send()).await?;
    let status = response.status().as_u16();
    let retry_after = response.headers().get(RETRY_AFTER);
    let retry_after = retry_after.and_then(|value| value.to_str().ok());
    let mut heard = Heard {
        status,
        retry_after: retry_after.map(str::to_owned),
        body: Vec::new(),
    };
    let wanted = ear.wanted.iter().find(|(of, _)| *of == status);
    if let Some((_, limit)) = wanted {
        heard.body = body(&mut response, *limit, silence).await?;
    }
    Ok(heard)
}

async fn body(response: &mut Response, limit: usize, silence: Duration) -> Result<Vec<u8>, Lost> {
    let mut intake = Intake::new(folding(response.headers()), limit);
    while let Some(piece) = unless_silent(silence, response.chunk()).await? {
        intake.take(&piece)?;
    }
    Ok(intake.end()?)
}

/// What is not known stays as it is, and is no JSON then.
fn folding(headers: &HeaderMap) -> Folding {
    let gzip = |value: &[u8]| value.eq_ignore_ascii_case(b"gzip");
    match headers.get(CONTENT_ENCODING) {
        Some(value) if gzip(value.as_bytes()) => Folding::Gzip,
        Some(_) | None => Folding::None,
    }
}

async fn unless_silent<T>(
    silence: Duration,
    next: impl Future<Output = reqwest::Result<T>>,
) -> Result<T, Lost> {
    match timeout(silence, next).await {
        Ok(Ok(next)) => Ok(next),
        Ok(Err(error)) if error.is_connect() => Err(Lost::NotSent),
        Ok(Err(error)) if has_no_end(&error) => Err(overrun(Overrun::Head)),
        Ok(Err(_)) => Err(Lost::Unanswered(Failure::Connection)),
        Err(_) => Err(overrun(Overrun::Silence(silence))),
    }
}

/// Whether the library has given up the head of an answer. It says so in words alone, which stand
/// deep inside.
fn has_no_end(error: &reqwest::Error) -> bool {
    successors(error.source(), |error| (*error).source())
        .any(|error| error.to_string() == "message head is too large")
}

/// Ends when nobody waits for the call any more.
async fn stopped(ear: Ear<'_>) {
    let (stop, at_the_stop) = ear.stop;
    while !stop.asked() {
        sleep(LOOK).await;
    }
    match at_the_stop {
        AtTheStop::End => {}
        AtTheStop::Finish => sleep(AFTER_THE_STOP.min(ear.policy.silence)).await,
    }
}

fn overrun(overrun: Overrun) -> Lost {
    Lost::Unanswered(Failure::Overrun(overrun))
}

impl From<Untaken> for Lost {
    fn from(untaken: Untaken) -> Self {
        match untaken {
            Untaken::Overrun(of) => overrun(of),
            Untaken::Broken => Self::Unanswered(Failure::Connection),
        }
    }
}

/// The thread that looks after connections. It is there as long as the run.
#[derive(Debug)]
struct Reactor(Option<Runtime>);

impl Reactor {
    fn new() -> Option<Self> {
        let mut runtime = Builder::new_multi_thread();
        runtime
            .worker_threads(1)
            .thread_name("service")
            .enable_all();
        runtime.build().ok().map(Some).map(Self)
    }

    fn run<T>(&self, work: impl Future<Output = T>) -> T {
        let runtime = self.0.as_ref();
        runtime
            .expect("it is taken away at the end only")
            .block_on(work)
    }
}

impl Drop for Reactor {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // Nobody waits for a name that is being looked up in vain.
            runtime.shutdown_background();
        }
    }
}
