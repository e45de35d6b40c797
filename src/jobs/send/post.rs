//! A batch as it leaves: each item with its condition, and a name by which a service that
//! knows such names recognises a repetition.

use crate::disk::Digest;
use crate::service::{Posted, ServiceError};

use super::batch::Batch;
use super::{Planned, Route};

/// Posts what is open of a batch, once.
pub fn post(batch: &Batch, items: &[&Planned], route: &Route<'_>) -> Result<Posted, ServiceError> {
    let contract = route.service.contract();
    let bodies: Vec<Vec<u8>> = batch
        .open()
        .map(|(at, _)| {
            let revision = items[at].revision.as_deref();
            let revision = revision.unwrap_or(&contract.request.not_there_yet);
            conditional(
                &items[at].item.body,
                &contract.request.if_revision,
                revision,
            )
        })
        .collect();
    // The same batch of the same delivery has the same key, whichever attempt it is.
    let mut named = format!("{}\n{}", route.delivery, route.path);
    for (_, intent) in batch.open() {
        named.push('\n');
        named.push_str(intent.digest.as_str());
    }
    let idempotency = Digest::of(named.as_bytes());
    route
        .service
        .post(route.path, &bodies, idempotency.as_str())
}

/// The item with the condition that the service still holds the version we looked at.
fn conditional(body: &[u8], name: &str, revision: &str) -> Vec<u8> {
    let condition = serde_json::to_string(name).unwrap_or_default()
        + ":"
        + &serde_json::to_string(revision).unwrap_or_default();
    let mut item = Vec::with_capacity(body.len() + condition.len() + 1);
    item.push(b'{');
    item.extend_from_slice(condition.as_bytes());
    if body.get(1) != Some(&b'}') {
        item.push(b',');
    }
    item.extend_from_slice(&body[1..]);
    item
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_condition_stands_before_whatever_the_item_says() {
        let with = |body: &[u8]| String::from_utf8(conditional(body, "if", "r\"1")).unwrap();
        assert_eq!(with(br#"{"a":1}"#), r#"{"if":"r\"1","a":1}"#);
        assert_eq!(with(b"{}"), r#"{"if":"r\"1"}"#);
    }
}
