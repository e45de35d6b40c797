//! What an item would change, beside what stands there: field by field, and for a month visit by
//! visit, with the days that are added and removed.

use std::collections::BTreeMap;
use std::fmt;

use crate::model::{
    CivilDate, ClockRange, Field, Fields, InsuranceCard, List, RecordKind, ServiceCode, Value,
};

use super::contents::Contents;
use super::differences::{NO, cards_by_day, kind, services_counted, words};

/// One thing that an item would change, in the clerk's words.
#[derive(Clone, PartialEq, Eq)]
pub struct News {
    /// What it is: a field, a card, a service at its time, a sum of the month.
    pub label: String,
    /// What stands there; empty where nothing did.
    pub before: String,
    /// What will stand there.
    pub after: String,
    /// Which days, or how many, are added and removed; empty for what is no count.
    pub by: String,
    /// What kind of thing it is.
    pub of: Of,
}

/// What is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// A number by which the item is known.
    Number,
    /// Another field, or a card.
    Field,
    /// A sum of the month.
    Sum,
    /// The days of a service.
    Days,
}

/// The label alone: the rest is what a row holds.
impl fmt::Debug for News {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "News({})", self.label)
    }
}

/// Everything that is new in an item; of one that does not stand there yet, all that it says.
/// `name` is what a service is called, where that is known.
pub fn news(
    before: Option<&Contents>,
    after: &Contents,
    name: impl Fn(ServiceCode) -> Option<String>,
) -> Vec<News> {
    let sides = [before, Some(after)];
    if let Contents::Month(_) = after {
        return services(sides, name);
    }
    let mut found = fields(
        kind(after),
        sides.map(|side| side.map(Contents::fields)),
        "",
    );
    cards(sides, &mut found);
    found
}

/// What stands there and what will.
type Two<T> = [Option<T>; 2];

fn fields(kind: RecordKind, [before, after]: Two<&dyn Fields>, of: &str) -> Vec<News> {
    let Some(after) = after else {
        return Vec::new();
    };
    let news = |field: Field| {
        let now = after.value(field);
        let (then, now) = match before {
            Some(before) => (words(field, &before.value(field)), words(field, &now)),
            // Of somebody new, what is not said is no news.
            None if matches!(now, Value::Empty | Value::Flag(false)) => return None,
            None => (String::new(), words(field, &now)),
        };
        (then != now).then(|| News {
            label: format!("{of}{}", field.label()),
            before: then,
            after: now,
            by: String::new(),
            of: match field {
                Field::Office | Field::Insurer | Field::Insured => Of::Number,
                _ => Of::Field,
            },
        })
    };
    kind.fields()
        .iter()
        .filter_map(|(field, _)| news(*field))
        .collect()
}

/// A card that is there on one side alone is one line; of one that is there on both, the fields.
fn cards(sides: Two<&Contents>, found: &mut Vec<News>) {
    for ((day, _), cards) in cards_by_day(sides) {
        let label = format!("保険証({day} から)");
        let [before, after] = cards;
        if before.is_some() && after.is_some() {
            let both = cards.map(|card| card.map(|card| card as &dyn Fields));
            found.extend(fields(RecordKind::Card, both, &format!("{label} ")));
            continue;
        }
        let absent = if sides[0].is_some() { NO } else { "" };
        let said = |card: Option<&InsuranceCard>| card.map_or_else(|| absent.to_owned(), in_a_line);
        found.push(News {
            label,
            before: said(before),
            after: said(after),
            by: String::new(),
            of: Of::Field,
        });
    }
}

/// `要介護度 要介護３、認定有効期間開始日 2026-04-01、…`
fn in_a_line(card: &InsuranceCard) -> String {
    let all = fields(RecordKind::Card, [None, Some(card)], "");
    let all = all.iter().map(|of| format!("{} {}", of.label, of.after));
    all.collect::<Vec<_>>().join("、")
}

/// What happens at the same time of day, and how often on each day.
type Line = (List, Option<ClockRange>, ServiceCode);
type Days = BTreeMap<Option<CivilDate>, [usize; 2]>;

/// The sums of the month, then every service at its time of which something is added or removed.
fn services(sides: Two<&Contents>, name: impl Fn(ServiceCode) -> Option<String>) -> Vec<News> {
    let there = sides[0].is_some();
    let mut lines: BTreeMap<Line, Days> = BTreeMap::new();
    let mut sums: BTreeMap<List, [usize; 2]> = BTreeMap::new();
    for ((date, list, hours, code), counts) in services_counted(sides) {
        lines
            .entry((list, hours, code))
            .or_default()
            .insert(date, counts);
        let sum = sums.entry(list).or_default();
        *sum = [sum[0] + counts[0], sum[1] + counts[1]];
    }
    // How many visits there will be is the first question, and 0 an answer.
    sums.entry(List::Visits).or_default();
    let of_month = sums.into_iter().map(|(list, counts)| {
        let [before, after] = counts.map(|count| format!("{count}{}", counter(list)));
        News {
            label: format!("{}の合計", what(list)),
            before: if there { before } else { String::new() },
            after,
            by: if there {
                by_how_many(counts)
            } else {
                String::new()
            },
            of: Of::Sum,
        }
    });
    let changed = lines
        .into_iter()
        .filter(|(_, days)| days.values().any(|[before, after]| before != after));
    let of_lines = changed.map(|((list, hours, code), days)| {
        let hours = hours.map(|of| of.in_words() + " ");
        let called = name(code).map_or_else(|| code.to_string(), |name| format!("{name}({code})"));
        News {
            label: format!("{} {}{called}", what(list), hours.unwrap_or_default()),
            before: if there {
                on_days(&days, 0, list)
            } else {
                String::new()
            },
            after: on_days(&days, 1, list),
            by: if there {
                added_and_removed(&days)
            } else {
                String::new()
            },
            of: Of::Days,
        }
    });
    of_month.chain(of_lines).collect()
}

fn what(list: List) -> &'static str {
    match list {
        List::Visits => "訪問",
        List::Cards | List::AddOns | List::Unapproved => "加算",
    }
}

fn counter(list: List) -> &'static str {
    match list {
        List::Visits => "回",
        List::Cards | List::AddOns | List::Unapproved => "件",
    }
}

/// `+2`, `-1`, `±0`
fn by_how_many([before, after]: [usize; 2]) -> String {
    match after.cmp(&before) {
        std::cmp::Ordering::Greater => format!("＋{}", after - before),
        std::cmp::Ordering::Less => format!("－{}", before - after),
        std::cmp::Ordering::Equal => "±0".to_owned(),
    }
}

/// `5日 12日×2(3回)`
fn on_days(days: &Days, side: usize, list: List) -> String {
    let on: Vec<_> = days
        .iter()
        .map(|(date, counts)| (*date, counts[side]))
        .filter(|(_, count)| *count > 0)
        .collect();
    if on.is_empty() {
        return NO.to_owned();
    }
    let total: usize = on.iter().map(|(_, count)| count).sum();
    let days = on.into_iter().map(|(date, count)| day(date, count));
    let days = days.collect::<Vec<_>>().join(" ");
    format!("{days}({total}{})", counter(list))
}

/// `＋26日 －5日×2`
fn added_and_removed(days: &Days) -> String {
    let of = |sign: &'static str, from: usize, to: usize| {
        days.iter().filter_map(move |(date, counts)| {
            let count = counts[to].checked_sub(counts[from])?;
            (count > 0).then(|| format!("{sign}{}", day(*date, count)))
        })
    };
    let all: Vec<String> = of("＋", 0, 1).chain(of("－", 1, 0)).collect();
    all.join(" ")
}

/// `5日`, `5日×2`, or a word for what belongs to no day.
fn day(date: Option<CivilDate>, count: usize) -> String {
    let day = date.map_or_else(|| "日付なし".to_owned(), |date| format!("{}日", date.day()));
    match count {
        1 => day,
        several => format!("{day}×{several}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Tables;
    use serde_json::{Value as Json, json};

    fn client() -> Json {
        json!({
            "insurer_number": "131128", "insured_number": "0000100001", "name": "見本　一郎",
            "birth_date": "1937-03-04", "phone": "03-0000-0001", "sex": "male",
            "cards": [{"care_level": "23", "certified_from": "2026-04-01",
                       "certified_to": "2028-03-31", "copay": 1}],
        })
    }

    fn month(days: &[&str], add_ons: &Json) -> Json {
        let visit = |day: &&str| json!({"date": format!("2026-10-{day}"), "start": "09:00", "end": "09:30", "service_code": "111111"});
        json!({
            "office": "1370100016", "month": "2026-10",
            "client": {"insurer_number": "131128", "insured_number": "0000100001"},
            "visits": days.iter().map(visit).collect::<Vec<_>>(),
            "add_ons": add_ons,
        })
    }

    fn said(before: Option<&Json>, after: &Json) -> Vec<String> {
        let tables = Tables::load(None).unwrap();
        let payload = if after["month"].is_null() {
            &tables.client
        } else {
            &tables.plan
        };
        let read = |json: &Json| Contents::read(payload, json).unwrap();
        let before = before.map(read);
        let name = |code: ServiceCode| (code.as_str() == "111111").then(|| "身体介護１".to_owned());
        news(before.as_ref(), &read(after), name)
            .into_iter()
            .map(|of| format!("{}: {} → {} [{}]", of.label, of.before, of.after, of.by))
            .collect()
    }

    #[test]
    fn of_somebody_new_everything_is_said_that_goes() {
        assert_eq!(
            said(None, &client()),
            [
                "保険者番号:  → 131128 []",
                "被保険者番号:  → 0000100001 []",
                "名称・氏名:  → 見本　一郎 []",
                "性別:  → 男 []",
                "生年月日:  → 1937-03-04 []",
                "電話番号:  → 03-0000-0001 []",
                "保険証(2026-04-01 から):  → 要介護度 要介護３、認定有効期間開始日 2026-04-01、\
                 認定有効期間終了日 2028-03-31、負担割合 1割 []",
            ]
        );
    }

    #[test]
    fn of_somebody_known_the_fields_that_change_with_both_sides() {
        let mut after = client();
        after["phone"] = json!("");
        after["cards"][0]["care_level"] = json!("21");
        after["cards"].as_array_mut().unwrap().push(json!({
            "care_level": "22", "certified_from": "2028-04-01", "certified_to": "2030-03-31"
        }));
        assert_eq!(
            said(Some(&client()), &after),
            [
                "電話番号: 03-0000-0001 → (空) []",
                "保険証(2026-04-01 から) 要介護度: 要介護３ → 要介護１ []",
                "保険証(2028-04-01 から): なし → 要介護度 要介護２、認定有効期間開始日 2028-04-01、\
                 認定有効期間終了日 2030-03-31 []",
            ]
        );
        assert_eq!(said(Some(&client()), &client()), [""; 0]);
    }

    #[test]
    fn a_new_month_is_its_sums_and_its_services_with_their_days() {
        let add_on = json!([{"service_code": "114001", "date": "2026-10-05"}]);
        assert_eq!(
            said(None, &month(&["05", "05", "12"], &add_on)),
            [
                "訪問の合計:  → 3回 []",
                "加算の合計:  → 1件 []",
                "訪問 09:00〜09:30 身体介護１(111111):  → 5日×2 12日(3回) []",
                "加算 114001:  → 5日(1件) []",
            ]
        );
    }

    #[test]
    fn a_changed_month_says_which_visits_come_and_go() {
        let none = json!([]);
        assert_eq!(
            said(
                Some(&month(&["05", "12", "19"], &none)),
                &month(&["05", "05", "26"], &none)
            ),
            [
                "訪問の合計: 3回 → 3回 [±0]",
                "訪問 09:00〜09:30 身体介護１(111111): 5日 12日 19日(3回) → 5日×2 26日(3回) \
                 [＋5日 ＋26日 －12日 －19日]",
            ]
        );
        assert_eq!(
            said(Some(&month(&["05"], &none)), &month(&[], &none)),
            [
                "訪問の合計: 1回 → 0回 [－1]",
                "訪問 09:00〜09:30 身体介護１(111111): 5日(1回) → なし [－5日]",
            ]
        );
    }
}
