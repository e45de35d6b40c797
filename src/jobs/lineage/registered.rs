//! What the ledger knows of an item. Care-wing is not asked.

use serde::Serialize;

use crate::error::Error;

use super::super::office::Office;
use super::items::Made;

/// How an item stands to what was sent of it.
#[derive(Debug, Serialize)]
pub struct Registered {
    /// How.
    pub state: State,
    /// The run that sent it last.
    pub run: Option<String>,
    /// That run's command.
    pub command: Option<String>,
    /// When that run began (RFC 3339).
    pub at: Option<String>,
}

/// How an item stands to what Care-wing took of it last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Without an office folder nobody knows.
    Unknown,
    /// It was never taken.
    Never,
    /// It was taken with the same contents.
    Same,
    /// It was taken, and says something else now.
    Other,
    /// Somebody has decided that what Care-wing holds stays in its place.
    Kept,
    /// It was sent, and nobody knows yet whether it arrived.
    Open,
}

/// What the ledger of the office, where there is one, knows of an item.
pub(super) fn registered(office: Option<&Office>, made: &Made) -> Result<Registered, Error> {
    let Some(office) = office else {
        return Ok(Registered {
            state: State::Unknown,
            run: None,
            command: None,
            at: None,
        });
    };
    let (collection, item) = (made.collection.name(), &made.item);
    let ledger = &office.ledger;
    let sent = ledger.last_sent(&item.key)?;
    let sent = sent.into_iter().find(|of| of.collection == collection);
    let kept = ledger.kept_instead_of(&collection, &item.key)?;
    let state = match &sent {
        _ if ledger.is_open(&collection, &item.key)? => State::Open,
        _ if kept.is_some_and(|ours| ours == item.digest) => State::Kept,
        Some(sent) if sent.digest == item.digest => State::Same,
        Some(_) => State::Other,
        None => State::Never,
    };
    Ok(Registered {
        state,
        run: sent.as_ref().map(|of| of.run.to_string()),
        command: sent.as_ref().map(|of| of.command.clone()),
        at: sent.map(|of| of.at),
    })
}
