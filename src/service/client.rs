//! The calls themselves.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, CONTENT_TYPE};
use reqwest::{Client, RequestBuilder};
use serde_json::Value as Json;

use crate::chance;
use crate::clock::Clock;
use crate::progress::{Progress, Unwatched};
use crate::stop::{Stop, Stopped};
use crate::table::Contract;

use super::ServiceError;
use super::address::Address;
use super::answer::{self, LinkInfo, Verdict};
use super::key::{ApiKey, DeviceId};
use super::pace::Pacing;
use super::retry::{Failure, Impatience, Overrun, RetryPolicy, Spent};
use super::tree::tree;
use super::wire::{AtTheStop, Ear, Heard, Lost, Wire};

/// A connection may take so long to be made.
const CONNECT: Duration = Duration::from_secs(10);
/// Room for what is made of an answer that is no list. Several of them may come at once.
const ROOM: usize = 8 << 20;

/// Care-wing, as one machine with one key reaches it. All threads and all clones of a run
/// share its patience and its pace.
#[derive(Debug, Clone)]
pub struct CareWing {
    wire: Arc<Wire>,
    address: Address,
    key: ApiKey,
    device: DeviceId,
    contract: Contract,
    policy: RetryPolicy,
    clock: Arc<dyn Clock>,
    stop: Stop,
    asking: Asking,
    progress: Arc<dyn Progress>,
    run: Arc<Run>,
}

/// What all calls of a run have together.
#[derive(Debug, Default)]
struct Run {
    spent: Mutex<Spent>,
    pacing: Mutex<Pacing>,
    given_up: AtomicBool,
    overrun: Mutex<Option<Overrun>>,
}

/// Whether questions are still asked once the run is to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asking {
    /// They end with it, between two calls and two pages.
    UntilTheStop,
    /// They are asked to the end, because something in flight depends on the answer.
    ToTheEnd,
}

/// What became of a batch. There is no fourth possibility.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Posted {
    /// It was read and decided about; verdicts may be missing.
    Received(Vec<Verdict>),
    /// It was refused whole and nothing of it took effect: too large, or malformed.
    RefusedWhole {
        /// The HTTP status.
        status: u16,
    },
    /// It certainly did not arrive.
    NotReceived(Failure),
    /// It may have taken effect or not: ask what the service holds before anything else.
    Unknown(Failure),
}

/// Names what encrypts; a connection cannot be prepared before.
pub fn prepare_encryption() {
    // A second time in one process changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Encrypted, nothing would be reached.
fn trusting_nobody() -> rustls::ClientConfig {
    rustls::ClientConfig::builder()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth()
}

impl CareWing {
    /// Prepares the connection; nothing is sent yet. Certificates are always verified.
    pub fn new(
        address: Address,
        key: ApiKey,
        device: DeviceId,
        contract: Contract,
        policy: RetryPolicy,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ServiceError> {
        prepare_encryption();
        let mut http = Client::builder()
            .connect_timeout(CONNECT)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("rakuwing/", env!("CARGO_PKG_VERSION")));
        if address.is_here() {
            http = http.no_proxy();
        }
        if address.is_plain() {
            // To read the machine's certificates takes longer than a short command does.
            http = http.tls_backend_preconfigured(trusting_nobody());
        }
        let wire = http.build().ok().and_then(Wire::new);
        let wire = wire.ok_or_else(|| ServiceError::Unreachable {
            detail: "通信の準備ができません".to_owned(),
        })?;
        Ok(Self {
            wire: Arc::new(wire),
            address,
            key,
            device,
            contract,
            policy,
            clock,
            stop: Stop::default(),
            asking: Asking::UntilTheStop,
            progress: Arc::new(Unwatched),
            run: Arc::default(),
        })
    }

    /// The same service, which stops when it is to.
    #[must_use]
    pub fn heeding(self, stop: Stop) -> Self {
        Self { stop, ..self }
    }

    /// The same service, to find out what became of something in flight: it is asked though
    /// the run is to stop, but no longer waited for.
    #[must_use]
    pub fn to_the_end(&self) -> Self {
        Self {
            asking: Asking::ToTheEnd,
            ..self.clone()
        }
    }

    /// Whether the run is to stop.
    pub fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Long lists are told to somebody while they are read.
    #[must_use]
    pub fn watched_by(self, progress: Arc<dyn Progress>) -> Self {
        Self { progress, ..self }
    }

    /// Whom long lists are told to.
    pub(super) fn progress(&self) -> &dyn Progress {
        &*self.progress
    }

    /// The names of the API.
    pub fn contract(&self) -> &Contract {
        &self.contract
    }

    /// Calls leave no faster than this from now on; without a number, as fast as they come.
    pub fn pace(&self, per_second: Option<u32>) {
        let mut pacing = Pacing::at_most(per_second);
        // The call that brought the number was one of them.
        pacing.depart(self.clock.now());
        *locked(&self.run.pacing) = pacing;
    }

    /// Who the key belongs to, and what the service allows.
    pub fn link(&self) -> Result<LinkInfo, ServiceError> {
        let path = &self.contract.paths.link;
        let body = self.get(path, &[], self.contract.limits.link)?;
        let answer = tree(&body, ROOM).map_err(|_| unforeseen(path))?;
        answer::link(&self.contract, &answer).ok_or_else(|| unforeseen(path))
    }

    /// Asks for something, and hands it on byte for byte as it came, up to so many bytes; safe
    /// to repeat, so it is tried again as the policy allows.
    pub(super) fn get(
        &self,
        path: &str,
        query: &[(&str, &str)],
        limit: usize,
    ) -> Result<Vec<u8>, ServiceError> {
        let mut url = self.address.join(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        tracing::debug!(path, "asking");
        let at_the_stop = match self.asking {
            Asking::UntilTheStop => AtTheStop::End,
            Asking::ToTheEnd => AtTheStop::Finish,
        };
        let mut attempt = 1;
        loop {
            self.heed()?;
            let request = self.wire.http().get(url.clone());
            let failure = match self.once(request, &[(200, limit)], at_the_stop) {
                Ok(Heard {
                    status: 200, body, ..
                }) => return Ok(body),
                Ok(heard) => transient(&heard).ok_or_else(|| refused(&heard, path))?,
                Err(Lost::NotSent) => Failure::Connection,
                Err(Lost::Unanswered(failure)) => failure,
            };
            if let Err(detail) = self.pause(attempt, &failure) {
                self.heed()?;
                return Err(match failure {
                    Failure::Overrun(_) => ServiceError::Overrun { detail },
                    Failure::Connection | Failure::Status { .. } => {
                        ServiceError::Unreachable { detail }
                    }
                });
            }
            attempt += 1;
        }
    }

    fn heed(&self) -> Result<(), Stopped> {
        match self.asking {
            Asking::UntilTheStop => self.stop.heed(),
            Asking::ToTheEnd => Ok(()),
        }
    }

    /// Posts a batch of items, each a JSON object, once. `idempotency` lets a service that
    /// knows such keys recognise a repetition; nothing relies on it.
    pub fn post(
        &self,
        collection: &str,
        items: &[Vec<u8>],
        idempotency: &str,
    ) -> Result<Posted, ServiceError> {
        let path = format!("{collection}{}", self.contract.paths.batch);
        tracing::debug!(path, items = items.len(), "posting a batch");
        let limits = &self.contract.limits;
        let wanted = [(200, limits.batch), (409, limits.refusal)];
        let request = self.wire.http();
        let request = request
            .post(self.address.join(&path))
            .header(&self.contract.headers.idempotency, idempotency)
            .header(CONTENT_TYPE, "application/json")
            .body(self.body(items));
        let heard = match self.once(request, &wanted, AtTheStop::Finish) {
            Ok(heard) => heard,
            Err(Lost::NotSent) => return Ok(Posted::NotReceived(Failure::Connection)),
            // Even of a refusal: it may have said that the batch is still being worked on.
            Err(Lost::Unanswered(failure)) => return Ok(Posted::Unknown(failure)),
        };
        match (heard.status, transient(&heard)) {
            (200, _) => {
                let answer = tree(&heard.body, ROOM).unwrap_or_default();
                // A batch that was answered with something unreadable may have taken effect.
                Ok(answer::verdicts(&self.contract, &answer)
                    .map_or(Posted::Unknown(Failure::Connection), Posted::Received))
            }
            (status @ (413 | 422), _) => Ok(Posted::RefusedWhole { status }),
            // The two that say: not now, and nothing was done. 408 does not: whoever stands in
            // front of the service says it too, while the service is at work.
            (425 | 429, Some(failure)) => Ok(Posted::NotReceived(failure)),
            (409, None) => self.conflicting(&heard, &path),
            (_, Some(failure)) => Ok(Posted::Unknown(failure)),
            // Taken in some way that the contract does not know (201, 202, 204).
            (201..=299, None) => Ok(Posted::Unknown(Failure::Connection)),
            _ => Err(refused(&heard, &path)),
        }
    }

    /// 409: the whole link is closed, or the same batch is still being worked on.
    fn conflicting(&self, heard: &Heard, path: &str) -> Result<Posted, ServiceError> {
        let at = &self.contract.refusal;
        let answer = tree(&heard.body, ROOM).unwrap_or_default();
        match answer.pointer(&at.code).and_then(Json::as_str) {
            Some(code) if code == at.foreign => Err(ServiceError::ForeignBasicData),
            Some(code) if code == at.in_progress => Ok(Posted::Unknown(Failure::Connection)),
            _ => Err(unforeseen(path)),
        }
    }

    /// Waits before the next attempt, or says why there is none.
    pub fn pause(&self, attempt: u32, failure: &Failure) -> Result<(), String> {
        let wait = self.patience(attempt, failure)?;
        self.rest(wait);
        self.stop.heed().map_err(|stopped| stopped.to_string())
    }

    /// How long to wait before the next attempt, or why there is none. What is granted is
    /// taken from the run's patience.
    pub fn patience(&self, attempt: u32, failure: &Failure) -> Result<Duration, String> {
        let now = self.clock.now();
        let mut spent = locked(&self.run.spent);
        let wait = self
            .policy
            .wait(attempt, failure, *spent, now, chance::die());
        match wait {
            Ok(wait) => {
                *spent = spent.and(failure, wait);
                if failure.asked_for(now).is_some() {
                    locked(&self.run.pacing).hold(now + wait);
                }
                Ok(wait)
            }
            Err(Impatience::Call) => Err(format!("{}、{attempt}回試しました", failure.describe())),
            Err(Impatience::Run) if spent.retries == 0 => Err(format!(
                "{}、一回の実行でこれより長くは待てません",
                failure.describe()
            )),
            Err(Impatience::Run) => Err(format!(
                "{}、一回の実行でやり直せる限り({}回)を試しました",
                failure.describe(),
                spent.retries
            )),
        }
    }

    /// Lets a while pass before a list is begun anew that did not fit together, where the run
    /// may still wait.
    pub fn settle_down(&self, beginning: u32) {
        let wait = {
            let mut spent = locked(&self.run.spent);
            let wait = self.policy.breath(beginning, *spent, chance::die());
            spent.waited += wait;
            wait
        };
        self.rest(wait);
    }

    /// The run has given up: no batch leaves any more, whatever collection it is of.
    pub fn give_up(&self) {
        self.run.given_up.store(true, Ordering::Relaxed);
    }

    /// Whether the run has given up.
    pub fn has_given_up(&self) -> bool {
        self.run.given_up.load(Ordering::Relaxed)
    }

    /// Lets a wait pass.
    pub fn rest(&self, wait: Duration) {
        if !wait.is_zero() {
            tracing::debug!(?wait, "waiting");
            self.clock.sleep(wait, &self.stop);
        }
    }

    /// The first limit that an answer of this run went past, if one did.
    pub fn overrun(&self) -> Option<Overrun> {
        *locked(&self.run.overrun)
    }

    fn once(
        &self,
        request: RequestBuilder,
        wanted: &[(u16, usize)],
        at_the_stop: AtTheStop,
    ) -> Result<Heard, Lost> {
        let until_departure = locked(&self.run.pacing).depart(self.clock.now());
        self.rest(until_departure);
        let request = request
            .header(&self.contract.headers.key, self.key.expose())
            .header(&self.contract.headers.device, self.device.as_str())
            .header(ACCEPT_ENCODING, "gzip");
        let ear = Ear {
            policy: &self.policy,
            wanted,
            stop: (&self.stop, at_the_stop),
        };
        let heard = self.wire.call(request, ear);
        if let Err(Lost::Unanswered(Failure::Overrun(overrun))) = heard {
            tracing::debug!(?overrun, "an answer is not listened to any more");
            locked(&self.run.overrun).get_or_insert(overrun);
        }
        heard
    }

    fn body(&self, items: &[Vec<u8>]) -> Vec<u8> {
        let length = items.iter().map(Vec::len).sum::<usize>() + items.len() + 32;
        let mut body = Vec::with_capacity(length);
        body.extend_from_slice(b"{\"");
        body.extend_from_slice(self.contract.request.items.as_bytes());
        body.extend_from_slice(b"\":[");
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                body.push(b',');
            }
            body.extend_from_slice(item);
        }
        body.extend_from_slice(b"]}");
        body
    }
}

/// A thread that panicked has left nothing half-done behind these locks.
fn locked<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn transient(heard: &Heard) -> Option<Failure> {
    Failure::of_status(heard.status, heard.retry_after.clone())
}

fn refused(heard: &Heard, path: &str) -> ServiceError {
    match heard.status {
        401 => ServiceError::KeyRefused,
        403 => ServiceError::DeviceRefused,
        status => ServiceError::Unforeseen {
            detail: format!("{path}: {status}"),
        },
    }
}

pub(super) fn unforeseen(path: &str) -> ServiceError {
    ServiceError::Unforeseen {
        detail: path.to_owned(),
    }
}
