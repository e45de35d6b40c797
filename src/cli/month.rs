//! The month that is meant: typed in any form that leaves no doubt, or proposed.

use chrono::Datelike as _;

use crate::error::Error;
use crate::jobs::{Clerk as _, Consent, Office, month};
use crate::model::YearMonth;
use crate::table::{Calendar, civil_text};

use super::screen::Screen;

/// A month as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MonthText {
    /// A month of a year.
    Of(YearMonth),
    /// 今月 and its neighbours: so many months from the one of today.
    FromNow(i32),
}

/// What may be typed, for messages.
pub const FORMS: &str = "2026-10、202610、R8.10、2026年10月、先月、今月";

impl MonthText {
    /// Reads it.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.trim() {
            "先月" => return Ok(Self::FromNow(-1)),
            "今月" => return Ok(Self::FromNow(0)),
            "来月" => return Ok(Self::FromNow(1)),
            _ => {}
        }
        let read = civil_text::month(text, Calendar::Of1900);
        let read = read.ok().filter(|read| read.remark.is_none());
        let month = read
            .map(|read| read.value)
            .ok_or_else(|| format!("年と月を {FORMS} のどれかの形で指定してください"))?;
        Ok(Self::Of(month))
    }

    /// The month, as seen on a day.
    pub fn on(self, now: chrono::DateTime<chrono::FixedOffset>) -> Result<YearMonth, Error> {
        let from_now = match self {
            Self::Of(month) => return Ok(month),
            Self::FromNow(months) => months,
        };
        let month = i32::try_from(now.month0()).unwrap_or_default() + from_now;
        let year = now.year() + month.div_euclid(12);
        u32::try_from(month.rem_euclid(12) + 1)
            .ok()
            .and_then(|month| YearMonth::new(year, month))
            .ok_or_else(|| Error::Usage("パソコンの日付が正しくありません".to_owned()))
    }
}

/// Where the month of a step comes from if none was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proposes {
    /// The files of the inbox, where they hold one month only.
    Inbox,
    /// The month that is being worked on.
    Ledger,
}

/// The month of a step: what was typed, or the only one that can be meant if somebody agrees.
pub fn chosen(
    typed: Option<MonthText>,
    office: &Office,
    from: Proposes,
    consent: Consent,
    screen: &mut Screen,
) -> Result<YearMonth, Error> {
    if let Some(typed) = typed {
        return typed.on(office.now());
    }
    let (proposed, where_from) = match from {
        Proposes::Inbox => (month::of_inbox(office)?, "受信箱(inbox)のファイル"),
        Proposes::Ledger => (month::at_work(office)?, "いま作業している月"),
    };
    let Some(proposed) = proposed else {
        return Err(Error::Usage(format!(
            "対象年月を --month で指定してください(例: --month {FORMS})"
        )));
    };
    let words = format!("対象年月は{}です({where_from})。", proposed.in_words());
    let agrees = match consent {
        Consent::Given => {
            screen.line(&words);
            Some(true)
        }
        Consent::Ask | Consent::PrepareOnly => screen.agrees(&format!("{words}よろしいですか")),
    };
    match agrees {
        Some(true) => Ok(proposed),
        Some(false) | None => Err(Error::Usage(format!(
            "対象年月を指定してください。{words}この月でよければ --month {proposed} を付けてください"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn month(year: i32, month: u32) -> YearMonth {
        YearMonth::new(year, month).unwrap()
    }

    #[test]
    fn every_form_that_leaves_no_doubt_is_the_same_month() {
        let forms = [
            "2026-10",
            "202610",
            "R8.10",
            "r8.10",
            "2026年10月",
            "2026/10",
            "令和8年10月",
            "２０２６年１０月",
            " 2026-10 ",
        ];
        for form in forms {
            assert_eq!(
                MonthText::parse(form),
                Ok(MonthText::Of(month(2026, 10))),
                "{form}"
            );
        }
    }

    #[test]
    fn what_could_be_two_months_or_none_is_refused() {
        for form in [
            "",
            "10",
            "2610",
            "2026-13",
            "2026.1",
            "10月",
            "H33.10",
            "さ来月",
        ] {
            let refused = MonthText::parse(form).unwrap_err();
            assert!(refused.contains("R8.10"), "{form}");
        }
    }

    #[test]
    fn the_months_beside_today_pass_over_the_end_of_the_year() {
        let on = |text: &str, now: &str| {
            let now = DateTime::parse_from_rfc3339(now).unwrap();
            MonthText::parse(text).unwrap().on(now).unwrap()
        };
        assert_eq!(on("先月", "2026-01-31T09:00:00+09:00"), month(2025, 12));
        assert_eq!(on("今月", "2026-02-28T23:59:30+09:00"), month(2026, 2));
        assert_eq!(on("来月", "2026-12-31T09:00:00+09:00"), month(2027, 1));
    }
}
