//! The calls themselves.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
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
use super::retry::{Failure, Impatience, RetryPolicy, Spent};

/// A call may take so long before it counts as broken.
const CALL: Duration = Duration::from_mins(1);
/// A connection may take so long to be made.
const CONNECT: Duration = Duration::from_secs(10);

/// Care-wing, as one machine with one key reaches it. All threads and all clones of a run
/// share its patience and its pace.
#[derive(Debug, Clone)]
pub struct CareWing {
    http: Client,
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
            .timeout(CALL)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("rakuwing/", env!("CARGO_PKG_VERSION")));
        if address.is_here() {
            http = http.no_proxy();
        }
        if address.is_plain() {
            // To read the machine's certificates takes longer than a short command does.
            http = http.tls_backend_preconfigured(trusting_nobody());
        }
        let http = http.build().map_err(|_| ServiceError::Unreachable {
            detail: "通信の準備ができません".to_owned(),
        })?;
        Ok(Self {
            http,
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
        let path = self.contract.paths.link.clone();
        let answer = self.get(&path, &[])?;
        answer::link(&self.contract, &answer).ok_or_else(|| unforeseen(&path))
    }

    /// Asks for something.
    pub fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Json, ServiceError> {
        let body = self.get_raw(path, query)?;
        serde_json::from_slice(&body).map_err(|_| unforeseen(path))
    }

    /// Asks for something, and hands it on byte for byte as it came; safe to repeat, so it is
    /// tried again as the policy allows.
    pub fn get_raw(&self, path: &str, query: &[(&str, &str)]) -> Result<Vec<u8>, ServiceError> {
        let mut url = self.address.join(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        tracing::debug!(path, "asking");
        let mut attempt = 1;
        loop {
            self.heed()?;
            let failure = match self.once(self.http.get(url.clone())) {
                Ok(response) if response.status().as_u16() == 200 => match response.bytes() {
                    Ok(body) => return Ok(body.into()),
                    Err(_) => Failure::Connection,
                },
                Ok(response) => transient(&response).ok_or_else(|| refused(&response, path))?,
                Err(_) => Failure::Connection,
            };
            if let Err(detail) = self.pause(attempt, &failure) {
                self.heed()?;
                return Err(ServiceError::Unreachable { detail });
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
        let request = self
            .http
            .post(self.address.join(&path))
            .header(&self.contract.headers.idempotency, idempotency)
            .header(CONTENT_TYPE, "application/json")
            .body(self.body(items));
        let response = match self.once(request) {
            Ok(response) => response,
            Err(error) if error.is_connect() => {
                return Ok(Posted::NotReceived(Failure::Connection));
            }
            Err(_) => return Ok(Posted::Unknown(Failure::Connection)),
        };
        match (response.status().as_u16(), transient(&response)) {
            (200, _) => {
                let Ok(body) = response.bytes() else {
                    return Ok(Posted::Unknown(Failure::Connection));
                };
                let answer: Json = serde_json::from_slice(&body).unwrap_or_default();
                // A batch that was answered with something unreadable may have taken effect.
                Ok(answer::verdicts(&self.contract, &answer)
                    .map_or(Posted::Unknown(Failure::Connection), Posted::Received))
            }
            (status @ (413 | 422), _) => Ok(Posted::RefusedWhole { status }),
            // The two that say: not now, and nothing was done. 408 does not: whoever stands in
            // front of the service says it too, while the service is at work.
            (425 | 429, Some(failure)) => Ok(Posted::NotReceived(failure)),
            (409, None) => self.conflicting(response, &path),
            (_, Some(failure)) => Ok(Posted::Unknown(failure)),
            // Taken in some way that the contract does not know (201, 202, 204).
            (201..=299, None) => Ok(Posted::Unknown(Failure::Connection)),
            _ => Err(refused(&response, &path)),
        }
    }

    /// 409: the whole link is closed, or the same batch is still being worked on.
    fn conflicting(&self, response: Response, path: &str) -> Result<Posted, ServiceError> {
        let at = &self.contract.refusal;
        let answer: Json = response
            .bytes()
            .ok()
            .and_then(|body| serde_json::from_slice(&body).ok())
            .unwrap_or_default();
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
                *spent = spent.and(wait);
                if failure.asked_for(now).is_some() {
                    locked(&self.run.pacing).hold(now + wait);
                }
                Ok(wait)
            }
            Err(Impatience::Call) => Err(format!("{}、{attempt}回試しました", failure.describe())),
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

    fn once(&self, request: RequestBuilder) -> Result<Response, reqwest::Error> {
        let until_departure = locked(&self.run.pacing).depart(self.clock.now());
        self.rest(until_departure);
        request
            .header(&self.contract.headers.key, self.key.expose())
            .header(&self.contract.headers.device, self.device.as_str())
            .send()
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

fn transient(response: &Response) -> Option<Failure> {
    let retry_after = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    Failure::of_status(response.status().as_u16(), retry_after)
}

fn refused(response: &Response, path: &str) -> ServiceError {
    match response.status().as_u16() {
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
