//! What a client's month comes to: units and visits, those of others among them.

use std::collections::BTreeSet;

use crate::finding::{Code, Remark};
use crate::model::{InsuranceCard, OfficeNumber, ServiceCode};
use crate::table::{Class, Service};

use super::client_month::{ClientMonth, Month, OtherDay};
use super::first_visit::is_of_town;

/// Units, as they are counted.
#[derive(Debug, Default)]
struct Sum {
    units: u64,
    /// Whether something is not in it because nobody knows its units.
    is_short: bool,
    /// What was counted that stands once a month, however often it is written down.
    once: BTreeSet<(ServiceCode, OfficeNumber)>,
}

impl Sum {
    /// Counts a service that is written down so many times, at so many units each.
    fn add(
        &mut self,
        (code, office): (ServiceCode, OfficeNumber),
        service: Option<&Service>,
        (units, times): (Option<u32>, u32),
    ) {
        let is_of_the_month = match service.map(|of| of.class) {
            Some(Class::Rate) => return,
            // For how many days it is billed, nobody knows.
            Some(Class::ProRated) => {
                self.is_short |= times > 0;
                return;
            }
            Some(Class::MonthlyFee | Class::PerMonth) => true,
            Some(Class::Visit | Class::PerVisit | Class::PerDay) => false,
            // What a town has made of it no list says, and most of these are fees for a month.
            None => is_of_town(code),
        };
        let times = if is_of_the_month {
            u32::from(self.once.insert((code, office)))
        } else {
            times
        };
        match units {
            Some(units) => self.units += u64::from(units) * u64::from(times),
            None => self.is_short |= times > 0,
        }
    }
}

/// C707: the units of the month are within the limit of the heaviest level that held in it.
pub(super) fn limit(client: &ClientMonth<'_>, month: &Month<'_>) -> Vec<Remark> {
    let cards = client.cards(month);
    let heaviest = cards.iter().max_by_key(|card| card.care_level);
    let Some(limit) = heaviest.and_then(|card| limit_of(card, month)) else {
        return Vec::new();
    };
    let mut sum = Sum::default();
    for line in &client.lines {
        let units = line.service.and_then(|of| of.units);
        let counted = (units, line.days.total());
        sum.add((line.code, line.office), line.service, counted);
    }
    let counts = |of: &&OtherDay| !month.table.limit.outside.contains(&of.code.service_type());
    for other in client.others.iter().filter(counts) {
        let service = month.service_of(other, client.client.client);
        let counted = (other.units, u32::from(other.count));
        sum.add((other.code, other.office), service, counted);
    }
    let Some(above) = sum.units.checked_sub(u64::from(limit) + 1) else {
        return Vec::new();
    };
    let mut said = format!(
        "{}単位で、限度額{limit}単位を{}単位超えています",
        sum.units,
        above + 1
    );
    if sum.is_short {
        said.push_str("。日割や、単位数の分からないコードは入っていません");
    }
    if client.others.is_empty() {
        said.push_str("。ほかの事業所の分は入っていません");
    }
    vec![client.remark(Code::OverTheLimit, said)]
}

fn limit_of(card: &InsuranceCard, month: &Month<'_>) -> Option<u32> {
    let written = card.limit_units.filter(|units| *units > 0);
    written.or_else(|| month.table.limit.of(card.care_level, month.month))
}

/// C708: the visits of 生活援助 are fewer than those that have to be reported at any level of the
/// month.
pub(super) fn home_help(client: &ClientMonth<'_>, month: &Month<'_>) -> Vec<Remark> {
    let rule = &month.table.home_help;
    let is_home_help = |code: ServiceCode, service: Option<&Service>| {
        let begins = |of: &&Service| {
            let mut words = rule.begins.iter();
            words.any(|word| of.name.starts_with(word.as_str()))
        };
        let service = service.filter(begins);
        let is_visit = service.is_some_and(|of| of.class == Class::Visit);
        is_visit && !code.service_type().is_defined_by_the_insurer()
    };
    let ours = client.visits.iter();
    let ours = ours.filter(|of| is_home_help(of.code, of.service)).count();
    let others = client.others.iter();
    let others =
        others.filter(|of| is_home_help(of.code, month.service_of(of, client.client.client)));
    let visits = ours + others.map(|of| usize::from(of.count)).sum::<usize>();
    let cards = client.cards(month);
    let levels = cards.iter().map(|card| card.care_level);
    let reported = levels.filter_map(|level| Some((rule.reported(level, month.month)?, level)));
    let Some((from, level)) = reported.min().filter(|(from, _)| visits >= *from as usize) else {
        return Vec::new();
    };
    let said = format!(
        "生活援助が{visits}回あります。{}は{from}回から届け出が要ります",
        level.label()
    );
    vec![client.remark(Code::ManyHomeHelpVisits, said)]
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Sample, card, visits};
    use super::*;
    use crate::model::CareLevel;

    const NOTHING: [&str; 0] = [];

    fn all(days: &[String]) -> Sample<'static> {
        let days: Vec<&str> = days.iter().map(String::as_str).collect();
        visits(&days)
    }

    /// So many visits of 身体介護４, 649 units each, and the limit on the card.
    fn many(visits_a_day: usize, days: u32, limit: u32) -> Sample<'static> {
        let times = ["8:00-10:00", "18:00-20:00"];
        let of_day = |day| {
            let times = times[..visits_a_day].iter();
            times.map(move |time| format!("{day} 111411 {time}"))
        };
        let days: Vec<String> = (1..=days).flat_map(of_day).collect();
        all(&days).client(|client| client.cards[0].limit_units = Some(limit))
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
        let with_a_rate = many(1, 31, 20_119).add_on("116275", 5);
        assert_eq!(with_a_rate.said(super::limit), NOTHING);
        let unknown = many(2, 31, 16_765).others(&["5 151111 9:30-16:30 -"]);
        let said = unknown.said(super::limit);
        assert!(said[0].ends_with("入っていません") && said[0].contains("分からない"));
    }

    #[test]
    fn a_fee_for_the_month_counts_once_whoever_takes_it() {
        let of_town = |limit| {
            let sample = visits(&["1 A21111 9:00-10:00", "8 A21111 9:00-10:00"]);
            let sample = sample.client(|client| {
                client.cards = vec![card("2026-04-01", "2029-03-31", CareLevel::Support2)];
                client.cards[0].limit_units = Some(limit);
            });
            sample.others(&["2 A61121 10:00-15:00 3621", "9 A61121 10:00-15:00 3621"])
        };
        // 1,176 + 3,621 = 4,797.
        assert_eq!(of_town(4_797).said(super::limit), NOTHING);
        assert_eq!(
            of_town(4_796).said(super::limit),
            ["4797単位で、限度額4796単位を1単位超えています"]
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
            let days: Vec<String> = (1..=last)
                .map(|day| format!("{day} 117211 9:00-9:45"))
                .collect();
            all(&days).client(|client| client.cards[0].care_level = CareLevel::Care1)
        };
        assert_eq!(days(26).said(home_help), NOTHING);
        assert_eq!(
            days(27).said(home_help),
            ["生活援助が27回あります。要介護１は27回から届け出が要ります"]
        );
        let with_others = days(26).others(&["5 117311 15:00-16:00 220"]);
        assert_eq!(with_others.said(home_help).len(), 1);
        let heavier = days(30).client(|client| {
            client.cards[0].certified_to = super::super::samples::date("2026-10-14");
            client
                .cards
                .push(card("2026-10-15", "2029-03-31", CareLevel::Care3));
        });
        assert_eq!(heavier.said(home_help).len(), 1);
        let with_care: Vec<String> = (1..=31)
            .map(|day| format!("{day} 112014 9:00-9:45"))
            .collect();
        assert_eq!(all(&with_care).said(home_help), NOTHING);
    }
}
