//! The header `Idempotency-Key`: a request sent twice takes effect once.
//!
//! The ledger lives as long as the process; a restart forgets it, as a service may.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use sha2::{Digest, Sha256};

use super::refusal::Refusal;

/// The first answer to every key.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    entries: Mutex<HashMap<String, Entry>>,
}

#[derive(Debug)]
struct Entry {
    request: [u8; 32],
    /// None while the first request with this key is still running.
    answer: Option<Bytes>,
}

/// What the ledger knows of a request.
#[derive(Debug)]
pub(super) enum Opened {
    /// It is the first with its key; the ticket keeps others away meanwhile.
    First(Ticket),
    /// It was answered before, with this body.
    Again(Bytes),
}

/// The right to answer a key first; given back if dropped without an answer.
#[derive(Debug)]
pub(super) struct Ticket {
    ledger: Arc<Ledger>,
    key: String,
}

impl Ledger {
    /// Looks up a request by its key, its path and its body.
    pub(super) fn open(
        self: &Arc<Self>,
        key: &str,
        path: &str,
        body: &[u8],
    ) -> Result<Opened, Refusal> {
        let digest = Sha256::new()
            .chain_update(path)
            .chain_update([0])
            .chain_update(body);
        let request = digest.finalize().into();
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        match entries.get(key) {
            Some(entry) if entry.request != request => Err(Refusal::idempotency_mismatch()),
            Some(Entry {
                answer: Some(answer),
                ..
            }) => Ok(Opened::Again(answer.clone())),
            Some(Entry { answer: None, .. }) => Err(Refusal::in_progress()),
            None => {
                entries.insert(
                    key.to_owned(),
                    Entry {
                        request,
                        answer: None,
                    },
                );
                Ok(Opened::First(Ticket {
                    ledger: Arc::clone(self),
                    key: key.to_owned(),
                }))
            }
        }
    }
}

impl Ticket {
    /// Keeps the answer for every later request with this key.
    pub(super) fn keep(self, answer: Bytes) {
        let mut entries = self
            .ledger
            .entries
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.get_mut(&self.key) {
            entry.answer = Some(answer);
        }
    }
}

impl Drop for Ticket {
    /// Frees the key if nothing was kept: the request was refused, or its client went away.
    fn drop(&mut self) {
        let mut entries = self
            .ledger
            .entries
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if entries
            .get(&self.key)
            .is_some_and(|entry| entry.answer.is_none())
        {
            entries.remove(&self.key);
        }
    }
}
