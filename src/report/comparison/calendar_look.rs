//! How the cells of the calendar look, made once for all its sheets.

use rust_xlsxwriter::{Color, Format, FormatAlign};

use crate::model::CivilDate;
use crate::report::look::{FAINT_INK, SHADE, Tone, base, bordered, linked, tinted};

/// The formats of the calendar.
#[derive(Debug)]
pub(super) struct CalendarLooks {
    pub(super) title: Format,
    pub(super) legend: Format,
    pub(super) header: Format,
    /// A client's line: the whole width in one shade.
    pub(super) band: Format,
    pub(super) name: Format,
    /// A sentence that is to be seen first.
    pub(super) name_alone: Format,
    pub(super) band_link: Format,
    /// Service and time.
    pub(super) label: Format,
    pub(super) sum: Format,
    pub(super) note: Format,
    weekdays: Days,
    empty: Days,
    marks: Vec<(Tone, Format)>,
}

/// One format for working days, Saturdays and Sundays.
#[derive(Debug)]
struct Days([Format; 3]);

const SATURDAY: u32 = 0xEE_F4_FA;
const SUNDAY: u32 = 0xFB_F0_EF;
const SATURDAY_HEADER: u32 = 0xD8_E6_F3;
const SUNDAY_HEADER: u32 = 0xF5_DC_DA;

impl CalendarLooks {
    pub(super) fn new() -> Self {
        let cell = bordered().set_align(FormatAlign::VerticalCenter);
        let day = cell.clone().set_align(FormatAlign::Center).set_shrink();
        let header = day.clone().set_bold().set_background_color(SHADE);
        let band = base().set_background_color(SHADE);
        let tones = [
            Tone::Plain,
            Tone::Green,
            Tone::Blue,
            Tone::Yellow,
            Tone::Orange,
            Tone::Violet,
            Tone::Red,
        ];
        Self {
            title: base().set_bold().set_font_size(14),
            legend: base().set_font_size(9),
            name_alone: base().set_bold(),
            name: band.clone().set_bold().set_shrink(),
            band_link: linked(&band).set_font_size(10),
            label: cell.set_num_format("@").set_shrink(),
            sum: day.clone().set_num_format("#,##0"),
            note: base().set_font_color(FAINT_INK),
            weekdays: Days::new(&header, [SATURDAY_HEADER, SUNDAY_HEADER]),
            empty: Days::new(&day, [SATURDAY, SUNDAY]),
            marks: tones.map(|tone| (tone, tinted(&day, tone))).to_vec(),
            header,
            band,
        }
    }

    /// The header of a day.
    pub(super) fn weekday(&self, date: CivilDate) -> &Format {
        self.weekdays.of(date)
    }

    /// A day on which nothing is.
    pub(super) fn empty(&self, date: CivilDate) -> &Format {
        self.empty.of(date)
    }

    /// A letter in its colour.
    pub(super) fn mark(&self, tone: Tone) -> &Format {
        let found = self.marks.iter().find(|(of, _)| *of == tone);
        found.map_or(&self.sum, |(_, format)| format)
    }
}

impl Days {
    fn new(format: &Format, [saturday, sunday]: [u32; 2]) -> Self {
        let tint = |fill| format.clone().set_background_color(Color::RGB(fill));
        Self([format.clone(), tint(saturday), tint(sunday)])
    }

    fn of(&self, date: CivilDate) -> &Format {
        match date.weekday() {
            5 => &self.0[1],
            6 => &self.0[2],
            _ => &self.0[0],
        }
    }
}
