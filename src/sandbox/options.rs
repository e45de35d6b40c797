//! What a sandbox can be started with.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};

use super::mischief::Mischief;

/// How the stand-in service behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// The port on 127.0.0.1; 0 takes any free one.
    pub port: u16,
    /// Decides everything that looks like chance: the order of verdicts, the play of a month.
    pub seed: u64,
    /// The API key that is let in.
    pub key: String,
    /// The office numbers that belong to the key.
    pub offices: Vec<String>,
    /// Where the basic data came from before the first call. A loaded state knows better.
    pub origin: Origin,
    /// The most items one batch may carry.
    pub batch_max: usize,
    /// The limit told to the client, and kept if [`Options::enforce_rate`] is set.
    pub requests_per_second: u32,
    /// Whether more calls than [`Options::requests_per_second`] are answered 429.
    ///
    /// Off by default, so that no test depends on how fast the machine is.
    pub enforce_rate: bool,
    /// Items on one page of what is held and of the actuals.
    pub page_size: usize,
    /// Whether the header `Idempotency-Key` means anything.
    pub idempotency: Idempotency,
    /// Where the state survives a restart; without it, it lives in memory only.
    pub state_dir: Option<PathBuf>,
    /// What goes wrong on purpose, from the first call on.
    pub mischief: Mischief,
    /// Where the server time in the answers comes from.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            seed: 1,
            key: "sandbox-key".to_owned(),
            offices: vec!["1370100016".to_owned()],
            origin: Origin::None,
            batch_max: 100,
            requests_per_second: 50,
            enforce_rate: false,
            page_size: 200,
            idempotency: Idempotency::Honoured,
            state_dir: None,
            mischief: Mischief::default(),
            clock: Clock::default(),
        }
    }
}

/// Where the basic data that the service holds came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Nothing was registered yet.
    None,
    /// It came from 楽すけ.
    Rakusuke,
    /// It came from elsewhere: nothing may be registered until special work was done.
    Other,
}

/// Whether the header `Idempotency-Key` means anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Idempotency {
    /// The same key and body answer the first result again.
    Honoured,
    /// Every request is taken as a new one, as a service without that feature would.
    Ignored,
}

/// The service's idea of the time.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<FixedOffset> + Send + Sync>);

impl Clock {
    /// A clock that asks `now` at every call.
    pub fn new(now: impl Fn() -> DateTime<FixedOffset> + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// A clock that stands still.
    pub fn fixed(instant: DateTime<FixedOffset>) -> Self {
        Self::new(move || instant)
    }

    /// The server time as the answers carry it.
    pub(super) fn text(&self) -> String {
        (self.0)().format("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }
}

impl Default for Clock {
    /// Stands at 2026-11-01T09:00+09:00, the first working hour after the month most examples use.
    fn default() -> Self {
        let instant = DateTime::parse_from_rfc3339("2026-11-01T09:00:00+09:00");
        Self::fixed(instant.expect("a constant in the right form"))
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.text()).finish()
    }
}
