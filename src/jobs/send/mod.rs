//! Sending: intent first, verdicts by key, and nothing twice.
//!
//! A batch whose outcome is unknown is asked about before any of it is sent again. Every
//! item carries the version that was looked at, so that even a batch that arrives late, after
//! everybody has given up on it, cannot undo what came in between.

use std::collections::{HashMap, VecDeque};

use crate::disk::Digest;
use crate::error::Error;
use crate::ledger::{Intent, Ledger, RunId, Sending, Settled};
use crate::service::retry::Failure;
use crate::service::{CareWing, Posted, Rejection, ServiceError, Status, Verdict};
use crate::table::Payload;

use super::compare::{Collection, Planned, held};

/// How the sending of an item ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The service holds it.
    Accepted,
    /// The service refused it.
    Rejected(Vec<Rejection>),
    /// The service holds another version than the one that was looked at.
    Conflict,
    /// It may have arrived or not; the next run asks first.
    Unknown,
    /// It certainly did not arrive, or was never sent.
    NotSent,
}

/// Where items go and in which run.
#[derive(Debug)]
pub struct Route<'a> {
    /// The service.
    pub service: &'a CareWing,
    /// The collection.
    pub collection: Collection,
    /// The collection's path.
    pub path: &'a str,
    /// The table of its items.
    pub payload: &'a Payload,
    /// The run.
    pub run: RunId,
    /// The office folder's own name, so that no two folders name a batch alike.
    pub folder: &'a str,
    /// How many items a batch has.
    pub batch: usize,
}

/// Sends items, and gives for each how it ended, in their order. Only a refusal of the key,
/// the machine or the whole link is an error; everything else is an [`End`].
pub fn send(items: &[&Planned], route: &Route<'_>, ledger: &mut Ledger) -> Result<Vec<End>, Error> {
    let mut ends = vec![End::NotSent; items.len()];
    let all: Vec<usize> = (0..items.len()).collect();
    let mut queue: VecDeque<Vec<usize>> = all.chunks(route.batch).map(<[usize]>::to_vec).collect();
    while let Some(batch) = queue.pop_front() {
        if route.service.stop().asked() {
            // This batch and the rest were never sent.
            break;
        }
        let sendings: Vec<Sending<'_>> = batch.iter().map(|at| sending(items[*at])).collect();
        let intents = ledger.intend(route.run, &route.collection.name(), &sendings)?;
        let mut open: HashMap<String, (usize, Intent)> = batch
            .iter()
            .zip(intents)
            .map(|(at, intent)| (intent.key.clone(), (*at, intent)))
            .collect();
        match post_until_settled(items, &mut open, route, ledger, &mut ends)? {
            Next::Batch => {}
            Next::Halves(first, second) => {
                queue.push_front(second);
                queue.push_front(first);
            }
            Next::GiveUp => {
                // What is open stays unknown in the ledger too; the rest was never sent.
                for (at, _) in open.into_values() {
                    ends[at] = End::Unknown;
                }
                break;
            }
        }
    }
    Ok(ends)
}

/// The items of a batch that are not settled yet, by key.
type Open = HashMap<String, (usize, Intent)>;

/// How it goes on after a batch.
enum Next {
    /// With the next batch.
    Batch,
    /// With the halves of this one, which was refused whole.
    Halves(Vec<usize>, Vec<usize>),
    /// Not at all: the service is out of reach.
    GiveUp,
}

/// Posts a batch until each item of it is settled or the service is given up; what is left
/// in `open` then is unknown.
fn post_until_settled(
    items: &[&Planned],
    open: &mut Open,
    route: &Route<'_>,
    ledger: &mut Ledger,
    ends: &mut [End],
) -> Result<Next, Error> {
    let mut attempt = 1;
    loop {
        let failure = match post(items, open, route) {
            Ok(Posted::Received(verdicts)) => {
                take_verdicts(verdicts, open, ledger, ends)?;
                if open.is_empty() {
                    return Ok(Next::Batch);
                }
                Failure::Connection
            }
            Ok(Posted::RefusedWhole { status }) => return split(status, open, ledger, ends),
            Ok(Posted::NotReceived(failure) | Posted::Unknown(failure)) => failure,
            Err(error) => {
                // Refused before it was looked at: nothing of it took effect.
                settle_all(open, &Settled::NotReceived, &End::NotSent, ledger, ends)?;
                return Err(error.into());
            }
        };
        // Nothing is sent again before the service was asked what it holds.
        let patient = route.service.pause(attempt, &failure).is_ok();
        match ask(open, route, ledger, ends)? {
            Asked::NoAnswer => return Ok(Next::GiveUp),
            Asked::AllHeld => return Ok(Next::Batch),
            Asked::SomeMissing if !patient => {
                settle_all(open, &Settled::NotReceived, &End::NotSent, ledger, ends)?;
                return Ok(Next::GiveUp);
            }
            Asked::SomeMissing => attempt += 1,
        }
    }
}

fn post(items: &[&Planned], open: &Open, route: &Route<'_>) -> Result<Posted, ServiceError> {
    let mut batch: Vec<usize> = open.values().map(|(at, _)| *at).collect();
    batch.sort_unstable();
    let contract = route.service.contract();
    let bodies: Vec<Vec<u8>> = batch
        .iter()
        .map(|at| {
            let revision = items[*at].revision.as_deref();
            let revision = revision.unwrap_or(&contract.request.not_there_yet);
            conditional(
                &items[*at].item.body,
                &contract.request.if_revision,
                revision,
            )
        })
        .collect();
    // The same batch of the same run has the same key, whichever attempt it is.
    let mut named = format!("{}\n{}\n{}", route.folder, route.run, route.path);
    for at in &batch {
        named.push('\n');
        named.push_str(open_id(open, *at));
    }
    let idempotency = Digest::of(named.as_bytes());
    route
        .service
        .post(route.path, &bodies, idempotency.as_str())
}

fn open_id(open: &Open, at: usize) -> &str {
    open.values()
        .find(|(of, _)| *of == at)
        .map_or("", |(_, intent)| intent.digest.as_str())
}

/// The item with the condition that the service still holds the version we looked at.
fn conditional(body: &[u8], name: &str, revision: &str) -> Vec<u8> {
    let condition = serde_json::to_string(name).unwrap_or_default()
        + ":"
        + &serde_json::to_string(revision).unwrap_or_default();
    let mut item = Vec::with_capacity(body.len() + condition.len() + 1);
    item.push(b'{');
    item.extend_from_slice(condition.as_bytes());
    if body.get(1) != Some(&b'}') {
        item.push(b',');
    }
    item.extend_from_slice(&body[1..]);
    item
}

fn sending(planned: &Planned) -> Sending<'_> {
    Sending {
        key: &planned.item.key,
        body: &planned.item.body,
        digest: &planned.item.digest,
        source: &planned.source,
    }
}

/// Enters verdicts, whatever their order. Items without one stay open; a verdict on an item
/// that is not open (a doubled one) is passed over.
fn take_verdicts(
    verdicts: Vec<Verdict>,
    open: &mut Open,
    ledger: &mut Ledger,
    ends: &mut [End],
) -> Result<(), Error> {
    let mut outcomes = Vec::with_capacity(verdicts.len());
    for verdict in verdicts {
        let Some((at, intent)) = open.remove(&verdict.key) else {
            continue;
        };
        let (settled, end) = match verdict.status {
            Status::Accepted { revision } => (Settled::Accepted { revision }, End::Accepted),
            Status::Conflict => (Settled::Conflict, End::Conflict),
            Status::Rejected(rejections) => (Settled::Rejected, End::Rejected(rejections)),
        };
        ends[at] = end;
        outcomes.push((intent, settled));
    }
    Ok(ledger.settle(&outcomes)?)
}

/// What asking has brought.
enum Asked {
    /// The service holds everything that was open.
    AllHeld,
    /// Some of it is not there; it is still open.
    SomeMissing,
    /// The service cannot be asked.
    NoAnswer,
}

/// Asks what the service holds; what it holds just so has been accepted.
fn ask(
    open: &mut Open,
    route: &Route<'_>,
    ledger: &mut Ledger,
    ends: &mut [End],
) -> Result<Asked, Error> {
    // To the end, or what is in flight would stay unknown whenever somebody stops the run.
    let held = match held(&route.service.to_the_end(), route.path, route.payload) {
        Ok(held) => held,
        Err(Error::Service(ServiceError::Unreachable { .. })) => return Ok(Asked::NoAnswer),
        Err(error) => return Err(error),
    };
    let mut outcomes = Vec::new();
    open.retain(|key, (at, intent)| match held.get(key) {
        Some(held) if held.is(&intent.digest) => {
            ends[*at] = End::Accepted;
            let settled = Settled::Accepted {
                revision: held.revision.clone(),
            };
            outcomes.push((intent.clone(), settled));
            false
        }
        Some(_) | None => true,
    });
    ledger.settle(&outcomes)?;
    Ok(if open.is_empty() {
        Asked::AllHeld
    } else {
        Asked::SomeMissing
    })
}

/// A batch that is refused whole is halved until the bad items are alone.
fn split(
    status: u16,
    open: &mut Open,
    ledger: &mut Ledger,
    ends: &mut [End],
) -> Result<Next, Error> {
    let mut batch: Vec<usize> = open.values().map(|(at, _)| *at).collect();
    batch.sort_unstable();
    if batch.len() > 1 {
        settle_all(open, &Settled::NotReceived, &End::NotSent, ledger, ends)?;
        let (first, second) = batch.split_at(batch.len() / 2);
        return Ok(Next::Halves(first.to_vec(), second.to_vec()));
    }
    let refused = Rejection {
        pointer: String::new(),
        code: status.to_string(),
        message: "Care-wingがこの一件を丸ごと断りました".to_owned(),
    };
    settle_all(
        open,
        &Settled::Rejected,
        &End::Rejected(vec![refused]),
        ledger,
        ends,
    )?;
    Ok(Next::Batch)
}

fn settle_all(
    open: &mut Open,
    settled: &Settled,
    end: &End,
    ledger: &mut Ledger,
    ends: &mut [End],
) -> Result<(), Error> {
    let outcomes: Vec<(Intent, Settled)> = open
        .drain()
        .map(|(_, (at, intent))| {
            ends[at] = end.clone();
            (intent, settled.clone())
        })
        .collect();
    Ok(ledger.settle(&outcomes)?)
}
