//! What happens to a call before and after it takes effect.

use std::sync::Arc;

use axum::body::{Body, Bytes, HttpBody as _, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::faults::Faults;
use super::idempotency::{Opened, Ticket};
use super::line::Switch;
use super::log::Recorded;
use super::options::Idempotency;
use super::refusal::Refusal;
use super::service::Service;
use super::speech::{Said, Speech};

/// How a call ends.
#[derive(Debug)]
pub(super) enum Answer {
    /// The client gets this.
    Whole(Response),
    /// The client gets half of this.
    Truncated(Response),
    /// The client gets this, and nothing of it is the framework's.
    Spoken(Speech),
    /// The client gets a broken connection.
    Broken,
}

/// Every call under `/v1/` comes in and goes out here.
pub(super) async fn door(
    State(service): State<Arc<Service>>,
    ConnectInfo(line): ConnectInfo<Switch>,
    request: Request,
    next: Next,
) -> Response {
    if !request.uri().path().starts_with("/v1/") {
        return next.run(request).await;
    }
    let call = match Call::receive(request).await {
        Ok(call) => call,
        Err(refusal) => return refusal.into_response(),
    };
    let number = service.log.arrived(call.record(), call.body.clone());
    let answer = proceed(&service, number, call, next).await;
    match answer {
        Answer::Whole(response) => {
            service.log.answered(number, response.status());
            response
        }
        Answer::Truncated(response) => {
            let length = response.body().size_hint().exact().unwrap_or_default();
            line.cut_in_body(usize::try_from(length / 2).unwrap_or_default());
            response
        }
        Answer::Spoken(speech) => {
            line.speak(speech);
            Response::default()
        }
        Answer::Broken => {
            line.cut();
            Response::default()
        }
    }
}

/// The order of everything: what may go wrong first, then the call itself, then the rest.
async fn proceed(service: &Service, number: u64, call: Call, next: Next) -> Answer {
    let faults = Arc::new(service.schedule.draw(&call.line(), number));
    let answer = if let Some(answer) = faults.instead_of_effect() {
        answer
    } else {
        let response = match effect(service, call, Arc::clone(&faults), next).await {
            Ok(response) => response,
            Err(refusal) => refusal.into_response(),
        };
        faults.after_effect(response).await
    };
    match answer {
        Answer::Whole(response) if !faults.are_none() => spoken(&faults, response).await,
        answer => answer,
    }
}

/// An answer in the way in which the faults let it be given.
async fn spoken(faults: &Faults, response: Response) -> Answer {
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await;
    let body = body.expect("answers are made in memory");
    let said = Said {
        status: parts.status,
        headers: parts.headers.clone(),
        body: body.to_vec(),
    };
    match faults.speech(&said) {
        Some(speech) => Answer::Spoken(speech),
        None => Answer::Whole(Response::from_parts(parts, Body::from(body))),
    }
}

async fn effect(
    service: &Service,
    call: Call,
    faults: Arc<Faults>,
    next: Next,
) -> Result<Response, Refusal> {
    admit(service, &call)?;
    let ticket = match open(service, &call)? {
        Some(Opened::Again(answer)) => return Ok(first_answer(answer)),
        Some(Opened::First(ticket)) => Some(ticket),
        None => None,
    };
    faults.wait_before_effect().await;
    let response = next.run(call.forward(faults)).await;
    match ticket {
        Some(ticket) if response.status() == StatusCode::OK => keep(ticket, response).await,
        // A refused call had no effect: its key may be used again.
        Some(_) | None => Ok(response),
    }
}

/// Lets in who has the key and sits at the parent machine.
fn admit(service: &Service, call: &Call) -> Result<(), Refusal> {
    let options = &service.options;
    if options.enforce_rate && !service.rate.admits(options.requests_per_second) {
        return Err(Refusal::too_many_requests());
    }
    if call.parts.uri.path() == "/v1/openapi.json" {
        // The contract is read before there is a key.
        return Ok(());
    }
    if call.header("x-api-key") != Some(&options.key) {
        return Err(Refusal::bad_key());
    }
    let device = call.header("x-device").ok_or_else(Refusal::other_device)?;
    match &service.state().parent {
        Some(parent) if parent != device => Err(Refusal::other_device()),
        Some(_) | None => Ok(()),
    }
}

fn open(service: &Service, call: &Call) -> Result<Option<Opened>, Refusal> {
    match (service.options.idempotency, call.header("idempotency-key")) {
        (Idempotency::Honoured, Some(key)) if call.parts.method == Method::POST => service
            .ledger
            .open(key, call.parts.uri.path(), &call.body)
            .map(Some),
        (Idempotency::Honoured | Idempotency::Ignored, _) => Ok(None),
    }
}

async fn keep(ticket: Ticket, response: Response) -> Result<Response, Refusal> {
    let body = to_bytes(response.into_body(), usize::MAX).await;
    let body = body.expect("answers are made in memory");
    ticket.keep(body.clone());
    Ok(first_answer(body))
}

fn first_answer(body: Bytes) -> Response {
    let json = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, json)], body).into_response()
}

/// A call whose body has arrived.
#[derive(Debug)]
struct Call {
    parts: Parts,
    body: Bytes,
}

impl Call {
    async fn receive(request: Request) -> Result<Self, Refusal> {
        const BODY_MAX: usize = 64 * 1024 * 1024;
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, BODY_MAX)
            .await
            .map_err(|_| Refusal::too_large())?;
        Ok(Self { parts, body })
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    }

    /// The call as faults are matched with it.
    fn line(&self) -> String {
        format!("{} {}", self.parts.method, self.parts.uri)
    }

    fn record(&self) -> Recorded {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Recorded {
            number: 0,
            method: self.parts.method.to_string(),
            path: self.parts.uri.path().to_owned(),
            query: owned(self.parts.uri.query()),
            device: owned(self.header("x-device")),
            idempotency_key: owned(self.header("idempotency-key")),
            body: None,
            status: None,
        }
    }

    fn forward(self, faults: Arc<Faults>) -> Request {
        let mut request = Request::from_parts(self.parts, Body::from(self.body));
        request.extensions_mut().insert(faults);
        request
    }
}
