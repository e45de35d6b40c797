//! Helpers and a manager at work: a month's plans become actuals.

use serde::{Deserialize, Serialize};

use super::actuals::{Actual, ClientNumbers, Work};
use super::calendar::{HourMinute, Month, Span};
use super::collection::Collection;
use super::dice::Dice;
use super::fate::{Fate, lifelike};
use super::items::{Item, Plan, PlanAddOn, PlanVisit};
use super::shelf::Shelf;

/// How a month is played.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Play {
    /// Some minutes early or late, a few visits missed, a few unplanned, most approved.
    ///
    /// A month of 12 visits or more has at least one that was missed, one that nobody had planned
    /// and one that is not approved.
    #[default]
    Lifelike,
    /// Every visit exactly as planned, and all approved.
    Faithful,
}

/// What was played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Played {
    /// Visits that were planned.
    pub planned: usize,
    /// Planned visits of which there is no record.
    pub missed: usize,
    /// Recorded visits that were not planned.
    pub unplanned: usize,
    /// Recorded visits that are not approved.
    pub unapproved: usize,
    /// Recorded add-ons.
    pub add_ons: usize,
}

/// What was recorded, and how many visits had been planned.
#[derive(Debug)]
pub(super) struct Recording {
    pub(super) recorded: Vec<Actual>,
    pub(super) planned: usize,
}

/// Plays a month: the same plans, play and seed give the same recording.
pub(super) fn play(plans: &Shelf, month: Month, play: Play, seed: u64) -> Recording {
    let planned = each_plan(plans, month, |plan| plan.visits.len()).sum();
    let fates = match play {
        Play::Lifelike => lifelike(planned, &mut Dice::new(seed, &month.to_string())),
        Play::Faithful => vec![Fate::default(); planned],
    };
    let mut fates = fates.into_iter();
    let record = |plan: &Plan<'_>| {
        let fates: Vec<_> = fates.by_ref().take(plan.visits.len()).collect();
        recording_of(plan, &fates)
    };
    let recorded = each_plan(plans, month, record).flatten().collect();
    Recording { recorded, planned }
}

/// What `read` finds in each plan of a month, in the order of their keys.
fn each_plan<T>(
    plans: &Shelf,
    month: Month,
    mut read: impl FnMut(&Plan<'_>) -> T,
) -> impl Iterator<Item = T> {
    plans.entries.values().filter_map(move |entry| {
        // A plan that was edited out of shape is nobody's work.
        match Item::read(Collection::Plans(month), &entry.content.unpack()) {
            Some(Item::Plan(plan)) => Some(read(&plan)),
            Some(Item::CareOffice(_) | Item::Client(_)) | None => None,
        }
    })
}

/// What a client's helpers recorded in the month.
fn recording_of(plan: &Plan<'_>, fates: &[Fate]) -> Vec<Actual> {
    let mut recorded = Vec::new();
    for (visit, fate) in plan.visits.iter().zip(fates) {
        if fate.missed {
            continue;
        }
        recorded.push(planned_visit(plan, visit, *fate));
        if fate.came_back {
            recorded.push(unplanned_visit(plan, visit));
        }
    }
    let add_ons = plan.add_ons.iter();
    recorded.extend(add_ons.filter_map(|add_on| add_on_of(plan, add_on, fates)));
    recorded
}

fn planned_visit(plan: &Plan<'_>, visit: &PlanVisit<'_>, fate: Fate) -> Actual {
    let planned = Span {
        start: visit.start,
        end: visit.end,
    };
    let recorded = drifted(planned, fate.drift);
    let work = Work::Visit {
        date: visit.date,
        planned: Some(planned),
        recorded,
    };
    actual(plan, visit.service_code, fate, work)
}

/// A second visit three hours later, or earlier if the day is over then. The manager approves it:
/// it would never be seen otherwise.
fn unplanned_visit(plan: &Plan<'_>, visit: &PlanVisit<'_>) -> Actual {
    const THREE_HOURS: i16 = 180;
    const LATE: u16 = 21 * 60;
    let span = Span {
        start: visit.start,
        end: visit.end,
    };
    let shift = if visit.start.minutes() < LATE {
        THREE_HOURS
    } else {
        -THREE_HOURS
    };
    let recorded = drifted(span, (shift, shift));
    let work = Work::Visit {
        date: visit.date,
        planned: None,
        recorded,
    };
    actual(plan, visit.service_code, Fate::default(), work)
}

/// An add-on shares the fate of the visits it goes with: those at its time, on its day or, if it
/// has neither, all of the month. One that goes with no visit is recorded as planned.
fn add_on_of(plan: &Plan<'_>, add_on: &PlanAddOn<'_>, fates: &[Fate]) -> Option<Actual> {
    let goes_with = |visit: &PlanVisit<'_>| {
        add_on.date.is_none_or(|date| date == visit.date)
            && add_on.start.is_none_or(|start| start == visit.start)
    };
    let visits = plan.visits.iter().zip(fates);
    let visits = visits
        .filter(|(visit, _)| goes_with(visit))
        .map(|(_, fate)| *fate);
    let fate = shared_fate(&visits.collect::<Vec<_>>())?;
    let planned = add_on
        .start
        .zip(add_on.end)
        .map(|(start, end)| Span { start, end });
    let recorded = planned.map(|span| drifted(span, fate.drift));
    let work = Work::AddOn {
        date: add_on.date,
        recorded,
    };
    Some(actual(plan, add_on.service_code, fate, work))
}

/// One approved visit is enough for the add-on, else one recorded visit; none if all were missed.
fn shared_fate(visits: &[Fate]) -> Option<Fate> {
    let recorded = visits.iter().filter(|fate| !fate.missed);
    match recorded.min_by_key(|fate| fate.unapproved) {
        Some(fate) => Some(*fate),
        None => visits.is_empty().then(Fate::default),
    }
}

fn actual(plan: &Plan<'_>, service_code: &str, fate: Fate, work: Work) -> Actual {
    let client = ClientNumbers {
        insurer_number: plan.client.insurer_number.to_owned(),
        insured_number: plan.client.insured_number.to_owned(),
    };
    Actual {
        office: plan.office.to_owned(),
        client,
        service_code: service_code.to_owned(),
        approved: !fate.unapproved,
        work,
    }
}

/// A span that starts and ends some minutes off. It still starts on its own day and still lasts
/// at least a minute, or an end before the start would read as one on the next day.
fn drifted(span: Span, (start_drift, end_drift): (i16, i16)) -> Span {
    const LAST_MINUTE: u16 = 24 * 60 - 1;
    let start = span
        .start
        .minutes()
        .saturating_add_signed(start_drift)
        .min(LAST_MINUTE);
    let minutes = span
        .minutes()
        .saturating_add_signed(end_drift - start_drift);
    let minutes = minutes.clamp(1, LAST_MINUTE + 1);
    Span {
        start: HourMinute::at(start),
        end: HourMinute::at(start + minutes),
    }
}

impl Played {
    pub(super) fn of(recorded: &[Actual], planned: usize) -> Self {
        let mut played = Self {
            planned,
            missed: planned,
            unplanned: 0,
            unapproved: 0,
            add_ons: 0,
        };
        for actual in recorded {
            match actual.work {
                Work::Visit { planned, .. } => {
                    played.missed -= usize::from(planned.is_some());
                    played.unplanned += usize::from(planned.is_none());
                    played.unapproved += usize::from(!actual.approved);
                }
                Work::AddOn { .. } => played.add_ons += 1,
            }
        }
        played
    }
}
