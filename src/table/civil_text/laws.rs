//! What holds for every day, month and time, not only for the examples.

use proptest::prelude::*;

use super::*;

const CALENDARS: [Calendar; 2] = [Calendar::Of1900, Calendar::Of1904];

/// Each era with the day from which its years are written.
const NAMED_FROM: [(&str, &str, Ymd, i32); 5] = [
    ("R", "令和", (2019, 5, 1), 2018),
    ("H", "平成", (1989, 1, 8), 1988),
    ("S", "昭和", (1926, 12, 25), 1925),
    ("T", "大正", (1912, 7, 30), 1911),
    ("M", "明治", (1873, 1, 1), 1867),
];

fn days_of(year: i32) -> impl Iterator<Item = Ymd> {
    let days = move |month| YearMonth::new(year, month).unwrap().days();
    (1..=12).flat_map(move |month| (1..=days(month)).map(move |day| (year, month, day)))
}

/// A day in every form that is written without an era.
fn western((year, month, day): Ymd) -> Vec<String> {
    vec![
        format!("{year}/{month}/{day}"),
        format!("{year}/{month:02}/{day:02}"),
        format!("{year}-{month:02}-{day:02}"),
        format!("{year}.{month}.{day}"),
        format!("{year}{month:02}{day:02}"),
        format!("{year}年{month}月{day}日"),
        format!("{year}/{month:02}/{day:02} 0:00:00"),
        format!("{year}-{month:02}-{day:02}T00:00:00"),
    ]
}

/// A day in every form that is written with the era it belongs to.
fn of_its_era(date: Ymd) -> Vec<String> {
    let (_, month, day) = date;
    let era = NAMED_FROM.iter().find(|(_, _, from, _)| date >= *from);
    let (letter, name, _, zero) = era.unwrap();
    let year = date.0 - zero;
    let mut forms = vec![
        format!("{letter}{year}.{month}.{day}"),
        format!("{letter}{year:02}/{month:02}/{day:02}"),
        format!("{}{year}-{month}-{day}", letter.to_lowercase()),
        format!("{name}{year}年{month}月{day}日"),
        format!("{name}{year:02}年{month:02}月{day:02}日"),
    ];
    if year == 1 {
        forms.push(format!("{name}元年{month}月{day}日"));
    }
    forms
}

/// The same in full-width digits.
fn full_width(text: &str) -> String {
    let wide = |character: char| match character {
        '0'..='9' => char::from_u32(u32::from(character) - 0x30 + 0xFF10).unwrap(),
        '/' => '／',
        ':' => '：',
        other => other,
    };
    text.chars().map(wide).collect()
}

/// Texts made of the characters that mean something in a day or time, and of near misses.
fn marks() -> impl Strategy<Value = String> {
    let pieces = [
        "0", "1", "2", "9", "10", "31", "60", "2026", "46296", "元", "令和", "R", "昭", "S", "T",
        "㍻", "年", "月", "日", "/", "-", "−", ".", ":", "：", "時", "分", "秒", " ", "　", "(",
        ")", "木", "曜日", "午後", "午前", "0:00:00", ".0", "１", "e", "+",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..9)
        .prop_map(|pieces| pieces.concat())
}

/// What is read is read again from the one form that is written, in either calendar.
fn is_stable(text: &str) {
    for calendar in CALENDARS {
        if let Ok(read) = date(text, calendar) {
            assert_eq!(
                date(&read.value.to_string(), calendar).unwrap().value,
                read.value
            );
        }
        if let Ok(read) = month(text, calendar) {
            assert_eq!(
                month(&read.value.to_string(), calendar).unwrap().value,
                read.value
            );
        }
    }
    if let Ok(read) = time(text) {
        assert_eq!(time(&read.value.to_string()).unwrap().value, read.value);
    }
    let _ = bare_day(text);
}

#[test]
fn every_day_is_the_same_in_every_western_form() {
    for (year, month, day) in (1873..=2100).flat_map(days_of) {
        let value = CivilDate::new(year, month, day).unwrap();
        let expected = Ok(Remarked {
            value,
            remark: None,
        });
        for form in western((year, month, day)) {
            assert_eq!(date(&form, Calendar::Of1900), expected, "{form}");
        }
    }
}

#[test]
fn every_day_is_the_same_in_every_form_of_its_era() {
    for (year, month, day) in (1873..=2100).flat_map(days_of) {
        let value = CivilDate::new(year, month, day).unwrap();
        let expected = Ok(Remarked {
            value,
            remark: None,
        });
        for form in of_its_era((year, month, day)) {
            assert_eq!(date(&form, Calendar::Of1900), expected, "{form}");
        }
    }
}

#[test]
fn a_day_has_one_number_in_each_calendar_and_no_other_number_is_a_day() {
    for (calendar, first, last) in [
        (Calendar::Of1900, 3_654, 73_415),
        (Calendar::Of1904, 2_192, 71_953),
    ] {
        let mut expected = (1910..=2100).flat_map(days_of);
        for serial in 0..100_000 {
            let read = date(&serial.to_string(), calendar).map(|read| read.value);
            if (first..=last).contains(&serial) {
                let (year, month, day) = expected.next().unwrap();
                assert_eq!(
                    read,
                    Ok(CivilDate::new(year, month, day).unwrap()),
                    "{serial}"
                );
            } else {
                assert_eq!(read, Err(Code::NotADate), "{serial}");
            }
        }
        assert_eq!(expected.next(), None);
    }
}

#[test]
fn no_month_of_any_year_has_a_day_behind_its_last() {
    for year in 1873..=2100 {
        for month in 1..=12 {
            let behind = YearMonth::new(year, month).unwrap().days() + 1;
            for day in [0].into_iter().chain(behind..=39) {
                for form in western((year, month, day)) {
                    let read = date(&form, Calendar::Of1900);
                    assert_eq!(read, Err(Code::ImpossibleDate), "{form}");
                }
            }
        }
    }
}

#[test]
fn every_month_is_the_same_in_every_form() {
    for year in 1873..=2100 {
        for of_year in 1..=12 {
            let value = YearMonth::new(year, of_year).unwrap();
            let mut forms = vec![
                format!("{year}/{of_year}"),
                format!("{year}-{of_year:02}"),
                format!("{year}.{of_year:02}"),
                format!("{year}{of_year:02}"),
                format!("{year}年{of_year}月"),
            ];
            forms.extend(western((year, of_year, 1)));
            forms.extend(of_its_era((year, of_year, 1)));
            for form in forms {
                let read = month(&form, Calendar::Of1900).map(|read| read.value);
                assert_eq!(read, Ok(value), "{form}");
            }
        }
    }
}

#[test]
fn every_time_is_the_same_in_every_form() {
    for minutes in 0..=36 * 60 {
        let (hour, minute) = (minutes / 60, minutes % 60);
        let value = CivilTime::new(hour, minute).unwrap();
        let mut forms = vec![
            format!("{hour}:{minute:02}"),
            format!("{hour:02}:{minute:02}"),
            format!("{hour:02}{minute:02}"),
            format!("{hour}:{minute:02}:00"),
            format!("{hour}時{minute}分"),
            format!("{hour:02}時{minute:02}分"),
        ];
        if minute == 0 {
            forms.push(format!("{hour}時"));
        }
        match hour {
            0..=11 => forms.push(format!("午前{hour}時{minute:02}分")),
            12..=23 => forms.push(format!("午後{}:{minute:02}", hour - 12)),
            _ => {}
        }
        for form in forms {
            let expected = Ok(Remarked {
                value,
                remark: None,
            });
            assert_eq!(time(&form), expected, "{form}");
            assert_eq!(time(&full_width(&form)), expected, "{form}");
        }
    }
}

#[test]
fn every_fraction_that_no_hand_types_is_the_minute_it_means() {
    let mut refused = Vec::new();
    for minutes in 0..=36 * 60u16 {
        let shown = (f64::from(minutes) / 1440.0).to_string();
        match time(&shown) {
            Ok(read) => assert_eq!(read.value.minutes(), minutes, "{shown}"),
            Err(_) => refused.push(minutes),
        }
    }
    // Two decimals or fewer: every 72 minutes, without the quarters of the first day.
    let two_decimals = (1..=30).map(|number| number * 72);
    let expected: Vec<u16> = two_decimals
        .filter(|minutes| ![360, 720, 1080, 1440].contains(minutes))
        .collect();
    assert_eq!(refused, expected);
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_without_a_panic(text in "\\PC*") {
        is_stable(&text);
    }

    #[test]
    fn any_text_of_marks_is_read_or_refused_without_a_panic(text in marks()) {
        is_stable(&text);
    }

    #[test]
    fn full_width_days_are_days(year in 1873i32..=2100, month in 1u32..=12, day in 1u32..=28) {
        let value = CivilDate::new(year, month, day).unwrap();
        for form in western((year, month, day)).iter().chain(&of_its_era((year, month, day))) {
            let read = date(&full_width(form), Calendar::Of1900).map(|read| read.value);
            prop_assert_eq!(read, Ok(value), "{}", form);
        }
    }
}
