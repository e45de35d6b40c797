//! カレンダー: every client's month as a strip of days, in letters and colours.

use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::calendar_look::CalendarLooks;
use super::category::in_words;
use super::lines::{self, Line, Marks, place};
use super::places::{Block, Places};
use super::verdict::{EITHER, KINDS, Unanswered, letter, tone};
use super::words::{hours, service, weekday};
use crate::model::{CivilDate, ClientComparison, Comparison, Match, YearMonth};
use crate::report::cell::Cell;
use crate::report::list::sheet_name;
use crate::report::look::set_paper;

pub(super) const NAME: &str = "カレンダー";
/// Below title, days and weekdays.
pub(super) const FIRST_ROW: u32 = 3;
/// To 利用者別 and to 明細.
pub(super) const LINKS_PER_BLOCK: usize = 2;
/// How many rows below the header fit on a page of A4 on its side, with some left over: printers
/// and programs do not agree on the height of a row.
pub(super) const ROWS_PER_PAGE: u32 = 40;
/// In percent, so that 31 days are one page wide, also where another typeface stands in for ours
/// and makes every column wider. Excel breaks no page by hand where it is told to
/// fit the paper by itself.
const SCALE: u16 = 60;
/// The column of the first day; before it stand service and time.
const FIRST_DAY: u16 = 2;

/// How many rows each page of the client's block takes: a band, and the lines or a word that there
/// are none. More than one page has only whoever has more lines than a page holds.
pub(super) fn heights(client: &ClientComparison) -> Vec<u32> {
    let lines = lines::count(client).max(1);
    let mut lines = u32::try_from(lines).expect("a month has fewer than 2^32 visits");
    let mut heights = Vec::new();
    while lines > 0 {
        let here = lines.min(LINES_PER_PAGE);
        heights.push(here + 1);
        lines -= here;
    }
    heights
}

/// Below the band.
const LINES_PER_PAGE: u32 = ROWS_PER_PAGE - 1;

/// Writes the sheet, and further ones where there are more clients than a sheet holds.
pub(super) fn write(
    workbook: &mut Workbook,
    comparison: &Comparison,
    places: &Places,
) -> Result<(), XlsxError> {
    let month = comparison.month;
    let looks = CalendarLooks::new();
    let mut clients = comparison.clients.iter().enumerate().peekable();
    let mut part = 0;
    while part == 0 || clients.peek().is_some() {
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(sheet_name(NAME, part))?;
        sheet.set_page_breaks(places.breaks(part))?;
        let mut strip = Strip::begin(sheet, &looks, month)?;
        if comparison.clients.is_empty() {
            strip.nobody()?;
        }
        while let Some((index, client)) =
            clients.next_if(|&(index, _)| places.block(index).part == part)
        {
            strip.block(client, index, places)?;
        }
        part += 1;
    }
    Ok(())
}

/// A sheet of the calendar, written from top to bottom.
struct Strip<'a> {
    sheet: &'a mut Worksheet,
    looks: &'a CalendarLooks,
    dates: Vec<CivilDate>,
}

impl<'a> Strip<'a> {
    /// Title and legend, days and weekdays.
    fn begin(
        sheet: &'a mut Worksheet,
        looks: &'a CalendarLooks,
        month: YearMonth,
    ) -> Result<Self, XlsxError> {
        let dates = (1..=month.days()).filter_map(|day| month.day(day));
        let mut strip = Self {
            sheet,
            looks,
            dates: dates.collect(),
        };
        strip.set_up()?;
        strip.legend(month)?;
        strip.header(1, ["サービス", "時刻"], ["予定", "実績"], |date| {
            Cell::Number(date.day())
        })?;
        strip.header(2, ["", ""], ["", ""], |date| weekday(date).into())?;
        Ok(strip)
    }

    fn set_up(&mut self) -> Result<(), XlsxError> {
        const SERVICE: u16 = 26;
        const HOURS: u16 = 15;
        const DAY: f64 = 3.4;
        const SUM: u16 = 6;
        let sums = self.first_sum();
        self.sheet
            .set_screen_gridlines(false)
            .set_column_width(0, SERVICE)?
            .set_column_width(1, HOURS)?
            .set_column_range_width(FIRST_DAY, sums - 1, DAY)?
            .set_column_range_width(sums, sums + 1, SUM)?
            .set_freeze_panes(FIRST_ROW, FIRST_DAY)?
            .set_repeat_rows(0, FIRST_ROW - 1)?;
        set_paper(self.sheet);
        self.sheet.set_print_scale(SCALE);
        Ok(())
    }

    /// The column behind the last day.
    fn first_sum(&self) -> u16 {
        FIRST_DAY + u16::try_from(self.dates.len()).expect("a month has 31 days at most")
    }

    /// What the letters mean, each beside its colour; it fits the 28 days of a February.
    fn legend(&mut self, month: YearMonth) -> Result<(), XlsxError> {
        use Unanswered::{Either, NoRecord, Unapproved};
        const LEGEND: [(Match, Unanswered, &str, u16); 8] = [
            (Match::AsPlanned, NoRecord, "予定どおり", 4),
            (Match::TimeDiffers, NoRecord, "時刻違い", 3),
            (Match::TimeDoubtful, NoRecord, "時刻要確認", 4),
            (Match::ServiceDiffers, NoRecord, "サービス違い", 4),
            (Match::Unplanned, NoRecord, "予定外", 3),
            (Match::Unanswered, Unapproved, "未承認", 3),
            (Match::Unanswered, NoRecord, "記録なし", 3),
            (Match::Unanswered, Either, EITHER, 6),
        ];
        let title = format!("{NAME} {}", month.in_words());
        let looks = self.looks;
        self.put(0, 0, &title.into(), &looks.title)?;
        let mut column = FIRST_DAY;
        for (kind, unanswered, meaning, columns) in LEGEND {
            let mark = looks.mark(tone(kind, unanswered));
            let letter = letter(kind, unanswered).to_string();
            self.put(0, column, &letter.into(), mark)?;
            self.put(0, column + 1, &meaning.into(), &looks.legend)?;
            column += columns;
        }
        Ok(())
    }

    fn header(
        &mut self,
        row: u32,
        labels: [&str; 2],
        sums: [&str; 2],
        of: impl Fn(CivilDate) -> Cell<'static>,
    ) -> Result<(), XlsxError> {
        let looks = self.looks;
        for (label, column) in labels.into_iter().zip(0..) {
            self.put(row, column, &label.into(), &looks.header)?;
        }
        for (date, column) in self.dates.clone().into_iter().zip(FIRST_DAY..) {
            self.put(row, column, &of(date), looks.weekday(date))?;
        }
        for (sum, column) in sums.into_iter().zip(self.first_sum()..) {
            self.put(row, column, &sum.into(), &looks.header)?;
        }
        Ok(())
    }

    /// An empty sheet looks like a fault.
    fn nobody(&mut self) -> Result<(), XlsxError> {
        let looks = self.looks;
        self.put(
            FIRST_ROW,
            0,
            &"対照する利用者はいません。".into(),
            &looks.note,
        )
    }

    /// A client's month.
    fn block(
        &mut self,
        client: &ClientComparison,
        index: usize,
        places: &Places,
    ) -> Result<(), XlsxError> {
        let Block { mut row, .. } = places.block(index);
        self.band(row, client, index, places)?;
        let lines = lines::lines(client);
        if lines.is_empty() {
            let looks = self.looks;
            self.put(row + 1, 0, &"訪問はありません。".into(), &looks.note)?;
        }
        let unanswered = Unanswered::of(client);
        let per_page = usize::try_from(LINES_PER_PAGE).expect("a page has a few rows");
        for (page, lines) in lines.chunks(per_page).enumerate() {
            if page > 0 {
                self.band_again(row, client)?;
            }
            for line in lines {
                row += 1;
                self.line(row, client, line, unanswered)?;
            }
            row += 1;
        }
        Ok(())
    }

    /// Whose the page is that goes on with a client.
    fn band_again(&mut self, row: u32, client: &ClientComparison) -> Result<(), XlsxError> {
        let looks = self.looks;
        self.shade(row)?;
        let name = format!("{}(続き)", client.name);
        self.put(row, 0, &name.into(), &looks.name)?;
        self.put(row, 1, &client.client.to_string().into(), &looks.band)
    }

    fn shade(&mut self, row: u32) -> Result<(), XlsxError> {
        for column in 0..self.first_sum() + 2 {
            self.sheet.write_blank(row, column, &self.looks.band)?;
        }
        Ok(())
    }

    /// Who it is, the ways back, and what there is to look at.
    fn band(
        &mut self,
        row: u32,
        client: &ClientComparison,
        index: usize,
        places: &Places,
    ) -> Result<(), XlsxError> {
        // A number and a word run on over empty cells, so they keep their distance.
        const BACK: u16 = FIRST_DAY + 2;
        const VISITS: u16 = BACK + 4;
        const FOUND: u16 = VISITS + 3;
        let looks = self.looks;
        self.shade(row)?;
        self.put(row, 0, &client.name.as_str().into(), &looks.name)?;
        self.put(row, 1, &client.client.to_string().into(), &looks.band)?;
        let back = Cell::Link {
            text: "利用者別へ",
            to: places.client(index),
        };
        self.put(row, BACK, &back, &looks.band_link)?;
        if !client.visits.is_empty() {
            let visits = Cell::Link {
                text: "明細へ",
                to: places.visits(index),
            };
            self.put(row, VISITS, &visits, &looks.band_link)?;
        }
        let found = match in_words(&client.sums()) {
            words if words.is_empty() && !client.visits.is_empty() => "すべて予定どおり".to_owned(),
            words => words,
        };
        self.put(row, FOUND, &found.into(), &looks.band)
    }

    /// A service at its time, day by day.
    fn line(
        &mut self,
        row: u32,
        client: &ClientComparison,
        line: &Line,
        unanswered: Unanswered,
    ) -> Result<(), XlsxError> {
        let looks = self.looks;
        self.put(
            row,
            0,
            &service(client, line.slot.code).into(),
            &looks.label,
        )?;
        self.put(row, 1, &hours(line.slot.hours).into(), &looks.label)?;
        for (date, column) in self.dates.clone().into_iter().zip(FIRST_DAY..) {
            let marks = line.day(date.day());
            match gravest(marks) {
                None => drop(self.sheet.write_blank(row, column, looks.empty(date))?),
                Some(kind) => {
                    let look = looks.mark(tone(kind, unanswered));
                    self.put(row, column, &letters(marks, unanswered).into(), look)?;
                }
            }
        }
        let (planned, actual) = line.sums();
        for (sum, column) in [planned, actual].into_iter().zip(self.first_sum()..) {
            self.put(row, column, &Cell::Number(sum), &looks.sum)?;
        }
        Ok(())
    }

    fn put(
        &mut self,
        row: u32,
        column: u16,
        cell: &Cell<'_>,
        format: &Format,
    ) -> Result<(), XlsxError> {
        cell.write(self.sheet, (row, column), format)
    }
}

/// The kind that gives a day its colour: a later one asks for more than those before it.
fn gravest(marks: Marks) -> Option<Match> {
    let mut kinds = KINDS.into_iter().rev();
    kinds.find(|&kind| marks[place(kind)] > 0)
}

/// `○`, `○2` for two of them, `○無` where one of two has no record.
pub(super) fn letters(marks: Marks, unanswered: Unanswered) -> String {
    let kinds = KINDS.into_iter().zip(marks);
    let found = kinds.filter(|&(_, count)| count > 0);
    found
        .map(|(kind, count)| match count {
            1 => letter(kind, unanswered).to_string(),
            several => format!("{}{several}", letter(kind, unanswered)),
        })
        .collect()
}
