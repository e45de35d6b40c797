//! Whole lists, page by page: all of it, of one moment, or nothing.

use serde_json::Value as Json;

use crate::progress::Stretch;

use super::ServiceError;
use super::client::CareWing;

/// How often a list is begun anew because it changed while it was read.
const BEGINNINGS: u32 = 5;
/// More pages than any month has; a list that goes on longer is a loop.
const LONGEST: usize = 100_000;

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

/// Why a list could not be had this time.
enum Setback {
    /// The list changed under the reader, or its pages do not fit together.
    Begin(String),
    /// No use to try again.
    Error(ServiceError),
}

impl CareWing {
    /// Every item of a collection.
    pub fn list(&self, collection: &str) -> Result<Vec<ListedItem>, ServiceError> {
        self.every(collection, &[], |mut listed| {
            let Version { key, revision } = self.version(&listed)?;
            let item = listed.pointer_mut(&self.contract().page.item)?.take();
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
        let text = |pointer: &str| Some(listed.pointer(pointer)?.as_str()?.to_owned());
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
        let mut items = Vec::new();
        for mut page in self.pages(collection, query, &[&at.items])? {
            let listed = page.pointer_mut(&at.items).map(Json::take);
            let Some(Json::Array(listed)) = listed else {
                continue;
            };
            for listed in listed {
                items.push(read(listed).ok_or_else(|| ServiceError::Unforeseen {
                    detail: collection.to_owned(),
                })?);
            }
        }
        Ok(items)
    }

    /// Every page of a list. `counted` are the pointers to the arrays that the stated total
    /// counts.
    pub fn pages(
        &self,
        path: &str,
        query: &[(&str, &str)],
        counted: &[&str],
    ) -> Result<Vec<Json>, ServiceError> {
        let mut last = String::new();
        for _ in 0..BEGINNINGS {
            match self.pages_once(path, query, counted) {
                Ok(pages) => return Ok(pages),
                Err(Setback::Error(error)) => return Err(error),
                Err(Setback::Begin(why)) => last = why,
            }
        }
        Err(ServiceError::Unforeseen {
            detail: format!("{path}: {last}"),
        })
    }

    fn pages_once(
        &self,
        path: &str,
        query: &[(&str, &str)],
        counted: &[&str],
    ) -> Result<Vec<Json>, Setback> {
        let at = &self.contract().page;
        let mut pages: Vec<Json> = Vec::new();
        let mut cursors: Vec<String> = Vec::new();
        let mut seen = 0;
        let mut stretch: Option<Box<dyn Stretch>> = None;
        loop {
            let mut query = query.to_vec();
            if let Some(cursor) = cursors.last() {
                query.push((&self.contract().query.cursor, cursor));
            }
            let page = self.get(path, &query).map_err(Setback::Error)?;
            if let Some(first) = pages.first()
                && first.pointer(&at.snapshot) != page.pointer(&at.snapshot)
            {
                return Err(Setback::Begin(
                    "読んでいる間に内容が変わりました".to_owned(),
                ));
            }
            let more = counted
                .iter()
                .filter_map(|pointer| page.pointer(pointer).and_then(Json::as_array))
                .map(Vec::len)
                .sum::<usize>();
            seen += more;
            let total = page.pointer(&at.total).and_then(Json::as_u64);
            stretch
                .get_or_insert_with(|| {
                    let total = total.and_then(|total| usize::try_from(total).ok());
                    self.progress().begin(READING, total)
                })
                .advance(more);
            let next = page
                .pointer(&at.cursor)
                .and_then(Json::as_str)
                .map(str::to_owned);
            pages.push(page);
            match next {
                Some(cursor) if cursors.contains(&cursor) || pages.len() > LONGEST => {
                    return Err(Setback::Begin("頁が繰り返されます".to_owned()));
                }
                Some(cursor) => cursors.push(cursor),
                None if total != u64::try_from(seen).ok() => {
                    return Err(Setback::Begin("件数が合いません".to_owned()));
                }
                None => return Ok(pages),
            }
        }
    }
}
