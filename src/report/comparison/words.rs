//! Days, hours and services as a clerk reads them.

use crate::model::{Began, CivilDate, ClientComparison, ClockRange, ServiceCode};

/// `月` to `日`.
pub(super) fn weekday(date: CivilDate) -> &'static str {
    const WEEK: [&str; 7] = ["月", "火", "水", "木", "金", "土", "日"];
    let place = usize::try_from(date.weekday()).expect("a week has seven days");
    WEEK[place]
}

/// `09:00〜09:30`, `22:00〜24:00`, and `23:30〜翌00:30` where the next day has begun.
pub(super) fn hours(hours: ClockRange) -> String {
    let start = hours.start();
    if hours.passes_midnight() {
        return format!("{start}〜翌{}", hours.end());
    }
    let end = end_minutes(hours);
    format!("{start}〜{:02}:{:02}", end / 60, end % 60)
}

/// The same of an actual visit, which may have begun across midnight from its day.
pub(super) fn begun(hours: ClockRange, began: Began) -> String {
    let (start, end) = (hours.start(), hours.end());
    match began {
        Began::OnTheDay => self::hours(hours),
        Began::TheDayAfter => format!("翌{start}〜翌{end}"),
        Began::TheDayBefore if hours.passes_midnight() => format!("前日{start}〜{end}"),
        Began::TheDayBefore => format!("前日{}", self::hours(hours)),
    }
}

/// When it ends, in minutes since the midnight before it began.
fn end_minutes(hours: ClockRange) -> u16 {
    hours.start().minutes() + hours.minutes()
}

/// By how many minutes start and end of the actual visit lie behind those of the planned one.
pub(super) fn later_by(planned: ClockRange, actual: ClockRange, began: Began) -> (i32, i32) {
    let planned_start = Began::OnTheDay.minutes(planned.start());
    let start = began.minutes(actual.start()) - planned_start;
    let longer = i32::from(actual.minutes()) - i32::from(planned.minutes());
    (start, start + longer)
}

/// The name of a service, or its code where nobody knows the name.
pub(super) fn service(client: &ClientComparison, code: ServiceCode) -> String {
    let name = client.services.get(&code);
    name.map_or_else(|| code.to_string(), Clone::clone)
}

/// `111111 身体介護１`
pub(super) fn service_with_code(client: &ClientComparison, code: ServiceCode) -> String {
    let name = client.services.get(&code).map_or("", String::as_str);
    format!("{code} {name}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::comparison::sample::range;

    #[test]
    fn an_end_after_midnight_says_so_and_midnight_itself_does_not() {
        let shown = ["09:05-09:30", "22:00-24:00", "23:30-00:30"].map(|text| hours(range(text)));
        assert_eq!(shown, ["09:05〜09:30", "22:00〜24:00", "23:30〜翌00:30"]);
    }

    #[test]
    fn a_begin_across_midnight_says_so() {
        for (text, began, expected) in [
            ("09:05-09:30", Began::OnTheDay, "09:05〜09:30"),
            ("00:05-00:35", Began::TheDayAfter, "翌00:05〜翌00:35"),
            ("23:50-00:20", Began::TheDayBefore, "前日23:50〜00:20"),
            ("23:20-24:00", Began::TheDayBefore, "前日23:20〜24:00"),
        ] {
            assert_eq!(begun(range(text), began), expected);
        }
    }

    #[test]
    fn minutes_are_counted_on_past_midnight() {
        for (planned, actual, expected) in [
            ("09:00-10:00", "08:50-10:05", (-10, 5)),
            ("23:00-24:00", "23:10-00:10", (10, 10)),
            ("23:30-00:30", "23:30-23:55", (0, -35)),
        ] {
            let later = later_by(range(planned), range(actual), Began::OnTheDay);
            assert_eq!(later, expected);
        }
        let (planned, actual) = (range("23:30-00:30"), range("00:05-00:35"));
        assert_eq!(later_by(planned, actual, Began::TheDayAfter), (35, 5));
    }
}
