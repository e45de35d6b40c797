//! Answers, read where the contract says that things stand.

use serde_json::Value as Json;

use crate::model::OfficeNumber;
use crate::table::Contract;

/// Where the basic data in Care-wing came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// There is none yet.
    None,
    /// From 楽すけ, so it is ours to update.
    Rakusuke,
    /// From somewhere else: nothing may be sent before the special work is done.
    Other,
}

/// What the first call says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkInfo {
    /// The offices that the key belongs to.
    pub offices: Vec<OfficeNumber>,
    /// Where the basic data came from.
    pub origin: Origin,
    /// How many items a batch may have at the most.
    pub batch_max: usize,
    /// How many calls it takes a second, where it says so.
    pub requests_per_second: Option<u32>,
}

/// What the service decided about one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The item's key.
    pub key: String,
    /// The decision.
    pub status: Status,
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It now holds what we sent, with this revision.
    Accepted {
        /// The version there.
        revision: String,
    },
    /// It holds another version than the one we looked at.
    Conflict,
    /// It refuses the item.
    Rejected(Vec<Rejection>),
}

/// One reason for a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// A JSON pointer into the item.
    pub pointer: String,
    /// The service's own code.
    pub code: String,
    /// The service's own words.
    pub message: String,
}

/// Reads the answer to the first call; `None` where it is not what the contract says.
pub fn link(contract: &Contract, answer: &Json) -> Option<LinkInfo> {
    let at = &contract.link;
    let offices = answer.pointer(&at.offices)?.as_array()?;
    let offices: Option<Vec<_>> = offices
        .iter()
        .map(|office| OfficeNumber::parse(office.as_str()?))
        .collect();
    let origin = match answer.pointer(&at.origin)?.as_str()? {
        origin if origin == at.origin_none => Origin::None,
        origin if origin == at.origin_rakusuke => Origin::Rakusuke,
        origin if origin == at.origin_other => Origin::Other,
        _ => return None,
    };
    let batch_max = answer.pointer(&at.batch_max)?.as_u64()?;
    let per_second = answer
        .pointer(&at.requests_per_second)
        .and_then(Json::as_u64);
    Some(LinkInfo {
        offices: offices?,
        origin,
        batch_max: usize::try_from(batch_max).ok()?.max(1),
        requests_per_second: per_second.map(|calls| u32::try_from(calls).unwrap_or(u32::MAX)),
    })
}

/// Reads the verdicts of a batch; `None` where it is not what the contract says. Verdicts
/// come in any order and some may be missing: match them by key.
pub fn verdicts(contract: &Contract, answer: &Json) -> Option<Vec<Verdict>> {
    let results = answer.pointer(&contract.answer.results)?.as_array()?;
    results
        .iter()
        .map(|result| verdict(contract, result))
        .collect()
}

fn verdict(contract: &Contract, result: &Json) -> Option<Verdict> {
    let at = &contract.answer;
    let text = |pointer: &str| result.pointer(pointer).and_then(Json::as_str);
    let status = text(&at.status)?;
    let accepted = [&at.created, &at.updated, &at.unchanged]
        .iter()
        .any(|word| *word == status);
    let status = if accepted {
        Status::Accepted {
            revision: text(&at.revision)?.to_owned(),
        }
    } else if status == at.rejected {
        let errors = result.pointer(&at.errors).and_then(Json::as_array);
        let rejections: Vec<Rejection> = errors
            .into_iter()
            .flatten()
            .map(|error| rejection(contract, error))
            .collect();
        if rejections
            .iter()
            .any(|rejection| rejection.code == at.conflict)
        {
            Status::Conflict
        } else {
            Status::Rejected(rejections)
        }
    } else {
        return None;
    };
    Some(Verdict {
        key: text(&at.key)?.to_owned(),
        status,
    })
}

fn rejection(contract: &Contract, error: &Json) -> Rejection {
    let text = |pointer: &str| {
        error
            .pointer(pointer)
            .and_then(Json::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    Rejection {
        pointer: text(&contract.answer.pointer),
        code: text(&contract.answer.code),
        message: text(&contract.answer.message),
    }
}
