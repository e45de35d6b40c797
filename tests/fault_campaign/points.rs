//! What happens to a registration, point by point.

use rakuwing::sandbox::{Fault, FaultKind, Mischief};
use rakuwing::steps::Step;

use crate::world::Reference;

/// A point of the campaign.
#[derive(Debug)]
pub(crate) struct Point {
    pub(crate) blow: Blow,
    pub(crate) meanwhile: Meanwhile,
    /// How many batches are on their way at once.
    pub(crate) parallel: usize,
}

/// What breaks.
#[derive(Debug)]
pub(crate) enum Blow {
    /// The process dies at a step.
    Kill(usize),
    /// So does the process that is started after it.
    KillTwice(usize, usize),
    /// The service or the line fails.
    Fault(Mischief),
    /// Both.
    FaultAndKill(Mischief, usize),
    /// Nothing: but what somebody at Care-wing does is done at this step of the run.
    Race(usize),
}

/// What somebody at Care-wing does: before the run is repeated, or in the middle of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meanwhile {
    Nothing,
    Edits,
    TakesAway,
}

const MEANWHILE: [Meanwhile; 3] = [Meanwhile::Nothing, Meanwhile::Edits, Meanwhile::TakesAway];

/// Every step with every deed of somebody else, every fault at every call it can happen to,
/// and combinations of them.
pub(crate) fn points(reference: &Reference) -> Vec<Point> {
    let steps = reference.steps.len();
    let mut points = Vec::new();
    for step in 0..steps {
        for meanwhile in MEANWHILE {
            let parallel = if meanwhile == Meanwhile::Edits { 2 } else { 1 };
            points.push(Point {
                blow: Blow::Kill(step),
                meanwhile,
                parallel,
            });
        }
    }
    for step in 0..steps {
        for meanwhile in [Meanwhile::Edits, Meanwhile::TakesAway] {
            points.push(Point {
                blow: Blow::Race(step),
                meanwhile,
                parallel: 1,
            });
        }
    }
    // Twice: soon after the beginning, half-way, and soon before the end of what is left.
    for step in (0..steps).step_by(3) {
        for second in [2, steps / 4, steps / 2] {
            points.push(Point {
                blow: Blow::KillTwice(step, second),
                meanwhile: MEANWHILE[step % 3],
                parallel: 1,
            });
        }
    }
    let mut parallel = [1, 2].into_iter().cycle();
    let mut meanwhile = MEANWHILE.into_iter().cycle();
    for mischief in faults(reference) {
        points.push(Point {
            blow: Blow::Fault(mischief),
            meanwhile: meanwhile.next().unwrap(),
            parallel: parallel.next().unwrap(),
        });
    }
    // The answer to a batch is lost, and the process dies on the way to the question.
    let posted = |(at, step): (usize, &Step)| (*step == Step::AfterABatchIsPosted).then_some(at);
    let posts = reference.steps.iter().enumerate().filter_map(posted);
    for (batch, posted) in posts.enumerate() {
        for kind in [
            FaultKind::ResetAfterEffect,
            FaultKind::ResetBeforeEffect,
            FaultKind::EndlessBody,
            FaultKind::MissingVerdicts { count: 1 },
        ] {
            for later in 0..=4 {
                let fault = on_batch(kind.clone(), batch);
                points.push(Point {
                    blow: Blow::FaultAndKill(Mischief::of(fault), posted + later),
                    meanwhile: meanwhile.next().unwrap(),
                    parallel: 1,
                });
            }
        }
    }
    points
}

fn on_batch(kind: FaultKind, batch: usize) -> Fault {
    let before = u64::try_from(batch).unwrap();
    Fault::new(kind).on("/batch").after(before).times(1)
}

/// Faults of one call, at every call of a registration, and of all calls from one on.
fn faults(reference: &Reference) -> Vec<Mischief> {
    let mut faults = Vec::new();
    let batches = reference.calls.iter().filter(|call| *call == "POST");
    for batch in 0..batches.count() {
        for kind in at_a_batch() {
            faults.push(on_batch(kind, batch));
        }
        // It does not come back in this run.
        for kind in [FaultKind::ResetBeforeEffect, FaultKind::ResetAfterEffect] {
            faults.push(Fault {
                times: None,
                ..on_batch(kind, batch)
            });
        }
    }
    let questions = reference.calls.iter().filter(|call| *call == "GET");
    for question in 0..questions.count() {
        let before = u64::try_from(question).unwrap();
        for kind in at_a_question() {
            faults.push(Fault::new(kind).on("GET ").after(before).times(1));
        }
    }
    for call in 0..reference.calls.len() {
        let before = u64::try_from(call).unwrap();
        faults.push(Fault::new(status(503, None)).after(before));
    }
    faults.into_iter().map(Mischief::of).collect()
}

fn at_a_batch() -> Vec<FaultKind> {
    let soon = || Some("0".to_owned());
    vec![
        FaultKind::ResetBeforeEffect,
        FaultKind::ResetAfterEffect,
        FaultKind::TruncatedBody,
        FaultKind::EndlessBody,
        FaultKind::GzipBomb,
        FaultKind::EndlessHead,
        FaultKind::WrongLength { by: 9 },
        FaultKind::WrongLength { by: -9 },
        FaultKind::Stall,
        FaultKind::HangAfterEffect,
        DRIP,
        FaultKind::MissingVerdicts { count: 1 },
        FaultKind::MissingVerdicts { count: 2 },
        FaultKind::DoubledVerdicts,
        FaultKind::Delay { delay_ms: 10 },
        status(429, soon()),
        status(429, Some("Sun, 01 Nov 2020 00:00:00 GMT".to_owned())),
        status(503, soon()),
        status(500, None),
        // Refused whole: halved until each is alone.
        status(413, None),
        FaultKind::StatusAfterEffect {
            status: 503,
            retry_after: soon(),
        },
        FaultKind::StatusAfterEffect {
            status: 500,
            retry_after: None,
        },
        FaultKind::StatusAfterEffect {
            status: 408,
            retry_after: None,
        },
    ]
}

fn at_a_question() -> Vec<FaultKind> {
    vec![
        FaultKind::ResetBeforeEffect,
        FaultKind::TruncatedBody,
        FaultKind::EndlessBody,
        FaultKind::GzipBomb,
        FaultKind::EndlessHead,
        FaultKind::WrongLength { by: 9 },
        FaultKind::WrongLength { by: -9 },
        FaultKind::Stall,
        DRIP,
        status(500, None),
        FaultKind::DuplicatePage,
        FaultKind::WrongTotal,
        FaultKind::ToldTotal { total: u64::MAX },
        FaultKind::EndlessList,
        FaultKind::MovingSnapshot,
    ]
}

/// Slower than anybody waits for.
const DRIP: FaultKind = FaultKind::Drip { every_ms: 50 };

impl Blow {
    /// Whether somebody has to wait until it is known that it has happened.
    pub(crate) fn is_slow(&self) -> bool {
        let (Self::Fault(mischief) | Self::FaultAndKill(mischief, _)) = self else {
            return false;
        };
        let slow = [FaultKind::Stall, FaultKind::HangAfterEffect, DRIP];
        mischief
            .faults
            .iter()
            .any(|fault| slow.contains(&fault.kind))
    }
}

fn status(status: u16, retry_after: Option<String>) -> FaultKind {
    FaultKind::Status {
        status,
        retry_after,
    }
}
