//! Mixed files: what must be one throughout a file changes half-way.
//!
//! Such a file is two files in one, or damaged; which of its rows belong together nobody can
//! tell, so none of them goes.

use std::sync::Arc;

use crate::finding::{Code, Finding};
use crate::read::{Row, Sheet};
use crate::table::fold::nfkc;

use super::bad_row::BadRow;
use super::gather::Gathered;

/// What the columns that hold one text a file have held so far: the column, its text and the
/// row of it.
#[derive(Debug, Default)]
pub(super) struct Firsts(Vec<(usize, String, u32)>);

impl Firsts {
    /// R127: the first cell that differs from the ones above it. An empty one says nothing.
    pub(super) fn differing(&mut self, sheet: &Sheet, row: &Row) -> Option<Finding> {
        for &place in sheet.one_per_file() {
            let text = row.cell(place).trim();
            if text.is_empty() {
                continue;
            }
            match self.0.iter().find(|(of, ..)| *of == place) {
                None => self.0.push((place, nfkc(text).into_owned(), row.number())),
                Some((_, first, _)) if *first == nfkc(text) => {}
                Some((_, first, above)) => {
                    let cell = sheet.cell(row.number(), place);
                    return Some(
                        Finding::new(Code::MixedFile, cell)
                            .value(text)
                            .detail(format!("{above}行目は {first}")),
                    );
                }
            }
        }
        None
    }
}

/// Makes every row of a mixed file one that is no record. Whatever office and month they name
/// is in doubt as well, so they hold their clients everywhere.
pub fn withhold(gathered: &mut Gathered) {
    for (sheet, row) in std::mem::take(&mut gathered.mixed) {
        // None of the rows goes, and that has been said: what is wrong in them is no news.
        gathered.findings.retain(|finding| {
            let place = &finding.place;
            let behind = place.row.is_some_and(|of| of > row) && place.column.is_some();
            let of_sheet = place.file == *sheet.file() && place.sheet.as_ref() == sheet.name();
            !(behind && of_sheet) || matches!(finding.code, Code::NotAPerson | Code::MixedFile)
        });
        let rows = gathered.take_rows(|origin| Arc::ptr_eq(origin.sheet(), &sheet));
        // One cell holds them all, and to mend it frees them all.
        for pair in rows.windows(2) {
            gathered.book.tie(pair[0].origin.id, pair[1].origin.id);
        }
        gathered.bad_rows.extend(rows.into_iter().map(|row| BadRow {
            office: None,
            month: None,
            ..row
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{ANOTHER, Sample, day, gather, rules, said, scope};
    use super::*;
    use crate::check::months;
    use crate::finding::Fate;

    fn checked(rows: &[Sample]) -> (usize, Vec<String>, usize) {
        let mut gathered = gather(rows);
        withhold(&mut gathered);
        let months = months::check(&mut gathered, &rules(&scope())).unwrap();
        let withheld = gathered.book.count(Fate::Withheld);
        (months.len(), said(&gathered.findings), withheld)
    }

    #[test]
    fn a_file_of_two_versions_is_withheld_whole_and_named_where_the_second_begins() {
        let rows = [
            day("20261005"),
            day("20261006").with("サービス事業者コード", ANOTHER),
            day("20261007").with("CSVバージョン", "202504"),
            day("20261008").with("CSVバージョン", "202504"),
        ];
        let said = vec!["R127 3行目 CSVバージョン「202504」 1行目は 202407".to_owned()];
        assert_eq!(checked(&rows), (0, said, 4));
    }

    #[test]
    fn a_file_of_two_months_is_withheld_whole() {
        let november = day("20261105").with("対象年月", "202611");
        let (months, said, withheld) = checked(&[day("20261005"), november]);
        assert_eq!(said, ["R127 2行目 対象年月「202611」 1行目は 202610"]);
        assert_eq!((months, withheld), (0, 2));
    }

    #[test]
    fn width_does_not_make_a_file_a_mixed_one() {
        let wide = day("20261006").with("対象年月", "２０２６１０");
        assert_eq!(checked(&[day("20261005"), wide]), (1, vec![], 0));
    }
}
