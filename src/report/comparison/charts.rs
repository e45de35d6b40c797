//! The two pictures of 概要: what there is to look at, and visits day by day.

use rust_xlsxwriter::{Chart, ChartDataLabel, ChartLegendPosition, ChartPoint};

use super::category::Category;
use super::daily;
use crate::model::YearMonth;
use crate::report::SUMMARY;
use crate::report::look::Tone;
use crate::report::picture::{filled, finish, font, from_the_top, only_bars, quiet, words};

pub(super) use crate::report::picture::ROWS;

/// The sums to look at as bars; `first` is the row of the first of them in 概要.
///
/// What is usual is no bar: it is ten times as long as all the others and would press them
/// flat. Bars and not a ring, because 2 and 4 must be told apart without reading.
pub(super) fn to_look_at(first: u32) -> Chart {
    let categories = Category::to_look_at();
    let count = u32::try_from(categories.len()).expect("they are six");
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
    from_the_top(&mut chart);
    only_bars(&mut chart);
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
