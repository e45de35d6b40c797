//! Who may call, and how often.

use crate::caller::{Caller, Request};
use crate::samples::{MONTH, batch_for, care_offices};
use rakuwing::sandbox::{Collection, Options, Origin};

#[test]
fn another_device_than_the_first_that_linked_is_refused() {
    let caller = Caller::new(Options::default());
    assert_eq!(caller.get("/v1/link", "").status, 200);
    let other = Request {
        device: "another-device".to_owned(),
        ..Request::new()
    };
    let answer = caller.call_as("GET", "/v1/clients", MONTH, &other);
    assert_eq!((answer.status, answer.code()), (403, "other_device"));
    assert_eq!(caller.get("/v1/clients", "").status, 200);
}

#[test]
fn basic_data_of_another_origin_blocks_every_batch() {
    let caller = Caller::new(Options {
        origin: Origin::Other,
        ..Options::default()
    });
    for path in [
        "/v1/care-offices/batch",
        "/v1/clients/batch",
        "/v1/plans/{month}/batch",
    ] {
        let answer = caller.post(path, batch_for(path));
        assert_eq!((answer.status, answer.code()), (409, "foreign_basic_data"));
    }
    assert_eq!(caller.get("/v1/link", "").body()["origin"], "other");
    assert_eq!(caller.running.held(Collection::CareOffices), []);
}

#[test]
fn the_origin_is_rakusuke_after_the_first_basic_data() {
    let caller = Caller::new(Options::default());
    assert_eq!(caller.get("/v1/link", "").body()["origin"], "none");
    caller.post("/v1/care-offices/batch", care_offices());
    assert_eq!(caller.get("/v1/link", "").body()["origin"], "rakusuke");
}

#[test]
fn more_calls_than_the_limit_are_429_if_the_rate_is_enforced() {
    let options = Options {
        enforce_rate: true,
        requests_per_second: 1,
        ..Options::default()
    };
    let caller = Caller::new(options);
    let mut statuses = (0..1000).map(|_| caller.get("/v1/link", "").status);
    assert_eq!(statuses.next(), Some(200));
    // On a busy machine a call may take longer than a second, and is let in.
    assert!(statuses.any(|status| status == 429));
}
