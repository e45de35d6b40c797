//! The months of a plan: what each would send, whether it would come back, and how it stands to
//! what is held.
//!
//! All of it happens on all cores while the lines are folded. A month that is made from what was
//! sent, as nearly every one is when a plan is prepared again, is not even written, and only its
//! key stays.

use std::collections::HashMap;
use std::sync::Arc;

use crate::check::{CheckedMonth, Roster};
use crate::finding::Finding;
use crate::model::{AddOn, CivilDate, DayCounts, MonthlyPlan, PlanLine, SentLine};
use crate::payload::{Item, MadeFrom, remembered};
use crate::table::{ServiceCodes, Tables};

use super::Aim;
use super::compare::{Comparing, Same, Stands};
use super::way_back::{self, Stuck};

/// What months are looked at with.
#[derive(Debug, Clone, Copy)]
pub struct MonthDesk<'a> {
    /// What they are held against.
    pub comparing: Comparing<'a>,
    /// The clients of the basic data.
    pub roster: &'a Roster,
    /// How they are written.
    pub tables: &'a Tables,
    /// The add-ons that stand there, by key, where none are registered: not to register add-ons
    /// is not to take away those. A month is replaced whole, so they go along as they are.
    pub standing: &'a HashMap<String, Vec<AddOn>>,
}

/// What was seen of some months.
#[derive(Debug)]
pub struct Seen {
    /// How each of them stands, in their order.
    pub months: Vec<Stands>,
    /// How many add-ons they hold.
    pub add_ons: usize,
    /// What would not come back, and what is said of it.
    pub stuck: Vec<(Stuck, Finding)>,
}

impl MonthDesk<'_> {
    /// Looks at months.
    pub fn see(&self, mut months: Vec<CheckedMonth>) -> Seen {
        let payload = &self.tables.plan;
        if !self.standing.is_empty() {
            for month in &mut months {
                if let Some(standing) = self.standing.get(&payload.key(&month.plan)) {
                    join(month, standing, &self.tables.services);
                }
            }
        }
        let mut made_from = MadeFrom::with(&self.tables.digest);
        Seen {
            stuck: way_back::check(&months, self.roster, &self.tables.replacements),
            add_ons: months.iter().map(|month| month.plan.add_ons.len()).sum(),
            months: (months.into_iter())
                .map(|month| self.stands(month, &mut made_from))
                .collect(),
        }
    }

    fn stands(&self, month: CheckedMonth, made_from: &mut MadeFrom) -> Stands {
        let (comparing, payload) = (&self.comparing, &self.tables.plan);
        let made_from = made_from.of(&month.plan);
        let key = payload.key(&month.plan);
        // Whether a newer file says something else, only a body tells.
        if comparing.overtaken.is_empty() && comparing.versions.is_made_from(&key, made_from) {
            let rows = month.lines.iter().map(|(_, origin)| origin.id).collect();
            let same = Same {
                key,
                body: None,
                source: (comparing.aim == Aim::Send).then(|| remembered(&month)),
                made_from: Some(made_from),
            };
            return Stands::Same(same, rows);
        }
        let remembered = remembered(&month);
        let item = Item {
            made_from: Some(made_from),
            ..Item::month(month, payload)
        };
        comparing.stands((item, remembered, Vec::new()))
    }
}

/// Lays the add-ons that stand there beside the month's own fees, which are no add-ons and go
/// as they always do.
fn join(month: &mut CheckedMonth, standing: &[AddOn], services: &ServiceCodes) {
    let plan = &mut month.plan;
    let is_fee = |add_on: &AddOn| {
        let service = services.find(add_on.code, plan.client.insurer, plan.month);
        service.is_some_and(|service| service.class.is_fee())
    };
    let others = standing.iter().filter(|add_on| !is_fee(add_on)).cloned();
    let others: Vec<AddOn> = others.collect();
    if others.is_empty() {
        return;
    }
    // On the way back they are found by when they were planned.
    for add_on in &others {
        let Some(day) = add_on.date.map(CivilDate::day) else {
            continue;
        };
        let home = (month.standing.iter_mut())
            .map(|of| &mut of.line)
            .find(|of| of.code == add_on.code && of.hours == add_on.hours);
        if let Some(home) = home {
            home.planned.set(day, home.planned.on(day) + 1);
        } else {
            let line = line(plan, &month.name, (add_on, day), services);
            let sender = None;
            month.standing.push(SentLine { line, sender });
        }
    }
    plan.add_ons.extend(others);
    plan.add_ons.sort();
    // What came from no cell stands among them now.
    month.add_on_cells.clear();
}

/// The line of an add-on on a day.
fn line(
    plan: &MonthlyPlan,
    name: &Arc<str>,
    (add_on, day): (&AddOn, u32),
    services: &ServiceCodes,
) -> PlanLine {
    let service = services.find(add_on.code, plan.client.insurer, plan.month);
    let mut planned = DayCounts::default();
    planned.set(day, 1);
    PlanLine {
        month: plan.month,
        office: plan.office,
        client: plan.client,
        name: Arc::clone(name),
        code: add_on.code,
        service_name: service.map_or("", |service| &service.name).into(),
        hours: add_on.hours,
        planned,
        planned_total: None,
        actual: DayCounts::default(),
        actual_total: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        ClientId, InsuredNumber, InsurerNumber, OfficeNumber, ServiceCode, YearMonth,
    };

    fn add_on(code: &str, day: u32) -> AddOn {
        AddOn {
            date: CivilDate::new(2026, 10, day),
            hours: None,
            code: ServiceCode::parse(code).unwrap(),
        }
    }

    /// A month with fees of its own, each with the row and day it came from, after what
    /// stands there has joined it.
    fn joined(own: Vec<AddOn>, standing: &[AddOn]) -> CheckedMonth {
        let mut month = CheckedMonth {
            add_on_cells: (0..own.len()).map(|row| (row, 1)).collect(),
            plan: MonthlyPlan {
                office: OfficeNumber::parse("1370100016").unwrap(),
                month: YearMonth::new(2026, 10).unwrap(),
                client: ClientId {
                    insurer: InsurerNumber::parse("131128").unwrap(),
                    insured: InsuredNumber::parse("0000123456").unwrap(),
                },
                visits: Vec::new(),
                add_ons: own,
            },
            name: Arc::default(),
            lines: Vec::new(),
            standing: Vec::new(),
            visit_cells: Vec::new(),
        };
        join(&mut month, standing, &Tables::load(None).unwrap().services);
        month
    }

    #[test]
    fn a_fee_goes_though_no_add_ons_are_registered() {
        let month = joined(vec![add_on("A21111", 1)], &[]);
        assert_eq!(month.plan.add_ons, [add_on("A21111", 1)]);
        assert_eq!(month.add_on_cells, [(0, 1)]);
    }

    #[test]
    fn add_ons_that_stand_there_stay_in_their_order_among_the_fees() {
        let month = joined(
            vec![add_on("A21111", 5)],
            &[add_on("114001", 6), add_on("114004", 1)],
        );
        assert_eq!(
            month.plan.add_ons,
            [
                add_on("114004", 1),
                add_on("A21111", 5),
                add_on("114001", 6)
            ]
        );
        // None of them is said to come from the cell of another one.
        assert_eq!(month.add_on_cells, []);
        let remembered = month.standing.iter().map(|of| of.line.code.as_str());
        assert_eq!(remembered.collect::<Vec<_>>(), ["114001", "114004"]);
    }

    #[test]
    fn a_fee_that_stands_there_gives_way_to_what_the_plan_says_now() {
        let standing = [add_on("A21111", 1), add_on("A22111", 2)];
        let moved = joined(vec![add_on("A21111", 5)], &standing);
        assert_eq!(moved.plan.add_ons, [add_on("A21111", 5)]);
        assert_eq!(joined(vec![], &standing).plan.add_ons, []);
    }
}
