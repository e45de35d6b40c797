//! The protocol of one batch, without threads, clock or ledger: an answer goes in, what is
//! settled by it and what must happen next come out.
//!
//! ```text
//!            ┌──────── Again: not received, or asked about and not there ────────┐
//!            v                                                                   │
//!   post ── Received ── every item has a verdict ─────────────────────────> Done │
//!     │        ├─────── a verdict is missing ───────> Ask ── all of it held ┘ ───┤
//!     ├── Unknown ──────────────────────────────────> Ask                        │
//!     │        └─────── nothing open but conflicts ─> Disputed (asked at the end)│
//!     ├── NotReceived ───────────────────────────────────────────────────────────┘
//!     └── RefusedWhole ── Halves, or the one bad item is rejected ────────> Done
//! ```
//!
//! A conflict is no verdict before the service was asked what it holds: our own earlier
//! attempt may have arrived after all, and then the version that is in the way is ours.

use std::collections::{BTreeMap, HashMap};

use crate::ledger::{Intent, Settled};
use crate::payload::Held;
use crate::service::retry::Failure;
use crate::service::{Posted, Rejection, Status, Verdict};

use super::End;

/// A batch of which something is not settled yet.
#[derive(Debug)]
pub struct Batch {
    /// What is open, in the order in which it is sent.
    open: BTreeMap<usize, Open>,
    attempt: u32,
    arrival: Arrival,
}

/// An item without a final verdict.
#[derive(Debug)]
struct Open {
    intent: Intent,
    /// The service has called it a conflict.
    disputed: bool,
}

/// Whether an earlier attempt may arrive, or have arrived, without our knowing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Arrival {
    Impossible,
    Possible,
}

/// What an answer has brought.
#[derive(Debug)]
pub struct Step {
    /// What is settled now.
    pub settled: Vec<Settlement>,
    /// What must happen to the rest.
    pub next: Next,
}

/// An item with its outcome.
#[derive(Debug, PartialEq, Eq)]
pub struct Settlement {
    /// The item's place in the list of all.
    pub at: usize,
    /// Its intent.
    pub intent: Intent,
    /// What the ledger says of it.
    pub settled: Settled,
    /// What the account says of it.
    pub end: End,
}

/// What must happen to what is left of a batch.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing: nothing is left.
    Done,
    /// Nothing now: the service says that somebody was faster. It is asked at the end.
    Disputed,
    /// Nobody knows whether it has arrived: the service is asked before anything else.
    Ask(Failure),
    /// It has not arrived and may be posted again.
    Again(Failure),
    /// It was refused whole and is settled; each half is tried as a batch of its own.
    Halves(Vec<usize>, Vec<usize>),
}

impl Batch {
    /// A batch whose intents are on disk; each with its place in the list of all items.
    pub fn new(intended: impl IntoIterator<Item = (usize, Intent)>) -> Self {
        let open = intended.into_iter().map(|(at, intent)| {
            let disputed = false;
            (at, Open { intent, disputed })
        });
        Self {
            open: open.collect(),
            attempt: 1,
            arrival: Arrival::Impossible,
        }
    }

    /// How often it was posted, or is about to be.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// What is open: each item's place, and its intent.
    pub fn open(&self) -> impl Iterator<Item = (usize, &Intent)> {
        self.open.iter().map(|(at, open)| (*at, &open.intent))
    }

    /// Takes the answer to a post.
    pub fn posted(&mut self, posted: Posted) -> Step {
        match posted {
            Posted::Received(verdicts) => {
                let settled = self.take(verdicts);
                let missing = self.open.values().any(|open| !open.disputed);
                let next = match (missing, self.open.is_empty()) {
                    (true, _) => {
                        self.arrival = Arrival::Possible;
                        Next::Ask(Failure::Connection)
                    }
                    (false, true) => Next::Done,
                    (false, false) => Next::Disputed,
                };
                Step { settled, next }
            }
            Posted::RefusedWhole { status } => self.split(status),
            Posted::NotReceived(failure) => Step {
                settled: Vec::new(),
                next: Next::Again(failure),
            },
            Posted::Unknown(failure) => {
                self.arrival = Arrival::Possible;
                Step {
                    settled: Vec::new(),
                    next: Next::Ask(failure),
                }
            }
        }
    }

    /// Takes the answer to the question what the service holds. What it holds just so was
    /// accepted, whichever attempt brought it there; what it calls a conflict is one now.
    pub fn asked(&mut self, held: &HashMap<String, Held>) -> Step {
        let mut settled = Vec::new();
        let mut missing = BTreeMap::new();
        for (at, open) in std::mem::take(&mut self.open) {
            let ours = held
                .get(&open.intent.key)
                .filter(|held| held.is(&open.intent.digest));
            match ours {
                Some(held) => {
                    let revision = held.revision.clone();
                    settled.push(Settlement {
                        at,
                        intent: open.intent,
                        settled: Settled::Accepted { revision },
                        end: End::Accepted,
                    });
                }
                None if open.disputed => settled.push(Settlement {
                    at,
                    intent: open.intent,
                    settled: Settled::Conflict,
                    end: End::Conflict,
                }),
                None => drop(missing.insert(at, open)),
            }
        }
        self.open = missing;
        let next = if self.open.is_empty() {
            Next::Done
        } else {
            Next::Again(Failure::Connection)
        };
        Step { settled, next }
    }

    /// It is posted once more.
    pub fn again(&mut self) {
        self.attempt += 1;
    }

    /// What has not arrived is not sent again in this run.
    pub fn give_up(self) -> Vec<Settlement> {
        let settled = self.not_there();
        let end = |(at, open): (usize, Open)| Settlement {
            at,
            intent: open.intent,
            settled: settled.clone(),
            end: End::NotSent,
        };
        self.open.into_iter().map(end).collect()
    }

    /// What the ledger says of items that are not there.
    fn not_there(&self) -> Settled {
        match self.arrival {
            Arrival::Impossible => Settled::NotReceived,
            Arrival::Possible => Settled::NotFound,
        }
    }

    /// Enters verdicts, whatever their order. Items without one stay open; a verdict on an
    /// item that is not open (a doubled one) is passed over.
    fn take(&mut self, verdicts: Vec<Verdict>) -> Vec<Settlement> {
        let places: HashMap<String, usize> = self
            .open
            .iter()
            .map(|(at, open)| (open.intent.key.clone(), *at))
            .collect();
        let mut taken = Vec::with_capacity(verdicts.len());
        for verdict in verdicts {
            let Some(at) = places.get(&verdict.key).copied() else {
                continue;
            };
            let (settled, end) = match verdict.status {
                Status::Accepted { revision } => (Settled::Accepted { revision }, End::Accepted),
                Status::Rejected(reasons) => (Settled::Rejected, End::Rejected(reasons)),
                Status::Conflict => {
                    if let Some(open) = self.open.get_mut(&at) {
                        open.disputed = true;
                    }
                    continue;
                }
            };
            taken.extend(self.open.remove(&at).map(|open| Settlement {
                at,
                intent: open.intent,
                settled,
                end,
            }));
        }
        taken
    }

    /// A batch that is refused whole is halved until the bad items are alone.
    fn split(&mut self, status: u16) -> Step {
        let batch: Vec<usize> = self.open.keys().copied().collect();
        let (settled, end, next) = if batch.len() > 1 {
            let (first, second) = batch.split_at(batch.len() / 2);
            let halves = Next::Halves(first.to_vec(), second.to_vec());
            (self.not_there(), End::NotSent, halves)
        } else {
            let refused = Rejection {
                pointer: String::new(),
                code: status.to_string(),
                message: "Care-wingがこの一件を丸ごと断りました".to_owned(),
            };
            (Settled::Rejected, End::Rejected(vec![refused]), Next::Done)
        };
        let open = std::mem::take(&mut self.open);
        let settle = |(at, open): (usize, Open)| Settlement {
            at,
            intent: open.intent,
            settled: settled.clone(),
            end: end.clone(),
        };
        Step {
            settled: open.into_iter().map(settle).collect(),
            next,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::Digest;
    use crate::payload::Content;

    fn digest(key: &str) -> Digest {
        Digest::of(key.as_bytes())
    }

    /// A batch of items `a`, `b`, … at places 0, 1, …
    fn batch(keys: &[&str]) -> Batch {
        Batch::new(keys.iter().enumerate().map(|(at, key)| {
            let intent = Intent {
                id: i64::try_from(at).unwrap(),
                collection: "clients".to_owned(),
                key: (*key).to_owned(),
                digest: digest(key),
            };
            (at, intent)
        }))
    }

    fn accepted(key: &str) -> Verdict {
        Verdict {
            key: key.to_owned(),
            status: Status::Accepted {
                revision: format!("r-{key}"),
            },
        }
    }

    fn conflict(key: &str) -> Verdict {
        Verdict {
            key: key.to_owned(),
            status: Status::Conflict,
        }
    }

    /// What the service holds: keys with the contents that we would send for another key.
    fn held(items: &[(&str, &str)]) -> HashMap<String, Held> {
        let held = items.iter().map(|(key, content)| {
            let held = Held {
                revision: format!("r-{key}"),
                content: Content::Comparable(digest(content)),
                body: None,
            };
            ((*key).to_owned(), held)
        });
        held.collect()
    }

    /// The settled places with what the ledger and the account say of them.
    fn said(settled: &[Settlement]) -> Vec<(usize, &Settled, &End)> {
        settled
            .iter()
            .map(|settlement| (settlement.at, &settlement.settled, &settlement.end))
            .collect()
    }

    fn is_accepted(settlement: &Settlement) -> bool {
        let revision = format!("r-{}", settlement.intent.key);
        settlement.settled == Settled::Accepted { revision } && settlement.end == End::Accepted
    }

    fn open(batch: &Batch) -> Vec<usize> {
        batch.open().map(|(at, _)| at).collect()
    }

    #[test]
    fn verdicts_count_by_key_once_and_in_any_order() {
        let mut batch = batch(&["a", "b", "c"]);
        let verdicts = vec![
            accepted("c"),
            accepted("a"),
            accepted("a"),
            accepted("stranger"),
            accepted("b"),
        ];
        let step = batch.posted(Posted::Received(verdicts));
        assert_eq!(step.next, Next::Done);
        assert!(step.settled.iter().all(is_accepted));
        let places: Vec<usize> = step.settled.iter().map(|settled| settled.at).collect();
        assert_eq!(places, [2, 0, 1]);
    }

    #[test]
    fn a_missing_verdict_is_asked_about_and_only_that_item_goes_again() {
        let mut batch = batch(&["a", "b", "c"]);
        let step = batch.posted(Posted::Received(vec![accepted("b")]));
        assert_eq!(step.next, Next::Ask(Failure::Connection));
        let step = batch.asked(&held(&[("c", "c"), ("a", "something else")]));
        assert_eq!(step.next, Next::Again(Failure::Connection));
        assert!(is_accepted(&step.settled[0]));
        assert_eq!((step.settled[0].at, open(&batch)), (2, vec![0]));
    }

    #[test]
    fn what_was_certainly_not_received_goes_again_without_a_question() {
        let busy = Failure::of_status(429, None).unwrap();
        let mut batch = batch(&["a", "b"]);
        let step = batch.posted(Posted::NotReceived(busy.clone()));
        assert_eq!((step.settled, step.next), (vec![], Next::Again(busy)));
        // It cannot arrive any more, so nobody needs to look for it later.
        let given_up = batch.give_up();
        let expected = (&Settled::NotReceived, &End::NotSent);
        assert_eq!(
            said(&given_up),
            [(0, expected.0, expected.1), (1, expected.0, expected.1)]
        );
    }

    #[test]
    fn what_was_asked_about_and_not_found_stays_in_doubt() {
        let mut batch = batch(&["a"]);
        let broken = Failure::Connection;
        assert_eq!(
            batch.posted(Posted::Unknown(broken.clone())).next,
            Next::Ask(broken.clone())
        );
        assert_eq!(batch.asked(&held(&[])).next, Next::Again(broken.clone()));
        // Even where a later attempt has certainly not arrived.
        batch.again();
        assert_eq!(batch.attempt(), 2);
        batch.posted(Posted::NotReceived(broken));
        assert_eq!(
            said(&batch.give_up()),
            [(0, &Settled::NotFound, &End::NotSent)]
        );
    }

    #[test]
    fn a_conflict_with_our_own_late_batch_is_an_acceptance() {
        let mut batch = batch(&["a", "b"]);
        batch.posted(Posted::Unknown(Failure::Connection));
        batch.asked(&held(&[]));
        batch.again();
        // The first attempt arrives now, before the second.
        let step = batch.posted(Posted::Received(vec![conflict("a"), conflict("b")]));
        assert_eq!((step.settled, step.next), (vec![], Next::Disputed));
        let step = batch.asked(&held(&[("a", "a"), ("b", "what somebody wrote")]));
        assert_eq!(step.next, Next::Done);
        assert!(is_accepted(&step.settled[0]));
        assert_eq!(
            said(&step.settled[1..]),
            [(1, &Settled::Conflict, &End::Conflict)]
        );
    }

    #[test]
    fn a_conflict_beside_a_missing_verdict_is_settled_by_the_same_question() {
        let mut batch = batch(&["a", "b"]);
        let step = batch.posted(Posted::Received(vec![conflict("a")]));
        assert_eq!(step.next, Next::Ask(Failure::Connection));
        // Held by nobody: it was there when the batch was judged and has gone since.
        let step = batch.asked(&held(&[]));
        assert_eq!(
            said(&step.settled),
            [(0, &Settled::Conflict, &End::Conflict)]
        );
        assert_eq!(
            (step.next, open(&batch)),
            (Next::Again(Failure::Connection), vec![1])
        );
    }

    #[test]
    fn a_batch_that_is_refused_whole_is_halved_until_one_is_alone() {
        let mut three = batch(&["a", "b", "c"]);
        let step = three.posted(Posted::RefusedWhole { status: 422 });
        assert_eq!(step.next, Next::Halves(vec![0], vec![1, 2]));
        assert_eq!(step.settled.len(), 3);
        let not_received = |settled: &Settlement| settled.settled == Settled::NotReceived;
        assert!(step.settled.iter().all(not_received));

        let mut one = batch(&["a"]);
        let step = one.posted(Posted::RefusedWhole { status: 422 });
        assert_eq!(step.next, Next::Done);
        assert_eq!(step.settled[0].settled, Settled::Rejected);
        let End::Rejected(reasons) = &step.settled[0].end else {
            panic!("{:?}", step.settled[0].end);
        };
        assert_eq!(reasons[0].code, "422");
    }

    #[test]
    fn halves_of_a_batch_that_may_arrive_late_are_looked_for_later() {
        let mut batch = batch(&["a", "b"]);
        batch.posted(Posted::Unknown(Failure::Connection));
        batch.asked(&held(&[]));
        let step = batch.posted(Posted::RefusedWhole { status: 413 });
        let not_found = |settled: &Settlement| settled.settled == Settled::NotFound;
        assert!(step.settled.iter().all(not_found));
    }
}
