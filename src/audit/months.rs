//! A client's month as a whole: its services, their units and their number.

use std::collections::BTreeSet;

use crate::finding::{Code, Remark};
use crate::fold::Unit;
use crate::model::{InsuranceCard, OfficeNumber, ServiceCode};
use crate::table::{Class, Service};

use super::subject::{Line, Month, OtherDay, Subject};

/// C706: a month is paid as a whole or by the day, at one office.
pub(super) fn fee_and_part(subject: &Subject<'_>, _: &Month<'_>) -> Vec<Remark> {
    let of_class = |class: Class| {
        let lines = subject.lines.iter();
        lines.filter(move |line| line.service.is_some_and(|of| of.class == class))
    };
    let both = of_class(Class::MonthlyFee).filter_map(|fee| {
        let mut parts = of_class(Class::ProRated);
        let part = parts.find(|part| part.office == fee.office)?;
        Some((fee, part))
    });
    let pairs: BTreeSet<_> = both
        .map(|(fee, part)| (fee.office, fee.code, part.code))
        .collect();
    let remark = |(office, fee, part): (_, ServiceCode, ServiceCode)| Remark {
        office: Some(office),
        service: Some(fee),
        ..subject.remark(
            Code::FeeAndPart,
            format!("月額 {fee} と日割 {part} があります"),
        )
    };
    pairs.into_iter().map(remark).collect()
}

/// What a month comes to.
#[derive(Debug, Default)]
struct Sum {
    units: u64,
    /// Whether something is not in it because nobody knows its units.
    is_short: bool,
}

/// C707: the units of the month are within the limit of the heaviest level that held in it.
pub(super) fn limit(subject: &Subject<'_>, month: &Month<'_>) -> Vec<Remark> {
    let cards = subject.cards(month);
    let heaviest = cards.iter().max_by_key(|card| card.care_level);
    let Some(limit) = heaviest.and_then(|card| limit_of(card, month)) else {
        return Vec::new();
    };
    let mut sum = Sum::default();
    let mut fees: BTreeSet<(ServiceCode, OfficeNumber)> = BTreeSet::new();
    for line in &subject.lines {
        let times = match line.service.map(|of| of.class) {
            Some(Class::MonthlyFee | Class::PerMonth) => {
                u32::from(fees.insert((line.code, line.office)))
            }
            Some(Class::Rate) => 0,
            _ => line.days.total(),
        };
        sum.add(units_of(line), times);
    }
    let counts = |of: &&OtherDay| !month.table.limit.outside.contains(&of.code.service_type());
    for other in subject.others.iter().filter(counts) {
        sum.add(other.units, u32::from(other.count));
    }
    if sum.units <= u64::from(limit) {
        return Vec::new();
    }
    let mut said = format!(
        "{}単位で、限度額{limit}単位を{}単位超えています",
        sum.units,
        sum.units - u64::from(limit)
    );
    if sum.is_short {
        said.push_str("。単位数の分からないコードは入っていません");
    }
    if subject.others.is_empty() {
        said.push_str("。ほかの事業所の分は入っていません");
    }
    vec![subject.remark(Code::OverTheLimit, said)]
}

fn limit_of(card: &InsuranceCard, month: &Month<'_>) -> Option<u32> {
    let written = card.limit_units.filter(|units| *units > 0);
    written.or_else(|| month.table.limit.of(card.care_level, month.month))
}

/// The units of one time; none where no list says them, or where it is for days that nobody counts.
fn units_of(line: &Line<'_>) -> Option<u32> {
    let service = line.service?;
    match service.class {
        Class::ProRated => None,
        Class::Rate => Some(0),
        Class::Visit | Class::PerVisit | Class::PerDay | Class::PerMonth | Class::MonthlyFee => {
            service.units
        }
    }
}

impl Sum {
    fn add(&mut self, units: Option<u32>, times: u32) {
        match units {
            Some(units) => self.units += u64::from(units) * u64::from(times),
            None => self.is_short |= times > 0,
        }
    }
}

/// C708: the visits of 生活援助 are fewer than those that have to be reported.
pub(super) fn home_help(subject: &Subject<'_>, month: &Month<'_>) -> Vec<Remark> {
    let rule = &month.table.home_help;
    let insurer = subject.client.client.insurer;
    let is_home_help = |code: ServiceCode, service: Option<&Service>| {
        let is_national = !code.service_type().is_defined_by_the_insurer();
        let begins = |of: &&Service| {
            rule.begins
                .iter()
                .any(|word| of.name.starts_with(word.as_str()))
        };
        is_national
            && service
                .filter(begins)
                .is_some_and(|of| of.class == Class::Visit)
    };
    let ours = subject
        .visits
        .iter()
        .filter(|of| is_home_help(of.code, of.service));
    let others = subject
        .others
        .iter()
        .filter(|of| is_home_help(of.code, month.services.find(of.code, insurer, month.month)));
    let others: usize = others.map(|of| usize::from(of.count)).sum();
    let visits = ours.count() + others;
    let level = subject.cards(month).last().map(|card| card.care_level);
    let reported = level.and_then(|level| rule.reported(level, month.month));
    let Some((level, reported)) = level
        .zip(reported)
        .filter(|(_, from)| visits >= *from as usize)
    else {
        return Vec::new();
    };
    let said = format!(
        "生活援助が{visits}回あります。{}は{reported}回から届け出が要ります",
        level.label()
    );
    vec![subject.remark(Code::ManyHomeHelpVisits, said)]
}

/// C711: a code that a town gives its meaning is one of the client's town.
pub(super) fn town_of_code(subject: &Subject<'_>, month: &Month<'_>) -> Vec<Remark> {
    let unknown = subject.lines.iter().filter(|line| line.service.is_none());
    let codes: BTreeSet<ServiceCode> = unknown.map(|line| line.code).collect();
    let insurer = subject.client.client.insurer;
    let elsewhere = codes.into_iter().filter_map(|code| {
        let towns = month.services.towns_with(code, month.month);
        let town = towns.into_iter().find(|town| *town != insurer)?;
        let said = format!("{code} は保険者 {insurer} の一覧になく、{town} の一覧にあります");
        let remark = subject.remark(Code::CodeOfAnotherTown, said);
        Some(Remark {
            service: Some(code),
            ..remark
        })
    });
    elsewhere.collect()
}

/// C714: the first-visit add-on stands in the first month, and in no other. Which it is nobody knows
/// but the plans that were registered here.
pub(super) fn first_visit(subject: &Subject<'_>, month: &Month<'_>) -> Vec<Remark> {
    let rule = &month.table.first_visit;
    let is_first = |line: &&Line<'_>| {
        let service = line.service.filter(|of| of.class != Class::Visit);
        service.is_some_and(|of| {
            rule.names
                .iter()
                .any(|word| of.name.contains(word.as_str()))
        })
    };
    let offices: BTreeSet<_> = subject.visits.iter().map(|visit| visit.office).collect();
    let in_doubt = offices.into_iter().filter_map(|office| {
        let unit: Unit = (subject.client.client, office);
        let known: Vec<bool> = month
            .before
            .iter()
            .map(|units| units.contains(&unit))
            .collect();
        let is_complete = month
            .before
            .iter()
            .all(|units| units.iter().any(|(_, of)| *of == office));
        let add_on = subject
            .lines
            .iter()
            .filter(|line| line.office == office)
            .find(is_first);
        let came_before = known.iter().any(|known| *known);
        let (said, service) = match add_on {
            Some(line) if came_before => {
                let months = known.iter().zip(1..).filter(|(known, _)| **known);
                let months: Vec<String> = months.map(|(_, ago)| format!("{ago}か月前")).collect();
                (
                    format!(
                        "初回加算がありますが、{}にも予定があります",
                        months.join("と")
                    ),
                    Some(line.code),
                )
            }
            None if is_complete && !came_before => (
                format!(
                    "前の{}か月に予定がありませんが、初回加算がありません",
                    known.len()
                ),
                None,
            ),
            _ => return None,
        };
        let remark = subject.remark(Code::FirstVisitInDoubt, said);
        Some(Remark {
            office: Some(office),
            service,
            ..remark
        })
    });
    in_doubt.collect()
}

#[cfg(test)]
mod tests {
    use super::super::samples::Planned::{Client, Somebody};
    use super::super::samples::{Sample, card, visits};
    use super::*;
    use crate::check::samples::year_month;
    use crate::model::{CareLevel, InsurerNumber};
    use crate::table::ServiceCodes;
    use crate::table::source::Source;

    const NOTHING: [&str; 0] = [];

    #[test]
    fn a_monthly_fee_and_a_part_of_one_do_not_go_together() {
        let both = visits(&["5 A21111 9:00-10:00", "15 A22111 9:00-10:00"]);
        assert_eq!(
            both.said(fee_and_part),
            ["月額 A21111 と日割 A22111 があります"]
        );
        let two_offices = visits(&["5 A21111 9:00-10:00", "15 A22111 9:00-10:00 +"]);
        assert_eq!(two_offices.said(fee_and_part), NOTHING);
        assert_eq!(visits(&["5 A21111 9:00-10:00"]).said(fee_and_part), NOTHING);
    }

    /// So many visits of 身体介護４ (units as the list says), and the limit on the card.
    fn many(visits_a_day: usize, days: u32, limit: u32) -> Sample<'static> {
        let times = ["8:00-10:00", "18:00-20:00"];
        let all = (1..=days).flat_map(|day| {
            times[..visits_a_day]
                .iter()
                .map(move |time| format!("{day} 111411 {time}"))
        });
        let all: Vec<String> = all.collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        visits(&all).client(|client| client.cards[0].limit_units = Some(limit))
    }

    #[test]
    fn the_units_of_a_month_are_within_its_limit() {
        // 31 visits of 649 units each are 20,119.
        assert_eq!(many(1, 31, 20_119).said(super::limit), NOTHING);
        assert_eq!(
            many(1, 31, 20_118).said(super::limit),
            ["20119単位で、限度額20118単位を1単位超えています。ほかの事業所の分は入っていません"]
        );
    }

    #[test]
    fn what_others_do_counts_and_rates_do_not() {
        let with_others = many(1, 31, 20_119).others(&["5 151111 9:30-16:30 1", "5 311111 - 999"]);
        assert_eq!(
            with_others.said(super::limit),
            ["20120単位で、限度額20119単位を1単位超えています"]
        );
        assert_eq!(
            many(1, 31, 20_119).add_on("116275", 5).said(super::limit),
            NOTHING
        );
        let unknown = many(2, 31, 16_765).others(&["5 151111 9:30-16:30 -"]);
        let said = unknown.said(super::limit);
        assert_eq!(
            said,
            [
                "40238単位で、限度額16765単位を23473単位超えています。単位数の分からないコードは入っていません"
            ]
        );
    }

    #[test]
    fn the_heaviest_level_of_the_month_sets_the_limit() {
        let changed = many(2, 15, 0).client(|client| {
            client.cards = vec![
                card("2026-04-01", "2026-10-10", CareLevel::Care1),
                card("2026-10-11", "2029-03-31", CareLevel::Care2),
            ];
        });
        // 30 visits are 19,470 units: more than 要介護１ has, less than 要介護２.
        assert_eq!(changed.said(super::limit), NOTHING);
    }

    #[test]
    fn many_visits_of_home_help_are_reported() {
        let days = |last: u32| {
            let all: Vec<String> = (1..=last)
                .map(|day| format!("{day} 117211 9:00-9:45"))
                .collect();
            let all: Vec<&str> = all.iter().map(String::as_str).collect();
            visits(&all).client(|client| client.cards[0].care_level = CareLevel::Care1)
        };
        assert_eq!(days(26).said(home_help), NOTHING);
        assert_eq!(
            days(27).said(home_help),
            ["生活援助が27回あります。要介護１は27回から届け出が要ります"]
        );
        let with_others = days(26).others(&["5 117311 15:00-16:00 220"]);
        assert_eq!(with_others.said(home_help).len(), 1);
        let mixed: Vec<String> = (1..=31)
            .map(|day| format!("{day} 112014 9:00-9:45"))
            .collect();
        let mixed: Vec<&str> = mixed.iter().map(String::as_str).collect();
        assert_eq!(visits(&mixed).said(home_help), NOTHING);
    }

    #[test]
    fn a_code_of_another_town_asks_about_the_place_of_the_home() {
        let list = "サービスコード,保険者番号,名称,区分,有効開始,有効終了\nA31001,122192,訪問型サービスＡ,訪問,2024/06,\n";
        let source = Source::new("codes/service_codes.csv", list.as_bytes());
        let services = ServiceCodes::load(&source.unwrap()).unwrap();
        let code = ServiceCode::parse("A31001").unwrap();
        let month = year_month("2026-10");
        let towns: Vec<InsurerNumber> = services.towns_with(code, month).into_iter().collect();
        assert_eq!(towns, [InsurerNumber::parse("122192").unwrap()]);
        // No list of the shipped ones has it: that is asked while the plan is registered.
        assert_eq!(visits(&["5 A31001 9:00-10:00"]).said(town_of_code), NOTHING);
    }

    #[test]
    fn the_first_visit_add_on_stands_in_a_first_month_only() {
        let month = || visits(&["5 111111 9:00-9:30"]);
        let again = month()
            .add_on("114001", 5)
            .before(&[&[Somebody], &[Client]]);
        assert_eq!(
            again.said(first_visit),
            ["初回加算がありますが、2か月前にも予定があります"]
        );
        assert_eq!(
            month()
                .add_on("114001", 5)
                .before(&[&[Somebody], &[Somebody]])
                .said(first_visit),
            NOTHING
        );
    }

    #[test]
    fn a_first_month_without_the_add_on_is_asked_about_where_the_months_before_are_known() {
        let month = || visits(&["5 111111 9:00-9:30"]);
        let forgotten = month().before(&[&[Somebody], &[Somebody]]);
        assert_eq!(
            forgotten.said(first_visit),
            ["前の2か月に予定がありませんが、初回加算がありません"]
        );
        assert_eq!(
            month().before(&[&[Somebody], &[]]).said(first_visit),
            NOTHING
        );
        assert_eq!(
            month().before(&[&[Client], &[Somebody]]).said(first_visit),
            NOTHING
        );
    }
}
