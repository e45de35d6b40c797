//! The tables below `mappings/`: what they write they read back, and a wrong one is refused
//! at its place.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;
use rakuwing::disk;
use rakuwing::model::{
    Actual, ActualAddOn, ActualDay, ActualVisit, AddOn, CareLevel, CareOffice, CivilDate,
    CivilTime, Client, ClientId, ClockRange, Copay, DayCounts, Digits, Field, Fields,
    InsuranceCard, InsuredNumber, InsurerNumber, Kind, List, MonthlyPlan, OfficeNumber, PlanDay,
    PlanLine, Record, RecordKind, ServiceCode, ServiceType, Sex, Unapproved, Value, Visit,
    YearMonth,
};
use rakuwing::table::bind::CodeLists;
use rakuwing::table::shipped::shipped;
use rakuwing::table::source::Source;
use rakuwing::table::{Calendar, Column, Layout, Payload, Spot, Tables, TablesError};
use serde_json::Value as Json;

static SHIPPED_TABLES: LazyLock<Tables> =
    LazyLock::new(|| Tables::load(None).expect("the shipped tables are right"));

// ---- Layouts: what a column writes it reads back ----

#[test]
fn every_shipped_layout_has_its_law_below() {
    let layouts = SHIPPED_TABLES.layouts.iter();
    let names: Vec<&str> = layouts.map(|layout| layout.name()).collect();
    assert_eq!(names, [CARE_OFFICES, CLIENTS, PLAN, PLAN_DAYS, SUPPLEMENT]);
}

const CARE_OFFICES: &str = "居宅支援事業所一覧";
const CLIENTS: &str = "利用者一覧";
const PLAN: &str = "月間ケアプラン";
const PLAN_DAYS: &str = "サービス利用票(UPPLAN)";
const SUPPLEMENT: &str = "利用者補足情報(UPHOSOKU)";

proptest! {
    #[test]
    fn a_care_office_comes_back_from_its_row(office in care_office()) {
        let layout = layout_named(CARE_OFFICES);
        let row = row_of(layout, &office);
        let from_csv = through_csv(layout, &row);
        prop_assert_eq!(&from_csv, &row);

        let read = read_row(layout, &from_csv);
        prop_assert_eq!(differing(layout.record(), &office, &read), Vec::<&str>::new());
        prop_assert_eq!(row_of(layout, &read), row);
        prop_assert_eq!(CareOffice::from_record(&read), Some(office));
    }

    #[test]
    fn a_client_with_a_card_comes_back_from_its_row(client in client(), card in card()) {
        let layout = layout_named(CLIENTS);
        let row = row_of(layout, &ClientRow(&client, &card));
        let from_csv = through_csv(layout, &row);
        prop_assert_eq!(&from_csv, &row);

        let read = read_row(layout, &from_csv);
        let written = ClientRow(&client, &card);
        prop_assert_eq!(differing(layout.record(), &written, &read), Vec::<&str>::new());
        prop_assert_eq!(row_of(layout, &read), row);
        prop_assert_eq!(Client::from_record(&read), Some(Client { cards: Vec::new(), ..client }));
        prop_assert_eq!(InsuranceCard::from_record(&read), Some(card));
    }

    #[test]
    fn a_plan_line_comes_back_from_its_row(line in plan_line()) {
        let layout = layout_named(PLAN);
        let row = row_of(layout, &line);
        let from_csv = through_csv(layout, &row);
        prop_assert_eq!(&from_csv, &row);

        let read = read_row(layout, &from_csv);
        prop_assert_eq!(differing(layout.record(), &line, &read), Vec::<&str>::new());
        prop_assert_eq!(row_of(layout, &read), row);
        prop_assert_eq!(PlanLine::from_record(&read), Some(line));
    }

    #[test]
    fn a_planned_day_comes_back_from_its_row(day in plan_day()) {
        let layout = layout_named(PLAN_DAYS);
        let row = row_of(layout, &day);
        let from_csv = through_csv(layout, &row);
        prop_assert_eq!(&from_csv, &row);

        let read = read_row(layout, &from_csv);
        prop_assert_eq!(differing(layout.record(), &day, &read), Vec::<&str>::new());
        prop_assert_eq!(row_of(layout, &read), row);
        prop_assert_eq!(PlanDay::from_record(&read), Some(day));
    }

    /// Only what the file has a place for.
    #[test]
    fn a_client_with_a_card_comes_back_from_a_supplements_row(client in client(), card in card()) {
        let client = Client { hidden: false, ..client };
        let card = InsuranceCard {
            copay: None,
            care_office: None,
            care_manager: String::new(),
            public_payer: None,
            public_recipient: None,
            ..card
        };
        let layout = layout_named(SUPPLEMENT);
        let row = row_of(layout, &ClientRow(&client, &card));
        let from_csv = through_csv(layout, &row);
        prop_assert_eq!(&from_csv, &row);

        let read = read_row(layout, &from_csv);
        let written = ClientRow(&client, &card);
        prop_assert_eq!(differing(layout.record(), &written, &read), Vec::<&str>::new());
        prop_assert_eq!(row_of(layout, &read), row);
        prop_assert_eq!(Client::from_record(&read), Some(Client { cards: Vec::new(), ..client }));
        prop_assert_eq!(InsuranceCard::from_record(&read), Some(card));
    }
}

#[test]
fn the_shipped_national_tables_have_every_position_of_the_standard() {
    let facts = |name| {
        let layout = layout_named(name);
        let used = layout
            .columns()
            .iter()
            .filter(|column| column.field().is_some());
        (layout.columns().len(), used.count(), layout.narrowest())
    };
    assert_eq!(facts(PLAN_DAYS), (25, 10, 20));
    assert_eq!(facts(SUPPLEMENT), (63, 15, 18));
    let header = |name: &str, item: usize| {
        let header = layout_named(name).columns()[item - 1].header();
        header.to_string()
    };
    assert_eq!(header(PLAN_DAYS, 10), "サービス利用日");
    assert_eq!(header(PLAN_DAYS, 20), "サービス事業者コード");
    assert_eq!(header(SUPPLEMENT, 18), "要介護状態区分");
    assert_eq!(header(SUPPLEMENT, 56), "合計限度超単位数");
    assert_eq!(header(SUPPLEMENT, 63), "対象年月");
}

#[test]
fn a_text_that_means_no_value_is_read_and_written_as_none() {
    let layout = layout_named(PLAN_DAYS);
    let start = &layout.columns()[layout.column_of(Field::Start, None).unwrap()];
    for none in ["9999", " 9999 ", "９９９９", ""] {
        let read = start.read(none, Calendar::default()).unwrap();
        assert_eq!(read.value, Value::Empty, "{none}");
    }
    let mut written = String::new();
    start.write(&Record::default(), &mut written);
    assert_eq!(written, "9999");
}

/// A row of the client list: the person and one card.
struct ClientRow<'a>(&'a Client, &'a InsuranceCard);

impl Fields for ClientRow<'_> {
    fn value(&self, field: Field) -> Value<'_> {
        match self.0.value(field) {
            Value::Empty => self.1.value(field),
            value => value,
        }
    }
}

fn layout_named(name: &str) -> &'static Layout {
    SHIPPED_TABLES
        .layouts
        .iter()
        .find(|layout| layout.name() == name)
        .expect("the test above lists the shipped layouts")
}

fn row_of(layout: &Layout, record: &dyn Fields) -> Vec<String> {
    let cell = |column: &Column| {
        let mut cell = String::new();
        column.write(record, &mut cell);
        cell
    };
    layout.columns().iter().map(cell).collect()
}

/// The row as a file holds it, found again by the file's headers, or by position where it has
/// none.
fn through_csv(layout: &Layout, row: &[String]) -> Vec<String> {
    let has_header = layout.position().is_none();
    let mut writer = csv::Writer::from_writer(Vec::new());
    if has_header {
        let headers = layout.columns().iter().map(|column| &**column.header());
        writer.write_record(headers).expect("memory takes it all");
    }
    writer.write_record(row).expect("memory takes it all");
    let file = writer.into_inner().expect("memory takes it all");

    let mut reader = csv::ReaderBuilder::new()
        .has_headers(has_header)
        .from_reader(file.as_slice());
    let headers = reader.headers().expect("csv wrote it").clone();
    let cells = reader.records().next().expect("there is one row");
    let cells = cells.expect("csv wrote it");
    let mut found = vec![String::new(); row.len()];
    for (at, (header, cell)) in headers.iter().zip(&cells).enumerate() {
        let column = if has_header {
            layout.column_named(header).expect("a layout's own header")
        } else {
            at
        };
        cell.clone_into(&mut found[column]);
    }
    found
}

fn read_row<'a>(layout: &Layout, row: &'a [String]) -> Record<'a> {
    let mut record = Record::default();
    for (column, cell) in layout.columns().iter().zip(row) {
        let value = column
            .read(cell, Calendar::default())
            .expect("the column wrote it")
            .value;
        let Some(field) = column.field() else {
            assert_eq!(cell, "", "a column that is not used is written empty");
            continue;
        };
        match (column.day(), value) {
            (None, value) => record.set(field, value),
            (Some(day), Value::Number(count)) => {
                let count = u8::try_from(count).expect("a day's count is small");
                record.days_mut(field).set(day, count);
            }
            (Some(_), value) => assert_eq!(value, Value::Empty, "a day holds a count or nothing"),
        }
    }
    record
}

/// The names of the fields in which two records differ; not hidden is the same as unsaid.
fn differing(kind: RecordKind, one: &dyn Fields, other: &dyn Fields) -> Vec<&'static str> {
    let value = |record: &dyn Fields, field| match record.value(field) {
        Value::Flag(false) => format!("{:?}", Value::Empty),
        // The numbers' `Debug` is masked and would make all of them the same.
        Value::Office(number) => number.to_string(),
        Value::Insurer(number) => number.to_string(),
        Value::Insured(number) => number.to_string(),
        Value::Digits(digits) => digits.to_string(),
        value => format!("{value:?}"),
    };
    let differs = |field: Field| match field.kind() {
        Kind::DayCounts => one.days(field) != other.days(field),
        _ => value(one, field) != value(other, field),
    };
    let fields = kind.fields().iter().map(|(field, _)| *field);
    fields
        .filter(|field| differs(*field))
        .map(Field::name)
        .collect()
}

// ---- Payloads: what is sent is read back ----

proptest! {
    #[test]
    fn a_care_office_comes_back_from_its_payload(office in care_office()) {
        let payload = &SHIPPED_TABLES.care_office;
        let sent = bytes_of(payload, &office);
        let json: Json = serde_json::from_slice(&sent).unwrap();
        for (member, text) in [
            ("name", &office.name),
            ("kana", &office.kana),
            ("postal_code", &office.postal_code),
            ("address", &office.address),
            ("phone", &office.phone),
            ("fax", &office.fax),
        ] {
            prop_assert_eq!(text_at(&json, member), text);
        }

        let read = payload.read(&json).unwrap();
        prop_assert_eq!(&bytes_of(payload, &read), &sent);
        prop_assert_eq!(CareOffice::from_record(&read), Some(office.clone()));
        prop_assert_eq!(payload.read_body(&sent, CareOffice::from_record), Some(office));
    }

    #[test]
    fn a_client_with_cards_comes_back_from_its_payload(
        client in client(),
        cards in prop::collection::vec(card(), 0..4),
    ) {
        let client = Client { cards, ..client };
        let payload = &SHIPPED_TABLES.client;
        let sent = bytes_of(payload, &client);
        let json: Json = serde_json::from_slice(&sent).unwrap();
        prop_assert_eq!(text_at(&json, "name"), &client.name);
        prop_assert_eq!(text_at(&json, "address"), &client.address);
        for (index, card) in client.cards.iter().enumerate() {
            prop_assert_eq!(text_at(&json["cards"][index], "care_manager"), &card.care_manager);
        }

        let read = payload.read(&json).unwrap();
        prop_assert_eq!(&bytes_of(payload, &read), &sent);
        prop_assert_eq!(Client::from_record(&read), Some(client.clone()));
        prop_assert_eq!(payload.read_body(&sent, Client::from_record), Some(client));
    }

    /// Whatever is taken out of a client or put into it: what is read from the bytes is what is
    /// read from the tree, and what the tree refuses is refused.
    #[test]
    fn a_damaged_client_is_refused_by_both_ways_of_reading(
        client in client(),
        cards in prop::collection::vec(card(), 1..3),
        at in any::<prop::sample::Index>(),
        of_a_card in any::<bool>(),
        member in prop::sample::select(vec![
            "insurer_number", "insured_number", "name", "sex", "birth_date", "hidden", "cards",
            "care_level", "certified_from", "care_office", "copay",
        ]),
        put in prop::sample::select(vec![
            None, Some("null"), Some("7"), Some("\"\""), Some("[]"), Some("{}"), Some("true"),
            Some("\"2026-10-05\""), Some("\"1370000018\""),
        ]),
    ) {
        let payload = &SHIPPED_TABLES.client;
        let sent = bytes_of(payload, &Client { cards, ..client });
        let mut json: Json = serde_json::from_slice(&sent).unwrap();
        let object = match json.get_mut("cards").and_then(Json::as_array_mut) {
            Some(cards) if of_a_card => at.get_mut(cards),
            _ => &mut json,
        };
        let object = object.as_object_mut().unwrap();
        match put {
            Some(put) => drop(object.insert(member.to_owned(), put.parse().unwrap())),
            None => drop(object.remove(member)),
        }
        let tree = payload.read(&json).ok().and_then(|read| Client::from_record(&read));
        let read = payload.read_body(json.to_string().as_bytes(), Client::from_record);
        prop_assert_eq!(read, tree);
    }

    #[test]
    fn a_month_comes_back_from_its_payload(plan in monthly_plan()) {
        let payload = &SHIPPED_TABLES.plan;
        let sent = bytes_of(payload, &plan);
        let json: Json = serde_json::from_slice(&sent).unwrap();
        let read = payload.read(&json).unwrap();
        prop_assert_eq!(&bytes_of(payload, &read), &sent);
        prop_assert_eq!(MonthlyPlan::from_record(&read), Some(plan.clone()));
        prop_assert_eq!(payload.read_body(&sent, MonthlyPlan::from_record), Some(plan));
    }

    /// The table of actuals is only ever read from, but a table works both ways.
    #[test]
    fn a_page_of_actuals_comes_back_from_its_payload(
        actual in actual(),
        approved_at in some_text(40),
    ) {
        let payload = &SHIPPED_TABLES.actuals;
        let page = page_of(&actual, &approved_at);
        let sent = bytes_of(payload, &page);
        let json: Json = serde_json::from_slice(&sent).unwrap();
        for (index, visit) in actual.visits.iter().enumerate() {
            prop_assert_eq!(text_at(&json["visits"][index], "id"), &visit.id);
        }

        let read = payload.read(&json).unwrap();
        prop_assert_eq!(&read, &page);
        prop_assert_eq!(Actual::from_record(&read), Some(actual.clone()));

        // Straight from the text it is the same, or nothing: a text with an escape is not
        // borrowed.
        let mut streamed = Actual::default();
        let mut take = |list, record: &Record<'_>| streamed.take(list, record);
        let read = payload.read_lists(&sent, &mut take);
        prop_assert!(read.is_some() || sent.contains(&b'\\'));
        if read.is_some() {
            prop_assert_eq!(streamed, actual);
        }
    }

    /// Whatever is taken out of a page or put into it: what is read from the text is what is
    /// read from the tree, and what the tree refuses is refused.
    #[test]
    fn a_damaged_page_is_refused_by_both_ways_of_reading(
        actual in actual(),
        at in any::<prop::sample::Index>(),
        member in prop::sample::select(vec![
            "id", "office", "client", "date", "start", "end", "service_code", "planned_start",
            "approved_at", "visits",
        ]),
        put in prop::sample::select(vec![
            None, Some("null"), Some("7"), Some("\"\""), Some("[]"), Some("{}"), Some("true"),
            Some("\"2026-10-05\""), Some("\"09:00\""),
        ]),
    ) {
        let payload = &SHIPPED_TABLES.actuals;
        let sent = bytes_of(payload, &page_of(&actual, "2026-11-01"));
        let mut json: Json = serde_json::from_slice(&sent).unwrap();
        for list in ["visits", "add_ons", "unapproved"] {
            let Some(elements) = json.get_mut(list).and_then(Json::as_array_mut) else { continue };
            if elements.is_empty() { continue }
            let element = at.get_mut(elements).as_object_mut().unwrap();
            match put {
                Some(put) => drop(element.insert(member.to_owned(), put.parse().unwrap())),
                None => drop(element.remove(member)),
            }
        }
        let damaged = json.to_string();
        let tree = payload.read(&json).ok().and_then(|read| Actual::from_record(&read));
        let mut streamed = Actual::default();
        let mut take = |list, record: &Record<'_>| streamed.take(list, record);
        match payload.read_lists(damaged.as_bytes(), &mut take) {
            Some(()) => prop_assert_eq!(Some(streamed), tree),
            None => prop_assert!(tree.is_none() || damaged.contains('\\')),
        }
    }
}

fn bytes_of(payload: &Payload, record: &dyn Fields) -> Vec<u8> {
    let mut bytes = Vec::new();
    payload.write(record, &mut bytes);
    bytes
}

/// A string member; an empty text is left out of what is sent.
fn text_at<'a>(json: &'a Json, member: &str) -> &'a str {
    json.get(member).map_or("", |text| {
        text.as_str().expect("a text is sent as a string")
    })
}

/// Actuals as a table reads them.
fn page_of<'a>(actual: &'a Actual, approved_at: &'a str) -> Record<'a> {
    let record = |client: ClientId| {
        let mut record = Record::default();
        record.set(Field::Insurer, Value::Insurer(client.insurer));
        record.set(Field::Insured, Value::Insured(client.insured));
        record
    };
    let set_hours = |record: &mut Record<'a>, start, end, hours: Option<ClockRange>| {
        if let Some(hours) = hours {
            record.set(start, Value::Time(hours.start()));
            record.set(end, Value::Time(hours.end()));
        }
    };
    let visit = |visit: &'a ActualVisit| {
        let mut record = record(visit.client);
        record.set(Field::RecordId, Value::Text(&visit.id));
        record.set(Field::Office, Value::Office(visit.office));
        record.set(Field::Date, Value::Date(visit.date));
        set_hours(
            &mut record,
            Field::PlannedStart,
            Field::PlannedEnd,
            visit.planned,
        );
        set_hours(&mut record, Field::Start, Field::End, Some(visit.hours));
        record.set(Field::ServiceCode, Value::ServiceCode(visit.code));
        record.set(Field::ApprovedAt, Value::Text(approved_at));
        record
    };
    let add_on = |add_on: &'a ActualAddOn| {
        let mut record = record(add_on.client);
        record.set(Field::RecordId, Value::Text(&add_on.id));
        record.set(Field::Office, Value::Office(add_on.office));
        record.set(Field::Date, add_on.date.map_or(Value::Empty, Value::Date));
        set_hours(&mut record, Field::Start, Field::End, add_on.hours);
        record.set(Field::ServiceCode, Value::ServiceCode(add_on.code));
        record.set(Field::ApprovedAt, Value::Text(approved_at));
        record
    };
    let waiting = |waiting: &Unapproved| {
        let mut record = record(waiting.client);
        record.set(Field::VisitCount, Value::Number(waiting.visits));
        record
    };
    let mut page = Record::default();
    page.push_list(List::Visits, actual.visits.iter().map(visit).collect());
    page.push_list(List::AddOns, actual.add_ons.iter().map(add_on).collect());
    page.push_list(
        List::Unapproved,
        actual.unapproved.iter().map(waiting).collect(),
    );
    page
}

// ---- Any record that the model can hold ----

/// Characters that have gone wrong somewhere before: separators, escapes, controls, both
/// widths, kanji beyond JIS X 0208 and beyond the basic plane.
fn text(longest: usize) -> impl Strategy<Value = String> {
    let character = prop_oneof![
        prop::sample::select(vec!['"', '\'', ',', '\\', '/', ' ', '=', '|', '~']),
        prop::sample::select(vec!['\n', '\r', '\t', '\u{0}', '\u{1}', '\u{1f}', '\u{7f}']),
        prop::sample::select(vec![
            '髙', '﨑', '①', '㈱', '塚', '𠮷', '～', '−', '　', '１'
        ]),
        prop::char::range('ｦ', 'ﾟ'),
        prop::char::range('ぁ', 'ヿ'),
        prop::char::range('!', '~'),
        any::<char>(),
    ];
    prop::collection::vec(character, 0..=longest).prop_map(|text| {
        let text = String::from_iter(text);
        // What begins so may be a guard or an error: reading takes it off, or refuses it.
        let begins = |character: char| character.is_whitespace() || "'=#＇＝＃".contains(character);
        text.trim_start_matches(begins).trim_end().to_owned()
    })
}

/// Of a postal code, a phone number or a name: nothing that has become a day or has lost a zero on
/// its way, which reading says.
fn plain_text(header: &'static str, longest: usize) -> impl Strategy<Value = String> {
    let layout = layout_named(CLIENTS);
    let column = layout.column_named(header).expect("a shipped header");
    let column = &layout.columns()[column];
    text(longest).prop_filter("it has been through another program", move |text| {
        let reading = column.read(text, Calendar::default());
        reading.is_ok_and(|reading| match reading.value {
            Value::Text(read) => read == *text,
            _ => text.is_empty(),
        })
    })
}

fn some_text(longest: usize) -> impl Strategy<Value = String> {
    text(longest).prop_filter("it is required", |text| !text.is_empty())
}

fn some_name() -> impl Strategy<Value = String> {
    plain_text("氏名", 40).prop_filter("it is required", |text| !text.is_empty())
}

fn office_number() -> impl Strategy<Value = OfficeNumber> {
    "[0-9]{2}[0-9A-HJ-NPR-Z][0-9]{7}".prop_filter_map("a number", |text| OfficeNumber::parse(&text))
}

fn client_id() -> impl Strategy<Value = ClientId> {
    ("[0-9]{6}", "[0-9H][0-9]{9}").prop_filter_map("two numbers", |(insurer, insured)| {
        Some(ClientId {
            insurer: InsurerNumber::parse(&insurer)?,
            insured: InsuredNumber::parse(&insured)?,
        })
    })
}

fn service_code() -> impl Strategy<Value = ServiceCode> {
    "[0-9A-Z]{6}".prop_filter_map("a code", |text| ServiceCode::parse(&text))
}

fn month() -> impl Strategy<Value = YearMonth> {
    (1000..=9999, 1..=12u32).prop_filter_map("a month", |(year, month)| YearMonth::new(year, month))
}

fn date() -> impl Strategy<Value = CivilDate> {
    (month(), 1..=31u32).prop_filter_map("the month has the day", |(month, day)| month.day(day))
}

/// Of any length below a day, so that about half of them pass midnight.
fn hours() -> impl Strategy<Value = ClockRange> {
    let time = |minutes: u16| CivilTime::new(minutes / 60, minutes % 60);
    (0..1440u16, 1..1440u16).prop_filter_map("a range", move |(start, length)| {
        ClockRange::new(time(start)?, time((start + length) % 1440)?)
    })
}

fn day_counts() -> impl Strategy<Value = DayCounts> {
    prop::collection::btree_map(1..=31u32, 1..=99u8, 0..12).prop_map(|counted| {
        let mut days = DayCounts::default();
        for (day, count) in counted {
            days.set(day, count);
        }
        days
    })
}

prop_compose! {
    fn care_office()(
        number in office_number(),
        name in some_name(),
        kana in text(60),
        service_type in "[0-9A-Z]{2}",
        (postal_code, address) in (plain_text("郵便番号", 8), text(120)),
        (phone, fax) in (plain_text("電話番号", 20), plain_text("電話番号", 20)),
        hidden in any::<bool>(),
    ) -> CareOffice {
        let service_type = ServiceType::parse(&service_type).expect("two capitals or digits");
        CareOffice { number, name, kana, service_type, postal_code, address, phone, fax, hidden }
    }
}

prop_compose! {
    fn client()(
        id in client_id(),
        name in some_name(),
        kana in text(60),
        sex in prop::option::of(prop::sample::select(vec![Sex::Male, Sex::Female])),
        birth_date in date(),
        (postal_code, address) in (plain_text("郵便番号", 8), text(120)),
        phone in plain_text("電話番号", 20),
        hidden in any::<bool>(),
    ) -> Client {
        let cards = Vec::new();
        Client { id, name, kana, sex, birth_date, postal_code, address, phone, hidden, cards }
    }
}

/// Digits of a width, or none.
fn digits(width: usize) -> impl Strategy<Value = Option<Digits>> {
    let text = prop::collection::vec(prop::char::range('0', '9'), width);
    prop::option::of(text.prop_map(move |text| {
        let text: String = text.into_iter().collect();
        Digits::parse(&text, width).expect("digits of that width")
    }))
}

prop_compose! {
    fn card()(
        care_level in prop::sample::select(CareLevel::ALL.to_vec()),
        (certified_from, certified_to) in (date(), date()),
        limit_units in prop::option::of(0..=9_999_999u32),
        copay in prop::option::of(1..=3u8),
        care_office in prop::option::of(office_number()),
        care_manager in text(40),
        public_payer in digits(8),
        public_recipient in digits(7),
    ) -> InsuranceCard {
        InsuranceCard {
            care_level,
            certified_from,
            certified_to,
            limit_units,
            copay: copay.and_then(Copay::new),
            care_office,
            care_manager,
            public_payer,
            public_recipient,
        }
    }
}

prop_compose! {
    fn plan_line()(
        month in month(),
        office in office_number(),
        client in client_id(),
        (name, service_name) in (plain_text("氏名", 40), text(60)),
        code in service_code(),
        hours in prop::option::of(hours()),
        (planned, planned_total) in (day_counts(), prop::option::of(0..=9_999u32)),
        (actual, actual_total) in (day_counts(), prop::option::of(0..=9_999u32)),
    ) -> PlanLine {
        PlanLine {
            month,
            office,
            client,
            name: name.into(),
            code,
            service_name: service_name.into(),
            hours,
            planned,
            planned_total,
            actual,
            actual_total,
        }
    }
}

prop_compose! {
    fn plan_day()(
        version in "[0-9]{6}",
        month in month(),
        office in office_number(),
        client in client_id(),
        date in date(),
        hours in prop::option::of(hours()),
        count in 0..=99u8,
        code in service_code(),
    ) -> PlanDay {
        let (name, service_name) = (String::new(), String::new());
        let version = Digits::parse(&version, 6).expect("six digits");
        PlanDay { version, month, office, client, name, date, hours, count, code, service_name }
    }
}

prop_compose! {
    fn visit()(date in date(), hours in hours(), code in service_code()) -> Visit {
        Visit { date, hours, code }
    }
}

prop_compose! {
    fn add_on()(
        date in prop::option::of(date()),
        hours in prop::option::of(hours()),
        code in service_code(),
    ) -> AddOn {
        AddOn { date, hours, code }
    }
}

prop_compose! {
    fn monthly_plan()(
        office in office_number(),
        month in month(),
        client in client_id(),
        visits in prop::collection::vec(visit(), 0..5),
        add_ons in prop::collection::vec(add_on(), 0..5),
    ) -> MonthlyPlan {
        MonthlyPlan { office, month, client, visits, add_ons }
    }
}

prop_compose! {
    fn actual_visit()(
        id in some_text(64),
        office in office_number(),
        client in client_id(),
        planned in prop::option::of(hours()),
        Visit { date, hours, code } in visit(),
    ) -> ActualVisit {
        ActualVisit { id, office, client, date, planned, hours, code }
    }
}

prop_compose! {
    fn actual_add_on()(
        id in some_text(64),
        office in office_number(),
        client in client_id(),
        AddOn { date, hours, code } in add_on(),
    ) -> ActualAddOn {
        ActualAddOn { id, office, client, date, hours, code }
    }
}

prop_compose! {
    fn actual()(
        visits in prop::collection::vec(actual_visit(), 0..4),
        add_ons in prop::collection::vec(actual_add_on(), 0..4),
        unapproved in prop::collection::vec((client_id(), 0..=99_999u32), 0..3),
    ) -> Actual {
        let waiting = |(client, visits)| Unapproved { client, visits };
        Actual { visits, add_ons, unapproved: unapproved.into_iter().map(waiting).collect() }
    }
}

prop_compose! {
    fn told()(
        planned in plan_day(),
        care_office in prop::option::of(office_number()),
        care_manager in text(40),
        (units, created_on) in (prop::option::of(0..=999_999u32), date()),
        office_name in plain_text("氏名", 40),
        updated_by in prop::option::of(office_number()),
        pro_rated_on in prop::option::of("[01]{31}"),
    ) -> Told {
        Told { planned, care_office, care_manager, units, created_on, office_name, updated_by, pro_rated_on }
    }
}

/// What an [`ActualDay`] borrows from.
#[derive(Debug)]
struct Told {
    planned: PlanDay,
    care_office: Option<OfficeNumber>,
    care_manager: String,
    units: Option<u32>,
    created_on: CivilDate,
    office_name: String,
    updated_by: Option<OfficeNumber>,
    pro_rated_on: Option<String>,
}

impl Told {
    fn day(&self) -> ActualDay<'_> {
        let PlanDay {
            client,
            month,
            date,
            hours,
            count,
            code,
            office,
            ..
        } = self.planned;
        ActualDay {
            client,
            created_on: self.created_on,
            month,
            care_office: self.care_office,
            care_manager: &self.care_manager,
            units: self.units,
            date,
            hours,
            count,
            code,
            office,
            office_name: &self.office_name,
            updated_by: self.updated_by,
            pro_rated_on: self.pro_rated_on.as_deref().unwrap_or_default(),
        }
    }
}

// ---- The next national standard ----

/// The columns of a national file as members of JSON, each named by its number: what its names will be
/// nobody knows yet.
fn record_set(layout: &Layout) -> Payload {
    let mut table = format!(
        "record = \"{}\"\nkey = [\"insurer\", \"insured\"]\n",
        layout.record().name()
    );
    for (column, number) in layout.columns().iter().zip(1..) {
        if let Some(field) = column.field() {
            let member = format!(
                "[[member]]\npointer = \"/{number}\"\nfield = \"{}\"\n",
                field.name()
            );
            table.push_str(&member);
            if matches!(field.kind(), Kind::Date | Kind::Month | Kind::Time) {
                table.push_str("write = \"compact\"\n");
            }
        }
    }
    let source = Source::new("standard/record_set.toml", table.as_bytes()).expect("it is text");
    Payload::load(&source, layout.record(), &CodeLists::new()).expect("a payload can say it")
}

/// Whether a record comes back from JSON.
fn fits_into_json(layout: &Layout, record: &dyn Fields) -> bool {
    let payload = record_set(layout);
    let mut json = Vec::new();
    payload.write(record, &mut json);
    let json: Json = serde_json::from_slice(&json).expect("it is JSON");
    let read = payload.read(&json).expect("it fits");
    let mut bound = layout.columns().iter().filter_map(Column::field);
    bound.all(|field| read.get(field) == record.value(field))
}

proptest! {
    #[test]
    fn each_record_of_the_national_files_fits_into_json(
        day in plan_day(),
        (client, card) in (client(), card()),
        told in told(),
    ) {
        prop_assert!(fits_into_json(layout_named(PLAN_DAYS), &day));
        prop_assert!(fits_into_json(layout_named(SUPPLEMENT), &ClientRow(&client, &card)));
        prop_assert!(fits_into_json(&SHIPPED_TABLES.actual_days, &told.day()));
    }
}

// ---- The shipped tables ----

#[test]
fn every_file_below_mappings_is_shipped_but_descriptions() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings");
    let mut files = BTreeSet::new();
    for part in ["layouts", "standard", "carewing", "codes", "audit"] {
        for file in disk::files(&folder.join(part)).unwrap() {
            files.insert(format!("{part}/{}", file.file_name().unwrap().display()));
        }
    }
    files.remove("carewing/openapi.json");
    files.remove("codes/service_codes.md");
    files.remove("standard/5.0.md");
    let carried: BTreeSet<String> = shipped().map(|(path, _)| path.to_owned()).collect();
    assert_eq!(carried, files);
    assert_eq!(disk::files(&folder).unwrap(), [] as [&Path; 0]);
}

#[test]
fn a_spreadsheet_opens_every_shipped_csv_right() {
    let is_csv = |path| {
        Path::new(path)
            .extension()
            .is_some_and(|ending| ending == "csv")
    };
    for (path, bytes) in shipped().filter(|(path, _)| is_csv(*path)) {
        let text = str::from_utf8(&bytes).unwrap();
        assert!(text.starts_with('\u{feff}'), "{path} begins with a BOM");
        assert!(text.ends_with("\r\n"), "{path} ends its last line");
        assert_eq!(
            text.matches('\n').count(),
            text.matches("\r\n").count(),
            "{path} ends its lines in CR LF"
        );
    }
}

#[test]
fn an_office_folder_without_tables_changes_nothing() {
    let office = tempfile::tempdir().unwrap();
    let tables = Tables::load(Some(office.path())).unwrap();
    assert_eq!(tables.digest, SHIPPED_TABLES.digest);
}

#[test]
fn an_office_table_takes_the_place_of_the_shipped_one() {
    let own = "コード,名称,別名\r\n1,男の人,\r\n2,女の人,\r\n";
    let tables = load_with("codes/sex.csv", own.as_bytes()).unwrap();
    let layout = tables
        .layouts
        .iter()
        .find(|layout| layout.record() == RecordKind::ClientCard)
        .unwrap();
    let sex = &layout.columns()[layout.column_of(Field::Sex, None).unwrap()];
    assert_eq!(
        sex.read("女の人", Calendar::default()).unwrap().value,
        Value::Sex(Sex::Female)
    );
    assert!(sex.read("女", Calendar::default()).is_err());
    assert_ne!(tables.digest, SHIPPED_TABLES.digest);
}

// ---- Pointers of an answer ----

#[test]
fn a_pointer_of_an_answer_leads_to_the_field_it_speaks_of() {
    let plan = &SHIPPED_TABLES.plan;
    let client = &SHIPPED_TABLES.client;
    for (payload, pointer, element, field) in [
        (plan, "", None, None),
        (plan, "/office", None, Some(Field::Office)),
        (plan, "/client", None, None),
        (plan, "/client/insured_number", None, Some(Field::Insured)),
        (plan, "/visits", None, None),
        (plan, "/visits/3", Some((List::Visits, 3)), None),
        (
            plan,
            "/visits/3/start",
            Some((List::Visits, 3)),
            Some(Field::Start),
        ),
        (
            plan,
            "/add_ons/0/date",
            Some((List::AddOns, 0)),
            Some(Field::Date),
        ),
        (
            client,
            "/cards/0/care_office",
            Some((List::Cards, 0)),
            Some(Field::CareOffice),
        ),
    ] {
        assert_eq!(
            payload.spot(pointer),
            Some(Spot { element, field }),
            "{pointer}"
        );
    }
}

#[test]
fn a_pointer_that_the_table_does_not_reach_leads_nowhere() {
    for pointer in [
        "/",
        "office",
        "x/office",
        "/nothing",
        "/office/month",
        "/visits/-",
        "/visits/3/nothing",
        "/visits/3/start/end",
        "/client/name",
    ] {
        assert_eq!(SHIPPED_TABLES.plan.spot(pointer), None, "{pointer}");
    }
}

// ---- Wrong tables: each is refused at its place, with what would have been right ----

#[test]
fn an_unknown_field_is_refused_with_the_nearest_one() {
    assert_refused(
        "layouts/own.toml",
        r#"
layout = "独自"
record = "care_office"
quotes = "where_needed"
column = [
  { header = "番号", field = "offcie" },
]
"#,
        (5, 28),
        r#"
error: 項目「offcie」は care_office にありません
 --> mappings/layouts/own.toml:5:28
  |
5 |   { header = "番号", field = "offcie" },
  |                              ^^^^^^^^
  |
  = help: 「office」ではありませんか
"#,
    );
}

#[test]
fn a_field_in_two_columns_is_refused() {
    assert_refused(
        "layouts/own.toml",
        r#"
layout = "独自"
record = "care_office"
quotes = "where_needed"
column = [
  { header = "番号", field = "office" },
  { header = "事業所番号", field = "office" },
]
"#,
        (6, 31),
        r#"
error: 項目「office」が二つの列に結び付いています
 --> mappings/layouts/own.toml:6:31
  |
6 |   { header = "事業所番号", field = "office" },
  |                                    ^^^^^^^^
"#,
    );
}

#[test]
fn a_header_over_two_columns_is_refused_even_in_another_width() {
    assert_refused(
        "layouts/own.toml",
        r#"
layout = "独自"
record = "care_office"
quotes = "where_needed"
column = [
  { header = "FAX番号", field = "fax" },
  { header = "電話", aliases = ["TEL", "ＦＡＸ 番号"], field = "phone" },
]
"#,
        (6, 38),
        r#"
error: 見出し「ＦＡＸ 番号」が二つの列にあります
 --> mappings/layouts/own.toml:6:38
  |
6 |   { header = "電話", aliases = ["TEL", "ＦＡＸ 番号"], field = "phone" },
  |                                        ^^^^^^^^^^^^^
"#,
    );
}

#[test]
fn an_empty_header_is_refused() {
    assert_refused(
        "layouts/own.toml",
        r#"
layout = "独自"
record = "care_office"
quotes = "where_needed"
column = [
  { header = "　", field = "office" },
]
"#,
        (5, 14),
        r#"
error: 見出しは空にできません
 --> mappings/layouts/own.toml:5:14
  |
5 |   { header = "　", field = "office" },
  |              ^^^^
"#,
    );
}

#[test]
fn an_unknown_code_list_is_refused_with_the_nearest_one() {
    assert_refused(
        "layouts/own.toml",
        r#"
layout = "独自"
record = "client_card"
quotes = "where_needed"
column = [
  { header = "性別", field = "sex", codes = "sexes" },
]
"#,
        (5, 43),
        r#"
error: コード一覧「sexes」はありません
 --> mappings/layouts/own.toml:5:43
  |
5 |   { header = "性別", field = "sex", codes = "sexes" },
  |                                             ^^^^^^^
  |
  = help: 「sex」ではありませんか
"#,
    );
}

#[test]
fn a_code_list_is_refused_where_values_are_no_codes() {
    assert_refused(
        "layouts/own.toml",
        r#"
layout = "独自"
record = "client_card"
quotes = "where_needed"
column = [
  { header = "氏名", field = "name", codes = "sex" },
]
"#,
        (5, 44),
        r#"
error: この項目の値はコードではありません
 --> mappings/layouts/own.toml:5:44
  |
5 |   { header = "氏名", field = "name", codes = "sex" },
  |                                              ^^^^^
"#,
    );
}

#[test]
fn an_unknown_form_is_refused_with_the_nearest_one() {
    assert_refused(
        "layouts/own.toml",
        r#"
layout = "独自"
record = "client_card"
quotes = "where_needed"
column = [
  { header = "生年月日", field = "birth_date", write = "slashes" },
]
"#,
        (5, 52),
        r#"
error: 書き方「slashes」はこの項目に使えません
 --> mappings/layouts/own.toml:5:52
  |
5 |   { header = "生年月日", field = "birth_date", write = "slashes" },
  |                                                        ^^^^^^^^^
  |
  = help: 「slash」ではありませんか
"#,
    );
}

#[test]
fn a_form_that_does_not_suit_its_field_is_refused_with_those_that_do() {
    assert_refused(
        "layouts/own.toml",
        r#"
layout = "独自"
record = "client_card"
quotes = "where_needed"
column = [
  { header = "氏名", field = "name", write = "slash" },
]
"#,
        (5, 44),
        r#"
error: 書き方「slash」はこの項目に使えません
 --> mappings/layouts/own.toml:5:44
  |
5 |   { header = "氏名", field = "name", write = "slash" },
  |                                              ^^^^^^^
  |
  = help: 使えるのは plain
"#,
    );
}

#[test]
fn a_required_field_without_a_column_is_refused() {
    assert_refused(
        "layouts/own.toml",
        r#"
layout = "独自"
record = "care_office"
quotes = "where_needed"
column = [
  { header = "番号", field = "office" },
  { header = "名称", field = "name" },
]
"#,
        (2, 10),
        r#"
error: 必須の項目「service_type」(サービス種類)が結び付いていません
 --> mappings/layouts/own.toml:2:10
  |
2 | record = "care_office"
  |          ^^^^^^^^^^^^^
"#,
    );
}

#[test]
fn an_unknown_record_is_refused_with_the_nearest_one() {
    assert_refused(
        "layouts/own.toml",
        r#"
layout = "独自"
record = "care_offices"
quotes = "where_needed"
column = []
"#,
        (2, 10),
        r#"
error: 記録の種類「care_offices」はありません
 --> mappings/layouts/own.toml:2:10
  |
2 | record = "care_offices"
  |          ^^^^^^^^^^^^^^
  |
  = help: 「care_office」ではありませんか
"#,
    );
}

#[test]
fn a_record_that_is_no_row_of_a_file_is_refused() {
    assert_refused(
        "layouts/own.toml",
        r#"
layout = "独自"
record = "actuals"
quotes = "where_needed"
column = []
"#,
        (2, 10),
        r#"
error: 記録の種類「actuals」はファイルの一行になりません
 --> mappings/layouts/own.toml:2:10
  |
2 | record = "actuals"
  |          ^^^^^^^^^
  |
  = help: 使えるのは care_office、client_card、plan_line、plan_day
"#,
    );
}

#[test]
fn a_field_of_the_grid_without_days_is_refused() {
    assert_refused(
        "layouts/own.toml",
        r#"
layout = "独自"
record = "plan_line"
quotes = "where_needed"
column = [
  { header = "予定{day}", field = "planned" },
]
"#,
        (5, 33),
        r#"
error: 項目「planned」には days = [1, 31] が必要です
 --> mappings/layouts/own.toml:5:33
  |
5 |   { header = "予定{day}", field = "planned" },
  |                                   ^^^^^^^^^
"#,
    );
}

#[test]
fn a_header_of_the_grid_without_the_place_of_the_day_is_refused() {
    assert_refused(
        "layouts/own.toml",
        r#"
layout = "独自"
record = "plan_line"
quotes = "where_needed"
column = [
  { header = "予定", field = "planned", days = [1, 31] },
]
"#,
        (5, 14),
        r#"
error: 日の番号の位置 {day} がありません
 --> mappings/layouts/own.toml:5:14
  |
5 |   { header = "予定", field = "planned", days = [1, 31] },
  |              ^^^^^^
"#,
    );
}

#[test]
fn days_that_are_no_month_are_refused() {
    assert_refused(
        "layouts/own.toml",
        r#"
layout = "独自"
record = "plan_line"
quotes = "where_needed"
column = [
  { header = "予定{day}", field = "planned", days = [1, 30] },
]
"#,
        (5, 51),
        r#"
error: days は [1, 31] だけが使えます
 --> mappings/layouts/own.toml:5:51
  |
5 |   { header = "予定{day}", field = "planned", days = [1, 30] },
  |                                                     ^^^^^^^
"#,
    );
}

#[test]
fn days_on_a_field_without_days_are_refused() {
    assert_refused(
        "layouts/own.toml",
        r#"
layout = "独自"
record = "plan_line"
quotes = "where_needed"
column = [
  { header = "開始{day}", field = "start", days = [1, 31] },
]
"#,
        (5, 49),
        r#"
error: days は日ごとの回数の項目だけに付けられます
 --> mappings/layouts/own.toml:5:49
  |
5 |   { header = "開始{day}", field = "start", days = [1, 31] },
  |                                                   ^^^^^^^
"#,
    );
}

#[test]
fn the_place_of_a_day_in_a_header_without_days_is_refused() {
    assert_refused(
        "layouts/own.toml",
        r#"
layout = "独自"
record = "plan_line"
quotes = "where_needed"
column = [
  { header = "開始{day}", field = "start" },
]
"#,
        (5, 14),
        r#"
error: {day} は days のある列だけに使えます
 --> mappings/layouts/own.toml:5:14
  |
5 |   { header = "開始{day}", field = "start" },
  |              ^^^^^^^^^^^
"#,
    );
}

#[test]
fn an_unknown_key_is_refused_with_the_known_ones() {
    assert_refused(
        "layouts/own.toml",
        r#"
layout = "独自"
record = "care_office"
quotes = "where_needed"
column = [
  { header = "番号", field = "office", alias = "事業所番号" },
]
"#,
        (5, 38),
        r#"
error: 「alias」という項目はありません。使えるのは header、aliases、field、days、codes、write、empty、quotes、always、one_per_file
 --> mappings/layouts/own.toml:5:38
  |
5 |   { header = "番号", field = "office", alias = "事業所番号" },
  |                                        ^^^^^
"#,
    );
}

/// A table without a header that is right but for one entry; `{}` stands where that goes.
fn headerless(entry: &str) -> String {
    r#"
layout = "独自"
record = "care_office"
quotes = "where_needed"
header = "none"
{}
column = [
  { header = "版" },
  { header = "番号", field = "office" },
  { header = "名称", field = "name" },
  { header = "種類", field = "service_type" },
]
"#
    .replace("{}", entry)
}

#[test]
fn a_table_without_a_header_is_taken_when_something_tells_its_files() {
    let own = headerless(r#"known_by = { column = "版", codes = "csv_version" }"#);
    let tables = load_with("standard/own.toml", own.as_bytes()).unwrap();
    let layout = tables.layouts.last().unwrap();
    assert_eq!((layout.name(), layout.narrowest()), ("独自", 4));
    let position = layout.position().unwrap();
    assert!(position.knows(" ２０２４０７ "));
    assert!(!position.knows("4.1"), "a name is for people");
}

#[test]
fn a_table_without_a_header_must_say_what_its_files_are_known_by() {
    assert_refused(
        "standard/own.toml",
        &headerless(""),
        (2, 10),
        r#"
error: 見出しのない表には known_by(何で見分けるか)が必要です
 --> mappings/standard/own.toml:2:10
  |
2 | record = "care_office"
  |          ^^^^^^^^^^^^^
"#,
    );
}

#[test]
fn what_files_are_known_by_is_a_column_of_the_table() {
    assert_refused(
        "standard/own.toml",
        &headerless(r#"known_by = { column = "名前", codes = "csv_version" }"#),
        (5, 23),
        r#"
error: 列「名前」はこの表にありません
 --> mappings/standard/own.toml:5:23
  |
5 | known_by = { column = "名前", codes = "csv_version" }
  |                       ^^^^^^
  |
  = help: 使えるのは 版、番号、名称、種類
"#,
    );
}

#[test]
fn what_files_are_known_by_has_a_code_list() {
    assert_refused(
        "standard/own.toml",
        &headerless(r#"known_by = { column = "版", codes = "csv_versions" }"#),
        (5, 36),
        r#"
error: コード一覧「csv_versions」はありません
 --> mappings/standard/own.toml:5:36
  |
5 | known_by = { column = "版", codes = "csv_versions" }
  |                                     ^^^^^^^^^^^^^^
  |
  = help: 「csv_version」ではありませんか
"#,
    );
}

#[test]
fn a_table_with_a_header_is_known_by_nothing_else() {
    assert_refused(
        "layouts/own.toml",
        r#"
layout = "独自"
record = "care_office"
quotes = "where_needed"
known_by = { column = "番号", codes = "csv_version" }
column = [
  { header = "番号", field = "office" },
  { header = "名称", field = "name" },
  { header = "種類", field = "service_type" },
]
"#,
        (4, 12),
        r#"
error: known_by と file_name は header = "none" の表だけに書けます
 --> mappings/layouts/own.toml:4:12
  |
4 | known_by = { column = "番号", codes = "csv_version" }
  |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
"#,
    );
}

#[test]
fn a_part_of_a_file_name_that_is_none_is_refused_with_the_nearest_one() {
    assert_refused(
        "standard/own.toml",
        &headerless(
            "known_by = { column = \"版\", codes = \"csv_version\" }\n\
             file_name = { begins = \"X\", parts = [\"sendr\", \"serial\"] }",
        ),
        (6, 38),
        r#"
error: ファイル名の部分「sendr」はありません
 --> mappings/standard/own.toml:6:38
  |
6 | file_name = { begins = "X", parts = ["sendr", "serial"] }
  |                                      ^^^^^^^
  |
  = help: 「sender」ではありませんか
"#,
    );
}

#[test]
fn a_file_name_ends_with_what_tells_the_newer_file() {
    assert_refused(
        "standard/own.toml",
        &headerless(
            "known_by = { column = \"版\", codes = \"csv_version\" }\n\
             file_name = { begins = \"X\", parts = [\"month\"] }",
        ),
        (6, 24),
        r#"
error: parts の最後は serial です(どちらのファイルが新しいかを決めます)
 --> mappings/standard/own.toml:6:24
  |
6 | file_name = { begins = "X", parts = ["month"] }
  |                        ^^^
"#,
    );
}

#[test]
fn a_text_for_no_value_that_is_a_value_as_well_is_refused() {
    assert_refused(
        "layouts/own.toml",
        r#"
layout = "独自"
record = "plan_line"
quotes = "where_needed"
column = [
  { header = "開始", field = "start", empty = "2359" },
]
"#,
        (5, 45),
        r#"
error: 「2359」はこの項目の値としても読めるので、逆に読めません
 --> mappings/layouts/own.toml:5:45
  |
5 |   { header = "開始", field = "start", empty = "2359" },
  |                                               ^^^^^^
"#,
    );
}

#[test]
fn nothing_is_said_about_the_values_of_a_column_that_is_not_used() {
    assert_refused(
        "layouts/own.toml",
        r#"
layout = "独自"
record = "care_office"
quotes = "where_needed"
column = [
  { header = "備考", write = "slash" },
]
"#,
        (5, 28),
        r#"
error: field のない列には書けません
 --> mappings/layouts/own.toml:5:28
  |
5 |   { header = "備考", write = "slash" },
  |                              ^^^^^^^
"#,
    );
}

#[test]
fn only_clients_can_be_completed() {
    assert_refused(
        "layouts/own.toml",
        r#"
layout = "独自"
record = "care_office"
quotes = "where_needed"
completes = true
column = [
]
"#,
        (4, 13),
        r"
error: completes は client_card の表だけに書けます
 --> mappings/layouts/own.toml:4:13
  |
4 | completes = true
  |             ^^^^
",
    );
}

#[test]
fn text_that_is_no_toml_is_refused() {
    assert_refused(
        "layouts/own.toml",
        r#"
layout = "独自"
record = care_office
"#,
        (2, 10),
        r#"
error: 書き方が正しくありません。文字の値は " で囲み、数はそのまま書きます
 --> mappings/layouts/own.toml:2:10
  |
2 | record = care_office
  |          ^^^^^^^^^^^
"#,
    );
}

#[test]
fn an_empty_layout_is_refused() {
    assert_refused(
        "layouts/own.toml",
        "",
        (1, 1),
        r"
error: 「layout」がありません
 --> mappings/layouts/own.toml:1:1
  |
1 |
  | ^
",
    );
}

#[test]
fn a_word_that_means_two_codes_is_refused_because_it_cannot_be_read_back() {
    assert_refused(
        "codes/sex.csv",
        r"
コード,名称,別名
1,男,男性
2,女,女性|男
",
        (3, 1),
        r"
error: 「男」が二つのコードを指しているので、逆に読めません
 --> mappings/codes/sex.csv:3:1
  |
3 | 2,女,女性|男
  | ^^^^^^^^^^^^
",
    );
}

#[test]
fn a_code_without_a_name_is_refused() {
    assert_refused(
        "codes/sex.csv",
        r"
コード,名称,別名
1,男,男性
2,,女性
",
        (3, 1),
        r"
error: 名称は空にできません
 --> mappings/codes/sex.csv:3:1
  |
3 | 2,,女性
  | ^^^^^^^
",
    );
}

#[test]
fn a_code_list_without_its_headers_is_refused() {
    assert_refused(
        "codes/sex.csv",
        r"
コード,名前,別名
1,男,男性
",
        (1, 1),
        r"
error: 見出し「名称」がありません
 --> mappings/codes/sex.csv:1:1
  |
1 | コード,名前,別名
  | ^^^^^^^^^^^^^^^^
",
    );
}

#[test]
fn an_empty_code_list_is_refused() {
    assert_refused(
        "codes/sex.csv",
        "",
        (1, 1),
        r"
error: 見出し「コード」がありません
 --> mappings/codes/sex.csv:1:1
  |
1 |
  | ^
",
    );
}

#[test]
fn a_code_list_that_lacks_a_code_is_refused_where_it_is_named() {
    assert_refused(
        "codes/sex.csv",
        r"
コード,名称,別名
1,男,男性
",
        (33, 9),
        r#"
error: コード一覧「sex」にコード「2」がないので、逆に読めません
  --> mappings/layouts/clients.toml:33:9
   |
33 | codes = "sex"
   |         ^^^^^
"#,
    );
}

#[test]
fn a_pointer_that_two_fields_use_is_refused() {
    assert_refused(
        "carewing/care_office.toml",
        r#"
record = "care_office"
key = ["office"]
member = [
  { pointer = "/office", field = "office" },
  { pointer = "/office", field = "name" },
]
"#,
        (5, 15),
        r#"
error: この位置はほかの項目が使っています
 --> mappings/carewing/care_office.toml:5:15
  |
5 |   { pointer = "/office", field = "name" },
  |               ^^^^^^^^^
"#,
    );
}

#[test]
fn a_pointer_through_another_field_is_refused() {
    assert_refused(
        "carewing/care_office.toml",
        r#"
record = "care_office"
key = ["office"]
member = [
  { pointer = "/office", field = "office" },
  { pointer = "/office/name", field = "name" },
]
"#,
        (5, 15),
        r#"
error: この位置はほかの項目が使っています
 --> mappings/carewing/care_office.toml:5:15
  |
5 |   { pointer = "/office/name", field = "name" },
  |               ^^^^^^^^^^^^^^
"#,
    );
}

#[test]
fn a_pointer_without_its_slash_is_refused() {
    assert_refused(
        "carewing/care_office.toml",
        r#"
record = "care_office"
key = ["office"]
member = [
  { pointer = "office", field = "office" },
]
"#,
        (4, 15),
        r#"
error: 位置は「/」で始まります(例: /client/name)
 --> mappings/carewing/care_office.toml:4:15
  |
4 |   { pointer = "office", field = "office" },
  |               ^^^^^^^^
"#,
    );
}

#[test]
fn a_field_at_two_pointers_is_refused() {
    assert_refused(
        "carewing/care_office.toml",
        r#"
record = "care_office"
key = ["office"]
member = [
  { pointer = "/office", field = "office" },
  { pointer = "/number", field = "office" },
]
"#,
        (5, 34),
        r#"
error: 項目「office」が二か所に結び付いています
 --> mappings/carewing/care_office.toml:5:34
  |
5 |   { pointer = "/number", field = "office" },
  |                                  ^^^^^^^^
"#,
    );
}

#[test]
fn a_payload_without_a_required_field_is_refused() {
    assert_refused(
        "carewing/care_office.toml",
        r#"
record = "care_office"
key = ["office"]
member = [
  { pointer = "/office", field = "office" },
]
"#,
        (1, 10),
        r#"
error: 必須の項目「name」(名称・氏名)が結び付いていません
 --> mappings/carewing/care_office.toml:1:10
  |
1 | record = "care_office"
  |          ^^^^^^^^^^^^^
"#,
    );
}

#[test]
fn a_payload_of_another_record_is_refused() {
    assert_refused(
        "carewing/care_office.toml",
        r#"
# 事業所を送る形
record = "client"
key = ["insurer", "insured"]
member = []
"#,
        (2, 10),
        r#"
error: record は care_office でなければなりません
 --> mappings/carewing/care_office.toml:2:10
  |
2 | record = "client"
  |          ^^^^^^^^
"#,
    );
}

#[test]
fn a_key_without_a_field_is_refused() {
    assert_refused(
        "carewing/plan.toml",
        r#"
record = "monthly_plan"
key = []
member = [
  { pointer = "/o", field = "office" },
  { pointer = "/m", field = "month" },
  { pointer = "/i", field = "insurer" },
  { pointer = "/n", field = "insured" },
  { pointer = "/v/*/d", field = "visits.date" },
  { pointer = "/v/*/s", field = "visits.start" },
  { pointer = "/v/*/e", field = "visits.end" },
  { pointer = "/v/*/c", field = "visits.service_code" },
  { pointer = "/a/*/c", field = "add_ons.service_code" },
]
"#,
        (2, 7),
        r"
error: key には一件を見分ける項目が必要です
 --> mappings/carewing/plan.toml:2:7
  |
2 | key = []
  |       ^^
",
    );
}

#[test]
fn a_key_that_may_be_empty_is_refused() {
    assert_refused(
        "carewing/care_office.toml",
        r#"
record = "care_office"
key = ["office", "fax"]
member = [
  { pointer = "/office", field = "office" },
  { pointer = "/name", field = "name" },
  { pointer = "/type", field = "service_type" },
]
"#,
        (2, 18),
        r#"
error: 空でもよい項目「fax」は key にできません
 --> mappings/carewing/care_office.toml:2:18
  |
2 | key = ["office", "fax"]
  |                  ^^^^^
"#,
    );
}

#[test]
fn a_field_of_a_list_without_its_star_is_refused() {
    assert_refused(
        "carewing/plan.toml",
        r#"
record = "monthly_plan"
key = ["office"]
member = [
  { pointer = "/visits/date", field = "visits.date" },
]
"#,
        (4, 15),
        r#"
error: 一覧の項目の位置には「*」が一つ必要です
 --> mappings/carewing/plan.toml:4:15
  |
4 |   { pointer = "/visits/date", field = "visits.date" },
  |               ^^^^^^^^^^^^^^
"#,
    );
}

#[test]
fn a_star_without_a_list_is_refused() {
    assert_refused(
        "carewing/plan.toml",
        r#"
record = "monthly_plan"
key = ["office"]
member = [
  { pointer = "/visits/*/office", field = "office" },
]
"#,
        (4, 15),
        r#"
error: 一覧の項目ではないのに「*」があります
 --> mappings/carewing/plan.toml:4:15
  |
4 |   { pointer = "/visits/*/office", field = "office" },
  |               ^^^^^^^^^^^^^^^^^^
"#,
    );
}

#[test]
fn a_star_that_follows_no_name_is_refused() {
    assert_refused(
        "carewing/plan.toml",
        r#"
record = "monthly_plan"
key = ["office"]
member = [
  { pointer = "/*/date", field = "visits.date" },
]
"#,
        (4, 15),
        r#"
error: 「*」の前には一覧の名前が必要です(例: /visits/*/date)
 --> mappings/carewing/plan.toml:4:15
  |
4 |   { pointer = "/*/date", field = "visits.date" },
  |               ^^^^^^^^^
"#,
    );
}

#[test]
fn a_star_at_the_end_is_refused() {
    assert_refused(
        "carewing/plan.toml",
        r#"
record = "monthly_plan"
key = ["office"]
member = [
  { pointer = "/visits/*", field = "visits.date" },
]
"#,
        (4, 15),
        r#"
error: 位置が「*」で終わっています
 --> mappings/carewing/plan.toml:4:15
  |
4 |   { pointer = "/visits/*", field = "visits.date" },
  |               ^^^^^^^^^^^
"#,
    );
}

#[test]
fn a_list_in_two_places_is_refused() {
    assert_refused(
        "carewing/plan.toml",
        r#"
record = "monthly_plan"
key = ["office"]
member = [
  { pointer = "/visits/*/date", field = "visits.date" },
  { pointer = "/times/*/start", field = "visits.start" },
]
"#,
        (5, 15),
        r#"
error: 一覧「visits」は別の位置「/visits」にあります
 --> mappings/carewing/plan.toml:5:15
  |
5 |   { pointer = "/times/*/start", field = "visits.start" },
  |               ^^^^^^^^^^^^^^^^
"#,
    );
}

#[test]
fn an_unknown_list_is_refused_with_the_nearest_one() {
    assert_refused(
        "carewing/plan.toml",
        r#"
record = "monthly_plan"
key = ["office"]
member = [
  { pointer = "/visits/*/date", field = "visit.date" },
]
"#,
        (4, 41),
        r#"
error: 一覧「visit」はありません
 --> mappings/carewing/plan.toml:4:41
  |
4 |   { pointer = "/visits/*/date", field = "visit.date" },
  |                                         ^^^^^^^^^^^^
  |
  = help: 「visits」ではありませんか
"#,
    );
}

#[test]
fn an_unknown_field_of_a_list_is_refused_with_the_nearest_one() {
    assert_refused(
        "carewing/plan.toml",
        r#"
record = "monthly_plan"
key = ["office"]
member = [
  { pointer = "/visits/*/start", field = "visits.strat" },
]
"#,
        (4, 42),
        r#"
error: 項目「strat」は visit にありません
 --> mappings/carewing/plan.toml:4:42
  |
4 |   { pointer = "/visits/*/start", field = "visits.strat" },
  |                                          ^^^^^^^^^^^^^^
  |
  = help: 「start」ではありませんか
"#,
    );
}

#[test]
fn a_wrong_class_is_refused_with_the_nearest_one() {
    assert_refused(
        "codes/service_codes.csv",
        r"
サービスコード,保険者番号,名称,区分,単位数,有効開始,有効終了
111111,,身体介護１,訪問,244,2024/06,
114001,,初回加算,月ごと加算,,2024/06,
",
        (3, 1),
        r"
error: 区分「月ごと加算」はありません
 --> mappings/codes/service_codes.csv:3:1
  |
3 | 114001,,初回加算,月ごと加算,,2024/06,
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: 「月ごとの加算」ではありませんか
",
    );
}

#[test]
fn overlapping_periods_of_a_code_are_refused() {
    assert_refused(
        "codes/service_codes.csv",
        r"
サービスコード,保険者番号,名称,区分,単位数,有効開始,有効終了
111111,,身体介護１,訪問,244,2021/04,2024/06
111111,,身体介護１,訪問,244,2024/06,
",
        (3, 1),
        r"
error: 同じコードの有効期間が重なっています
 --> mappings/codes/service_codes.csv:3:1
  |
3 | 111111,,身体介護１,訪問,244,2024/06,
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
",
    );
}

#[test]
fn a_period_that_ends_before_it_begins_is_refused() {
    assert_refused(
        "codes/service_codes.csv",
        r"
サービスコード,保険者番号,名称,区分,単位数,有効開始,有効終了
111111,,身体介護１,訪問,244,2024/06,2024/05
",
        (2, 1),
        r"
error: 有効終了が有効開始より前です
 --> mappings/codes/service_codes.csv:2:1
  |
2 | 111111,,身体介護１,訪問,244,2024/06,2024/05
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
",
    );
}

#[test]
fn an_insurer_on_a_code_of_the_nation_is_refused() {
    assert_refused(
        "codes/service_codes.csv",
        r"
サービスコード,保険者番号,名称,区分,単位数,有効開始,有効終了
A21111,131128,独自１１,月額,1176,2024/06,
111111,131128,身体介護１,訪問,244,2024/06,
",
        (3, 1),
        r"
error: 保険者番号は、保険者が定めるコード(A2・A3・A4)だけに書けます
 --> mappings/codes/service_codes.csv:3:1
  |
3 | 111111,131128,身体介護１,訪問,244,2024/06,
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
",
    );
}

#[test]
fn a_service_code_of_another_width_is_refused() {
    assert_refused(
        "codes/service_codes.csv",
        r"
サービスコード,保険者番号,名称,区分,単位数,有効開始,有効終了
111111,,身体介護１,訪問,244,2024/06,
11111,,身体介護１,訪問,244,2024/06,
",
        (3, 1),
        r"
error: サービスコードは英大文字と数字の6桁です
 --> mappings/codes/service_codes.csv:3:1
  |
3 | 11111,,身体介護１,訪問,244,2024/06,
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
",
    );
}

#[test]
fn an_error_stands_in_its_line_where_lines_end_in_cr_lf() {
    assert_refused(
        "layouts/own.toml",
        &r#"
layout = "独自"
record = "care_office"
quotes = "where_needed"
column = [
  { header = "番号", field = "offcie" },
]
"#
        .replace('\n', "\r\n"),
        (5, 28),
        r#"
error: 項目「offcie」は care_office にありません
 --> mappings/layouts/own.toml:5:28
  |
5 |   { header = "番号", field = "offcie" },
  |                              ^^^^^^^^
  |
  = help: 「office」ではありませんか
"#,
    );
}

#[test]
fn an_error_in_csv_stands_in_its_line_where_lines_end_in_cr_lf() {
    assert_refused(
        "codes/sex.csv",
        concat!(
            "\u{feff}コード,名称,別名\r\n",
            "1,男,男性\r\n",
            "2,女,男\r\n",
        ),
        (3, 1),
        r"
error: 「男」が二つのコードを指しているので、逆に読めません
 --> mappings/codes/sex.csv:3:1
  |
3 | 2,女,男
  | ^^^^^^^
",
    );
}

#[test]
fn an_error_stands_in_its_line_behind_a_cell_of_two_lines() {
    assert_refused(
        "codes/sex.csv",
        r#"
コード,名称,別名
1,"男
性",

2,女,1
"#,
        (5, 1),
        r"
error: 「1」が二つのコードを指しているので、逆に読めません
 --> mappings/codes/sex.csv:5:1
  |
5 | 2,女,1
  | ^^^^^^
",
    );
}

#[test]
fn a_table_in_another_encoding_is_refused_as_a_whole() {
    let shift_jis = b"\x83R\x81[\x83h,\x96\xBC\x8F\xCC\r\n";
    let Err(TablesError::Table(error)) = load_with("codes/sex.csv", shift_jis) else {
        panic!("the table is not UTF-8");
    };
    assert_eq!(
        (error.file(), error.line_and_column()),
        ("codes/sex.csv", None)
    );
    assert_eq!(
        error.to_string(),
        "error: 文字コードが UTF-8 ではありません(Excel では「CSV UTF-8」で保存してください)\n\
         --> mappings/codes/sex.csv"
    );
}

#[test]
fn an_alias_may_repeat_its_own_header_in_another_width() {
    let own = r#"
layout = "独自"
record = "care_office"
quotes = "always"
column = [
  { header = "事業所番号", field = "office" },
  { header = "名称", field = "name" },
  { header = "サービス種類", field = "service_type" },
  { header = "FAX", aliases = ["ＦＡＸ"], field = "fax" },
]
"#;
    let tables = load_with("layouts/own.toml", own.as_bytes()).unwrap();
    assert_eq!(
        tables.layouts.last().unwrap().column_named("ＦＡＸ"),
        Some(3)
    );
}

#[test]
fn a_slash_and_a_tilde_in_a_name_are_escaped_in_its_pointer_only() {
    let own = r#"
record = "care_office"
key = ["office"]
member = [
  { pointer = "/office", field = "office" },
  { pointer = "/name~1kana", field = "name" },
  { pointer = "/service~0type", field = "service_type" },
]
"#;
    let tables = load_with("carewing/care_office.toml", own.as_bytes()).unwrap();
    let payload = &tables.care_office;
    let item = r#"{"office":"1370100018","name/kana":"支援","service~type":"43"}"#;
    let json: Json = serde_json::from_str(item).unwrap();
    let read = payload.read(&json).unwrap();
    assert_eq!(String::from_utf8(bytes_of(payload, &read)).unwrap(), item);
    assert_eq!(payload.pointer(Field::Name).as_deref(), Some("/name~1kana"));
    let name = Spot {
        element: None,
        field: Some(Field::Name),
    };
    assert_eq!(payload.spot("/name~1kana"), Some(name));
}

#[test]
fn a_payload_sends_the_words_of_its_code_lists() {
    let own = r#"
record = "client"
key = ["insurer", "insured"]
member = [
  { pointer = "/insurer", field = "insurer" },
  { pointer = "/insured", field = "insured" },
  { pointer = "/name", field = "name" },
  { pointer = "/sex", field = "sex", codes = "sex" },
  { pointer = "/born", field = "birth_date", write = "compact" },
  { pointer = "/cards/*/level", field = "cards.care_level", codes = "care_level" },
  { pointer = "/cards/*/from", field = "cards.certified_from", write = "slash" },
  { pointer = "/cards/*/to", field = "cards.certified_to" },
  { pointer = "/cards/*/copay", field = "cards.copay", codes = "copay" },
]
"#;
    let tables = load_with("carewing/client.toml", own.as_bytes()).unwrap();
    let item = r#"{"insurer":"131128","insured":"0000123456","name":"試験 花子","sex":"女","#
        .to_owned()
        + r#""born":"19370304","cards":[{"level":"要介護３","from":"2026/04/01","#
        + r#""to":"2028-03-31","copay":"1割"}]}"#;
    let json: Json = serde_json::from_str(&item).unwrap();
    let read = tables.client.read(&json).unwrap();
    assert_eq!(
        String::from_utf8(bytes_of(&tables.client, &read)).unwrap(),
        item
    );
}

/// Lays one table into an office folder's `mappings/` and expects the whole refusal. The
/// line break after the opening quotation mark of `text` and `shown` does not count.
fn assert_refused(path: &str, text: &str, place: (usize, usize), shown: &str) {
    let text = text.trim_start_matches(['\r', '\n']);
    let Err(TablesError::Table(error)) = load_with(path, text.as_bytes()) else {
        panic!("the table was taken");
    };
    assert_eq!(error.to_string(), shown.trim_matches('\n'));
    assert_eq!(error.line_and_column(), Some(place));
    assert!(shown.contains(&format!(" mappings/{}:", error.file())));
}

fn load_with(path: &str, table: &[u8]) -> Result<Tables, TablesError> {
    let office = tempfile::tempdir().expect("a temporary folder");
    let file = office.path().join(path);
    disk::make_folder(file.parent().expect("a table lies in a folder")).expect("made");
    disk::write(&file, table).expect("written");
    Tables::load(Some(office.path()))
}

#[test]
fn a_table_under_a_name_that_nobody_looks_for_is_refused() {
    for (path, nearest) in [
        ("carewing/plans.toml", "carewing/plan.toml"),
        ("layouts/plan.csv", "layouts/plan.toml"),
        ("codes/sex.toml", "codes/sex.csv"),
    ] {
        let error = load_with(path, b"").expect_err(path).to_string();
        assert!(error.contains(path), "{error}");
        assert!(error.contains(nearest), "{error}");
    }
    load_with("layouts/plan.toml.bak", b"anything").expect("a copy that nobody reads");
}

#[test]
fn a_layout_with_a_start_and_no_end_is_refused() {
    let (_, plan) = shipped()
        .find(|(path, _)| *path == "layouts/plan.toml")
        .expect("shipped");
    let plan = std::str::from_utf8(&plan).expect("a table is UTF-8");
    let (head, tail) = plan
        .split_once("[[column]]\nheader = \"終了時刻\"")
        .expect("a column");
    let (_, tail) = tail.split_once("[[column]]").expect("the next column");
    let half = format!("{head}[[column]]{tail}");
    let error = load_with("layouts/plan.toml", half.as_bytes()).expect_err("half a time");
    assert!(error.to_string().contains("両方の列が必要です"), "{error}");
}
