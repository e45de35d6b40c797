//! What the service holds, made comparable with what we would send.

use serde_json::Value as Json;

use crate::disk::Digest;
use crate::model::Fields;
use crate::table::Payload;

/// An item that the service holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Its version there.
    pub revision: String,
    /// Its contents.
    pub content: Content,
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
        let content = match payload.read(item) {
            Ok(record) => Content::Comparable(digest(payload, &record)),
            Err(_) => Content::Foreign(Digest::of(item.to_string().as_bytes())),
        };
        Self {
            revision: revision.to_owned(),
            content,
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

fn digest(payload: &Payload, record: &dyn Fields) -> Digest {
    let mut body = Vec::new();
    payload.write(record, &mut body);
    Digest::of(&body)
}
