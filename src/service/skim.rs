//! A page, looked through from its text: what it says of the whole list, and its records one
//! after the other. No more than one record stands in memory as a tree.

use std::fmt;
use std::ops::ControlFlow;
use std::slice;

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::Value as Json;

use crate::table::pointer::Pointer;

use super::tree::{Room, Tree, Unread};

/// Room for what a page says of the whole; a total, a name of a moment, a cursor.
const OF_A_WORD: usize = 16 << 10;
/// Room for a record. The month of a client who is visited ten times a day takes a tenth.
const OF_A_RECORD: usize = 4 << 20;

/// Values of a kind in which nothing that is looked for can stand.
macro_rules! passed_over {
    () => {
        passed_over!(visit_bool bool, visit_u64 u64, visit_i64 i64, visit_f64 f64, visit_str &str);

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }
    };
    ($($visit:ident $kind:ty),+) => {
        $(fn $visit<E>(self, _: $kind) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        })+
    };
}

/// What is looked for on a page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'w> {
    /// Where single values stand.
    pub(super) said: &'w [&'w Pointer],
    /// Where lists stand.
    pub(super) lists: &'w [Pointer],
    /// What is read of a record, within it; nothing where it is only counted.
    pub(super) of_a_record: Option<&'w Pointer>,
}

/// Looks a page through. Gives the single values in their order, those that are there; each
/// record is handed to `take` with the number of its list and as much of it as is wanted, until
/// that one wants no more.
pub(super) fn skim(
    page: &[u8],
    wanted: Wanted<'_>,
    take: &mut dyn FnMut(usize, Option<Json>) -> ControlFlow<()>,
) -> Result<Vec<Option<Json>>, Unread> {
    let mut skimming = Skimming {
        wanted,
        said: vec![None; wanted.said.len()],
        take,
        unread: Unread::NoJson,
    };
    let said = (0..wanted.said.len()).map(Target::Said);
    let lists = (0..wanted.lists.len()).map(Target::List);
    let at = At {
        targets: said.chain(lists).collect(),
        depth: 0,
        skimming: &mut skimming,
    };
    let mut json = serde_json::Deserializer::from_slice(page);
    let looked = at.deserialize(&mut json).and_then(|()| json.end());
    match looked {
        Ok(()) => Ok(skimming.said),
        Err(_) => Err(skimming.unread),
    }
}

/// Hands over every record of a list, in their order.
pub(super) fn records(
    page: &[u8],
    list: &Pointer,
    take: &mut dyn FnMut(Json),
) -> Result<(), Unread> {
    let wanted = Wanted {
        said: &[],
        lists: slice::from_ref(list),
        of_a_record: Some(&Pointer::default()),
    };
    skim(page, wanted, &mut |_, record| {
        record.into_iter().for_each(&mut *take);
        ControlFlow::Continue(())
    })
    .map(|_| ())
}

struct Skimming<'w> {
    wanted: Wanted<'w>,
    said: Vec<Option<Json>>,
    take: &'w mut dyn FnMut(usize, Option<Json>) -> ControlFlow<()>,
    /// What it means if reading ends here.
    unread: Unread,
}

/// Something that is looked for, by its number.
#[derive(Debug, Clone, Copy)]
enum Target {
    Said(usize),
    List(usize),
}

impl Skimming<'_> {
    fn way(&self, target: Target) -> &[String] {
        match target {
            Target::Said(at) => self.wanted.said[at].parts(),
            Target::List(at) => self.wanted.lists[at].parts(),
        }
    }

    /// Those targets whose way goes on with a name.
    fn on_the_way(&self, targets: &[Target], depth: usize, name: &str) -> Vec<Target> {
        let goes_on = |target: &&Target| self.way(**target).get(depth).is_some_and(|of| of == name);
        targets.iter().filter(goes_on).copied().collect()
    }

    /// Reads a value for which there is so much room.
    fn read<'de, D: Deserializer<'de>>(&mut self, room: usize, json: D) -> Result<Json, D::Error> {
        let room = Room::of(room);
        let read = Tree(&room).deserialize(json);
        if read.is_err() {
            self.unread = room.unread();
        }
        read
    }
}

/// A value on the way to some targets, of which `depth` names have been passed.
struct At<'s, 'w> {
    targets: Vec<Target>,
    depth: usize,
    skimming: &'s mut Skimming<'w>,
}

impl<'de> DeserializeSeed<'de> for At<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        let is_here = |target: &&Target| self.skimming.way(**target).len() == self.depth;
        let here: Vec<Target> = self.targets.iter().filter(is_here).copied().collect();
        let list = here.iter().find_map(|target| match target {
            Target::List(list) => Some(*list),
            Target::Said(_) => None,
        });
        if let Some(list) = list {
            let skimming = self.skimming;
            return json.deserialize_any(Records { list, skimming });
        }
        if here.is_empty() {
            return json.deserialize_any(self);
        }
        let value = self.skimming.read(OF_A_WORD, json)?;
        for target in here {
            if let Target::Said(at) = target {
                self.skimming.said[at] = Some(value.clone());
            }
        }
        Ok(())
    }
}

impl<'de> Visitor<'de> for At<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a page")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let depth = self.depth;
        loop {
            let name = Name(|name: &str| self.skimming.on_the_way(&self.targets, depth, name));
            let Some(targets) = members.next_key_seed(name)? else {
                return Ok(());
            };
            if targets.is_empty() {
                members.next_value::<IgnoredAny>()?;
                continue;
            }
            members.next_value_seed(At {
                targets,
                depth: depth + 1,
                skimming: &mut *self.skimming,
            })?;
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let mut place = 0_usize;
        loop {
            let name = place.to_string();
            let targets = self.skimming.on_the_way(&self.targets, self.depth, &name);
            let more = if targets.is_empty() {
                elements.next_element::<IgnoredAny>()?.is_some()
            } else {
                let at = At {
                    targets,
                    depth: self.depth + 1,
                    skimming: &mut *self.skimming,
                };
                elements.next_element_seed(at)?.is_some()
            };
            if !more {
                return Ok(());
            }
            place += 1;
        }
    }

    passed_over!();
}

/// The next name, only to be held against something.
struct Name<F>(F);

impl<'de, T, F: FnOnce(&str) -> T> DeserializeSeed<'de> for Name<F> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<T, D::Error> {
        json.deserialize_str(self)
    }
}

impl<T, F: FnOnce(&str) -> T> Visitor<'_> for Name<F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<T, E> {
        Ok(self.0(name))
    }
}

/// A list of records; anything else has none.
struct Records<'s, 'w> {
    list: usize,
    skimming: &'s mut Skimming<'w>,
}

impl<'de> Visitor<'de> for Records<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut records: A) -> Result<(), A::Error> {
        loop {
            let record = match self.skimming.wanted.of_a_record {
                None => records.next_element::<IgnoredAny>()?.map(|_| None),
                Some(part) => records.next_element_seed(Part {
                    way: part.parts(),
                    skimming: &mut *self.skimming,
                })?,
            };
            let Some(record) = record else {
                return Ok(());
            };
            if (self.skimming.take)(self.list, record).is_break() {
                return Err(A::Error::custom("no more is wanted"));
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<(), A::Error> {
        IgnoredAny.visit_map(members).map(|_| ())
    }

    passed_over!();
}

/// What stands at the end of a way within a record.
struct Part<'s, 'w, 'p> {
    way: &'p [String],
    skimming: &'s mut Skimming<'w>,
}

impl<'de> DeserializeSeed<'de> for Part<'_, '_, '_> {
    type Value = Option<Json>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Option<Json>, D::Error> {
        if self.way.is_empty() {
            self.skimming.read(OF_A_RECORD, json).map(Some)
        } else {
            json.deserialize_any(self)
        }
    }
}

impl<'de> Visitor<'de> for Part<'_, '_, '_> {
    type Value = Option<Json>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Option<Json>, A::Error> {
        let mut found = None;
        while let Some(is_it) = members.next_key_seed(Name(|name: &str| self.way[0] == name))? {
            if is_it {
                found = members.next_value_seed(Part {
                    way: &self.way[1..],
                    skimming: &mut *self.skimming,
                })?;
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<Option<Json>, A::Error> {
        // No record is known whose id stands at a place in a list.
        IgnoredAny.visit_seq(elements).map(|_| None)
    }

    passed_over!();
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn pointer(written: &str) -> Pointer {
        written.to_owned().try_into().unwrap()
    }

    /// Single values, and what was read of each record with the number of its list.
    type Skimmed = (Vec<Option<Json>>, Vec<(usize, Option<Json>)>);

    /// What is skimmed of a page, by these pointers.
    fn skimmed(
        page: &[u8],
        said: &[&str],
        lists: &[&str],
        of_a_record: Option<&str>,
    ) -> Result<Skimmed, Unread> {
        let said: Vec<Pointer> = said.iter().map(|of| pointer(of)).collect();
        let lists: Vec<Pointer> = lists.iter().map(|of| pointer(of)).collect();
        let of_a_record = of_a_record.map(pointer);
        let mut records = Vec::new();
        let wanted = Wanted {
            said: &said.iter().collect::<Vec<_>>(),
            lists: &lists,
            of_a_record: of_a_record.as_ref(),
        };
        let said = skim(page, wanted, &mut |list, record| {
            records.push((list, record));
            ControlFlow::Continue(())
        })?;
        Ok((said, records))
    }

    #[test]
    fn a_page_is_taken_apart_in_any_order_and_at_any_depth() {
        let page = json!({
            "data": {"items": [{"id": 1, "a": [0]}, {"id": 2}, 3, [4]], "more": {"items": [0]}},
            "add_ons": null, "odd": {"id": 9}, "meta": [{"total": 4}, {"cursor": "c"}],
        });
        let text = page.to_string();
        let lists = ["/data/items", "/add_ons", "/odd", "/absent"];
        let said = ["/meta/0/total", "/meta/1/cursor", "/meta/2/cursor"];
        let (found, records) = skimmed(text.as_bytes(), &said, &lists, Some("/id")).unwrap();
        assert_eq!(found, [Some(json!(4)), Some(json!("c")), None]);
        let ids = [Some(json!(1)), Some(json!(2)), None, None];
        assert_eq!(records, ids.map(|id| (0, id)));
        let (_, whole) = skimmed(text.as_bytes(), &[], &lists, Some("")).unwrap();
        let whole: Vec<Json> = whole.into_iter().filter_map(|(_, record)| record).collect();
        assert_eq!(Json::from(whole), page["data"]["items"]);
        let (_, counted) = skimmed(text.as_bytes(), &[], &lists, None).unwrap();
        assert_eq!(counted, [(0, None), (0, None), (0, None), (0, None)]);
    }

    proptest! {
        /// What is no page at all, too: it has nothing that is looked for.
        #[test]
        fn the_same_is_found_as_in_the_tree_of_the_page(
            total in any::<Option<u32>>(), ids in proptest::collection::vec(any::<u8>(), 0..9),
            wrapped in any::<bool>(),
        ) {
            let records: Vec<Json> = ids.iter().map(|id| json!({"b": {"id": id}, "x": "y"})).collect();
            let page = json!({"a": {"total": total, "list": records}});
            let page = if wrapped { json!([page]) } else { page };
            let (said, found) =
                skimmed(page.to_string().as_bytes(), &["/a/total"], &["/a/list"], Some("/b/id"))
                    .unwrap();
            prop_assert_eq!(said[0].as_ref(), page.pointer("/a/total"));
            let expected = if wrapped { Vec::new() } else { ids };
            let expected: Vec<_> = expected.iter().map(|id| (0, Some(json!(id)))).collect();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_word_and_a_record_have_so_much_room_and_no_more() {
        let long = "c".repeat(OF_A_WORD + 1);
        let page = json!({"cursor": long, "items": [long]}).to_string();
        let of = |said: &[&str], record| skimmed(page.as_bytes(), said, &["/items"], record);
        assert!(of(&["/cursor"], None) == Err(Unread::TooLarge));
        assert!(of(&[], Some("")).is_ok());
        let zeroes = format!("{{\"items\": [[{}0]]}}", "0,".repeat(OF_A_RECORD / 32));
        let read = |record| skimmed(zeroes.as_bytes(), &[], &["/items"], record);
        assert_eq!(read(Some("")), Err(Unread::TooLarge));
        assert_eq!(read(None).unwrap().1.len(), 1);
    }

    #[test]
    fn who_wants_no_more_is_given_no_more_of_it() {
        let page = b"{\"items\": [1, 2, 3, 4, this is never looked at";
        let lists = [pointer("/items")];
        let wanted = Wanted {
            said: &[],
            lists: &lists,
            of_a_record: None,
        };
        let mut taken = 0;
        let ended = skim(page, wanted, &mut |_, _| {
            taken += 1;
            if taken == 3 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        assert_eq!((ended, taken), (Err(Unread::NoJson), 3));
    }

    #[test]
    fn what_is_no_json_is_no_page() {
        for page in ["", "{", "{\"items\": [1,]}", "{} {}", "{\"items\": [1]"] {
            assert_eq!(
                skimmed(page.as_bytes(), &[], &["/items"], None),
                Err(Unread::NoJson)
            );
        }
        let (said, records) = skimmed(b"7", &["/total"], &["/items"], None).unwrap();
        assert_eq!((said, records), (vec![None], Vec::new()));
    }
}
