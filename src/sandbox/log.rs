//! The calls that were made, for tests and for people who watch.

use std::sync::{Mutex, PoisonError};

use axum::body::Bytes;
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::Value;

/// A call under `/v1/` as it arrived, and how it was answered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recorded {
    /// Counted from 1 in the order of arrival.
    pub number: u64,
    /// `GET` or `POST`.
    pub method: String,
    /// The path without the query.
    pub path: String,
    /// The query without its question mark.
    pub query: Option<String>,
    /// The header `X-Device`.
    pub device: Option<String>,
    /// The header `Idempotency-Key`.
    pub idempotency_key: Option<String>,
    /// The body, if it was JSON.
    pub body: Option<Value>,
    /// The status of the answer; none while it is awaited or if the connection was cut.
    pub status: Option<u16>,
}

/// The calls so far.
#[derive(Debug, Default)]
pub(super) struct Log {
    lines: Mutex<Vec<Line>>,
}

/// A call whose body is read as JSON only if somebody asks.
#[derive(Debug)]
struct Line {
    call: Recorded,
    body: Bytes,
}

impl Log {
    /// Writes a call down, gives it its number and returns that.
    pub(super) fn arrived(&self, call: Recorded, body: Bytes) -> u64 {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let number = u64::try_from(lines.len()).expect("a length fits 64 bits") + 1;
        lines.push(Line {
            call: Recorded { number, ..call },
            body,
        });
        number
    }

    pub(super) fn answered(&self, number: u64, status: StatusCode) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let place = usize::try_from(number - 1).expect("came from a length");
        if let Some(line) = lines.get_mut(place) {
            line.call.status = Some(status.as_u16());
        }
    }

    pub(super) fn calls(&self) -> Vec<Recorded> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let read = |line: &Line| Recorded {
            body: serde_json::from_slice(&line.body).ok(),
            ..line.call.clone()
        };
        lines.iter().map(read).collect()
    }
}
