//! Whole lists, page by page: all of it, of one moment, or nothing.
//!
//! A list that does not fit together is thrown away and begun anew, some times; whether it fits
//! is [`whole`](super::whole)'s to say. One page at a time is looked into, and of a long list
//! only what was taken of each page is kept.

use std::slice;

use serde_json::Value as Json;

use crate::progress::Stretch;
use crate::table::contract::ActualsPage;
use crate::table::pointer::Pointer;

use super::ServiceError;
use super::client::{CareWing, unforeseen};
use super::whole::{Counted, Reading, Setback};

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

impl From<Setback> for Ended {
    fn from(setback: Setback) -> Self {
        Self::Setback(setback)
    }
}

impl From<ServiceError> for Ended {
    fn from(error: ServiceError) -> Self {
        Self::Error(error)
    }
}

impl CareWing {
    /// Every item of a collection.
    pub fn list(&self, collection: &str) -> Result<Vec<ListedItem>, ServiceError> {
        self.every(collection, &[], |mut listed| {
            let Version { key, revision } = self.version(&listed)?;
            let item = self.contract().page.item.find_mut(&mut listed)?.take();
            Some(ListedItem {
                key,
                revision,
                item,
            })
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
            },
        };
        self.whole(list, |_, mut page, items| {
            if let Some(Json::Array(listed)) = at.items.find_mut(&mut page).map(Json::take) {
                for listed in listed {
                    items.push(read(listed).ok_or_else(|| unforeseen(collection))?);
                }
            }
            Ok(())
        })
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
            },
        };
        self.whole(list, |body, _, pages| {
            pages.push(body);
            Ok(())
        })
    }

    /// What `take` puts down of each page, from a beginning whose pages all fit together.
    fn whole<T>(
        &self,
        list: List<'_>,
        take: impl Fn(Vec<u8>, Json, &mut Vec<T>) -> Result<(), ServiceError>,
    ) -> Result<Vec<T>, ServiceError> {
        let mut beginning = 1;
        loop {
            let setback = match self.pages_once(list, &take) {
                Ok(taken) => return Ok(taken),
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

    fn pages_once<T>(
        &self,
        list: List<'_>,
        take: impl Fn(Vec<u8>, Json, &mut Vec<T>) -> Result<(), ServiceError>,
    ) -> Result<Vec<T>, Ended> {
        let mut reading = Reading::new(&self.contract().page, list.counted);
        let mut taken = Vec::new();
        let mut cursor: Option<String> = None;
        let mut stretch: Option<Box<dyn Stretch>> = None;
        loop {
            let mut query = list.query.to_vec();
            if let Some(cursor) = &cursor {
                query.push((&self.contract().query.cursor, cursor));
            }
            let body = self.get_raw(list.path, &query)?;
            let page = serde_json::from_slice(&body).map_err(|_| unforeseen(list.path))?;
            let turned = reading.turn(&page)?;
            stretch
                .get_or_insert_with(|| {
                    let total = usize::try_from(turned.total).ok();
                    self.progress().begin(READING, total)
                })
                .advance(turned.records);
            take(body, page, &mut taken)?;
            cursor = turned.next;
            if cursor.is_none() {
                return Ok(taken);
            }
        }
    }
}
