//! What goes wrong goes wrong as told.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::time::{Duration, Instant};

use flate2::read::MultiGzDecoder;
use rakuwing::sandbox::{Collection, Fault, FaultKind, Mischief, Options};
use serde_json::{Value, json};

use crate::caller::{Caller, Request};
use crate::samples::{CARE_OFFICE_KEY, care_offices};

#[test]
fn a_reset_before_the_effect_stores_nothing() {
    let caller = Caller::new(Options::default());
    caller
        .running
        .set_mischief(fault(FaultKind::ResetBeforeEffect));
    assert!(caller.try_post_once("key-1", care_offices()).is_none());
    assert_eq!(caller.running.held(Collection::CareOffices), []);
}

#[test]
fn a_reset_after_the_effect_stores_and_the_answer_can_be_had_again() {
    let caller = Caller::new(Options::default());
    caller.running.set_mischief(Mischief::of(
        Fault::new(FaultKind::ResetAfterEffect).times(1),
    ));
    assert!(caller.try_post_once("key-1", care_offices()).is_none());
    assert_eq!(caller.running.held(Collection::CareOffices).len(), 1);
    let answer = caller.post_once("key-1", care_offices());
    assert_eq!(answer.body()["results"][0]["status"], "created");
    let statuses: Vec<_> = caller
        .running
        .requests()
        .iter()
        .map(|call| call.status)
        .collect();
    assert_eq!(statuses, [None, Some(200)]);
}

#[test]
fn hanging_and_truncated_answers_never_arrive_whole() {
    let caller = Caller::furnished(Options::default());
    for kind in [FaultKind::HangAfterEffect, FaultKind::TruncatedBody] {
        caller.running.set_mischief(fault(kind));
        let request = Request {
            patience: Some(Duration::from_secs(1)),
            ..Request::new()
        };
        assert!(caller.send("GET", "/v1/clients", &request).is_none());
    }
}

/// Straight from the wire, because no client shows an answer as it comes.
#[test]
fn answers_are_spoken_as_told() {
    let caller = Caller::furnished(Options::default());
    let right = caller.get("/v1/clients", "").text;
    let length = right.len();
    let spoken = |kind, bytes| {
        caller.running.set_mischief(fault(kind));
        caller.spoken("/v1/clients", bytes)
    };

    // Longer than any answer of the sandbox.
    let (head, body) = spoken(FaultKind::EndlessBody, 1_000_000);
    assert!(!head.contains("content-length"), "{head}");
    assert_eq!(&body[..length], right.as_bytes());
    assert!(body.len() > 900_000 && body[length..].iter().all(|byte| *byte == b' '));

    let (head, body) = spoken(FaultKind::GzipBomb, 100_000);
    assert!(head.contains("content-encoding: gzip"), "{head}");
    let mut unfolded = vec![0; 20_000_000];
    MultiGzDecoder::new(&body[..])
        .read_exact(&mut unfolded)
        .unwrap();
    assert_eq!(&unfolded[..length], right.as_bytes());

    let (head, body) = spoken(FaultKind::Gzip, 100_000);
    assert!(
        head.contains(&format!("content-length: {}", body.len())),
        "{head}"
    );
    let mut unfolded = String::new();
    MultiGzDecoder::new(&body[..])
        .read_to_string(&mut unfolded)
        .unwrap();
    assert_eq!(unfolded, right);

    let (head, body) = spoken(FaultKind::EndlessHead, 1_000_000);
    assert!(
        body.is_empty() && head.matches("x-more: ").count() > 900,
        "{}",
        head.len()
    );

    let (head, body) = spoken(FaultKind::Stall, 100_000);
    assert!(
        head.contains(&format!("content-length: {length}\r")),
        "{head}"
    );
    assert_eq!(body, &right.as_bytes()[..length / 2]);

    let began = Instant::now();
    let (head, body) = spoken(FaultKind::Drip { every_ms: 20 }, 400);
    assert!(
        head.contains(&format!("content-length: {length}\r")),
        "{head}"
    );
    assert!(!body.is_empty() && right.as_bytes().starts_with(&body));
    let drops = u32::try_from(body.len()).unwrap();
    assert!(began.elapsed() >= Duration::from_millis(20) * (drops - 1));

    for (by, told) in [(7, length + 7), (-7, length - 7)] {
        let (head, body) = spoken(FaultKind::WrongLength { by }, 100_000);
        assert!(
            head.contains(&format!("content-length: {told}\r")),
            "{head}"
        );
        assert_eq!(body, right.as_bytes());
    }
    // As far as the sandbox knows, none of them was answered.
    let calls = caller.running.requests();
    let unanswered = calls.iter().filter(|call| call.status.is_none()).count();
    assert_eq!(unanswered, 8);
}

#[test]
fn a_refusal_is_spoken_like_any_other_answer() {
    let caller = Caller::new(Options::default());
    let refused = FaultKind::Status {
        status: 503,
        retry_after: Some("7".to_owned()),
    };
    caller.running.set_mischief(Mischief {
        faults: [refused, FaultKind::EndlessBody].map(Fault::new).into(),
    });
    let (head, body) = caller.spoken("/v1/clients", 1_000_000);
    assert!(head.starts_with("HTTP/1.1 503 "), "{head}");
    assert!(head.contains("retry-after: 7\r"), "{head}");
    assert!(body.len() > 900_000);
}

#[test]
fn an_endless_list_goes_round_and_its_records_are_always_new_ones() {
    let caller = Caller::furnished(Options {
        page_size: 7,
        ..Options::default()
    });
    let right = caller.actuals("without").len();
    let total = 1_000_000;
    caller.running.set_mischief(Mischief {
        faults: [FaultKind::EndlessList, FaultKind::ToldTotal { total }]
            .map(Fault::new)
            .into(),
    });
    for (path, list, name) in [
        ("/v1/actuals/{month}", "visits", "id"),
        ("/v1/clients", "items", "key"),
    ] {
        let (mut names, mut query) = (BTreeSet::new(), String::new());
        for _ in 0..30 {
            let page = caller.get(path, &query).body();
            assert_eq!(page["total"], json!(total));
            for record in page[list].as_array().unwrap() {
                assert!(names.insert(record[name].as_str().unwrap().to_owned()));
            }
            query = format!("?cursor={}", page["cursor"].as_str().unwrap());
        }
        assert!(names.len() >= 30, "{names:?}");
        assert!(list == "items" || names.len() > right, "{names:?}");
    }
}

#[test]
fn a_fault_happens_to_the_calls_it_was_meant_for() {
    let caller = Caller::new(Options::default());
    let unavailable = FaultKind::Status {
        status: 503,
        retry_after: None,
    };
    let fault = Fault::new(unavailable)
        .on("GET /v1/clients")
        .after(1)
        .times(2);
    caller.running.set_mischief(Mischief::of(fault));
    let statuses = |path| [(); 4].map(|()| caller.get(path, "").status);
    assert_eq!(statuses("/v1/link"), [200; 4]);
    assert_eq!(statuses("/v1/clients"), [200, 503, 503, 200]);
}

#[test]
fn verdicts_go_missing_come_twice_and_reject_as_told() {
    let count = |kind| {
        let caller = Caller::new(Options::default());
        caller.running.set_mischief(fault(kind));
        let answer = caller.post("/v1/care-offices/batch", care_offices()).body();
        let results = answer["results"].as_array().unwrap().clone();
        (
            results.len(),
            results.first().map(|verdict| verdict["errors"].clone()),
        )
    };
    assert_eq!(count(FaultKind::MissingVerdicts { count: 1 }), (0, None));
    assert_eq!(count(FaultKind::DoubledVerdicts), (2, Some(Value::Null)));
    let error = json!({"pointer": "/kana", "code": "no", "message": "だめです"});
    let mut told = error.clone();
    told["kind"] = json!("reject");
    told["key"] = json!(CARE_OFFICE_KEY);
    let told: FaultKind = serde_json::from_value(told).unwrap();
    assert_eq!(count(told), (1, Some(json!([error]))));
}

#[test]
fn pages_and_their_headings_can_be_wrong() {
    let caller = Caller::furnished(Options {
        page_size: 7,
        ..Options::default()
    });
    let ids = |kind: Option<FaultKind>| {
        caller.running.set_mischief(Mischief {
            faults: kind
                .map(|kind| Fault::new(kind).after(1).times(1))
                .into_iter()
                .collect(),
        });
        caller
            .actuals("without")
            .iter()
            .map(|visit| visit["id"].clone())
            .collect::<Vec<_>>()
    };
    let right = ids(None);
    assert!(right.len() > 21);
    assert_eq!(
        ids(Some(FaultKind::DuplicatePage))[7..14],
        ids(Some(FaultKind::DuplicatePage))[14..21]
    );
    assert_eq!(
        ids(Some(FaultKind::DoubledRecords)),
        [&right[..14], &right[7..14], &right[14..]].concat()
    );
    assert_eq!(
        ids(Some(FaultKind::MissingPage)),
        [&right[..7], &right[14..]].concat()
    );
    assert_eq!(
        ids(Some(FaultKind::EarlierPage)),
        [&right[..7], &right[..7], &right[14..]].concat()
    );
    assert_eq!(ids(Some(FaultKind::LoopingCursor)).len(), right.len() + 7);

    let heading = |kind| {
        caller.running.set_mischief(fault(kind));
        let page = caller.get("/v1/actuals/{month}", "").body();
        (page["total"].as_u64().unwrap(), page["snapshot"].clone())
    };
    let told = heading(FaultKind::DoubledVerdicts);
    assert_eq!(heading(FaultKind::WrongTotal).0, told.0 + 1);
    for kind in [FaultKind::ChangingTotal, FaultKind::MovingSnapshot] {
        assert_ne!(heading(kind.clone()), heading(kind));
    }
}

#[test]
fn every_page_comes_twice_as_long_as_that_is_ordered_and_the_list_ends() {
    let caller = Caller::furnished(Options {
        page_size: 7,
        ..Options::default()
    });
    let right = caller.actuals("without");
    caller.running.set_mischief(fault(FaultKind::DuplicatePage));
    let doubled = right.chunks(7).flat_map(|page| [page, page].concat());
    let doubled = doubled.collect::<Vec<_>>();
    assert_eq!(caller.actuals("without"), doubled);
}

#[test]
fn a_page_leaves_out_what_it_was_told_to() {
    let caller = Caller::furnished(Options::default());
    for path in ["/v1/clients", "/v1/actuals/2026-10"] {
        let page = || caller.send("GET", path, &Request::new()).unwrap().body();
        caller.running.set_mischief(Mischief::default());
        let whole = page();
        for member in ["total", "snapshot", "cursor"] {
            let order = json!({"faults": [{"kind": "missing_member", "member": member}]});
            caller
                .running
                .set_mischief(serde_json::from_value(order).unwrap());
            let mut expected = whole.clone();
            expected.as_object_mut().unwrap().remove(member).unwrap();
            assert_eq!(page(), expected);
        }
    }
}

fn fault(kind: FaultKind) -> Mischief {
    Mischief::of(Fault::new(kind))
}
