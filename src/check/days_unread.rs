//! Days that nobody reads: a sheet lacks days of a month, or has counts in a column that nobody
//! knows, and its sums say that visits are missing.
//!
//! Such visits would vanish without a word. Which days they belong to nobody can tell, so no row
//! of the sheet goes until somebody has said which columns the days are.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Code, FileId, Finding, RowId};
use crate::model::{DayCounts, Field, Fields as _, PlanLine, Record, RecordKind, YearMonth};
use crate::read::{Row, Sheet};
use crate::table::text::day_count;

use super::gather::Gathered;

/// What a sheet does not have, and what nobody reads of it.
#[derive(Debug, Clone)]
pub(super) struct Doubt {
    /// A bit for each day that has no column, the first day lowest.
    planned: u32,
    actual: u32,
    /// The columns whose headers nobody knows.
    strange: Vec<usize>,
}

/// The days of a line on one side, with their sum.
struct Side<'l> {
    field: Field,
    days: &'l DayCounts,
    total: Option<u32>,
    absent: u32,
}

impl Doubt {
    /// `None` where a sheet has all days, and nothing else that could be one.
    pub(super) fn of(sheet: &Sheet) -> Option<Self> {
        if sheet.layout.record() != RecordKind::PlanLine {
            return None;
        }
        let mut doubt = Self {
            planned: 0,
            actual: 0,
            strange: sheet.strange().map(|(at, _)| at).collect(),
        };
        for absent in sheet.absent_columns() {
            let days = absent
                .days
                .iter()
                .fold(0, |days, day| days | 1 << (day - 1));
            match absent.field {
                Field::Planned => doubt.planned = days,
                Field::Actual => doubt.actual = days,
                _ => {}
            }
        }
        (doubt.planned | doubt.actual != 0 || !doubt.strange.is_empty()).then_some(doubt)
    }

    /// Whether a line has to be looked at cell by cell.
    pub(super) fn concerns<T: AsRef<str>>(&self, line: &PlanLine<T>) -> bool {
        let sides = self.sides(
            (&line.planned, line.planned_total),
            (&line.actual, line.actual_total),
        );
        sides
            .iter()
            .any(|side| side.total.is_some_and(|total| total != side.days.total()))
            || (line.planned_total.is_none() && lacks(self.planned, line.month))
    }

    /// R144: of what a row has lost something, and how one knows, if it has.
    pub(super) fn lost(&self, record: &Record<'_>, row: &Row) -> Option<(Field, String)> {
        let (planned, actual) = (record.days(Field::Planned)?, record.days(Field::Actual)?);
        let month = record.month(Field::Month)?;
        let totals = [Field::PlannedTotal, Field::ActualTotal].map(|of| record.number(of));
        let sides = self.sides((planned, totals[0]), (actual, totals[1]));
        let has_counts = || self.strange.iter().any(|at| is_counted(row.cell(*at)));
        for side in sides {
            let lacks = lacks(side.absent, month);
            let sum = side.days.total();
            match side.total {
                Some(total) if total != sum && (lacks || has_counts()) => {
                    let word = side.field.label();
                    let why = format!("{word}の合計{total}、読めた日ごとの合計{sum}");
                    return Some((side.field, why));
                }
                None if side.field == Field::Planned && lacks && has_counts() => {
                    let why = "読めていない列に回数があります".to_owned();
                    return Some((side.field, why));
                }
                Some(_) | None => {}
            }
        }
        None
    }

    fn sides<'l>(
        &self,
        planned: (&'l DayCounts, Option<u32>),
        actual: (&'l DayCounts, Option<u32>),
    ) -> [Side<'l>; 2] {
        let side = |field, (days, total): (&'l DayCounts, _), absent| Side {
            field,
            days,
            total,
            absent,
        };
        [
            side(Field::Planned, planned, self.planned),
            side(Field::Actual, actual, self.actual),
        ]
    }
}

/// Whether some of these days are days of a month.
fn lacks(days: u32, month: YearMonth) -> bool {
    days & (u32::MAX >> (32 - month.days())) != 0
}

/// So many headers are named where many are strange.
const NAMED: usize = 5;

/// Whether a cell holds a count that is not nought.
fn is_counted(cell: &str) -> bool {
    day_count(cell).is_ok_and(|count| count > 0)
}

/// R144: what is said of a sheet whose row has lost something.
pub(super) fn finding(sheet: &Sheet, row: u32, (field, why): &(Field, String)) -> Finding {
    let mut place = sheet.whole();
    place.row = sheet.header_row();
    let absent = sheet.absent_columns().into_iter();
    let mut columns: Vec<String> = absent
        .filter(|of| of.field == *field)
        .map(|of| of.title)
        .collect();
    if columns.is_empty() {
        // All days are there, so it is one of these that holds more.
        let strange = sheet.strange().take(NAMED);
        columns.extend(strange.map(|(_, header)| header.to_owned()));
    }
    let finding = Finding::new(Code::DaysUnread, place).value(columns.join("、"));
    finding.detail(format!("{} の列、{row}行目: {why}", sheet.layout.name()))
}

/// Makes every row of such sheets one that is no record: all of them wait for one answer.
pub fn withhold(gathered: &mut Gathered) {
    let unread = std::mem::take(&mut gathered.days_unread);
    let (pages, findings): (BTreeSet<FileId>, Vec<Finding>) = unread.into_iter().unzip();
    if pages.is_empty() {
        return;
    }
    gathered.findings.extend(findings);
    let rows = gathered.take_rows(|origin| pages.contains(&origin.id.file()));
    let mut firsts: BTreeMap<FileId, RowId> = BTreeMap::new();
    for row in &rows {
        let id = row.origin.id;
        let first = *firsts.entry(id.file()).or_insert(id);
        gathered.book.tie(first, id);
    }
    gathered.bad_rows.extend(rows);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::{Sample, gather_named, line, rules, said, scope};
    use super::*;
    use crate::check::months;
    use crate::finding::Fate;

    /// What is said of rows under such headers, and how many of them are held and sent.
    fn checked(
        name: impl Fn(&str) -> Option<String>,
        rows: &[Sample],
    ) -> (Vec<String>, usize, usize) {
        let mut gathered = gather_named(name, rows);
        withhold(&mut gathered);
        let months = months::check(&mut gathered, &rules(&scope())).unwrap();
        let sent = months.iter().map(|month| month.lines.len()).sum();
        gathered
            .findings
            .retain(|of| of.code != Code::UnknownColumn);
        let held = gathered.book.count(Fate::Withheld);
        (said(&gathered.findings), held, sent)
    }

    fn last_days_renamed(header: &str) -> String {
        match header {
            "予定29" | "予定30" | "予定31" => format!("{}日", &header[6..]),
            other => other.to_owned(),
        }
    }

    fn renamed(header: &str) -> Option<String> {
        Some(last_days_renamed(header)).filter(|header| !header.is_empty())
    }

    fn total(sample: Sample, total: &str) -> Sample {
        sample.with("予定合計", total)
    }

    #[test]
    fn a_sheet_whose_sums_say_that_days_are_missing_is_held_whole() {
        let rows = [
            total(line(&[5]), "1"),
            total(line(&[5, 30]).of("0000100002", "試験　太郎"), "2"),
        ];
        let said = "R144 1行目 「予定29〜予定31」 \
                    月間ケアプラン の列、3行目: 予定の合計2、読めた日ごとの合計1";
        assert_eq!(checked(renamed, &rows), (vec![said.to_owned()], 2, 0));
        let dropped = |header: &str| {
            let last = matches!(header, "予定29" | "予定30" | "予定31");
            (!last).then(|| header.to_owned())
        };
        assert_eq!(
            checked(dropped, &rows).1,
            2,
            "a column may be gone altogether"
        );
    }

    #[test]
    fn where_the_sums_are_right_nothing_is_missing() {
        let rows = [total(line(&[5, 28]), "2"), total(line(&[6]), "1")];
        assert_eq!(checked(renamed, &rows).1, 0);
    }

    #[test]
    fn without_a_sum_counts_that_nobody_reads_are_enough() {
        assert_eq!(checked(renamed, &[line(&[5])]), (vec![], 0, 1));
        let (said, held, _) = checked(renamed, &[line(&[5, 29])]);
        assert!(
            said[0].ends_with("読めていない列に回数があります"),
            "{said:?}"
        );
        assert_eq!(held, 1);
    }

    #[test]
    fn the_days_that_a_month_does_not_have_are_not_missed() {
        let february = total(line(&[5]).with("対象年月", "2026/02"), "2");
        let mut gathered = gather_named(renamed, &[february]);
        withhold(&mut gathered);
        assert_eq!(gathered.lines.len(), 1);
    }

    #[test]
    fn a_wrong_sum_beside_a_column_of_remarks_is_only_a_wrong_sum() {
        let remarks = |header: &str| {
            let name = if header == "実績31" {
                "備考"
            } else {
                header
            };
            Some(name.to_owned())
        };
        let row = |text| total(line(&[5]), "2").with("実績31", text);
        assert_eq!(checked(remarks, &[row("要相談")]).1, 0);
        let said =
            "R144 1行目 「備考」 月間ケアプラン の列、2行目: 予定の合計2、読めた日ごとの合計1";
        let held = (vec![said.to_owned()], 1, 0);
        assert_eq!(
            checked(remarks, &[row("1")]),
            held,
            "a count may be a visit"
        );
    }

    #[test]
    fn the_sum_of_what_was_done_counts_as_well() {
        let renamed = |header: &str| match header {
            "実績30" => Some("30日実績".to_owned()),
            other => Some(other.to_owned()),
        };
        let row = line(&[5]).with("実績5", "1").with("実績30", "1");
        assert_eq!(checked(renamed, &[row.with("実績合計", "2")]).1, 1);
    }

    prop_compose! {
        /// A row with counts on some days, and with its sum or without one.
        fn any_row()(
            days in prop::collection::btree_set(1u32..=31, 1..6),
            with_sum in any::<bool>(),
        ) -> (Sample, usize) {
            let counted: Vec<u32> = days.into_iter().collect();
            let row = line(&counted);
            let sum = counted.len().to_string();
            (if with_sum { total(row, &sum) } else { row }, counted.len())
        }
    }

    proptest! {
        #[test]
        fn no_visit_vanishes_whatever_the_days_are_called(
            row in any_row(),
            others in prop::collection::btree_set(29u32..=31, 0..=3),
            gone in prop::collection::btree_set(29u32..=31, 0..=3),
        ) {
            let (row, counts) = row;
            let has_sum = row.cell("予定合計").is_some();
            let named = |header: &str| {
                let day = header.strip_prefix("予定").and_then(|day| day.parse().ok());
                match day {
                    Some(day) if others.contains(&day) => Some(format!("{day}日目")),
                    // Without a sum, a column that is not there has left no trace.
                    Some(day) if gone.contains(&day) && has_sum => None,
                    _ => Some(header.to_owned()),
                }
            };
            let mut gathered = gather_named(named, &[row]);
            withhold(&mut gathered);
            let held = gathered.bad_rows.len();
            let read = gathered.lines.all();
            let read: u32 = read.iter().map(|(line, _)| line.planned.total()).sum();
            prop_assert!(held == 1 || read as usize == counts);
        }
    }
}
