//! A client's month: lines become visits and add-ons, whole or not at all.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::finding::{Code, Fate, Finding, Imbalance};
use crate::model::{
    AddOn, AddOns, ClientId, Field, MonthlyPlan, OfficeNumber, Place, PlanLine, RecordKind, Visit,
    YearMonth,
};
use crate::table::ServiceCodes;
use crate::table::fold::fold_name;

use super::gather::{BadRow, Gathered, hold};
use super::origin::Origin;
use super::roster::Roster;
use super::scope::Scope;
use super::services::{self, Sending};
use super::{certification, days, roster, twins, versions};

/// What the rules need besides the rows.
#[derive(Debug, Clone)]
pub struct MonthRules<'a> {
    /// Whose rows and which month.
    pub scope: &'a Scope,
    /// What service codes mean.
    pub services: &'a ServiceCodes,
    /// Whether add-ons go along.
    pub add_ons: AddOns,
    /// The basic data; `None` where nothing is known of it, and its rules are not asked.
    pub roster: Option<&'a Roster>,
}

/// A client's month that passed.
#[derive(Debug, Clone)]
pub struct CheckedMonth {
    /// What is sent: visits ordered by day, time and code, add-ons by day and code.
    pub plan: MonthlyPlan,
    /// The client's name as the file writes it.
    pub name: String,
    /// The lines that are sent, with their rows.
    pub lines: Vec<(PlanLine, Origin)>,
    /// For each visit, its line and the day of the month.
    pub visit_cells: Vec<(usize, u32)>,
    /// For each add-on, its line and the day of the month.
    pub add_on_cells: Vec<(usize, u32)>,
}

type Unit = (OfficeNumber, YearMonth, ClientId);

/// Checks the plan lines and folds them into months, ordered by office, month and client.
/// Every row that is in none of them gets its fate in the book.
pub fn check(
    gathered: &mut Gathered,
    rules: &MonthRules<'_>,
) -> Result<Vec<CheckedMonth>, Imbalance> {
    let mut units: BTreeMap<Unit, Vec<(PlanLine, Origin)>> = BTreeMap::new();
    for (line, origin) in std::mem::take(&mut gathered.lines) {
        if let Some(finding) = rules.scope.excludes(&line, &origin) {
            gathered.book.decide(origin.id, Fate::Excluded)?;
            gathered.findings.push(finding);
        } else {
            units
                .entry((line.office, line.month, line.client))
                .or_default()
                .push((line, origin));
        }
    }
    let bad = BadRows::sort(gathered, rules.scope)?;
    let mut months = Vec::new();
    for (unit, lines) in units {
        let mut because = bad.concerning(unit, &lines);
        let mut findings = Vec::new();
        let month = fold(unit, lines, rules, &mut findings, &mut because, gathered)?;
        gathered.findings.extend(findings);
        months.extend(month);
    }
    Ok(months)
}

/// Applies the rules to one client's month; `None` where it is held or nothing is left.
fn fold(
    unit: Unit,
    lines: Vec<(PlanLine, Origin)>,
    rules: &MonthRules<'_>,
    findings: &mut Vec<Finding>,
    because: &mut Vec<Place>,
    gathered: &mut Gathered,
) -> Result<Option<CheckedMonth>, Imbalance> {
    let (office, month, client) = unit;
    let name = lines[0].0.name.clone();
    let mut kept: Vec<(PlanLine, Origin)> = Vec::new();
    let mut sendings = Vec::new();
    for (line, origin) in lines {
        let first = findings.len();
        days::check(&line, &origin, findings);
        let sending = services::check(&line, &origin, rules.services, rules.add_ons, findings);
        if let Some(roster) = rules.roster.filter(|_| sending != Sending::Not)
            && let Some(known) = roster::check(&line, &origin, roster, findings)
        {
            certification::check(&line, &origin, known, findings);
        }
        let wrong = findings[first..].iter().any(Finding::withholds);
        if wrong {
            because.push(origin.place());
        }
        if sending == Sending::Not && !wrong {
            gathered.book.decide(origin.id, Fate::Excluded)?;
        } else {
            kept.push((line, origin));
            sendings.push(sending);
        }
    }
    let first = findings.len();
    versions::check(&kept, findings);
    because.extend(
        findings[first..]
            .iter()
            .map(|finding| finding.place.row_only()),
    );
    twins::check(&kept, findings);
    let mut checked = CheckedMonth::new(MonthlyPlan {
        office,
        month,
        client,
        visits: Vec::new(),
        add_ons: Vec::new(),
    });
    checked.spread(&kept, &sendings, findings);
    for finding in findings.iter_mut() {
        *finding = finding.clone().of(client, &name);
    }
    checked.name.clone_from(&name);
    if !because.is_empty() {
        let origins = kept.iter().map(|(_, origin)| origin);
        hold(
            origins,
            because,
            client,
            &name,
            &mut gathered.book,
            findings,
        )?;
        return Ok(None);
    }
    checked.lines = kept;
    Ok((!checked.lines.is_empty()).then_some(checked))
}

impl CheckedMonth {
    fn new(plan: MonthlyPlan) -> Self {
        Self {
            plan,
            name: String::new(),
            lines: Vec::new(),
            visit_cells: Vec::new(),
            add_on_cells: Vec::new(),
        }
    }

    /// Lines of counts become dated visits and add-ons, one for each count. Ordered by
    /// content, so that the order of the rows in a file is no change.
    fn spread(
        &mut self,
        lines: &[(PlanLine, Origin)],
        sendings: &[Sending],
        findings: &mut Vec<Finding>,
    ) {
        let mut visits: Vec<(Visit, (usize, u32))> = Vec::new();
        let mut add_ons: Vec<(AddOn, (usize, u32))> = Vec::new();
        let mut once = BTreeSet::new();
        for (at, ((line, origin), sending)) in lines.iter().zip(sendings).enumerate() {
            for (day, count) in line.planned.counted() {
                // A day that the month does not have withholds the whole.
                let Some(date) = line.month.day(day) else {
                    continue;
                };
                for _ in 0..count {
                    match (sending, line.hours) {
                        (Sending::AsVisits, Some(hours)) => {
                            visits.push((
                                Visit {
                                    date,
                                    hours,
                                    code: line.code,
                                },
                                (at, day),
                            ));
                        }
                        (Sending::AsOneAddOn, _) if !once.insert(line.code) => {
                            let place = origin.day(Field::Planned, day);
                            findings.push(Finding::new(Code::MonthlyOnce, place));
                        }
                        (Sending::AsAddOns | Sending::AsOneAddOn, hours) => {
                            let add_on = AddOn {
                                date: Some(date),
                                hours,
                                code: line.code,
                            };
                            add_ons.push((add_on, (at, day)));
                        }
                        (Sending::AsVisits, None) | (Sending::Not, _) => {}
                    }
                }
            }
        }
        visits.sort();
        add_ons.sort();
        (self.plan.visits, self.visit_cells) = visits.into_iter().unzip();
        (self.plan.add_ons, self.add_on_cells) = add_ons.into_iter().unzip();
    }
}

/// The bad rows of plans, by whom they may concern.
struct BadRows {
    by_client: HashMap<ClientId, Vec<BadRow>>,
    /// Rows whose number cannot be read: they hold whoever has their name. Holding too much
    /// is safe; sending a month without one of its rows is not.
    by_name: HashMap<String, Vec<BadRow>>,
}

impl BadRows {
    fn sort(gathered: &mut Gathered, scope: &Scope) -> Result<Self, Imbalance> {
        let mut sorted = Self {
            by_client: HashMap::new(),
            by_name: HashMap::new(),
        };
        let mut foreign = BTreeMap::new();
        for row in gathered
            .bad_rows
            .iter()
            .filter(|row| row.kind == RecordKind::PlanLine)
        {
            if let Some(finding) = scope.excludes_bad(row) {
                gathered.book.decide(row.origin.id, Fate::Excluded)?;
                foreign.insert(row.origin.place(), finding);
                continue;
            }
            gathered.book.decide(row.origin.id, Fate::Withheld)?;
            match row.client {
                Some(client) => sorted
                    .by_client
                    .entry(client)
                    .or_default()
                    .push(row.clone()),
                None => sorted
                    .by_name
                    .entry(row.name.clone())
                    .or_default()
                    .push(row.clone()),
            }
        }
        // What is wrong within a row that is not this run's is for the run that it belongs to.
        gathered
            .findings
            .retain(|finding| !foreign.contains_key(&finding.place.row_only()));
        gathered.findings.extend(foreign.into_values());
        Ok(sorted)
    }

    /// The places of the bad rows that may belong to a client's month.
    fn concerning(
        &self,
        (office, month, client): Unit,
        lines: &[(PlanLine, Origin)],
    ) -> Vec<Place> {
        let names: BTreeSet<String> = lines
            .iter()
            .map(|(line, _)| fold_name(&line.name))
            .collect();
        let by_name = names
            .iter()
            .filter(|name| !name.is_empty())
            .filter_map(|name| self.by_name.get(name));
        self.by_client
            .get(&client)
            .into_iter()
            .chain(by_name)
            .flatten()
            .filter(|row| {
                row.office.is_none_or(|of| of == office) && row.month.is_none_or(|of| of == month)
            })
            .map(|row| row.origin.place())
            .collect()
    }
}
