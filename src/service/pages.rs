//! Whole lists, page by page: all of it, of one moment, or nothing.
//!
//! A list that does not fit together is thrown away and begun anew, some times; whether it fits
//! is [`whole`](super::whole)'s to say, and nothing is made of its pages before. A list that is
//! too large is not begun anew.

use std::slice;

use serde_json::Value as Json;

use crate::progress::Stretch;
use crate::table::contract::ActualsPage;
use crate::table::pointer::Pointer;

use super::ServiceError;
use super::client::{CareWing, unforeseen};
use super::kept::Kept;
use super::retry::size;
use super::skim::records;
use super::tree::Unread;
use super::whole::{Counted, Misfit, Reading, Setback};

/// How often a list is begun before it is given up because it does not fit together.
const BEGINNINGS: u32 = 5;

/// What a clerk sees meanwhile.
const READING: &str = "Care-wingの内容を読んでいます";

/// One item of a list of what the service holds.
#[derive(Debug, Clone)]
pub struct ListedItem {
    /// The item's key.
    pub key: String,
    /// Its version.
    pub revision: String,
    /// Its contents.
    pub item: Json,
}

/// One item of a list of versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The item's key.
    pub key: String,
    /// Its version.
    pub revision: String,
}

/// A list as it is asked for.
#[derive(Clone, Copy)]
struct List<'a> {
    path: &'a str,
    query: &'a [(&'a str, &'a str)],
    counted: Counted<'a>,
}

/// Why a list could not be had this time.
enum Ended {
    /// Its pages do not fit together; it may be begun anew.
    Setback(Setback),
    /// No use to try again.
    Error(ServiceError),
}

impl From<ServiceError> for Ended {
    fn from(error: ServiceError) -> Self {
        Self::Error(error)
    }
}

impl CareWing {
    /// Every item of a collection, as `read` takes it, one after the other: as trees, all of
    /// them would take many times the memory of their pages.
    pub fn list<T>(
        &self,
        collection: &str,
        read: impl Fn(ListedItem) -> T,
    ) -> Result<Vec<T>, ServiceError> {
        self.every(collection, &[], |mut listed| {
            let Version { key, revision } = self.version(&listed)?;
            let item = self.contract().page.item.find_mut(&mut listed)?.take();
            Some(read(ListedItem {
                key,
                revision,
                item,
            }))
        })
    }

    /// The version of every item of a collection, without what it says; `None` where the
    /// service has no such list.
    pub fn versions(&self, collection: &str) -> Result<Option<Vec<Version>>, ServiceError> {
        let query = &self.contract().query;
        let Some(contents) = &query.contents else {
            return Ok(None);
        };
        let query = [(&**contents, &*query.without)];
        self.every(collection, &query, |listed| self.version(&listed))
            .map(Some)
    }

    fn version(&self, listed: &Json) -> Option<Version> {
        let at = &self.contract().page;
        let text = |at: &Pointer| Some(at.find(listed)?.as_str()?.to_owned());
        Some(Version {
            key: text(&at.key)?,
            revision: text(&at.revision)?,
        })
    }

    /// Every item of a list, as `read` takes it.
    fn every<T>(
        &self,
        collection: &str,
        query: &[(&str, &str)],
        read: impl Fn(Json) -> Option<T>,
    ) -> Result<Vec<T>, ServiceError> {
        let at = &self.contract().page;
        let list = List {
            path: collection,
            query,
            counted: Counted {
                lists: slice::from_ref(&at.items),
                id: Some(&at.key),
                limits: self.contract().limits.list,
            },
        };
        let mut items = Vec::new();
        self.whole(list)?.hand_over(|page| {
            let mut all_fit = true;
            let looked = records(&page, &at.items, &mut |record| match read(record) {
                Some(item) => items.push(item),
                None => all_fit = false,
            });
            match looked {
                Ok(()) if all_fit => Ok(()),
                Ok(()) => Err(unforeseen(collection)),
                Err(unread) => Err(unreadable(unread, collection)),
            }
        })?;
        Ok(items)
    }

    /// Every page of a list, byte for byte as it came.
    pub fn raw_pages(
        &self,
        path: &str,
        query: &[(&str, &str)],
        counted: &ActualsPage,
    ) -> Result<Vec<Vec<u8>>, ServiceError> {
        let list = List {
            path,
            query,
            counted: Counted {
                lists: &counted.counted,
                id: counted.id.as_ref(),
                limits: self.contract().limits.actuals,
            },
        };
        let mut pages = Vec::new();
        self.whole(list)?.hand_over(|page| {
            pages.push(page);
            Ok::<_, ServiceError>(())
        })?;
        Ok(pages)
    }

    /// The pages of a beginning that all fit together.
    fn whole(&self, list: List<'_>) -> Result<Kept, ServiceError> {
        let mut beginning = 1;
        loop {
            let setback = match self.pages_once(list) {
                Ok(pages) => return Ok(pages),
                Err(Ended::Error(error)) => return Err(error),
                Err(Ended::Setback(setback)) => setback,
            };
            tracing::debug!(
                path = list.path,
                beginning,
                ?setback,
                "the pages do not fit"
            );
            if beginning == BEGINNINGS {
                return Err(ServiceError::Unsteady {
                    list: list.path.to_owned(),
                    beginnings: BEGINNINGS,
                    setback,
                });
            }
            self.settle_down(beginning);
            beginning += 1;
        }
    }

    fn pages_once(&self, list: List<'_>) -> Result<Kept, Ended> {
        let mut reading = Reading::new(&self.contract().page, list.counted);
        let mut pages = Kept::default();
        let mut cursor: Option<String> = None;
        let mut stretch: Option<Box<dyn Stretch>> = None;
        loop {
            let mut query = list.query.to_vec();
            if let Some(cursor) = &cursor {
                query.push((&self.contract().query.cursor, cursor));
            }
            let page = self.get(list.path, &query, list.counted.limits.page)?;
            let turned = reading.turn(&page);
            let turned = turned.map_err(|misfit| ended(misfit, list))?;
            pages.add(page).map_err(ServiceError::from)?;
            stretch
                .get_or_insert_with(|| {
                    let total = usize::try_from(turned.total).ok();
                    self.progress().begin(READING, total)
                })
                .advance(usize::try_from(turned.records).unwrap_or(usize::MAX));
            cursor = turned.next;
            if cursor.is_none() {
                return Ok(pages);
            }
        }
    }
}

/// What a page that is not taken means for its list.
fn ended(misfit: Misfit, list: List<'_>) -> Ended {
    let path = list.path;
    Ended::Error(match misfit {
        Misfit::Setback(setback) => return Ended::Setback(setback),
        Misfit::Unread(unread) => unreadable(unread, path),
        Misfit::Large => {
            let limit = size(list.counted.limits.whole);
            overrun(path, &format!("一覧が大きすぎます(上限{limit})"))
        }
        Misfit::Padded => overrun(path, "件数のわりに一覧が大きすぎます"),
    })
}

fn unreadable(unread: Unread, path: &str) -> ServiceError {
    match unread {
        Unread::NoJson => unforeseen(path),
        Unread::TooLarge => overrun(path, "一件の内容が大きすぎます"),
    }
}

fn overrun(path: &str, what: &str) -> ServiceError {
    ServiceError::Overrun {
        detail: format!("{path}: {what}"),
    }
}
