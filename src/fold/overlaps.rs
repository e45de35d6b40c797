//! Visits to one client at the same time, though nobody had planned them so.
//!
//! Nobody can be washed by one helper while another one cooks and both be billed as if they had
//! come one after the other. What the plan itself lays side by side (two helpers, two lines of
//! one time) is as it was meant.

use crate::finding::{Code, Finding};
use crate::model::{Began, ClientComparison, ClockRange, Compared, FileName, Place, Slot};
use crate::table::services::is_for_two;

/// Marks the visits of a client that overlap, whichever of our offices made them, and says so of
/// each that began while another one went on.
pub fn find(client: &mut ClientComparison, file: &FileName) -> Vec<Finding> {
    let mut began: Vec<usize> = (0..client.visits.len())
        .filter(|at| client.visits[*at].actual.is_some())
        .collect();
    began.sort_by_key(|at| client.visits[*at].span());
    let mut findings = Vec::new();
    // Those that may still go on when the next one begins: rarely more than one.
    let mut going_on: Vec<usize> = Vec::new();
    for at in began {
        let (start, _) = client.visits[at].span();
        going_on.retain(|other| client.visits[*other].span().1 > start);
        let unmeant = |other: &&usize| !is_meant(client, **other, at);
        let with: Vec<usize> = going_on.iter().filter(unmeant).copied().collect();
        if let Some(first) = with.first() {
            findings.push(said(client, at, *first, file));
        }
        for overlapping in with.iter().chain((!with.is_empty()).then_some(&at)) {
            client.visits[*overlapping].overlaps = true;
        }
        going_on.push(at);
    }
    findings
}

fn said(client: &ClientComparison, at: usize, other: usize, file: &FileName) -> Finding {
    let visit = &client.visits[at];
    let in_words = |slot: Option<Slot>| {
        let slot = slot.map(|of| format!("{} {}", of.hours.in_words(), of.code));
        slot.unwrap_or_default()
    };
    Finding::new(Code::VisitsOverlap, Place::file(file.clone()))
        .of(client.client, client.name.as_str())
        .value(format!("{} {}", visit.date, in_words(visit.actual)))
        .detail(format!(
            "重なる実績 {}",
            in_words(client.visits[other].actual)
        ))
}

/// Whether two visits were meant to overlap: the plan has them so, or their service is one of two
/// helpers, each of whom records it.
fn is_meant(client: &ClientComparison, one: usize, other: usize) -> bool {
    let (one, other) = (&client.visits[one], &client.visits[other]);
    let planned = |visit: &Compared| {
        let slot = visit.planned?;
        Some(visit.minutes(slot.hours, Began::OnTheDay))
    };
    if let (Some(one), Some(other)) = (planned(one), planned(other)) {
        return one.0 < other.1 && other.0 < one.1;
    }
    let code = |visit: &Compared| visit.actual.map(|slot| slot.code);
    let name = code(one).and_then(|code| client.services.get(&code));
    code(one) == code(other) && name.is_some_and(|name| is_for_two(name))
}

/// A moment, in minutes since the day before the month began.
type Moment = i32;

impl Compared {
    /// When the actual visit begins and ends; for one that did not take place, no time at all.
    fn span(&self) -> (Moment, Moment) {
        self.actual
            .map_or((0, 0), |slot| self.minutes(slot.hours, self.began))
    }

    fn minutes(&self, hours: ClockRange, began: Began) -> (Moment, Moment) {
        const DAY: i32 = 24 * 60;
        let day = i32::try_from(self.date.day()).expect("a month has 31 days");
        let start = day * DAY + began.minutes(hours.start());
        (start, start + i32::from(hours.minutes()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Case, client, line, visit};
    use crate::check::samples::said;
    use crate::model::{ActualVisit, Compared, Match, PlanLine};
    use proptest::prelude::*;

    /// `9:05-9:35` on a day, from the minute of its start and its length.
    fn at(number: usize, day: u32, start: u32, length: u32) -> ActualVisit {
        let clock = |minutes: u32| format!("{}:{:02}", minutes / 60 % 24, minutes % 60);
        let times = format!("{}-{}", clock(start), clock(start + length));
        visit(&format!("v{number}"), day, &times, "111111")
    }

    proptest! {
        /// The law, without any cleverness: whoever shares a minute with another one is marked,
        /// and nobody else; and who began while another one went on is said, once.
        #[test]
        fn just_those_are_marked_that_share_a_minute(
            visits in proptest::collection::vec((1_u32..4, 0_u32..1440, 1_u32..600), 0..12)
        ) {
            let records = visits.iter().enumerate();
            let records = records.map(|(number, (day, start, length))| at(number, *day, *start, *length));
            let folded = Case::new(Vec::new(), records.collect()).fold();
            let said = said(&folded.findings);
            let said = said.iter().filter(|line| line.starts_with("A623")).count();
            let Some(client) = folded.comparison.clients.first() else {
                return Ok(());
            };
            let spans: Vec<_> = client.visits.iter().map(Compared::span).collect();
            let shares = |one: usize, other: usize| {
                one != other && spans[one].0 < spans[other].1 && spans[other].0 < spans[one].1
            };
            let all = 0..spans.len();
            for one in all.clone() {
                let marked = client.visits[one].overlaps;
                prop_assert_eq!(marked, all.clone().any(|other| shares(one, other)));
            }
            let mut order: Vec<usize> = all.collect();
            order.sort_by_key(|at| spans[*at]);
            let late = (0..order.len())
                .filter(|at| order[..*at].iter().any(|other| shares(order[*at], *other)));
            prop_assert_eq!(said, late.count());
        }
    }

    /// How each visit of a month is called, and what is said of overlaps.
    fn folded(planned: Vec<PlanLine>, visits: Vec<ActualVisit>) -> (Vec<Match>, Vec<String>) {
        let folded = Case::new(planned, visits).fold();
        let visits = &folded.comparison.clients[0].visits;
        let mut said = said(&folded.findings);
        said.retain(|line| line.starts_with("A623"));
        (visits.iter().map(Compared::kind).collect(), said)
    }

    #[test]
    fn visits_that_overlap_are_looked_at_though_each_is_near_its_plan() {
        let (kinds, said) = folded(
            vec![
                line("111111", "9:00-9:30", &[5, 6]),
                line("117211", "9:30-10:15", &[5, 6]),
            ],
            vec![
                visit("v1", 5, "9:00-9:33", "111111"),
                visit("v2", 5, "9:30-10:15", "117211"),
                visit("v3", 6, "9:00-9:30", "111111"),
                visit("v4", 6, "9:30-10:15", "117211"),
            ],
        );
        assert_eq!(
            kinds,
            [
                Match::TimeDoubtful,
                Match::TimeDoubtful,
                Match::AsPlanned,
                Match::AsPlanned
            ]
        );
        assert_eq!(
            said,
            ["A623 「2026-10-05 09:30〜10:15 117211」 重なる実績 09:00〜09:33 111111"]
        );
    }

    #[test]
    fn what_the_plan_lays_side_by_side_is_as_it_was_meant() {
        let together = vec![
            visit("v1", 5, "9:00-9:30", "111111"),
            visit("v2", 5, "9:02-9:31", "111111"),
        ];
        let (kinds, said) = folded(vec![line("111111", "9:00-9:30", &[5, 5])], together.clone());
        assert_eq!((kinds, said.len()), (vec![Match::AsPlanned; 2], 0));
        let (kinds, said) = folded(vec![line("111111", "9:00-9:30", &[5])], together);
        assert_eq!(kinds, [Match::TimeDoubtful, Match::Unplanned]);
        assert_eq!(said.len(), 1, "{said:?}");
    }

    #[test]
    fn two_helpers_of_one_code_record_one_visit() {
        let planned = line("111121", "9:00-9:30", &[5]);
        let (kinds, said) = folded(
            vec![planned],
            vec![
                visit("v1", 5, "9:00-9:30", "111121"),
                visit("v2", 5, "9:00-9:30", "111121"),
            ],
        );
        assert!(kinds.contains(&Match::AsPlanned), "{kinds:?}");
        assert_eq!(said, [""; 0]);
    }

    #[test]
    fn a_visit_over_midnight_reaches_into_the_next_day() {
        let (_, said) = folded(
            Vec::new(),
            vec![
                visit("v1", 5, "23:30-0:30", "111111"),
                visit("v2", 6, "0:20-0:50", "111111"),
                visit("v3", 6, "0:50-1:20", "111111"),
            ],
        );
        assert_eq!(said.len(), 1, "{said:?}");
    }

    #[test]
    fn two_of_our_offices_cannot_be_there_at_once() {
        let other = "1370100024";
        let mut theirs = visit("v2", 5, "9:10-9:40", "111111");
        theirs.office = crate::check::samples::office_number(other);
        let mut case = Case::new(
            Vec::new(),
            vec![visit("v1", 5, "9:00-9:30", "111111"), theirs],
        );
        case.offices
            .push(crate::check::samples::office_number(other));
        let folded = case.fold();
        let found = said(&folded.findings);
        assert!(
            found.iter().any(|line| line.starts_with("A623")),
            "{found:?}"
        );
        assert_eq!(folded.comparison.clients.len(), 1);
        assert_eq!(folded.comparison.clients[0].client, client(1));
    }
}
