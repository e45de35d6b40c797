//! Whatever happens between the intent and the answer, everything is registered once.
//!
//! "Once" is what the service counts: an item that was created or changed by a batch. What
//! the ledger says is read from its file, behind the program's back.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test are a test as well"
)]

mod support;

use rakuwing::sandbox::{Collection, Fault, FaultKind, Idempotency, Mischief, Options, Recorded};
use serde_json::json;

use support::{Desk, grid, until};

const OFFICES: &str = "\
事業所番号,事業所名,サービス種類
1370000018,みほん居宅,43
1370000026,ケアプラン桜,43
1300100037,見本地域包括,46
";
const CLIENTS: &str = "\
被保険者番号,保険者番号,氏名,生年月日,要介護度,認定有効期間開始日,認定有効期間終了日,居宅支援事業所番号
0000100001,131128,見本　一郎,1937/3/4,要介護3,2026/4/1,2028/3/31,1370000018
0000100002,131128,見本　二美,1934/11/3,要介護1,2026/4/1,2028/3/31,1370000018
0000100003,131128,見本　三郎,1941/7/15,要介護2,2026/4/1,2028/3/31,1370000026
0000100004,131128,見本　四美,1940/1/20,要介護5,2026/4/1,2028/3/31,1370000026
0000100005,131128,見本　五郎,1945/8/15,要介護4,2026/4/1,2028/3/31,1370000026
";

fn plans() -> String {
    grid(&[
        (
            "2026/10,1370100016,131128,0000100001,見本　一郎,111111,9:00,9:30",
            &[1, 8],
        ),
        (
            "2026/10,1370100016,131128,0000100002,見本　二美,111211,9:00,10:00",
            &[2, 9],
        ),
        (
            "2026/10,1370100016,131128,0000100003,見本　三郎,117211,9:00,9:45",
            &[3],
        ),
        (
            "2026/10,1370100016,131128,0000100004,見本　四美,111111,23:30,23:59",
            &[4],
        ),
        (
            "2026/10,1370100016,131128,0000100004,見本　四美,114001,,",
            &[4],
        ),
        (
            "2026/10,1370100016,131128,0000100005,見本　五郎,118111,8:00,8:30",
            &[5, 30],
        ),
    ])
}

const BASICS: &str = "basics --yes";
const PLAN: &str = "plan --month 2026-10 --yes";

/// With two items a batch, basic data leaves in five batches and the plans in three.
fn desk_for(command: &str, idempotency: Idempotency) -> Desk {
    let desk = Desk::new(Options {
        idempotency,
        ..Options::default()
    });
    desk.put("offices.csv", OFFICES);
    desk.put("clients.csv", CLIENTS);
    if command == PLAN {
        assert_eq!(desk.run(BASICS).exit, Some(0));
        desk.put("plan.csv", &plans());
    }
    desk
}

fn items(posts: &[Recorded]) -> usize {
    let items = |post: &Recorded| {
        post.body.as_ref().unwrap()["items"]
            .as_array()
            .unwrap()
            .len()
    };
    posts.iter().map(items).sum()
}

fn registrations(desk: &Desk) -> usize {
    desk.sandbox
        .registrations()
        .into_values()
        .map(|times| times as usize)
        .sum()
}

/// Every item is at the service, was registered once, and nobody waits for an answer.
fn assert_everything_once(desk: &Desk, command: &str, context: &str) {
    let registered = desk.sandbox.registrations();
    let expected = if command == PLAN { 13 } else { 8 };
    assert_eq!(registered.len(), expected, "{context}: {registered:?}");
    assert!(
        registered.values().all(|times| *times == 1),
        "{context}: {registered:?}"
    );
    assert_eq!(desk.sendings("intended"), 0, "{context}");
}

/// Kills the process while it waits for the answer to a batch, and runs it again.
fn killed_at(batch: usize, command: &str, kind: &FaultKind, idempotency: Idempotency) {
    let context = format!("{command}, batch {batch}, {kind:?}, {idempotency:?}");
    let desk = desk_for(command, idempotency);
    let (earlier, stored) = (desk.posts().len(), registrations(&desk));
    let hang = Fault::new(kind.clone())
        .on("/batch")
        .after(batch as u64 - 1);
    desk.sandbox.set_mischief(Mischief::of(hang));
    let mut process = desk.start(command);
    until("the batch has arrived", || {
        desk.posts().len() == earlier + batch
    });
    let posts = desk.posts().split_off(earlier);
    let open = items(&posts[batch - 1..]);
    let effects = match kind {
        FaultKind::HangAfterEffect => items(&posts),
        _ => items(&posts[..batch - 1]),
    };
    until("the effect is there", || {
        registrations(&desk) == stored + effects
    });
    process.kill().unwrap();
    process.wait().unwrap();
    assert_eq!(desk.sendings("intended"), open, "{context}");

    desk.behave();
    let ended = desk.run(command);
    assert_eq!(ended.exit, Some(0), "{context}: {ended:?}");
    let told = format!("途中で止まった送信が{open}件");
    assert!(ended.stdout.contains(&told), "{context}: {ended:?}");
    assert_everything_once(&desk, command, &context);
}

#[test]
fn basics_killed_before_the_effect_are_registered_once() {
    for batch in [1, 2, 5] {
        killed_at(
            batch,
            BASICS,
            &FaultKind::HangBeforeEffect,
            Idempotency::Honoured,
        );
        killed_at(
            batch,
            BASICS,
            &FaultKind::HangBeforeEffect,
            Idempotency::Ignored,
        );
    }
}

#[test]
fn basics_killed_after_the_effect_are_registered_once() {
    for batch in [1, 2, 5] {
        killed_at(
            batch,
            BASICS,
            &FaultKind::HangAfterEffect,
            Idempotency::Honoured,
        );
        killed_at(
            batch,
            BASICS,
            &FaultKind::HangAfterEffect,
            Idempotency::Ignored,
        );
    }
}

#[test]
fn plans_killed_before_the_effect_are_registered_once() {
    for batch in [1, 2, 3] {
        killed_at(
            batch,
            PLAN,
            &FaultKind::HangBeforeEffect,
            Idempotency::Honoured,
        );
        killed_at(
            batch,
            PLAN,
            &FaultKind::HangBeforeEffect,
            Idempotency::Ignored,
        );
    }
}

#[test]
fn plans_killed_after_the_effect_are_registered_once() {
    for batch in [1, 2, 3] {
        killed_at(
            batch,
            PLAN,
            &FaultKind::HangAfterEffect,
            Idempotency::Honoured,
        );
        killed_at(
            batch,
            PLAN,
            &FaultKind::HangAfterEffect,
            Idempotency::Ignored,
        );
    }
}

#[test]
fn a_registration_of_a_proposal_that_was_killed_goes_on_with_the_step() {
    let desk = desk_for(BASICS, Idempotency::Honoured);
    desk.run("basics --prepare");
    let hang = Fault::new(FaultKind::HangAfterEffect).on("/batch").after(1);
    desk.sandbox.set_mischief(Mischief::of(hang));
    let mut process = desk.start("register 1");
    until("the batch took effect", || registrations(&desk) == 3);
    process.kill().unwrap();
    process.wait().unwrap();
    desk.behave();
    let again = desk.run("register 1");
    assert_eq!(again.exit, Some(4), "{again:?}");
    assert!(
        !again.stderr.contains("すでに登録済み"),
        "it is not: {again:?}"
    );
    assert_eq!(desk.run(BASICS).exit, Some(0));
    assert_everything_once(&desk, BASICS, "register");
}

#[test]
fn what_is_edited_there_after_a_kill_is_not_overwritten() {
    let desk = desk_for(BASICS, Idempotency::Honoured);
    let hang = Fault::new(FaultKind::HangAfterEffect).on("/batch");
    desk.sandbox.set_mischief(Mischief::of(hang));
    let mut process = desk.start(BASICS);
    until("the batch took effect", || registrations(&desk) == 2);
    process.kill().unwrap();
    process.wait().unwrap();
    desk.behave();
    let (kind, key) = (Collection::CareOffices, "1370000018-43");
    desk.sandbox
        .edit(kind, key, "/name", json!("向こうで改名"))
        .unwrap();
    let ended = desk.run("--json basics --yes");
    assert_eq!(
        (ended.exit, &ended.json()["rejected"]),
        (Some(3), &json!(1)),
        "{ended:?}"
    );
    let held = desk.sandbox.held(kind);
    let held = held.iter().find(|held| held.key == key).unwrap();
    assert_eq!(held.item["name"], "向こうで改名");
    assert_eq!(desk.sendings("intended"), 0);
}

// Nobody is killed: the program itself goes on.

fn once_despite(kind: &FaultKind) {
    for idempotency in [Idempotency::Honoured, Idempotency::Ignored] {
        let desk = desk_for(BASICS, idempotency);
        let fault = Fault::new(kind.clone()).on("/batch").after(1).times(1);
        desk.sandbox.set_mischief(Mischief::of(fault));
        let ended = desk.run(BASICS);
        let context = format!("{kind:?}, {idempotency:?}: {ended:?}");
        assert_eq!(ended.exit, Some(0), "{context}");
        assert_everything_once(&desk, BASICS, &context);
        assert_eq!(desk.sendings("accepted"), 8, "{context}");
    }
}

fn busy(status: u16) -> FaultKind {
    FaultKind::Status {
        status,
        retry_after: Some("0".to_owned()),
    }
}

#[test]
fn a_connection_reset_before_the_effect_loses_nothing() {
    once_despite(&FaultKind::ResetBeforeEffect);
}

#[test]
fn a_connection_reset_after_the_effect_doubles_nothing() {
    once_despite(&FaultKind::ResetAfterEffect);
}

#[test]
fn a_busy_service_is_asked_again() {
    for status in [408, 429, 500, 503] {
        once_despite(&busy(status));
    }
}

#[test]
fn an_error_that_is_answered_after_the_effect_doubles_nothing() {
    once_despite(&FaultKind::StatusAfterEffect {
        status: 503,
        retry_after: Some("0".to_owned()),
    });
}

#[test]
fn a_truncated_answer_doubles_nothing() {
    once_despite(&FaultKind::TruncatedBody);
}

#[test]
fn a_missing_verdict_is_asked_for() {
    once_despite(&FaultKind::MissingVerdicts { count: 1 });
    once_despite(&FaultKind::MissingVerdicts { count: 2 });
}

#[test]
fn doubled_verdicts_count_once() {
    once_despite(&FaultKind::DoubledVerdicts);
}

#[test]
fn a_late_answer_is_waited_for() {
    once_despite(&FaultKind::Delay { delay_ms: 100 });
}

#[test]
fn a_list_that_breaks_off_or_does_not_fit_is_read_again() {
    for kind in [
        FaultKind::ResetAfterEffect,
        FaultKind::TruncatedBody,
        FaultKind::WrongTotal,
        busy(503),
    ] {
        let desk = desk_for(BASICS, Idempotency::Honoured);
        let fault = Fault::new(kind.clone()).on("GET /v1/clients").times(1);
        desk.sandbox.set_mischief(Mischief::of(fault));
        let ended = desk.run(BASICS);
        assert_eq!(ended.exit, Some(0), "{kind:?}: {ended:?}");
        assert_everything_once(&desk, BASICS, &format!("{kind:?}"));
    }
}

// A batch that is refused whole.

/// The office numbers of each batch.
fn batches(desk: &Desk) -> Vec<Vec<String>> {
    let numbers = |post: Recorded| {
        let items = post.body.unwrap()["items"].as_array().unwrap().clone();
        let number = |item: &serde_json::Value| item["office_number"].as_str().unwrap().to_owned();
        items.iter().map(number).collect()
    };
    desk.posts().into_iter().map(numbers).collect()
}

const FOUR_OFFICES: &str = "\
事業所番号,事業所名,サービス種類
1300100037,見本地域包括,46
1370000018,みほん居宅,43
1370000026,ケアプラン桜,43
1370100016,兼業居宅,43
";
const A: &str = "1300100037";
const B: &str = "1370000018";
const C: &str = "1370000026";
const D: &str = "1370100016";

#[test]
fn a_batch_that_is_too_large_is_sent_in_halves() {
    for status in [413, 422] {
        let desk = Desk::new(Options::default());
        desk.set("batch = 2", "batch = 4");
        desk.put("offices.csv", FOUR_OFFICES);
        let refused = Fault::new(busy(status)).on("/batch").times(1);
        desk.sandbox.set_mischief(Mischief::of(refused));
        let ended = desk.run(BASICS);
        assert_eq!(ended.exit, Some(0), "{status}: {ended:?}");
        assert_eq!(batches(&desk), [vec![A, B, C, D], vec![A, B], vec![C, D]]);
        assert!(
            desk.sandbox
                .registrations()
                .values()
                .all(|times| *times == 1)
        );
    }
}

#[test]
fn an_item_that_spoils_its_batch_is_split_off_until_it_is_alone() {
    for status in [413, 422] {
        let desk = Desk::new(Options::default());
        desk.set("batch = 2", "batch = 4");
        desk.put("offices.csv", FOUR_OFFICES);
        // As if C could not be read: the batches with it are the first, third and fourth.
        let first = Fault::new(busy(status)).on("/batch").times(1);
        let others = Fault::new(busy(status)).on("/batch").after(2).times(2);
        desk.sandbox.set_mischief(Mischief {
            faults: vec![first, others],
        });
        let ended = desk.run("--json basics --yes");
        assert_eq!(
            (ended.exit, &ended.json()["rejected"]),
            (Some(3), &json!(1)),
            "{ended:?}"
        );
        assert_eq!(
            batches(&desk),
            [vec![A, B, C, D], vec![A, B], vec![C, D], vec![C], vec![D]]
        );
        let held: Vec<String> = held_offices(&desk);
        assert_eq!(held, [A, B, D]);
        assert_eq!(desk.sendings("rejected"), 1);
    }
}

fn held_offices(desk: &Desk) -> Vec<String> {
    let held = desk.sandbox.held(Collection::CareOffices);
    let number = |key: String| key.split('-').next().map(str::to_owned);
    held.into_iter()
        .filter_map(|held| number(held.key))
        .collect()
}

// Somebody else is at work.

#[test]
fn an_edit_between_looking_and_sending_is_a_conflict_and_stays() {
    let desk = desk_for(BASICS, Idempotency::Honoured);
    assert_eq!(desk.run(BASICS).exit, Some(0));
    desk.never_gives_up();
    desk.put(
        "offices.csv",
        &OFFICES.replace("ケアプラン桜", "ケアプラン梅"),
    );
    let posts = desk.posts().len();
    desk.sandbox
        .set_mischief(Mischief::of(Fault::new(busy(503)).on("/batch")));
    let mut process = desk.start(BASICS);
    until("it has looked and tried to send", || {
        desk.posts().len() > posts
    });
    let (kind, key) = (Collection::CareOffices, "1370000026-43");
    desk.sandbox
        .edit(kind, key, "/name", json!("ケアプラン桃"))
        .unwrap();
    desk.behave();
    let status = process.wait().unwrap();
    assert_eq!(status.code(), Some(3));
    let held = desk.sandbox.held(kind);
    let held = held.iter().find(|held| held.key == key).unwrap();
    assert_eq!(held.item["name"], "ケアプラン桃");
    assert_eq!(
        (desk.sendings("conflict"), desk.sendings("intended")),
        (1, 0)
    );
}

#[test]
fn an_edit_before_looking_is_a_conflict_and_nothing_is_sent() {
    let desk = desk_for(BASICS, Idempotency::Honoured);
    assert_eq!(desk.run(BASICS).exit, Some(0));
    desk.put(
        "offices.csv",
        &OFFICES.replace("ケアプラン桜", "ケアプラン梅"),
    );
    let posts = desk.posts().len();
    let (kind, key) = (Collection::CareOffices, "1370000026-43");
    desk.sandbox
        .edit(kind, key, "/name", json!("ケアプラン桃"))
        .unwrap();
    let ended = desk.run(BASICS);
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    assert_eq!(desk.posts().len(), posts);
    let held = desk.sandbox.held(kind);
    assert!(held.iter().any(|held| held.item["name"] == "ケアプラン桃"));
}
