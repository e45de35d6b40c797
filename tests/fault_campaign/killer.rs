//! A process that dies at a numbered step: this test program once more, told to run one test.

use std::env;
use std::path::PathBuf;
use std::process::{Command, abort};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rakuwing::steps::{Step, Steps};

use crate::world::{World, register};

const OFFICE: &str = "FAULT_CAMPAIGN_OFFICE";
const MACHINE: &str = "FAULT_CAMPAIGN_MACHINE";
const STEP: &str = "FAULT_CAMPAIGN_STEP";

/// Aborts the process when the step with its number is reached.
#[derive(Debug)]
struct Deadly {
    reached: AtomicUsize,
    last: usize,
}

impl Steps for Deadly {
    fn reach(&self, _step: Step) {
        if self.reached.fetch_add(1, Ordering::SeqCst) == self.last {
            abort();
        }
    }
}

/// Registers in a process of its own, which dies at a step if it gets there. Gives whether it
/// has.
pub(crate) fn killed_at(world: &World, step: usize) -> bool {
    let status = Command::new(env::current_exe().unwrap())
        .args(["--ignored", "--exact", "killer::the_process_that_dies"])
        .env(OFFICE, world.office())
        .env(MACHINE, world.machine())
        .env(STEP, step.to_string())
        .output()
        .unwrap()
        .status;
    let died = status.code().is_none_or(|code| code != 0 && code != 101);
    assert!(died || status.success(), "it panicked: {status:?}");
    died
}

#[test]
#[ignore = "is started by the campaign, as a process of its own"]
fn the_process_that_dies() {
    let path = |name| PathBuf::from(env::var_os(name).unwrap());
    let deadly = Deadly {
        reached: AtomicUsize::new(0),
        last: env::var(STEP).unwrap().parse().unwrap(),
    };
    // However the run ends where it survives: the campaign looks at what is left.
    let _ = register(&path(OFFICE), &path(MACHINE), Arc::new(deadly));
}
