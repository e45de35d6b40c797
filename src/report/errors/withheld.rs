//! The withheld rows in the layout of their file: where the clerk puts things right. Rows that
//! went through and have a cell to look at stand among them.
//!
//! A cell with an error is red and bears a note; a row that is held by others is grey. What
//! stands unseen beside the rows is told in [`trail`](super::trail).

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

use rust_xlsxwriter::{
    ConditionalFormatFormula, DataValidation, Format, FormatAlign, IgnoreError, Note, Url,
    Workbook, Worksheet, XlsxError,
};

use super::trail::{
    AGAIN, BESIDE, FINDINGS, FIRST_ROW, LINE, ROW, SEND_AGAIN, STATE, column_key, sheet_mark,
};
use crate::disk::Digest;
use crate::finding::{Code, Finding, Severity};
use crate::model::FileName;
use crate::model::place::letters;
use crate::report::cell::{Cell, address_of, clip, width};
use crate::report::list::{List, READ_ONE_BY_ONE, sheet_name};
use crate::report::look::{Looks, Tone, base, bordered, height_of, set_paper, tinted};

/// The withheld rows of one sheet of an input, in their original layout.
#[derive(Debug)]
pub struct WithheldSheet {
    /// What the rows are: the name of their layout.
    pub kind: String,
    /// The name of their kind.
    pub record: &'static str,
    /// The file.
    pub file: FileName,
    /// The sheet, in a workbook.
    pub sheet: Option<Arc<str>>,
    /// The digest of the file.
    pub digest: Digest,
    /// The headers as the file has them.
    pub headers: Vec<Arc<str>>,
    /// The columns with a list of the words that they may hold.
    pub choices: Vec<Choice>,
    rows: Vec<WithheldRow>,
    width: usize,
}

/// A column with a list of the words that it may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The column of the file, counted from 0.
    pub column: usize,
    /// The name of the list.
    pub list: String,
    /// The words.
    pub words: Vec<String>,
}

/// Why a row is shown, and which group it is of: rows of one group go together or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the group is told above")]
pub enum ShownRow {
    /// It was not sent.
    Withheld { group: u32 },
    /// It went through, and one of its cells should be looked at.
    Remarked { group: u32 },
}

impl ShownRow {
    fn group(self) -> u32 {
        match self {
            Self::Withheld { group } | Self::Remarked { group } => group,
        }
    }
}

/// A row in little room: there may be a million of them.
#[derive(Debug)]
struct WithheldRow {
    number: u32,
    shown: ShownRow,
    text: Box<str>,
    /// Where each cell ends in the text.
    ends: Box<[u32]>,
}

impl WithheldSheet {
    /// A sheet without rows.
    pub fn new(
        (kind, record): (String, &'static str),
        (file, sheet, digest): (FileName, Option<Arc<str>>, Digest),
        headers: Vec<Arc<str>>,
        choices: Vec<Choice>,
    ) -> Self {
        Self {
            kind,
            record,
            file,
            sheet,
            digest,
            width: headers.len(),
            headers,
            choices,
            rows: Vec::new(),
        }
    }

    /// Adds a row; they come in the order of the file. Empty cells at its end are no cells.
    pub fn push<'c>(&mut self, number: u32, shown: ShownRow, cells: impl Iterator<Item = &'c str>) {
        let mut text = String::new();
        let mut ends = Vec::new();
        let mut filled = 0;
        for cell in cells {
            text.push_str(cell);
            ends.push(u32::try_from(text.len()).expect("a row has fewer than 2^32 bytes"));
            if !cell.is_empty() {
                filled = ends.len();
            }
        }
        ends.truncate(filled);
        self.width = self.width.max(filled);
        self.rows.push(WithheldRow {
            number,
            shown,
            text: text.into(),
            ends: ends.into(),
        });
    }

    /// The numbers of the withheld rows with their groups, in the order of the file.
    pub(super) fn withheld(&self) -> Vec<(u32, u32)> {
        self.groups(|shown| matches!(shown, ShownRow::Withheld { .. }))
    }

    /// The same of the rows that went through.
    pub(super) fn remarked(&self) -> Vec<(u32, u32)> {
        self.groups(|shown| matches!(shown, ShownRow::Remarked { .. }))
    }

    fn groups(&self, is_meant: impl Fn(ShownRow) -> bool) -> Vec<(u32, u32)> {
        let meant = self.rows.iter().filter(|row| is_meant(row.shown));
        meant.map(|row| (row.number, row.shown.group())).collect()
    }

    /// Whether a finding is about a place on this sheet.
    pub fn is_of(&self, finding: &Finding) -> bool {
        finding.place.file == self.file && finding.place.sheet == self.sheet
    }

    /// Where a row stands among the rows, if it is one of them.
    fn index_of(&self, row: u32) -> Option<usize> {
        let at = self.rows.binary_search_by_key(&row, |row| row.number);
        at.ok()
    }

    /// How many sheets of the workbook it takes.
    fn parts(&self, rows_per_sheet: usize) -> usize {
        self.rows.len().div_ceil(rows_per_sheet)
    }
}

impl WithheldRow {
    fn cell(&self, column: usize) -> &str {
        let end = |at: usize| self.ends.get(at).map_or(0, |&end| end as usize);
        match self.ends.get(column) {
            Some(_) => &self.text[column.checked_sub(1).map_or(0, end)..end(column)],
            None => "",
        }
    }
}

/// The sheets of withheld rows of a workbook, each with its name there.
#[derive(Debug)]
pub(super) struct Withheld<'a> {
    sheets: &'a [WithheldSheet],
    names: Vec<String>,
    rows_per_sheet: usize,
}

impl<'a> Withheld<'a> {
    /// Names the sheets: as the layout, and where there are several with a number.
    pub(super) fn new(sheets: &'a [WithheldSheet], rows_per_sheet: usize) -> Self {
        let mut names: Vec<String> = Vec::new();
        for sheet in sheets {
            let kind = plain_name(&sheet.kind);
            let mut name = kind.clone();
            let mut number = 1;
            while names.contains(&name) {
                number += 1;
                name = format!("{kind}-{number}");
            }
            names.push(name);
        }
        Self {
            sheets,
            names,
            rows_per_sheet,
        }
    }

    /// Where a finding's cell stands, if its row is among the withheld ones.
    pub(super) fn address(&self, finding: &Finding) -> Option<String> {
        let at = self.sheets.iter().position(|sheet| sheet.is_of(finding))?;
        let sheet = &self.sheets[at];
        let index = sheet.index_of(finding.place.row?)?;
        let column = finding.place.column.as_ref().map(|column| column.index);
        let row = FIRST_ROW + count(index % self.rows_per_sheet);
        let name = sheet_name(&self.names[at], index / self.rows_per_sheet);
        let place = column.map_or(place_of(STATE), |column| BESIDE.len() + column);
        Some(address_of(&name, row, place))
    }

    /// Writes all sheets. `findings` are those of the list, in its order.
    pub(super) fn write(
        &self,
        workbook: &mut Workbook,
        looks: &Looks,
        (findings, list): (&[Finding], &List<'_>),
        id: &str,
    ) -> Result<(), XlsxError> {
        let looks = &SheetLooks::new(looks);
        for (at, sheet) in self.sheets.iter().enumerate() {
            for part in 0..sheet.parts(self.rows_per_sheet) {
                let page = workbook.add_worksheet_with_constant_memory()?;
                page.set_name(sheet_name(&self.names[at], part))?;
                let from = part * self.rows_per_sheet;
                let to = sheet.rows.len().min(from + self.rows_per_sheet);
                let writer = Writer {
                    sheet,
                    looks,
                    findings,
                    list,
                };
                writer.write(page, &sheet_mark(id, at), from..to)?;
            }
        }
        Ok(())
    }
}

/// A name that Excel takes: it knows seven signs that no sheet's name may hold, and 31 letters.
fn plain_name(kind: &str) -> String {
    const LONGEST: usize = 24;
    let letters = kind.chars().filter(|letter| !"[]:*?/\\'".contains(*letter));
    letters.take(LONGEST).collect()
}

/// The place of a column beside the rows.
fn place_of(key: &str) -> usize {
    let place = BESIDE.iter().position(|of| *of == key);
    place.expect("it is one of the columns beside the rows")
}

fn count(rows: usize) -> u32 {
    u32::try_from(rows).expect("a sheet has fewer than 2^32 rows")
}

fn column(place: usize) -> u16 {
    u16::try_from(place).expect("a row has a few hundred columns")
}

/// The formats of these sheets. Text does not wrap: a row stays one line high, as in the file.
struct SheetLooks {
    cell: Format,
    wrong: Format,
    doubtful: Format,
    header: Format,
    line: Format,
    state: Format,
    bad_state: Format,
    again: Format,
    held: Format,
}

impl SheetLooks {
    fn new(looks: &Looks) -> Self {
        let cell = bordered()
            .set_num_format("@")
            .set_align(FormatAlign::VerticalCenter);
        let wrong = tinted(&cell, Tone::Red).set_bold();
        Self {
            doubtful: tinted(&cell, Tone::Yellow),
            header: looks
                .header
                .clone()
                .set_text_wrap()
                .set_align(FormatAlign::VerticalCenter),
            line: looks.link.clone().set_align(FormatAlign::Center),
            state: cell.clone(),
            bad_state: tinted(&cell, Tone::Red),
            again: tinted(&cell, Tone::Blue).set_align(FormatAlign::Center),
            held: tinted(&base(), Tone::Grey),
            wrong,
            cell,
        }
    }
}

/// Writes one sheet of the workbook.
struct Writer<'a> {
    sheet: &'a WithheldSheet,
    looks: &'a SheetLooks,
    findings: &'a [Finding],
    list: &'a List<'a>,
}

impl Writer<'_> {
    fn write(&self, page: &mut Worksheet, mark: &str, rows: Range<usize>) -> Result<(), XlsxError> {
        self.write_keys(page, mark)?;
        let mut widths = self.write_headers(page)?;
        let last = FIRST_ROW + count(rows.len().saturating_sub(1));
        let rows = &self.sheet.rows[rows];
        let mut from = rows.first().map_or(0, |row| self.first_about(row.number));
        for (row, place) in rows.iter().zip(FIRST_ROW..) {
            let said = self.said(row.number, from);
            from = said.end;
            self.write_row(page, place, row, said)?;
            for (column, width_so_far) in widths.iter_mut().enumerate() {
                *width_so_far = width(row.cell(column)).max(*width_so_far);
            }
        }
        self.write_choices(page, last)?;
        self.finish(page, &widths, last)
    }

    fn write_keys(&self, page: &mut Worksheet, mark: &str) -> Result<(), XlsxError> {
        let format = base().set_num_format("@");
        page.write_string_with_format(0, 0, mark, &format)?;
        for (key, place) in BESIDE.iter().zip(0..).skip(1) {
            page.write_string_with_format(0, place, *key, &format)?;
        }
        // A cell that was empty stays text as well when somebody fills it.
        for key in [ROW, FINDINGS] {
            page.set_column_format(column(place_of(key)), &format)?;
        }
        for at in 0..self.sheet.width {
            page.set_column_format(column(BESIDE.len() + at), &format)?;
        }
        for at in 0..self.sheet.width {
            let place = column(BESIDE.len() + at);
            page.write_string_with_format(0, place, column_key(at), &format)?;
        }
        page.set_row_hidden(0)?;
        Ok(())
    }

    fn write_headers(&self, page: &mut Worksheet) -> Result<Vec<usize>, XlsxError> {
        const LINES: usize = 2;
        let mut widths = Vec::with_capacity(self.sheet.width);
        // Before the first row of data: what is written is not kept.
        page.set_row_height(1, height_of(2))?;
        for (key, place) in BESIDE.iter().zip(0..) {
            let word = match *key {
                LINE => "元の行",
                STATE => "状態",
                AGAIN => "もう一度",
                _ => *key,
            };
            page.write_string_with_format(1, place, word, &self.looks.header)?;
        }
        let of_file = Note::new(self.of_file()).add_author_prefix(false);
        page.insert_note(1, column(place_of(LINE)), &of_file)?;
        for at in 0..self.sheet.width {
            let header = self.sheet.headers.get(at).map_or("", |header| &**header);
            let place = column(BESIDE.len() + at);
            page.write_string_with_format(1, place, header, &self.looks.header)?;
            // A header goes on in a second line: the days of a grid hold one digit each.
            widths.push(width(header).div_ceil(LINES) + 2);
        }
        Ok(widths)
    }

    /// Which file the rows are of.
    fn of_file(&self) -> String {
        let sheet = self.sheet.sheet.as_ref();
        let sheet = sheet.map_or_else(String::new, |sheet| format!("\nシート: {sheet}"));
        format!("元のファイル: {}{sheet}", self.sheet.file)
    }

    /// Writes a row: what stands beside it, and its cells.
    fn write_row(
        &self,
        page: &mut Worksheet,
        place: u32,
        row: &WithheldRow,
        said: Range<usize>,
    ) -> Result<(), XlsxError> {
        let about = &self.findings[said.clone()];
        self.write_numbers(page, place, row.number, said)?;
        self.write_state(page, place, &state(row.shown, about), about)?;
        page.write_blank(place, column(place_of(AGAIN)), &self.looks.again)?;
        self.write_cells(page, place, row, about)
    }

    /// The number of the row, hidden and seen, and those of what is said of it.
    fn write_numbers(
        &self,
        page: &mut Worksheet,
        place: u32,
        number: u32,
        said: Range<usize>,
    ) -> Result<(), XlsxError> {
        let number = number.to_string();
        let numbers: Vec<String> = said.clone().map(|at| (at + 1).to_string()).collect();
        for (key, text) in [(ROW, number.clone()), (FINDINGS, numbers.join(","))] {
            page.write_string(place, column(place_of(key)), text)?;
        }
        let beside = column(place_of(LINE));
        if said.is_empty() || place >= READ_ONE_BY_ONE {
            page.write_string_with_format(place, beside, number, &self.looks.cell)?;
        } else {
            let to = format!("internal:{}", self.list.address(said.start));
            let link = Url::new(to).set_text(number);
            page.write_url_with_format(place, beside, link, &self.looks.line)?;
        }
        Ok(())
    }

    fn write_state(
        &self,
        page: &mut Worksheet,
        place: u32,
        state: &str,
        about: &[Finding],
    ) -> Result<(), XlsxError> {
        let of_row = about
            .iter()
            .filter(|finding| finding.place.column.is_none() && finding.withholds());
        let of_row: Vec<&Finding> = of_row.collect();
        let look = if of_row.is_empty() {
            &self.looks.state
        } else {
            &self.looks.bad_state
        };
        let at = column(place_of(STATE));
        page.write_string_with_format(place, at, &*clip(state), look)?;
        if !of_row.is_empty() && place < READ_ONE_BY_ONE {
            page.insert_note(place, at, &note(&of_row))?;
        }
        Ok(())
    }

    fn write_cells(
        &self,
        page: &mut Worksheet,
        place: u32,
        row: &WithheldRow,
        about: &[Finding],
    ) -> Result<(), XlsxError> {
        let mut marked = 0;
        for at in 0..row.ends.len().max(last_marked(about)) {
            let to = column(BESIDE.len() + at);
            let text = clip(row.cell(at));
            let of_cell: Vec<&Finding> = about[marked..]
                .iter()
                .filter(|finding| {
                    finding
                        .place
                        .column
                        .as_ref()
                        .is_some_and(|of| of.index == at)
                })
                .collect();
            if of_cell.is_empty() {
                // Its look is the column's: a format of its own is looked up for each cell.
                if !text.is_empty() {
                    page.write_string(place, to, &*text)?;
                }
                continue;
            }
            marked += of_cell.len();
            let look = if of_cell.iter().any(|finding| finding.withholds()) {
                &self.looks.wrong
            } else {
                &self.looks.doubtful
            };
            if text.is_empty() {
                page.write_blank(place, to, look)?;
            } else {
                page.write_string_with_format(place, to, &*text, look)?;
            }
            if place < READ_ONE_BY_ONE {
                page.insert_note(place, to, &note(&of_cell))?;
            }
        }
        Ok(())
    }

    /// How a finding stands to a row, in the order of the list.
    fn order(&self, finding: &Finding, row: u32) -> Ordering {
        let place = &finding.place;
        let here = (&self.sheet.file, &self.sheet.sheet, Some(row));
        (&place.file, &place.sheet, place.row).cmp(&here)
    }

    /// Where the findings about a row, or behind it, begin.
    fn first_about(&self, row: u32) -> usize {
        self.findings
            .partition_point(|finding| self.order(finding, row).is_lt())
    }

    /// The findings about a row, by their places in the list; those about the rows before it
    /// end at `from`.
    fn said(&self, row: u32, from: usize) -> Range<usize> {
        let rest = &self.findings[from..];
        let passed = rest.iter().take_while(|of| self.order(of, row).is_lt());
        let first = from + passed.count();
        let about = self.findings[first..].iter();
        let about = about.take_while(|of| self.order(of, row).is_eq()).count();
        first..first + about
    }

    fn write_choices(&self, page: &mut Worksheet, last: u32) -> Result<(), XlsxError> {
        let again = DataValidation::new()
            .allow_list_strings(&[SEND_AGAIN])?
            .set_input_title(AGAIN_TITLE)?
            .set_input_message(AGAIN_WORDS)?
            .show_error_message(false);
        let at = column(place_of(AGAIN));
        page.add_data_validation(FIRST_ROW, at, last, at, &again)?;
        for Choice {
            column: of, words, ..
        } in &self.sheet.choices
        {
            let at = column(BESIDE.len() + of);
            // What the file writes otherwise may be right as well: the list offers, and
            // refuses nothing.
            if let Ok(offered) = DataValidation::new().allow_list_strings(words) {
                let offered = offered.show_error_message(false);
                page.add_data_validation(FIRST_ROW, at, last, at, &offered)?;
            }
        }
        Ok(())
    }

    fn finish(&self, page: &mut Worksheet, widths: &[usize], last: u32) -> Result<(), XlsxError> {
        const WIDEST: usize = 40;
        for (at, &wide) in widths.iter().enumerate() {
            let place = column(BESIDE.len() + at);
            let fitting = u16::try_from(wide.min(WIDEST) + 1).unwrap_or(u16::MAX);
            page.set_column_width(place, fitting)?;
        }
        for (key, wide) in [(LINE, 8), (STATE, 34), (AGAIN, 10)] {
            page.set_column_width(column(place_of(key)), wide)?;
        }
        for key in [ROW, FINDINGS] {
            page.set_column_hidden(column(place_of(key)))?;
        }
        let end = column(BESIDE.len() + self.sheet.width.max(1) - 1);
        let held = ConditionalFormatFormula::new()
            .set_rule(&*format!(
                "LEFT(${}{},{})=\"{HELD}\"",
                letters(place_of(STATE)),
                FIRST_ROW + 1,
                HELD.chars().count()
            ))
            .set_format(self.looks.held.clone());
        page.add_conditional_format(FIRST_ROW, column(place_of(LINE)), last, end, &held)?;
        page.set_freeze_panes(FIRST_ROW, column(BESIDE.len()))?
            .autofilter(1, 0, last, end)?
            .ignore_error_range(0, 0, last, end, IgnoreError::NumberStoredAsText)?
            .set_repeat_rows(1, 1)?;
        set_paper(page);
        if self.sheet.width > WIDEST_PAGE {
            // On a single page nobody could read it: on two, which begin with the same columns.
            page.set_print_fit_to_pages(2, 0)
                .set_repeat_columns(column(place_of(LINE)), column(place_of(STATE)))?;
        }
        Ok(())
    }
}

/// So many columns can be read on one page.
const WIDEST_PAGE: usize = 30;

const AGAIN_TITLE: &str = "もう一度送る";
const AGAIN_WORDS: &str = "直すところがなく、基本情報を登録し直したなどで送れるようになった行は、ここで「送る」を選びます。";

/// The first words of the state of a row that is only held by others.
const HELD: &str = "保留";

/// Why a row is withheld, in a few words: its own errors, or whose fault it is.
fn state(shown: ShownRow, about: &[Finding]) -> String {
    let titles = |of: &dyn Fn(&&Finding) -> bool| {
        let mut titles: Vec<&str> = Vec::new();
        for finding in about.iter().filter(of) {
            if !titles.contains(&finding.code.title()) {
                titles.push(finding.code.title());
            }
        }
        titles.join("、")
    };
    if let ShownRow::Remarked { .. } = shown {
        return format!("止めていません: {}", titles(&|_| true));
    }
    let errors = titles(&|finding| finding.withholds());
    if !errors.is_empty() {
        return errors;
    }
    let held = about.iter().find(|finding| finding.code == Code::Held);
    match held {
        Some(held) if !held.detail.is_empty() => format!("{HELD}: {}", held.detail),
        Some(_) | None => format!("{HELD}: 同じ利用者のほかの行のため"),
    }
}

/// The column behind the last one that something is said of.
fn last_marked(about: &[Finding]) -> usize {
    let columns = about
        .iter()
        .filter_map(|finding| finding.place.column.as_ref());
    columns.map(|column| column.index + 1).max().unwrap_or(0)
}

/// Cause and cure, as a note that opens beside the cell.
fn note(findings: &[&Finding]) -> Note {
    const WIDTH: u32 = 320;
    const LINE_HEIGHT: u32 = 20;
    const LETTERS: usize = 44;
    const MOST: u32 = 24;
    let mut words = Vec::new();
    for finding in findings {
        let weight = match finding.code.severity() {
            Severity::Error => "何が問題か",
            Severity::Review | Severity::Notice => finding.code.severity().label(),
        };
        words.push(format!(
            "【{weight}】{}\n【どう直すか】{}",
            finding.cause(),
            finding.cure()
        ));
    }
    let text = words.join("\n\n");
    let lines = count(crate::report::cell::lines(&text, LETTERS));
    Note::new(clip(&text))
        .add_author_prefix(false)
        .set_width(WIDTH)
        .set_height((lines.min(MOST) + 1) * LINE_HEIGHT)
        .set_font_name("游ゴシック")
}

/// What opens a cell of the list in its sheet of withheld rows.
pub(super) fn opener(to: Option<String>) -> Cell<'static> {
    match to {
        Some(to) => Cell::Link { text: "開く", to },
        None => Cell::from(""),
    }
}
