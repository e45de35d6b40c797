//! What is looked at: a client's month as it would be billed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::check::Roster;
use crate::finding::{Code, Remark};
use crate::fold::{Folded, Unit};
use crate::model::{
    CivilDate, Client, ClientComparison, ClientId, ClockRange, Closeness, Compared, DayCounts,
    InsuranceCard, OfficeNumber, PlanLine, ServiceCode, YearMonth,
};
use crate::table::{AuditTable, Class, Service, ServiceCodes};

/// What is the same for all clients.
#[derive(Debug)]
pub struct Month<'a> {
    /// The month.
    pub month: YearMonth,
    /// The day on which it is looked at.
    pub today: CivilDate,
    /// Numbers and words.
    pub table: &'a AuditTable,
    /// What service codes mean.
    pub services: &'a ServiceCodes,
    /// Whether approved actuals are looked at; else it is the plan alone.
    pub has_actuals: bool,
    /// Whose plans were registered in the months before, the nearest first; nobody's in a month
    /// of which nothing is known.
    pub before: Vec<BTreeSet<Unit>>,
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
}

/// One client's month.
#[derive(Debug)]
pub struct Subject<'a> {
    /// Plan and actuals beside each other.
    pub client: &'a ClientComparison,
    /// What the basic data knows.
    pub known: Option<&'a Client>,
    /// The cards of the same person, under other numbers as well: who comes of age or moves has
    /// another one.
    pub person: Vec<&'a InsuranceCard>,
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
pub fn subjects<'a>(
    folded: &'a Folded,
    (roster, planned): (&'a Roster, &'a BTreeMap<ClientId, Vec<PlanLine>>),
    others: &'a Others,
    month: &Month<'a>,
) -> Vec<Subject<'a>> {
    let mut billed: BTreeMap<ClientId, Vec<Line<'a>>> = BTreeMap::new();
    let mut units: BTreeSet<Unit> = BTreeSet::new();
    for client in &folded.clients {
        units.insert((client.client, client.office));
        let of_client = billed.entry(client.client).or_default();
        of_client.extend(
            client
                .lines
                .iter()
                .map(|line| month.line(line, line.actual)),
        );
    }
    for (client, lines) in planned {
        let of_plan = lines.iter().filter(|line| {
            let unit = (*client, line.office);
            !units.contains(&unit) && (!month.has_actuals || folded.withheld.contains(&unit))
        });
        let of_client = billed.entry(*client).or_default();
        of_client.extend(of_plan.map(|line| month.line(line, line.planned)));
    }
    let mut withheld: BTreeMap<ClientId, Vec<OfficeNumber>> = BTreeMap::new();
    for (client, office) in &folded.withheld {
        withheld.entry(*client).or_default().push(*office);
    }
    let people = people(roster);
    let of_client = |client: &'a ClientComparison| {
        let id = client.client;
        let known = roster.find(id);
        let person = known.and_then(|known| people.get(&who(known)));
        let visits = client.visits.iter();
        let mut lines = billed.remove(&id).unwrap_or_default();
        lines.retain(|line| !line.days.is_empty());
        Subject {
            client,
            known,
            person: person.cloned().unwrap_or_default(),
            visits: visits.filter_map(|of| month.visit(of, id)).collect(),
            lines,
            others: others.get(&id).map_or(&[], Vec::as_slice),
            withheld: withheld.remove(&id).unwrap_or_default(),
        }
    };
    let subjects = folded.comparison.clients.iter().map(of_client);
    subjects.filter(Subject::has_anything).collect()
}

/// Who a client is, whatever the number.
type Person<'a> = (&'a str, CivilDate);

fn who(client: &Client) -> Person<'_> {
    (&client.name, client.birth_date)
}

/// The cards of each person.
fn people(roster: &Roster) -> HashMap<Person<'_>, Vec<&InsuranceCard>> {
    let mut people: HashMap<Person<'_>, Vec<&InsuranceCard>> = HashMap::new();
    for client in roster.clients() {
        people.entry(who(client)).or_default().extend(&client.cards);
    }
    people
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
            None if self.has_actuals => return None,
            None => visit.planned?,
        };
        let planned = visit.planned.unwrap_or(slot);
        let is_apart = visit.actual.is_some() && visit.closeness != Closeness::Near;
        Some(Visit {
            office: visit.office,
            date: visit.date,
            hours: if planned.code == slot.code {
                planned.hours
            } else {
                slot.hours
            },
            code: slot.code,
            service: self.services.find(slot.code, client.insurer, self.month),
            instead_of: (planned.code != slot.code).then_some(planned.code),
            took_place: is_apart.then_some(slot.hours),
        })
    }

    /// The first and the last day.
    pub fn ends(&self) -> Option<(CivilDate, CivilDate)> {
        let last = self.month.day(self.month.days())?;
        Some((self.month.day(1)?, last))
    }
}

impl Subject<'_> {
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

    /// Something to say of a visit.
    pub fn remark_on(&self, code: Code, visit: &Visit<'_>, said: String) -> Remark {
        Remark {
            office: Some(visit.office),
            days: BTreeSet::from([visit.date.day()]),
            hours: Some(visit.hours),
            service: Some(visit.code),
            ..self.remark(code, said)
        }
    }

    /// The days with an add-on whose name has one of the words.
    pub fn days_with(&self, words: &[String]) -> BTreeSet<u32> {
        let named = self.lines.iter().filter(|line| {
            let is_add_on = |of: &&Service| of.class != Class::Visit;
            let service = line.service.filter(is_add_on);
            service.is_some_and(|of| words.iter().any(|word| of.name.contains(word.as_str())))
        });
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
}

impl Visit<'_> {
    /// What the visit is called.
    pub fn name(&self) -> &str {
        self.service
            .map_or(self.code.as_str(), |of| of.name.as_str())
    }

    /// Its first minute and the one after its last, counted from the midnight that opens the month.
    pub fn span(&self) -> (u32, u32) {
        const DAY: u32 = 24 * 60;
        let start = (self.date.day() - 1) * DAY + u32::from(self.hours.start().minutes());
        (start, start + u32::from(self.hours.minutes()))
    }
}
