//! Whether the pages of a list make a whole: all of it, of one moment, each record once. Nothing
//! is asked here; a page goes in, and what is to be asked for next comes out.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::ops::ControlFlow;

use serde_json::Value as Json;

use crate::table::contract::{ListLimits, Page};
use crate::table::pointer::Pointer;

use super::skim::{Wanted, skim};
use super::tree::Unread;

/// More pages than any month has; a list that goes on longer is a loop.
const LONGEST: usize = 100_000;
/// More pages without a record, one behind the other, than anybody has a reason for.
const EMPTY: usize = 1000;
/// So large are records on the average, at the most; the fullest month of a client is half as
/// large.
const RECORD: usize = 64 << 10;
/// What may stand beside them: counts of unapproved visits, and members that nobody reads.
const BESIDES: usize = 16 << 20;

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
    /// There are more records than are ever taken, or so the total says.
    #[error("件数が多すぎます。{limit}件までしか受け取りません")]
    BeyondLimit {
        /// How many are taken.
        limit: u64,
    },
}

/// Why a page is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Misfit {
    /// It makes no whole with the others.
    Setback(Setback),
    /// It is no page.
    Unread(Unread),
    /// With it, the list is larger than its limit.
    Large,
    /// With it, the list is larger than so few records can be.
    Padded,
}

impl From<Setback> for Misfit {
    fn from(setback: Setback) -> Self {
        Self::Setback(setback)
    }
}

impl From<Unread> for Misfit {
    fn from(unread: Unread) -> Self {
        Self::Unread(unread)
    }
}

/// What is counted on a page and told apart, by JSON pointers.
#[derive(Debug, Clone, Copy)]
pub struct Counted<'a> {
    /// The lists whose records the stated total counts.
    pub lists: &'a [Pointer],
    /// Within a record, what tells it from all others of its list; without it, pages that come
    /// twice are noticed by their number alone.
    pub id: Option<&'a Pointer>,
    /// How much of it is taken.
    pub limits: ListLimits,
}

/// A list that is being read.
#[derive(Debug)]
pub struct Reading<'a> {
    at: &'a Page,
    counted: Counted<'a>,
    pages: usize,
    /// Pages without a record since the last one with any.
    empty: usize,
    /// What the first page says of the whole.
    first: Option<(u64, Json)>,
    /// A month has a million records, and their ids are not kept, nor are cursors. Should two
    /// ever share a fingerprint, the list is read once more, with other fingerprints.
    cursors: HashSet<u64>,
    came: u64,
    bytes: usize,
    earlier: HashSet<u64>,
    fingerprints: RandomState,
}

/// A page that fits what came before it.
#[derive(Debug, PartialEq, Eq)]
pub struct Turned {
    /// How many records the page has.
    pub records: u64,
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
            empty: 0,
            first: None,
            cursors: HashSet::new(),
            came: 0,
            bytes: 0,
            earlier: HashSet::new(),
            fingerprints: RandomState::new(),
        }
    }

    /// Takes in the next page.
    ///
    /// What a page says of the whole is judged first, because it explains what may be wrong
    /// with the records.
    pub(super) fn turn(&mut self, page: &[u8]) -> Result<Turned, Misfit> {
        self.bytes = self.bytes.saturating_add(page.len());
        if self.bytes > self.counted.limits.whole {
            return Err(Misfit::Large);
        }
        let Looked { said, records, ids } = self.look_through(page)?;
        let [total, snapshot, cursor] = &said[..] else {
            return Err(Unread::NoJson.into());
        };
        let total = self.same_whole(total.as_ref(), snapshot.as_ref())?;
        let next = self.next(cursor.as_ref(), records)?;
        self.each_once(ids)?;
        self.came += records;
        let records_of_that_size = usize::try_from(self.came).unwrap_or(usize::MAX);
        if self.bytes > BESIDES.saturating_add(records_of_that_size.saturating_mul(RECORD)) {
            return Err(Misfit::Padded);
        }
        match self.came {
            came if came > total => Err(Setback::TooMany { told: total }.into()),
            came if came < total && next.is_none() => {
                Err(Setback::TooFew { told: total, came }.into())
            }
            _ => Ok(Turned {
                records,
                total,
                next,
            }),
        }
    }

    /// Counts the records of a page, up to the limit.
    fn look_through(&self, page: &[u8]) -> Result<Looked, Misfit> {
        let limit = self.counted.limits.records;
        let mut records = 0;
        let mut ids = Vec::new();
        let wanted = Wanted {
            said: &[&self.at.total, &self.at.snapshot, &self.at.cursor],
            lists: self.counted.lists,
            of_a_record: self.counted.id,
        };
        let said = skim(page, wanted, &mut |list, id| {
            records += 1;
            if self.came + records > limit {
                return ControlFlow::Break(());
            }
            let id = id.filter(|id| !id.is_null());
            // Ids are a list's own: a visit and an add-on may share one.
            ids.extend(id.map(|id| self.fingerprints.hash_one((list, id))));
            ControlFlow::Continue(())
        });
        if self.came + records > limit {
            return Err(Setback::BeyondLimit { limit }.into());
        }
        Ok(Looked {
            said: said?,
            records,
            ids,
        })
    }

    /// The total, where the page is of the same list at the same moment as the first one.
    fn same_whole(
        &mut self,
        total: Option<&Json>,
        snapshot: Option<&Json>,
    ) -> Result<u64, Setback> {
        let total = total.and_then(Json::as_u64).ok_or(Setback::NoTotal)?;
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
        let limit = self.counted.limits.records;
        if total > limit {
            return Err(Setback::BeyondLimit { limit });
        }
        Ok(total)
    }

    fn next(&mut self, cursor: Option<&Json>, records: u64) -> Result<Option<String>, Setback> {
        self.pages += 1;
        self.empty = if records == 0 { self.empty + 1 } else { 0 };
        let Some(next) = cursor.and_then(Json::as_str) else {
            return Ok(None);
        };
        if self.pages >= LONGEST || self.empty >= EMPTY {
            return Err(Setback::Endless);
        }
        if !self.cursors.insert(self.fingerprints.hash_one(next)) {
            return Err(Setback::Loop);
        }
        Ok(Some(next.to_owned()))
    }

    /// None of the records was on an earlier page. What comes twice within a page is for whoever
    /// uses the records: it was sent so, not read so.
    fn each_once(&mut self, ids: Vec<u64>) -> Result<(), Setback> {
        if ids.iter().any(|id| self.earlier.contains(id)) {
            return Err(Setback::Repeated);
        }
        self.earlier.extend(ids);
        Ok(())
    }
}

/// What a page has.
struct Looked {
    /// What it says of the whole: total, snapshot, cursor.
    said: Vec<Option<Json>>,
    records: u64,
    /// The fingerprints of the ids.
    ids: Vec<u64>,
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

    const ROOMY: ListLimits = ListLimits {
        page: 10_000,
        whole: 100_000_000,
        records: 1000,
    };

    /// How reading these pages ends.
    fn read(pages: &[Json]) -> Result<(), Setback> {
        read_by(Some("/id"), pages)
    }

    fn read_by(id: Option<&str>, pages: &[Json]) -> Result<(), Setback> {
        read_within(ROOMY, id, pages).map_err(|misfit| match misfit {
            Misfit::Setback(setback) => setback,
            Misfit::Unread(_) | Misfit::Large | Misfit::Padded => panic!("{misfit:?}"),
        })
    }

    fn read_within(limits: ListLimits, id: Option<&str>, pages: &[Json]) -> Result<(), Misfit> {
        let (contract, lists) = (contract(), ["/visits", "/add_ons"].map(pointer));
        let id = id.map(pointer);
        let counted = Counted {
            lists: &lists,
            id: id.as_ref(),
            limits,
        };
        let mut reading = Reading::new(&contract, counted);
        for (at, page) in pages.iter().enumerate() {
            let turned = reading.turn(page.to_string().as_bytes())?;
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
            limits: ROOMY,
        };
        // With a record on each page of so many: how many pages are taken.
        let taken = |every: usize| {
            let mut reading = Reading::new(&contract, counted);
            let mut pages = (0..=LONGEST).map(|at| {
                let records = if at.is_multiple_of(every) {
                    &["r"][..]
                } else {
                    &[]
                };
                let page = page(records, &[], Some(&at.to_string()));
                but(page, "total", Some(json!(1000))).to_string()
            });
            let ended = pages.position(|page| match reading.turn(page.as_bytes()) {
                Ok(turned) => turned.next.is_none(),
                Err(misfit) => misfit == Setback::Endless.into(),
            });
            ended.unwrap()
        };
        assert_eq!(taken(usize::MAX), EMPTY);
        assert_eq!(taken(EMPTY), LONGEST - 1);
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

    #[test]
    fn more_records_than_are_taken_are_a_setback_told_or_not() {
        let within = |records| {
            let limits = ListLimits { records, ..ROOMY };
            read_within(limits, Some("/id"), &[first(), second(), last()])
        };
        assert_eq!(within(5), Ok(()));
        let beyond = |limit| Err(Setback::BeyondLimit { limit }.into());
        assert_eq!(within(4), beyond(4));
        // More of them on one page than is ever taken; what the page says does not matter.
        assert_eq!(within(1), beyond(1));
    }

    #[test]
    fn pages_that_are_too_much_together_are_not_taken() {
        let pages = [first(), second(), last()];
        let bytes: usize = pages.iter().map(|page| page.to_string().len()).sum();
        let within = |whole| read_within(ListLimits { whole, ..ROOMY }, Some("/id"), &pages);
        assert_eq!(within(bytes), Ok(()));
        assert_eq!(within(bytes - 1), Err(Misfit::Large));
    }

    #[test]
    fn a_list_has_no_more_padding_than_records_of_that_size_would_have() {
        let padded = |bytes| {
            let padding = json!("x".repeat(bytes));
            [first(), second(), but(last(), "padding", Some(padding))]
        };
        assert_eq!(read(&padded(BESIDES)), Ok(()));
        let whole = 10 * BESIDES;
        let read = |pages: &[Json]| read_within(ListLimits { whole, ..ROOMY }, Some("/id"), pages);
        assert_eq!(read(&padded(BESIDES + 6 * RECORD)), Err(Misfit::Padded));
    }
}
