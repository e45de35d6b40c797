//! The file that was chosen: where an older and a newer one say two things, somebody has said
//! which of them counts.
//!
//! A list or a grid of 楽すけ is about everybody; a national file is about the people that its
//! sender cares for, and says nothing of others.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use crate::finding::{Code, Fate, Finding, RowId};
use crate::model::{ClientId, FileName, OfficeNumber, RecordKind, YearMonth};
use crate::read::Sheet;
use crate::table::Completes;

use super::CheckError;
use super::bad_row::BadRow;
use super::gather::Gathered;
use super::senders;

/// What a chosen file speaks of: nothing else is said about that.
struct Subject {
    file: FileName,
    /// Its sheets; files of other senders say nothing else about what they speak of.
    sheets: Vec<Arc<Sheet>>,
    kinds: BTreeSet<RecordKind>,
    months: BTreeSet<(OfficeNumber, YearMonth)>,
    clients: BTreeSet<ClientId>,
}

/// R149: leaves out the rows of other files about that of which the chosen one speaks: the
/// clients, the care-management offices, or an office's month. A file that only completes what
/// is known stays.
pub fn check(gathered: &mut Gathered, file: &FileName) -> Result<(), CheckError> {
    let subject = Subject::of(gathered, file)?;
    gathered.chosen = Some(file.clone());
    if subject.kinds.is_empty() {
        return Ok(());
    }
    let mut beside: HashSet<RowId> = HashSet::new();
    for row in gathered.as_bad_rows(|origin| subject.is_of_another(origin.sheet()))? {
        if subject.includes(&row) {
            beside.insert(row.origin.id);
        }
    }
    let left = gathered.take_rows(|origin| beside.contains(&origin.id));
    let mut places: BTreeMap<_, usize> = BTreeMap::new();
    for row in &left {
        gathered.book.decide(row.origin.id, Fate::Excluded)?;
        *places.entry(row.origin.sheet().whole()).or_default() += 1;
    }
    let rows: HashSet<_> = left.iter().map(|row| row.origin.place()).collect();
    gathered
        .findings
        .retain(|finding| !rows.contains(&finding.place.row_only()));
    for (place, rows) in places {
        let detail = format!("{file} を選んだので、この{rows}行は使いません");
        let finding = Finding::new(Code::NotChosen, place);
        gathered.findings.push(finding.detail(detail));
    }
    Ok(())
}

impl Subject {
    fn of(gathered: &Gathered, file: &FileName) -> Result<Self, CheckError> {
        let rows = gathered.as_bad_rows(|origin| origin.sheet().file() == file)?;
        Ok(Self {
            file: file.clone(),
            sheets: (gathered.recognised.iter())
                .filter(|(sheet, _)| sheet.file() == file)
                .map(|(sheet, _)| Arc::clone(sheet))
                .collect(),
            kinds: rows.iter().map(|row| row.kind).collect(),
            months: rows
                .iter()
                .filter_map(|row| Some((row.office?, row.month?)))
                .collect(),
            clients: rows.iter().filter_map(|row| row.client).collect(),
        })
    }

    fn is_of_another(&self, sheet: &Sheet) -> bool {
        let layout = &sheet.layout;
        let speaks = self.kinds.contains(&layout.record()) && layout.completes() == Completes::No;
        let another = *sheet.file() != self.file;
        speaks && another && !self.sheets.iter().any(|of| senders::differ(of, sheet))
    }

    fn includes(&self, row: &BadRow) -> bool {
        if !row.kind.is_of_a_plan() {
            return true;
        }
        let is_named = row.client.is_some_and(|of| self.clients.contains(&of));
        if row.kind == RecordKind::PlanDay && !is_named {
            return false;
        }
        let mut months = self.months.iter();
        months.any(|(office, month)| {
            row.office.is_none_or(|of| of == *office) && row.month.is_none_or(|of| of == *month)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{ANOTHER, Sample, card, gather, line, said};
    use super::*;

    fn chosen(rows: &[Sample], file: &str) -> (Vec<String>, Vec<u32>) {
        let mut gathered = gather(rows);
        check(&mut gathered, &FileName::new(file)).unwrap();
        let lines = gathered.lines.all();
        let rows = lines.iter().map(|(_, origin)| origin.row()).collect();
        (said(&gathered.findings), rows)
    }

    #[test]
    fn other_files_keep_what_the_chosen_one_does_not_speak_of() {
        let rows = [
            card(),
            line(&[5]).within("古い.csv"),
            line(&[5]).with("対象年月", "2026/11").within("古い.csv"),
            line(&[5]).with("事業所番号", ANOTHER).within("古い.csv"),
            line(&[6]).with("開始時刻", "朝").within("古い.csv"),
            line(&[7]).within("新しい.csv"),
        ];
        let (said, lines) = chosen(&rows, "新しい.csv");
        assert_eq!(said, ["R149 新しい.csv を選んだので、この2行は使いません"]);
        assert_eq!(lines.len(), 3);
        assert!(!lines.is_empty());
    }

    #[test]
    fn a_file_of_another_kind_chooses_nothing() {
        let rows = [card(), line(&[5]).within("a.csv")];
        assert_eq!(chosen(&rows, "利用者一覧.csv").1, [2]);
        assert_eq!(chosen(&rows, "ない.csv").1, [2]);
    }
}
