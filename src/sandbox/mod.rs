//! A stand-in for Care-wing: a small web service on loopback that keeps the published contract.
//!
//! It exists for the demo, for training and for tests. What comes in are HTTP calls as
//! `mappings/carewing/openapi.json` describes them; what goes out are the answers a well-behaved
//! service would give, or, when told to, those of a badly behaved one. It listens
//! on 127.0.0.1 only, it looks at no calendar, and the same [`Options::seed`] gives the same
//! answers.
//!
//! A call passes, in this order:
//!
//! 1. `line`: the TCP connection, which can be cut on purpose, or spoken into (`speech`);
//! 2. `door`: log, faults, rate, key and device, idempotency;
//! 3. `routes` and `calls`: the table of calls and what each does;
//! 4. `batch` and `rules` when something is registered, `paging` when it is read;
//! 5. `state`: what the service holds, saved by `keep` if a folder was given.
//!
//! Beside that way stand `play`, which turns plans into actuals as helpers and a manager
//! would, and `control`, the calls under `/sandbox/` for people who run it by hand.
//!
//! **Invariant:** nothing here imports another part of the crate. The sandbox and the program that
//! talks to it must agree through the contract only, or a test between them would prove nothing.

mod options;
mod running;
mod line;
mod speech;
mod door;
mod log;
mod rate;
mod idempotency;
mod mischief;
mod faults;
mod refusal;
mod routes;
mod calls;
mod batch;
mod items;
mod rules;
mod paging;
mod service;
mod state;
mod shelf;
mod collection;
mod content;
mod actuals;
mod play;
mod fate;
mod calendar;
mod dice;
mod keep;
mod control;

pub use actuals::{Actual, ClientNumbers, Work};
pub use calendar::{Day, HourMinute, Month, Span, Unreadable};
pub use collection::Collection;
pub use log::Recorded;
pub use mischief::{Fault, FaultKind, Member, Mischief};
pub use options::{Clock, Idempotency, Options, Origin};
pub use play::{Play, Played};
pub use routes::{OPENAPI, ROUTES, Route};
pub use running::{Running, start};
pub use service::ControlError;
pub use shelf::Held;
