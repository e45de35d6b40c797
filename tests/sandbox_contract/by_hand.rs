//! What the owner of a sandbox sees and does.

use rakuwing::sandbox::{Options, Recorded};
use serde_json::{Value, json};

use crate::caller::{Caller, Request};
use crate::samples::{MONTH, PLAN_KEY, care_offices};

#[test]
fn the_state_folder_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let state_dir = Some(folder.path().to_owned());
    let options = Options {
        state_dir,
        ..Options::default()
    };
    let seen = |caller: &Caller| {
        let paths = [
            "/v1/link",
            "/v1/care-offices",
            "/v1/clients",
            "/v1/plans/{month}",
        ];
        let answers = paths.map(|path| caller.get(path, "").text);
        (
            answers,
            caller.actuals("with"),
            caller.running.registrations(),
        )
    };
    let before = seen(&Caller::furnished(options.clone()));
    let restarted = Caller::new(options);
    assert_eq!(seen(&restarted), before);
    let other = Request {
        device: "another-device".to_owned(),
        ..Request::new()
    };
    assert_eq!(
        restarted
            .call_as("GET", "/v1/clients", MONTH, &other)
            .status,
        403
    );
}

#[test]
fn the_calls_by_hand_need_no_key_and_are_not_recorded() {
    let caller = Caller::furnished(Options::default());
    let recorded = caller.running.requests().len();
    let by_hand = |method, path: &str, body: Option<Value>| {
        let request = Request {
            key: String::new(),
            body,
            ..Request::new()
        };
        let answer = caller.send(method, path, &request).unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.body()
    };
    let played = by_hand(
        "POST",
        "/sandbox/play/2026-10",
        Some(json!({"play": "faithful"})),
    );
    assert_eq!(played["missed"], 0);
    by_hand(
        "POST",
        "/sandbox/mischief",
        Some(json!({"faults": [{"kind": "wrong_total"}]})),
    );
    let edit =
        json!({"collection": "plans-2026-10", "key": PLAN_KEY, "pointer": "/note", "value": 1});
    by_hand("POST", "/sandbox/edit", Some(edit));
    assert_eq!(
        by_hand("GET", "/sandbox/held/plans-2026-10", None)[0]["item"]["note"],
        1
    );
    let requests = by_hand("GET", "/sandbox/requests", None);
    assert_eq!(requests.as_array().unwrap().len(), recorded);
}

#[test]
fn a_recorded_call_tells_all_that_was_sent() {
    let caller = Caller::new(Options::default());
    caller.post_once("key-1", care_offices());
    let expected = Recorded {
        number: 1,
        method: "POST".to_owned(),
        path: "/v1/care-offices/batch".to_owned(),
        query: None,
        device: Some("parent-device".to_owned()),
        idempotency_key: Some("key-1".to_owned()),
        body: Some(care_offices()),
        status: Some(200),
    };
    assert_eq!(caller.running.requests(), [expected]);
}
