//! How cells look: one typeface, one grey, four quiet colours.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, FormatUnderline, Worksheet};

/// Height of a row of [`base`] in Excel.
pub(super) const ROW_PIXELS: u32 = 25;
/// Width of a column that nobody set, as Excel has it with [`base`].
pub(super) const COLUMN_PIXELS: u32 = 72;
const INK: Color = Color::RGB(0x26_32_38);
const FAINT_INK: Color = Color::RGB(0x60_70_7A);
const LINE: Color = Color::RGB(0xCF_D8_DC);
const SHADE: Color = Color::RGB(0xE3_EA_EF);

/// What a colour says before anybody reads the word in the cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// Nothing.
    Plain,
    /// All is well, or something new.
    Green,
    /// Good to know.
    Blue,
    /// Somebody should look.
    Yellow,
    /// This stops the work.
    Red,
}

/// The formats of a workbook, made once: a list asks for them in every cell.
#[derive(Debug)]
pub(super) struct Looks {
    pub(super) title: Format,
    pub(super) heading: Format,
    pub(super) label: Format,
    pub(super) sentence: Format,
    pub(super) header: Format,
    pub(super) count_header: Format,
    pub(super) text: Format,
    pub(super) number: Format,
    pub(super) link: Format,
    pub(super) jump: Format,
    pub(super) sum_label: Format,
    pub(super) sum: Format,
    green: Format,
    blue: Format,
    yellow: Format,
    red: Format,
    alarm: Format,
}

impl Looks {
    pub(super) fn new() -> Self {
        let cell = text_cell();
        let number = number_cell();
        let shaded = |format: &Format| format.clone().set_bold().set_background_color(SHADE);
        Self {
            title: base().set_bold().set_font_size(16),
            heading: base().set_bold().set_font_size(12),
            label: base().set_font_color(FAINT_INK),
            sentence: base().set_text_wrap().set_align(FormatAlign::Top),
            count_header: shaded(&cell).set_align(FormatAlign::Right).set_indent(1),
            header: shaded(&cell),
            link: linked(&cell),
            jump: linked(&base()),
            sum_label: shaded(&cell),
            sum: shaded(&number),
            green: tinted(&cell, 0xE4_F2_E7, 0x1E_5B_2E),
            blue: tinted(&cell, 0xE6_F0_FA, 0x1F_4E_79),
            yellow: tinted(&cell, 0xFF_F4_D1, 0x6B_4E_00),
            red: tinted(&cell, 0xFB_E3_E1, 0x97_1B_14),
            alarm: tinted(&number, 0xFB_E3_E1, 0x97_1B_14),
            text: cell,
            number,
        }
    }

    /// A cell of text in a colour.
    pub(super) fn tone(&self, tone: Tone) -> &Format {
        match tone {
            Tone::Plain => &self.text,
            Tone::Green => &self.green,
            Tone::Blue => &self.blue,
            Tone::Yellow => &self.yellow,
            Tone::Red => &self.red,
        }
    }

    /// A count that should be 0: red as soon as it is not.
    pub(super) fn wish_for_none(&self, count: usize) -> &Format {
        if count == 0 {
            &self.number
        } else {
            &self.alarm
        }
    }
}

/// The typeface of every Japanese Excel since 2016; a format does not inherit it.
pub(super) fn base() -> Format {
    Format::new()
        .set_font_name("游ゴシック")
        .set_font_size(11)
        .set_font_charset(128)
        .set_font_color(INK)
        .set_align(FormatAlign::VerticalCenter)
}

/// Text stays text even when somebody edits the cell: the format is `@`.
fn text_cell() -> Format {
    bordered().set_num_format("@").set_text_wrap()
}

fn number_cell() -> Format {
    // The indent keeps a number away from the text in the next column.
    bordered()
        .set_num_format("#,##0")
        .set_align(FormatAlign::Right)
        .set_indent(1)
}

fn bordered() -> Format {
    base()
        .set_align(FormatAlign::Top)
        .set_border(FormatBorder::Thin)
        .set_border_color(LINE)
}

fn tinted(cell: &Format, fill: u32, ink: u32) -> Format {
    cell.clone()
        .set_background_color(Color::RGB(fill))
        .set_font_color(Color::RGB(ink))
}

/// The height of a row with so many lines in points, up to the highest that Excel takes.
pub(super) fn height_of(lines: usize) -> f64 {
    const LINE: f64 = 18.75;
    const HIGHEST: f64 = 409.0;
    u32::try_from(lines).map_or(HIGHEST, |lines| HIGHEST.min(LINE * f64::from(lines)))
}

fn linked(format: &Format) -> Format {
    format
        .clone()
        .set_font_color(Color::RGB(0x0B_57_A4))
        .set_underline(FormatUnderline::Single)
}

/// A4 landscape, one page wide, with the sheet's name and the page number below.
pub(super) fn set_paper(sheet: &mut Worksheet) {
    const A4: u8 = 9;
    sheet
        .set_paper_size(A4)
        .set_landscape()
        .set_print_fit_to_pages(1, 0)
        .set_margins(0.4, 0.4, 0.5, 0.6, 0.3, 0.3)
        .set_footer("&L&A&R&P / &N");
}
