//! Actuals by client and office; what is not ours is left out here.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Book, Code, Fate, FileId, Finding, Imbalance, RowId};
use crate::model::{
    Actual, ActualAddOn, ActualVisit, CivilDate, FileName, Place, ServiceCode, YearMonth,
};

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
    /// The visits.
    pub visits: Vec<Fetched<ActualVisit>>,
    /// The add-ons.
    pub add_ons: Vec<Fetched<ActualAddOn>>,
}

/// What was fetched, sorted.
#[derive(Debug)]
pub struct Sorted {
    /// The piles.
    pub piles: BTreeMap<Unit, Pile>,
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
    fn code(&self) -> ServiceCode;
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
    fn code(&self) -> ServiceCode {
        self.code
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
    fn code(&self) -> ServiceCode {
        self.code
    }
    fn month(&self) -> Option<YearMonth> {
        self.date.map(CivilDate::year_month)
    }
}

/// Sorts the actuals.
pub fn sort(actual: Actual, rules: &FoldRules<'_>) -> Result<Sorted, Imbalance> {
    let file = source(rules.month);
    let mut book = Book::default();
    let page = book.open(file.clone(), None);
    let mut desk = Desk {
        rules,
        file,
        page,
        number: 0,
        sorted: Sorted {
            piles: BTreeMap::new(),
            findings: Vec::new(),
            book,
        },
    };
    desk.lay(actual.visits, |pile| &mut pile.visits)?;
    desk.lay(actual.add_ons, |pile| &mut pile.add_ons)?;
    Ok(desk.sorted)
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
        heap: impl Fn(&mut Pile) -> &mut Vec<Fetched<T>>,
    ) -> Result<(), Imbalance> {
        let mut records = records.into_iter().peekable();
        // A client's records mostly come one after the other: the pile is looked up once.
        while let Some(unit) = records.peek().map(Recorded::unit) {
            let mut of_unit = Vec::new();
            while let Some(record) = records.next_if(|record| record.unit() == unit) {
                self.number += 1;
                let row = self.sorted.book.enter(self.page, self.number);
                match self.left_out(&record) {
                    Some(code) => {
                        self.sorted.book.decide(row, Fate::Excluded)?;
                        let place = place(&self.file, self.number);
                        let finding = Finding::new(code, place).of(unit.0, "");
                        self.sorted.findings.push(finding);
                    }
                    None => of_unit.push(Fetched {
                        record,
                        row,
                        number: self.number,
                    }),
                }
            }
            if !of_unit.is_empty() {
                let heap = heap(self.sorted.piles.entry(unit).or_default());
                if heap.is_empty() {
                    *heap = of_unit;
                } else {
                    heap.append(&mut of_unit);
                }
            }
        }
        Ok(())
    }

    fn left_out(&self, record: &impl Recorded) -> Option<Code> {
        let (_, office) = record.unit();
        if !self.rules.offices.contains(&office) {
            return Some(Code::OtherOfficeActual);
        }
        if !record.code().service_type().is_a_home_visit() {
            return Some(Code::NotOfThisLink);
        }
        let another = |month| month != self.rules.month;
        record
            .month()
            .is_some_and(another)
            .then_some(Code::OtherMonthActual)
    }
}

impl Pile {
    /// Takes out what bears the id of an earlier record; gives it, in the order of delivery.
    pub fn take_doubles(&mut self) -> Vec<(RowId, u32)> {
        let mut doubles = doubles(&mut self.visits);
        doubles.append(&mut self::doubles(&mut self.add_ons));
        doubles
    }

    /// Brings it in order: by day and time whatever the order of delivery; an add-on without
    /// a day comes last.
    pub fn order(&mut self) {
        self.visits.sort_by(|one, other| {
            let order = |of: &ActualVisit| (of.date, of.hours, of.planned, of.code);
            let (one, other) = (&one.record, &other.record);
            let by_time = order(one).cmp(&order(other));
            by_time.then_with(|| one.id.cmp(&other.id))
        });
        self.add_ons.sort_by(|one, other| {
            let order = |of: &ActualAddOn| (of.date.is_none(), of.date, of.hours, of.code);
            let (one, other) = (&one.record, &other.record);
            let by_time = order(one).cmp(&order(other));
            by_time.then_with(|| one.id.cmp(&other.id))
        });
    }
}

fn doubles<T: Recorded>(records: &mut Vec<Fetched<T>>) -> Vec<(RowId, u32)> {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let again = records.iter().filter(|of| !seen.insert(of.record.id()));
    let again: Vec<_> = again.map(|of| (of.row, of.number)).collect();
    if !again.is_empty() {
        records.retain(|of| !again.iter().any(|(row, _)| *row == of.row));
    }
    again
}
