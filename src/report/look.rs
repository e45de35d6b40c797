//! How cells look: one typeface, one grey, a few quiet colours.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, FormatUnderline, Worksheet};

/// Height of a row of [`base`] in Excel.
pub(super) const ROW_PIXELS: u32 = 25;
/// Width of a column that nobody set, as Excel has it with [`base`].
pub(super) const COLUMN_PIXELS: u32 = 72;
const INK: Color = Color::RGB(0x26_32_38);
/// For what need not be read.
pub(super) const FAINT_INK: Color = Color::RGB(0x60_70_7A);
const NONE_INK: Color = Color::RGB(0xB5_C0_C6);
const LINE: Color = Color::RGB(0xCF_D8_DC);
/// Behind headers and sums.
pub(super) const SHADE: Color = Color::RGB(0xE3_EA_EF);

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
    /// Somebody should look before the month is billed.
    Orange,
    /// Somebody is still to say yes.
    Violet,
    /// This stops the work.
    Red,
    /// To be done by hand, as always.
    Grey,
}

/// The shades of a [`Tone`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Shades {
    /// Behind the text of a cell.
    pub(super) fill: Color,
    /// The text.
    pub(super) ink: Color,
    /// A bar of a chart: what is quiet behind a word is invisible on white paper.
    pub(super) bar: Color,
}

impl Tone {
    /// Every tone, in the order in which they are declared.
    const ALL: [Self; 8] = [
        Self::Plain,
        Self::Green,
        Self::Blue,
        Self::Yellow,
        Self::Orange,
        Self::Violet,
        Self::Red,
        Self::Grey,
    ];

    /// The shades of the tone.
    pub(super) fn shades(self) -> Shades {
        let [fill, ink, bar] = match self {
            Self::Plain => [0xFF_FF_FF, 0x26_32_38, 0x90_A0_A9],
            Self::Green => [0xE4_F2_E7, 0x1E_5B_2E, 0x7F_BA_8E],
            Self::Blue => [0xE6_F0_FA, 0x1F_4E_79, 0x76_A6_D4],
            Self::Yellow => [0xFF_F4_D1, 0x6B_4E_00, 0xEB_C2_4F],
            Self::Orange => [0xFD_E0_C8, 0x85_3C_00, 0xE6_93_55],
            Self::Violet => [0xEB_E4_F5, 0x4A_35_75, 0xA1_8C_CB],
            Self::Red => [0xFB_E3_E1, 0x97_1B_14, 0xD9_70_68],
            Self::Grey => [0xEC_EF_F1, 0x45_52_5A, 0xA9_B5_BC],
        };
        Shades {
            fill: Color::RGB(fill),
            ink: Color::RGB(ink),
            bar: Color::RGB(bar),
        }
    }
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
    pub(super) difference: Format,
    none: Format,
    /// One for each of [`Tone::ALL`].
    tones: [Format; 8],
    counts: [Format; 8],
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
            none: number.clone().set_font_color(NONE_INK),
            difference: number.clone().set_num_format("+#,##0;-#,##0;0"),
            tones: Tone::ALL.map(|tone| tinted(&cell, tone)),
            counts: Tone::ALL.map(|tone| tinted(&number, tone)),
            text: cell,
            number,
        }
    }

    /// A cell of text in a colour.
    pub(super) fn tone(&self, tone: Tone) -> &Format {
        &self.tones[tone as usize]
    }

    /// A count that should be 0: in a colour as soon as it is not, and faint as long as it
    /// is, because a sheet of many zeros hides the few that are none.
    pub(super) fn count(&self, tone: Tone, count: u32) -> &Format {
        match count {
            0 => &self.none,
            _ => &self.counts[tone as usize],
        }
    }

    /// A count that should be 0: red as soon as it is not.
    pub(super) fn wish_for_none(&self, count: usize) -> &Format {
        match count {
            0 => &self.number,
            _ => &self.counts[Tone::Red as usize],
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

/// A cell within thin lines.
pub(super) fn bordered() -> Format {
    base()
        .set_align(FormatAlign::Top)
        .set_border(FormatBorder::Thin)
        .set_border_color(LINE)
}

/// A format in the shades of a tone.
pub(super) fn tinted(cell: &Format, tone: Tone) -> Format {
    let Shades { fill, ink, .. } = tone.shades();
    if tone == Tone::Plain {
        return cell.clone();
    }
    cell.clone().set_background_color(fill).set_font_color(ink)
}

/// The height of a row with so many lines in points, up to the highest that Excel takes.
pub(super) fn height_of(lines: usize) -> f64 {
    const LINE: f64 = 18.75;
    const HIGHEST: f64 = 409.0;
    u32::try_from(lines).map_or(HIGHEST, |lines| HIGHEST.min(LINE * f64::from(lines)))
}

/// A format that says: press here.
pub(super) fn linked(format: &Format) -> Format {
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
