//! Samples: a plan, what was approved of it, and the lines that come of the two.

use std::collections::BTreeMap;

use crate::check::samples::{OURS, office_number, tables, year_month};
use crate::model::{
    Actual, ActualAddOn, ActualVisit, AddOns, CareLevel, CivilDate, CivilTime, Client, ClientId,
    ClockRange, DayCounts, InsuranceCard, InsuredNumber, InsurerNumber, Mark, OfficeNumber,
    PlanLine, ServiceCode, TimeLimits, Unapproved, YearMonth,
};

use super::{FoldRules, Folded, PutAside, fold};

/// A month on both sides; ours is one office, and everybody in the plan or the actuals is
/// known unless a test says otherwise.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) offices: Vec<OfficeNumber>,
    pub(super) month: YearMonth,
    pub(super) planned: Vec<PlanLine>,
    pub(super) actual: Actual,
    pub(super) add_ons: AddOns,
    pub(super) mark: Mark,
    pub(super) unknown: Vec<ClientId>,
    /// Everybody's cards; one that admits what is done, where a test says nothing of them.
    pub(super) cards: Option<Vec<InsuranceCard>>,
}

impl Case {
    /// October 2026 with add-ons, 実績のみ.
    pub(super) fn new(planned: Vec<PlanLine>, visits: Vec<ActualVisit>) -> Self {
        Self {
            offices: vec![office_number(OURS)],
            month: year_month("2026-10"),
            planned,
            actual: Actual {
                visits,
                ..Actual::default()
            },
            add_ons: AddOns::With,
            mark: Mark::Actual,
            unknown: Vec::new(),
            cards: None,
        }
    }

    pub(super) fn with_add_ons(mut self, add_ons: Vec<ActualAddOn>) -> Self {
        self.actual.add_ons = add_ons;
        self
    }

    pub(super) fn waiting(mut self, client: ClientId, visits: u32) -> Self {
        self.actual.unapproved.push(Unapproved { client, visits });
        self
    }

    pub(super) fn fold(self) -> Folded {
        let of_care = |client: ClientId| {
            let planned = self.planned.iter().map(|line| (line.client, line.code));
            let visits = self.actual.visits.iter().map(|of| (of.client, of.code));
            let add_ons = self.actual.add_ons.iter().map(|of| (of.client, of.code));
            let mut all = planned.chain(visits).chain(add_ons);
            all.any(|(of, code)| of == client && code.service_type().as_str() == "11")
        };
        let planned_for = self.planned.iter().map(|line| line.client);
        let visited = self.actual.visits.iter().map(|visit| visit.client);
        let added = self.actual.add_ons.iter().map(|add_on| add_on.client);
        let roster = planned_for
            .chain(visited)
            .chain(added)
            .filter(|client| !self.unknown.contains(client))
            .map(|client| match &self.cards {
                Some(cards) => known(client, cards.clone()),
                None if of_care(client) => {
                    known(client, vec![card("2026-01-01", CareLevel::Care1)])
                }
                None => known(client, vec![card("2026-01-01", CareLevel::Support1)]),
            })
            .collect();
        let mut planned: BTreeMap<ClientId, Vec<PlanLine>> = BTreeMap::new();
        for line in self.planned {
            planned.entry(line.client).or_default().push(line);
        }
        let rules = FoldRules {
            offices: &self.offices,
            month: self.month,
            add_ons: self.add_ons,
            mark: self.mark,
            limits: TimeLimits::USUAL,
            services: &tables().services,
            roster: &roster,
            planned: &planned,
            put_aside: &PutAside::new(),
        };
        fold(self.actual, &rules).unwrap()
    }
}

/// The client with this insured number; 花子 is number 1.
pub(super) fn client(number: u32) -> ClientId {
    ClientId {
        insurer: InsurerNumber::parse("131128").unwrap(),
        insured: InsuredNumber::parse(&format!("{number:010}")).unwrap(),
    }
}

/// A certification of three years.
pub(super) fn card(from: &str, care_level: CareLevel) -> InsuranceCard {
    let (year, rest) = from.split_once('-').unwrap();
    let (month, day) = rest.split_once('-').unwrap();
    let (year, month, day): (i32, u32, u32) = (
        year.parse().unwrap(),
        month.parse().unwrap(),
        day.parse().unwrap(),
    );
    InsuranceCard {
        care_level,
        certified_from: CivilDate::new(year, month, day).unwrap(),
        certified_to: CivilDate::new(year + 3, month, day).unwrap(),
        limit_units: None,
        copay: None,
        care_office: None,
        care_manager: String::new(),
        public_payer: None,
        public_recipient: None,
    }
}

fn known(id: ClientId, cards: Vec<InsuranceCard>) -> Client {
    Client {
        id,
        name: "試験　花子".to_owned(),
        kana: String::new(),
        sex: None,
        birth_date: CivilDate::new(1940, 1, 20).unwrap(),
        postal_code: String::new(),
        address: String::new(),
        phone: String::new(),
        hidden: false,
        cards,
    }
}

/// A planned line of 花子, once on each of the days.
pub(super) fn line(code: &str, times: &str, days: &[u32]) -> PlanLine {
    let mut planned = DayCounts::default();
    for day in days {
        planned.add(*day);
    }
    PlanLine {
        month: year_month("2026-10"),
        office: office_number(OURS),
        client: client(1),
        name: "試験　花子".into(),
        code: ServiceCode::parse(code).unwrap(),
        service_name: "".into(),
        hours: hours(times),
        planned,
        planned_total: None,
        actual: DayCounts::default(),
        actual_total: None,
    }
}

/// An approved visit to 花子 in October 2026.
pub(super) fn visit(id: &str, day: u32, times: &str, code: &str) -> ActualVisit {
    ActualVisit {
        id: id.to_owned(),
        office: office_number(OURS),
        client: client(1),
        date: CivilDate::new(2026, 10, day).unwrap(),
        planned: None,
        hours: hours(times).unwrap(),
        code: ServiceCode::parse(code).unwrap(),
    }
}

/// An approved add-on of 花子 in October 2026; on day 0 it has no day.
pub(super) fn add_on(id: &str, day: u32, times: &str, code: &str) -> ActualAddOn {
    ActualAddOn {
        id: id.to_owned(),
        office: office_number(OURS),
        client: client(1),
        date: CivilDate::new(2026, 10, day),
        hours: hours(times),
        code: ServiceCode::parse(code).unwrap(),
    }
}

/// `9:00-9:30`; an empty text is no times.
pub(super) fn hours(times: &str) -> Option<ClockRange> {
    let (start, end) = times.split_once('-')?;
    ClockRange::new(time(start), time(end))
}

fn time(text: &str) -> CivilTime {
    let (hour, minute) = text.split_once(':').unwrap();
    CivilTime::new(hour.parse().unwrap(), minute.parse().unwrap()).unwrap()
}

/// The actual counts of every line in words: code, times, then each day with its count.
pub(super) fn lines(folded: &Folded) -> Vec<String> {
    let lines = folded.clients.iter().flat_map(|client| &client.lines);
    lines.map(in_words).collect()
}

fn in_words(line: &PlanLine) -> String {
    let mut words = vec![line.code.to_string()];
    if let Some(hours) = line.hours {
        words.push(format!("{}–{}", hours.start(), hours.end()));
    }
    words.extend(line.actual.counted().map(|(day, count)| match count {
        1 => format!("{day}日"),
        more => format!("{day}日×{more}"),
    }));
    words.join(" ")
}
