//! The lines of one client at one office while actuals land on them.

use std::sync::Arc;

use crate::model::{ClockRange, DayCounts, Mark, PlanLine, ServiceCode};

use super::{FoldRules, Unit};

/// The highest count of a day that a grid is read with; what is written must be readable.
const MOST: u8 = 99;

/// A client's lines: first those that were planned, then those that actuals made.
#[derive(Debug)]
pub struct Lines<'a> {
    all: Vec<PlanLine>,
    /// How many of the lines were planned.
    planned: usize,
    unit: Unit,
    name: &'a str,
    rules: &'a FoldRules<'a>,
}

impl<'a> Lines<'a> {
    /// Begins with what was planned.
    pub fn new(
        planned: Vec<PlanLine>,
        unit: Unit,
        name: &'a str,
        rules: &'a FoldRules<'a>,
    ) -> Self {
        Self {
            planned: planned.len(),
            all: planned,
            unit,
            name,
            rules,
        }
    }

    /// The lines that were planned.
    pub fn planned(&self) -> &[PlanLine] {
        &self.all[..self.planned]
    }

    /// Counts an actual on a line, or on one just like it where the day is full.
    pub fn count(&mut self, line: usize, day: u32) {
        let line = &mut self.all[line];
        if line.actual.on(day) < MOST {
            line.actual.add(day);
        } else {
            let (code, hours) = (line.code, line.hours);
            self.count_on_own(code, hours, day);
        }
    }

    /// Counts an actual on the line with just this code and these times, whether it was planned
    /// for another day or made by another actual; made where there is none.
    pub fn count_on_own(&mut self, code: ServiceCode, hours: Option<ClockRange>, day: u32) {
        let alike = self.all.iter().position(|line| {
            line.code == code && line.hours == hours && line.actual.on(day) < MOST
        });
        let at = alike.unwrap_or_else(|| {
            self.all.push(self.own(code, hours));
            self.all.len() - 1
        });
        self.all[at].actual.add(day);
    }

    fn own(&self, code: ServiceCode, hours: Option<ClockRange>) -> PlanLine {
        let (client, office) = self.unit;
        let service = self
            .rules
            .services
            .find(code, client.insurer, self.rules.month);
        PlanLine {
            month: self.rules.month,
            office,
            client,
            name: self.name.into(),
            code,
            service_name: service
                .map(|service| Arc::from(&*service.name))
                .unwrap_or_default(),
            hours,
            planned: DayCounts::default(),
            planned_total: None,
            actual: DayCounts::default(),
            actual_total: None,
        }
    }

    /// The lines with something on them, marked as asked, ordered by code and start.
    pub fn finish(self, mark: Mark) -> Vec<PlanLine> {
        let mut lines: Vec<PlanLine> = self
            .all
            .into_iter()
            .filter(|line| line.actual.total() > 0)
            .collect();
        for line in &mut lines {
            line.actual_total = Some(line.actual.total());
            (line.planned, line.planned_total) = match mark {
                Mark::Actual => (DayCounts::default(), None),
                Mark::Both => (line.actual, line.actual_total),
            };
        }
        lines.sort_by_key(|line| (line.code, line.hours));
        lines
    }
}
