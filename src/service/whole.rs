//! Whether the pages of a list make a whole: all of it, of one moment, each record once. Nothing
//! is asked here; a page goes in, and what is to be asked for next comes out.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use serde_json::Value as Json;

use crate::table::contract::Page;
use crate::table::pointer::Pointer;

/// More pages than any month has; a list that goes on longer is a loop.
const LONGEST: usize = 100_000;

/// Why pages make no whole. The list is then begun anew, and if it stays, nothing of it is used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Setback {
    /// A page does not say how many records there are in all.
    #[error("合計の件数が書かれていない頁があります")]
    NoTotal,
    /// A page does not say which moment it is of.
    #[error("いつの内容かが書かれていない頁があります")]
    NoSnapshot,
    /// A page says another total than the first one.
    #[error("合計の件数が頁によって違います")]
    TotalChanged,
    /// A page is of another moment than the first one.
    #[error("読んでいる間に内容が変わりました")]
    SnapshotMoved,
    /// A page leads on to one that was asked for already.
    #[error("次の頁の案内が同じ所へ戻ります")]
    Loop,
    /// There is no end of pages.
    #[error("頁がいつまでも終わりません")]
    Endless,
    /// A page brings a record that an earlier page has brought.
    #[error("同じ頁が二度届きました")]
    Repeated,
    /// Fewer records have come than the total says.
    #[error("頁が足りません。合計{told}件のうち{came}件しか届きませんでした")]
    TooFew {
        /// What the total says.
        told: u64,
        /// How many have come.
        came: u64,
    },
    /// More records have come than the total says, before the last page or with it.
    #[error("頁が多すぎます。合計{told}件より多く届きました")]
    TooMany {
        /// What the total says.
        told: u64,
    },
}

/// What is counted on a page and told apart, by JSON pointers.
#[derive(Debug, Clone, Copy)]
pub struct Counted<'a> {
    /// The lists whose records the stated total counts.
    pub lists: &'a [Pointer],
    /// Within a record, what tells it from all others of its list; without it, pages that come
    /// twice are noticed by their number alone.
    pub id: Option<&'a Pointer>,
}

/// A list that is being read.
#[derive(Debug)]
pub struct Reading<'a> {
    at: &'a Page,
    counted: Counted<'a>,
    pages: usize,
    /// What the first page says of the whole.
    first: Option<(u64, Json)>,
    cursors: HashSet<String>,
    came: u64,
    /// A month has a million records, and their ids are not kept. Should two ever share a
    /// fingerprint, the list is read once more, with other fingerprints.
    earlier: HashSet<u64>,
    fingerprints: RandomState,
}

/// A page that fits what came before it.
#[derive(Debug, PartialEq, Eq)]
pub struct Turned {
    /// How many records the page has.
    pub records: usize,
    /// How many records the list has in all.
    pub total: u64,
    /// Where the next page is; none after the last.
    pub next: Option<String>,
}

impl<'a> Reading<'a> {
    /// Before the first page.
    pub fn new(at: &'a Page, counted: Counted<'a>) -> Self {
        Self {
            at,
            counted,
            pages: 0,
            first: None,
            cursors: HashSet::new(),
            came: 0,
            earlier: HashSet::new(),
            fingerprints: RandomState::new(),
        }
    }

    /// Takes in the next page.
    ///
    /// What a page says of the whole comes first, because it explains what may be wrong with
    /// the records.
    pub fn turn(&mut self, page: &Json) -> Result<Turned, Setback> {
        let total = self.same_whole(page)?;
        let next = self.next(page)?;
        let records = self.records(page)?;
        match self.came {
            came if came > total => Err(Setback::TooMany { told: total }),
            came if came < total && next.is_none() => Err(Setback::TooFew { told: total, came }),
            _ => Ok(Turned {
                records,
                total,
                next,
            }),
        }
    }

    /// The total, where the page is of the same list at the same moment as the first one.
    fn same_whole(&mut self, page: &Json) -> Result<u64, Setback> {
        let total = self.at.total.find(page).and_then(Json::as_u64);
        let total = total.ok_or(Setback::NoTotal)?;
        let snapshot = self.at.snapshot.find(page);
        let snapshot = snapshot.filter(|snapshot| !snapshot.is_null());
        let snapshot = snapshot.ok_or(Setback::NoSnapshot)?;
        let (first_total, first_snapshot) =
            self.first.get_or_insert_with(|| (total, snapshot.clone()));
        if first_snapshot != snapshot {
            return Err(Setback::SnapshotMoved);
        }
        if *first_total != total {
            return Err(Setback::TotalChanged);
        }
        Ok(total)
    }

    fn next(&mut self, page: &Json) -> Result<Option<String>, Setback> {
        self.pages += 1;
        let next = self.at.cursor.find(page).and_then(Json::as_str);
        let Some(next) = next else {
            return Ok(None);
        };
        if self.pages >= LONGEST {
            return Err(Setback::Endless);
        }
        if !self.cursors.insert(next.to_owned()) {
            return Err(Setback::Loop);
        }
        Ok(Some(next.to_owned()))
    }

    /// How many records the page has, none of which an earlier page has brought. What comes
    /// twice within a page is for whoever uses the records: it was sent so, not read so.
    fn records(&mut self, page: &Json) -> Result<usize, Setback> {
        let mut records = 0;
        let mut new = Vec::new();
        for (at, list) in self.counted.lists.iter().enumerate() {
            let Some(of_list) = list.find(page).and_then(Json::as_array) else {
                continue;
            };
            records += of_list.len();
            // Ids are a list's own: a visit and an add-on may share one.
            let ids = self.ids(of_list);
            new.extend(ids.map(|id| self.fingerprints.hash_one((at, id))));
        }
        if new.iter().any(|id| self.earlier.contains(id)) {
            return Err(Setback::Repeated);
        }
        self.earlier.extend(new);
        self.came += u64::try_from(records).unwrap_or(u64::MAX);
        Ok(records)
    }

    fn ids<'r>(&self, records: &'r [Json]) -> impl Iterator<Item = &'r Json> + use<'r, 'a> {
        let id = self.counted.id;
        let id = move |record: &'r Json| id?.find(record).filter(|id| !id.is_null());
        records.iter().filter_map(id)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn contract() -> Page {
        toml::from_str(
            r#"
            items = "/items"
            key = "/key"
            revision = "/revision"
            item = "/item"
            cursor = "/cursor"
            total = "/total"
            snapshot = "/snapshot"
            "#,
        )
        .unwrap()
    }

    fn pointer(written: &str) -> Pointer {
        written.to_owned().try_into().unwrap()
    }

    /// A page of visits and add-ons, of a list of five.
    fn page(visits: &[&str], add_ons: &[&str], cursor: Option<&str>) -> Json {
        let records = |ids: &[&str]| ids.iter().map(|id| json!({"id": id})).collect::<Vec<_>>();
        json!({"total": 5, "snapshot": "s1", "cursor": cursor,
            "visits": records(visits), "add_ons": records(add_ons)})
    }

    /// A page of which one member is another one, or gone.
    fn but(mut page: Json, member: &str, value: Option<Json>) -> Json {
        let members = page.as_object_mut().unwrap();
        match value {
            Some(value) => members.insert(member.to_owned(), value),
            None => members.remove(member),
        };
        page
    }

    /// How reading these pages ends.
    fn read(pages: &[Json]) -> Result<(), Setback> {
        read_by(Some("/id"), pages)
    }

    fn read_by(id: Option<&str>, pages: &[Json]) -> Result<(), Setback> {
        let (contract, lists) = (contract(), ["/visits", "/add_ons"].map(pointer));
        let id = id.map(pointer);
        let counted = Counted {
            lists: &lists,
            id: id.as_ref(),
        };
        let mut reading = Reading::new(&contract, counted);
        for (at, page) in pages.iter().enumerate() {
            let turned = reading.turn(page)?;
            assert_eq!(turned.next.is_none(), at + 1 == pages.len());
        }
        Ok(())
    }

    fn first() -> Json {
        page(&["1", "2"], &[], Some("c2"))
    }

    fn second() -> Json {
        page(&["3"], &["1"], Some("c4"))
    }

    fn last() -> Json {
        page(&[], &["2"], None)
    }

    #[test]
    fn pages_that_fit_are_a_whole_though_a_visit_and_an_add_on_share_an_id() {
        assert_eq!(read(&[first(), second(), last()]), Ok(()));
        let empty = but(page(&[], &[], None), "total", Some(json!(0)));
        assert_eq!(read(&[empty]), Ok(()));
    }

    #[test]
    fn a_page_must_say_of_which_whole_it_is() {
        for gone in [None, Some(json!(null))] {
            let without = |member| but(second(), member, gone.clone());
            assert_eq!(
                read(&[first(), without("total"), last()]),
                Err(Setback::NoTotal)
            );
            assert_eq!(
                read(&[first(), without("snapshot"), last()]),
                Err(Setback::NoSnapshot)
            );
        }
        let other = |member, value| but(second(), member, Some(value));
        assert_eq!(
            read(&[first(), other("total", json!(6)), last()]),
            Err(Setback::TotalChanged)
        );
        assert_eq!(
            read(&[first(), other("snapshot", json!("s2")), last()]),
            Err(Setback::SnapshotMoved)
        );
    }

    #[test]
    fn a_cursor_leads_nowhere_twice() {
        let back = page(&["3"], &["1"], Some("c2"));
        assert_eq!(read(&[first(), back]), Err(Setback::Loop));
    }

    #[test]
    fn a_list_of_empty_pages_ends() {
        let (contract, lists) = (contract(), ["/visits"].map(pointer));
        let counted = Counted {
            lists: &lists,
            id: None,
        };
        let mut reading = Reading::new(&contract, counted);
        let ended = (0..=LONGEST).find_map(|cursor| {
            let cursor = cursor.to_string();
            reading.turn(&page(&[], &[], Some(&cursor))).err()
        });
        assert_eq!(ended, Some(Setback::Endless));
    }

    #[test]
    fn a_record_comes_on_one_page_only_though_the_sum_fits() {
        let instead = page(&["1", "2"], &[], Some("c4"));
        let pages = [first(), instead, last()];
        assert_eq!(read(&pages), Err(Setback::Repeated));
        // Where records have no ids, the sum is all there is to see.
        assert_eq!(read_by(None, &pages), Ok(()));
        assert_eq!(read_by(Some("/nothing"), &pages), Ok(()));
    }

    #[test]
    fn a_record_that_comes_twice_on_one_page_is_no_setback() {
        let twice = page(&["3", "3"], &[], Some("c4"));
        assert_eq!(read(&[first(), twice, last()]), Ok(()));
    }

    #[test]
    fn the_records_are_as_many_as_was_said() {
        let (told, came) = (5, 3);
        assert_eq!(
            read(&[first(), last()]),
            Err(Setback::TooFew { told, came })
        );
        let more = page(&["4", "5"], &["2"], Some("c6"));
        // An end that is still to come would not make them fewer.
        assert_eq!(
            read(&[first(), second(), more]),
            Err(Setback::TooMany { told })
        );
    }
}
