//! Actuals fold back into lines of the grid, so that each lands where 楽すけ planned it.
//!
//! In: approved actuals, the lines that were planned, what is known of clients and codes.
//! Out: grid lines for each client, what was done day by day, plan against actual, findings,
//! and the fate of every actual. Nothing is computed that was not recorded: no 日割 day, no
//! add-on, no time.
//!
//! The actuals are sorted into [`piles`], one for each client at each of our offices; each
//! is folded by itself ([`unit`](mod@unit)): visits find the planned lines that they [answer](answers),
//! [add-ons](add_ons) follow by their class, and all of them land on [`lines`]. Where a client's
//! visits [overlap](overlaps), somebody has to look.

pub mod piles;
pub mod answers;
pub mod add_ons;
pub mod lines;
pub mod unit;
pub mod receivers;
pub mod overlaps;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::check::Roster;
use crate::disk::Digest;
use crate::finding::{Book, Code, Fate, Finding, Imbalance, RowId};
use crate::model::{
    Actual, AddOns, CivilDate, ClientComparison, ClientId, ClockRange, Comparison, FileName, Mark,
    OfficeNumber, Place, PlanLine, ServiceCode, TimeLimits, Unapproved, YearMonth,
};
use crate::table::ServiceCodes;

use piles::Pile;
use unit::FoldedUnit;

/// What folding needs besides the actuals.
#[derive(Debug)]
pub struct FoldRules<'a> {
    /// Our own offices.
    pub offices: &'a [OfficeNumber],
    /// The month.
    pub month: YearMonth,
    /// Whether add-ons are taken.
    pub add_ons: AddOns,
    /// What is marked.
    pub mark: Mark,
    /// How far times may be apart.
    pub limits: TimeLimits,
    /// What service codes mean.
    pub services: &'a ServiceCodes,
    /// The clients of the basic data.
    pub roster: &'a Roster,
    /// The lines that were planned for each client; empty where nothing was.
    pub planned: &'a BTreeMap<ClientId, Vec<PlanLine>>,
    /// Records that are too many, and that somebody has looked at.
    pub put_aside: &'a PutAside,
}

/// Records that are too many for what was planned, which somebody has put aside: how many of those that
/// are alike, by [what they are known by](surplus_key).
pub type PutAside = BTreeMap<String, usize>;

/// What a record too many is known by when the month is fetched again: `said` is the value of its finding,
/// day, time and code.
pub fn surplus_key(client: ClientId, said: &str) -> String {
    let digest = Digest::of(format!("{client} {said}").as_bytes());
    digest.as_str().to_owned()
}

/// One client's actuals at one of our offices as lines.
#[derive(Debug)]
pub struct FoldedClient {
    /// The client.
    pub client: ClientId,
    /// Our office.
    pub office: OfficeNumber,
    /// The name, from the plan or else the basic data.
    pub name: String,
    /// The lines, ordered by code and start.
    pub lines: Vec<PlanLine>,
    /// The same actuals at the times at which they took place, ordered by day and start.
    pub performed: Vec<Performed>,
    /// The actuals that both are made of.
    pub rows: Vec<RowId>,
    /// Where the first of them stands in what was fetched.
    pub place: Place,
}

/// What was done at a time of a day, once or several times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Performed {
    /// The day.
    pub date: CivilDate,
    /// From when to when; none for what has no time.
    pub hours: Option<ClockRange>,
    /// What.
    pub code: ServiceCode,
    /// How often, 1 to [`Performed::MOST`].
    pub count: u8,
}

impl Performed {
    /// The highest count; what was done more often stands there once more. 99 is what the
    /// two digits of the national files hold.
    pub const MOST: u8 = 99;
}

/// Everything of a month.
#[derive(Debug)]
pub struct Folded {
    /// Client by client, ordered by insurer and insured number, then by our office.
    pub clients: Vec<FoldedClient>,
    /// Plan against actual, also of clients whose actuals are withheld.
    pub comparison: Comparison,
    /// What is to be said.
    pub findings: Vec<Finding>,
    /// The fates; rows of `clients` are still undecided.
    pub book: Book,
    /// Of whom there are actuals that are withheld.
    pub withheld: BTreeSet<Unit>,
    /// How many add-ons were left out because none were asked for.
    pub dropped_add_ons: usize,
}

/// A client's month at one of our offices: what another office does is not part of it.
pub type Unit = (ClientId, OfficeNumber);

/// Folds a month's actuals.
pub fn fold(mut actual: Actual, rules: &FoldRules<'_>) -> Result<Folded, Imbalance> {
    let unapproved = std::mem::take(&mut actual.unapproved);
    let sorted = piles::sort(actual, rules)?;
    let mut folded = Folded {
        findings: sorted.findings,
        book: sorted.book,
        ..nothing(rules.month, rules.limits)
    };
    let file = source(rules.month);
    let mut piles = sorted.piles;
    for (client, lines) in rules.planned {
        // An office that was taken out of the settings may have plans of earlier days.
        let ours = |line: &&PlanLine| rules.offices.contains(&line.office);
        for line in lines.iter().filter(ours) {
            piles.entry((*client, line.office)).or_default();
        }
    }
    let units: Vec<(Unit, Pile)> = piles.into_iter().collect();
    // No unit knows of another one, so as many at once as there are processors.
    let fold = |(id, pile)| (id, unit::fold(id, pile, rules, &file));
    let of_units: Vec<(Unit, FoldedUnit)> = units.into_par_iter().map(fold).collect();
    for (id, of_unit) in of_units {
        folded.take(id, of_unit)?;
    }
    // After what two of our offices did for one client is laid together.
    let clients = &mut folded.comparison.clients;
    let overlaps = clients.par_iter_mut().map(|of| overlaps::find(of, &file));
    let overlaps: Vec<Vec<Finding>> = overlaps.collect();
    folded.findings.extend(overlaps.into_iter().flatten());
    folded.wait_for(&unapproved, rules.roster);
    Ok(folded)
}

/// A month in which nothing was done.
pub fn nothing(month: YearMonth, limits: TimeLimits) -> Folded {
    Folded {
        clients: Vec::new(),
        comparison: Comparison {
            month,
            limits,
            clients: Vec::new(),
        },
        findings: Vec::new(),
        book: Book::default(),
        withheld: BTreeSet::new(),
        dropped_add_ons: 0,
    }
}

impl Folded {
    fn take(&mut self, id: Unit, unit: FoldedUnit) -> Result<(), Imbalance> {
        let (client, _) = id;
        self.findings.extend(unit.findings);
        let mut withheld = Vec::new();
        for (row, fate) in unit.fates {
            // Surplus records are kept back beside what goes.
            if fate == Fate::Withheld && unit.client.is_none() {
                withheld.push(row);
            }
            self.book.decide(row, fate)?;
        }
        self.hold_together(id, &withheld);
        self.dropped_add_ons += unit.dropped_add_ons;
        let clients = &mut self.comparison.clients;
        match clients.last_mut() {
            Some(last) if last.client == client => join(last, unit.compared),
            Some(_) | None => clients.push(unit.compared),
        }
        self.clients.extend(unit.client);
        Ok(())
    }

    /// What holds one record of a client at an office holds the others.
    fn hold_together(&mut self, id: Unit, rows: &[RowId]) {
        if !rows.is_empty() {
            self.withheld.insert(id);
        }
        for pair in rows.windows(2) {
            self.book.tie(pair[0], pair[1]);
        }
    }

    /// C700: holds the actuals of clients whom a check before the claim holds, at the office that it
    /// names or, where it names none, at all of them.
    pub fn hold(
        &mut self,
        held: &BTreeMap<ClientId, Vec<(Option<OfficeNumber>, Code)>>,
    ) -> Result<(), Imbalance> {
        let checks = |client: &FoldedClient| -> BTreeSet<Code> {
            let of_client = held.get(&client.client).into_iter().flatten();
            let here = of_client.filter(|(office, _)| office.is_none_or(|of| of == client.office));
            here.map(|(_, code)| *code).collect()
        };
        let is_held = |client: &mut FoldedClient| !checks(client).is_empty();
        let held: Vec<FoldedClient> = self.clients.extract_if(.., is_held).collect();
        for client in held {
            for row in &client.rows {
                self.book.decide(*row, Fate::Withheld)?;
            }
            self.hold_together((client.client, client.office), &client.rows);
            let checks = checks(&client).into_iter();
            let checks: Vec<String> = checks.map(|of| format!("{of} {}", of.title())).collect();
            self.findings.push(
                Finding::new(Code::HeldBeforeClaim, client.place)
                    .of(client.client, client.name)
                    .detail(checks.join("、")),
            );
        }
        Ok(())
    }

    /// A603, A611: adds what waits for approval, which Care-wing counts for each client and hands
    /// out to nobody, and says of how many planned visits there is not even that.
    pub fn wait_for(&mut self, unapproved: &[Unapproved], roster: &Roster) {
        let mut counts: BTreeMap<ClientId, u32> = BTreeMap::new();
        for waiting in unapproved {
            let count = counts.entry(waiting.client).or_default();
            *count = count.saturating_add(waiting.visits);
        }
        let place = Place::file(source(self.comparison.month));
        for (client, visits) in counts.into_iter().filter(|(_, visits)| *visits > 0) {
            let clients = &mut self.comparison.clients;
            let at = clients.binary_search_by_key(&client, |of| of.client);
            let at = at.unwrap_or_else(|at| {
                let known = roster.find(client);
                let name = known.map_or("", |known| known.name.as_str());
                clients.insert(at, unit::nothing_of(client, name));
                at
            });
            clients[at].unapproved = visits;
            self.findings.push(
                Finding::new(Code::NotApprovedYet, place.clone())
                    .of(client, clients[at].name.as_str())
                    .detail(format!("{visits}件")),
            );
        }
        for of in &self.comparison.clients {
            let no_record = of.no_record();
            if no_record > 0 {
                self.findings.push(
                    Finding::new(Code::PlannedWithoutActual, place.clone())
                        .of(of.client, of.name.as_str())
                        .detail(format!("{no_record}件")),
                );
            }
        }
    }
}

/// A client of two of our offices is one client.
fn join(client: &mut ClientComparison, other: ClientComparison) {
    client.visits.extend(other.visits);
    client.visits.sort_by_key(crate::model::Compared::order);
    client.services.extend(other.services);
    for more in other.pro_rated {
        match client.pro_rated.iter_mut().find(|of| of.code == more.code) {
            Some(of) => of.days += more.days,
            None => client.pro_rated.push(more),
        }
    }
}

/// The name under which the actuals appear in reports.
pub fn source(month: YearMonth) -> FileName {
    FileName::new(&format!("Care-wingの実績 {month}"))
}
