//! Many batches at once, and a service that misbehaves: every item arrives exactly once, no
//! intent stays open, and the account adds up.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test are a test as well"
)]

mod support;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use rakuwing::sandbox::{Collection, Fault, FaultKind, Idempotency, Mischief, Options};
use serde_json::json;

use support::{Desk, Ended, until};

const BASICS: &str = "--json basics --yes";
/// Ten care-management offices and thirty clients, in batches of two.
const OFFICES: usize = 10;
const CLIENTS: usize = 30;

fn offices() -> String {
    let mut text = "事業所番号,事業所名,サービス種類\n".to_owned();
    for number in 0..OFFICES {
        let _ = writeln!(text, "13700{number:05},見本居宅{number},43");
    }
    text
}

fn clients(name: &str) -> String {
    let mut text =
        "被保険者番号,保険者番号,氏名,生年月日,要介護度,認定有効期間開始日,認定有効期間終了日\n"
            .to_owned();
    for number in 0..CLIENTS {
        let _ = writeln!(
            text,
            "00001{number:05},131128,{name}　{number},1937/3/4,要介護3,2026/4/1,2028/3/31"
        );
    }
    text
}

fn desk_with(parallel: usize, options: Options) -> Desk {
    let desk = Desk::new(options);
    desk.set("parallel = 1", &format!("parallel = {parallel}"));
    desk.set("attempts = 2", "attempts = 4");
    desk.put("offices.csv", &offices());
    desk.put("clients.csv", &clients("見本"));
    desk
}

fn desk(parallel: usize) -> Desk {
    desk_with(parallel, Options::default())
}

/// Every item is there, was registered once, and nobody waits for an answer.
fn assert_everything_once(desk: &Desk, context: &str) {
    let registered = desk.sandbox.registrations();
    assert_eq!(registered.len(), OFFICES + CLIENTS, "{context}");
    let once = registered.values().all(|times| *times == 1);
    assert!(once, "{context}: {registered:?}");
    assert_eq!(desk.sendings("intended"), 0, "{context}");
    assert_eq!(desk.sendings("accepted"), OFFICES + CLIENTS, "{context}");
}

fn assert_account(ended: &Ended, sent: usize, rejected: usize, context: &str) {
    let account = ended.json();
    assert_eq!(account["sent"], json!(sent), "{context}: {ended:?}");
    assert_eq!(account["rejected"], json!(rejected), "{context}: {ended:?}");
    for file in account["files"].as_array().unwrap() {
        let count = |name: &str| file[name].as_u64().unwrap();
        let parts = ["sent", "unchanged", "withheld", "excluded"];
        let sum = parts.iter().map(|name| count(name)).sum::<u64>();
        assert_eq!(count("rows"), sum, "{context}: {file}");
    }
}

fn status(status: u16, retry_after: &str) -> FaultKind {
    FaultKind::Status {
        status,
        retry_after: Some(retry_after.to_owned()),
    }
}

/// A little of everything, spread over the batches.
fn mischief() -> Mischief {
    let faults = [
        (1, FaultKind::ResetBeforeEffect),
        (2, FaultKind::ResetAfterEffect),
        (3, FaultKind::EndlessBody),
        (4, FaultKind::MissingVerdicts { count: 1 }),
        (5, FaultKind::WrongLength { by: 9 }),
        (6, status(429, "0")),
        (7, FaultKind::Delay { delay_ms: 30 }),
        (8, FaultKind::GzipBomb),
        (9, status(503, "Sun, 01 Nov 2020 00:00:00 GMT")),
        (10, FaultKind::TruncatedBody),
        (11, FaultKind::EndlessHead),
        (12, FaultKind::DoubledVerdicts),
        (13, FaultKind::MissingVerdicts { count: 2 }),
        (
            14,
            FaultKind::StatusAfterEffect {
                status: 503,
                retry_after: Some("0".to_owned()),
            },
        ),
        (
            16,
            FaultKind::StatusAfterEffect {
                status: 408,
                retry_after: None,
            },
        ),
    ];
    let fault = |(after, kind)| Fault::new(kind).on("/batch").after(after).times(1);
    Mischief {
        faults: faults.into_iter().map(fault).collect(),
    }
}

#[test]
fn every_item_arrives_once_whatever_happens_and_however_many_are_on_their_way() {
    for parallel in [1, 4] {
        for idempotency in [Idempotency::Honoured, Idempotency::Ignored] {
            let desk = desk_with(
                parallel,
                Options {
                    idempotency,
                    ..Options::default()
                },
            );
            desk.sandbox.set_mischief(mischief());
            let ended = desk.run(BASICS);
            let context = format!("{parallel} at once, {idempotency:?}");
            assert_eq!(ended.exit, Some(0), "{context}: {ended:?}");
            assert_everything_once(&desk, &context);
            assert_account(&ended, OFFICES + CLIENTS, 0, &context);
        }
    }
}

#[test]
fn several_batches_are_on_their_way_at_once_and_collections_one_after_the_other() {
    let desk = desk(4);
    // No answer comes to any batch, so those that are there left without waiting for one.
    let hang = Fault::new(FaultKind::HangAfterEffect).on("/batch");
    desk.sandbox.set_mischief(Mischief::of(hang));
    let mut process = desk.start(BASICS);
    until("four batches have arrived", || desk.posts().len() == 4);
    until("their intents are there", || desk.sendings("intended") == 8);
    let paths: BTreeSet<String> = desk.posts().into_iter().map(|post| post.path).collect();
    assert_eq!(paths, BTreeSet::from(["/v1/care-offices/batch".to_owned()]));
    process.kill().unwrap();
    process.wait().unwrap();
    desk.behave();
    let ended = desk.run(BASICS);
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert_everything_once(&desk, "after a kill");
    assert_account(&ended, OFFICES + CLIENTS - 8, 0, "after a kill");
}

#[test]
fn a_key_that_is_withdrawn_in_the_middle_stops_everything_and_loses_nothing() {
    for refusal in [401, 403] {
        for parallel in [1, 4] {
            let desk = desk(parallel);
            let refused = Fault::new(status(refusal, "0")).on("/v1/").after(8);
            desk.sandbox.set_mischief(Mischief::of(refused));
            let ended = desk.run("basics --yes");
            let context = format!("{refusal}, {parallel} at once: {ended:?}");
            assert_eq!(ended.exit, Some(5), "{context}");
            // Those that were on their way, and not one more.
            let refused = desk.posts().into_iter();
            let refused = refused.filter(|post| post.status == Some(refusal)).count();
            assert!((1..=parallel).contains(&refused), "{context}: {refused}");
            assert_eq!(desk.sendings("intended"), 0, "{context}");
            desk.behave();
            let ended = desk.run(BASICS);
            assert_eq!(ended.exit, Some(0), "{context}, then {ended:?}");
            assert_everything_once(&desk, &context);
        }
    }
}

#[test]
fn a_run_without_patience_ends_with_6_and_the_next_goes_on() {
    for parallel in [1, 4] {
        let desk = desk(parallel);
        desk.set("retries = 100", "retries = 3");
        desk.set("attempts = 4", "attempts = 100");
        // The first three batches go through; from then on nothing does.
        let busy = Fault::new(status(429, "0")).on("/batch").after(3);
        desk.sandbox.set_mischief(Mischief::of(busy));
        let ended = desk.run(BASICS);
        let context = format!("{parallel} at once: {ended:?}");
        assert_eq!(ended.exit, Some(6), "{context}");
        let busy = desk.posts().len() - 3;
        assert!((4..=3 + parallel).contains(&busy), "{context}: {busy}");
        assert_account(&ended, 6, OFFICES + CLIENTS - 6, &context);
        assert_eq!(desk.sendings("intended"), 0, "{context}");
        assert_eq!(desk.files("inbox").len(), 2, "{context}");
        desk.behave();
        let ended = desk.run(BASICS);
        assert_eq!(ended.exit, Some(0), "{context}, then {ended:?}");
        assert_everything_once(&desk, &context);
        assert_account(&ended, OFFICES + CLIENTS - 6, 0, &context);
    }
}

#[test]
fn a_wait_longer_than_the_run_may_wait_is_not_begun() {
    let desk = desk(1);
    desk.set("waiting = 600", "waiting = 20");
    let later = Fault::new(status(503, "25")).on("/batch").times(1);
    desk.sandbox.set_mischief(Mischief::of(later));
    let ended = desk.run(BASICS);
    assert_eq!(ended.exit, Some(6), "{ended:?}");
    assert_eq!((desk.posts().len(), desk.sendings("intended")), (1, 0));
}

/// The first attempt takes effect only after the service was asked and did not hold it.
#[test]
fn a_batch_that_arrives_late_is_ours_and_no_conflict() {
    let desk = Desk::new(Options {
        idempotency: Idempotency::Ignored,
        ..Options::default()
    });
    desk.never_gives_up();
    desk.put("offices.csv", &offices());
    // From the first batch on nothing is stored, until the batch has arrived on another way.
    let busy = Fault::new(status(500, "0")).on("/batch");
    desk.sandbox.set_mischief(Mischief::of(busy));
    let mut process = desk.start(BASICS);
    until("it was asked about and posted again", || {
        desk.posts().len() > 1
    });
    let late = desk.posts().remove(0);
    post(&desk, &late);
    desk.behave();
    assert_eq!(process.wait().unwrap().code(), Some(0));
    assert_eq!(desk.sandbox.held(Collection::CareOffices).len(), OFFICES);
    assert_eq!(
        (desk.sendings("accepted"), desk.sendings("conflict")),
        (OFFICES, 0)
    );
}

/// The same after the run has given up: what arrived late is remembered as ours, so that the
/// next change of 楽すけ is a change and no conflict.
#[test]
fn a_batch_that_arrives_after_the_run_has_given_up_is_found_by_the_next() {
    let desk = Desk::new(Options::default());
    desk.put("offices.csv", &offices());
    let broken = Fault::new(FaultKind::ResetBeforeEffect).on("/batch");
    desk.sandbox.set_mischief(Mischief::of(broken));
    let ended = desk.run(BASICS);
    assert_eq!(ended.exit, Some(6), "{ended:?}");
    assert_eq!(desk.sendings("intended"), 0);
    desk.behave();
    post(&desk, &desk.posts().remove(0));
    assert_eq!(desk.sandbox.held(Collection::CareOffices).len(), 2);
    // Meanwhile the office has another name for them.
    desk.put("offices.csv", &offices().replace("見本居宅", "見本介護"));
    let ended = desk.run(BASICS);
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert_account(&ended, OFFICES, 0, "found");
    let held = desk.sandbox.held(Collection::CareOffices);
    let renamed = held
        .iter()
        .all(|held| held.item["name"].as_str().unwrap().contains("介護"));
    assert!(renamed, "{held:?}");
}

/// Posts a batch that the service has seen, on a way of its own.
fn post(desk: &Desk, batch: &rakuwing::sandbox::Recorded) {
    // Faults count calls; this one must pass.
    desk.behave();
    rakuwing::service::prepare_encryption();
    let client = reqwest::blocking::Client::builder()
        .no_proxy()
        .build()
        .unwrap();
    let response = client
        .post(format!("{}{}", desk.sandbox.url(), batch.path))
        .header("X-Api-Key", support::KEY)
        .header("X-Device", batch.device.as_ref().unwrap())
        .header("Content-Type", "application/json")
        .body(batch.body.as_ref().unwrap().to_string())
        .send()
        .unwrap();
    assert_eq!(response.status(), 200);
}

/// How long the run takes at least says it on a busy machine as well: what it counts is
/// departures, and of arrivals nobody knows how far apart they are.
#[test]
fn no_more_calls_leave_in_a_second_than_the_service_takes() {
    for parallel in [1, 4] {
        let desk = desk_with(parallel, Options::default());
        desk.set("requests_per_second = 0", "requests_per_second = 12");
        let before = desk.sandbox.requests().len();
        let begin = Instant::now();
        let ended = desk.run(BASICS);
        let took = begin.elapsed();
        assert_eq!(ended.exit, Some(0), "{ended:?}");
        let calls = desk.sandbox.requests().len() - before;
        let seconds = u32::try_from((calls - 1) / 12).unwrap();
        assert!(seconds > 0, "{calls} calls are too few to see it");
        assert!(
            took >= seconds * Duration::from_secs(1),
            "{parallel} at once, {calls} calls in {took:?}"
        );
        assert_everything_once(&desk, "paced");
    }
}
