//! A client's visits beside each other, and beside what others do for the client.

use std::collections::BTreeSet;

use crate::finding::{Code, Remark};
use crate::model::{CivilDate, ClockRange, OfficeNumber, ServiceCode};
use crate::table::{Class, Service};

use super::subject::{Month, OtherDay, Subject, Visit};

/// A visit of 訪問介護, ours or another provider's.
#[derive(Debug, Clone, Copy)]
struct Spell<'a> {
    /// First minute and the one after the last, from the midnight that opens the month.
    span: (u32, u32),
    office: OfficeNumber,
    code: ServiceCode,
    hours: ClockRange,
    date: CivilDate,
    service: Option<&'a Service>,
    /// The visit, where it is ours.
    ours: Option<&'a Visit<'a>>,
}

/// All visits of the client's month in the order of their times.
fn spells<'a>(subject: &'a Subject<'a>, month: &Month<'a>) -> Vec<Spell<'a>> {
    let ours = subject.visits.iter().map(|visit| Spell {
        span: visit.span(),
        office: visit.office,
        code: visit.code,
        hours: visit.hours,
        date: visit.date,
        service: visit.service,
        ours: Some(visit),
    });
    let insurer = subject.client.client.insurer;
    let others = subject
        .others
        .iter()
        .filter(|of| of.code.service_type().is_a_home_visit());
    let others = others.filter_map(|of| {
        let service = month.services.find(of.code, insurer, month.month);
        Some(Spell {
            span: span(of, of.hours?),
            office: of.office,
            code: of.code,
            hours: of.hours?,
            date: of.date,
            service,
            ours: None,
        })
    });
    let mut spells: Vec<Spell<'a>> = ours.chain(others).collect();
    spells.sort_by_key(|of| (of.span, of.office, of.code));
    spells
}

fn span(of: &OtherDay, hours: ClockRange) -> (u32, u32) {
    const DAY: u32 = 24 * 60;
    let start = (of.date.day() - 1) * DAY + u32::from(hours.start().minutes());
    (start, start + u32::from(hours.minutes()))
}

/// C703: between two visits there are two hours.
pub(super) fn two_hours(subject: &Subject<'_>, month: &Month<'_>) -> Vec<Remark> {
    let rule = &month.table.two_hours;
    let exempt_days = subject.days_with(&rule.exempt_add_ons);
    let counts = |of: &Spell<'_>| {
        let is_exempt = of.service.is_some_and(|service| {
            service.class != Class::Visit
                || service
                    .traits
                    .below
                    .is_some_and(|below| below <= rule.exempt_below)
                || rule
                    .exempt_services
                    .iter()
                    .any(|word| service.name.contains(word.as_str()))
        });
        let is_national = !of.code.service_type().is_defined_by_the_insurer();
        is_national && !is_exempt && !exempt_days.contains(&of.date.day())
    };
    let mut spells = spells(subject, month);
    spells.retain(counts);
    let mut remarks = Vec::new();
    let mut last: Option<Spell<'_>> = None;
    for next in spells {
        if let Some(before) = last
            && let Some(visit) = next.ours.or(before.ours)
            && let Some(gap) = next.span.0.checked_sub(before.span.1)
            && gap < rule.minutes
        {
            let sum = before.hours.minutes() + next.hours.minutes();
            let said = format!(
                "{}と{}の間は{gap}分です(あわせて{sum}分)",
                of_a_day(&before),
                next.hours.in_words()
            );
            remarks.push(subject.remark_on(Code::WithinTwoHours, visit, said));
        }
        // What lies within a longer one leaves its end as it is.
        last = match last {
            Some(before) if before.span.1 > next.span.1 => Some(before),
            _ => Some(next),
        };
    }
    remarks
}

/// C704: a client is visited once at a time, but for two helpers who are meant to come together.
pub(super) fn overlap(subject: &Subject<'_>, month: &Month<'_>) -> Vec<Remark> {
    let spells = spells(subject, month);
    let mut remarks = Vec::new();
    for (at, one) in spells.iter().enumerate() {
        let begun = |other: &&Spell<'_>| other.span.0 < one.span.1;
        for other in spells[at + 1..].iter().take_while(begun) {
            let visit = other.ours.or(one.ours);
            let together = is_for_two(one) || is_for_two(other) || is_one_line(one, other);
            let Some(visit) = visit.filter(|_| !together) else {
                continue;
            };
            let said = format!(
                "{}と重なります",
                of_a_day(if other.ours.is_some() { one } else { other })
            );
            remarks.push(subject.remark_on(Code::VisitsShareTime, visit, said));
        }
    }
    remarks
}

fn is_for_two(spell: &Spell<'_>) -> bool {
    spell.service.is_some_and(|of| of.traits.helpers == Some(2))
}

/// Whether both are counts of one line: two helpers whom the plan has side by side.
fn is_one_line(one: &Spell<'_>, other: &Spell<'_>) -> bool {
    (one.office, one.code, one.span) == (other.office, other.code, other.span)
}

/// `5日の09:00〜09:30(事業所 1370100024)`
fn of_a_day(spell: &Spell<'_>) -> String {
    let (day, hours) = (spell.date.day(), spell.hours.in_words());
    format!("{day}日の{hours}(事業所 {})", spell.office)
}

/// C705: nobody is visited who is in a home for some days, or at a day service for some hours.
pub(super) fn elsewhere(subject: &Subject<'_>, month: &Month<'_>) -> Vec<Remark> {
    let rule = &month.table.elsewhere;
    let stays = subject
        .others
        .iter()
        .filter(|of| rule.stays.contains(&of.code.service_type()));
    let nights: BTreeSet<u32> = stays.map(|of| of.date.day()).collect();
    let within = |day: u32| {
        let around = [day.wrapping_sub(1), day, day + 1];
        around.iter().all(|of| nights.contains(of))
    };
    let visits = subject.visits.iter();
    let away = visits.filter_map(|visit| {
        let day = visit.date.day();
        let said = if within(day) {
            let (first, last) = run_of(day, &nights);
            format!("{first}日から{last}日まで短期入所です")
        } else {
            let (start, end) = visit.span();
            let days = subject.others.iter();
            let mut days = days.filter(|of| rule.days.contains(&of.code.service_type()));
            let hours = days.find_map(|of| {
                let hours = of.hours?;
                let (from, to) = span(of, hours);
                (from < end && start < to).then_some(hours)
            })?;
            format!("{day}日の{}は通所です", hours.in_words())
        };
        Some(subject.remark_on(Code::ClientIsElsewhere, visit, said))
    });
    away.collect()
}

/// The first and the last of the days without a gap around one of them.
fn run_of(day: u32, days: &BTreeSet<u32>) -> (u32, u32) {
    let is_there = |of: &u32| days.contains(of);
    let before = (1..day).rev().take_while(is_there).last();
    let after = (day + 1..=31).take_while(is_there).last();
    (before.unwrap_or(day), after.unwrap_or(day))
}

#[cfg(test)]
mod tests {
    use super::super::samples::visits;
    use super::*;

    const NOTHING: [&str; 0] = [];

    #[test]
    fn visits_with_less_than_two_hours_between_them_are_one() {
        let close = visits(&[
            "5 111111 9:00-9:30",
            "5 111111 10:30-11:00",
            "5 117211 13:00-13:45",
        ]);
        assert_eq!(
            close.said(two_hours),
            ["5日 5日の09:00〜09:30(事業所 1370100016)と10:30〜11:00の間は60分です(あわせて60分)"]
        );
        let apart = visits(&[
            "5 111111 9:00-9:30",
            "5 111111 11:30-12:00",
            "6 111111 9:00-9:30",
        ]);
        assert_eq!(apart.said(two_hours), NOTHING);
    }

    #[test]
    fn midnight_is_no_two_hours() {
        let close = visits(&["5 111113 23:00-23:30", "6 111113 0:30-1:00"]);
        assert_eq!(close.said(two_hours).len(), 1);
    }

    #[test]
    fn short_visits_emergencies_rides_and_towns_services_stand_alone() {
        let beside = |text: &str| visits(&["5 111111 9:00-9:30", text]);
        assert_eq!(beside("5 114845 10:00-10:15").said(two_hours), NOTHING);
        assert_eq!(beside("5 118111 10:00-10:30").said(two_hours), NOTHING);
        assert_eq!(beside("5 A22411 10:00-10:30").said(two_hours), NOTHING);
        assert_eq!(
            beside("5 111111 10:00-10:30")
                .add_on("114000", 5)
                .said(two_hours),
            NOTHING
        );
        assert_eq!(beside("5 111111 10:00-10:30").said(two_hours).len(), 1);
    }

    #[test]
    fn the_visit_of_another_provider_is_as_near() {
        let close = visits(&["5 111111 9:00-9:30"]).others(&["5 111111 10:00-10:30 244"]);
        assert_eq!(
            close.said(two_hours),
            ["5日 5日の09:00〜09:30(事業所 1370100016)と10:00〜10:30の間は30分です(あわせて60分)"]
        );
        let theirs = visits(&["7 111111 9:00-9:30"]);
        let theirs = theirs.others(&["5 111111 10:00-10:30 244", "5 111111 11:00-11:30 244"]);
        assert_eq!(theirs.said(two_hours), NOTHING);
    }

    #[test]
    fn two_of_our_offices_at_once_are_named() {
        let both = visits(&[
            "5 111111 9:00-9:30",
            "5 117211 9:00-9:45 +",
            "6 117211 9:00-9:45 +",
        ]);
        assert_eq!(
            both.said(overlap),
            ["5日 5日の09:00〜09:30(事業所 1370100016)と重なります"]
        );
    }

    #[test]
    fn two_helpers_who_are_meant_to_come_together_overlap_nobody() {
        let one_line = visits(&["5 111111 9:00-9:30", "5 111111 9:00-9:30"]);
        assert_eq!(one_line.said(overlap), NOTHING);
        let for_two = visits(&["5 111121 9:00-9:30", "5 117211 9:15-10:00"]);
        assert_eq!(for_two.said(overlap), NOTHING);
        let touching = visits(&["5 111111 9:00-9:30", "5 117211 9:30-10:15"]);
        assert_eq!(touching.said(overlap), NOTHING);
    }

    #[test]
    fn nobody_is_visited_in_the_middle_of_a_stay() {
        let stay = ["10 212111 - 603", "11 212111 - 603", "12 212111 - 603"];
        let visited = visits(&[
            "5 111111 9:00-9:30",
            "10 111111 9:00-9:30",
            "11 111111 9:00-9:30",
            "12 111111 9:00-9:30",
        ]);
        assert_eq!(
            visited.others(&stay).said(elsewhere),
            ["11日 10日から12日まで短期入所です"]
        );
    }

    #[test]
    fn nobody_is_visited_during_a_day_service_but_before_and_after_it() {
        let service = ["5 151111 9:30-16:30 658"];
        let visited = visits(&[
            "5 111111 9:00-9:30",
            "5 111111 16:00-16:30",
            "5 111111 16:30-17:00",
            "6 111111 10:00-10:30",
        ]);
        assert_eq!(
            visited.others(&service).said(elsewhere),
            ["5日 5日の09:30〜16:30は通所です"]
        );
        let untimed = visits(&["5 111111 10:00-10:30"]).others(&["5 151111 - 658"]);
        assert_eq!(untimed.said(elsewhere), NOTHING);
    }
}
