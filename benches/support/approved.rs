//! A month's approved visits as the service hands them out, and what an office knows of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use rakuwing::check::Roster;
use rakuwing::disk;
use rakuwing::fold::{self, FoldRules, PutAside};
use rakuwing::jobs::drafts::{Drafts, Facts};
use rakuwing::jobs::national_plans::ProRatedOn;
use rakuwing::jobs::retrieval;
use rakuwing::model::{
    AddOns, CareLevel, CivilDate, CivilTime, Client, ClientId, ClockRange, DayCounts,
    InsuranceCard, InsuredNumber, InsurerNumber, Mark, OfficeNumber, PlanLine, ServiceCode,
    ServiceType, TimeLimits, YearMonth,
};
use rakuwing::table::Tables;
use rakuwing::write::RowWriter;

const OFFICE: &str = "1370100016";
const INSURER: &str = "131128";
const RECEIVER: &str = "1370000018";
/// How many visits stand on a page.
const PAGE: usize = 500;
const VISITS_OF_A_CLIENT: usize = 20;
const SERVICES: [(&str, u16); 3] = [("111111", 30), ("117211", 45), ("114211", 60)];

/// A month and everything that is known beside it.
pub(crate) struct Month {
    pub(crate) pages: Vec<Vec<u8>>,
    when: YearMonth,
    offices: [OfficeNumber; 1],
    roster: Roster,
    planned: BTreeMap<ClientId, Vec<PlanLine>>,
    tables: Tables,
}

/// What was written of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) lines: usize,
    pub(crate) services: usize,
    pub(crate) bytes: usize,
}

impl Month {
    /// So many visits; each client has twenty on three planned lines, most of them some
    /// minutes off.
    pub(crate) fn of(visits: usize) -> Self {
        let clients = visits.div_ceil(VISITS_OF_A_CLIENT);
        Self {
            pages: pages(visits),
            when: month(),
            offices: [office(OFFICE)],
            roster: (0..clients).map(known).collect(),
            planned: (0..clients).map(|at| (client(at), plan(at))).collect(),
            tables: Tables::load(None).expect("the shipped tables are right"),
        }
    }

    /// From pages to the two files, as a retrieval goes that way.
    pub(crate) fn write(&self, folder: &Path) -> Written {
        let actual = retrieval::read(&self.tables.actuals, &self.pages).expect("the pages fit");
        let rules = FoldRules {
            offices: &self.offices,
            month: self.when,
            add_ons: AddOns::With,
            mark: Mark::Actual,
            limits: TimeLimits::USUAL,
            services: &self.tables.services,
            roster: &self.roster,
            planned: &self.planned,
            put_aside: &PutAside::new(),
        };
        let mut done = fold::fold(actual, &rules).expect("the book adds up");
        let care_offices = ServiceType::parse("43").map(|of| (office(RECEIVER), of));
        let facts = Facts {
            tables: &self.tables,
            roster: &self.roster,
            month: self.when,
            pro_rated: ProRatedOn::default(),
            receivers: Some(care_offices.into_iter().collect()),
            office_name: "見本訪問介護".to_owned(),
        };
        let grid = self.tables.grid().expect("there is a grid");
        let drafts = Drafts::of(&mut done, grid, &facts).expect("the book adds up");
        let mut file = Vec::new();
        RowWriter::new(grid)
            .header(&mut file)
            .expect("the header fits");
        drafts.grid.fill("", &mut file);
        let mut bytes = file.len();
        disk::write(&folder.join("grid.csv"), &file).expect("a temporary folder has room");
        let mut services = 0;
        for draft in drafts.told.values() {
            file.clear();
            draft.rows.fill("20261109", &mut file);
            bytes += file.len();
            services += draft.rows.count();
            disk::write(&folder.join("upjsk.csv"), &file).expect("a temporary folder has room");
        }
        Written {
            lines: drafts.grid.count(),
            services,
            bytes,
        }
    }
}

fn month() -> YearMonth {
    YearMonth::new(2026, 10).expect("a month")
}

fn office(number: &str) -> OfficeNumber {
    OfficeNumber::parse(number).expect("ten digits")
}

fn client(at: usize) -> ClientId {
    ClientId {
        insurer: InsurerNumber::parse(INSURER).expect("six digits"),
        insured: InsuredNumber::parse(&format!("{at:010}")).expect("ten digits"),
    }
}

fn name(at: usize) -> String {
    format!("見本　花子{at}")
}

fn known(at: usize) -> Client {
    Client {
        id: client(at),
        name: name(at),
        kana: String::new(),
        sex: None,
        birth_date: CivilDate::new(1940, 1, 20).expect("a day"),
        postal_code: String::new(),
        address: String::new(),
        phone: String::new(),
        hidden: false,
        cards: vec![InsuranceCard {
            care_level: CareLevel::Care3,
            certified_from: CivilDate::new(2026, 4, 1).expect("a day"),
            certified_to: CivilDate::new(2028, 3, 31).expect("a day"),
            limit_units: None,
            copay: None,
            care_office: Some(office(RECEIVER)),
            care_manager: "例　恵子".to_owned(),
            public_payer: None,
            public_recipient: None,
        }],
    }
}

/// The service of a visit, its day, and when it was planned in minutes.
fn visit(at: usize) -> (&'static str, usize, u16, u16) {
    let of_client = at % VISITS_OF_A_CLIENT;
    let (code, length) = SERVICES[of_client % SERVICES.len()];
    let start = 9 * 60 + 180 * u16::try_from(of_client % SERVICES.len()).expect("three");
    (code, 1 + of_client, start, start + length)
}

fn plan(at: usize) -> Vec<PlanLine> {
    let mut lines: Vec<PlanLine> = Vec::new();
    for (code, day, start, end) in (0..VISITS_OF_A_CLIENT).map(visit) {
        let time = |minutes: u16| CivilTime::new(minutes / 60, minutes % 60).expect("a time");
        let code = ServiceCode::parse(code).expect("six characters");
        let found = lines.iter().position(|line| line.code == code);
        let line = found.unwrap_or_else(|| {
            lines.push(PlanLine {
                month: month(),
                office: office(OFFICE),
                client: client(at),
                name: name(at).into(),
                code,
                service_name: "身体介護１".into(),
                hours: ClockRange::new(time(start), time(end)),
                planned: DayCounts::default(),
                planned_total: None,
                actual: DayCounts::default(),
                actual_total: None,
            });
            lines.len() - 1
        });
        let day = u32::try_from(day).expect("a day");
        lines[line].planned.add(day);
    }
    lines
}

fn pages(visits: usize) -> Vec<Vec<u8>> {
    let numbers: Vec<usize> = (0..visits).collect();
    let page = |(at, numbers): (usize, &[usize])| {
        let written: Vec<String> = numbers.iter().map(|number| json(*number)).collect();
        let mut page = format!("{{\"visits\":[{}],\"add_ons\":[],", written.join(","));
        let _ = write!(
            page,
            "\"unapproved\":[],\"total\":{visits},\"snapshot\":\"s1\",\"cursor\":\"c{at:x}\"}}"
        );
        page.into_bytes()
    };
    numbers.chunks(PAGE).enumerate().map(page).collect()
}

fn json(at: usize) -> String {
    let (code, day, start, end) = visit(at);
    let clock = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    let late = u16::try_from(at % 7).expect("six at the most");
    format!(
        "{{\"id\":\"v-{at:07}\",\"office\":\"{OFFICE}\",\"client\":{{\"insurer_number\":\"{INSURER}\",\
         \"insured_number\":\"{:010}\"}},\"date\":\"2026-10-{day:02}\",\"planned_start\":\"{}\",\
         \"planned_end\":\"{}\",\"start\":\"{}\",\"end\":\"{}\",\"service_code\":\"{code}\",\
         \"approved_at\":\"2026-11-02T18:00:00+09:00\"}}",
        at / VISITS_OF_A_CLIENT,
        clock(start),
        clock(end),
        clock(start + late),
        clock(end + late),
    )
}
