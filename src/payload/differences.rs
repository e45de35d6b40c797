//! Field by field, where the sides differ: what was sent, what stands there, what we say now.

use std::collections::BTreeMap;
use std::fmt;

use crate::model::{
    AddOn, CivilDate, ClockRange, Field, Fields, InsuranceCard, List, RecordKind, ServiceCode, Sex,
    Value, Visit,
};
use crate::table::text::{self, Form};

use super::contents::Contents;

/// One thing in which the sides differ, in the clerk's words.
#[derive(Clone, PartialEq, Eq)]
pub struct Difference {
    /// What it is: a field, a card, a visit of a day.
    pub label: String,
    /// What we sent last; empty where nothing was sent.
    pub sent: String,
    /// What stands there.
    pub there: String,
    /// What 楽すけ says now.
    pub ours: String,
}

/// The label alone: the rest is what a row holds.
impl fmt::Debug for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Difference({})", self.label)
    }
}

/// The three sides of an item, as far as there are any.
#[derive(Debug, Clone, Copy)]
pub struct Sides<'a> {
    /// What we sent last.
    pub sent: Option<&'a Contents>,
    /// What stands there.
    pub there: There<'a>,
    /// What 楽すけ says now.
    pub ours: Option<&'a Contents>,
}

/// What stands there.
#[derive(Debug, Clone, Copy)]
pub enum There<'a> {
    /// Nothing.
    Nothing,
    /// Something that the table cannot read.
    Unreadable,
    /// This.
    Contents(&'a Contents),
}

/// A word in each column where there is nothing to lay side by side.
const YES: &str = "あり";
pub(super) const NO: &str = "なし";

/// Everything in which the sides differ.
pub fn differences(sides: Sides<'_>) -> Vec<Difference> {
    let words = |contents: Option<&Contents>| contents.map_or(NO, |_| YES).to_owned();
    let whole = |there: &str| {
        vec![Difference {
            label: "この内容の全体".to_owned(),
            sent: words(sides.sent),
            there: there.to_owned(),
            ours: words(sides.ours),
        }]
    };
    let there = match sides.there {
        There::Nothing => return whole(NO),
        There::Unreadable => return whole("読み取れない内容"),
        There::Contents(contents) => contents,
    };
    let Some(ours) = sides.ours else {
        return whole(YES);
    };
    let three = [sides.sent, Some(there), Some(ours)];
    let mut found = fields(kind(ours), three.map(|side| side.map(Contents::fields)), "");
    match ours {
        Contents::CareOffice(_) => {}
        Contents::Client(_) => cards(three, &mut found),
        Contents::Month(_) => services(three, &mut found),
    }
    found
}

/// The record that contents are of.
pub(super) fn kind(contents: &Contents) -> RecordKind {
    match contents {
        Contents::CareOffice(_) => RecordKind::CareOffice,
        Contents::Client(_) => RecordKind::Client,
        Contents::Month(_) => RecordKind::MonthlyPlan,
    }
}

/// What was sent, what stands there and what we say now.
type Three<T> = [Option<T>; 3];

/// The fields of a record that are not the same on all sides that there are.
fn fields(kind: RecordKind, three: Three<&dyn Fields>, of: &str) -> Vec<Difference> {
    kind.fields()
        .iter()
        .filter_map(|(field, _)| {
            let texts = three.map(|side| side.map(|side| words(*field, &side.value(*field))));
            differing(format!("{of}{}", field.label()), texts)
        })
        .collect()
}

/// A difference, if it is one; a side that is not there says nothing.
fn differing(label: String, texts: Three<String>) -> Option<Difference> {
    let mut given = texts.iter().flatten();
    let first = given.next()?;
    if given.all(|text| text == first) {
        return None;
    }
    let [sent, there, ours] = texts.map(Option::unwrap_or_default);
    Some(Difference {
        label,
        sent,
        there,
        ours,
    })
}

/// The cards of some sides: they are the same card where they begin on the same day; of several,
/// the first with the first.
pub(super) fn cards_by_day<const SIDES: usize>(
    sides: [Option<&Contents>; SIDES],
) -> BTreeMap<(CivilDate, usize), [Option<&InsuranceCard>; SIDES]> {
    let mut by_day: BTreeMap<_, [Option<&InsuranceCard>; SIDES]> = BTreeMap::new();
    for (side, contents) in sides.iter().enumerate() {
        let Some(Contents::Client(client)) = contents else {
            continue;
        };
        for card in &client.cards {
            let day = card.certified_from;
            let mut nth = 0;
            while by_day
                .get(&(day, nth))
                .is_some_and(|cards| cards[side].is_some())
            {
                nth += 1;
            }
            by_day.entry((day, nth)).or_insert([None; SIDES])[side] = Some(card);
        }
    }
    by_day
}

fn cards(three: Three<&Contents>, found: &mut Vec<Difference>) {
    for ((day, _), cards) in cards_by_day(three) {
        let label = format!("保険証({day} から)");
        let there_is = |side: usize| three[side].map(|_| cards[side].map_or(NO, |_| YES));
        let presence = [0, 1, 2].map(|side| there_is(side).map(str::to_owned));
        match differing(label.clone(), presence) {
            Some(difference) => found.push(difference),
            None => found.extend(fields(
                RecordKind::Card,
                cards.map(|card| card.map(|card| card as &dyn Fields)),
                &format!("{label} "),
            )),
        }
    }
}

/// A visit or an add-on, in the order in which a month shows them.
pub(super) type Service = (Option<CivilDate>, List, Option<ClockRange>, ServiceCode);

/// Visits and add-ons have no name of their own: what differs is how often each is there.
pub(super) fn services_counted<const SIDES: usize>(
    sides: [Option<&Contents>; SIDES],
) -> BTreeMap<Service, [usize; SIDES]> {
    let mut counted: BTreeMap<Service, [usize; SIDES]> = BTreeMap::new();
    for (side, contents) in sides.iter().enumerate() {
        let Some(Contents::Month(plan)) = contents else {
            continue;
        };
        let visit = |visit: &Visit| {
            (
                Some(visit.date),
                List::Visits,
                Some(visit.hours),
                visit.code,
            )
        };
        let add_on = |add_on: &AddOn| (add_on.date, List::AddOns, add_on.hours, add_on.code);
        let visits = plan.visits.iter().map(visit);
        for service in visits.chain(plan.add_ons.iter().map(add_on)) {
            counted.entry(service).or_insert([0; SIDES])[side] += 1;
        }
    }
    counted
}

fn services(three: Three<&Contents>, found: &mut Vec<Difference>) {
    for (service, counts) in services_counted(three) {
        let times = |side: usize| match counts[side] {
            0 => NO.to_owned(),
            count => format!("{count}回"),
        };
        let texts = [0, 1, 2].map(|side| three[side].map(|_| times(side)));
        found.extend(differing(label(service), texts));
    }
}

/// `訪問 2026-10-05 09:00〜09:30 111111`
fn label((date, list, hours, code): Service) -> String {
    let what = match list {
        List::Visits => "訪問",
        List::Cards | List::AddOns | List::Unapproved => "加算",
    };
    let date = date.map(|date| date.to_string());
    let hours = hours.map(ClockRange::in_words);
    let words = [Some(what.to_owned()), date, hours, Some(code.to_string())];
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// A value as a clerk reads it. A flag that is not given is a no.
pub fn words(field: Field, value: &Value<'_>) -> String {
    match value {
        Value::Empty if field == Field::Hidden => "いいえ".to_owned(),
        Value::Empty => "(空)".to_owned(),
        Value::Flag(true) => "はい".to_owned(),
        Value::Flag(false) => "いいえ".to_owned(),
        Value::Sex(Sex::Male) => "男".to_owned(),
        Value::Sex(Sex::Female) => "女".to_owned(),
        Value::Copay(copay) => format!("{}割", copay.tenths()),
        Value::CareLevel(level) => level.label().to_owned(),
        Value::Text(_)
        | Value::Number(_)
        | Value::Date(_)
        | Value::Month(_)
        | Value::Time(_)
        | Value::Office(_)
        | Value::Insurer(_)
        | Value::Insured(_)
        | Value::Digits(_)
        | Value::ServiceCode(_)
        | Value::ServiceType(_) => {
            let mut words = String::new();
            text::write(value, Form::Plain, None, &mut words);
            words
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Tables;
    use serde_json::{Value as Json, json};

    const SENT: usize = 0;
    const THERE: usize = 1;
    const OURS: usize = 2;

    fn client() -> Json {
        json!({
            "insurer_number": "131128", "insured_number": "0000100001", "name": "見本　一郎",
            "birth_date": "1937-03-04", "phone": "03-0000-0001", "sex": "male",
            "cards": [{"care_level": "23", "certified_from": "2026-04-01",
                       "certified_to": "2028-03-31", "copay": 1}],
        })
    }

    fn month() -> Json {
        let visit = |date| json!({"date": date, "start": "09:00", "end": "09:30", "service_code": "111111"});
        json!({
            "office": "1370100016", "month": "2026-10",
            "client": {"insurer_number": "131128", "insured_number": "0000100001"},
            "visits": [visit("2026-10-05"), visit("2026-10-05"), visit("2026-10-12")],
            "add_ons": [{"date": "2026-10-05", "service_code": "114001"}],
        })
    }

    /// The differences of three copies, one of them changed at a pointer, as lines.
    fn said(item: &Json, side: usize, pointer: &str, value: Json) -> Vec<String> {
        let tables = Tables::load(None).unwrap();
        let payload = if item["month"].is_null() {
            &tables.client
        } else {
            &tables.plan
        };
        let mut copies = [(); 3].map(|()| item.clone());
        *copies[side].pointer_mut(pointer).unwrap() = value;
        let read = copies.map(|copy| Contents::read(payload, &copy).unwrap());
        differences(Sides {
            sent: Some(&read[SENT]),
            there: There::Contents(&read[THERE]),
            ours: Some(&read[OURS]),
        })
        .into_iter()
        .map(|of| format!("{}: {} / {} / {}", of.label, of.sent, of.there, of.ours))
        .collect()
    }

    #[test]
    fn a_field_that_differs_on_any_side_is_shown_on_all() {
        assert_eq!(
            said(&client(), THERE, "/phone", json!("")),
            ["電話番号: 03-0000-0001 / (空) / 03-0000-0001"]
        );
        assert_eq!(
            said(&client(), OURS, "/sex", json!("female")),
            ["性別: 男 / 男 / 女"]
        );
        assert_eq!(
            said(&client(), SENT, "/cards/0/care_level", json!("21")),
            ["保険証(2026-04-01 から) 要介護度: 要介護１ / 要介護３ / 要介護３"]
        );
    }

    #[test]
    fn a_card_that_is_not_everywhere_is_one_difference() {
        assert_eq!(
            said(&client(), THERE, "/cards", json!([])),
            ["保険証(2026-04-01 から): あり / なし / あり"]
        );
    }

    #[test]
    fn visits_and_add_ons_are_counted() {
        assert_eq!(
            said(&month(), THERE, "/visits/0/date", json!("2026-10-19")),
            [
                "訪問 2026-10-05 09:00〜09:30 111111: 2回 / 1回 / 2回",
                "訪問 2026-10-19 09:00〜09:30 111111: なし / 1回 / なし",
            ]
        );
        assert_eq!(
            said(&month(), OURS, "/add_ons", json!([])),
            ["加算 2026-10-05 114001: 1回 / 1回 / なし"]
        );
    }

    #[test]
    fn sides_that_say_the_same_have_no_differences() {
        assert_eq!(said(&month(), OURS, "/month", json!("2026-10")), [""; 0]);
        // What is not given and a flag that says no are the same.
        let hidden = {
            let mut client = client();
            client["hidden"] = json!(false);
            client
        };
        assert_eq!(said(&hidden, OURS, "/hidden", json!(false)), [""; 0]);
    }

    #[test]
    fn what_was_deleted_or_cannot_be_read_is_one_difference() {
        let tables = Tables::load(None).unwrap();
        let client = Contents::read(&tables.client, &client());
        for (there, word) in [
            (There::Nothing, "なし"),
            (There::Unreadable, "読み取れない内容"),
        ] {
            let found = differences(Sides {
                sent: None,
                there,
                ours: client.as_ref(),
            });
            let [only] = &*found else { panic!("{found:?}") };
            assert_eq!(
                (&*only.sent, &*only.there, &*only.ours),
                ("なし", word, "あり")
            );
        }
    }
}
