//! The desk of a registration: it alone holds the ledger. It writes down what is about to
//! leave, hands batches out, and settles what comes back, in whatever order that is.
//!
//! While the service is asked what it holds, no batch is on its way: a list that changes
//! while it is read is no answer. All batches whose outcome is unknown share one question.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use crate::error::Error;
use crate::ledger::{Intent, Ledger, Sending, Settled};
use crate::payload::Held;
use crate::progress::Stretch;
use crate::service::retry::Failure;
use crate::service::{Posted, ServiceError};
use crate::steps::Step;

use super::batch::{Batch, Next, Settlement};
use super::{End, Planned, Route, hands};

/// What a hand is given.
#[derive(Debug)]
pub enum Task {
    /// To post a batch after a wait.
    Post(Batch, Duration),
    /// To ask, after a wait, what the service holds.
    Ask(Duration),
}

/// What it brings back.
#[derive(Debug)]
pub enum Report {
    /// What became of the batch.
    Posted(Batch, Result<Posted, ServiceError>),
    /// The run was stopped before the batch was posted again.
    CalledOff(Batch),
    /// What the service holds.
    Asked(Result<HashMap<String, Held>, Error>),
}

/// Whether batches still leave.
#[derive(Debug)]
enum Mood {
    /// As long as there are any.
    Willing,
    /// No more: patience has ended, or somebody has stopped the run. What is unknown is still
    /// asked about, once.
    GivenUp,
    /// No more, and nobody can be asked either.
    Silent,
    /// No more: the key, the machine or the whole link is refused.
    Refused(Error),
}

/// The state of a registration.
#[derive(Debug)]
pub struct SendingDesk<'a> {
    items: &'a [&'a Planned],
    route: &'a Route<'a>,
    ledger: &'a mut Ledger,
    progress: &'a dyn Stretch,
    ends: Vec<End>,
    /// Batches that nothing was written down of yet, by the places of their items.
    queue: VecDeque<Vec<usize>>,
    /// Batches that are posted again after a wait.
    again: VecDeque<(Batch, Duration)>,
    /// Batches that must be asked about, and what to wait before that; none where patience
    /// has ended.
    unknown: Vec<(Batch, Option<Duration>)>,
    /// Batches of which only conflicts are open.
    disputed: Vec<Batch>,
    /// What has come in and is not in the ledger yet.
    settled: Vec<Settlement>,
    mood: Mood,
    /// How many batches are on their way.
    away: usize,
    /// The batches that a hand is asking about.
    asking: Option<Vec<(Batch, Option<Duration>)>>,
}

impl<'a> SendingDesk<'a> {
    /// A desk with everything still to be sent.
    pub fn new(
        items: &'a [&'a Planned],
        route: &'a Route<'a>,
        ledger: &'a mut Ledger,
        progress: &'a dyn Stretch,
    ) -> Self {
        let all: Vec<usize> = (0..items.len()).collect();
        Self {
            items,
            route,
            ledger,
            progress,
            ends: vec![End::NotSent; items.len()],
            queue: all.chunks(route.batch).map(<[usize]>::to_vec).collect(),
            again: VecDeque::new(),
            unknown: Vec::new(),
            disputed: Vec::new(),
            settled: Vec::new(),
            mood: if route.service.has_given_up() {
                Mood::GivenUp
            } else {
                Mood::Willing
            },
            away: 0,
            asking: None,
        }
    }

    /// How each item has ended. What is open now is open in the ledger too.
    pub fn close(mut self) -> Result<Vec<End>, Error> {
        let unknown = self.unknown.iter().map(|(batch, _)| batch);
        for (at, _) in unknown.chain(&self.disputed).flat_map(Batch::open) {
            self.ends[at] = End::Unknown;
        }
        match self.mood {
            Mood::Refused(error) => Err(error),
            Mood::Willing | Mood::GivenUp | Mood::Silent => Ok(self.ends),
        }
    }

    fn take(&mut self, report: Report) {
        match report {
            Report::Posted(mut batch, Ok(posted)) => {
                self.away -= 1;
                let step = batch.posted(posted);
                self.settled.extend(step.settled);
                self.go_on(batch, step.next);
            }
            Report::Posted(batch, Err(error)) => {
                // Refused before it was looked at: nothing of it took effect.
                self.away -= 1;
                self.settled.extend(batch.give_up());
                self.mood = Mood::Refused(error.into());
            }
            Report::CalledOff(batch) => {
                self.away -= 1;
                self.settled.extend(batch.give_up());
            }
            Report::Asked(Ok(held)) => {
                for (mut batch, patience) in self.asking.take().into_iter().flatten() {
                    let step = batch.asked(&held);
                    self.settled.extend(step.settled);
                    match step.next {
                        Next::Done | Next::Disputed | Next::Halves(..) => {}
                        Next::Ask(_) | Next::Again(_) => {
                            // The wait was before the question.
                            self.once_more(batch, patience.map(|_| Duration::ZERO));
                        }
                    }
                }
            }
            Report::Asked(Err(error)) => {
                self.unknown
                    .extend(self.asking.take().into_iter().flatten());
                // Whether nothing was answered, or more than anybody listens to.
                let unanswered = matches!(
                    &error,
                    Error::Service(ServiceError::Unreachable { .. } | ServiceError::Overrun { .. })
                );
                match (&self.mood, unanswered) {
                    (Mood::Refused(_), _) => {}
                    (_, true) => self.give_up(Mood::Silent),
                    (_, false) => self.mood = Mood::Refused(error),
                }
            }
        }
    }

    /// Does with a batch what its last answer asks for.
    fn go_on(&mut self, batch: Batch, next: Next) {
        match next {
            Next::Done => {}
            Next::Disputed => self.disputed.push(batch),
            Next::Ask(failure) => {
                let patience = self.patience(&batch, &failure);
                self.unknown.push((batch, patience));
            }
            Next::Again(failure) => {
                let patience = self.patience(&batch, &failure);
                self.once_more(batch, patience);
            }
            Next::Halves(first, second) => {
                self.queue.push_front(second);
                self.queue.push_front(first);
            }
        }
    }

    /// How long to wait before the next attempt, if there is to be one.
    fn patience(&self, batch: &Batch, failure: &Failure) -> Option<Duration> {
        match self.mood {
            Mood::Willing => self.route.service.patience(batch.attempt(), failure).ok(),
            Mood::GivenUp | Mood::Silent | Mood::Refused(_) => None,
        }
    }

    /// Posts a batch again after a wait; where patience has ended, nothing more leaves.
    fn once_more(&mut self, mut batch: Batch, patience: Option<Duration>) {
        if let Some(wait) = patience {
            batch.again();
            self.again.push_back((batch, wait));
        } else {
            self.settled.extend(batch.give_up());
            if matches!(self.mood, Mood::Willing) {
                self.give_up(Mood::GivenUp);
            }
        }
    }

    /// Nothing more leaves in this run, of the collections that follow neither.
    fn give_up(&mut self, mood: Mood) {
        self.route.service.give_up();
        self.mood = mood;
    }

    /// What was waiting to be posted again is not, once nothing more leaves.
    fn call_off(&mut self) {
        if matches!(self.mood, Mood::Willing) && self.route.service.stop().asked() {
            self.mood = Mood::GivenUp;
        }
        if !matches!(self.mood, Mood::Willing) {
            let again = std::mem::take(&mut self.again);
            self.settled
                .extend(again.into_iter().flat_map(|(batch, _)| batch.give_up()));
        }
    }

    /// Whether the next thing to do is to ask, and no batch may leave before.
    fn must_ask(&self) -> bool {
        let nothing_else = self.away == 0 && self.again.is_empty() && !self.may_begin();
        match self.mood {
            Mood::Willing | Mood::GivenUp => {
                !self.unknown.is_empty() || (nothing_else && !self.disputed.is_empty())
            }
            Mood::Silent | Mood::Refused(_) => false,
        }
    }

    /// Whether a further batch may leave: the one place to say no.
    fn may_begin(&self) -> bool {
        matches!(self.mood, Mood::Willing) && !self.queue.is_empty()
    }

    /// The question, once no batch is on its way.
    fn ask(&mut self) -> Option<Task> {
        if self.away > 0 {
            return None;
        }
        let mut batches = std::mem::take(&mut self.unknown);
        let disputed = std::mem::take(&mut self.disputed);
        batches.extend(disputed.into_iter().map(|batch| (batch, None)));
        let wait = batches.iter().filter_map(|(_, wait)| *wait).max();
        self.asking = Some(batches);
        Some(Task::Ask(wait.unwrap_or_default()))
    }

    /// Enters what has come in and what leaves now, and waits for the disk once.
    fn write_down(&mut self, fresh: &[Vec<usize>]) -> Result<Vec<Batch>, Error> {
        let settled = std::mem::take(&mut self.settled);
        if settled.is_empty() && fresh.is_empty() {
            return Ok(Vec::new());
        }
        // What goes again as half of a batch, or in another run, is not done.
        let not_sent = |settlement: &&Settlement| settlement.end == End::NotSent;
        let done = settled.len() - settled.iter().filter(not_sent).count();
        let mut outcomes: Vec<(Intent, Settled)> = Vec::with_capacity(settled.len());
        for settlement in settled {
            self.ends[settlement.at] = settlement.end;
            outcomes.push((settlement.intent, settlement.settled));
        }
        let sendings: Vec<Sending<'_>> = fresh
            .iter()
            .flatten()
            .map(|at| sending(self.items[*at]))
            .collect();
        self.route.steps.reach(Step::BeforeTheLedgerIsWritten);
        let intents = self.ledger.settle_and_intend(
            &outcomes,
            self.route.run,
            &self.route.collection.name(),
            &sendings,
        )?;
        self.route.steps.reach(Step::AfterTheLedgerIsWritten);
        self.progress.advance(done);
        let mut intents = intents.into_iter();
        let batch = |places: &Vec<usize>| Batch::new(places.iter().copied().zip(&mut intents));
        Ok(fresh.iter().map(batch).collect())
    }
}

impl hands::Desk for SendingDesk<'_> {
    type Task = Task;
    type Report = Report;
    type Error = Error;

    fn turn(&mut self, reports: Vec<Report>, free: usize) -> Result<Vec<Task>, Error> {
        for report in reports {
            self.take(report);
        }
        self.call_off();
        let mut tasks = Vec::new();
        let mut fresh = Vec::new();
        if self.asking.is_none() && free > 0 {
            if self.must_ask() {
                tasks.extend(self.ask());
            } else {
                while tasks.len() < free
                    && let Some((batch, wait)) = self.again.pop_front()
                {
                    tasks.push(Task::Post(batch, wait));
                }
                while tasks.len() + fresh.len() < free && self.may_begin() {
                    fresh.extend(self.queue.pop_front());
                }
            }
        }
        let begun = self.write_down(&fresh)?;
        tasks.extend(
            begun
                .into_iter()
                .map(|batch| Task::Post(batch, Duration::ZERO)),
        );
        self.away += tasks
            .iter()
            .filter(|task| matches!(task, Task::Post(..)))
            .count();
        Ok(tasks)
    }
}

fn sending(planned: &Planned) -> Sending<'_> {
    Sending {
        key: &planned.item.key,
        body: &planned.item.body,
        digest: &planned.item.digest,
        source: &planned.source,
        made_from: planned.item.made_from,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::{DateTime, FixedOffset};

    use super::super::hands::Desk as _;
    use super::End::{Accepted, Conflict, NotSent};
    use super::*;
    use crate::clock::Clock;
    use crate::disk::Digest;
    use crate::jobs::change::Change;
    use crate::jobs::collection::Collection;
    use crate::payload::{Content, Item, Trace};
    use crate::progress::Unwatched;
    use crate::service::{Address, ApiKey, CareWing, KeyStore, RetryPolicy, Status, Verdict};
    use crate::steps;
    use crate::stop::Stop;
    use crate::table::Tables;

    #[derive(Debug)]
    struct Standing;

    impl Clock for Standing {
        fn now(&self) -> DateTime<FixedOffset> {
            DateTime::parse_from_rfc3339("2026-11-01T09:00:00+09:00").unwrap()
        }

        fn sleep(&self, _length: Duration, _stop: &Stop) {
            panic!("the desk does not wait");
        }
    }

    /// Everything that a desk stands on.
    struct Room {
        folder: tempfile::TempDir,
        tables: Tables,
        service: CareWing,
        items: Vec<Planned>,
    }

    impl Room {
        /// With so many items, and patience for so many retries.
        fn new(items: usize, retries: u32) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let tables = Tables::load(None).unwrap();
            let policy = RetryPolicy {
                retries,
                ..RetryPolicy::default()
            };
            let service = CareWing::new(
                Address::parse("http://127.0.0.1:9").unwrap(),
                ApiKey::new("key").unwrap(),
                KeyStore::new(folder.path().join("machine"))
                    .device()
                    .unwrap(),
                tables.contract.clone(),
                policy,
                Arc::new(Standing),
            );
            Self {
                folder,
                service: service.unwrap(),
                tables,
                items: (0..items).map(planned).collect(),
            }
        }

        fn ledger(&self) -> Ledger {
            Ledger::open(&self.folder.path().join("ledger.sqlite")).unwrap()
        }

        /// Does something at a desk that sends two items a batch.
        fn at_desk(&self, play: impl FnOnce(SendingDesk<'_>, &Ledger)) {
            let mut ledger = self.ledger();
            let run = ledger.begin_run("basics", None, "now").unwrap();
            let route = Route {
                service: &self.service,
                collection: Collection::CareOffices,
                path: "/v1/care-offices",
                payload: &self.tables.care_office,
                run,
                delivery: "delivery",
                batch: 2,
                parallel: 4,
                steps: &steps::Unwatched,
            };
            let items: Vec<&Planned> = self.items.iter().collect();
            let behind_its_back = self.ledger();
            let desk = SendingDesk::new(&items, &route, &mut ledger, &Unwatched);
            play(desk, &behind_its_back);
        }
    }

    fn key(at: usize) -> String {
        format!("{at:02}")
    }

    fn planned(at: usize) -> Planned {
        let body = format!("{{\"office_number\":\"{at}\"}}").into_bytes();
        Planned {
            item: Item {
                key: key(at),
                digest: Digest::of(&body),
                made_from: None,
                body,
                who: None,
                trace: Trace::office(Vec::new()),
            },
            change: Change::New,
            revision: None,
            source: Vec::new(),
            needs: Vec::new(),
            theirs: None,
            differences: Vec::new(),
            keep: None,
            removal: None,
        }
    }

    /// The batches that leave; nothing but batches may.
    fn batches(tasks: Vec<Task>) -> Vec<Batch> {
        let batch = |task| match task {
            Task::Post(batch, _) => batch,
            Task::Ask(_) => panic!("a question"),
        };
        tasks.into_iter().map(batch).collect()
    }

    fn places(batch: &Batch) -> Vec<usize> {
        batch.open().map(|(at, _)| at).collect()
    }

    fn accepted(batch: Batch) -> Report {
        let verdict = |at| Verdict {
            key: key(at),
            status: Status::Accepted {
                revision: "r1".to_owned(),
            },
        };
        let verdicts = places(&batch).into_iter().map(verdict).collect();
        Report::Posted(batch, Ok(Posted::Received(verdicts)))
    }

    fn conflicting(batch: Batch) -> Report {
        let verdict = |at| Verdict {
            key: key(at),
            status: Status::Conflict,
        };
        let verdicts = places(&batch).into_iter().map(verdict).collect();
        Report::Posted(batch, Ok(Posted::Received(verdicts)))
    }

    fn lost(batch: Batch) -> Report {
        Report::Posted(batch, Ok(Posted::Unknown(Failure::Connection)))
    }

    fn busy(batch: Batch) -> Report {
        let failure = Failure::of_status(429, None).unwrap();
        Report::Posted(batch, Ok(Posted::NotReceived(failure)))
    }

    /// The service holds these items as we sent them, and nothing else.
    fn holds(room: &Room, places: &[usize]) -> Report {
        let held = places.iter().map(|at| {
            let held = Held {
                revision: "r1".to_owned(),
                content: Content::Comparable(room.items[*at].item.digest.clone()),
                body: Some(room.items[*at].item.body.clone()),
            };
            (key(*at), held)
        });
        Report::Asked(Ok(held.collect()))
    }

    fn unreachable() -> ServiceError {
        ServiceError::Unreachable {
            detail: String::new(),
        }
    }

    fn unsettled(ledger: &Ledger) -> Vec<String> {
        let open = ledger.unsettled().unwrap();
        open.into_iter().map(|intent| intent.key).collect()
    }

    const NO_NEWS: Vec<Report> = Vec::new();

    #[test]
    fn what_leaves_is_on_disk_and_answers_come_in_any_order() {
        let room = Room::new(7, 0);
        room.at_desk(|mut desk, ledger| {
            let mut out = batches(desk.turn(NO_NEWS, 2).unwrap());
            assert_eq!(unsettled(ledger), ["00", "01", "02", "03"]);
            let second = out.pop().unwrap();
            out.extend(batches(desk.turn(vec![accepted(second)], 1).unwrap()));
            // One commit took the verdicts in and wrote the next batch down.
            assert_eq!(unsettled(ledger), ["00", "01", "04", "05"]);
            let answers = out.into_iter().rev().map(accepted).collect();
            let last = batches(desk.turn(answers, 2).unwrap());
            assert_eq!(last.iter().map(places).collect::<Vec<_>>(), [[6]]);
            let answers = last.into_iter().map(accepted).collect();
            assert!(desk.turn(answers, 2).unwrap().is_empty());
            assert_eq!(unsettled(ledger), [] as [&str; 0]);
            assert_eq!(desk.close().unwrap(), [const { End::Accepted }; 7]);
        });
    }

    #[test]
    fn all_that_is_unknown_shares_one_question_and_nothing_leaves_meanwhile() {
        let room = Room::new(8, 10);
        room.at_desk(|mut desk, ledger| {
            let mut out = batches(desk.turn(NO_NEWS, 3).unwrap());
            let (third, second, first) = (out.pop(), out.pop(), out.pop());
            // A batch is still on its way: the list would change while it is read.
            assert!(
                desk.turn(vec![lost(first.unwrap()), lost(third.unwrap())], 2)
                    .unwrap()
                    .is_empty()
            );
            let tasks = desk.turn(vec![accepted(second.unwrap())], 3).unwrap();
            assert!(matches!(tasks[..], [Task::Ask(_)]), "{tasks:?}");
            assert!(desk.turn(NO_NEWS, 2).unwrap().is_empty());
            // 0, 1 and 5 have arrived; 4 has not, and goes along with the last batch.
            let again = batches(desk.turn(vec![holds(&room, &[0, 1, 5])], 3).unwrap());
            let leaving: Vec<_> = again.iter().map(places).collect();
            assert_eq!(leaving, [vec![4], vec![6, 7]]);
            assert_eq!((again[0].attempt(), again[1].attempt()), (2, 1));
            let answers = again.into_iter().map(accepted).collect();
            assert!(desk.turn(answers, 3).unwrap().is_empty());
            assert_eq!(unsettled(ledger), [] as [&str; 0]);
            assert_eq!(desk.close().unwrap(), [const { End::Accepted }; 8]);
        });
    }

    #[test]
    fn conflicts_are_asked_about_once_at_the_end() {
        let room = Room::new(6, 0);
        room.at_desk(|mut desk, ledger| {
            let first = batches(desk.turn(NO_NEWS, 1).unwrap()).remove(0);
            let second = batches(desk.turn(vec![conflicting(first)], 1).unwrap()).remove(0);
            let third = batches(desk.turn(vec![accepted(second)], 1).unwrap()).remove(0);
            let tasks = desk.turn(vec![conflicting(third)], 1).unwrap();
            assert!(matches!(tasks[..], [Task::Ask(_)]), "{tasks:?}");
            assert_eq!(unsettled(ledger), ["00", "01", "04", "05"]);
            // Our own batch of an earlier time has brought 0 there; the rest is somebody's.
            assert!(desk.turn(vec![holds(&room, &[0])], 1).unwrap().is_empty());
            assert_eq!(ledger.sent("care-offices").unwrap().len(), 3);
            assert_eq!(
                desk.close().unwrap(),
                [Accepted, Conflict, Accepted, Accepted, Conflict, Conflict]
            );
        });
    }

    #[test]
    fn when_the_patience_of_the_run_ends_what_is_away_is_taken_in_and_nothing_more_leaves() {
        let room = Room::new(10, 1);
        room.at_desk(|mut desk, ledger| {
            let mut out = batches(desk.turn(NO_NEWS, 3).unwrap()).into_iter();
            let [first, second, third] = [(); 3].map(|()| out.next().unwrap());
            // One more attempt is left, whoever needs it first.
            let mut again = batches(desk.turn(vec![busy(first)], 1).unwrap());
            assert_eq!((places(&again[0]), again[0].attempt()), (vec![0, 1], 2));
            assert!(desk.turn(vec![busy(second)], 1).unwrap().is_empty());
            let answers = vec![accepted(third), accepted(again.remove(0))];
            assert!(desk.turn(answers, 3).unwrap().is_empty());
            assert_eq!(unsettled(ledger), [] as [&str; 0]);
            assert_eq!(ledger.in_doubt().unwrap(), []);
            let mut expected = vec![End::Accepted; 2];
            expected.extend(vec![End::NotSent; 2]);
            expected.extend(vec![End::Accepted; 2]);
            expected.extend(vec![End::NotSent; 4]);
            assert_eq!(desk.close().unwrap(), expected);
        });
    }

    #[test]
    fn what_is_unknown_when_patience_ends_is_asked_about_and_kept_in_doubt() {
        let room = Room::new(4, 0);
        room.at_desk(|mut desk, ledger| {
            let out = batches(desk.turn(NO_NEWS, 1).unwrap());
            let tasks = desk.turn(out.into_iter().map(lost).collect(), 1).unwrap();
            assert!(matches!(tasks[..], [Task::Ask(_)]), "{tasks:?}");
            assert!(desk.turn(vec![holds(&room, &[1])], 1).unwrap().is_empty());
            let in_doubt = ledger.in_doubt().unwrap();
            assert_eq!(in_doubt[0].key, "00");
            assert_eq!(unsettled(ledger), [] as [&str; 0]);
            assert_eq!(desk.close().unwrap(), [NotSent, Accepted, NotSent, NotSent]);
        });
    }

    #[test]
    fn what_cannot_be_asked_about_stays_open() {
        let room = Room::new(6, 10);
        room.at_desk(|mut desk, ledger| {
            let mut out = batches(desk.turn(NO_NEWS, 2).unwrap()).into_iter();
            let (first, second) = (out.next().unwrap(), out.next().unwrap());
            let news = vec![lost(first), conflicting(second)];
            let tasks = desk.turn(news, 2).unwrap();
            assert!(matches!(tasks[..], [Task::Ask(_)]), "{tasks:?}");
            let silence = Report::Asked(Err(unreachable().into()));
            assert!(desk.turn(vec![silence], 2).unwrap().is_empty());
            assert_eq!(unsettled(ledger), ["00", "01", "02", "03"]);
            let mut expected = vec![End::Unknown; 4];
            expected.extend(vec![End::NotSent; 2]);
            assert_eq!(desk.close().unwrap(), expected);
        });
    }

    #[test]
    fn a_refused_key_stops_everything_but_what_is_away_is_taken_in() {
        let room = Room::new(12, 10);
        room.at_desk(|mut desk, ledger| {
            let mut out = batches(desk.turn(NO_NEWS, 4).unwrap()).into_iter();
            let [first, second, third, fourth] = [(); 4].map(|()| out.next().unwrap());
            let refused = Report::Posted(first, Err(ServiceError::KeyRefused));
            assert!(desk.turn(vec![refused], 1).unwrap().is_empty());
            assert!(desk.turn(vec![accepted(second)], 2).unwrap().is_empty());
            assert!(desk.turn(vec![busy(third)], 3).unwrap().is_empty());
            // Nobody can be asked, so what is unknown stays open.
            assert!(desk.turn(vec![lost(fourth)], 4).unwrap().is_empty());
            assert_eq!(unsettled(ledger), ["06", "07"]);
            assert_eq!(ledger.sent("care-offices").unwrap().len(), 2);
            let ended = desk.close();
            assert!(
                matches!(ended, Err(Error::Service(ServiceError::KeyRefused))),
                "{ended:?}"
            );
        });
    }

    #[test]
    fn a_hand_that_panics_leaves_its_intents_behind() {
        let room = Room::new(6, 10);
        room.at_desk(|mut desk, ledger| {
            let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                hands::work(&mut desk, 2, |task| match task {
                    Task::Post(batch, _) if places(&batch) == [0, 1] => panic!("on purpose"),
                    Task::Post(batch, _) => accepted(batch),
                    Task::Ask(_) => panic!("nothing is unknown"),
                })
            }));
            assert!(ended.is_err());
            let open = unsettled(ledger);
            assert_eq!(open[..2], ["00", "01"]);
            let sent = ledger.sent("care-offices").unwrap().len();
            assert_eq!((open.len(), sent % 2), (2, 0), "{open:?}, {sent} accepted");
        });
    }

    #[test]
    fn a_run_that_is_stopped_takes_in_what_is_away_and_begins_nothing() {
        let mut room = Room::new(8, 10);
        let stop = Stop::default();
        room.service = room.service.heeding(stop.clone());
        room.at_desk(|mut desk, ledger| {
            let mut out = batches(desk.turn(NO_NEWS, 3).unwrap()).into_iter();
            let [first, second, third] = [(); 3].map(|()| out.next().unwrap());
            let again = batches(desk.turn(vec![busy(first)], 1).unwrap()).remove(0);
            stop.ask();
            // The one hand was waiting to post again, the other waits for its answer.
            let news = vec![Report::CalledOff(again), accepted(second)];
            assert!(desk.turn(news, 2).unwrap().is_empty());
            // What is unknown is asked about all the same, and not sent again.
            let tasks = desk.turn(vec![lost(third)], 3).unwrap();
            assert!(matches!(tasks[..], [Task::Ask(_)]), "{tasks:?}");
            assert!(desk.turn(vec![holds(&room, &[4])], 3).unwrap().is_empty());
            assert_eq!(unsettled(ledger), [] as [&str; 0]);
            let mut expected = vec![NotSent, NotSent, Accepted, Accepted, Accepted];
            expected.extend(vec![NotSent; 3]);
            assert_eq!(desk.close().unwrap(), expected);
        });
    }

    #[test]
    fn a_run_that_has_given_up_sends_nothing_of_the_next_collection() {
        let room = Room::new(2, 0);
        room.at_desk(|mut desk, _| {
            let out = batches(desk.turn(NO_NEWS, 1).unwrap());
            let news = out.into_iter().map(busy).collect();
            assert!(desk.turn(news, 1).unwrap().is_empty());
        });
        room.at_desk(|mut desk, ledger| {
            assert!(desk.turn(NO_NEWS, 1).unwrap().is_empty());
            assert_eq!(unsettled(ledger), [] as [&str; 0]);
            assert_eq!(desk.close().unwrap(), [const { End::NotSent }; 2]);
        });
    }
}
