//! How charts look: the same typeface, quiet lines, one size.

use rust_xlsxwriter::{Chart, ChartAxis, ChartFont, ChartFormat, ChartLine, ChartSolidFill, Color};

use super::look::{FAINT_INK, SHADE, Tone};

/// How high a chart is, in rows of 概要 and in pixels.
pub(super) const ROWS: u32 = 13;
const HEIGHT: u32 = 312;
const WIDTH: u32 = 560;

/// Words along a line that is hardly there.
pub(super) fn words(axis: &mut ChartAxis) -> &mut ChartAxis {
    let line = ChartLine::new().set_color(SHADE).clone();
    axis.set_font(&font(10))
        .set_format(ChartFormat::new().set_line(&line))
}

/// The categories of a bar chart from the top down. The library calls their axis y, and the
/// first one would lie at the bottom, which nobody expects.
pub(super) fn from_the_top(chart: &mut Chart) {
    words(chart.y_axis())
        .set_reverse()
        .set_major_gridlines(false);
}

/// Bars that bear their numbers need neither an axis for them nor a legend.
pub(super) fn only_bars(chart: &mut Chart) {
    chart
        .x_axis()
        .set_hidden(true)
        .set_major_gridlines(false)
        .set_min(0);
    chart.legend().set_hidden();
}

pub(super) fn finish(mut chart: Chart, title: &str) -> Chart {
    let line = ChartLine::new().set_color(SHADE).clone();
    chart.title().set_name(title).set_font(font(12).set_bold());
    chart
        .chart_area()
        .set_format(ChartFormat::new().set_border(&line));
    chart
        .set_alt_text(title)
        .set_width(WIDTH)
        .set_height(HEIGHT);
    chart
}

/// Numbers in faint ink, lines that are hardly there.
pub(super) fn quiet(axis: &mut ChartAxis) -> &mut ChartAxis {
    let line = ChartLine::new().set_color(SHADE).clone();
    axis.set_font(font(10).set_color(FAINT_INK))
        .set_major_gridlines_line(&line)
        .set_format(ChartFormat::new().set_no_line())
}

pub(super) fn filled(tone: Tone) -> ChartFormat {
    let bar: Color = tone.shades().bar;
    ChartFormat::new()
        .set_solid_fill(ChartSolidFill::new().set_color(bar))
        .clone()
}

pub(super) fn font(size: u8) -> ChartFont {
    let mut font = ChartFont::new();
    font.set_name("游ゴシック").set_size(size).unset_bold();
    font
}
