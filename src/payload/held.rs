//! What the service holds, made comparable with what we would send.

use std::fmt;

use serde_json::Value as Json;

use crate::disk::Digest;
use crate::table::Payload;

use super::contents::Contents;

/// An item that the service holds.
#[derive(Clone, PartialEq, Eq)]
pub struct Held {
    /// Its version there.
    pub revision: String,
    /// Its contents.
    pub content: Content,
    /// The body that we would have sent for the same contents; what came, byte for byte,
    /// where the table cannot read it. `None` where it was not fetched, because the version
    /// says that it is what we sent last.
    pub body: Option<Vec<u8>>,
}

/// The contents of a held item, as far as the table can read them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// The digest that the same contents would have had if we had sent them. Members that
    /// the table does not know, other spellings and another order of members play no part.
    Comparable(Digest),
    /// The table cannot read it: somebody else wrote it, or the table is an old one.
    Foreign(Digest),
}

impl Held {
    /// Reads an item as the service gives it.
    pub fn read(payload: &Payload, item: &Json, revision: &str) -> Self {
        let ours = Contents::read(payload, item).map(|contents| contents.body(payload));
        let (body, content): (_, fn(Digest) -> Content) = match ours {
            Some(body) => (body, Content::Comparable),
            None => (item.to_string().into_bytes(), Content::Foreign),
        };
        Self {
            revision: revision.to_owned(),
            content: content(Digest::of(&body)),
            body: Some(body),
        }
    }

    /// What stands there in a version that our last sending has left.
    pub fn as_sent(digest: &Digest, revision: &str) -> Self {
        Self {
            revision: revision.to_owned(),
            content: Content::Comparable(digest.clone()),
            body: None,
        }
    }

    /// Whether the service holds just what a body of this digest says.
    pub fn is(&self, digest: &Digest) -> bool {
        match &self.content {
            Content::Comparable(held) => held == digest,
            Content::Foreign(_) => false,
        }
    }

    /// The digest of the contents, comparable or not.
    pub fn digest(&self) -> &Digest {
        match &self.content {
            Content::Comparable(digest) | Content::Foreign(digest) => digest,
        }
    }
}

/// The version and how it can be compared; never what it says.
impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held")
            .field("revision", &self.revision)
            .field("content", &self.content)
            .finish_non_exhaustive()
    }
}
