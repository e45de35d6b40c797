//! Actuals fold back into lines of the grid, so that each lands where 楽すけ planned it.
//!
//! In: approved actuals, the lines that were planned, what is known of clients and codes.
//! Out: grid lines for each client, findings, and the fate of every actual. Nothing is
//! computed that was not recorded: no 日割 day, no add-on, no time.

pub mod answers;
pub mod add_ons;
pub mod lines;

use std::collections::{BTreeMap, BTreeSet};

use crate::check::Roster;
use crate::finding::{Book, Code, Fate, Finding, Imbalance, RowId};
use crate::model::{
    Actual, ActualAddOn, ActualVisit, AddOns, CivilDate, ClientId, FileName, Mark, OfficeNumber,
    Place, PlanLine, YearMonth,
};
use crate::table::{Class, ServiceCodes};

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
    /// What service codes mean.
    pub services: &'a ServiceCodes,
    /// The clients of the basic data.
    pub roster: &'a Roster,
    /// The lines that were planned for each client; empty where nothing was.
    pub planned: &'a BTreeMap<ClientId, Vec<PlanLine>>,
}

/// One client's actuals as lines.
#[derive(Debug)]
pub struct FoldedClient {
    /// The client.
    pub client: ClientId,
    /// The name, from the basic data.
    pub name: String,
    /// The lines, ordered by code and start.
    pub lines: Vec<PlanLine>,
    /// The actuals that they are made of.
    pub rows: Vec<RowId>,
    /// Where the first of them stands in what was fetched.
    pub place: Place,
}

/// Everything of a month.
#[derive(Debug)]
pub struct Folded {
    /// Client by client, ordered by insurer and insured number.
    pub clients: Vec<FoldedClient>,
    /// What is to be said.
    pub findings: Vec<Finding>,
    /// The fates; rows of `clients` are still undecided.
    pub book: Book,
    /// How many add-ons were left out because none were asked for.
    pub dropped_add_ons: usize,
    /// For each client and 日割 code, on how many days there were visits.
    pub pro_rated: Vec<(ClientId, String, usize)>,
}

/// One fetched record.
#[derive(Debug, Clone)]
pub struct Fetched<T> {
    /// The record.
    pub record: T,
    /// Its row in the book.
    pub row: RowId,
    /// Where it stands in what was fetched.
    pub place: Place,
}

/// The actuals of one client, still to be folded.
#[derive(Debug, Default)]
struct Pile {
    visits: Vec<Fetched<ActualVisit>>,
    add_ons: Vec<Fetched<ActualAddOn>>,
}

/// Folds a month's actuals.
pub fn fold(actual: Actual, rules: &FoldRules<'_>) -> Result<Folded, Imbalance> {
    let mut folded = Folded {
        clients: Vec::new(),
        findings: Vec::new(),
        book: Book::default(),
        dropped_add_ons: 0,
        pro_rated: Vec::new(),
    };
    let unapproved = actual.unapproved.clone();
    let piles = sort(actual, rules, &mut folded)?;
    let met: BTreeSet<ClientId> = piles.keys().copied().collect();
    for (client, pile) in piles {
        fold_client(client, &pile, rules, &mut folded)?;
    }
    for waiting in unapproved.iter().filter(|waiting| waiting.visits > 0) {
        let name = rules
            .roster
            .find(waiting.client)
            .map_or("", |client| &client.name);
        folded.findings.push(
            Finding::new(Code::NotApprovedYet, Place::file(source(rules.month)))
                .of(waiting.client, name)
                .detail(format!("{}件", waiting.visits)),
        );
    }
    for (client, lines) in rules.planned {
        if !met.contains(client) {
            let name = lines.first().map_or("", |line| &line.name);
            let visits = answers::planned_visits(lines, rules);
            folded
                .findings
                .extend(unanswered(*client, name, visits, rules));
        }
    }
    Ok(folded)
}

/// The name under which the actuals appear in reports.
pub fn source(month: YearMonth) -> FileName {
    FileName::new(&format!("Care-wingの実績 {month}"))
}

/// Sorts the actuals by client; what is not ours or came twice is left out here.
fn sort(
    actual: Actual,
    rules: &FoldRules<'_>,
    folded: &mut Folded,
) -> Result<BTreeMap<ClientId, Pile>, Imbalance> {
    let file = source(rules.month);
    let page = folded.book.open(file.clone());
    let mut number = 0;
    let mut seen = BTreeSet::new();
    let mut piles: BTreeMap<ClientId, Pile> = BTreeMap::new();
    let mut enter = |book: &mut Book| {
        number += 1;
        let place = Place {
            row: Some(number),
            ..Place::file(file.clone())
        };
        (book.enter(page), place)
    };
    for visit in actual.visits {
        let (row, place) = enter(&mut folded.book);
        let facts = (visit.office, visit.client, Some(visit.date.year_month()));
        let id = format!("visit {}", visit.id);
        if is_ours(facts, id, rules, &mut seen, row, &place, folded)? {
            let pile = piles.entry(visit.client).or_default();
            pile.visits.push(Fetched {
                record: visit,
                row,
                place,
            });
        }
    }
    for add_on in actual.add_ons {
        let (row, place) = enter(&mut folded.book);
        let facts = (
            add_on.office,
            add_on.client,
            add_on.date.map(CivilDate::year_month),
        );
        if is_ours(
            facts,
            format!("add-on {}", add_on.id),
            rules,
            &mut seen,
            row,
            &place,
            folded,
        )? {
            let pile = piles.entry(add_on.client).or_default();
            pile.add_ons.push(Fetched {
                record: add_on,
                row,
                place,
            });
        }
    }
    Ok(piles)
}

type Facts = (OfficeNumber, ClientId, Option<YearMonth>);

fn is_ours(
    (office, client, month): Facts,
    id: String,
    rules: &FoldRules<'_>,
    seen: &mut BTreeSet<String>,
    row: RowId,
    place: &Place,
    folded: &mut Folded,
) -> Result<bool, Imbalance> {
    let code = if !rules.offices.contains(&office) {
        Code::OtherOfficeActual
    } else if month.is_some_and(|month| month != rules.month) {
        Code::OtherMonthActual
    } else if !seen.insert(id) {
        Code::DeliveredTwice
    } else {
        return Ok(true);
    };
    folded.book.decide(row, Fate::Excluded)?;
    folded
        .findings
        .push(Finding::new(code, place.clone()).of(client, ""));
    Ok(false)
}

fn fold_client(
    client: ClientId,
    pile: &Pile,
    rules: &FoldRules<'_>,
    folded: &mut Folded,
) -> Result<(), Imbalance> {
    let places = pile.visits.iter().map(|visit| &visit.place);
    let Some(place) = places
        .chain(pile.add_ons.iter().map(|add_on| &add_on.place))
        .next()
        .cloned()
    else {
        return Ok(());
    };
    let Some(known) = rules.roster.find(client) else {
        folded.findings.push(
            Finding::new(Code::UnknownClientActual, place)
                .of(client, "")
                .value(client.insured.as_str()),
        );
        let rows = pile.visits.iter().map(|visit| visit.row);
        for row in rows.chain(pile.add_ons.iter().map(|add_on| add_on.row)) {
            folded.book.decide(row, Fate::Withheld)?;
        }
        return Ok(());
    };
    let planned = rules.planned.get(&client).map_or(&[][..], Vec::as_slice);
    // As the plan writes it, so that all lines of a client bear one name.
    let name = planned
        .first()
        .map_or(&known.name, |line| &line.name)
        .clone();
    let first = folded.findings.len();
    let mut grid = lines::Lines::new(planned, client, &name, rules);
    let answered = answers::fold(&pile.visits, &mut grid, &mut folded.findings);
    let open = answers::planned_visits(planned, rules).saturating_sub(answered);
    folded
        .findings
        .extend(unanswered(client, &name, open, rules));
    let mut rows: Vec<RowId> = pile.visits.iter().map(|visit| visit.row).collect();
    rows.extend(add_ons::fold(&pile.add_ons, &mut grid, rules, folded)?);
    let lines = grid.finish(rules.mark);
    pro_rated(client, &lines, rules, &place, folded);
    for finding in &mut folded.findings[first..] {
        *finding = finding.clone().of(client, &name);
    }
    let wrong = folded.findings[first..].iter().any(Finding::withholds);
    if wrong {
        for row in rows {
            folded.book.decide(row, Fate::Withheld)?;
        }
    } else if !rows.is_empty() {
        folded.clients.push(FoldedClient {
            client,
            name,
            lines,
            rows,
            place,
        });
    }
    Ok(())
}

/// A601: the warning of the manual. Days are counted, nothing is computed from them.
fn pro_rated(
    client: ClientId,
    lines: &[PlanLine],
    rules: &FoldRules<'_>,
    place: &Place,
    folded: &mut Folded,
) {
    let mut days: BTreeMap<_, BTreeSet<u32>> = BTreeMap::new();
    for line in lines {
        let service = rules.services.find(line.code, client.insurer, rules.month);
        if service.is_some_and(|service| service.class == Class::ProRated) {
            let counted = line.actual.counted().map(|(day, _)| day);
            days.entry(line.code).or_default().extend(counted);
        }
    }
    for (code, days) in days {
        folded
            .pro_rated
            .push((client, code.to_string(), days.len()));
        folded.findings.push(
            Finding::new(Code::ProRatedActual, place.clone())
                .value(code.as_str())
                .detail(format!("訪問のあった日は{}日", days.len())),
        );
    }
}

/// A611: planned visits without an approved actual, in one finding for a client.
fn unanswered(client: ClientId, name: &str, visits: u32, rules: &FoldRules<'_>) -> Option<Finding> {
    (visits > 0).then(|| {
        Finding::new(Code::PlannedWithoutActual, Place::file(source(rules.month)))
            .of(client, name)
            .detail(format!("{visits}件"))
    })
}
