//! The hot path: a line of the grid as nearly all lines are.
//!
//! A country's month has two million lines, and what is usual of them is narrow: every cell
//! plain, in the form in which 楽すけ writes it, and nothing to be said. Such a line is read
//! here straight from the bytes of its record; no cell becomes a text of its own, and names,
//! which stand on every line of their client, are decoded once. Whatever is otherwise in any
//! cell (another form, a remark, a comma too many, a name that is nobody's) is no answer here,
//! and the row goes the way of all rows: [`cells`](super::cells) and the rules behind it know
//! every form and say what is wrong. A law holds that both ways lead to the same.

use std::ops::Range;

use crate::model::{
    CivilTime, ClientId, ClockRange, DayCounts, Field, InsuredNumber, InsurerNumber, Kind,
    OfficeNumber, PlanLine, RecordKind, ServiceCode, YearMonth,
};
use crate::read::{DayColumn, Raw, Sheet, ValueColumn};
use crate::table::{NameWords, damage, usual};

use super::hours;

/// So many names of services are kept at hand.
const SERVICES: usize = 8;

/// Reads usual lines of a sheet, one after the other.
#[derive(Debug)]
pub(super) struct UsualLines {
    names: Texts<1>,
    services: Texts<SERVICES>,
    days: Vec<Days>,
}

/// Columns of a sheet side by side that hold days of a field, one after the other.
#[derive(Debug, Clone)]
struct Days {
    field: Field,
    /// The columns, as the cells of a row are counted.
    places: Range<usize>,
    /// The first day, from 1.
    day: u32,
}

impl Days {
    /// All columns of days of a sheet, cut where one does not go on with the other.
    fn of(sheet: &Sheet) -> Vec<Self> {
        let goes_on = |left: &DayColumn, right: &DayColumn| {
            (left.field, left.place + 1, left.day + 1) == (right.field, right.place, right.day)
        };
        let runs = sheet.days().chunk_by(goes_on);
        let runs = runs.filter_map(|columns| Some((columns.first()?, columns.len())));
        runs.map(|(first, columns)| Self {
            field: first.field,
            places: first.place..first.place + columns,
            day: first.day,
        })
        .collect()
    }
}

/// Whether every column of a sheet is one that usual lines are read from.
fn suits(sheet: &Sheet) -> bool {
    let is_plain = |column: &ValueColumn| {
        let known = matches!(
            column.field,
            Field::Month
                | Field::Office
                | Field::Insurer
                | Field::Insured
                | Field::Name
                | Field::ServiceCode
                | Field::ServiceName
                | Field::Start
                | Field::End
                | Field::PlannedTotal
                | Field::ActualTotal
        );
        known && sheet.layout.columns()[column.column].is_plain()
    };
    sheet.layout.record() == RecordKind::PlanLine && sheet.values().iter().all(is_plain)
}

impl UsualLines {
    /// For a sheet; `None` where it has columns that no usual line has.
    pub(super) fn of(sheet: &Sheet) -> Option<Self> {
        suits(sheet).then(|| Self {
            names: Texts::default(),
            services: Texts::default(),
            days: Days::of(sheet),
        })
    }

    /// For the same sheet, with nothing at hand yet.
    pub(super) fn fresh(&self) -> Self {
        Self {
            names: Texts::default(),
            services: Texts::default(),
            days: self.days.clone(),
        }
    }

    /// The line in a record of the sheet; `None` is no answer.
    pub(super) fn read<'t>(
        &'t mut self,
        sheet: &Sheet,
        raw: &Raw<'_>,
        words: &NameWords,
    ) -> Option<PlanLine<&'t str>> {
        if !raw.is_whole() || raw.width() != sheet.header_width() {
            return None;
        }
        // Right of the table nothing may stand.
        if !(sheet.width()..raw.width()).all(|at| raw.bytes(at) == Some(&[])) {
            return None;
        }
        let Self {
            names,
            services,
            days,
        } = self;
        let (mut names, mut services) = (Some(names), Some(services));
        let mut cells = Cells::default();
        for &ValueColumn { place, field, .. } in sheet.values() {
            match (field, raw.bytes(place)?) {
                (_, []) => {}
                (Field::Name, _) => {
                    let is_somebodys = |name: &str| !words.is_nobody(name);
                    cells.name = names.take()?.get(raw, place, field, is_somebodys)?;
                }
                (Field::ServiceName, _) => {
                    cells.service_name = services.take()?.get(raw, place, field, |_| true)?;
                }
                (_, cell) => cells.take(field, cell)?,
            }
        }
        cells.line(counts(days, raw)?)
    }
}

/// What the cells of a line say.
#[derive(Debug, Default)]
struct Cells<'t> {
    month: Option<YearMonth>,
    office: Option<OfficeNumber>,
    insurer: Option<InsurerNumber>,
    insured: Option<InsuredNumber>,
    code: Option<ServiceCode>,
    start: Option<CivilTime>,
    end: Option<CivilTime>,
    planned_total: Option<u32>,
    actual_total: Option<u32>,
    name: &'t str,
    service_name: &'t str,
}

impl<'t> Cells<'t> {
    fn take(&mut self, field: Field, cell: &[u8]) -> Option<()> {
        match field {
            Field::Month => self.month = Some(usual::month(cell)?),
            Field::Office => self.office = Some(usual::office(cell)?),
            Field::Insurer => self.insurer = Some(usual::insurer(cell)?),
            Field::Insured => self.insured = Some(usual::insured(cell)?),
            Field::ServiceCode => self.code = Some(usual::service_code(cell)?),
            Field::Start => self.start = Some(usual::time(cell)?),
            Field::End => self.end = Some(usual::time(cell)?),
            Field::PlannedTotal => self.planned_total = Some(usual::total(field, cell)?),
            Field::ActualTotal => self.actual_total = Some(usual::total(field, cell)?),
            _ => return None,
        }
        Some(())
    }

    /// The line, if nothing is missing and its times are those of one day.
    fn line(self, [planned, actual]: [DayCounts; 2]) -> Option<PlanLine<&'t str>> {
        let hours = match (self.start, self.end) {
            (None, None) => None,
            (start, end) => Some(ClockRange::new(start?, end?)?),
        };
        if hours.is_some_and(|hours| !hours::is_of_one_day(hours)) {
            return None;
        }
        Some(PlanLine {
            month: self.month?,
            office: self.office?,
            client: ClientId {
                insurer: self.insurer?,
                insured: self.insured?,
            },
            name: self.name,
            code: self.code?,
            service_name: self.service_name,
            hours,
            planned,
            planned_total: self.planned_total,
            actual,
            actual_total: self.actual_total,
        })
    }
}

/// The counts of the days, planned and actual: nothing or one digit. Half of the columns are
/// empty in every file that goes in, from the first to the last.
fn counts(days: &[Days], raw: &Raw<'_>) -> Option<[DayCounts; 2]> {
    let (mut planned, mut actual) = ([0; 31], [0; 31]);
    for Days { field, places, day } in days {
        if raw.are_empty(places.start, places.end - 1) {
            continue;
        }
        let counts = match field {
            Field::Planned => &mut planned,
            Field::Actual => &mut actual,
            _ => return None,
        };
        let first = (*day as usize).checked_sub(1)?;
        let counts = counts.get_mut(first..first + places.len())?;
        raw.digits(places.start, counts)?;
    }
    Some([planned, actual].map(DayCounts::from))
}

/// The last few texts of a column, with the bytes that they were decoded from.
#[derive(Debug)]
struct Texts<const N: usize> {
    known: [(Vec<u8>, String); N],
    next: usize,
}

impl<const N: usize> Default for Texts<N> {
    fn default() -> Self {
        let known = std::array::from_fn(|_| Default::default());
        Self { known, next: 0 }
    }
}

impl<const N: usize> Texts<N> {
    /// The text of a cell; `None` where it is none, is too long, or is not as it `must_be`.
    fn get(
        &mut self,
        raw: &Raw<'_>,
        place: usize,
        field: Field,
        must_be: impl Fn(&str) -> bool,
    ) -> Option<&str> {
        let cell = raw.bytes(place)?;
        if let Some(at) = self.known.iter().position(|(bytes, _)| *bytes == cell) {
            return Some(&self.known[at].1);
        }
        let at = self.next;
        let (bytes, text) = &mut self.known[at];
        // What is not taken in leaves nothing that could be found.
        bytes.clear();
        text.clear();
        let faulty = raw.decode(place, text).is_some();
        let trimmed = text.trim();
        if faulty || !fits(field, trimmed) || !damage::is_plain(trimmed) || !must_be(trimmed) {
            return None;
        }
        *text = trimmed.to_owned();
        bytes.extend_from_slice(cell);
        self.next = (at + 1) % N;
        Some(&self.known[at].1)
    }
}

fn fits(field: Field, text: &str) -> bool {
    match field.kind() {
        Kind::Text { longest } => text.len() <= longest || text.chars().nth(longest).is_none(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::gather::{Gathered, Wanted};
    use super::super::samples::tables;
    use crate::disk;
    use crate::finding::Finding;
    use crate::model::FileName;
    use crate::read::{self, Digests};

    /// What is left of a file, whichever way it was read.
    #[derive(Debug, PartialEq)]
    struct Left {
        lines: Vec<String>,
        bad: Vec<String>,
        findings: Vec<Finding>,
        rows: usize,
        withheld: Vec<String>,
    }

    impl Left {
        fn of(gathered: &Gathered) -> Self {
            let lines = gathered.lines.all();
            let at = |row: u32| format!("{row}行目");
            let fates = (1..=40).map(|row| {
                let (sheet, _) = gathered.recognised.first().unwrap();
                let row = gathered.book.row_at(&sheet.place(row));
                format!("{:?}", row.map(|row| gathered.book.fate(row)))
            });
            Self {
                lines: lines
                    .iter()
                    .map(|(line, origin)| {
                        let times = line.hours.map(|of| (of.start(), of.end()));
                        format!(
                            "{} {} {} {} {} {} {} {} {times:?} {:?} {:?} {:?} {:?}",
                            at(origin.row()),
                            line.month,
                            line.office,
                            line.client.insurer,
                            line.client.insured,
                            line.name,
                            line.code,
                            line.service_name,
                            line.planned,
                            line.planned_total,
                            line.actual,
                            line.actual_total,
                        )
                    })
                    .collect(),
                bad: gathered
                    .bad_rows
                    .iter()
                    .map(|row| format!("{} {} {:?}", at(row.origin.row()), row.name, row.client))
                    .collect(),
                findings: gathered.findings.clone(),
                rows: gathered.recognised.iter().map(|(_, rows)| rows).sum(),
                withheld: fates.collect(),
            }
        }
    }

    /// A cell of a column: the usual text, or another one.
    fn cell(header: &str) -> BoxedStrategy<String> {
        let (usual, others): (&[&str], &[&str]) = match header {
            "対象年月" => (
                &["2026/10", "2026-10"],
                &["R8.10", "", "2026/13", "来月", "２０２６/10"],
            ),
            "事業所番号" => (
                &["1370100016"],
                &["1370100017", "", "137010001", "対象年月"],
            ),
            "保険者番号" => (&["131128"], &["131120", "", "13112", " 131128"]),
            "被保険者番号" => (
                &["0000100001", "H000000001", "0000100002"],
                &["100001", "", "K"],
            ),
            "氏名" => (
                &["試験　花子", "髙橋①", "A"],
                &["", "テスト様", " 花子 ", "\"花\"\"子\"", "花\u{1}", "長"],
            ),
            "サービスコード" => (&["111111", "A21111"], &["", "1111", "a21111"]),
            "サービス名称" => (&["身体介護１", "生活援助２"], &["", "\"身,体\"", "日割"]),
            "開始時刻" | "終了時刻" => {
                (&["9:00", "09:30", ""], &["朝", "25:00", "0.5", "900"])
            }
            "予定合計" | "実績合計" => (&["", "1", "2"], &["-", "99999", "０"]),
            _ => (
                &["", "", "", "", "1", "2"],
                &["12", "100", " ", "○", "\"1\"", "0"],
            ),
        };
        let texts = |of: &[&str]| {
            let texts: Vec<String> = of
                .iter()
                .map(|text| text.replace('長', &"長".repeat(41)))
                .collect();
            proptest::sample::select(texts)
        };
        prop_oneof![60 => texts(usual), 1 => texts(others)].boxed()
    }

    fn row(headers: &[String]) -> impl Strategy<Value = String> + use<> {
        let cells: Vec<_> = headers.iter().map(|header| cell(header)).collect();
        (
            cells,
            prop_oneof![12 => Just(""), 1 => Just(","), 1 => Just(",x"), 1 => Just("\n")],
        )
            .prop_map(|(cells, more)| cells.join(",") + more)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn the_short_way_of_a_row_leads_to_where_the_long_way_leads(
            rows in {
                let mut layouts = tables().layouts.iter();
                let grid = layouts.find(|of| of.record() == super::RecordKind::PlanLine).unwrap();
                let columns = grid.columns().iter();
                let headers: Vec<String> = columns.map(|of| of.header().to_string()).collect();
                let rows = proptest::collection::vec(row(&headers), 1..12);
                (Just(headers.join(",")), prop_oneof![Just(""), Just(",")], rows)
            },
        ) {
            let (header, comma, rows) = rows;
            let text = format!("{header}{comma}\r\n{}\r\n", rows.join("\r\n"));
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("plan.csv");
            disk::write(&path, &encoding_rs::SHIFT_JIS.encode(&text).0).unwrap();
            let name = FileName::new("plan.csv");
            let words = (&tables().names, &tables().others);
            let gathered = || Gathered::new(Wanted::Everything, words);
            let (mut short, mut long) = (gathered(), gathered());
            let facts = read::read_in_pieces(&path, &name, &tables().layouts, Digests::Made, &mut short).unwrap();
            let same = read::read(&path, &name, &tables().layouts, Digests::Made, &mut long).unwrap();
            prop_assert_eq!(facts, same);
            prop_assert_eq!(Left::of(&short), Left::of(&long));
        }
    }
}
