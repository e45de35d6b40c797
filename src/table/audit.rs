//! What 請求前点検 goes by: `mappings/audit/rules.toml`.
//!
//! Each check with its source, what it leaves alone and the return that it would spare, and the
//! numbers and words of all of them: bands of the day, limits by month, kinds of services. What the
//! checks do with these is the program's ([`crate::audit`]).

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::finding::Code;
use crate::model::{CareLevel, CivilTime, OfficeNumber, ServiceType, YearMonth};

use super::error::TableError;
use super::services::Band;
use super::source::Source;

/// The table, checked.
#[derive(Debug)]
pub struct AuditTable {
    /// What is said of each check, in the order of their numbers; none is missing.
    pub rules: Vec<RuleFacts>,
    /// 時間帯.
    pub time_band: TimeBands,
    /// 2時間.
    pub two_hours: TwoHours,
    /// 短期入所 and 通所.
    pub elsewhere: Elsewhere,
    /// 区分支給限度.
    pub limit: Limits,
    /// 生活援助.
    pub home_help: HomeHelp,
    /// 認定の終わり: how many days are looked ahead, from the day of looking or the month's first.
    pub certification_days: u32,
    /// 公費: with what the payer's number of public assistance begins (法別番号).
    pub payers_of_assistance: Vec<String>,
    /// もとのコード: how names are told to be of one service.
    pub base_code: BaseCode,
    /// 65歳: at which age, and how many days ahead.
    pub birthday: Birthday,
    /// 初回加算.
    pub first_visit: FirstVisit,
    /// Which word the names of an office's codes have.
    pub variants: Vec<Variant>,
    /// By which day of the next month a claim has to be made.
    pub claim_day: u32,
}

/// What is said of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFacts {
    /// Which.
    pub code: Code,
    /// The letter that stands for it in a calendar.
    pub mark: char,
    /// Where it comes from.
    pub source: String,
    /// What it leaves alone.
    pub exceptions: String,
    /// The number of the return that it would spare; empty where none is known.
    pub returns: String,
}

/// 早朝, 夜間, 深夜; the rest of the day is none of them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeBands {
    /// Up to so many parts in a hundred of a visit a band is negligible.
    pub negligible_percent: u32,
    /// Words in the name of an add-on on whose day the bands do not count.
    pub exempt_add_ons: Vec<String>,
    /// The bands.
    pub bands: Vec<TimeBand>,
}

/// A part of the day.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeBand {
    /// What it is called.
    pub name: String,
    /// What the list of service codes calls it.
    #[serde(deserialize_with = "read::band")]
    pub codes: Band,
    /// Its first minute.
    #[serde(deserialize_with = "read::time")]
    pub from: CivilTime,
    /// The minute after its last one; before the first one where it passes midnight.
    #[serde(deserialize_with = "read::time")]
    pub to: CivilTime,
}

/// Visits that count as one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TwoHours {
    /// Fewer minutes than these between two of them.
    pub minutes: u32,
    /// Not those whose code is for less than so many minutes.
    pub exempt_below: u16,
    /// Nor those with one of these words in the name of the code.
    pub exempt_services: Vec<String>,
    /// Nor those on a day with an add-on whose name has one of these.
    pub exempt_add_ons: Vec<String>,
}

/// Services during which nobody is at home.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Elsewhere {
    /// Types in which the client stays overnight.
    #[serde(deserialize_with = "read::types")]
    pub stays: Vec<ServiceType>,
    /// Types that take the place of visits, so that nobody has both.
    #[serde(deserialize_with = "read::types")]
    pub instead: Vec<ServiceType>,
    /// Types to which the client goes for some hours.
    #[serde(deserialize_with = "read::types")]
    pub days: Vec<ServiceType>,
}

/// 区分支給限度基準額.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Types that do not count.
    #[serde(deserialize_with = "read::types")]
    pub outside: Vec<ServiceType>,
    of_levels: Vec<LimitsFrom>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitsFrom {
    #[serde(deserialize_with = "read::month")]
    from: YearMonth,
    #[serde(deserialize_with = "read::levels")]
    units: BTreeMap<CareLevel, u32>,
}

/// 生活援助中心型.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HomeHelp {
    /// With what the names of its codes begin.
    pub begins: Vec<String>,
    reported: Vec<VisitsFrom>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct VisitsFrom {
    #[serde(deserialize_with = "read::month")]
    from: YearMonth,
    #[serde(deserialize_with = "read::levels")]
    visits: BTreeMap<CareLevel, u32>,
}

/// Coming of age.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Birthday {
    /// At which age.
    pub age: i32,
    /// How many days after the month are looked at.
    pub days: u32,
}

/// 初回加算.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FirstVisit {
    /// Words in its name.
    pub names: Vec<String>,
    /// In how many months before there was no visit.
    pub months: u32,
}

/// How the names of codes are shortened: 身体介護１ and 身体１・Ⅰ are of one service.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaseCode {
    /// Words, each with what stands for it, in this order.
    short: Vec<[String; 2]>,
}

/// A word that the names of an office's codes have.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// The office.
    #[serde(deserialize_with = "read::office")]
    pub office: OfficeNumber,
    /// The word.
    pub word: String,
    /// From which month on.
    #[serde(deserialize_with = "read::month")]
    pub from: YearMonth,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    rule: Vec<Spanned<WrittenRule>>,
    time_band: TimeBands,
    two_hours: TwoHours,
    elsewhere: Elsewhere,
    limit: Limits,
    home_help: HomeHelp,
    certification: Days,
    birthday: Birthday,
    first_visit: FirstVisit,
    public_funding: PublicFunding,
    base_code: BaseCode,
    #[serde(default)]
    variant: Vec<Variant>,
    late: Late,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRule {
    code: String,
    mark: char,
    source: String,
    exceptions: String,
    #[serde(default)]
    returns: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Days {
    days: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PublicFunding {
    payers: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Late {
    day: u32,
}

impl AuditTable {
    /// Reads the table. Every check of the catalogue stands in it once.
    pub fn load(source: &Source) -> Result<Self, TableError> {
        let written: Written = source.toml()?;
        let mut rules: Vec<RuleFacts> = Vec::new();
        for rule in &written.rule {
            rules.push(rule_of(source, rule, &rules)?);
        }
        rules.sort_by_key(|rule| rule.code);
        let checks = Code::ALL.iter().filter(|code| code.is_of_the_audit());
        for code in checks {
            if !rules.iter().any(|rule| rule.code == *code) {
                let message = format!("点検 {code} の [[rule]] がありません");
                return Err(TableError::without_place(source.name(), &message));
            }
        }
        for (is_right, message) in [
            (
                (1..=28).contains(&written.late.day),
                "[late] の day は 1 から 28 までにしてください",
            ),
            (
                written.time_band.negligible_percent <= 100,
                "[time_band] の negligible_percent は 100 までにしてください",
            ),
            (
                (1..=12).contains(&written.first_visit.months),
                "[first_visit] の months は 1 から 12 までにしてください",
            ),
        ] {
            if !is_right {
                return Err(TableError::without_place(source.name(), message));
            }
        }
        Ok(Self {
            rules,
            time_band: written.time_band,
            two_hours: written.two_hours,
            elsewhere: written.elsewhere,
            limit: written.limit,
            home_help: written.home_help,
            certification_days: written.certification.days,
            payers_of_assistance: written.public_funding.payers,
            base_code: written.base_code,
            birthday: written.birthday,
            first_visit: written.first_visit,
            variants: written.variant,
            claim_day: written.late.day,
        })
    }
}

fn rule_of(
    source: &Source,
    written: &Spanned<WrittenRule>,
    before: &[RuleFacts],
) -> Result<RuleFacts, TableError> {
    let rule = written.get_ref();
    let wrong = |message: String| source.error(written.span(), &message);
    let known = Code::numbered(&rule.code).filter(|code| code.is_of_the_audit());
    let code = known.ok_or_else(|| wrong(format!("点検「{}」はありません", rule.code)))?;
    if before
        .iter()
        .any(|of| of.code == code || of.mark == rule.mark)
    {
        let message = format!("点検 {code} の code か mark が、ほかの点検と同じです");
        return Err(wrong(message));
    }
    Ok(RuleFacts {
        code,
        mark: rule.mark,
        source: rule.source.clone(),
        exceptions: rule.exceptions.clone(),
        returns: rule.returns.clone(),
    })
}

impl TimeBand {
    /// How many minutes of a visit lie in it, for a visit that begins at a minute of its day.
    pub fn share(&self, (start, minutes): (u32, u32)) -> u32 {
        const DAY: u32 = 24 * 60;
        let (from, to) = (u32::from(self.from.minutes()), u32::from(self.to.minutes()));
        let to = if to <= from { to + DAY } else { to };
        // A visit may begin before midnight, and the band of the evening before may reach it.
        let shared = |shift: u32| {
            let end = (start + shift + minutes).min(to);
            end.saturating_sub((start + shift).max(from))
        };
        let next = |from: u32, to: u32| {
            let end = (start + minutes).min(to + DAY);
            end.saturating_sub(start.max(from + DAY))
        };
        shared(0) + shared(DAY) + next(from, to)
    }

    /// Whether it has a minute of the day.
    pub fn has(&self, minute: u32) -> bool {
        self.share((minute, 1)) > 0
    }
}

impl BaseCode {
    /// A name as it is compared.
    pub fn short(&self, name: &str) -> String {
        let words = self.short.iter();
        words.fold(name.to_owned(), |name, [word, short]| {
            name.replace(word, short)
        })
    }
}

impl Limits {
    /// The units of a level in a month; none where no table says it.
    pub fn of(&self, level: CareLevel, month: YearMonth) -> Option<u32> {
        let held = self.of_levels.iter().filter(|of| of.from <= month);
        held.max_by_key(|of| of.from)?.units.get(&level).copied()
    }
}

impl HomeHelp {
    /// From how many visits a month on the town has to be told.
    pub fn reported(&self, level: CareLevel, month: YearMonth) -> Option<u32> {
        let held = self.reported.iter().filter(|of| of.from <= month);
        held.max_by_key(|of| of.from)?.visits.get(&level).copied()
    }
}

/// Values that are texts in a table.
mod read {
    use std::collections::BTreeMap;

    use serde::de::Error;
    use serde::{Deserialize as _, Deserializer};

    use crate::model::{CareLevel, CivilTime, OfficeNumber, ServiceType, YearMonth};
    use crate::table::services::Band;

    fn text<'de, D: Deserializer<'de>, T>(
        from: D,
        read: impl Fn(&str) -> Option<T>,
        wanted: &str,
    ) -> Result<T, D::Error> {
        let text = String::deserialize(from)?;
        read(&text).ok_or_else(|| D::Error::custom(format!("「{text}」は{wanted}ではありません")))
    }

    pub(super) fn month<'de, D: Deserializer<'de>>(from: D) -> Result<YearMonth, D::Error> {
        text(from, YearMonth::parse, "年月(2026-10)")
    }

    pub(super) fn office<'de, D: Deserializer<'de>>(from: D) -> Result<OfficeNumber, D::Error> {
        text(from, OfficeNumber::parse, "事業所番号(10桁)")
    }

    pub(super) fn band<'de, D: Deserializer<'de>>(from: D) -> Result<Band, D::Error> {
        text(from, Band::named, "時間帯(早朝夜間、深夜)")
    }

    pub(super) fn time<'de, D: Deserializer<'de>>(from: D) -> Result<CivilTime, D::Error> {
        let clock = |text: &str| {
            let (hour, minute) = text.split_once(':')?;
            let time = CivilTime::new(hour.parse().ok()?, minute.parse().ok()?)?;
            (!time.is_beyond_a_day()).then_some(time)
        };
        text(from, clock, "時刻(06:00)")
    }

    pub(super) fn types<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<ServiceType>, D::Error> {
        let texts = Vec::<String>::deserialize(from)?;
        let read = |text: &String| {
            ServiceType::parse(text)
                .ok_or_else(|| D::Error::custom(format!("「{text}」はサービス種類ではありません")))
        };
        texts.iter().map(read).collect()
    }

    pub(super) fn levels<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<BTreeMap<CareLevel, u32>, D::Error> {
        let written = BTreeMap::<String, u32>::deserialize(from)?;
        let read = |(code, number): (String, u32)| match CareLevel::parse(&code) {
            Some(level) => Ok((level, number)),
            None => Err(D::Error::custom(format!(
                "「{code}」は要介護度のコードではありません"
            ))),
        };
        written.into_iter().map(read).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = include_str!("../../mappings/audit/rules.toml");

    fn load(text: &str) -> Result<AuditTable, TableError> {
        AuditTable::load(&Source::new("audit/rules.toml", text.as_bytes()).unwrap())
    }

    fn shipped() -> AuditTable {
        load(SHIPPED).unwrap()
    }

    #[test]
    fn the_bands_leave_the_daytime_and_share_no_minute() {
        let bands = shipped().time_band.bands;
        let of = |minute: u32| -> Vec<&str> {
            let found = bands.iter().filter(|band| band.has(minute));
            found.map(|band| band.name.as_str()).collect()
        };
        for (hour, expected) in [
            (0, "深夜"),
            (5, "深夜"),
            (6, "早朝"),
            (7, "早朝"),
            (18, "夜間"),
            (22, "深夜"),
            (23, "深夜"),
        ] {
            assert_eq!(of(hour * 60), [expected], "{hour}");
        }
        assert!((8 * 60..18 * 60).all(|minute| of(minute).is_empty()));
        assert!((0..24 * 60).all(|minute| of(minute).len() <= 1));
    }

    #[test]
    fn a_visit_over_midnight_or_over_the_edge_of_a_band_shares_what_lies_in_it() {
        let bands = shipped().time_band.bands;
        let night = |start: u32, minutes: u32| bands[2].share((start, minutes));
        assert_eq!(night(23 * 60 + 30, 60), 60);
        assert_eq!(night(21 * 60 + 30, 60), 30);
        assert_eq!(night(5 * 60 + 30, 60), 30);
        assert_eq!(night(23 * 60, 8 * 60), 7 * 60);
        assert_eq!(bands[0].share((23 * 60, 8 * 60)), 60);
    }

    #[test]
    fn a_check_is_said_once_and_none_is_left_out() {
        let doubled = SHIPPED.replace("code = \"C702\"", "code = \"C701\"");
        assert!(load(&doubled).unwrap_err().to_string().contains("C701"));
        let unknown = SHIPPED.replace("code = \"C702\"", "code = \"C700\"");
        assert!(load(&unknown).unwrap_err().to_string().contains("C700"));
        let rules = shipped().rules.len();
        assert_eq!(
            rules,
            Code::ALL.iter().filter(|of| of.is_of_the_audit()).count()
        );
    }

    #[test]
    fn numbers_hold_from_their_month_on() {
        let table = shipped();
        let month = |text| YearMonth::parse(text).unwrap();
        let limit = |text| table.limit.of(CareLevel::Care1, month(text));
        assert_eq!((limit("2019-09"), limit("2026-10")), (None, Some(16_765)));
        let visits = |text| table.home_help.reported(CareLevel::Care3, month(text));
        assert_eq!((visits("2018-09"), visits("2026-10")), (None, Some(43)));
    }

    #[test]
    fn a_wrong_value_is_named_with_its_line() {
        let wrong = SHIPPED.replace("from = \"2019-10\"", "from = \"令和元年\"");
        let said = load(&wrong).unwrap_err().to_string();
        assert!(said.contains("令和元年"), "{said}");
        for (right, wrong) in [
            ("from = \"06:00\"", "from = \"25:00\""),
            ("negligible_percent = 10", "negligible_percent = 101"),
            ("months = 2", "months = 0"),
            ("day = 10", "day = 31"),
        ] {
            assert!(load(&SHIPPED.replace(right, wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_of_one_service_are_compared_in_their_short_form() {
        let table = shipped();
        let short = |name: &str| table.base_code.short(name);
        assert!(short("身体１・Ⅰ").starts_with(&(short("身体介護１") + "・")));
        assert!(short("身２生１・夜").starts_with(&(short("身体２生活１") + "・")));
        assert!(!short("身体２・Ⅰ").starts_with(&short("身体介護１")));
    }
}
