//! The months of a plan: what each would send, whether it would come back, and how it stands to
//! what is held.
//!
//! All of it happens on all cores while the lines are folded. Of a month that is held just so,
//! as nearly every one is when a plan is prepared again, only the key stays.

use std::collections::HashMap;

use crate::check::{CheckedMonth, Roster};
use crate::disk::Digest;
use crate::finding::Finding;
use crate::model::AddOn;
use crate::payload::{Item, remembered};
use crate::table::{ServiceCodes, Tables};

use super::compare::{Comparing, Stands};
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
        let stuck = way_back::check(&months, self.roster, &self.tables.replacements);
        let add_ons = months.iter().map(|month| month.plan.add_ons.len()).sum();
        let mut stand = Vec::with_capacity(months.len());
        payload.write_each(months, |month, body| {
            let key = payload.key(&month.plan);
            stand.push(self.stands(month, key, body));
        });
        Seen {
            months: stand,
            add_ons,
            stuck,
        }
    }

    fn stands(&self, month: CheckedMonth, key: String, body: &[u8]) -> Stands {
        let (comparing, digest) = (&self.comparing, Digest::of(body));
        let versions = comparing.versions;
        if comparing.overtaken.is_empty() && versions.change(&key, &digest).is_none() {
            let same = comparing.same(key, || body.to_vec(), || remembered(&month));
            let rows = month.lines.iter().map(|(_, origin)| origin.id);
            return Stands::Same(same, rows.collect());
        }
        let remembered = remembered(&month);
        let item = Item::month(month, key, body, digest);
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
    plan.add_ons.extend(others);
    plan.add_ons.sort();
    // What came from no cell stands among them now.
    month.add_on_cells.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::model::{
        CivilDate, ClientId, InsuredNumber, InsurerNumber, MonthlyPlan, OfficeNumber, ServiceCode,
        YearMonth,
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
            name: String::new(),
            lines: Vec::new(),
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
    }

    #[test]
    fn a_fee_that_stands_there_gives_way_to_what_the_plan_says_now() {
        let standing = [add_on("A21111", 1), add_on("A22111", 2)];
        let moved = joined(vec![add_on("A21111", 5)], &standing);
        assert_eq!(moved.plan.add_ons, [add_on("A21111", 5)]);
        assert_eq!(joined(vec![], &standing).plan.add_ons, []);
    }
}
