//! What helpers recorded, and what of it is handed out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::calendar::{Day, HourMinute, Month, Span};

/// Something recorded by a helper, approved by the manager or not yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actual {
    /// The office number.
    pub office: String,
    /// Whose visit or add-on it is.
    pub client: ClientNumbers,
    /// The service code, six characters.
    pub service_code: String,
    /// Whether the manager approved it. Only then it is handed out.
    pub approved: bool,
    /// What was recorded.
    #[serde(flatten)]
    pub work: Work,
}

/// A visit or an add-on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Work {
    /// A visit.
    Visit {
        /// The day it started.
        date: Day,
        /// When it should have been; none for an unplanned visit.
        planned: Option<Span>,
        /// When it was.
        recorded: Span,
    },
    /// An add-on.
    AddOn {
        /// Its day, if it has one.
        date: Option<Day>,
        /// The time of its visit, if it goes with one.
        recorded: Option<Span>,
    },
}

/// The two numbers that name a client.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ClientNumbers {
    /// 保険者番号, 6 characters.
    pub insurer_number: String,
    /// 被保険者番号, 10 characters.
    pub insured_number: String,
}

/// A month's actuals, ready to be handed out page by page.
///
/// What is not approved is only counted: it cannot be handed out, because it is not here.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct MonthActuals {
    pub(super) snapshot: u64,
    pub(super) visits: Vec<Visit>,
    pub(super) add_ons: Vec<AddOn>,
    pub(super) unapproved: Vec<Unapproved>,
}

/// An approved visit as the contract writes it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Visit {
    id: String,
    office: String,
    client: ClientNumbers,
    date: Day,
    #[serde(skip_serializing_if = "Option::is_none")]
    planned_start: Option<HourMinute>,
    #[serde(skip_serializing_if = "Option::is_none")]
    planned_end: Option<HourMinute>,
    start: HourMinute,
    end: HourMinute,
    service_code: String,
    approved_at: String,
}

/// An approved add-on as the contract writes it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct AddOn {
    id: String,
    office: String,
    client: ClientNumbers,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<Day>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<HourMinute>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<HourMinute>,
    service_code: String,
    approved_at: String,
}

/// How many of a client's visits wait for approval.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Unapproved {
    client: ClientNumbers,
    visits: u64,
}

impl MonthActuals {
    pub(super) const EMPTY: Self = Self {
        snapshot: 0,
        visits: Vec::new(),
        add_ons: Vec::new(),
        unapproved: Vec::new(),
    };

    /// Sorts out what may be handed out. Ids count the unapproved too, so that a later approval
    /// does not rename the rest.
    pub(super) fn of(month: Month, recorded: Vec<Actual>) -> Self {
        let mut sorted = Self::EMPTY;
        let mut waiting = BTreeMap::new();
        let (mut visits, mut add_ons) = (0, 0);
        for actual in recorded {
            match actual.work {
                Work::Visit {
                    date,
                    planned,
                    recorded,
                } => {
                    visits += 1;
                    if actual.approved {
                        sorted
                            .visits
                            .push(Visit::of(visits, actual, date, planned, recorded));
                    } else {
                        *waiting.entry(actual.client).or_insert(0) += 1;
                    }
                }
                Work::AddOn { date, recorded } => {
                    add_ons += 1;
                    if actual.approved {
                        sorted
                            .add_ons
                            .push(AddOn::of(add_ons, actual, date, recorded, month));
                    }
                }
            }
        }
        let unapproved = |(client, visits)| Unapproved { client, visits };
        sorted.unapproved = waiting.into_iter().map(unapproved).collect();
        sorted
    }
}

impl Visit {
    fn of(number: u64, actual: Actual, date: Day, planned: Option<Span>, recorded: Span) -> Self {
        Self {
            id: format!("v-{number:06}"),
            office: actual.office,
            client: actual.client,
            date,
            planned_start: planned.map(|span| span.start),
            planned_end: planned.map(|span| span.end),
            start: recorded.start,
            end: recorded.end,
            service_code: actual.service_code,
            approved_at: evening_after(date),
        }
    }
}

impl AddOn {
    fn of(
        number: u64,
        actual: Actual,
        date: Option<Day>,
        recorded: Option<Span>,
        month: Month,
    ) -> Self {
        Self {
            id: format!("a-{number:06}"),
            office: actual.office,
            client: actual.client,
            date,
            start: recorded.map(|span| span.start),
            end: recorded.map(|span| span.end),
            service_code: actual.service_code,
            approved_at: evening_after(date.unwrap_or_else(|| month.last_day())),
        }
    }
}

/// The manager approves on the day after the visit, at six in the evening.
fn evening_after(day: Day) -> String {
    format!("{}T18:00:00+09:00", day.next())
}
