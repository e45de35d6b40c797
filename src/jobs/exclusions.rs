//! Rows that somebody leaves out (除外): what was decided earlier, what a workbook says now, and
//! which rows of a file it is about.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::check::cells;
use crate::check::put_aside::{Decided, Decision};
use crate::disk::Digest;
use crate::error::Error;
use crate::finding::{Code, Finding, Who};
use crate::fold::{PutAside, surplus_key};
use crate::ledger::{Exclusion, Ledger, LedgerError, RowKey, RunId};
use crate::model::{CivilDate, ClientId, Field, FileName, RecordKind};
use crate::read::{self, Digests, Intake, Row, Sheet};
use crate::table::Layout;

/// The kind under which records too many are remembered, which are rows of no file.
const SURPLUS: &str = "surplus_record";

/// The day of a decision, as it is remembered: `2026/11/3`.
pub fn day_in_words(day: CivilDate) -> String {
    format!("{}/{}/{}", day.year(), day.month(), day.day())
}

/// Records too many that somebody has put aside.
pub fn surplus(ledger: &Ledger) -> Result<PutAside, LedgerError> {
    let remembered = ledger.exclusions()?.into_iter();
    let surplus = remembered.filter(|(key, _)| key.kind == SURPLUS);
    Ok(surplus.map(|(key, of)| (key.cells, of.rows)).collect())
}

/// Remembers that somebody has looked at records too many; the same ones are not asked about again.
pub fn put_surplus_aside(
    ledger: &Ledger,
    run: RunId,
    said: &[Finding],
    today: &str,
) -> Result<(), LedgerError> {
    let mut known = surplus(ledger)?;
    for finding in said.iter().filter(|of| of.code == Code::SurplusRecord) {
        let Some(who) = &finding.client else { continue };
        let key = RowKey {
            kind: SURPLUS.to_owned(),
            cells: surplus_key(who.id, &finding.value),
        };
        let rows = known.entry(key.cells.clone()).or_default();
        *rows += 1;
        let exclusion = Exclusion {
            rows: *rows,
            reason: "rakuwing status --done".to_owned(),
            decided: today.to_owned(),
        };
        ledger.exclude(run, &key, Some(&exclusion))?;
    }
    Ok(())
}

/// What is left out in a run.
#[derive(Debug, Default)]
pub struct Exclusions {
    /// Everything that holds, with what was decided now.
    holds: BTreeMap<RowKey, Exclusion>,
    /// What was decided now and is to be entered; `None` where it was taken back.
    fresh: BTreeMap<RowKey, Option<Exclusion>>,
}

/// What a workbook says of rows that are alike, in one file.
#[derive(Debug, Default)]
pub struct Marks {
    /// How many were left out when it was made.
    pub shown: usize,
    /// How many are to be left out as well.
    pub marked: usize,
    /// How many are not to be left out any more.
    pub cleared: usize,
    /// Why.
    pub reason: String,
}

impl Marks {
    /// Adds what another sheet of the same workbook says of the same rows.
    pub fn add(&mut self, other: Self) {
        self.shown += other.shown;
        self.marked += other.marked;
        self.cleared += other.cleared;
        if !other.reason.is_empty() {
            self.reason = other.reason;
        }
    }
}

impl Exclusions {
    /// What was decided earlier.
    pub fn remembered(ledger: Option<&Ledger>) -> Result<Self, Error> {
        let mut holds = ledger
            .map(Ledger::exclusions)
            .transpose()?
            .unwrap_or_default();
        holds.retain(|key, _| key.kind != SURPLUS);
        Ok(Self {
            holds,
            fresh: BTreeMap::new(),
        })
    }

    /// Whether nothing was decided now.
    pub fn is_unchanged(&self) -> bool {
        self.fresh.is_empty()
    }

    /// Takes over what a workbook says; gives how many rows more are left out, and how many
    /// less. A workbook that comes back a second time says nothing new.
    pub fn take(&mut self, key: RowKey, marks: Marks, today: &str) -> (usize, usize) {
        let now = self.holds.get(&key).map_or(0, |of| of.rows);
        let meant = (marks.shown + marks.marked).saturating_sub(marks.cleared);
        let rows = match (marks.marked, marks.cleared) {
            (0, 0) => now,
            (_, 0) => now.max(meant),
            (0, _) => now.min(meant),
            (_, _) => meant,
        };
        if rows == now {
            return (0, 0);
        }
        let exclusion = match self.holds.remove(&key) {
            Some(earlier) if marks.marked == 0 => Exclusion { rows, ..earlier },
            _ => Exclusion {
                rows,
                reason: marks.reason,
                decided: today.to_owned(),
            },
        };
        let exclusion = (rows > 0).then_some(exclusion);
        self.fresh.insert(key.clone(), exclusion.clone());
        self.holds.extend(exclusion.map(|of| (key, of)));
        (rows.saturating_sub(now), now.saturating_sub(rows))
    }

    /// Which rows of a file it is about: of rows that are alike the first ones.
    pub fn rows_of(
        &self,
        path: &Path,
        name: &FileName,
        layouts: &[Arc<Layout>],
    ) -> Result<Decided, Error> {
        if self.holds.is_empty() {
            return Ok(Decided::new());
        }
        let mut finding = Looking {
            holds: &self.holds,
            met: BTreeMap::new(),
            decided: Decided::new(),
        };
        read::read(path, name, layouts, Digests::NotAsked, &mut finding)?;
        Ok(finding.decided)
    }

    /// Whether anything is left out of rows of a kind.
    pub fn concerns(&self, kind: RecordKind) -> bool {
        self.holds.keys().any(|key| key.kind == kind.name())
    }

    /// Remembers what was decided now.
    pub fn enter(&self, ledger: &Ledger, run: RunId) -> Result<(), Error> {
        for (key, exclusion) in &self.fresh {
            ledger.exclude(run, key, exclusion.as_ref())?;
        }
        Ok(())
    }
}

/// What a row of a file is known by. Empty cells at its end are no cells.
pub fn key_of(sheet: &Sheet, row: &Row) -> RowKey {
    /// No text of a cell holds it.
    const BETWEEN: &str = "\u{1f}";
    let cells: Vec<&str> = row.cells().collect();
    let filled = cells.iter().rposition(|cell| !cell.is_empty());
    let cells = &cells[..filled.map_or(0, |last| last + 1)];
    RowKey {
        kind: sheet.layout.record().name().to_owned(),
        cells: Digest::of(cells.join(BETWEEN).as_bytes())
            .as_str()
            .to_owned(),
    }
}

/// Looks for rows while a file is read.
struct Looking<'a> {
    holds: &'a BTreeMap<RowKey, Exclusion>,
    met: BTreeMap<RowKey, usize>,
    decided: Decided,
}

impl Intake for Looking<'_> {
    fn sheet(&mut self, _sheet: &Arc<Sheet>) {}

    fn row(&mut self, sheet: &Arc<Sheet>, row: &Row) {
        let key = key_of(sheet, row);
        let Some(exclusion) = self.holds.get(&key) else {
            return;
        };
        let met = self.met.entry(key).or_default();
        *met += 1;
        if *met <= exclusion.rows {
            let place = (sheet.name().cloned(), row.number());
            let record = cells::read(sheet, row, &mut Vec::new());
            let decision = Decision {
                reason: exclusion.reason.clone(),
                when: exclusion.decided.clone(),
                who: ClientId::from_record(&record).map(|id| Who {
                    id,
                    name: record.text(Field::Name).into(),
                }),
            };
            self.decided.insert(place, decision);
        }
    }

    fn finding(&mut self, _kind: Option<RecordKind>, _finding: Finding) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> RowKey {
        RowKey {
            kind: "plan_line".to_owned(),
            cells: "0f".to_owned(),
        }
    }

    fn taken(exclusions: &mut Exclusions, [shown, marked, cleared]: [usize; 3]) -> (usize, usize) {
        let marks = Marks {
            shown,
            marked,
            cleared,
            reason: "注記".to_owned(),
        };
        exclusions.take(key(), marks, "2026/11/3")
    }

    #[test]
    fn a_workbook_that_comes_back_twice_counts_once() {
        let mut exclusions = Exclusions::default();
        assert_eq!(taken(&mut exclusions, [0, 1, 0]), (1, 0));
        assert_eq!(taken(&mut exclusions, [0, 1, 0]), (0, 0));
        // The next workbook shows it as left out, and somebody leaves out its twin as well.
        assert_eq!(taken(&mut exclusions, [1, 1, 0]), (1, 0));
        assert_eq!(taken(&mut exclusions, [1, 1, 0]), (0, 0));
        assert_eq!(taken(&mut exclusions, [2, 0, 1]), (0, 1));
        assert_eq!(taken(&mut exclusions, [2, 0, 1]), (0, 0));
        assert_eq!(exclusions.holds[&key()].rows, 1);
        assert_eq!(taken(&mut exclusions, [1, 0, 1]), (0, 1));
        assert_eq!(exclusions.fresh[&key()], None);
    }
}
