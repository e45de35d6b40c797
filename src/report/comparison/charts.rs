//! The two pictures of 概要: what there is to look at, and visits day by day.

use rust_xlsxwriter::{
    Chart, ChartAxis, ChartDataLabel, ChartFont, ChartFormat, ChartLegendPosition, ChartLine,
    ChartPoint, ChartSolidFill, Color,
};

use super::category::Category;
use super::daily;
use crate::model::YearMonth;
use crate::report::SUMMARY;
use crate::report::look::{FAINT_INK, SHADE, Tone};

/// How high a chart is, in rows of 概要 and in pixels.
pub(super) const ROWS: u32 = 13;
const HEIGHT: u32 = 312;
const WIDTH: u32 = 560;

/// The sums to look at as bars; `first` is the row of the first of them in 概要.
///
/// What is usual is no bar: it is ten times as long as all the others and would press them
/// flat. Bars and not a ring, because 2 and 4 must be told apart without reading.
pub(super) fn to_look_at(first: u32) -> Chart {
    let categories = Category::to_look_at();
    let count = u32::try_from(categories.len()).expect("they are five");
    let last = first + count - 1;
    let mut chart = Chart::new_bar();
    let points: Vec<_> = categories
        .iter()
        .map(|category| ChartPoint::new().set_format(&mut filled(category.tone())))
        .collect();
    chart
        .add_series()
        .set_name("件数")
        .set_categories((SUMMARY, first, 0, last, 0))
        .set_values((SUMMARY, first, 1, last, 1))
        .set_points(&points)
        .set_gap(45)
        .set_data_label(ChartDataLabel::new().show_value().set_font(&font(10)));
    // Of a bar chart the library calls the axis of the categories y. Its first category
    // would lie at the bottom, which nobody expects.
    words(chart.y_axis())
        .set_reverse()
        .set_major_gridlines(false);
    chart
        .x_axis()
        .set_hidden(true)
        .set_major_gridlines(false)
        .set_min(0);
    chart.legend().set_hidden();
    finish(chart, "確かめる件数")
}

/// Planned and approved visits side by side, from the cells of 日別.
pub(super) fn by_day(month: YearMonth) -> Chart {
    let last = daily::FIRST_ROW + month.days() - 1;
    let mut chart = Chart::new_column();
    for (name, column, tone) in [("予定", 2, Tone::Plain), ("実績(承認済み)", 3, Tone::Green)]
    {
        chart
            .add_series()
            .set_name(name)
            .set_categories((daily::NAME, daily::FIRST_ROW, 0, last, 0))
            .set_values((daily::NAME, daily::FIRST_ROW, column, last, column))
            .set_gap(60)
            .set_overlap(0)
            .set_format(&mut filled(tone));
    }
    words(chart.x_axis());
    quiet(chart.y_axis()).set_num_format("#,##0");
    chart.y_axis().set_min(0);
    chart
        .legend()
        .set_position(ChartLegendPosition::Top)
        .set_font(&font(10));
    finish(chart, "日ごとの訪問")
}

/// Words along a line that is hardly there.
fn words(axis: &mut ChartAxis) -> &mut ChartAxis {
    let line = ChartLine::new().set_color(SHADE).clone();
    axis.set_font(&font(10))
        .set_format(ChartFormat::new().set_line(&line))
}

fn finish(mut chart: Chart, title: &str) -> Chart {
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
fn quiet(axis: &mut ChartAxis) -> &mut ChartAxis {
    let line = ChartLine::new().set_color(SHADE).clone();
    axis.set_font(font(10).set_color(FAINT_INK))
        .set_major_gridlines_line(&line)
        .set_format(ChartFormat::new().set_no_line())
}

fn filled(tone: Tone) -> ChartFormat {
    let bar: Color = tone.shades().bar;
    ChartFormat::new()
        .set_solid_fill(ChartSolidFill::new().set_color(bar))
        .clone()
}

fn font(size: u8) -> ChartFont {
    let mut font = ChartFont::new();
    font.set_name("游ゴシック").set_size(size).unset_bold();
    font
}
