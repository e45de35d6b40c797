//! The names of Care-wing's API: paths, headers, and where answers keep what we look for.
//!
//! The real API is not public; every name that could be another one there stands in
//! `mappings/carewing/service.toml` and is only read here.

use serde::Deserialize;

use super::error::TableError;
use super::pointer::Pointer;
use super::source::Source;

/// The contract, as the table writes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "each member is a section of the commented table"
)]
pub struct Contract {
    pub headers: Headers,
    pub paths: Paths,
    pub query: Query,
    pub request: Request,
    pub answer: Answer,
    pub refusal: Refusal,
    pub link: Link,
    pub page: Page,
    pub actuals: ActualsPage,
}

/// Header names.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each member is explained in the table")]
pub struct Headers {
    pub key: String,
    pub device: String,
    pub idempotency: String,
}

/// Paths below the service's address; `{month}` stands for the month.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each member is explained in the table")]
pub struct Paths {
    pub link: String,
    pub care_offices: String,
    pub clients: String,
    pub plans: String,
    pub actuals: String,
    /// Follows a collection's path where a batch is posted.
    pub batch: String,
}

/// Query parameters.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each member is explained in the table")]
pub struct Query {
    pub cursor: String,
    pub contents: Option<String>,
    pub add_ons: String,
    pub with: String,
    pub without: String,
}

/// Members of what is posted.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each member is explained in the table")]
pub struct Request {
    pub items: String,
    pub if_revision: String,
    pub not_there_yet: String,
}

/// Where the verdicts on a batch stand; pointers below `results` are within one verdict.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each member is explained in the table")]
pub struct Answer {
    pub results: String,
    pub key: String,
    pub status: String,
    pub revision: String,
    pub errors: String,
    pub pointer: String,
    pub code: String,
    pub message: String,
    pub created: String,
    pub updated: String,
    pub unchanged: String,
    pub rejected: String,
    pub conflict: String,
}

/// What is said where a batch is refused as a whole (409).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each member is explained in the table")]
pub struct Refusal {
    pub code: String,
    pub foreign: String,
    pub in_progress: String,
}

/// Where the answer to the first call keeps what it says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each member is explained in the table")]
pub struct Link {
    pub offices: String,
    pub origin: String,
    pub origin_none: String,
    pub origin_rakusuke: String,
    pub origin_other: String,
    pub batch_max: String,
    pub requests_per_second: String,
}

/// Where a page keeps what it says; pointers below `items` are within one item.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each member is explained in the table")]
pub struct Page {
    pub items: Pointer,
    pub key: Pointer,
    pub revision: Pointer,
    pub item: Pointer,
    pub cursor: Pointer,
    pub total: Pointer,
    pub snapshot: Pointer,
}

/// What a page of actuals has besides.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActualsPage {
    /// Pointers to the lists that the stated total counts.
    pub counted: Vec<Pointer>,
    /// Within one of the counted records, the pointer to what tells it from all others of its
    /// list; none where records have no such thing.
    pub id: Option<Pointer>,
}

impl Contract {
    /// Reads the contract.
    pub fn load(source: &Source) -> Result<Self, TableError> {
        source.toml()
    }
}
