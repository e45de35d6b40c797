//! What a cell holds, as the text that means it.
//!
//! A number that its cell shows as one stays a number: whether it is a day, a time or a code all the
//! same is decided by the field it stands in. What its cell shows as a day or a time is that (`styles`).

use std::fmt::Write as _;

use crate::read::row::Fault;

/// From here on a number has more digits than a spreadsheet keeps (15).
const DIGITS_END: f64 = 1e15;

/// Whole numbers without a point; the shortest text that means the same number otherwise.
/// A number with more digits than were kept is written as a power of ten, as a sheet shows
/// it: written out in full it would look like a number that somebody had typed.
pub(super) fn push_number(number: f64, out: &mut String) {
    // Nearly every number is the count of a day.
    let is = |count: &u8| f64::from(*count).to_bits() == number.to_bits();
    if let Some(digit) = (0..=9).find(is) {
        out.push(char::from(b'0' + digit));
        return;
    }
    // Writing into a `String` cannot fail. Adding zero takes the sign from minus zero.
    let _ = if number.abs() < DIGITS_END {
        write!(out, "{}", number + 0.0)
    } else {
        let power = format!("{number:E}");
        write!(out, "{}", power.replacen('E', "E+", 1))
    };
}

/// A number as a program keeps it in memory, which is none where it is not finite.
pub(super) fn push_stored(number: f64, out: &mut String) -> Option<Fault> {
    if !number.is_finite() {
        return Some(Fault::Unreadable);
    }
    push_number(number, out);
    None
}

/// A number as XML writes one (`xsd:double`), if it is one that a sheet can hold.
pub(super) fn number(text: &str) -> Option<f64> {
    let text = text.trim_matches([' ', '\t', '\r', '\n']);
    let digits = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    let number = text.bytes().all(digits).then(|| text.parse().ok())?;
    number.filter(|number: &f64| number.is_finite())
}

/// The number that Excel packs into four bytes: thirty bits of a whole number or of a float,
/// perhaps in hundredths.
pub(super) fn unpacked(packed: u32) -> f64 {
    let whole = packed & 2 != 0;
    let number = if whole {
        f64::from(packed.cast_signed() >> 2)
    } else {
        f64::from_bits(u64::from(packed & !3) << 32)
    };
    if packed & 1 == 0 {
        number
    } else {
        number / 100.0
    }
}

/// An ISO moment as a clerk would write it: midnight is left out, and so is the day from
/// which a spreadsheet counts, because such a moment is a time alone.
pub(super) fn push_moment(iso: &str, out: &mut String) {
    const DAY_ZERO: [&str; 4] = ["1899-12-30", "1899-12-31", "1900-01-00", "1904-01-01"];
    let (day, time) = iso.split_once('T').unwrap_or((iso, ""));
    let time = time.trim_end_matches('Z');
    let time = time.split_once('.').map_or(time, |(whole, fraction)| {
        let nothing = fraction.bytes().all(|byte| byte == b'0');
        if nothing { whole } else { time }
    });
    match (day, time) {
        (day, "" | "00:00:00" | "00:00") => out.push_str(day),
        (day, time) if day.is_empty() || DAY_ZERO.contains(&day) => out.push_str(time),
        (day, time) => {
            let _ = write!(out, "{day} {time}");
        }
    }
}

/// An ISO duration as a time: `PT9H30M00S` is `9:30`, `PT25H30M` is `25:30`. What is none
/// stays as it is; the field's parser will say so.
pub(super) fn push_duration(iso: &str, out: &mut String) {
    let Some(seconds) = seconds(iso) else {
        out.push_str(iso);
        return;
    };
    // Sums of fractions of a day miss the whole second by a hair.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`seconds` is neither negative nor above ten million"
    )]
    let whole = (seconds + 0.5) as u64;
    let (hours, minutes) = (whole / 3600, whole / 60 % 60);
    let _ = match whole % 60 {
        0 => write!(out, "{hours}:{minutes:02}"),
        rest => write!(out, "{hours}:{minutes:02}:{rest:02}"),
    };
}

fn seconds(iso: &str) -> Option<f64> {
    const LONGEST: f64 = 1e7;
    let mut rest = iso.strip_prefix('P')?;
    let mut sum = 0.0;
    let mut timed = false;
    while let Some(end) = rest.find(|letter: char| letter.is_ascii_alphabetic()) {
        let (number, unit) = (&rest[..end], rest.as_bytes()[end]);
        rest = &rest[end + 1..];
        if (unit, number) == (b'T', "") {
            timed = true;
            continue;
        }
        let number: f64 = number.parse().ok()?;
        sum += number
            * match (timed, unit) {
                (false, b'D') => 86_400.0,
                (true, b'H') => 3600.0,
                (true, b'M') => 60.0,
                (true, b'S') => 1.0,
                _ => return None,
            };
    }
    (rest.is_empty() && (0.0..LONGEST).contains(&sum)).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut String)) -> String {
        let mut out = String::new();
        write(&mut out);
        out
    }

    #[test]
    fn a_number_is_the_shortest_text_that_means_it() {
        for (number, text) in [
            (13_102.0, "13102"),
            (0.395_833_333_333_333_3, "0.3958333333333333"),
            (1.0625, "1.0625"),
            (-3.0, "-3"),
            (-0.0, "0"),
            (999_999_999_999_999.0, "999999999999999"),
        ] {
            assert_eq!(written(|out| push_number(number, out)), text);
        }
    }

    #[test]
    fn digits_that_were_not_kept_are_not_made_up() {
        assert_eq!(written(|out| push_number(1.234_57e19, out)), "1.23457E+19");
        assert_eq!(written(|out| push_number(1e15, out)), "1E+15");
    }

    #[test]
    fn four_bytes_hold_a_number_in_four_ways() {
        let float = |number: f64| u32::try_from(number.to_bits() >> 32).unwrap();
        for (packed, number) in [
            (13_102 << 2 | 2, 13_102.0),
            (u32::MAX << 2 | 2, -1.0),
            (950 << 2 | 3, 9.5),
            (float(0.375), 0.375),
            (float(37.5) | 1, 0.375),
        ] {
            assert_eq!(unpacked(packed).to_bits(), f64::to_bits(number));
        }
    }

    #[test]
    fn a_moment_is_a_day_or_a_time_or_both() {
        for (iso, text) in [
            ("2026-10-01", "2026-10-01"),
            ("2026-10-01T00:00:00", "2026-10-01"),
            ("2026-10-01T00:00:00.000Z", "2026-10-01"),
            ("1899-12-30T09:30:00", "09:30:00"),
            ("T09:30:00", "09:30:00"),
            ("2026-10-01T09:30:00", "2026-10-01 09:30:00"),
        ] {
            assert_eq!(written(|out| push_moment(iso, out)), text, "{iso}");
        }
    }

    #[test]
    fn a_duration_is_a_time_however_long() {
        for (iso, text) in [
            ("PT09H30M00S", "9:30"),
            ("PT25H30M00S", "25:30"),
            ("P1DT1H30M", "25:30"),
            ("PT09H29M59.999999997S", "9:30"),
            ("PT9H30M15S", "9:30:15"),
            ("PT0S", "0:00"),
            ("PT", "0:00"),
            ("-PT1H", "-PT1H"),
            ("P1M", "P1M"),
            ("PT1e9H", "PT1e9H"),
        ] {
            assert_eq!(written(|out| push_duration(iso, out)), text, "{iso}");
        }
    }
}
