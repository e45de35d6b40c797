//! Add-ons on their way back: by class, and never twice.

use std::collections::BTreeSet;

use crate::finding::{Code, Fate, Finding, Imbalance, RowId};
use crate::model::{ActualAddOn, AddOns, CivilDate, ClockRange, ServiceCode};
use crate::table::Class;

use super::lines::Lines;
use super::{Fetched, FoldRules, Folded};

/// Lands add-ons on their lines. Gives the rows that are part of the client's month; the
/// others are decided here.
pub fn fold(
    add_ons: &[Fetched<ActualAddOn>],
    lines: &mut Lines<'_>,
    rules: &FoldRules<'_>,
    folded: &mut Folded,
) -> Result<Vec<RowId>, Imbalance> {
    let mut rows = Vec::new();
    let mut taken = BTreeSet::new();
    for add_on in add_ons {
        let record = &add_on.record;
        let service = rules
            .services
            .find(record.code, record.client.insurer, rules.month);
        let class = service.map(|service| service.class);
        let fee = matches!(class, Some(Class::MonthlyFee | Class::ProRated));
        let left_out = if rules.add_ons == AddOns::Without && !fee {
            folded.dropped_add_ons += 1;
            Some(Code::AddOnDropped)
        } else if class == Some(Class::Rate) {
            Some(Code::RateActual)
        } else if !taken.insert(once(class, record)) {
            Some(Code::DoubledAddOn)
        } else {
            None
        };
        let mut say = |code| {
            let finding = Finding::new(code, add_on.place.clone()).value(record.code.as_str());
            folded.findings.push(finding);
        };
        if let Some(code) = left_out {
            say(code);
            folded.book.decide(add_on.row, Fate::Excluded)?;
            continue;
        }
        rows.push(add_on.row);
        match record.date {
            None => say(Code::AddOnWithoutDay),
            Some(date) => land(lines, record, date.day()),
        }
    }
    Ok(rows)
}

type Once = (ServiceCode, Option<u32>, Option<ClockRange>, Option<String>);

/// What may stand only once: a month, a day, or a visit's time. What no list knows is told
/// apart by its record alone.
fn once(class: Option<Class>, record: &ActualAddOn) -> Once {
    let day = record.date.map(CivilDate::day);
    match class {
        Some(Class::PerMonth | Class::MonthlyFee) => (record.code, None, None, None),
        Some(Class::PerDay) => (record.code, day, None, None),
        Some(Class::PerVisit | Class::ProRated) => (record.code, day, record.hours, None),
        Some(Class::Visit | Class::Rate) | None => {
            (record.code, day, record.hours, Some(record.id.clone()))
        }
    }
}

/// On the planned line of its code (and, where that has one, its time); else on its own.
fn land(lines: &mut Lines<'_>, record: &ActualAddOn, day: u32) {
    let planned = lines.planned().iter().position(|line| {
        line.code == record.code && (line.hours.is_none() || line.hours == record.hours)
    });
    match planned {
        Some(line) => lines.count(line, day),
        None => lines.count_on_own(record.code, record.hours, day),
    }
}
