//! Actuals by client and office; what is not ours or came twice is left out here.

use std::collections::{HashMap, HashSet};

use crate::finding::{Book, Code, Fate, FileId, Finding, Imbalance, RowId};
use crate::model::{Actual, ActualAddOn, ActualVisit, CivilDate, FileName, Place, YearMonth};

use super::{FoldRules, Unit, source};

/// One fetched record.
#[derive(Debug, Clone)]
pub struct Fetched<T> {
    /// The record.
    pub record: T,
    /// Its row in the book.
    pub row: RowId,
    /// Which record of the fetch it is, counted from 1: visits first, then add-ons.
    pub number: u32,
}

/// The actuals of one client at one office, still to be folded.
#[derive(Debug, Default)]
pub struct Pile {
    /// By day and time, whatever the order of delivery.
    pub visits: Vec<Fetched<ActualVisit>>,
    /// By day, those without one last: the order of delivery does not say on which day a
    /// monthly add-on stands.
    pub add_ons: Vec<Fetched<ActualAddOn>>,
}

/// What was fetched, sorted.
#[derive(Debug)]
pub struct Sorted {
    /// The piles.
    pub piles: HashMap<Unit, Pile>,
    /// What is to be said of what was left out.
    pub findings: Vec<Finding>,
    /// Every record; those of the piles are undecided.
    pub book: Book,
}

/// Where a record of the fetch stands.
pub fn place(file: &FileName, number: u32) -> Place {
    Place {
        row: Some(number),
        ..Place::file(file.clone())
    }
}

/// What a visit and an add-on have in common.
trait Recorded {
    fn id(&self) -> &str;
    fn unit(&self) -> Unit;
    /// `None` where it has no day.
    fn month(&self) -> Option<YearMonth>;
}

impl Recorded for ActualVisit {
    fn id(&self) -> &str {
        &self.id
    }
    fn unit(&self) -> Unit {
        (self.client, self.office)
    }
    fn month(&self) -> Option<YearMonth> {
        Some(self.date.year_month())
    }
}

impl Recorded for ActualAddOn {
    fn id(&self) -> &str {
        &self.id
    }
    fn unit(&self) -> Unit {
        (self.client, self.office)
    }
    fn month(&self) -> Option<YearMonth> {
        self.date.map(CivilDate::year_month)
    }
}

/// Sorts the actuals.
pub fn sort(actual: Actual, rules: &FoldRules<'_>) -> Result<Sorted, Imbalance> {
    let file = source(rules.month);
    let mut book = Book::default();
    let page = book.open(file.clone());
    let mut desk = Desk {
        rules,
        file,
        page,
        number: 0,
        sorted: Sorted {
            piles: HashMap::new(),
            findings: Vec::new(),
            book,
        },
    };
    desk.lay(actual.visits, |pile| &mut pile.visits)?;
    desk.lay(actual.add_ons, |pile| &mut pile.add_ons)?;
    let mut sorted = desk.sorted;
    for pile in sorted.piles.values_mut() {
        pile.visits.sort_by(|one, other| {
            let order = |of: &ActualVisit| (of.date, of.hours, of.planned, of.code);
            let (one, other) = (&one.record, &other.record);
            order(one)
                .cmp(&order(other))
                .then_with(|| one.id.cmp(&other.id))
        });
        pile.add_ons.sort_by(|one, other| {
            let order = |of: &ActualAddOn| (of.date.is_none(), of.date, of.hours, of.code);
            let (one, other) = (&one.record, &other.record);
            order(one)
                .cmp(&order(other))
                .then_with(|| one.id.cmp(&other.id))
        });
    }
    Ok(sorted)
}

struct Desk<'a> {
    rules: &'a FoldRules<'a>,
    file: FileName,
    page: FileId,
    number: u32,
    sorted: Sorted,
}

impl Desk<'_> {
    /// Enters records of one kind into the book and lays those that are ours on their piles.
    fn lay<T: Recorded>(
        &mut self,
        records: Vec<T>,
        shelf: impl Fn(&mut Pile) -> &mut Vec<Fetched<T>>,
    ) -> Result<(), Imbalance> {
        let again = delivered_again(&records);
        for (record, again) in records.into_iter().zip(again) {
            self.number += 1;
            let row = self.sorted.book.enter(self.page);
            if let Some(code) = self.left_out(&record, again) {
                self.sorted.book.decide(row, Fate::Excluded)?;
                let place = place(&self.file, self.number);
                let (client, _) = record.unit();
                self.sorted
                    .findings
                    .push(Finding::new(code, place).of(client, ""));
                continue;
            }
            let pile = self.sorted.piles.entry(record.unit()).or_default();
            shelf(pile).push(Fetched {
                record,
                row,
                number: self.number,
            });
        }
        Ok(())
    }

    fn left_out(&self, record: &impl Recorded, again: bool) -> Option<Code> {
        let (_, office) = record.unit();
        if !self.rules.offices.contains(&office) {
            Some(Code::OtherOfficeActual)
        } else if record
            .month()
            .is_some_and(|month| month != self.rules.month)
        {
            Some(Code::OtherMonthActual)
        } else {
            again.then_some(Code::DeliveredTwice)
        }
    }
}

/// Which records bear the id of an earlier one.
fn delivered_again<T: Recorded>(records: &[T]) -> Vec<bool> {
    let mut seen: HashSet<&str> = HashSet::with_capacity(records.len());
    records.iter().map(|of| !seen.insert(of.id())).collect()
}
