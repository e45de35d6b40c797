//! The fault campaign: whatever breaks at whatever moment, each record ends at the service
//! exactly as it was confirmed, once, and nobody else's edit is lost.
//!
//! Every point is a registration of a small office to which something happens: its process is
//! killed at a numbered step (a real process, which aborts), the connection or the service
//! fails at a numbered call, or both. Meanwhile somebody at Care-wing may edit one of the
//! items. Then the run is repeated until it ends, and everything is compared with a
//! registration to which nothing happened (`world`). `points` is the list.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test are a test as well"
)]
#![expect(
    clippy::print_stdout,
    reason = "the campaign names the point that fails"
)]

#[path = "../support/mod.rs"]
mod support;

mod killer;
mod points;
mod scenario;
mod world;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rakuwing::sandbox::Idempotency;

use points::{Blow, points};
use world::{Reference, Template, World};

/// Fewer would not be a campaign.
const AT_LEAST: usize = 300;

#[test]
fn with_a_service_that_knows_idempotency_keys() {
    campaign(Idempotency::Honoured);
}

#[test]
fn with_a_service_that_ignores_idempotency_keys() {
    campaign(Idempotency::Ignored);
}

/// Strikes at every point and looks at the end.
fn campaign(idempotency: Idempotency) {
    let template = Template::make();
    let reference = Reference::of(&World::copy(&template, idempotency));
    let points = points(&reference);
    let killed = points
        .iter()
        .filter(|point| !matches!(point.blow, Blow::Fault(_) | Blow::Race(_)))
        .count();
    support::say(&format!(
        "Idempotency keys are {idempotency:?}: {} points are tried; {killed} kill a process, at \
         {} numbered steps; a registration makes {} calls",
        points.len(),
        reference.steps.len(),
        reference.calls.len(),
    ));
    assert!(points.len() >= AT_LEAST, "only {} points", points.len());
    let (next, missed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(point) = points.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let world = World::copy(&template, idempotency);
                    let happened = world.endure(point, &reference);
                    missed.fetch_add(usize::from(!happened), Ordering::Relaxed);
                }
            });
        }
    });
    // A few may be missed with several batches at once; more would prove less than it says.
    let missed = missed.into_inner();
    assert!(
        missed * 50 <= killed,
        "{missed} of {killed} steps were not reached"
    );
}
