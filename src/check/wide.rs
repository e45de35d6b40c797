//! Wide rows: an empty cell more than the header has, in some rows of a list and not in the others.
//!
//! Where every row has it, the program that wrote the file ends its rows so. Where few have it, there is
//! a comma in them that belongs to a text, and what stands behind it has moved to the right: a building
//! into the phone number, a phone number into the fax number.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Code, Finding, RowId};
use crate::model::RecordKind;
use crate::read::{Row, Sheet};

use super::gather::Gathered;
use super::origin::Origin;
use super::versions::is_one_source;

/// So many of a sheet are enough to tell.
const MOST: usize = 10_000;

/// Whether a row is one of them. Counts of days are held by their sums (see the rule on ragged rows).
pub(super) fn is_wide(sheet: &Sheet, row: &Row) -> bool {
    let kind = sheet.layout.record();
    let is_list = matches!(kind, RecordKind::CareOffice | RecordKind::ClientCard);
    is_list && row.width() > sheet.header_width()
}

/// Keeps a wide row that is a record so far.
pub(super) fn keep(wide: &mut Vec<Origin>, origin: &Origin) {
    if wide.len() < MOST {
        wide.push(origin.clone());
    }
}

/// R110: makes wide rows ones that are no record, unless the sheet has more of them than of others.
pub fn withhold(gathered: &mut Gathered) {
    let mut of_sheets: BTreeMap<_, Vec<Origin>> = BTreeMap::new();
    for origin in std::mem::take(&mut gathered.wide) {
        let sheet = origin.sheet();
        let sheet = (sheet.file().clone(), sheet.name().cloned());
        of_sheets.entry(sheet).or_default().push(origin);
    }
    for wide in of_sheets.into_values() {
        let sheet = wide[0].sheet();
        let recognised = gathered.recognised.iter();
        let mut of_sheet = recognised.filter(|(of, _)| is_one_source(of, sheet));
        let rows = of_sheet.next().map_or(0, |(_, rows)| *rows);
        if wide.len() * 2 > rows {
            continue;
        }
        let ids: BTreeSet<RowId> = wide.iter().map(|origin| origin.id).collect();
        for row in gathered.take_rows(|origin| ids.contains(&origin.id)) {
            let sheet = row.origin.sheet();
            let place = sheet.cell(row.origin.row(), sheet.header_width());
            let columns = sheet.header_width();
            let detail = format!("見出しは{columns}列、この行にはそれより右に空のセルがあります");
            let mut finding = Finding::new(Code::RowTooLong, place).detail(detail);
            if let Some(client) = row.client {
                finding.concern(client, "");
            }
            gathered.findings.push(finding);
            gathered.bad_rows.push(row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::offices;
    use super::super::samples::{gather, office, said};
    use super::*;
    use crate::finding::Fate;

    /// How many offices pass, and what is said, where some rows have a cell too many.
    fn checked(wide: &[bool]) -> (usize, Vec<String>, usize) {
        let number = ["1370000018", "1370000026", "1370000034"];
        let rows = wide.iter().zip(number).map(|(wide, number)| {
            let row = office().with("事業所番号", number);
            if *wide { row.wider() } else { row }
        });
        let mut gathered = gather(&rows.collect::<Vec<_>>());
        withhold(&mut gathered);
        let passed = offices::check(&mut gathered).unwrap().len();
        let held = gathered.book.count(Fate::Withheld);
        (passed, said(&gathered.findings), held)
    }

    #[test]
    fn a_row_with_an_empty_cell_too_many_is_held_where_the_others_have_none() {
        let (passed, said, held) = checked(&[false, true, false]);
        assert_eq!((passed, held), (2, 1), "{said:?}");
        assert!(said[0].starts_with("R110 3行目"), "{said:?}");
    }

    #[test]
    fn rows_that_all_end_so_are_as_the_program_writes_them() {
        assert_eq!(checked(&[true, true, true]), (3, vec![], 0));
    }
}
