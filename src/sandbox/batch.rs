//! Registering a batch: read all of it, then judge item by item.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::collection::Collection;
use super::content::Content;
use super::dice::Dice;
use super::faults::Faults;
use super::items::{Item, null_in};
use super::options::{Options, Origin};
use super::refusal::Refusal;
use super::rules::{self, Complaint};
use super::shelf::{Put, revision_text};
use super::state::State;

/// The answer to a batch.
#[derive(Debug, Serialize)]
pub(super) struct Verdicts {
    results: Vec<Verdict>,
}

/// What became of one item.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Verdict {
    key: String,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Complaint>,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Created,
    Updated,
    Unchanged,
    Rejected,
}

/// A batch whose items have the right shape and a key each.
#[derive(Debug)]
pub(super) struct Batch {
    items: Vec<Sent>,
}

#[derive(Debug)]
struct Sent {
    key: String,
    if_revision: Option<String>,
    item: Value,
}

#[derive(Deserialize)]
struct Body {
    items: Vec<Value>,
}

/// Reads a body, or refuses it whole: nothing of a batch is stored if any of it is malformed.
pub(super) fn read(body: &[u8], collection: Collection, max: usize) -> Result<Batch, Refusal> {
    let body: Body = serde_json::from_slice(body).map_err(|_| Refusal::malformed(""))?;
    if body.items.len() > max {
        return Err(Refusal::too_large());
    }
    let items = body.items.into_iter().enumerate();
    let items = items.map(|(place, item)| {
        read_item(item, collection)
            .map_err(|pointer| Refusal::malformed(format!("/items/{place}{pointer}")))
    });
    Ok(Batch {
        items: items.collect::<Result<_, _>>()?,
    })
}

/// Reads one item; the error is the pointer to what is wrong.
fn read_item(mut item: Value, collection: Collection) -> Result<Sent, String> {
    if let Some(pointer) = null_in(&item) {
        return Err(pointer);
    }
    let if_revision = match item
        .as_object_mut()
        .and_then(|members| members.remove("if_revision"))
    {
        Some(Value::String(revision)) => Some(revision),
        Some(_) => return Err("/if_revision".to_owned()),
        None => None,
    };
    let key = Item::read(collection, &item)
        .ok_or_else(String::new)?
        .key()?;
    Ok(Sent {
        key,
        if_revision,
        item,
    })
}

/// Judges and stores a batch. The verdicts come in another order than the items.
pub(super) fn register(
    state: &mut State,
    batch: &Batch,
    collection: Collection,
    options: &Options,
    faults: &Faults,
) -> Result<Verdicts, Refusal> {
    match state.origin {
        Origin::None | Origin::Rakusuke => {}
        Origin::Other => return Err(Refusal::foreign_basic_data()),
    }
    let judged = batch
        .items
        .iter()
        .map(|sent| judge(state, sent, collection, options, faults));
    let mut results: Vec<_> = judged.collect();
    let subject = batch.items.first().map_or("", |sent| &sent.key);
    Dice::new(options.seed, subject).shuffle(&mut results);
    faults.disturb_verdicts(&mut results);
    Ok(Verdicts { results })
}

fn judge(
    state: &mut State,
    sent: &Sent,
    collection: Collection,
    options: &Options,
    faults: &Faults,
) -> Verdict {
    let errors = complaints(state, sent, collection, options, faults);
    let key = sent.key.clone();
    if !errors.is_empty() {
        return Verdict {
            key,
            status: Status::Rejected,
            revision: None,
            errors,
        };
    }
    let status = match state.put(collection, &key, Content::pack(&sent.item)) {
        Put::Created => Status::Created,
        Put::Updated => Status::Updated,
        Put::Unchanged => Status::Unchanged,
    };
    let revision = state
        .shelf(collection)
        .entries
        .get(&key)
        .map(|e| revision_text(e.revision));
    Verdict {
        key,
        status,
        revision,
        errors,
    }
}

/// Why an item is not stored: a conflict, an order to reject it, or the rules.
fn complaints(
    state: &State,
    sent: &Sent,
    collection: Collection,
    options: &Options,
    faults: &Faults,
) -> Vec<Complaint> {
    let held = state.shelf(collection).entries.get(&sent.key);
    let held = held
        .map(|entry| revision_text(entry.revision))
        .unwrap_or_default();
    if sent
        .if_revision
        .as_ref()
        .is_some_and(|expected| *expected != held)
    {
        return vec![conflict()];
    }
    let mut found = faults.rejections_of(&sent.key);
    let item = Item::read(collection, &sent.item).expect("read before, with the batch");
    found.extend(rules::complaints(
        &item,
        collection,
        state,
        &options.offices,
    ));
    found
}

/// What is held has another revision than the sender believed; it may be none at all.
fn conflict() -> Complaint {
    Complaint {
        pointer: String::new(),
        code: "conflict".to_owned(),
        message: "Care-wing側の内容が変更されています。".to_owned(),
    }
}
