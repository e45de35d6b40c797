//! The table of calls: what the contract offers, and nothing else.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};

use super::calls;
use super::control;
use super::door::door;
use super::refusal::Refusal;
use super::service::Service;

/// The contract as an `OpenAPI` document.
pub const OPENAPI: &str = include_str!("../../mappings/carewing/openapi.json");

/// One call of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The path as the `OpenAPI` document writes it.
    pub path: &'static str,
    call: Call,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    OpenApi,
    Link,
    Register,
    Held,
    Actuals,
}

/// Every call of the contract. The router is made from this table.
pub const ROUTES: &[Route] = &[
    route("GET", "/v1/openapi.json", Call::OpenApi),
    route("GET", "/v1/link", Call::Link),
    route("POST", "/v1/care-offices/batch", Call::Register),
    route("POST", "/v1/clients/batch", Call::Register),
    route("POST", "/v1/plans/{month}/batch", Call::Register),
    route("GET", "/v1/care-offices", Call::Held),
    route("GET", "/v1/clients", Call::Held),
    route("GET", "/v1/plans/{month}", Call::Held),
    route("GET", "/v1/actuals/{month}", Call::Actuals),
];

const fn route(method: &'static str, path: &'static str, call: Call) -> Route {
    Route { method, path, call }
}

/// The service with all its calls, and those under `/sandbox/`.
pub(super) fn router(service: Arc<Service>) -> Router {
    let add = |router: Router<_>, route: &Route| router.route(route.path, handler(route.call));
    ROUTES
        .iter()
        .fold(control::router(), add)
        .fallback(async || Refusal::not_found())
        .method_not_allowed_fallback(async || Refusal::method_not_allowed())
        .layer(from_fn_with_state(Arc::clone(&service), door))
        // The door has its own limit, high enough for any batch.
        .layer(DefaultBodyLimit::disable())
        .with_state(service)
}

fn handler(call: Call) -> MethodRouter<Arc<Service>> {
    match call {
        Call::OpenApi => get(calls::openapi),
        Call::Link => get(calls::link),
        Call::Register => post(calls::register),
        Call::Held => get(calls::held),
        Call::Actuals => get(calls::actuals),
    }
}
