//! The cells of a sheet become rows, whatever kind of workbook they come from.

use std::sync::Arc;
use std::thread;

use crate::finding::{Code, Finding};
use crate::model::Place;
use crate::parallel;
use crate::read::decode::fault_in;
use crate::read::header::Recogniser;
use crate::read::nature::Nature;
use crate::read::own;
use crate::read::row::{Fault, Row};
use crate::read::source::Named;
use crate::read::{Intake, Sheet};
use crate::table::{Calendar, Layout};

use super::cells::{self, Batches, Cells, Found};
use super::marks::Marks;
use super::merged::Merged;
use super::{Unreadable, Why};

/// No layout has columns beyond this. The first value further right is kept, because a row
/// that goes on behind the last header is wrong; the others add nothing.
pub(super) const WIDEST: u32 = 1024;
/// No row of a layout has so much text; a row that has more is made to fill the memory.
const LONGEST_ROW: usize = 4 << 20;

/// What a workbook says of one of its sheets.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub(super) name: Arc<str>,
    pub(super) visibility: Visibility,
    pub(super) calendar: Calendar,
}

/// Whether a sheet shows in the spreadsheet program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Visibility {
    Shown,
    Hidden,
}

/// A workbook while its sheets pass by.
pub(super) struct Book<'b> {
    name: Named<'b>,
    nature: Nature,
    layouts: &'b [Arc<Layout>],
    intake: &'b mut dyn Intake,
    first_unknown: Option<Recogniser<'b>>,
    any_known: bool,
}

impl<'b> Book<'b> {
    pub(super) fn new(
        name: Named<'b>,
        nature: Nature,
        layouts: &'b [Arc<Layout>],
        intake: &'b mut dyn Intake,
    ) -> Self {
        Self {
            name,
            nature,
            layouts,
            intake,
            first_unknown: None,
            any_known: false,
        }
    }

    /// Takes a sheet: `marks` says what must be known of it first, and meanwhile, on a thread of
    /// its own, `find` begins to put its cells. A sheet that is too large is passed over with a
    /// finding.
    pub(super) fn sheet(
        &mut self,
        facts: &Facts,
        marks: impl FnOnce() -> Result<Marks, Why>,
        find: impl FnOnce(&mut Cells) -> Result<(), Why> + Send,
    ) -> Result<(), Unreadable> {
        let name = Some(Arc::clone(&facts.name));
        let place = self.place(name.clone());
        let hidden = facts.visibility == Visibility::Hidden;
        let recogniser =
            Recogniser::new(self.name, name, self.layouts).of_worksheet(facts.calendar, hidden);
        let mut rows = Rows::new(recogniser, self.intake);
        let (mut cells, batches) = cells::way();
        let outcome = thread::scope(|scope| {
            let finding = scope.spawn(move || find(&mut cells).and_then(|()| cells.send()));
            let taken = marks().and_then(|marks| rows.take(marks, batches));
            taken.and(parallel::joined(finding))
        });
        match outcome.and_then(|()| rows.flush()) {
            Ok(()) => rows.say_hidden(facts.visibility),
            Err(Why::NoSheet) => return Ok(()),
            Err(Why::TooLarge) => {
                rows.say_too_large(place);
                self.any_known = true;
                return Ok(());
            }
            Err(why) => return Err(Unreadable::sheet(&facts.name, why)),
        }
        let recogniser = rows.recogniser;
        // A sheet whose header is nearly one has rows that somebody counts on.
        if recogniser.is_recognised()
            || recogniser.is_of_an_error_workbook()
            || recogniser.is_suspected()
        {
            self.any_known = true;
            recogniser.finish(self.intake);
        } else {
            self.first_unknown.get_or_insert(recogniser);
        }
        Ok(())
    }

    /// Says of a sheet that it is listed and that its cells are nowhere in the file.
    pub(super) fn lost(&mut self, name: &Arc<str>) {
        let place = self.place(Some(Arc::clone(name)));
        self.intake
            .finding(None, Finding::new(Code::LostSheet, place));
    }

    fn place(&self, sheet: Option<Arc<str>>) -> Place {
        let mut place = Place::file(self.name.file.clone());
        place.sheet = self.name.sheet(sheet);
        place
    }

    /// Says that we have written it ourselves, and that no sheet of it is read.
    pub(super) fn is_ours(&mut self) {
        self.any_known = true;
        self.intake.finding(None, own::workbook(self.name));
    }

    /// Where no sheet's header is known, the first one is reported.
    pub(super) fn finish(self) {
        if self.any_known {
            return;
        }
        let place = self.place(None);
        let detail = match self.first_unknown {
            Some(first) if self.nature != Nature::Html => return first.finish(self.intake),
            _ if self.nature == Nature::Html => {
                "ウェブページ(HTML)で、知っている見出しの表がありません。楽すけから、CSVかExcelのファイルで書き出してください"
            }
            _ => "表のシートが一つもありません",
        };
        let finding = Finding::new(Code::UnknownFileKind, place).detail(detail);
        self.intake.finding(None, finding);
    }
}

/// Takes the cells of one sheet, row by row, and hands over the rows.
struct Rows<'c, 'b> {
    recogniser: Recogniser<'b>,
    intake: &'c mut dyn Intake,
    row: Row,
    length: usize,
    sheet: Option<Arc<Sheet>>,
    merged: Merged,
    hidden: Hidden,
}

impl<'c, 'b> Rows<'c, 'b> {
    fn new(recogniser: Recogniser<'b>, intake: &'c mut dyn Intake) -> Self {
        Self {
            recogniser,
            intake,
            row: Row::default(),
            length: 0,
            sheet: None,
            merged: Merged::default(),
            hidden: Hidden::default(),
        }
    }

    /// Takes everything that comes, with what is known of the sheet before.
    fn take(&mut self, marks: Marks, batches: Batches) -> Result<(), Why> {
        self.merged = Merged::new(marks.merged);
        self.hidden = Hidden::new(marks.hidden);
        batches.each(|found| match found {
            Found::Cell(place, text, fault) => self.put(place, text, fault),
            Found::Merged(region) => {
                self.merged.add(region);
                Ok(())
            }
            Found::Hidden(row) => {
                self.hidden.rows.push(row);
                Ok(())
            }
        })
    }

    /// Takes the next cell. What is wrong with the text that is written is found here. Cells in
    /// another order than the sheet's would land in wrong columns, so they are refused.
    fn put(
        &mut self,
        (row, column): cells::Place,
        text: &str,
        fault: Option<Fault>,
    ) -> Result<(), Why> {
        if row != self.row.number() {
            if row < self.row.number() {
                return Err(Why::Damaged);
            }
            self.flush()?;
            self.row.begin(row);
            self.length = 0;
        }
        let column = column.min(WIDEST) as usize;
        if column < self.row.width() {
            return if column == WIDEST as usize {
                Ok(())
            } else {
                Err(Why::Damaged)
            };
        }
        self.length += text.len();
        if self.length > LONGEST_ROW {
            return Err(Why::TooLarge);
        }
        self.row.pad(column);
        self.row.push_with(|out| {
            out.push_str(text);
            fault.or_else(|| fault_in(text))
        });
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Why> {
        if self.row.number() == 0 || self.row.is_blank() {
            return Ok(());
        }
        if let Some(sheet) = &self.sheet {
            if self.merged.is_header(self.row.number(), sheet) {
                return Ok(());
            }
            self.hidden.pass(self.row.number());
            let row = self.merged.fill(&self.row, sheet)?;
            self.recogniser.take(&row, self.intake);
        } else {
            self.recogniser.take(&self.row, self.intake);
            self.sheet = self.recogniser.found().map(Arc::clone);
            if self.sheet.is_some() {
                self.merged.header_at(self.row.number());
            }
        }
        Ok(())
    }

    /// Says what a clerk cannot see: a hidden sheet, and hidden rows that held data.
    fn say_hidden(&mut self, visibility: Visibility) {
        let Some(sheet) = &self.sheet else { return };
        let kind = Some(sheet.layout.record());
        if visibility == Visibility::Hidden {
            let mut place = sheet.place(1);
            place.row = None;
            self.intake
                .finding(kind, Finding::new(Code::HiddenSheet, place));
        }
        if let Some(&first) = self.hidden.named.first() {
            let finding = Finding::new(Code::HiddenRows, sheet.place(first));
            self.intake
                .finding(kind, finding.detail(self.hidden.words()));
        }
    }

    fn say_too_large(&mut self, place: Place) {
        let kind = self.sheet.as_ref().map(|sheet| sheet.layout.record());
        self.intake
            .finding(kind, Finding::new(Code::SheetTooLarge, place));
    }
}

/// The hidden rows of a sheet, and those of them that held data.
#[derive(Debug, Default)]
struct Hidden {
    rows: Vec<u32>,
    passed: usize,
    named: Vec<u32>,
    count: usize,
}

impl Hidden {
    /// So many rows are named; then there is the count.
    const NAMED: usize = 5;

    fn new(rows: Vec<u32>) -> Self {
        Self {
            rows,
            ..Self::default()
        }
    }

    /// Takes notice of a row that holds data.
    fn pass(&mut self, row: u32) {
        while self.rows.get(self.passed).is_some_and(|next| *next < row) {
            self.passed += 1;
        }
        if self.rows.get(self.passed) == Some(&row) {
            self.count += 1;
            if self.named.len() < Self::NAMED {
                self.named.push(row);
            }
        }
    }

    /// `12、15行目`, or `12、15、16、17、18行目ほか 全20行`.
    fn words(&self) -> String {
        let named: Vec<String> = self.named.iter().map(u32::to_string).collect();
        let more = if self.count > named.len() {
            format!("ほか 全{}行", self.count)
        } else {
            String::new()
        };
        format!("{}行目{more}", named.join("、"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{HEADER, read, row, sheet, xlsx, xlsx_of};

    /// A row of a list of clients: number and insurer differ, the rest is as it should be.
    fn client(number: u32, person: &str, insurer: &str) -> String {
        let rest = [
            "試験　花子",
            "S15.1.20",
            "要介護3",
            "2026/04/01",
            "2028/03/31",
        ];
        let cells: Vec<&str> = [person, insurer].into_iter().chain(rest).collect();
        row(number, &cells)
    }

    const REST: &str = "試験　花子|S15.1.20|要介護3|2026/04/01|2028/03/31";

    fn merge(regions: &str) -> String {
        let cells = regions.replace(' ', "\"/><mergeCell ref=\"");
        format!("<mergeCells><mergeCell ref=\"{cells}\"/></mergeCells>")
    }

    #[test]
    fn a_value_merged_downwards_stands_in_every_row_that_is_there() {
        let rows = client(2, "0000123456", "131128")
            + &client(3, "0000123457", "")
            + &client(5, "0000123458", "");
        let below = client(6, "0000123459", "131128");
        let seen = read(&xlsx(&sheet(&(rows + &below), &merge("B2:B5"))));
        assert_eq!(
            seen[1..],
            [
                format!("2 0000123456|131128|{REST}"),
                format!("3 0000123457|131128|{REST} [1 R122]"),
                format!("5 0000123458|131128|{REST} [1 R122]"),
                format!("6 0000123459|131128|{REST}"),
            ]
        );
    }

    #[test]
    fn a_value_merged_across_columns_belongs_to_none_of_them() {
        let rows = client(2, "0000123456", "") + &client(3, "0000123457", "");
        let seen = read(&xlsx(&sheet(&rows, &merge("A2:B2"))));
        assert_eq!(
            seen[1..],
            [
                format!("2 0000123456||{REST} [0 MergedAcross]"),
                format!("3 0000123457||{REST}"),
            ]
        );
        // Both ways at once: the value is repeated, and it is open whose it is.
        let rows = client(2, "0000123456", "") + &client(3, "", "");
        let seen = read(&xlsx(&sheet(&rows, &merge("A2:B3"))));
        assert_eq!(
            seen[2],
            format!("3 0000123456||{REST} [0 MergedAcross] [0 R122]")
        );
    }

    #[test]
    fn a_blank_merged_downwards_takes_nobodys_place() {
        let rows = client(2, "　", "131128") + &client(3, "0000123457", "131128");
        let seen = read(&xlsx(&sheet(&rows, &merge("A2:A3"))));
        assert_eq!(seen[2], format!("3 0000123457|131128|{REST}"));
    }

    #[test]
    fn merged_titles_and_headers_do_no_harm() {
        let mut cells: Vec<&str> = HEADER.to_vec();
        cells.insert(3, "");
        let data = [
            "0000123456",
            "131128",
            "試験　花子",
            "",
            "S15.1.20",
            "要介護3",
            "2026/04/01",
            "2028/03/31",
        ];
        // A title over everything; a header over two columns, as are the names below it;
        // the other headers two rows high, the second of which has words of its own.
        let xml = format!(
            "<worksheet><sheetData>{}{}{}{}</sheetData>{}</worksheet>",
            row(1, &["利用者一覧"]),
            row(3, &cells),
            row(4, &["", "", "(姓)", "(名)"]),
            row(5, &data),
            merge("A1:H2 C3:D3 A3:A4 B3:B4 C5:D5 E3:E4 F3:F4 G3:G4 H3:H4"),
        );
        // 氏名 must be there, so the second row of the header counts as a row of data only
        // where a header that must be there is not merged down to it.
        let seen = read(&xlsx(&xml));
        assert_eq!(seen.last().unwrap(), &format!("5 {}", data.join("|")));
        let all = xml.replace("C3:D3", "C3:D4");
        let seen = read(&xlsx(&all));
        assert_eq!(seen[1..], [format!("5 {}", data.join("|"))]);
    }

    #[test]
    fn merged_cells_far_away_or_upon_each_other_fill_no_memory() {
        let rows = client(2, "0000123456", "131128");
        let seen = read(&xlsx(&sheet(&rows, &merge("ZZZZZZ2:ZZZZZZ3"))));
        assert_eq!(seen[1..], [format!("2 0000123456|131128|{REST}")]);
        let seen = read(&xlsx(&sheet(&rows, &merge("A2:A9 A2:A8"))));
        assert_eq!(seen[1..], ["R113 見本[Sheet1] ファイルが壊れています"]);
    }

    #[test]
    fn hidden_rows_that_hold_data_are_read_and_said_once() {
        let hide = |row: String| row.replacen("<row ", "<row hidden=\"1\" ", 1);
        let rows: String = (2..=9)
            .map(|at| hide(client(at, "0000123456", "131128")))
            .collect();
        let blank = "<row r=\"10\" hidden=\"1\"><c r=\"A10\"/></row>";
        let seen = read(&xlsx(&sheet(&(rows + blank), "")));
        assert_eq!(seen.len(), 1 + 8 + 1);
        assert_eq!(
            seen.last().unwrap(),
            "R120 見本[Sheet1]:2 2、3、4、5、6行目ほか 全8行"
        );
    }

    #[test]
    fn a_hidden_sheet_is_read_and_said() {
        let clients = sheet(&client(2, "0000123456", "131128"), "");
        let sheets = [
            ("表紙", "hidden", "<worksheet><sheetData/></worksheet>"),
            ("利用者", "veryHidden", &clients),
        ];
        assert_eq!(
            read(&xlsx_of(&sheets, "", &[])),
            [
                "利用者: Of1900".to_owned(),
                format!("2 0000123456|131128|{REST}"),
                "R121 見本[利用者]".to_owned(),
            ]
        );
    }

    #[test]
    fn a_sheet_too_large_is_passed_over_and_the_others_are_read() {
        let clients = sheet(&client(2, "0000123456", "131128"), "");
        let huge = clients.replacen(
            "</sheetData>",
            "<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row></sheetData>",
            1,
        );
        let sheets = [("大", "visible", &*huge), ("小", "visible", &*clients)];
        let seen = read(&xlsx_of(&sheets, "", &[]));
        assert_eq!(seen[..2], ["R125 見本[大]", "小: Of1900"]);
        assert_eq!(seen.len(), 3);
    }

    #[test]
    fn a_value_far_to_the_right_makes_the_row_too_long() {
        let far = client(2, "0000123456", "131128").replace(
            "</row>",
            "<c r=\"ZZZ2\"><v>1</v></c><c r=\"AAAA2\"><v>2</v></c></row>",
        );
        let seen = read(&xlsx(&sheet(&far, "")));
        assert_eq!(seen[1].matches('|').count(), 1024);
        assert!(seen[1].ends_with("|1"));
    }

    #[test]
    fn cells_in_a_wrong_order_are_no_row() {
        let turned = "<row r=\"2\"><c r=\"B2\"><v>131128</v></c><c r=\"A2\"><v>1</v></c></row>";
        let said = "R113 見本[Sheet1] ファイルが壊れています";
        assert_eq!(read(&xlsx(&sheet(turned, ""))), [said]);
        let twice = "<row r=\"2\"><c r=\"A2\"><v>1</v></c><c r=\"A2\" s=\"1\"/></row>";
        assert_eq!(read(&xlsx(&sheet(twice, ""))), [said]);
        let rows = client(3, "0000123456", "131128") + &client(2, "0000123457", "131128");
        assert_eq!(read(&xlsx(&sheet(&rows, ""))).last().unwrap(), said);
    }
}
