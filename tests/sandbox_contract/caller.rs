//! A client of the sandbox that holds every call against the document.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use rakuwing::sandbox::{OPENAPI, Options, Play, Running, start};
use serde_json::Value;

use crate::samples::{MONTH, batch_for};

pub(crate) struct Request {
    pub(crate) key: String,
    pub(crate) device: String,
    pub(crate) query: String,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) body: Option<Value>,
    /// How long an answer is waited for, where that is not long.
    pub(crate) patience: Option<Duration>,
}

impl Request {
    pub(crate) fn new() -> Self {
        Self {
            key: "sandbox-key".to_owned(),
            device: "parent-device".to_owned(),
            query: String::new(),
            idempotency_key: None,
            body: None,
            patience: None,
        }
    }
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn body(&self) -> Value {
        self.body.clone()
    }

    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap()
    }
}

pub(crate) struct Caller {
    pub(crate) running: Running,
    http: reqwest::blocking::Client,
}

impl Caller {
    pub(crate) fn new(options: Options) -> Self {
        rakuwing::service::prepare_encryption();
        let http = reqwest::blocking::Client::builder()
            .no_proxy()
            .timeout(Duration::from_mins(1));
        Self {
            running: start(options).unwrap(),
            http: http.build().unwrap(),
        }
    }

    /// A sandbox that is linked and, unless it refuses batches, holds one of everything and has
    /// played the month.
    pub(crate) fn furnished(options: Options) -> Self {
        let caller = Self::new(options);
        caller.get("/v1/link", "");
        for path in [
            "/v1/care-offices/batch",
            "/v1/clients/batch",
            "/v1/plans/{month}/batch",
        ] {
            caller.post(path, batch_for(path));
        }
        caller.running.play(MONTH, Play::Lifelike).unwrap();
        caller
    }

    pub(crate) fn get(&self, path: &str, query: &str) -> Answer {
        let request = Request {
            query: query.to_owned(),
            ..Request::new()
        };
        self.call_as("GET", path, MONTH, &request)
    }

    pub(crate) fn post(&self, path: &str, body: Value) -> Answer {
        let request = Request {
            body: Some(body),
            ..Request::new()
        };
        self.call_as("POST", path, MONTH, &request)
    }

    pub(crate) fn post_once(&self, idempotency_key: &str, body: Value) -> Answer {
        self.try_post_once(idempotency_key, body).unwrap()
    }

    pub(crate) fn try_post_once(&self, idempotency_key: &str, body: Value) -> Option<Answer> {
        let idempotency_key = Some(idempotency_key.to_owned());
        let request = Request {
            idempotency_key,
            body: Some(body),
            ..Request::new()
        };
        self.send("POST", "/v1/care-offices/batch", &request)
    }

    /// Posts and does not wait for the answer: the call goes on until the connection is dropped.
    pub(crate) fn begin_to_post(&self, idempotency_key: &str, body: &Value) -> TcpStream {
        let Request { key, device, .. } = Request::new();
        let url = self.running.url();
        let host = url.strip_prefix("http://").unwrap();
        let body = body.to_string();
        let length = body.len();
        let mut connection = TcpStream::connect(host).unwrap();
        write!(
            connection,
            "POST /v1/care-offices/batch HTTP/1.1\r\nHost: {host}\r\nX-Api-Key: {key}\r\n\
             X-Device: {device}\r\nIdempotency-Key: {idempotency_key}\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        connection
    }

    /// All pages of the month's actuals.
    pub(crate) fn actuals(&self, add_ons: &str) -> Vec<Value> {
        let (mut all, mut query) = (Vec::new(), format!("?add_ons={add_ons}"));
        loop {
            let page = self.get("/v1/actuals/{month}", &query).body();
            all.extend(page["visits"].as_array().unwrap().iter().cloned());
            all.extend(page["add_ons"].as_array().unwrap().iter().cloned());
            match page["cursor"].as_str() {
                Some(cursor) => query = format!("?add_ons={add_ons}&cursor={cursor}"),
                None => return all,
            }
        }
    }

    /// Calls a path of the document and holds what is sent and what is answered against it.
    pub(crate) fn call_as(
        &self,
        method: &str,
        path: &str,
        month: &str,
        request: &Request,
    ) -> Answer {
        let answer = self
            .send(method, &path.replace("{month}", month), request)
            .unwrap();
        let document = document();
        let call = &document["paths"][path][method.to_lowercase()];
        let mut response = &call["responses"][answer.status.to_string()];
        if let Some(reference) = response["$ref"].as_str() {
            response = document.pointer(&reference[1..]).unwrap();
        }
        assert_valid(
            &document,
            &response["content"]["application/json"]["schema"],
            &answer.body,
        );
        if let Some(body) = request.body.as_ref().filter(|_| answer.status != 422) {
            let schema = &call["requestBody"]["content"]["application/json"]["schema"];
            assert_valid(&document, schema, body);
        }
        answer
    }

    /// Head and body of an answer as it comes, up to so many bytes, or until nothing comes for a
    /// while.
    pub(crate) fn spoken(&self, path: &str, bytes: usize) -> (String, Vec<u8>) {
        let url = self.running.url();
        let mut line = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
        line.set_read_timeout(Some(Duration::from_millis(500)))
            .unwrap();
        let request = Request::new();
        let (key, device) = (request.key, request.device);
        let head = format!("GET {path} HTTP/1.1\r\nHost: sandbox\r\n");
        let head = format!("{head}X-Api-Key: {key}\r\nX-Device: {device}\r\n\r\n");
        line.write_all(head.as_bytes()).unwrap();
        let mut answer = Vec::new();
        let mut piece = [0; 4096];
        while answer.len() < bytes
            && let Ok(length @ 1..) = line.read(&mut piece)
        {
            answer.extend_from_slice(&piece[..length]);
        }
        let head = answer.windows(4).position(|end| end == b"\r\n\r\n");
        let body = head.map_or(Vec::new(), |head| answer.split_off(head + 4));
        (String::from_utf8(answer).unwrap(), body)
    }

    /// None if no whole answer came.
    pub(crate) fn send(&self, method: &str, path: &str, request: &Request) -> Option<Answer> {
        let url = format!("{}{path}{}", self.running.url(), request.query);
        let mut call = self
            .http
            .request(method.parse().unwrap(), url)
            .header("X-Api-Key", &request.key)
            .header("X-Device", &request.device);
        if let Some(key) = &request.idempotency_key {
            call = call.header("Idempotency-Key", key);
        }
        if let Some(body) = &request.body {
            call = call.body(body.to_string());
        }
        if let Some(patience) = request.patience {
            call = call.timeout(patience);
        }
        let response = call.send().ok()?;
        let status = response.status().as_u16();
        let text = response.text().ok()?;
        let body = serde_json::from_str(&text).unwrap();
        Some(Answer { status, text, body })
    }
}

pub(crate) fn document() -> Value {
    serde_json::from_str(OPENAPI).unwrap()
}

pub(crate) fn assert_valid(document: &Value, schema: &Value, instance: &Value) {
    assert!(
        schema.is_object(),
        "the document has no schema for {instance}"
    );
    let mut schema = schema.clone();
    schema["components"] = document["components"].clone();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<_> = validator
        .iter_errors(instance)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:#?}\n{instance:#}");
}
