//! One collection's items.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::content::Content;

/// An item as the service holds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// The item's own key.
    pub key: String,
    /// The revision of its last change, `r7`.
    pub revision: String,
    /// The item as it was sent.
    pub item: Value,
}

/// An item without what it says.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Version<'a> {
    key: &'a str,
    revision: String,
}

/// A collection's items in the order of their keys.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Shelf {
    /// The number of the last change; 0 before the first.
    pub(super) snapshot: u64,
    pub(super) entries: BTreeMap<String, Entry>,
}

/// One item and what happened to it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Entry {
    /// The number of the item's last change.
    pub(super) revision: u64,
    /// How often a batch created or changed it.
    pub(super) registered: u32,
    pub(super) content: Content,
}

/// What putting an item on a shelf did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Put {
    Created,
    Updated,
    Unchanged,
}

impl Shelf {
    pub(super) const EMPTY: Self = Self {
        snapshot: 0,
        entries: BTreeMap::new(),
    };

    /// Puts an item in its place; `revision` is used up only if that changes anything.
    pub(super) fn put(&mut self, key: &str, content: Content, revision: u64) -> Put {
        let (put, registered) = match self.entries.get(key) {
            Some(entry) if entry.content == content => return Put::Unchanged,
            Some(entry) => (Put::Updated, entry.registered + 1),
            None => (Put::Created, 1),
        };
        self.entries.insert(
            key.to_owned(),
            Entry {
                revision,
                registered,
                content,
            },
        );
        self.snapshot = revision;
        put
    }

    /// What is held from one place in the order of keys to another.
    pub(super) fn held(&self, places: Range<usize>) -> Vec<Held> {
        self.entries(places)
            .map(|(key, entry)| Held {
                key: key.clone(),
                revision: revision_text(entry.revision),
                item: entry.content.unpack(),
            })
            .collect()
    }

    /// The same without what the items say.
    pub(super) fn versions(&self, places: Range<usize>) -> Vec<Version<'_>> {
        self.entries(places)
            .map(|(key, entry)| Version {
                key,
                revision: revision_text(entry.revision),
            })
            .collect()
    }

    fn entries(&self, places: Range<usize>) -> impl Iterator<Item = (&String, &Entry)> {
        self.entries.iter().skip(places.start).take(places.len())
    }
}

/// A revision as the contract writes it.
pub(super) fn revision_text(revision: u64) -> String {
    format!("r{revision}")
}
