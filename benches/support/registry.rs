//! A practice service that knows its clients, an office's ledger, and months to register.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rakuwing::chance;
use rakuwing::clock::SystemClock;
use rakuwing::disk::Digest;
use rakuwing::finding::Book;
use rakuwing::jobs::Aim;
use rakuwing::jobs::change::Change;
use rakuwing::jobs::collection::Collection;
use rakuwing::jobs::compare::{Candidate, Planned, compare};
use rakuwing::jobs::overtaken::Overtaken;
use rakuwing::jobs::send::{End, Route, send};
use rakuwing::jobs::standing::Standing;
use rakuwing::ledger::Ledger;
use rakuwing::model::{
    CivilTime, Client, ClientId, ClockRange, Fields, InsuredNumber, InsurerNumber, MonthlyPlan,
    OfficeNumber, ServiceCode, Visit, YearMonth,
};
use rakuwing::payload::{Item, Trace};
use rakuwing::progress;
use rakuwing::sandbox::{self, Running};
use rakuwing::service::{Address, ApiKey, CareWing, KeyStore, RetryPolicy};
use rakuwing::steps;
use rakuwing::table::{Payload, Tables};
use tempfile::TempDir;

const KEY: &str = "sandbox-key";
const OFFICE: &str = "1370100016";
/// The largest batch that the practice service takes.
const BATCH: usize = 100;

/// Everything that a registration stands on; nothing of it was registered yet.
pub(crate) struct Registry {
    tables: Tables,
    sandbox: Running,
    service: CareWing,
    ledger: Ledger,
    #[expect(dead_code, reason = "held: the ledger lies in it")]
    folder: TempDir,
}

/// Months of invented people, twenty visits each, with their bodies as they are sent. To make
/// them is no part of registering them, neither for us nor for the floor.
pub(crate) struct Months {
    items: Vec<Item>,
    bodies: Vec<Vec<u8>>,
    people: Vec<Vec<u8>>,
}

impl Months {
    /// Of so many clients.
    pub(crate) fn of(clients: usize) -> Self {
        let tables = Tables::load(None).expect("the shipped tables are right");
        let plans: Vec<MonthlyPlan> = (0..clients).map(month).collect();
        let items: Vec<Item> = plans.iter().map(|plan| item(plan, &tables.plan)).collect();
        let with_condition = |item: &Item| {
            let mut body = br#"{"if_revision":"","#.to_vec();
            body.extend_from_slice(&item.body[1..]);
            body
        };
        let people = plans.iter().map(|plan| person(plan.client));
        Self {
            bodies: items.iter().map(with_condition).collect(),
            people: people.map(|person| body(&person, &tables.client)).collect(),
            items,
        }
    }

    /// What is compared: each item with what is remembered of it and what it needs.
    pub(crate) fn candidates(&self) -> Vec<Candidate> {
        let candidate = |item: &Item| {
            let item = Item {
                key: item.key.clone(),
                digest: item.digest.clone(),
                made_from: None,
                body: item.body.clone(),
                who: None,
                trace: Trace::office(Vec::new()),
            };
            (item, Vec::new(), Vec::new())
        };
        self.items.iter().map(candidate).collect()
    }
}

fn item(plan: &MonthlyPlan, payload: &Payload) -> Item {
    let body = body(plan, payload);
    Item {
        key: payload.key(plan),
        digest: Digest::of(&body),
        made_from: None,
        body,
        who: None,
        trace: Trace::office(Vec::new()),
    }
}

fn month(client: usize) -> MonthlyPlan {
    let month = the_month();
    let visit = |day: u32| {
        let at = |hour, minute| CivilTime::new(hour, minute).expect("a time");
        Visit {
            date: month.day(day).expect("a day of October"),
            hours: ClockRange::new(at(9, 0), at(9, 30)).expect("half an hour"),
            code: ServiceCode::parse("111111").expect("a code"),
        }
    };
    MonthlyPlan {
        office: OfficeNumber::parse(OFFICE).expect("a number"),
        month,
        client: client_id(client),
        visits: (1..=20).map(visit).collect(),
        add_ons: Vec::new(),
    }
}

fn the_month() -> YearMonth {
    YearMonth::new(2026, 10).expect("a month")
}

fn client_id(client: usize) -> ClientId {
    ClientId {
        insurer: InsurerNumber::parse("131128").expect("a number"),
        insured: InsuredNumber::parse(&format!("{client:010}")).expect("a number"),
    }
}

fn person(id: ClientId) -> Client {
    Client {
        name: format!("試験　{}", id.insured),
        id,
        kana: String::new(),
        sex: None,
        birth_date: the_month().day(1).expect("a day"),
        postal_code: String::new(),
        address: String::new(),
        phone: String::new(),
        hidden: false,
        cards: Vec::new(),
    }
}

fn body(record: &dyn Fields, payload: &Payload) -> Vec<u8> {
    let mut body = Vec::new();
    payload.write(record, &mut body);
    body
}

impl Registry {
    /// A service that holds the clients of the months, and an empty ledger.
    pub(crate) fn new(months: &Months) -> Self {
        let tables = Tables::load(None).expect("the shipped tables are right");
        let sandbox = sandbox::start(sandbox::Options {
            key: KEY.to_owned(),
            ..sandbox::Options::default()
        });
        let sandbox = sandbox.expect("a port is free");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let device = KeyStore::new(folder.path().join("machine")).device();
        let service = CareWing::new(
            Address::parse(&sandbox.url()).expect("an address on loopback"),
            ApiKey::new(KEY).expect("a key"),
            device.expect("the folder can be written"),
            tables.contract.clone(),
            RetryPolicy::default(),
            Arc::new(SystemClock),
        );
        post_all(&sandbox.url(), "/v1/clients/batch", &months.people, 1);
        Self {
            service: service.expect("a connection can be prepared"),
            ledger: Ledger::open(&folder.path().join("ledger.sqlite")).expect("a new ledger"),
            tables,
            sandbox,
            folder,
        }
    }

    /// Compares and sends, as the step does; how each item ended that was sent.
    pub(crate) fn register(&mut self, candidates: Vec<Candidate>, parallel: usize) -> Vec<End> {
        let collection = Collection::Plans(the_month());
        let standing = Standing::of(collection, &self.service, &self.tables, &self.ledger);
        let standing = standing.expect("the service answers");
        let with = (&Overtaken::default(), Aim::Send);
        let (mut book, mut said) = (Book::default(), Vec::new());
        let group = compare(&standing, candidates, with, None, (&mut book, &mut said));
        let group = group.expect("the ledger can be read");
        let to_send: Vec<&Planned> = group
            .items
            .iter()
            .filter(|planned| planned.change == Change::New)
            .collect();
        let run = self.ledger.begin_run("plan", Some(the_month()), "now");
        let path = collection.path(&self.tables.contract);
        let route = Route {
            service: &self.service,
            collection,
            path: &path,
            payload: collection.payload(&self.tables),
            run: run.expect("the ledger can be written"),
            delivery: &chance::fresh_id(),
            batch: BATCH,
            parallel,
            steps: &steps::Unwatched,
        };
        send(&to_send, &route, &mut self.ledger, &progress::Unwatched).expect("nothing is refused")
    }

    /// Posts the same bodies and looks at nothing but the status.
    pub(crate) fn post_barely(&self, months: &Months, parallel: usize) {
        let path = Collection::Plans(the_month()).path(&self.tables.contract);
        post_all(
            &self.sandbox.url(),
            &format!("{path}/batch"),
            &months.bodies,
            parallel,
        );
    }

    /// Fetches every page of what is held and looks at nothing but the cursor; how many bytes.
    pub(crate) fn list_barely(&self) -> usize {
        let path = Collection::Plans(the_month()).path(&self.tables.contract);
        rakuwing::service::prepare_encryption();
        let client = reqwest::blocking::Client::builder().no_proxy().build();
        let client = client.expect("a connection can be prepared");
        let (mut bytes, mut query) = (0, String::new());
        loop {
            let response = client
                .get(format!("{}{path}{query}", self.sandbox.url()))
                .header("X-Api-Key", KEY)
                .header("X-Device", "bench")
                .send();
            let page = response.and_then(reqwest::blocking::Response::text);
            let page = page.expect("the service answers");
            bytes += page.len();
            let Some((_, cursor)) = page.split_once(r#""cursor":""#) else {
                return bytes;
            };
            let cursor = cursor.split('"').next().unwrap_or_default();
            query = format!("?cursor={cursor}");
        }
    }
}

fn post_all(url: &str, path: &str, bodies: &[Vec<u8>], parallel: usize) {
    rakuwing::service::prepare_encryption();
    let client = reqwest::blocking::Client::builder().no_proxy().build();
    let client = client.expect("a connection can be prepared");
    let batches: Vec<&[Vec<u8>]> = bodies.chunks(BATCH).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(batch) = batches.get(number) else {
                break;
            };
            let mut whole = br#"{"items":["#.to_vec();
            whole.extend_from_slice(&batch.join(&b','));
            whole.extend_from_slice(b"]}");
            let response = client
                .post(format!("{url}{path}"))
                .header("X-Api-Key", KEY)
                .header("X-Device", "bench")
                // What the service does for such a key, it does for both.
                .header("Idempotency-Key", format!("{path}-{number}"))
                .header("Content-Type", "application/json")
                .body(whole)
                .send()
                .expect("the service answers");
            assert_eq!(response.status(), 200);
            let answer = response.bytes().expect("the service answers");
            assert!(!answer.is_empty());
        }
    };
    thread::scope(|scope| {
        for _ in 0..parallel {
            scope.spawn(work);
        }
    });
}
