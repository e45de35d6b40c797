//! Months of which a spreadsheet has made days: `2026/11` comes back as `Nov-26` or `11月26日`.
//!
//! Read by itself such a cell has two meanings. It has one where the name of the file or of the
//! sheet says the month, or where every other row of the sheet is of that month.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Code, FileId, Finding, RowId, Who};
use crate::model::{Field, Kind, Place, YearMonth};
use crate::read::{Row, Sheet};
use crate::table::civil_text::{month_before_excel, names_month};

use super::CheckError;
use super::gather::Gathered;
use super::origin::Origin;

/// The month of a cell that was a month once, as far as names tell: it is meant, or only may be.
pub(super) fn read(
    field: Field,
    sheet: &Sheet,
    text: &str,
) -> Option<Result<YearMonth, YearMonth>> {
    if field.kind() != Kind::Month {
        return None;
    }
    let month = month_before_excel(text, sheet.calendar())?;
    let mut names = std::iter::once(sheet.file().as_str()).chain(sheet.name().map(|of| &**of));
    let is_named = names.any(|name| names_month(name, month));
    Some(if is_named { Ok(month) } else { Err(month) })
}

/// A row of which nothing is wrong but such a month.
#[derive(Debug, Clone)]
pub struct Doubtful {
    origin: Origin,
    row: Row,
    /// Which cell it is.
    place: usize,
    month: YearMonth,
    who: Option<Who>,
}

impl Doubtful {
    /// The same row where so many pages were put in front of its own.
    pub(super) fn moved(mut self, more: u32) -> Self {
        self.origin.id = self.origin.id.moved(more);
        self
    }
}

/// So many rows wait for the others; where it is a habit of a file, no other row will tell.
const MOST: usize = 10_000;

/// Keeps a row whose only errors are such months.
pub(super) fn keep(doubtful: &mut Vec<Doubtful>, origin: &Origin, row: &Row, said: &[Finding]) {
    let mut errors = said.iter().filter(|finding| finding.withholds());
    let only = errors.next().filter(|_| errors.next().is_none());
    let Some(only) = only.filter(|of| of.code == Code::MonthLostInExcel) else {
        return;
    };
    let column = only.place.column.as_ref().map(|column| column.index);
    let calendar = origin.sheet().calendar();
    let month = month_before_excel(&only.value, calendar);
    if let Some((place, month)) = column.zip(month)
        && doubtful.len() < MOST
    {
        doubtful.push(Doubtful {
            origin: origin.clone(),
            row: row.clone(),
            place,
            month,
            who: only.client.clone(),
        });
    }
}

/// R146: reads the rows once more that are of the one month of which all others of their sheet
/// are.
pub fn settle(gathered: &mut Gathered) -> Result<(), CheckError> {
    let doubtful = std::mem::take(&mut gathered.doubtful);
    if doubtful.is_empty() {
        return Ok(());
    }
    let mut months: BTreeMap<FileId, BTreeSet<YearMonth>> = BTreeMap::new();
    for of in &doubtful {
        months.entry(of.origin.id.file()).or_default();
    }
    gathered.lines.each(|line, origin| {
        if let Some(months) = months.get_mut(&origin.id.file()) {
            months.insert(line.month);
        }
    })?;
    let is_clear = |of: &Doubtful| months[&of.origin.id.file()].iter().eq([&of.month]);
    let clear: Vec<Doubtful> = doubtful.into_iter().filter(is_clear).collect();
    let rows: BTreeSet<RowId> = clear.iter().map(|of| of.origin.id).collect();
    let places: BTreeSet<Place> = clear.iter().map(|of| of.origin.place()).collect();
    gathered
        .bad_rows
        .retain(|row| !rows.contains(&row.origin.id));
    gathered
        .findings
        .retain(|finding| !places.contains(&finding.place.row_only()));
    for of in clear {
        let Doubtful {
            origin,
            row,
            place,
            month,
            who,
        } = of;
        let text = format!("{:04}/{:02}", month.year(), month.month());
        let read = row.corrected(&BTreeMap::from([(place, text)]), row.width());
        let cell = origin.sheet().cell(row.number(), place);
        let finding = Finding::new(Code::MonthFromExcel, cell).value(row.cell(place));
        let mut finding = finding.detail(month.in_words());
        finding.client = who;
        gathered.findings.push(finding);
        gathered.examine(&read, origin);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Sample, gather, line, said};
    use super::*;

    fn settled(rows: &[Sample]) -> (Vec<String>, usize, usize) {
        let mut gathered = gather(rows);
        settle(&mut gathered).unwrap();
        let bad = gathered.bad_rows.len();
        (said(&gathered.findings), gathered.lines.len(), bad)
    }

    fn of(month: &str) -> Sample {
        line(&[5]).with("対象年月", month)
    }

    #[test]
    fn the_name_of_the_file_tells_which_month_was_meant() {
        let row = of("Nov-26").within("月間ケアプラン_202611.csv");
        let said = vec!["R146 2行目 対象年月「Nov-26」 2026年11月".to_owned()];
        assert_eq!(settled(&[row]), (said, 1, 0));
    }

    #[test]
    fn so_do_all_other_rows_where_they_are_of_one_month() {
        let rows = [of("2026/11"), of("11月26日"), of("2026/11")];
        let said = vec!["R146 3行目 対象年月「11月26日」 2026年11月".to_owned()];
        assert_eq!(settled(&rows), (said, 3, 0));
    }

    #[test]
    fn where_nothing_tells_it_is_said_what_excel_did() {
        let said = |rows: &[Sample]| settled(rows).0;
        let lost = "R147 2行目 対象年月「Nov-26」 2026年11月のことですか";
        assert_eq!(said(&[of("Nov-26")]), [lost]);
        assert_eq!(said(&[of("Nov-26"), of("2026/10")]), [lost]);
        assert_eq!(said(&[of("Nov-26"), of("2026/11"), of("2026/10")]), [lost]);
        let other = of("Nov-26").within("月間ケアプラン_202610.csv");
        assert_eq!(said(&[other]), [lost]);
    }

    #[test]
    fn a_row_with_another_error_stays_one_that_is_no_record() {
        let rows = [of("2026/11"), of("Nov-26").with("開始時刻", "朝")];
        let (said, lines, bad) = settled(&rows);
        assert_eq!((said.len(), lines, bad), (2, 1, 1));
    }
}
