//! What is looked at: a client's month as it would be billed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::check::Roster;
use crate::finding::{Code, Remark};
use crate::fold::{Folded, Unit};
use crate::model::{
    AddOns, CivilDate, Client, ClientComparison, ClientId, ClockRange, Closeness, Compared,
    DayCounts, InsuranceCard, OfficeNumber, PlanLine, ServiceCode, YearMonth,
};
use crate::table::{AuditTable, Class, Service, ServiceCodes};

/// What is the same for all clients.
#[derive(Debug)]
pub struct Month<'a> {
    /// The month.
    pub month: YearMonth,
    /// The day on which it is looked at.
    pub today: CivilDate,
    /// Our own offices.
    pub offices: &'a [OfficeNumber],
    /// Numbers and words.
    pub table: &'a AuditTable,
    /// What service codes mean.
    pub services: &'a ServiceCodes,
    /// What would be billed.
    pub basis: Basis,
    /// Whether add-ons are taken.
    pub add_ons: AddOns,
    /// The months before, the nearest first.
    pub before: Vec<Before>,
}

/// What a month is looked at by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The plan alone: nothing was fetched yet.
    Plan,
    /// Approved actuals.
    Actuals,
}

/// What was planned and registered for an earlier month.
#[derive(Debug, Clone, Default)]
pub struct Before {
    /// Whom each office has served.
    pub served: BTreeSet<Served>,
    /// The offices of which the month is known: those that had at least half as many clients in it as
    /// they have now.
    pub offices: BTreeSet<OfficeNumber>,
}

/// A client of an office, in 訪問介護 or in the towns' own program: each of them begins anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Served {
    /// The client.
    pub client: ClientId,
    /// Our office.
    pub office: OfficeNumber,
    /// Whether it is the towns' own program.
    pub of_town: bool,
}

/// What others do for the clients.
pub type Others = BTreeMap<ClientId, Vec<OtherDay>>;

/// A service of another provider, or none of ours by its kind, on one day, as a 利用票 says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherDay {
    /// Who provides it.
    pub office: OfficeNumber,
    /// What.
    pub code: ServiceCode,
    /// The day.
    pub date: CivilDate,
    /// From when to when; none where it has no time.
    pub hours: Option<ClockRange>,
    /// How often.
    pub count: u8,
    /// The units of one time, where the 利用票 says them.
    pub units: Option<u32>,
    /// Which of the files says so.
    pub file: usize,
}

/// One client's month.
#[derive(Debug)]
pub struct ClientMonth<'a> {
    /// Plan and actuals beside each other.
    pub client: &'a ClientComparison,
    /// What the basic data knows.
    pub known: Option<&'a Client>,
    /// The same person under every number: who comes of age or moves has another one.
    pub person: Vec<&'a Client>,
    /// The visits that would be billed.
    pub visits: Vec<Visit<'a>>,
    /// Everything that would be billed, line by line.
    pub lines: Vec<Line<'a>>,
    /// What others do.
    pub others: &'a [OtherDay],
    /// At which of our offices the actuals are withheld.
    pub withheld: Vec<OfficeNumber>,
}

/// A visit as it would be billed: at the times of the plan, where it was planned.
#[derive(Debug, Clone, Copy)]
pub struct Visit<'a> {
    /// Our office.
    pub office: OfficeNumber,
    /// The day that it counts on.
    pub date: CivilDate,
    /// When it is billed.
    pub hours: ClockRange,
    /// Whether those are the times of the plan.
    pub was_planned: bool,
    /// What is billed.
    pub code: ServiceCode,
    /// What the list says of it.
    pub service: Option<&'a Service>,
    /// What was planned, where that is something else.
    pub instead_of: Option<ServiceCode>,
    /// When it took place, where that is not as good as planned.
    pub took_place: Option<ClockRange>,
}

/// A line as it would be billed.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// Our office.
    pub office: OfficeNumber,
    /// What.
    pub code: ServiceCode,
    /// What the list says of it.
    pub service: Option<&'a Service>,
    /// How often on each day.
    pub days: DayCounts,
}

/// Every client's month of a fold, where anything is billed or somebody waits.
pub fn client_months<'a>(
    folded: &'a Folded,
    (roster, planned): (&'a Roster, &'a BTreeMap<ClientId, Vec<PlanLine>>),
    others: &'a Others,
    month: &Month<'a>,
) -> Vec<ClientMonth<'a>> {
    let mut billed = billed(folded, planned, month);
    let mut withheld: BTreeMap<ClientId, Vec<OfficeNumber>> = BTreeMap::new();
    for (client, office) in &folded.withheld {
        withheld.entry(*client).or_default().push(*office);
    }
    let namesakes = namesakes(roster);
    let of_client = |client: &'a ClientComparison| {
        let id = client.client;
        let known = roster.find(id);
        let visits = client.visits.iter();
        ClientMonth {
            client,
            known,
            person: known.map_or_else(Vec::new, |known| person(known, &namesakes)),
            visits: visits.filter_map(|of| month.visit(of, id)).collect(),
            lines: billed.remove(&id).unwrap_or_default(),
            others: others.get(&id).map_or(&[], Vec::as_slice),
            withheld: withheld.remove(&id).unwrap_or_default(),
        }
    };
    let months = folded.comparison.clients.iter().map(of_client);
    months.filter(ClientMonth::has_anything).collect()
}

/// The lines of each client: as they will be imported, and of what is withheld, or where nothing was
/// fetched, as they were planned.
fn billed<'a>(
    folded: &Folded,
    planned: &BTreeMap<ClientId, Vec<PlanLine>>,
    month: &Month<'a>,
) -> BTreeMap<ClientId, Vec<Line<'a>>> {
    let mut billed: BTreeMap<ClientId, Vec<Line<'a>>> = BTreeMap::new();
    let mut units: BTreeSet<Unit> = BTreeSet::new();
    for client in &folded.clients {
        units.insert((client.client, client.office));
        let lines = client.lines.iter();
        let lines = lines.map(|line| month.line(line, line.actual));
        billed.entry(client.client).or_default().extend(lines);
    }
    for (client, lines) in planned {
        let counts = |line: &&PlanLine| {
            let unit = (*client, line.office);
            let stands_in = month.basis == Basis::Plan || folded.withheld.contains(&unit);
            // An office that was taken out of the settings may have plans of earlier days.
            stands_in && !units.contains(&unit) && month.offices.contains(&line.office)
        };
        let lines = lines.iter().filter(counts);
        let lines = lines.map(|line| month.line(line, line.planned));
        billed.entry(*client).or_default().extend(lines);
    }
    for lines in billed.values_mut() {
        lines.retain(|line| !line.days.is_empty());
    }
    billed
}

/// Clients by name and day of birth.
type Namesakes<'a> = HashMap<(&'a str, CivilDate), Vec<&'a Client>>;

fn namesakes(roster: &Roster) -> Namesakes<'_> {
    let mut namesakes = Namesakes::new();
    for client in roster.clients() {
        let namesake = namesakes.entry((&client.name, client.birth_date));
        namesake.or_default().push(client);
    }
    namesakes
}

/// The client under every number. Another number has who moves to another town, and who leaves public
/// assistance (H) or comes to it; two numbers of one town are two people.
fn person<'a>(client: &'a Client, namesakes: &Namesakes<'a>) -> Vec<&'a Client> {
    let on_assistance = |of: &Client| of.id.insured.as_str().starts_with('H');
    let is_one = |other: &&&Client| {
        other.id == client.id
            || other.id.insurer != client.id.insurer
            || on_assistance(other) != on_assistance(client)
    };
    let all = namesakes.get(&(&*client.name, client.birth_date));
    all.into_iter().flatten().filter(is_one).copied().collect()
}

impl<'a> Month<'a> {
    fn line(&self, line: &PlanLine, days: DayCounts) -> Line<'a> {
        Line {
            office: line.office,
            code: line.code,
            service: self
                .services
                .find(line.code, line.client.insurer, self.month),
            days,
        }
    }

    /// The visit as it is billed; none where it is not.
    fn visit(&self, visit: &Compared, client: ClientId) -> Option<Visit<'a>> {
        let slot = match visit.actual {
            Some(actual) => actual,
            None if self.basis == Basis::Actuals => return None,
            None => visit.planned?,
        };
        let planned = visit.planned.filter(|planned| planned.code == slot.code);
        let instead_of = visit.planned.map(|planned| planned.code);
        let is_apart = visit.actual.is_some() && visit.closeness != Closeness::Near;
        Some(Visit {
            office: visit.office,
            date: visit.date,
            hours: planned.map_or(slot.hours, |planned| planned.hours),
            was_planned: planned.is_some(),
            code: slot.code,
            service: self.services.find(slot.code, client.insurer, self.month),
            instead_of: instead_of.filter(|code| *code != slot.code),
            took_place: is_apart.then_some(slot.hours),
        })
    }

    /// The first and the last day.
    pub fn ends(&self) -> Option<(CivilDate, CivilDate)> {
        let last = self.month.day(self.month.days())?;
        Some((self.month.day(1)?, last))
    }

    /// What the list says of another provider's service.
    pub fn service_of(&self, other: &OtherDay, client: ClientId) -> Option<&'a Service> {
        self.services.find(other.code, client.insurer, self.month)
    }
}

impl ClientMonth<'_> {
    fn has_anything(&self) -> bool {
        !self.visits.is_empty()
            || !self.lines.is_empty()
            || !self.withheld.is_empty()
            || self.client.unapproved > 0
    }

    /// Something to say of the month.
    pub fn remark(&self, code: Code, said: String) -> Remark {
        Remark {
            code,
            client: self.client.client,
            name: self.client.name.clone(),
            office: None,
            days: BTreeSet::new(),
            hours: None,
            service: None,
            said,
        }
    }

    /// What is to be said of visits: one remark for all days on which it is the same of the same.
    pub fn remarks_on<'v>(
        &self,
        code: Code,
        said: impl Iterator<Item = (&'v Visit<'v>, String)>,
    ) -> Vec<Remark> {
        type Alike = (OfficeNumber, ServiceCode, ClockRange, String);
        let mut days: BTreeMap<Alike, BTreeSet<u32>> = BTreeMap::new();
        for (visit, said) in said {
            let alike = (visit.office, visit.code, visit.hours, said);
            days.entry(alike).or_default().insert(visit.date.day());
        }
        let remark = |((office, service, hours, said), days)| Remark {
            office: Some(office),
            days,
            hours: Some(hours),
            service: Some(service),
            ..self.remark(code, said)
        };
        days.into_iter().map(remark).collect()
    }

    /// The days with an add-on whose name has one of the words.
    pub fn days_with(&self, words: &[String]) -> BTreeSet<u32> {
        let named = self.lines.iter().filter(|line| line.is_add_on_with(words));
        let days =
            named.flat_map(|line| line.days.counted().map(|(day, _)| day).collect::<Vec<_>>());
        days.collect()
    }

    /// The cards that hold on some day of the month.
    pub fn cards(&self, month: &Month<'_>) -> Vec<&InsuranceCard> {
        let Some(((first, last), known)) = month.ends().zip(self.known) else {
            return Vec::new();
        };
        let holds =
            |card: &&InsuranceCard| card.certified_from <= last && card.certified_to >= first;
        known.cards.iter().filter(holds).collect()
    }

    /// Every card of the person, under whatever number.
    pub fn cards_of_person(&self) -> impl Iterator<Item = &InsuranceCard> {
        self.person.iter().flat_map(|client| &client.cards)
    }
}

impl Line<'_> {
    /// Whether it is of an add-on whose name has one of the words.
    pub fn is_add_on_with(&self, words: &[String]) -> bool {
        let service = self.service.filter(|of| of.class != Class::Visit);
        service.is_some_and(|of| has_one(&of.name, words))
    }
}

/// Whether a name has one of the words.
pub fn has_one(name: &str, words: &[String]) -> bool {
    words.iter().any(|word| name.contains(word.as_str()))
}

impl Visit<'_> {
    /// See [`span`].
    pub fn span(&self) -> (u32, u32) {
        span(self.date, self.hours)
    }
}

/// The first minute of what takes place on a day and the one after its last, counted from the midnight
/// that opens the month.
pub fn span(date: CivilDate, hours: ClockRange) -> (u32, u32) {
    const DAY: u32 = 24 * 60;
    let start = (date.day() - 1) * DAY + u32::from(hours.start().minutes());
    (start, start + u32::from(hours.minutes()))
}
