//! Reading a payload straight from JSON text: an item whole, or its lists element by element.
//!
//! A month of a large operator is a million visits. Read as a tree of values it would take
//! gigabytes; here one record is filled again and again, and no member is allocated. What does
//! not fit is not explained here: whoever is told so reads the text once more as a tree, and
//! hears where.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess};
use serde::de::{Unexpected, Visitor};

use crate::model::{Kind, List, Need, Record, Value};

use super::civil_text::Calendar;
use super::text;
use super::tree::{Leaf, MemberName, Node, Object};

/// Reads every element of every list below the object and hands it over; whoever takes it
/// says whether it could be used. `None` where the text is no JSON, or does not fit.
pub(super) fn read_lists<'a>(
    root: &Object,
    json: &'a [u8],
    take: &mut dyn FnMut(List, &Record<'a>) -> Option<()>,
) -> Option<()> {
    whole(Outside { object: root, take }, json)
}

/// Reads an item with all of its lists into an empty record. `None` where the text is no JSON,
/// or does not fit.
pub(super) fn read<'a>(root: &Object, json: &'a [u8], record: &mut Record<'a>) -> Option<()> {
    let object = root;
    whole(Element { object, record }, json)
}

fn whole<'a>(seed: impl DeserializeSeed<'a, Value = ()>, json: &'a [u8]) -> Option<()> {
    // Looked through once as a whole, the text need not be looked through string by string.
    let mut json = serde_json::Deserializer::from_str(std::str::from_utf8(json).ok()?);
    seed.deserialize(&mut json).ok()?;
    json.end().ok()
}

/// Finds the member with a name. Members mostly come in the table's order, so the search
/// begins behind the one that was found last.
fn find<'t>(object: &'t Object, next: &mut usize, name: &str) -> Option<&'t Node> {
    let members = &object.0;
    let found = (*next..members.len())
        .chain(0..*next)
        .find(|at| members[*at].0.name == name)?;
    *next = found + 1;
    Some(&members[found].1)
}

/// An object that is no element of a list: the root, and what stands between it and a list.
struct Outside<'t, 'f, 'a> {
    object: &'t Object,
    take: &'f mut dyn FnMut(List, &Record<'a>) -> Option<()>,
}

impl<'a> DeserializeSeed<'a> for Outside<'_, '_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for Outside<'_, '_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'a>>(self, mut members: M) -> Result<(), M::Error> {
        let (mut next, mut objects) = (0, 0);
        while let Some(name) = members.next_key_seed(Name)? {
            match find(self.object, &mut next, name) {
                Some(Node::Object(object)) => {
                    objects += 1;
                    let take = &mut *self.take;
                    members.next_value_seed(Outside { object, take })?;
                }
                Some(Node::List(list, object)) => {
                    let take = &mut *self.take;
                    let list = Elements {
                        list: *list,
                        object,
                        take,
                    };
                    members.next_value_seed(list)?;
                }
                Some(Node::Leaf(_)) | None => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        if objects == objects_in(self.object) {
            Ok(())
        } else {
            Err(M::Error::custom("a member is missing"))
        }
    }
}

/// A list; none at all is an empty one.
struct Elements<'t, 'f, 'a> {
    list: List,
    object: &'t Object,
    take: &'f mut dyn FnMut(List, &Record<'a>) -> Option<()>,
}

impl<'a> DeserializeSeed<'a> for Elements<'_, '_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Elements<'_, '_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<S: SeqAccess<'a>>(self, mut elements: S) -> Result<(), S::Error> {
        let mut record = Record::default();
        while elements
            .next_element_seed(Element {
                object: self.object,
                record: &mut record,
            })?
            .is_some()
        {
            (self.take)(self.list, &record).ok_or_else(|| S::Error::custom("of no use"))?;
            clear(self.object, &mut record);
        }
        Ok(())
    }
}

/// An item or an element of a list, or an object within one.
struct Element<'t, 'r, 'a> {
    object: &'t Object,
    record: &'r mut Record<'a>,
}

impl<'a> DeserializeSeed<'a> for Element<'_, '_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for Element<'_, '_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'a>>(self, mut members: M) -> Result<(), M::Error> {
        let (mut next, mut objects) = (0, 0);
        while let Some(name) = members.next_key_seed(Name)? {
            match find(self.object, &mut next, name) {
                Some(Node::Leaf(leaf)) => {
                    let value = members.next_value_seed(Member(leaf))?;
                    self.record.set(leaf.field, value);
                }
                Some(Node::Object(object)) => {
                    objects += 1;
                    let record = &mut *self.record;
                    members.next_value_seed(Element { object, record })?;
                }
                Some(Node::List(list, object)) => {
                    let elements = members.next_value_seed(Kept(object))?;
                    self.record.push_list(*list, elements);
                }
                None => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        let is_missing = |(_, node): &(MemberName, Node)| match node {
            Node::Leaf(leaf) => {
                let empty = matches!(self.record.get(leaf.field), Value::Empty);
                empty && leaf.need == Need::Required
            }
            Node::Object(_) | Node::List(..) => false,
        };
        if objects != objects_in(self.object) || self.object.0.iter().any(is_missing) {
            return Err(M::Error::custom("a member is missing"));
        }
        Ok(())
    }
}

/// A list of an item, whose elements are kept; none at all is an empty one.
struct Kept<'t>(&'t Object);

impl<'a> DeserializeSeed<'a> for Kept<'_> {
    type Value = Vec<Record<'a>>;

    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Kept<'_> {
    type Value = Vec<Record<'a>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_seq<S: SeqAccess<'a>>(self, mut elements: S) -> Result<Self::Value, S::Error> {
        let (mut kept, mut record) = (Vec::new(), Record::default());
        while elements
            .next_element_seed(Element {
                object: self.0,
                record: &mut record,
            })?
            .is_some()
        {
            kept.push(std::mem::take(&mut record));
        }
        Ok(kept)
    }
}

fn objects_in(object: &Object) -> usize {
    let members = object.0.iter();
    members
        .filter(|(_, node)| matches!(node, Node::Object(_)))
        .count()
}

/// Takes out what the element before has left.
fn clear(object: &Object, record: &mut Record<'_>) {
    for (_, node) in &object.0 {
        match node {
            Node::Leaf(leaf) => record.set(leaf.field, Value::Empty),
            Node::Object(inner) => clear(inner, record),
            Node::List(..) => {}
        }
    }
}

/// A member's name, which is compared and not kept.
struct Name;

impl<'a> DeserializeSeed<'a> for Name {
    type Value = &'a str;

    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<&'a str, D::Error> {
        serde::Deserialize::deserialize(json)
    }
}

/// The value of a member that holds a field.
struct Member<'t>(&'t Leaf);

impl<'a> DeserializeSeed<'a> for Member<'_> {
    type Value = Value<'a>;

    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<Value<'a>, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Member<'_> {
    type Value = Value<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what the field holds")
    }

    /// A text with an escape in it is not borrowed, and ends here: it is read as a tree.
    fn visit_borrowed_str<E: serde::de::Error>(self, text: &'a str) -> Result<Value<'a>, E> {
        let (kind, codes) = (self.0.field.kind(), self.0.codes.as_deref());
        let read = text::read(kind, codes, Calendar::default(), text);
        read.map(|read| read.value)
            .map_err(|_| E::invalid_value(Unexpected::Other("a text"), &self))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Value<'a>, E> {
        let number = u32::try_from(number).ok();
        self.0
            .number(number)
            .ok_or_else(|| E::invalid_value(Unexpected::Other("a number"), &self))
    }

    fn visit_bool<E: serde::de::Error>(self, flag: bool) -> Result<Value<'a>, E> {
        if self.0.field.kind() == Kind::Flag {
            Ok(Value::Flag(flag))
        } else {
            Err(E::invalid_value(Unexpected::Bool(flag), &self))
        }
    }

    fn visit_unit<E>(self) -> Result<Value<'a>, E> {
        Ok(Value::Empty)
    }
}
