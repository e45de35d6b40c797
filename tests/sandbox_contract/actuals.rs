//! What helpers recorded and the manager approved.

use rakuwing::sandbox::{Options, Play};
use serde_json::json;

use crate::caller::Caller;
use crate::samples::{MONTH, VISITS, plans};

#[test]
fn only_approved_actuals_are_handed_out() {
    let caller = Caller::new(Options::default());
    let client = json!({"insurer_number": "131128", "insured_number": "0000123456"});
    let visit = |start: &str, approved: bool| {
        json!({"kind": "visit", "office": "1370100016", "client": client, "service_code": "111111",
            "approved": approved, "date": "2026-10-05", "planned": null,
            "recorded": {"start": start, "end": "12:00"}})
    };
    let add_on = json!({"kind": "add_on", "office": "1370100016", "client": client,
        "service_code": "114001", "approved": false, "date": null, "recorded": null});
    let actuals = json!([visit("09:00", true), visit("10:00", false), add_on]);
    caller
        .running
        .set_actuals(MONTH, serde_json::from_value(actuals).unwrap())
        .unwrap();
    let page = caller.get("/v1/actuals/{month}", "").body();
    assert_eq!(
        page,
        json!({
            "snapshot": "s1",
            "total": 1,
            "cursor": null,
            "visits": [{
                "id": "v-000001", "office": "1370100016", "client": client, "date": "2026-10-05",
                "start": "09:00", "end": "12:00", "service_code": "111111",
                "approved_at": "2026-10-06T18:00:00+09:00",
            }],
            "add_ons": [],
            "unapproved": [{"client": client, "visits": 1}],
        })
    );
}

#[test]
fn the_same_seed_plays_the_same_month() {
    let played = |seed| {
        let caller = Caller::furnished(Options {
            seed,
            ..Options::default()
        });
        caller.actuals("with")
    };
    assert_eq!(played(7), played(7));
    assert_ne!(played(7), played(8));
}

#[test]
fn a_lifelike_month_has_missed_unplanned_and_unapproved_visits() {
    for seed in 0..20 {
        let caller = Caller::furnished(Options {
            seed,
            ..Options::default()
        });
        let played = caller.running.play(MONTH, Play::Lifelike).unwrap();
        assert_eq!(played.planned, VISITS);
        assert!(
            played.missed > 0 && played.unplanned > 0 && played.unapproved > 0,
            "{played:?}"
        );
    }
}

#[test]
fn a_faithful_month_is_the_plan() {
    let caller = Caller::furnished(Options::default());
    caller.running.play(MONTH, Play::Faithful).unwrap();
    let visits = caller.actuals("without").into_iter().map(|visit| {
        json!({"date": visit["date"], "start": visit["start"], "end": visit["end"],
            "service_code": visit["service_code"]})
    });
    assert_eq!(
        visits.collect::<Vec<_>>(),
        *plans()["items"][0]["visits"].as_array().unwrap()
    );
}
