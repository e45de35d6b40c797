//! The calls under `/sandbox/`, for people who run the sandbox by hand. They need no key.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::collection::Collection;
use super::log::Recorded;
use super::mischief::Mischief;
use super::play::{Play, Played};
use super::service::{ControlError, Service};
use super::shelf::Held;

type Outcome<T> = Result<Json<T>, Wrong>;

pub(super) fn router() -> Router<Arc<Service>> {
    Router::new()
        .route("/sandbox/play/{month}", post(play))
        .route("/sandbox/play/{month}/faithful", post(play_faithfully))
        .route("/sandbox/requests", get(requests))
        .route("/sandbox/held/{collection}", get(held))
        .route("/sandbox/edit", post(edit))
        .route("/sandbox/mischief", post(mischief))
}

/// `{"play": "faithful"}`; an empty body plays a lifelike month.
#[derive(Debug, Default, Deserialize)]
struct PlayOrder {
    #[serde(default)]
    play: Play,
}

async fn play(
    State(service): State<Arc<Service>>,
    Path(month): Path<String>,
    body: Bytes,
) -> Outcome<Played> {
    let order: PlayOrder = if body.is_empty() {
        PlayOrder::default()
    } else {
        read(&body)?
    };
    let month = month.parse().map_err(ControlError::Unreadable)?;
    Ok(Json(
        service
            .play(month, order.play)
            .map_err(ControlError::Disk)?,
    ))
}

/// The same for whoever types it: everything as planned, and all of it approved.
async fn play_faithfully(
    State(service): State<Arc<Service>>,
    Path(month): Path<String>,
) -> Outcome<Played> {
    let month = month.parse().map_err(ControlError::Unreadable)?;
    let played = service.play(month, Play::Faithful);
    Ok(Json(played.map_err(ControlError::Disk)?))
}

async fn requests(State(service): State<Arc<Service>>) -> Json<Vec<Recorded>> {
    Json(service.log.calls())
}

async fn held(
    State(service): State<Arc<Service>>,
    Path(collection): Path<String>,
) -> Outcome<Vec<Held>> {
    let collection = collection.parse().map_err(ControlError::Unreadable)?;
    Ok(Json(service.held(collection)))
}

#[derive(Debug, Deserialize)]
struct Edit {
    collection: Collection,
    key: String,
    pointer: String,
    value: Value,
}

async fn edit(State(service): State<Arc<Service>>, body: Bytes) -> Outcome<Value> {
    let Edit {
        collection,
        key,
        pointer,
        value,
    } = read(&body)?;
    let revision = service.edit(collection, &key, &pointer, value)?;
    Ok(Json(json!({ "revision": revision })))
}

async fn mischief(State(service): State<Arc<Service>>, body: Bytes) -> Outcome<Mischief> {
    let mischief: Mischief = read(&body)?;
    service.schedule.replace(mischief.clone());
    Ok(Json(mischief))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Wrong> {
    serde_json::from_slice(body).map_err(|error| Wrong(error.to_string()))
}

/// An order that was not carried out, in words for the person who gave it.
#[derive(Debug, Serialize)]
struct Wrong(String);

impl From<ControlError> for Wrong {
    fn from(error: ControlError) -> Self {
        Self(error.to_string())
    }
}

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, Json(json!({ "wrong": self }))).into_response()
    }
}
