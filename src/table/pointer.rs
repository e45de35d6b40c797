//! JSON pointers (RFC 6901) of tables, taken apart once: a list has an item for each client, and
//! in each of them the same places are looked up.

use serde::Deserialize;
use serde_json::Value as Json;

/// Where something stands in a JSON value; the empty one is the value itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Pointer(Vec<String>);

/// A text is no pointer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("位置は「/」で始まります(例: /items)")]
pub struct NoPointer;

impl Pointer {
    /// The names on the way, from the outside inwards; a place in a list is its number.
    pub fn parts(&self) -> &[String] {
        &self.0
    }

    /// The value at this place, if there is one.
    pub fn find<'j>(&self, json: &'j Json) -> Option<&'j Json> {
        self.0.iter().try_fold(json, |json, part| match json {
            Json::Object(members) => members.get(part),
            Json::Array(elements) => elements.get(part.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// The same, to be taken out or changed.
    pub fn find_mut<'j>(&self, json: &'j mut Json) -> Option<&'j mut Json> {
        self.0.iter().try_fold(json, |json, part| match json {
            Json::Object(members) => members.get_mut(part),
            Json::Array(elements) => elements.get_mut(part.parse::<usize>().ok()?),
            _ => None,
        })
    }
}

impl TryFrom<String> for Pointer {
    type Error = NoPointer;

    fn try_from(written: String) -> Result<Self, NoPointer> {
        if written.is_empty() {
            return Ok(Self(Vec::new()));
        }
        let parts = written.strip_prefix('/').ok_or(NoPointer)?;
        Ok(Self(parts.split('/').map(unescaped).collect()))
    }
}

/// A member's name as a pointer writes it: `~` and `/` mean something there.
pub(super) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The member's name in a part of a pointer.
pub(super) fn unescaped(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pointer_finds_what_the_standard_says() {
        // The examples of RFC 6901, section 5, and a place beyond the end of each kind.
        let mut json = json!({
            "foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5,
            "k\"l": 6, " ": 7, "m~n": 8,
        });
        for written in [
            "", "/foo", "/foo/0", "/", "/a~1b", "/c%d", "/e^f", "/g|h", "/i\\j", "/k\"l", "/ ",
            "/m~0n", "/foo/2", "/bar", "/a~1b/c",
        ] {
            let pointer = Pointer::try_from(written.to_owned()).unwrap();
            assert_eq!(pointer.find(&json), json.pointer(written), "{written}");
            let found = json.pointer(written).cloned();
            assert_eq!(pointer.find_mut(&mut json).cloned(), found, "{written}");
        }
        assert_eq!(Pointer::try_from("foo".to_owned()), Err(NoPointer));
    }
}
