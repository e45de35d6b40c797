//! An item as it is held.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// An item as it was sent, packed.
///
/// Kept as text because a month of a large operator is some hundred thousand plans, and a tree of
/// small maps takes ten times the room. `serde_json` writes members sorted by name, so two items
/// are the same exactly if their texts are; a test holds that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Content(Box<str>);

impl Content {
    pub(super) fn pack(item: &Value) -> Self {
        Self(item.to_string().into_boxed_str())
    }

    pub(super) fn unpack(&self) -> Value {
        serde_json::from_str(&self.0).expect("written by `pack`")
    }
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.unpack().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(|item| Self::pack(&item))
    }
}

#[cfg(test)]
mod tests {
    use super::Content;

    #[test]
    fn the_order_of_members_makes_no_difference() {
        let pack = |text: &str| Content::pack(&serde_json::from_str(text).unwrap());
        assert_eq!(
            pack(r#"{"b": 1, "a": [{"d": 2, "c": 3}]}"#),
            pack(r#"{"a":[{"c":3,"d":2}],"b":1}"#)
        );
        assert_ne!(pack(r#"{"a":[1,2]}"#), pack(r#"{"a":[2,1]}"#));
    }
}
