//! The two pictures of 概要: why rows are withheld, and how the rows of all files have ended.

use rust_xlsxwriter::{Chart, ChartDataLabel, ChartLegendPosition, ChartType};

use crate::finding::Severity;
use crate::report::SUMMARY;
use crate::report::look::Tone;
use crate::report::picture::{filled, finish, font, from_the_top, only_bars, quiet};

use super::causes::Cause;

/// Bars that are still read; the causes below them are in the table.
const MOST: usize = 8;

/// The causes that keep rows back as bars, the most frequent first; `first` is the row of the
/// first cause in 概要. Nothing where no error is.
///
/// Bars and not a ring, because 3 and 5 must be told apart without reading.
pub(super) fn by_cause(causes: &[Cause], first: u32) -> Option<Chart> {
    let errors = causes.iter();
    let errors = errors.take_while(|cause| cause.code.severity() == Severity::Error);
    let bars = errors.count().min(MOST);
    let last = first + u32::try_from(bars.checked_sub(1)?).ok()?;
    let mut chart = Chart::new_bar();
    chart
        .add_series()
        .set_name("件数")
        .set_categories((SUMMARY, first, 2, last, 2))
        .set_values((SUMMARY, first, 3, last, 3))
        .set_format(&mut filled(Tone::Red))
        .set_gap(45)
        .set_data_label(ChartDataLabel::new().show_value().set_font(&font(10)));
    from_the_top(&mut chart);
    only_bars(&mut chart);
    Some(finish(chart, "保留の原因（エラーの件数）"))
}

/// The states of a row, as the columns of the table of files: each with its colour.
const STATES: [(u16, Tone); 4] = [
    (4, Tone::Green),
    (5, Tone::Blue),
    (6, Tone::Red),
    (7, Tone::Grey),
];

/// The rows of each file by how they have ended, side by side in one bar; `header` is the row
/// above the first file in 概要. Nothing where there is no file, or more than can be told
/// apart.
pub(super) fn by_state(header: u32, files: usize) -> Option<Chart> {
    if files == 0 || files > MOST {
        return None;
    }
    let first = header + 1;
    let last = header + u32::try_from(files).ok()?;
    let mut chart = Chart::new(ChartType::BarPercentStacked);
    for (column, tone) in STATES {
        chart
            .add_series()
            .set_name((SUMMARY, header, column))
            .set_categories((SUMMARY, first, 0, last, 0))
            .set_values((SUMMARY, first, column, last, column))
            .set_gap(60)
            .set_overlap(100)
            .set_format(&mut filled(tone));
    }
    from_the_top(&mut chart);
    quiet(chart.x_axis()).set_num_format("0%");
    chart
        .legend()
        .set_position(ChartLegendPosition::Top)
        .set_font(&font(10));
    Some(finish(chart, "行の状態（ファイルごと）"))
}
