//! One sheet of rows: keys, headers, rows with what is said of them, and what may be chosen.

use std::cmp::Ordering;
use std::ops::Range;

use rust_xlsxwriter::{
    ConditionalFormatFormula, DataValidation, Format, FormatAlign, IgnoreError, Note, Url,
    Worksheet, XlsxError,
};

use super::super::trail::{
    AGAIN, BESIDE, EXCLUDE, FINDINGS, FIRST_ROW, LEAVE_OUT, LINE, ROW, SEND_AGAIN, STATE, WHY,
    column_key,
};
use super::{Choice, Columns, ShownRow, WithheldRow, WithheldSheet, column, count};
use crate::finding::{Code, Finding, Severity};
use crate::model::place::letters;
use crate::report::cell::{clip, width};
use crate::report::list::{List, READ_ONE_BY_ONE};
use crate::report::look::{Looks, Tone, base, bordered, height_of, set_paper, tinted};

/// The formats of these sheets. Text does not wrap: a row stays one line high, as in the file.
pub(super) struct SheetLooks {
    cell: Format,
    wrong: Format,
    doubtful: Format,
    header: Format,
    line: Format,
    state: Format,
    bad_state: Format,
    choice: Format,
    held: Format,
    answers: Format,
}

impl SheetLooks {
    pub(super) fn new(looks: &Looks) -> Self {
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
            choice: base().set_num_format("@").set_align(FormatAlign::Center),
            held: tinted(&base(), Tone::Grey),
            answers: tinted(&bordered(), Tone::Blue),
            wrong,
            cell,
        }
    }
}

/// Writes one sheet of the workbook.
pub(super) struct Writer<'a> {
    pub(super) sheet: &'a WithheldSheet,
    pub(super) columns: Columns,
    pub(super) looks: &'a SheetLooks,
    pub(super) findings: &'a [Finding],
    pub(super) at_in_list: &'a [usize],
    pub(super) list: &'a List<'a>,
}

impl Writer<'_> {
    pub(super) fn write(
        &self,
        page: &mut Worksheet,
        mark: &str,
        rows: Range<usize>,
    ) -> Result<(), XlsxError> {
        self.write_keys(page, mark)?;
        let mut widths = self.write_headers(page)?;
        let last = FIRST_ROW + count(rows.len().saturating_sub(1));
        let rows = &self.sheet.rows[rows];
        let mut spare = self.sheet.spare.clone();
        let mut from = rows.first().map_or(0, |row| self.first_about(row.number));
        for (row, place) in rows.iter().zip(FIRST_ROW..) {
            let said = self.said(row.number, from);
            from = said.end;
            let about = &self.findings[said.clone()];
            spare.retain(|at| row.cell(*at).is_empty() && !is_marked(about, *at));
            self.write_row(page, place, row, said)?;
            for (column, width_so_far) in widths.iter_mut().enumerate() {
                *width_so_far = width(row.cell(column)).max(*width_so_far);
            }
        }
        self.write_choices(page, last)?;
        for at in &spare {
            page.set_column_hidden(self.columns.of_file(*at))?;
        }
        self.finish(page, &widths, last, spare.len())
    }

    fn write_keys(&self, page: &mut Worksheet, mark: &str) -> Result<(), XlsxError> {
        let format = base().set_num_format("@");
        page.write_string_with_format(0, 0, mark, &format)?;
        for key in BESIDE.iter().skip(1) {
            page.write_string_with_format(0, self.columns.beside(key), *key, &format)?;
        }
        // A cell that was empty stays text as well when somebody fills it.
        for key in [ROW, FINDINGS, WHY] {
            page.set_column_format(self.columns.beside(key), &format)?;
        }
        for key in [AGAIN, EXCLUDE] {
            page.set_column_format(self.columns.beside(key), &self.looks.choice)?;
        }
        for at in 0..self.sheet.width {
            page.set_column_format(self.columns.of_file(at), &format)?;
        }
        for at in 0..self.sheet.width {
            page.write_string_with_format(0, self.columns.of_file(at), column_key(at), &format)?;
        }
        page.set_row_hidden(0)?;
        Ok(())
    }

    fn write_headers(&self, page: &mut Worksheet) -> Result<Vec<usize>, XlsxError> {
        const LINES: usize = 2;
        let mut widths = Vec::with_capacity(self.sheet.width);
        // Before the first row of data: what is written is not kept.
        page.set_row_height(1, height_of(2))?;
        for key in BESIDE {
            let word = match key {
                LINE => "元の行",
                STATE => "状態",
                AGAIN => "もう一度",
                EXCLUDE => LEAVE_OUT,
                WHY => "除外の理由",
                _ => key,
            };
            page.write_string_with_format(1, self.columns.beside(key), word, &self.looks.header)?;
        }
        let of_file = Note::new(self.of_file()).add_author_prefix(false);
        page.insert_note(1, self.columns.beside(LINE), &of_file)?;
        for at in 0..self.sheet.width {
            let header = self.sheet.headers.get(at).map_or("", |header| &**header);
            let place = self.columns.of_file(at);
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
        if let ShownRow::Excluded { .. } = row.shown {
            let decided = about.iter().find(|of| of.code == Code::LeftOut);
            let reason = decided.map_or("", |of| &*of.value);
            page.write_string(place, self.columns.beside(EXCLUDE), LEAVE_OUT)?;
            page.write_string(place, self.columns.beside(WHY), &*clip(reason))?;
        }
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
        let in_list = &self.at_in_list[said];
        let numbers: Vec<String> = in_list.iter().map(|at| (at + 1).to_string()).collect();
        for (key, text) in [(ROW, number.clone()), (FINDINGS, numbers.join(","))] {
            page.write_string(place, self.columns.beside(key), text)?;
        }
        let beside = self.columns.beside(LINE);
        match in_list.iter().min().filter(|_| place < READ_ONE_BY_ONE) {
            None => {
                page.write_string_with_format(place, beside, number, &self.looks.cell)?;
            }
            // The heaviest comes first there.
            Some(first) => {
                let to = format!("internal:{}", self.list.address(*first));
                let link = Url::new(to).set_text(number);
                page.write_url_with_format(place, beside, link, &self.looks.line)?;
            }
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
        let at = self.columns.beside(STATE);
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
            let to = self.columns.of_file(at);
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
        let at = self.columns.beside(AGAIN);
        page.add_data_validation(FIRST_ROW, at, last, at, &again)?;
        let (title, words) = if self.sheet.leaves_out() {
            (TAKE_BACK_TITLE, TAKE_BACK_WORDS)
        } else {
            (LEAVE_OUT_TITLE, LEAVE_OUT_WORDS)
        };
        let exclude = DataValidation::new()
            .allow_list_strings(&[LEAVE_OUT])?
            .set_input_title(title)?
            .set_input_message(words)?
            .show_error_message(false);
        let at = self.columns.beside(EXCLUDE);
        page.add_data_validation(FIRST_ROW, at, last, at, &exclude)?;
        for Choice {
            column: of, words, ..
        } in &self.sheet.choices
        {
            let at = self.columns.of_file(*of);
            // What the file writes otherwise may be right as well: the list offers, and
            // refuses nothing.
            if let Ok(offered) = DataValidation::new().allow_list_strings(words) {
                let offered = offered.show_error_message(false);
                page.add_data_validation(FIRST_ROW, at, last, at, &offered)?;
            }
        }
        Ok(())
    }

    /// Gives whole columns of the rows a shade by a rule: grey to what is only held, blue to the
    /// cells that wait for an answer. As cells of their own these would be most of the sheet.
    fn shade(&self, page: &mut Worksheet, last: u32, end: u16) -> Result<(), XlsxError> {
        let of_row = |key: &str| {
            let letters = letters(self.columns.beside(key).into());
            format!("${letters}{}", FIRST_ROW + 1)
        };
        let is_held = format!(
            "LEFT({},{})=\"{HELD}\"",
            of_row(STATE),
            HELD.chars().count()
        );
        let is_row = format!("{}<>\"\"", of_row(LINE));
        let rule = |formula: &str, look: &Format| {
            let rule = ConditionalFormatFormula::new().set_rule(formula);
            rule.set_format(look.clone())
        };
        let held = rule(&is_held, &self.looks.held);
        let answers = rule(&is_row, &self.looks.answers);
        let [line, again, why] = [LINE, AGAIN, WHY].map(|key| self.columns.beside(key));
        page.add_conditional_format(FIRST_ROW, line, last, end, &held)?
            .add_conditional_format(FIRST_ROW, again, last, why, &answers)?;
        Ok(())
    }

    fn finish(
        &self,
        page: &mut Worksheet,
        widths: &[usize],
        last: u32,
        hidden: usize,
    ) -> Result<(), XlsxError> {
        const WIDEST: usize = 40;
        for (at, &wide) in widths.iter().enumerate() {
            let place = self.columns.of_file(at);
            let fitting = u16::try_from(wide.min(WIDEST) + 1).unwrap_or(u16::MAX);
            page.set_column_width(place, fitting)?;
        }
        for (key, wide) in [(LINE, 8), (STATE, 30), (AGAIN, 10), (EXCLUDE, 8), (WHY, 20)] {
            page.set_column_width(self.columns.beside(key), wide)?;
        }
        for key in [ROW, FINDINGS] {
            page.set_column_hidden(self.columns.beside(key))?;
        }
        let end = column(BESIDE.len() + self.sheet.width.max(1) - 1);
        let (line, state) = (self.columns.beside(LINE), self.columns.beside(STATE));
        self.shade(page, last, end)?;
        page.set_freeze_panes(FIRST_ROW, state + 1)?
            .autofilter(1, 0, last, end)?
            .ignore_error_range(0, 0, last, end, IgnoreError::NumberStoredAsText)?
            .set_repeat_rows(1, 1)?;
        set_paper(page);
        if self.sheet.width - hidden > WIDEST_PAGE {
            // On a single page nobody could read it: on two, which begin with the same columns.
            page.set_print_fit_to_pages(2, 0)
                .set_repeat_columns(line, state)?;
        }
        Ok(())
    }
}

/// So many columns can be read on one page.
const WIDEST_PAGE: usize = 30;

const AGAIN_TITLE: &str = "もう一度送る";
const AGAIN_WORDS: &str = "直すところがなく、基本情報を登録し直したなどで送れるようになった行は、ここで「送る」を選びます。";

const LEAVE_OUT_TITLE: &str = "除外";
const LEAVE_OUT_WORDS: &str = "送らなくてよい行(注記や合計など)は、ここで「除外」を選び、右に理由を書きます。同じ内容の行は、次の書き出しでも除外します。同じ利用者のほかの行は、この行なしで送ります。";
const TAKE_BACK_TITLE: &str = "除外を取りやめる";
const TAKE_BACK_WORDS: &str =
    "送る行に戻すときは、「除外」を消して保存し、このファイルを受信箱(inbox)に入れます。";

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
    match shown {
        ShownRow::Withheld { .. } => {}
        ShownRow::Remarked { .. } => return format!("止めていません: {}", titles(&|_| true)),
        ShownRow::Excluded { .. } => {
            let decided = about.iter().find(|of| of.code == Code::LeftOut);
            return decided.map_or_else(String::new, |of| of.detail.clone());
        }
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

/// Whether something is said of a column.
fn is_marked(about: &[Finding], at: usize) -> bool {
    let mut columns = about.iter().filter_map(|of| of.place.column.as_ref());
    columns.any(|column| column.index == at)
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
