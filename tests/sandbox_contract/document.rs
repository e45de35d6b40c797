//! The document and the server hold each other to their word.

use std::collections::BTreeSet;

use rakuwing::sandbox::{Fault, FaultKind, Mischief, OPENAPI, Options, Origin, ROUTES, Route};
use serde_json::json;

use crate::caller::{Answer, Caller, Request, document};
use crate::samples::{MONTH, batch_for};

#[test]
fn the_document_and_the_server_have_the_same_calls() {
    let served: BTreeSet<_> = ROUTES
        .iter()
        .map(|route| (route.path.to_owned(), route.method.to_lowercase()))
        .collect();
    let document = document();
    let paths = document["paths"].as_object().unwrap();
    let documented: BTreeSet<_> = paths
        .iter()
        .flat_map(|(path, calls)| {
            let methods = calls.as_object().unwrap().keys();
            methods.map(move |method| (path.clone(), method.clone()))
        })
        .collect();
    assert_eq!(served, documented);
}

/// Every status that the document gives for a call is provoked; [`Caller::call_as`] holds each
/// answer against the schema of its path, method and status.
#[test]
fn every_answer_of_the_document_can_be_had_and_has_its_form() {
    let document = document();
    for route in ROUTES {
        let call = &document["paths"][route.path][route.method.to_lowercase()];
        for status in call["responses"].as_object().unwrap().keys() {
            let status = status.parse().unwrap();
            let answer = provoke(status, *route);
            assert_eq!(answer.status, status, "{} {}", route.method, route.path);
        }
    }
}

/// Calls `route` in the way that must be answered with `status`.
fn provoke(status: u16, route: Route) -> Answer {
    let mut options = Options::default();
    let mut request = Request::new();
    let mut month = MONTH;
    if route.method == "POST" {
        request.body = Some(batch_for(route.path));
    }
    match (status, &mut request.body) {
        (200, _) => options.page_size = 7,
        (401, _) => request.key = "wrong".into(),
        (403, _) => request.device = "another-device".into(),
        (404, _) => month = "2026-13",
        (409, _) => options.origin = Origin::Other,
        (413, Some(batch)) => batch["items"] = json!(vec![&batch["items"][0]; 101]),
        (422, Some(batch)) => batch["items"] = json!([{"name": "番号なし"}]),
        (422, None) => request.query = "?cursor=never-handed-out".into(),
        _ => {}
    }
    let caller = Caller::furnished(options);
    if [408, 429, 500, 503].contains(&status) {
        let retry_after = Some("1".to_owned());
        let kind = FaultKind::Status {
            status,
            retry_after,
        };
        caller.running.set_mischief(Mischief::of(Fault::new(kind)));
    }
    caller.call_as(route.method, route.path, month, &request)
}

#[test]
fn the_document_is_handed_out_without_a_key() {
    let caller = Caller::new(Options::default());
    let request = Request {
        key: String::new(),
        ..Request::new()
    };
    let answer = caller.call_as("GET", "/v1/openapi.json", MONTH, &request);
    assert_eq!((answer.status, answer.text.as_str()), (200, OPENAPI));
}

#[test]
fn an_unknown_path_is_404_and_a_wrong_method_405() {
    let caller = Caller::new(Options::default());
    let not_found = caller.send("GET", "/v1/nothing", &Request::new()).unwrap();
    let wrong_method = caller
        .send("DELETE", "/v1/clients", &Request::new())
        .unwrap();
    assert_eq!((not_found.status, not_found.code()), (404, "not_found"));
    assert_eq!(
        (wrong_method.status, wrong_method.code()),
        (405, "method_not_allowed")
    );
}
