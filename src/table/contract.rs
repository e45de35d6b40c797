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
    /// A table from before there were limits has the shipped ones.
    #[serde(default)]
    pub limits: Limits,
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

/// How much is taken of an answer, by kind of call. Bytes are counted twice, as they come and
/// as they unfold, and both have the same limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Bytes of the answer to the first call.
    pub link: usize,
    /// Bytes of the verdicts on a batch.
    pub batch: usize,
    /// Bytes of what is said where a batch is refused as a whole (409). Of other refusals only
    /// the status is looked at.
    pub refusal: usize,
    /// A list of what is held.
    pub list: ListLimits,
    /// The list of a month's actuals.
    pub actuals: ListLimits,
}

/// How much is taken of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListLimits {
    /// Bytes of a page.
    pub page: usize,
    /// Bytes of all pages together, as they unfold.
    pub whole: usize,
    /// Records of all pages together.
    pub records: u64,
}

const MB: usize = 1 << 20;

impl Default for Limits {
    /// What the shipped table says, and why it says so.
    fn default() -> Self {
        Self {
            link: MB,
            // A verdict has some 200 bytes, and a batch rarely more than a thousand items.
            batch: 4 * MB,
            refusal: MB / 16,
            // The largest operators have some 1,000 offices of 65 clients, whose months have
            // some 2,500 bytes.
            list: ListLimits {
                page: 64 * MB,
                whole: 512 * MB,
                records: 300_000,
            },
            // They have two million visits a month, of some 300 bytes.
            actuals: ListLimits {
                page: 64 * MB,
                whole: 1024 * MB,
                records: 3_000_000,
            },
        }
    }
}

impl Contract {
    /// Reads the contract.
    pub fn load(source: &Source) -> Result<Self, TableError> {
        source.toml()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = include_str!("../../mappings/carewing/service.toml");

    fn limits(table: &str) -> Limits {
        toml::from_str::<Contract>(table).unwrap().limits
    }

    #[test]
    fn a_table_without_limits_has_those_that_are_shipped() {
        assert_eq!(limits(SHIPPED), Limits::default());
        let before = SHIPPED.split_once("[limits]").unwrap().0;
        assert_eq!(limits(before), Limits::default());
    }

    #[test]
    fn a_limit_can_be_another_one() {
        let other = SHIPPED.replace("records = 3_000_000", "records = 7");
        assert_eq!(limits(&other).actuals.records, 7);
        assert_eq!(limits(&other).list, Limits::default().list);
    }
}
