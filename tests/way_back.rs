//! The law of the way back: a plan that goes to Care-wing, is done as planned and approved,
//! comes back as the plan's own lines, cell for cell; and what was done stands in the files
//! for the care-management offices, each visit once.
//!
//! Nothing stands in between but bytes: the plan is a file, what goes to Care-wing and what
//! comes from there is JSON, and what is written is read again.

#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use encoding_rs::SHIFT_JIS;
use proptest::prelude::*;
use rakuwing::check::{self, MonthRules, Roster, Scope, SentMonths, Waiting, Wanted};
use rakuwing::disk;
use rakuwing::finding::Fate;
use rakuwing::fold::{self, FoldRules, PutAside};
use rakuwing::jobs::drafts::{Drafts, Facts};
use rakuwing::jobs::national_plans::ProRatedOn;
use rakuwing::jobs::{inbox, retrieval};
use rakuwing::model::{
    ActualDay, AddOns, CareLevel, CivilDate, CivilTime, Client, ClientId, ClockRange, DayCounts,
    InsuranceCard, InsuredNumber, InsurerNumber, Mark, OfficeNumber, PlanLine, Record, ServiceCode,
    ServiceType, TimeLimits, YearMonth,
};
use rakuwing::payload::{self, lines};
use rakuwing::table::{Calendar, Layout, Tables};
use rakuwing::write::{RowWriter, Rows};
use serde_json::{Value as Json, json};

static TABLES: LazyLock<Tables> =
    LazyLock::new(|| Tables::load(None).expect("the shipped tables are right"));

const OFFICE: &str = "1370100016";
/// The care-management offices: one until the middle of the month, another one after.
const RECEIVERS: [&str; 2] = ["1370000018", "1300100037"];
const MIDDLE: u32 = 15;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_done_as_planned_comes_back_cell_for_cell(
        (month, plan) in any_plan(),
        mark in prop::sample::select(vec![Mark::Actual, Mark::Both]),
        page in 1..7usize,
        turn in any::<prop::sample::Index>(),
    ) {
        let (bodies, planned) = sent(month, &plan);
        let pages = approved(&bodies, page, turn, 0);
        let done = retrieved(month, mark, &pages, &planned);

        let before = cells(&file_of(&plan));
        let mut expected: Vec<Vec<String>> = before[1..].iter().map(|row| answered(row, mark)).collect();
        expected.sort();
        let after = cells(&done.grid);
        prop_assert_eq!(&after[0], &before[0]);
        let mut rows = after[1..].to_vec();
        rows.sort();
        prop_assert_eq!(rows, expected);
    }

    #[test]
    fn what_was_done_stands_in_the_files_of_the_care_offices_each_once(
        (month, plan) in any_plan(),
        late in 0..7u16,
        turn in any::<prop::sample::Index>(),
    ) {
        let (bodies, planned) = sent(month, &plan);
        let pages = approved(&bodies, 5, turn, late);
        let done = retrieved(month, Mark::Actual, &pages, &planned);
        let mut told = BTreeMap::new();
        for (receiver, file) in &done.told {
            for service in read_back(file) {
                prop_assert_eq!(service.receiver.as_str(), receiver.as_str());
                *told.entry(service.what).or_insert(0) += service.count;
            }
        }
        prop_assert_eq!(told, services(&pages));
    }
}

// ---- A plan, as 楽すけ exports it ----

const VISITS: [&str; 4] = ["111111", "117211", "A21111", "119999"];
/// The client whom a town's own program looks after.
const OF_A_TOWN: usize = 1;
const NAMES: [&str; 3] = ["見本　一郎", "髙橋　例", "例, \"花子\""];

fn any_month() -> impl Strategy<Value = YearMonth> {
    let months = [(2027, 2), (2028, 2), (2026, 11), (2026, 10)];
    let month = |(year, month)| YearMonth::new(year, month).unwrap();
    prop::sample::select(months.map(month).to_vec())
}

fn any_days(month: YearMonth, most: u8) -> impl Strategy<Value = DayCounts> {
    let counts = prop::collection::btree_map(1..=month.days(), 1..=most, 1..8);
    counts.prop_map(|counts| {
        let mut days = DayCounts::default();
        for (day, count) in counts {
            days.set(day, count);
        }
        days
    })
}

fn any_hours() -> impl Strategy<Value = ClockRange> {
    (
        0u16..24,
        prop::sample::select(vec![0u16, 20]),
        prop::sample::select(vec![30u16, 60, 90]),
    )
        .prop_map(|(hour, minute, length)| hours(hour * 60 + minute, length))
}

fn hours(start: u16, length: u16) -> ClockRange {
    let time = |minutes: u16| CivilTime::new(minutes / 60, minutes % 60).unwrap();
    ClockRange::new(time(start), time((start + length) % 1440)).unwrap()
}

/// A client's lines: visits, and add-ons no more often than their class allows.
fn any_lines(
    month: YearMonth,
) -> impl Strategy<Value = Vec<(String, Option<ClockRange>, DayCounts)>> {
    let visit = (
        prop::sample::select(VISITS.to_vec()),
        any_hours(),
        any_days(month, 2),
    );
    let visits = prop::collection::vec(visit, 0..4);
    let once = (1..=month.days()).prop_map(|day| {
        let mut days = DayCounts::default();
        days.set(day, 1);
        days
    });
    (
        visits,
        once.clone(),
        once,
        any_days(month, 1),
        any_days(month, 1),
        0..32u8,
    )
        .prop_map(|(visits, first, fee, daily, urgent, chosen)| {
            let add_ons = [
                ("114001", None, first),
                ("A21111", None, fee),
                ("114004", None, daily),
                ("114000", Some(hours(540, 30)), urgent),
            ];
            let chosen = add_ons
                .into_iter()
                .enumerate()
                .filter(|(at, _)| chosen >> at & 1 == 1);
            let visits = visits
                .into_iter()
                .map(|(code, hours, days)| (code, Some(hours), days));
            let all = visits.chain(chosen.map(|(_, add_on)| add_on));
            all.map(|(code, hours, days)| (code.to_owned(), hours, days))
                .collect()
        })
}

fn any_plan() -> impl Strategy<Value = (YearMonth, Vec<PlanLine>)> {
    let of_month = |month: YearMonth| {
        let clients = prop::collection::vec(any_lines(month), 1..4);
        clients.prop_map(move |clients| {
            let lines = clients.into_iter().enumerate().flat_map(|(at, lines)| {
                // Nobody's level admits both, the care of 11 and the towns' own.
                let is_theirs = move |code: &str| code.starts_with("A2") == (at == OF_A_TOWN);
                lines
                    .into_iter()
                    .filter(move |(code, ..)| is_theirs(code))
                    .map(move |(code, hours, planned)| PlanLine {
                        month,
                        office: office(OFFICE),
                        client: client(at),
                        name: NAMES[at].into(),
                        code: ServiceCode::parse(&code).unwrap(),
                        service_name: format!("サービス{code}").into(),
                        hours,
                        planned,
                        planned_total: Some(planned.total()),
                        actual: DayCounts::default(),
                        actual_total: None,
                    })
            });
            (month, lines.collect::<Vec<_>>())
        })
    };
    let plans = any_month().prop_flat_map(of_month);
    plans.prop_filter("something is planned", |(_, plan)| !plan.is_empty())
}

fn office(number: &str) -> OfficeNumber {
    OfficeNumber::parse(number).unwrap()
}

fn client(at: usize) -> ClientId {
    ClientId {
        insurer: InsurerNumber::parse("131128").unwrap(),
        insured: InsuredNumber::parse(&format!("{:010}", 100_001 + at)).unwrap(),
    }
}

fn file_of(plan: &[PlanLine]) -> Vec<u8> {
    let grid = TABLES.grid().unwrap();
    let mut writer = RowWriter::new(grid);
    let (mut file, mut rows) = (Vec::new(), Rows::default());
    writer.header(&mut file).unwrap();
    for line in plan {
        writer.row(line, &mut rows, &mut BTreeSet::new()).unwrap();
    }
    rows.fill("", &mut file);
    file
}

// ---- To Care-wing and back ----

/// The items as they are sent, and what is remembered of them.
fn sent(month: YearMonth, plan: &[PlanLine]) -> (Vec<Json>, BTreeMap<ClientId, Vec<PlanLine>>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("予定.csv");
    disk::write(&path, &file_of(plan)).unwrap();
    let mut inputs = inbox::read(&[path], Wanted::Plans, &TABLES).unwrap();
    let scope = Scope {
        offices: [office(OFFICE)].into(),
        month: Some(month),
    };
    let rules = MonthRules {
        rates: &TABLES.unit_prices,
        scope: &scope,
        services: &TABLES.services,
        add_ons: AddOns::With,
        roster: None,
        waiting: &Waiting::new(),
        sent: &SentMonths::new(),
    };
    let months = check::months::check(&mut inputs.gathered, &rules).unwrap();
    let (mut bodies, mut planned) = (Vec::new(), BTreeMap::new());
    for (item, remembered) in payload::months(months, &TABLES.plan) {
        bodies.push(serde_json::from_slice(&item.body).unwrap());
        let lines = lines::restore(&remembered).unwrap().into_iter();
        let lines: Vec<PlanLine> = lines.map(|of| of.line).collect();
        planned.insert(lines[0].client, lines);
    }
    (bodies, planned)
}

/// What Care-wing hands out when everything was done, some minutes late, and approved: in any
/// order, page by page.
fn approved(bodies: &[Json], page: usize, turn: prop::sample::Index, late: u16) -> Vec<Vec<u8>> {
    let (mut visits, mut add_ons) = (Vec::new(), Vec::new());
    for body in bodies {
        for (list, records) in [("visits", &mut visits), ("add_ons", &mut add_ons)] {
            for planned in body[list].as_array().unwrap() {
                let mut record = planned.clone();
                record["id"] = json!(format!("{list}-{}", records.len()));
                record["office"] = body["office"].clone();
                record["client"] = body["client"].clone();
                record["approved_at"] = json!("2028-03-01T18:00:00+09:00");
                if list == "visits" {
                    record["planned_start"] = planned["start"].clone();
                    record["planned_end"] = planned["end"].clone();
                }
                for end in ["start", "end"] {
                    if let Some(time) = planned[end].as_str() {
                        record[end] = json!(later(time, late));
                    }
                }
                records.push(record);
            }
        }
    }
    for records in [&mut visits, &mut add_ons] {
        let length = records.len();
        if length > 0 {
            records.rotate_left(turn.index(length));
        }
    }
    let pages = visits.len().max(add_ons.len()).div_ceil(page).max(1);
    let part = |records: &[Json], at: usize| -> Vec<Json> {
        records.iter().skip(at * page).take(page).cloned().collect()
    };
    (0..pages)
        .map(|at| {
            let page = json!({
                "visits": part(&visits, at),
                "add_ons": part(&add_ons, at),
                "unapproved": [],
                "total": visits.len() + add_ons.len(),
                "snapshot": "s1",
            });
            page.to_string().into_bytes()
        })
        .collect()
}

/// A time of day some minutes later, but never on the next day: the day would be another one.
fn later(time: &str, minutes: u16) -> String {
    let (hour, minute) = time.split_once(':').unwrap();
    let at = hour.parse::<u16>().unwrap() * 60 + minute.parse::<u16>().unwrap();
    let at = (at + minutes) % 1440;
    format!("{:02}:{:02}", at / 60, at % 60)
}

// ---- What is written ----

struct Done {
    grid: Vec<u8>,
    /// For each file of a care-management office, to whom it goes and what it says.
    told: Vec<(OfficeNumber, Vec<u8>)>,
}

fn retrieved(
    month: YearMonth,
    mark: Mark,
    pages: &[Vec<u8>],
    planned: &BTreeMap<ClientId, Vec<PlanLine>>,
) -> Done {
    let roster: Roster = (0..NAMES.len()).map(|at| known(at, month)).collect();
    let offices = [office(OFFICE)];
    let rules = FoldRules {
        offices: &offices,
        month,
        add_ons: AddOns::With,
        mark,
        limits: TimeLimits::USUAL,
        services: &TABLES.services,
        roster: &roster,
        planned,
        put_aside: &PutAside::new(),
    };
    let actual = retrieval::read(&TABLES.actuals, pages).unwrap();
    let mut folded = fold::fold(actual, &rules).unwrap();
    let care_offices = ServiceType::parse("43").unwrap();
    let facts = Facts {
        tables: &TABLES,
        roster: &roster,
        month,
        pro_rated: ProRatedOn::default(),
        receivers: Some(
            RECEIVERS
                .map(|of| (office(of), care_offices))
                .into_iter()
                .collect(),
        ),
        office_name: "見本訪問介護".to_owned(),
    };
    let layout = TABLES.grid().unwrap();
    let drafts = Drafts::of(&mut folded, layout, &facts).unwrap();
    assert_eq!(folded.book.count(Fate::Withheld), 0);
    let mut grid = Vec::new();
    RowWriter::new(layout).header(&mut grid).unwrap();
    drafts.grid.fill("", &mut grid);
    let told = drafts.told.iter().map(|(subject, draft)| {
        let mut file = Vec::new();
        draft.rows.fill("20280301", &mut file);
        (subject.receiver, file)
    });
    Done {
        grid,
        told: told.collect(),
    }
}

fn known(at: usize, month: YearMonth) -> Client {
    let day = |day| month.day(day).unwrap();
    let card = |from, to, receiver| InsuranceCard {
        care_level: if at == OF_A_TOWN {
            CareLevel::Support1
        } else {
            CareLevel::Care3
        },
        certified_from: from,
        certified_to: to,
        limit_units: None,
        copay: None,
        care_office: Some(office(receiver)),
        care_manager: "例 \"恵子\"".to_owned(),
        public_payer: None,
        public_recipient: None,
    };
    Client {
        id: client(at),
        name: NAMES[at].to_owned(),
        kana: String::new(),
        sex: None,
        birth_date: CivilDate::new(1940, 1, 20).unwrap(),
        postal_code: String::new(),
        address: String::new(),
        phone: String::new(),
        hidden: false,
        cards: vec![
            card(day(1), day(MIDDLE), RECEIVERS[0]),
            card(day(MIDDLE + 1), day(month.days()), RECEIVERS[1]),
        ],
    }
}

// ---- What is read again ----

/// The cells of a CP932 file.
fn cells(file: &[u8]) -> Vec<Vec<String>> {
    let (text, _, broken) = SHIFT_JIS.decode(file);
    assert!(!broken);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        row.iter().map(str::to_owned).collect()
    });
    rows.collect()
}

/// A planned line's cells once all of it is done.
fn answered(planned: &[String], mark: Mark) -> Vec<String> {
    let grid = TABLES.grid().unwrap();
    let at = |header: String| grid.column_named(&header).unwrap();
    let mut row = planned.to_vec();
    let days = (1..=31).map(|day| day.to_string());
    for day in days.chain(["合計".to_owned()]) {
        let (plan, actual) = (at(format!("予定{day}")), at(format!("実績{day}")));
        row[actual].clone_from(&planned[plan]);
        if mark == Mark::Actual {
            row[plan].clear();
        }
    }
    row
}

/// Whose, on which day, from when to when, and what.
type Service = (ClientId, CivilDate, Option<ClockRange>, ServiceCode);

struct Told {
    receiver: OfficeNumber,
    what: Service,
    count: u32,
}

fn read_back(file: &[u8]) -> Vec<Told> {
    let layout: &Layout = &TABLES.actual_days;
    let read = |row: &Vec<String>| {
        assert_eq!(row.len(), layout.columns().len());
        assert_eq!((row[0].as_str(), row[22].as_str()), ("202407", "0"));
        let mut record = Record::default();
        for (column, cell) in layout.columns().iter().zip(row) {
            if let Some(field) = column.field() {
                let read = column.read(cell, Calendar::default()).unwrap();
                record.set(field, read.value);
            }
        }
        let day = ActualDay::from_record(&record).unwrap();
        assert_eq!(
            (day.care_manager, day.office_name),
            ("例 \"恵子\"", "見本訪問介護")
        );
        Told {
            receiver: day.care_office.unwrap(),
            what: (day.client, day.date, day.hours, day.code),
            count: day.count.into(),
        }
    };
    cells(file).iter().map(read).collect()
}

/// Everything that the pages hold, with how often.
fn services(pages: &[Vec<u8>]) -> BTreeMap<Service, u32> {
    let actual = retrieval::read(&TABLES.actuals, pages).unwrap();
    let visits = actual
        .visits
        .iter()
        .map(|of| (of.client, of.date, Some(of.hours), of.code));
    let add_ons = actual
        .add_ons
        .iter()
        .map(|of| (of.client, of.date.unwrap(), of.hours, of.code));
    let mut services = BTreeMap::new();
    for service in visits.chain(add_ons) {
        *services.entry(service).or_insert(0) += 1;
    }
    services
}
