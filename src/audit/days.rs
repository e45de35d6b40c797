//! A client's visits beside each other, and beside what others do for the client.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Code, Remark};
use crate::model::{CivilDate, ClockRange, OfficeNumber, ServiceCode, ServiceType};
use crate::table::{Class, Service};

use super::client_month::{ClientMonth, Month, OtherDay, Visit, has_one, span};
use super::first_visit::is_of_town;

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
fn spells<'a>(client: &'a ClientMonth<'a>, month: &Month<'a>) -> Vec<Spell<'a>> {
    let ours = client.visits.iter().map(|visit| Spell {
        span: visit.span(),
        office: visit.office,
        code: visit.code,
        hours: visit.hours,
        date: visit.date,
        service: visit.service,
        ours: Some(visit),
    });
    let others = client.others.iter();
    let others = others.filter(|of| of.code.service_type().is_a_home_visit());
    let others = others.filter_map(|of| {
        Some(Spell {
            span: span(of.date, of.hours?),
            office: of.office,
            code: of.code,
            hours: of.hours?,
            date: of.date,
            service: month.service_of(of, client.client.client),
            ours: None,
        })
    });
    let mut spells: Vec<Spell<'a>> = ours.chain(others).collect();
    spells.sort_by_key(|of| (of.span, of.office, of.code));
    spells
}

/// Visits that count as one: the last of them, and how long all of them are.
#[derive(Debug, Clone, Copy)]
struct Chain<'a> {
    last: Spell<'a>,
    minutes: u32,
}

/// C703: between two visits there are two hours.
pub(super) fn two_hours(client: &ClientMonth<'_>, month: &Month<'_>) -> Vec<Remark> {
    let rule = &month.table.two_hours;
    let exempt_days = client.days_with(&rule.exempt_add_ons);
    let counts = |of: &Spell<'_>| {
        let is_exempt = of.service.is_some_and(|service| {
            let below = service.traits.below;
            service.class != Class::Visit
                || below.is_some_and(|below| below <= rule.exempt_below)
                || has_one(&service.name, &rule.exempt_services)
        });
        let is_national = !of.code.service_type().is_defined_by_the_insurer();
        is_national && !is_exempt && !exempt_days.contains(&of.date.day())
    };
    let mut spells = spells(client, month);
    spells.retain(counts);
    let mut said = Vec::new();
    let mut chain: Option<Chain<'_>> = None;
    for next in spells {
        let minutes = u32::from(next.hours.minutes());
        let Some(Chain { last, minutes: sum }) = chain else {
            chain = Some(Chain {
                last: next,
                minutes,
            });
            continue;
        };
        let gap = next.span.0.checked_sub(last.span.1);
        let is_near = gap.is_some_and(|gap| gap < rule.minutes);
        let minutes = if is_near { sum + minutes } else { minutes };
        if let (Some(gap), Some(visit)) = (gap.filter(|_| is_near), next.ours.or(last.ours)) {
            let between = between(visit, (&last, &next));
            said.push((
                visit,
                format!("{between}の間は{gap}分です(あわせて{minutes}分)"),
            ));
        }
        // What lies within a longer one leaves its end as it is.
        chain = match gap {
            None if last.span.1 > next.span.1 => chain,
            _ => Some(Chain {
                last: next,
                minutes,
            }),
        };
    }
    client.remarks_on(Code::WithinTwoHours, said.into_iter())
}

/// `09:00〜09:30と10:00〜10:30`, with the offices where there are two, and the day where it is not
/// that of the visit that it is said of.
fn between(of: &Visit<'_>, (one, other): (&Spell<'_>, &Spell<'_>)) -> String {
    let [one, other] = [one, other].map(|spell| {
        let day = match spell.date.cmp(&of.date) {
            Ordering::Less => "前の日の",
            Ordering::Equal => "",
            Ordering::Greater => "次の日の",
        };
        let office = if one.office == other.office {
            String::new()
        } else {
            format!("(事業所 {})", spell.office)
        };
        format!("{day}{}{office}", spell.hours.in_words())
    });
    format!("{one}と{other}")
}

/// C704: a client is visited once at a time. Two helpers at once have a code of their own, of which
/// there is one.
pub(super) fn overlap(client: &ClientMonth<'_>, month: &Month<'_>) -> Vec<Remark> {
    let spells = spells(client, month);
    let alike: Vec<&[Spell<'_>]> = spells.chunk_by(is_the_same).collect();
    let mut said = Vec::new();
    for (at, same) in alike.iter().enumerate() {
        let one = &same[0];
        if let Some(visit) = one.ours.filter(|_| same.len() > 1) {
            let times = same.len();
            said.push((visit, format!("同じコードで同じ時刻に{times}回あります")));
        }
        let begun = |other: &&&[Spell<'_>]| other[0].span.0 < one.span.1;
        for other in alike[at + 1..].iter().take_while(begun) {
            let other = &other[0];
            if let Some(visit) = other.ours.or(one.ours) {
                let between = between(visit, (one, other));
                said.push((visit, format!("{between}が重なります")));
            }
        }
    }
    client.remarks_on(Code::VisitsShareTime, said.into_iter())
}

/// Whether both are counts of one line, or of two lines that say the same.
fn is_the_same(one: &Spell<'_>, other: &Spell<'_>) -> bool {
    (one.office, one.code, one.span) == (other.office, other.code, other.span)
}

/// C705: nobody is visited who is in a home for some days, at a day service for some hours, or under
/// a service that takes the place of visits.
pub(super) fn elsewhere(client: &ClientMonth<'_>, month: &Month<'_>) -> Vec<Remark> {
    let rule = &month.table.elsewhere;
    let of_types = |types: &[ServiceType]| {
        let others = client.others.iter();
        let found: Vec<&OtherDay> = others
            .filter(|of| types.contains(&of.code.service_type()))
            .collect();
        found
    };
    let stays = nights(&of_types(&rule.stays));
    let days = of_types(&rule.days);
    let away = client.visits.iter().filter_map(|visit| {
        let day = visit.date.day();
        let stay = stays.iter().find_map(|nights| within(day, nights));
        let said = if let Some((first, last)) = stay {
            format!("{first}日から{last}日まで短期入所です")
        } else {
            let (start, end) = visit.span();
            let hours = days.iter().find_map(|of| {
                let hours = of.hours?;
                let (from, to) = span(of.date, hours);
                (from < end && start < to).then_some(hours)
            })?;
            format!("{}は通所です", hours.in_words())
        };
        Some((visit, said))
    });
    let mut remarks = client.remarks_on(Code::ClientIsElsewhere, away);
    let instead: BTreeSet<ServiceType> = of_types(&rule.instead)
        .iter()
        .map(|of| of.code.service_type())
        .collect();
    let has_care = client.visits.iter().any(|of| !is_of_town(of.code));
    remarks.extend(instead.into_iter().filter(|_| has_care).map(|of| {
        let said = format!("利用票に、訪問介護と一緒には使わないサービス(種類 {of})があります");
        client.remark(Code::ClientIsElsewhere, said)
    }));
    remarks
}

/// The days that a client stays at each provider: who leaves one may go to the next.
fn nights(stays: &[&OtherDay]) -> Vec<BTreeSet<u32>> {
    let mut nights: BTreeMap<OfficeNumber, BTreeSet<u32>> = BTreeMap::new();
    for stay in stays {
        nights
            .entry(stay.office)
            .or_default()
            .insert(stay.date.day());
    }
    nights.into_values().collect()
}

/// The first and the last day of a stay that a day is in the middle of.
fn within(day: u32, nights: &BTreeSet<u32>) -> Option<(u32, u32)> {
    let is_there = |of: &u32| nights.contains(of);
    let first = (1..=day).rev().take_while(is_there).last()?;
    let last = (day..=31).take_while(is_there).last()?;
    (first < day && day < last).then_some((first, last))
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
            ["5日 09:00〜09:30と10:30〜11:00の間は60分です(あわせて60分)"]
        );
        let apart = visits(&[
            "5 111111 9:00-9:30",
            "5 111111 11:30-12:00",
            "6 111111 9:00-9:30",
        ]);
        assert_eq!(apart.said(two_hours), NOTHING);
    }

    #[test]
    fn of_three_near_each_other_all_are_summed_up() {
        let three = visits(&[
            "5 111111 9:00-9:30",
            "5 111111 10:00-10:30",
            "5 111111 11:00-11:30",
            "5 111111 14:00-14:30",
            "5 111111 15:00-15:30",
        ]);
        assert_eq!(
            three.said(two_hours),
            [
                "5日 09:00〜09:30と10:00〜10:30の間は30分です(あわせて60分)",
                "5日 10:00〜10:30と11:00〜11:30の間は30分です(あわせて90分)",
                "5日 14:00〜14:30と15:00〜15:30の間は30分です(あわせて60分)",
            ]
        );
    }

    #[test]
    fn midnight_is_no_two_hours() {
        let close = visits(&["5 111113 23:00-23:30", "6 111113 0:30-1:00"]);
        assert_eq!(
            close.said(two_hours),
            ["6日 前の日の23:00〜23:30と00:30〜01:00の間は60分です(あわせて60分)"]
        );
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
            [
                "5日 09:00〜09:30(事業所 1370100016)と10:00〜10:30(事業所 1370900019)の間は30分です(あわせて60分)"
            ]
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
            ["5日 09:00〜09:30(事業所 1370100016)と09:00〜09:45(事業所 1370100024)が重なります"]
        );
    }

    #[test]
    fn what_is_billed_twice_at_once_is_said_once_for_all_days() {
        let twice = |day| {
            [
                format!("{day} 111111 9:00-9:30"),
                format!("{day} 111111 9:00-9:30"),
            ]
        };
        let lines: Vec<String> = [5, 12].into_iter().flat_map(twice).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        assert_eq!(
            visits(&lines).said(overlap),
            ["5、12日 同じコードで同じ時刻に2回あります"]
        );
        // Whatever others write down is theirs.
        let theirs = visits(&["6 111111 9:00-9:30"]);
        let theirs = theirs.others(&["5 111111 9:00-9:30 244", "5 111111 9:00-9:30 244"]);
        assert_eq!(theirs.said(overlap), NOTHING);
    }

    #[test]
    fn two_helpers_who_are_meant_to_come_together_overlap_nobody() {
        let of_two = visits(&["5 111121 9:00-9:30", "12 111121 9:00-9:30"]);
        assert_eq!(of_two.said(overlap), NOTHING);
        let beside_two = visits(&["5 111121 9:00-9:30", "5 117211 9:15-10:00"]);
        assert_eq!(beside_two.said(overlap).len(), 1);
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
    fn who_goes_from_one_home_to_the_next_may_be_visited_between_them() {
        let sample = visits(&["12 111111 9:00-9:30"]);
        let one_home = ["11 212111 - 603", "12 212111 - 603", "13 212111 - 603"];
        assert_eq!(sample.others(&one_home).said(elsewhere).len(), 1);
        let sample = visits(&["12 111111 9:00-9:30"]);
        let two = [
            "11 212111 - 603",
            "12 212111 - 603",
            "12 212111 - 603 +",
            "13 212111 - 603 +",
        ];
        assert_eq!(sample.others(&two).said(elsewhere), NOTHING);
    }

    #[test]
    fn a_service_that_takes_the_place_of_visits_is_named_once() {
        let sample = visits(&["5 111111 9:00-9:30", "6 111111 9:00-9:30"]);
        let sample = sample.others(&["5 731111 - 10000", "6 731111 - 10000"]);
        assert_eq!(
            sample.said(elsewhere),
            ["利用票に、訪問介護と一緒には使わないサービス(種類 73)があります"]
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
            ["5日 09:30〜16:30は通所です"]
        );
        let untimed = visits(&["5 111111 10:00-10:30"]).others(&["5 151111 - 658"]);
        assert_eq!(untimed.said(elsewhere), NOTHING);
    }
}
