//! Sending: intent first, verdicts by key, and nothing twice.
//!
//! In: the items of one collection and where they go. Out: how each ended. A batch whose
//! outcome is unknown is asked about before any of it is sent again. Every item carries the
//! version that was looked at, so that even a batch that arrives late, after everybody has
//! given up on it, cannot undo what came in between.
//!
//! `batch` is the protocol of one batch; `desk` holds the ledger and decides what leaves;
//! `hands` are the threads; `post` is what a batch looks like.

pub mod batch;
pub mod desk;
pub mod hands;
pub mod post;

use crate::error::Error;
use crate::ledger::{Ledger, RunId};
use crate::progress::Progress;
use crate::service::{CareWing, Rejection};
use crate::steps::{Step, Steps};
use crate::table::Payload;

use super::collection::Collection;
use super::compare::Planned;
use super::standing::held;

use desk::{Report, SendingDesk, Task};

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
    /// It did not arrive, or was never sent.
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
    /// A name by chance, so that no two deliveries name a batch alike.
    pub delivery: &'a str,
    /// How many items a batch has.
    pub batch: usize,
    /// How many batches are on their way at once.
    pub parallel: usize,
    /// Whoever stands between the steps.
    pub steps: &'a dyn Steps,
}

/// Sends items, and gives for each how it ended, in their order. Only a refusal of the key,
/// the machine or the whole link is an error; everything else is an [`End`].
pub fn send(
    items: &[&Planned],
    route: &Route<'_>,
    ledger: &mut Ledger,
    progress: &dyn Progress,
) -> Result<Vec<End>, Error> {
    if items.is_empty() {
        return Ok(Vec::new());
    }
    let what = format!("{}を登録しています", route.collection.label());
    let progress = progress.begin(&what, Some(items.len()));
    let mut desk = SendingDesk::new(items, route, ledger, &*progress);
    hands::work(&mut desk, route.parallel, |task| labour(task, items, route))?;
    desk.close()
}

/// What a hand does.
fn labour(task: Task, items: &[&Planned], route: &Route<'_>) -> Report {
    match task {
        Task::Post(batch, wait) => {
            route.service.rest(wait);
            if batch.attempt() > 1 && route.service.stop().asked() {
                return Report::CalledOff(batch);
            }
            route.steps.reach(Step::BeforeABatchIsPosted);
            let posted = post::post(&batch, items, route);
            route.steps.reach(Step::AfterABatchIsPosted);
            Report::Posted(batch, posted)
        }
        Task::Ask(wait) => {
            route.service.rest(wait);
            // To the end, or what is in flight would stay unknown whenever somebody stops the
            // run.
            let service = route.service.to_the_end();
            route.steps.reach(Step::BeforeTheServiceIsAsked);
            let held = held(&service, route.path, route.payload);
            route.steps.reach(Step::AfterTheServiceIsAsked);
            Report::Asked(held)
        }
    }
}
