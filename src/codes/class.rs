//! The class of a code, as far as the master says it.
//!
//! | name | 算定単位 | class | where the rule comes from |
//! |---|---|---|---|
//! | 処遇改善 … (the table's words) | any | 割合 | 算定基準: so many per cent of the units |
//! | 日割 | any | 日割 | 日割計算用サービスコード: the national names carry the word |
//! | 加算, 減算 | 01 / 02 / 03 | of a visit / day / month | インタフェース仕様書: 算定単位 |
//! | other | 03 | 月額 | 包括報酬: a fee for the month |
//! | other | 02, with a monthly sibling | 日割 | the same fee for a day; some towns omit the word |
//! | other | 01, without one | 訪問 | 一回につき: each visit is paid for |
//!
//! Everything else is asked about. One town publishes the 日割 of a fee with 算定単位 01: a
//! code of that shape without the word is asked about as well, and the number alone never
//! decides.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{InsurerNumber, YearMonth};
use crate::table::Class;
use crate::table::unit_prices::UnitPrices;

use super::account::{Cause, Fate};
use super::damage;
use super::row::{Entry, Per, Refused};

const CURE: &str = "市町村に意味を確かめ、mappings/codes/service_codes_own.csv に区分を付けて一行書き足してください";

/// The names of each town.
pub type Names<'e> = BTreeMap<InsurerNumber, BTreeSet<&'e str>>;

/// Sorts the names by town: a letter is a damaged numeral where another name says so.
pub fn names(entries: &[Entry]) -> Names<'_> {
    let mut names = Names::new();
    for entry in entries {
        names.entry(entry.insurer).or_default().insert(&entry.name);
    }
    names
}

/// Finds the class of every entry, and the rows that somebody has to look at.
pub fn classify<'e>(
    entries: &'e [Entry],
    names: &Names<'_>,
    table: &UnitPrices,
) -> (Vec<(&'e Entry, Class)>, Vec<Refused>) {
    let fees = fees(entries, names, table);
    let mut classified = Vec::new();
    let mut asked = Vec::new();
    for entry in entries {
        let siblings = fees.get(&entry.insurer).map_or(&[][..], Vec::as_slice);
        match class(entry, siblings, &names[&entry.insurer], table) {
            Ok(class) => classified.push((entry, class)),
            Err(cause) => asked.push(Refused {
                file: entry.file,
                line: entry.line,
                insurer: Some(entry.insurer),
                code: Some(entry.code),
                fate: Fate::Review,
                cause: Cause {
                    cause: cause.to_owned(),
                    cure: CURE,
                },
            }),
        }
    }
    (classified, asked)
}

/// A monthly fee, as the day's part of it looks for it.
struct Fee<'e> {
    entry: &'e Entry,
    key: String,
}

fn fees<'e>(
    entries: &'e [Entry],
    names: &Names<'_>,
    table: &UnitPrices,
) -> BTreeMap<InsurerNumber, Vec<Fee<'e>>> {
    let mut fees: BTreeMap<_, Vec<Fee<'_>>> = BTreeMap::new();
    for entry in entries {
        if entry.per == Some(Per::Month) && is_base(entry, table) {
            let key = damage::key(&entry.name, &names[&entry.insurer]);
            fees.entry(entry.insurer)
                .or_default()
                .push(Fee { entry, key });
        }
    }
    fees
}

fn is_base(entry: &Entry, table: &UnitPrices) -> bool {
    !table.is_rate(&entry.name)
        && !["日割", "加算", "減算"]
            .iter()
            .any(|word| entry.name.contains(word))
}

fn class(
    entry: &Entry,
    fees: &[Fee<'_>],
    names: &BTreeSet<&str>,
    table: &UnitPrices,
) -> Result<Class, &'static str> {
    if table.is_rate(&entry.name) {
        return Ok(Class::Rate);
    }
    if entry.name.contains("日割") {
        return Ok(Class::ProRated);
    }
    if !is_base(entry, table) {
        return match entry.per {
            Some(Per::Visit) => Ok(Class::PerVisit),
            Some(Per::Day) => Ok(Class::PerDay),
            Some(Per::Month) => Ok(Class::PerMonth),
            Some(Per::Week) => Err("一週間につき数える加算・減算は扱えません"),
            None => Err("算定単位が分からないので、加算・減算の数え方を決められません"),
        };
    }
    let has_fee = || {
        let key = damage::key(&entry.name, names);
        fees.iter().any(|fee| fee.is_sibling_of(entry, &key))
    };
    match entry.per {
        Some(Per::Month) => Ok(Class::MonthlyFee),
        Some(Per::Day) if has_fee() => Ok(Class::ProRated),
        Some(Per::Day) => {
            Err("一日につき数えるコードですが、対になる月額がなく、日割か決められません")
        }
        Some(Per::Visit) if has_fee() => {
            Err("一回につき数えるコードですが、対になる月額があり、日割かもしれません")
        }
        Some(Per::Visit) => Ok(Class::Visit),
        Some(Per::Week) => Err("一週間につき数えるコードは扱えません"),
        None => Err("算定単位が分からないので、区分を決められません"),
    }
}

impl Fee<'_> {
    /// Whether a code may stand for a day of this fee: they hold at one time, and have one
    /// name, or the numbers that the national list gives to such pairs (1111 and 2111).
    fn is_sibling_of(&self, other: &Entry, key: &str) -> bool {
        let (fee, day) = (self.entry.code.as_str(), other.code.as_str());
        let paired = fee[..2] == day[..2]
            && fee[2..].starts_with('1')
            && day[2..].starts_with('2')
            && fee[3..] == day[3..];
        (paired || self.key == key)
            && self.entry.code != other.code
            && overlap((self.entry.from, self.entry.to), (other.from, other.to))
    }
}

/// Whether two periods share a month.
pub fn overlap(
    (from, to): (YearMonth, Option<YearMonth>),
    (other_from, other_to): (YearMonth, Option<YearMonth>),
) -> bool {
    other_to.is_none_or(|other_to| from <= other_to) && to.is_none_or(|to| other_from <= to)
}
