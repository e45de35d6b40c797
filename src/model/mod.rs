//! The words of care: what the records of a home-visit office are made of.
//!
//! In: text that somebody already read. Out: types that cannot hold nonsense.
//! There is no file, clock or network here, and nothing about a vendor's layout:
//! lengths, characters and meanings belong to the field, places belong to a table.

pub mod number;
pub mod code;
pub mod civil;
pub mod basics;
pub mod plan;
pub mod plan_day;
pub mod actual;
pub mod actual_day;
pub mod comparison;
pub mod choice;
pub mod field;
pub mod record;
pub mod place;

pub use actual::{Actual, ActualAddOn, ActualVisit, Unapproved};
pub use actual_day::{ActualDay, ActualDeletion, Subject};
pub use basics::{CareOffice, Client, ClientId, Copay, InsuranceCard, Sex};
pub use choice::{AddOns, Mark};
pub use civil::{CivilDate, CivilTime, ClockRange, YearMonth};
pub use code::{CareLevel, ServiceCode, ServiceType};
pub use comparison::{
    Began, ClientComparison, Closeness, Compared, Comparison, Match, MatchSums, ProRated, Slot,
    TimeLimits,
};
pub use field::{Field, Kind, List, Need, RecordKind};
pub use number::{CheckDigit, Digits, InsuredNumber, InsurerNumber, OfficeNumber};
pub use place::{FileName, Place};
pub use plan::{AddOn, DayCounts, MonthlyPlan, PlanLine, Sender, SentLine, Visit};
pub use plan_day::PlanDay;
pub use record::{Fields, Record, Value};
