//! What each call of the contract does, once the door let it in.

use std::ops::Range;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Json, Response};
use serde::Serialize;
use serde_json::{Value, json};

use super::actuals::Unapproved;
use super::batch;
use super::calendar::Month;
use super::collection::Collection;
use super::faults::Faults;
use super::paging::{Heading, List, Page, PageQuery, Wanted, page};
use super::refusal::Refusal;
use super::routes::OPENAPI;
use super::service::Service;

type PageQueryOrNot = Result<Query<PageQuery>, QueryRejection>;

/// `GET /v1/openapi.json`: the contract.
pub(super) async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}

/// `GET /v1/link`: who the key belongs to. The first device that asks becomes the parent machine.
pub(super) async fn link(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let device = headers
        .get("x-device")
        .and_then(|value| value.to_str().ok());
    let device = device.ok_or_else(Refusal::other_device)?;
    if service.state().parent.is_none() {
        let saved = service.change(|state| {
            state.parent.get_or_insert_with(|| device.to_owned());
        });
        saved.map_err(|_| Refusal::not_saved())?;
    }
    let options = &service.options;
    let body = json!({
        "offices": options.offices,
        "origin": service.state().origin,
        "limits": {
            "batch_max": options.batch_max,
            "requests_per_second": options.requests_per_second,
        },
        "server_time": options.clock.text(),
    });
    Ok(Json(body).into_response())
}

/// `POST …/batch`: creates or replaces items by their own key.
pub(super) async fn register(
    State(service): State<Arc<Service>>,
    collection: Collection,
    Extension(faults): Extension<Arc<Faults>>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let options = &service.options;
    let batch = batch::read(&body, collection, options.batch_max)?;
    let verdicts = service
        .change(|state| batch::register(state, &batch, collection, options, &faults))
        .map_err(|_| Refusal::not_saved())??;
    Ok(Json(verdicts).into_response())
}

/// A page of what is held, written as it stands: a large list is most of the service's work.
#[derive(Serialize)]
struct Listed<T> {
    #[serde(flatten)]
    heading: Heading,
    items: Vec<T>,
}

fn listed<T: Clone + Serialize>(
    page: Page,
    faults: &Faults,
    items: impl FnOnce(Range<usize>) -> Vec<T>,
) -> Response {
    let mut listed = Listed {
        heading: page.heading,
        items: items(page.places),
    };
    faults.disturb_records(&mut listed.items);
    match page.round {
        0 => Json(listed).into_response(),
        round => Json(Listed {
            heading: listed.heading,
            items: renewed(&listed.items, "key", round),
        })
        .into_response(),
    }
}

/// Records under names that they did not have before.
fn renewed(records: &[impl Serialize], name: &str, round: usize) -> Vec<Value> {
    let renewed = |record| {
        let mut record = json!(record);
        if let Some(Value::String(name)) = record.get_mut(name) {
            *name = format!("{name}-{round}");
        }
        record
    };
    records.iter().map(renewed).collect()
}

/// A page has room for so many versions where it has room for one item.
const VERSIONS_FOR_AN_ITEM: usize = 10;

/// `GET` of a collection: what is held now.
pub(super) async fn held(
    State(service): State<Arc<Service>>,
    collection: Collection,
    Extension(faults): Extension<Arc<Faults>>,
    query: PageQueryOrNot,
) -> Result<Response, Refusal> {
    let query = readable(query)?;
    let state = service.state();
    let shelf = state.shelf(collection);
    let contents = query.contents.unwrap_or(Wanted::With);
    let page_size = service.options.page_size;
    let list = List {
        total: shelf.entries.len(),
        snapshot: shelf.snapshot,
        page_size: match contents {
            Wanted::With => page_size,
            Wanted::Without => page_size.saturating_mul(VERSIONS_FOR_AN_ITEM),
        },
    };
    let page = page(list, query.cursor.as_deref(), &faults)?;
    Ok(match contents {
        Wanted::With => listed(page, &faults, |places| shelf.held(places)),
        Wanted::Without => listed(page, &faults, |places| shelf.versions(places)),
    })
}

/// A page of actuals.
#[derive(Serialize)]
struct Approved<'a, V, A> {
    #[serde(flatten)]
    heading: Heading,
    visits: Vec<V>,
    add_ons: Vec<A>,
    unapproved: &'a [Unapproved],
}

/// `GET /v1/actuals/{month}`: what was approved, visits first, add-ons after them.
pub(super) async fn actuals(
    State(service): State<Arc<Service>>,
    Path(month): Path<String>,
    Extension(faults): Extension<Arc<Faults>>,
    query: PageQueryOrNot,
) -> Result<Response, Refusal> {
    let month: Month = month.parse().map_err(|_| Refusal::not_found())?;
    let query = readable(query)?;
    let state = service.state();
    let held = state.actuals(month);
    let visits = &held.visits[..];
    let add_ons = match query.add_ons.unwrap_or(Wanted::With) {
        Wanted::With => &held.add_ons[..],
        Wanted::Without => &[],
    };
    let list = List {
        total: visits.len() + add_ons.len(),
        snapshot: held.snapshot,
        page_size: service.options.page_size,
    };
    let page = page(list, query.cursor.as_deref(), &faults)?;
    let (visits, add_ons) = across(visits, add_ons, &page.places);
    let unapproved = match query.cursor {
        None => &held.unapproved[..],
        Some(_) => &[],
    };
    let mut body = Approved {
        heading: page.heading,
        visits: visits.iter().collect(),
        add_ons: add_ons.iter().collect(),
        unapproved,
    };
    faults.disturb_records(&mut body.visits);
    faults.disturb_records(&mut body.add_ons);
    Ok(match page.round {
        0 => Json(body).into_response(),
        round => Json(Approved {
            heading: body.heading,
            visits: renewed(&body.visits, "id", round),
            add_ons: renewed(&body.add_ons, "id", round),
            unapproved: body.unapproved,
        })
        .into_response(),
    })
}

/// The parts of two lists, one behind the other, that a page shows.
fn across<'a, A, B>(first: &'a [A], second: &'a [B], places: &Range<usize>) -> (&'a [A], &'a [B]) {
    let split = first.len();
    let in_first = places.start.min(split)..places.end.min(split);
    let in_second = places.start.saturating_sub(split)..places.end.saturating_sub(split);
    (&first[in_first], &second[in_second])
}

/// The query, unless a parameter stands twice or has a value that the contract does not know.
fn readable(query: PageQueryOrNot) -> Result<PageQuery, Refusal> {
    query
        .map(|Query(query)| query)
        .map_err(|_| Refusal::malformed(""))
}
