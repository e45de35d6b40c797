//! A request sent twice takes effect once.

use std::time::Duration;

use rakuwing::sandbox::{Fault, FaultKind, Idempotency, Mischief, Options};
use serde_json::json;

use crate::caller::{Answer, Caller};
use crate::samples::care_offices;

#[test]
fn the_same_key_and_body_answer_the_first_result_byte_for_byte() {
    let caller = Caller::new(Options::default());
    let first = caller.post_once("key-1", care_offices());
    let second = caller.post_once("key-1", care_offices());
    assert_eq!(first.body()["results"][0]["status"], "created");
    assert_eq!(first.text, second.text);
}

#[test]
fn the_same_key_with_another_body_is_422() {
    let caller = Caller::new(Options::default());
    caller.post_once("key-1", care_offices());
    let answer = caller.post_once("key-1", json!({"items": []}));
    assert_eq!(
        (answer.status, answer.code()),
        (422, "idempotency_mismatch")
    );
}

#[test]
fn a_key_whose_first_request_still_runs_is_409() {
    let caller = Caller::new(Options::default());
    caller.running.set_mischief(Mischief::of(
        Fault::new(FaultKind::HangBeforeEffect).times(1),
    ));
    let hanging = caller.begin_to_post("key-1", &care_offices());
    while caller.running.requests().is_empty() {
        std::thread::sleep(Duration::from_millis(1));
    }
    let answer = caller.post_once("key-1", care_offices());
    assert_eq!((answer.status, answer.code()), (409, "in_progress"));
    drop(hanging);
}

#[test]
fn a_service_without_idempotency_takes_every_request_as_new() {
    let options = Options {
        idempotency: Idempotency::Ignored,
        ..Options::default()
    };
    let caller = Caller::new(options);
    let status = |answer: Answer| answer.body()["results"][0]["status"].clone();
    assert_eq!(status(caller.post_once("key-1", care_offices())), "created");
    assert_eq!(
        status(caller.post_once("key-1", care_offices())),
        "unchanged"
    );
}
