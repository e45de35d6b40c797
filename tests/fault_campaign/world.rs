//! An office folder, a machine and a service, copied afresh for every point.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use chrono::{DateTime, FixedOffset};
use rakuwing::clock::{Clock, SystemClock};
use rakuwing::disk;
use rakuwing::error::{Error, Exit};
use rakuwing::jobs::run::run;
use rakuwing::jobs::{Clerk, Consent, Folder, Office, Options, Outcome, Summary};
use rakuwing::model::{AddOns, Mark, YearMonth};
use rakuwing::sandbox::{self, Collection, Idempotency, Mischief, Running};
use rakuwing::service::KeyStore;
use rakuwing::steps::{self, Step, Steps};
use rakuwing::stop::Stop;
use rusqlite::{Connection, OpenFlags};
use serde_json::Value as Json;
use tempfile::TempDir;

use crate::killer::killed_at;
use crate::points::{Blow, Meanwhile, Point};
use crate::scenario;
use crate::support::{Desk, KEY, copy_folder, unless_busy};

/// So often a run is repeated after everything works again. Once should do; a run that
/// finds what it must ask about first may leave something to the next.
const REPEATED: usize = 3;

/// What every point begins with: everything registered once, and a new export in the inbox.
pub(crate) struct Template {
    root: TempDir,
    address: String,
}

impl Template {
    pub(crate) fn make() -> Self {
        let root = tempfile::tempdir().unwrap();
        let desk = Desk::new(sandbox::Options {
            state_dir: Some(root.path().join("service")),
            ..sandbox::Options::default()
        });
        desk.set("attempts = 2", "attempts = 3");
        // Much less than is shipped is still much more than any answer here.
        let contract = include_str!("../../mappings/carewing/service.toml");
        let contract = contract.replace("67_108_864", "262_144");
        desk.put_bytes("mappings/carewing/service.toml", contract.as_bytes());
        scenario::earlier(&desk);
        scenario::now(&desk);
        copy_folder(&desk.office(), &root.path().join("office"));
        copy_folder(&desk.machine(), &root.path().join("machine"));
        Self {
            address: desk.sandbox.url(),
            root,
        }
    }
}

/// A copy of the template with a service of its own.
pub(crate) struct World {
    root: TempDir,
    sandbox: Running,
}

impl World {
    pub(crate) fn copy(template: &Template, idempotency: Idempotency) -> Self {
        let root = tempfile::tempdir().unwrap();
        copy_folder(template.root.path(), root.path());
        let sandbox = sandbox::start(sandbox::Options {
            key: KEY.to_owned(),
            idempotency,
            state_dir: Some(root.path().join("service")),
            ..sandbox::Options::default()
        })
        .unwrap();
        let world = Self { root, sandbox };
        world.set(&template.address, &world.sandbox.url());
        world
    }

    pub(crate) fn office(&self) -> PathBuf {
        self.root.path().join("office")
    }

    pub(crate) fn machine(&self) -> PathBuf {
        self.root.path().join("machine")
    }

    fn set(&self, from: &str, to: &str) {
        let path = self.office().join("rakuwing.toml");
        let text = String::from_utf8(disk::read(&path).unwrap()).unwrap();
        assert!(text.contains(from), "no `{from}` in the settings");
        disk::write(&path, text.replace(from, to).as_bytes()).unwrap();
    }

    fn register(&self) -> Vec<Outcome> {
        let steps = Arc::new(steps::Unwatched);
        register(&self.office(), &self.machine(), steps).unwrap()
    }

    /// What the service holds.
    fn held(&self) -> State {
        let collections = [
            Collection::CareOffices,
            Collection::Clients,
            scenario::months(),
        ];
        let mut state = State::new();
        for collection in collections {
            for held in self.sandbox.held(collection) {
                state.insert((collection, held.key), (held.item, held.revision));
            }
        }
        state
    }

    /// Lets something happen, repeats the run until it ends, and compares. Gives whether it has
    /// happened: with several batches at once answers that come together are settled
    /// together, and then the run has fewer steps.
    pub(crate) fn endure(self, point: &Point, reference: &Reference) -> bool {
        let endured = catch_unwind(AssertUnwindSafe(|| {
            let mut happened = true;
            self.set("parallel = 1", &format!("parallel = {}", point.parallel));
            if point.blow.is_slow() {
                self.set("silence = 60", "silence = 1");
                self.set("answer = 300", "answer = 1");
            }
            let foreign = if let Blow::Race(step) = point.blow {
                self.race(step, point.meanwhile)
            } else {
                happened = self.strike(&point.blow);
                assert!(happened || point.parallel > 1, "the step is not reached");
                self.sandbox.set_mischief(Mischief::default());
                self.meanwhile(point.meanwhile)
            };
            self.repeat();
            self.compare(point.meanwhile, reference, foreign.as_ref());
            happened
        }));
        endured.unwrap_or_else(|panic| {
            println!("at the point {point:?}");
            resume_unwind(panic);
        })
    }

    /// Somebody at Care-wing does something; gives how what they have open stands then.
    fn meanwhile(&self, deed: Meanwhile) -> Option<(Json, String)> {
        scenario::meanwhile(&self.sandbox, deed);
        self.held().remove(&scenario::open_there())
    }

    /// Registers, and meanwhile somebody at Care-wing does something.
    fn race(&self, step: usize, deed: Meanwhile) -> Option<(Json, String)> {
        thread::scope(|scope| {
            let (rival, reached) = Rival::at(step);
            let run = || drop(register(&self.office(), &self.machine(), Arc::new(rival)).unwrap());
            let running = scope.spawn(run);
            let go_on = reached.recv().unwrap();
            let foreign = self.meanwhile(deed);
            go_on.send(()).unwrap();
            running.join().unwrap();
            foreign
        })
    }

    /// Strikes; gives whether there was an occasion.
    fn strike(&self, blow: &Blow) -> bool {
        match blow {
            Blow::Race(_) => true,
            Blow::Kill(step) => killed_at(self, *step),
            Blow::KillTwice(first, second) => {
                let killed = killed_at(self, *first);
                // Little may be left to do, so that it comes to its end.
                killed_at(self, *second);
                killed
            }
            Blow::Fault(mischief) => {
                self.sandbox.set_mischief(mischief.clone());
                // However it ends: what is left of it is looked at.
                let steps = Arc::new(steps::Unwatched);
                let _ = register(&self.office(), &self.machine(), steps);
                true
            }
            Blow::FaultAndKill(mischief, step) => {
                self.sandbox.set_mischief(mischief.clone());
                killed_at(self, *step)
            }
        }
    }

    /// Repeats the run until a run has nothing to send, and nothing is open.
    fn repeat(&self) {
        let mut said = String::new();
        for _ in 0..REPEATED {
            let outcomes = self.register();
            let sent: usize = outcomes.iter().map(|outcome| outcome.sent).sum();
            let exits: Vec<Exit> = outcomes.iter().map(Outcome::exit).collect();
            let ended = |exit: &Exit| matches!(exit, Exit::Clean | Exit::Withheld);
            for outcome in &outcomes {
                assert_adds_up(outcome);
            }
            if sent == 0 && exits.iter().all(ended) {
                return;
            }
            let _ = writeln!(said, "{sent} sent, {exits:?}");
        }
        panic!("it does not come to an end:\n{said}");
    }

    fn compare(
        &self,
        meanwhile: Meanwhile,
        reference: &Reference,
        foreign: Option<&(Json, String)>,
    ) {
        let mut held = self.held();
        let mut expected = reference.held.clone();
        let registered = self.sandbox.registrations();
        let open_there = scenario::open_there();
        if meanwhile != Meanwhile::Nothing {
            // What somebody did there stands, to the byte and the version.
            let now = held.remove(&open_there);
            assert_eq!(now.as_ref(), foreign, "a foreign edit is lost");
            expected.remove(&open_there);
        }
        for (what, (item, _)) in &expected {
            let now = held.get(what).map(|(item, _)| item);
            assert_eq!(now, Some(item), "{what:?} is not as it was confirmed");
            let times = (registered.get(what), reference.registered.get(what));
            assert_eq!(times.0, times.1, "{what:?} was registered twice, or never");
        }
        assert_eq!(held.len(), expected.len(), "{held:?}");
        self.ledger_tells_the_truth(&held, &reference.disputed);
    }

    /// Nothing is open, and what it says was taken last is what the service holds, in this
    /// version; apart from what somebody else has done there.
    fn ledger_tells_the_truth(&self, held: &State, disputed: &[(Collection, String)]) {
        let ledger = Connection::open_with_flags(
            self.office().join(".rakuwing/ledger.sqlite"),
            OpenFlags::SQLITE_OPEN_READ_ONLY,
        )
        .unwrap();
        let count = |which: &str| -> i64 {
            let query = format!("SELECT count(*) FROM {which}");
            ledger.query_row(&query, [], |row| row.get(0)).unwrap()
        };
        assert_eq!(count("sendings WHERE state = 'intended'"), 0);
        let mut query = ledger
            .prepare("SELECT collection, key, revision FROM sent")
            .unwrap();
        let rows = query.query_map([], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                row.get(2)?,
            ))
        });
        let sent: BTreeMap<(Collection, String), String> = rows
            .unwrap()
            .map(Result::unwrap)
            .map(|(collection, key, revision)| {
                let name = collection.replace('/', "-");
                ((name.parse().unwrap(), key), revision)
            })
            .collect();
        for (what, (_, revision)) in held {
            if !disputed.contains(what) {
                assert_eq!(sent.get(what), Some(revision), "{what:?} in the ledger");
            }
        }
    }
}

/// Collection and key, with item and version.
type State = BTreeMap<(Collection, String), (Json, String)>;

/// A registration to which nothing happens.
pub(crate) struct Reference {
    /// The steps in their order.
    pub(crate) steps: Vec<Step>,
    /// The methods of the calls in their order.
    pub(crate) calls: Vec<String>,
    held: State,
    registered: BTreeMap<(Collection, String), u32>,
    /// What waits for a decision: it is not as 楽すけ says, and stays so.
    disputed: Vec<(Collection, String)>,
}

/// Writes down the steps.
#[derive(Debug, Default)]
struct Recorder(Mutex<Vec<Step>>);

impl Steps for Recorder {
    fn reach(&self, step: Step) {
        self.0.lock().unwrap().push(step);
    }
}

impl Reference {
    pub(crate) fn of(world: &World) -> Self {
        let before = world.held();
        let recorder = Arc::new(Recorder::default());
        let steps = Arc::clone(&recorder) as Arc<dyn Steps>;
        let outcomes = register(&world.office(), &world.machine(), steps).unwrap();
        let numbers: Vec<_> = outcomes
            .iter()
            .map(|outcome| (outcome.sent, outcome.unchanged, outcome.rejected))
            .collect();
        // Offices and clients; then months. One month waits for a decision.
        assert_eq!(numbers, [(6, 5, 0), (5, 1, 1)], "{outcomes:?}");
        let calls = world.sandbox.requests();
        let calls = calls.into_iter().map(|call| call.method).collect();
        let held = world.held();
        let disputed = scenario::disputed();
        assert_eq!(held[&disputed], before[&disputed], "the edit was not kept");
        let steps = recorder.0.lock().unwrap().clone();
        Self {
            steps,
            calls,
            registered: world.sandbox.registrations(),
            held,
            disputed: vec![disputed],
        }
    }
}

/// Holds a run at a step until somebody else has done something.
#[derive(Debug)]
struct Rival {
    before: AtomicUsize,
    reached: Sender<Sender<()>>,
}

impl Rival {
    fn at(step: usize) -> (Self, Receiver<Sender<()>>) {
        let (reached, told) = mpsc::channel();
        let before = AtomicUsize::new(step);
        (Self { before, reached }, told)
    }
}

impl Steps for Rival {
    fn reach(&self, _step: Step) {
        let wraps = |before: usize| Some(before.wrapping_sub(1));
        let before = self
            .before
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, wraps);
        if before == Ok(0) {
            let (go_on, told) = mpsc::channel();
            self.reached.send(go_on).unwrap();
            told.recv().unwrap();
        }
    }
}

/// Everything in the inbox is registered, as `run --yes --allow-removals 1` does it.
pub(crate) fn register(
    office: &Path,
    machine: &Path,
    steps: Arc<dyn Steps>,
) -> Result<Vec<Outcome>, Box<Error>> {
    let mut office = unless_busy(|| {
        let keys = KeyStore::new(machine.to_owned());
        Ok(Office::open(
            Folder::at(office),
            keys,
            Arc::new(Impatient),
            "run",
        )?)
    })?;
    office.steps = steps;
    let options = Options {
        add_ons: AddOns::With,
        mark: Mark::Actual,
        keep: None,
        allow_removals: 1,
        deletions: false,
        use_file: None,
    };
    let month = YearMonth::parse(scenario::MONTH).unwrap();
    let mut outcomes = Vec::new();
    let consent = Consent::Given;
    run(
        &mut office,
        month,
        options,
        consent,
        &mut Nobody,
        &mut outcomes,
    )?;
    Ok(outcomes)
}

/// A clock whose waits are over at once.
#[derive(Debug)]
struct Impatient;

impl Clock for Impatient {
    fn now(&self) -> DateTime<FixedOffset> {
        SystemClock.now()
    }

    fn sleep(&self, _length: Duration, _stop: &Stop) {}
}

/// Nobody looks.
struct Nobody;

impl Clerk for Nobody {
    fn show(&mut self, _summary: &Summary) {}

    fn agrees(&mut self, _question: &str) -> Option<bool> {
        None
    }

    fn note(&mut self, _text: &str) {}
}

fn assert_adds_up(outcome: &Outcome) {
    for file in &outcome.files {
        let fates = file.sent + file.unchanged + file.withheld + file.excluded;
        assert_eq!(file.rows, fates, "{file:?}");
    }
}
