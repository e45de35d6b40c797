//! What becomes of the items of a batch.

use rakuwing::sandbox::{Collection, Options};
use serde_json::{Value, json};

use crate::caller::{Caller, Request};
use crate::samples::{CARE_OFFICE_KEY, MONTH, batch_for, care_offices};

#[test]
fn an_item_is_created_then_unchanged_then_updated() {
    let caller = Caller::new(Options::default());
    let mut batch = care_offices();
    let outcome = |batch: &Value| {
        let answer = caller.post("/v1/care-offices/batch", batch.clone()).body();
        let verdict = &answer["results"][0];
        format!(
            "{} {}",
            verdict["status"].as_str().unwrap(),
            verdict["revision"].as_str().unwrap()
        )
    };
    assert_eq!(outcome(&batch), "created r1");
    assert_eq!(outcome(&batch), "unchanged r1");
    batch["items"][0]["name"] = json!("新しい名前");
    assert_eq!(outcome(&batch), "updated r2");
    let counts = caller.running.registrations();
    assert_eq!(
        counts[&(Collection::CareOffices, CARE_OFFICE_KEY.to_owned())],
        2
    );
}

#[test]
fn verdicts_come_in_another_order_than_the_items() {
    let caller = Caller::new(Options::default());
    let sent: Vec<_> = (0..5).map(|n| format!("137000000{n}")).collect();
    let items = sent
        .iter()
        .map(|number| json!({"office_number": number, "name": "事業所"}));
    let batch = json!({"items": items.collect::<Vec<_>>()});
    let results = caller.post("/v1/care-offices/batch", batch).body();
    let results = results["results"].as_array().unwrap();
    let mut keys: Vec<_> = results
        .iter()
        .map(|verdict| verdict["key"].clone())
        .collect();
    assert_ne!(keys, sent);
    keys.sort_by_key(ToString::to_string);
    assert_eq!(keys, sent);
}

#[test]
fn an_item_with_another_revision_than_expected_is_a_conflict() {
    let caller = Caller::furnished(Options::default());
    let with = |revision: &str| {
        let mut batch = care_offices();
        batch["items"][0]["name"] = json!("変更後");
        batch["items"][0]["if_revision"] = json!(revision);
        let answer = caller.post("/v1/care-offices/batch", batch).body();
        let verdict = &answer["results"][0];
        (
            verdict["status"].clone(),
            verdict["errors"][0]["code"].clone(),
        )
    };
    assert_eq!(with(""), (json!("rejected"), json!("conflict")));
    let edited = caller
        .running
        .edit(
            Collection::CareOffices,
            CARE_OFFICE_KEY,
            "/name",
            json!("裏で変更"),
        )
        .unwrap();
    assert_eq!(with("r1"), (json!("rejected"), json!("conflict")));
    assert_eq!(with(&edited), (json!("updated"), Value::Null));
}

#[test]
fn the_services_own_rules_reject_with_a_pointer() {
    let caller = Caller::furnished(Options::default());
    let errors = |path: &str, pointer: &str, value: Value| {
        let mut batch = batch_for(path);
        *batch.pointer_mut(&format!("/items/0{pointer}")).unwrap() = value;
        let answer = caller.post(path, batch).body();
        let errors = answer["results"][0]["errors"].as_array().unwrap().clone();
        let text = |error: &Value, name: &str| error[name].as_str().unwrap().to_owned();
        errors
            .iter()
            .map(|e| text(e, "pointer") + " " + &text(e, "code"))
            .collect::<Vec<_>>()
    };
    let (offices, clients) = ("/v1/care-offices/batch", "/v1/clients/batch");
    let plans = "/v1/plans/{month}/batch";
    let long_name = json!("あ".repeat(41));
    for (path, pointer, value, expected) in [
        (offices, "/name", long_name.clone(), "/name too_long"),
        (
            offices,
            "/service_type",
            json!("11"),
            "/service_type not_allowed",
        ),
        (clients, "/name", long_name, "/name too_long"),
        (
            clients,
            "/cards/0/certified_to",
            json!("2026-03-31"),
            "/cards/0/certified_to before_start",
        ),
        (
            clients,
            "/cards/0/care_office",
            json!("1"),
            "/cards/0/care_office unknown_care_office",
        ),
        (
            plans,
            "/client/insured_number",
            json!("1"),
            "/client/insured_number unknown_client",
        ),
        (plans, "/office", json!("1"), "/office not_allowed"),
        (
            plans,
            "/visits/3/date",
            json!("2026-11-01"),
            "/visits/3/date outside_month",
        ),
        (
            plans,
            "/visits/3/service_code",
            json!("11111a"),
            "/visits/3/service_code bad_code",
        ),
        (
            plans,
            "/add_ons/0/date",
            json!("2026-11-01"),
            "/add_ons/0/date outside_month",
        ),
    ] {
        assert_eq!(errors(path, pointer, value), [expected]);
    }
    let other_month = errors(plans, "/month", json!("2026-11"));
    assert_eq!(other_month[0], "/month other_month");
}

#[test]
fn a_batch_with_one_malformed_item_is_refused_whole() {
    let caller = Caller::new(Options::default());
    let good = json!({"office_number": "1370000019", "name": "事業所"});
    for (bad, pointer) in [
        (
            json!({"office_number": "", "name": "事業所"}),
            "/items/1/office_number",
        ),
        (
            json!({"office_number": "2", "name": "事業所", "fax": null}),
            "/items/1/fax",
        ),
        (json!({"office_number": 2, "name": "事業所"}), "/items/1"),
    ] {
        let request = Request {
            body: Some(json!({"items": [good, bad]})),
            ..Request::new()
        };
        let answer = caller.call_as("POST", "/v1/care-offices/batch", MONTH, &request);
        assert_eq!((answer.status, answer.code()), (422, "malformed"));
        assert_eq!(answer.body()["pointer"], pointer);
    }
    assert_eq!(caller.running.held(Collection::CareOffices), []);
}

#[test]
fn a_list_without_contents_has_every_key_and_revision_on_fewer_pages() {
    let caller = Caller::new(Options {
        page_size: 1,
        ..Options::default()
    });
    let offices =
        (0..12).map(|n| json!({"office_number": format!("13700000{n:02}"), "name": "事業所"}));
    let batch = json!({"items": offices.collect::<Vec<_>>()});
    caller.post("/v1/care-offices/batch", batch);
    let page = |query: &str| caller.get("/v1/care-offices", query).body();
    let first = page("?contents=without");
    assert_eq!(first["items"].as_array().unwrap().len(), 10);
    assert_eq!(
        first["items"][0],
        json!({"key": "1370000000", "revision": "r1"})
    );
    let cursor = first["cursor"].as_str().unwrap();
    let second = page(&format!("?contents=without&cursor={cursor}"));
    assert_eq!(second["items"].as_array().unwrap().len(), 2);
    assert_eq!(second["cursor"], json!(null));
    let full = page("?contents=with");
    assert_eq!(full["items"].as_array().unwrap().len(), 1);
    assert_eq!(full["items"][0]["item"]["name"], json!("事業所"));
}
