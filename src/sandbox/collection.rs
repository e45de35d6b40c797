//! The collections that the service holds.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::{Deserialize, Serialize};

use super::calendar::{Month, Unreadable};
use super::refusal::Refusal;
use super::service::Service;

/// One of the collections of the service; written `care-offices`, `clients`, `plans-2026-10`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Collection {
    /// The care-management offices (居宅介護支援事業所).
    CareOffices,
    /// The clients with their insurance cards.
    Clients,
    /// One month's plans.
    Plans(Month),
}

impl Collection {
    /// The collection that a path of the contract names: `/v1/plans/2026-10/batch`.
    fn of_path(path: &str) -> Option<Self> {
        let path = path.strip_prefix("/v1/")?;
        match path.strip_suffix("/batch").unwrap_or(path) {
            "care-offices" => Some(Self::CareOffices),
            "clients" => Some(Self::Clients),
            other => other.strip_prefix("plans/")?.parse().ok().map(Self::Plans),
        }
    }
}

impl FromRequestParts<Arc<Service>> for Collection {
    type Rejection = Refusal;

    /// Refuses with 404 a path whose month is none.
    async fn from_request_parts(parts: &mut Parts, _: &Arc<Service>) -> Result<Self, Refusal> {
        Self::of_path(parts.uri.path()).ok_or_else(Refusal::not_found)
    }
}

impl FromStr for Collection {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let path = format!("/v1/{}", text.replacen("plans-", "plans/", 1));
        Self::of_path(&path).ok_or_else(|| Unreadable::new(text, "a collection"))
    }
}

impl fmt::Display for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CareOffices => f.write_str("care-offices"),
            Self::Clients => f.write_str("clients"),
            Self::Plans(month) => write!(f, "plans-{month}"),
        }
    }
}

impl TryFrom<String> for Collection {
    type Error = Unreadable;

    fn try_from(text: String) -> Result<Self, Unreadable> {
        text.parse()
    }
}

impl From<Collection> for String {
    fn from(collection: Collection) -> Self {
        collection.to_string()
    }
}
