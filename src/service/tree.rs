//! JSON as a tree that has room for so much and no more.
//!
//! A tree takes many times the memory of its text: a few megabytes of `[0,0,…` are enough for
//! hundreds. So what is made of an answer is counted while it is made.

use std::cell::Cell;
use std::fmt;
use std::mem::size_of;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value as Json};

/// A text is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unread {
    /// It is no JSON.
    NoJson,
    /// It is more than there is room for.
    TooLarge,
}

/// How much memory a tree may still take, in bytes and roughly.
#[derive(Debug)]
pub(super) struct Room(Cell<Option<usize>>);

/// A list that grows has up to twice the room that it needs.
const OF_AN_ELEMENT: usize = 2 * size_of::<Json>();
/// So does the part of a map that a member lies in.
const OF_A_MEMBER: usize = 2 * size_of::<(String, Json)>();

/// Reads a whole text into a tree of so many bytes at the most.
pub(super) fn tree(text: &[u8], room: usize) -> Result<Json, Unread> {
    let room = Room::of(room);
    let mut json = serde_json::Deserializer::from_slice(text);
    let tree = Tree(&room).deserialize(&mut json);
    let tree = tree.and_then(|tree| json.end().map(|()| tree));
    tree.map_err(|_| room.unread())
}

impl Room {
    /// Room for so many bytes.
    pub(super) fn of(bytes: usize) -> Self {
        Self(Cell::new(Some(bytes)))
    }

    /// Why something was not read that was to have its place here.
    pub(super) fn unread(&self) -> Unread {
        match self.0.get() {
            Some(_) => Unread::NoJson,
            None => Unread::TooLarge,
        }
    }

    fn take<E: serde::de::Error>(&self, bytes: usize) -> Result<(), E> {
        let left = self.0.get().and_then(|left| left.checked_sub(bytes));
        self.0.set(left);
        left.map(|_| ())
            .ok_or_else(|| E::custom("there is no room"))
    }
}

/// Reads the next value into a tree.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tree<'r>(pub(super) &'r Room);

impl<'de> DeserializeSeed<'de> for Tree<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Json, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Json, E> {
        self.0.take(text.len())?;
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element_seed(self)? {
            self.0.take(OF_AN_ELEMENT)?;
            list.push(element);
        }
        Ok(Json::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let mut map = Map::new();
        while let Some(name) = members.next_key_seed(self)? {
            let Json::String(name) = name else {
                return Err(A::Error::custom("a name is a text"));
            };
            self.0.take(OF_A_MEMBER)?;
            map.insert(name, members.next_value_seed(self)?);
        }
        Ok(Json::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn any_json() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            any::<u64>().prop_map(Json::from),
            (-1e9..1e9).prop_map(Json::from),
            ".*".prop_map(Json::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
                proptest::collection::btree_map(".{0,5}", inner, 0..6)
                    .prop_map(|members| Json::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_has_room_is_read_as_anybody_reads_it(json in any_json()) {
            let text = json.to_string();
            prop_assert_eq!(tree(text.as_bytes(), 1 << 20), Ok(serde_json::from_str(&text).unwrap()));
        }
    }

    #[test]
    fn what_has_no_room_is_not_read_whatever_it_is_made_of() {
        let texts = [
            json!(vec![0; 1000]),
            json!("a".repeat(10_000)),
            json!({"a".repeat(10_000): 0}),
            (0..100).map(|at| (at.to_string(), json!(at))).collect(),
            json!(vec![vec![Json::Null]; 200]),
        ];
        for json in texts {
            let text = json.to_string();
            assert_eq!(
                tree(text.as_bytes(), 9_000),
                Err(Unread::TooLarge),
                "{text}"
            );
            assert_eq!(tree(text.as_bytes(), 90_000), Ok(json));
        }
    }

    #[test]
    fn what_is_no_json_is_not_read() {
        let deep = "[".repeat(1_000_000);
        for text in ["", "{", "[1,]", "{\"a\"}", "1 2", "nul", &deep] {
            assert_eq!(tree(text.as_bytes(), 1000), Err(Unread::NoJson));
        }
        assert_eq!(tree(b"\"\xff\"", 1000), Err(Unread::NoJson));
    }
}
