//! How a collection stands, here and there, before anything is compared.
//!
//! What has the version that our last sending left there is what we sent. Where the service can
//! list versions alone, and all of them are ours, no contents are fetched at all: a run that
//! finds everything as it was costs a small part of one that reads everything.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::thread::{self, Scope, ScopedJoinHandle};

use crate::disk::Digest;
use crate::error::Error;
use crate::ledger::{Ledger, LedgerError};
use crate::model::{AddOn, MonthlyPlan};
use crate::parallel;
use crate::payload::{Contents, Difference, Held, Item, Sides, There, differences};
use crate::service::pages::{ListedItem, Version};
use crate::service::{CareWing, ServiceError};
use crate::table::{Payload, Tables};

use super::change::{Change, Keep};
use super::collection::Collection;
use super::compare::{Candidate, Planned};
use super::versions::Versions;

/// The two sides that are not 楽すけ's, with what was decided about them.
#[derive(Debug)]
pub struct Standing<'a> {
    collection: Collection,
    payload: &'a Payload,
    ledger: &'a Ledger,
    versions: Arc<Versions>,
}

/// A list of versions that the service was asked for, and that somebody waits for later.
#[derive(Debug)]
pub struct Listed<'scope> {
    collection: Collection,
    versions: ScopedJoinHandle<'scope, Result<Option<Vec<Version>>, ServiceError>>,
}

impl<'scope> Listed<'scope> {
    /// Asks for it, and waits for nothing.
    pub fn begin(
        scope: &'scope Scope<'scope, '_>,
        collection: Collection,
        service: &'scope CareWing,
        tables: &Tables,
    ) -> Self {
        let path = collection.path(&tables.contract);
        Self {
            collection,
            versions: scope.spawn(move || service.versions(&path)),
        }
    }

    /// What is asked for.
    pub fn collection(&self) -> Collection {
        self.collection
    }

    /// Waits for it; `None` where the service has no such list.
    pub fn end(self) -> Result<Option<Vec<Version>>, ServiceError> {
        parallel::joined(self.versions)
    }
}

impl<'a> Standing<'a> {
    /// Looks at a collection, here and there.
    pub fn of(
        collection: Collection,
        service: &CareWing,
        tables: &'a Tables,
        ledger: &'a Ledger,
    ) -> Result<Self, Error> {
        thread::scope(|scope| {
            let listed = Listed::begin(scope, collection, service, tables);
            let versions = Versions::look(listed, service, tables, ledger)?;
            Ok(Self::with(versions, collection, tables, ledger))
        })
    }

    /// The same where it was looked at already.
    pub fn with(
        versions: Versions,
        collection: Collection,
        tables: &'a Tables,
        ledger: &'a Ledger,
    ) -> Self {
        Self {
            collection,
            payload: collection.payload(tables),
            ledger,
            versions: Arc::new(versions),
        }
    }

    /// What is compared.
    pub fn collection(&self) -> Collection {
        self.collection
    }

    /// The keys of what the service took last.
    pub fn sent(&self) -> impl Iterator<Item = &str> {
        self.versions.all_sent().keys().map(String::as_str)
    }

    /// What the service took last under a key.
    pub fn sent_body(&self, key: &str) -> Result<Option<Vec<u8>>, LedgerError> {
        self.ledger.sent_body(&self.collection.name(), key)
    }

    /// What stands there under a key.
    fn held_body(&self, key: &str) -> Result<Option<Cow<'_, [u8]>>, LedgerError> {
        match self.versions.held(key) {
            None => Ok(None),
            Some(Cow::Borrowed(Held {
                body: Some(body), ..
            })) => Ok(Some(Cow::Borrowed(body))),
            // It was not fetched, because it is what was sent.
            Some(_) => Ok(self.sent_body(key)?.map(Cow::Owned)),
        }
    }

    /// The table of its items.
    pub fn payload(&self) -> &Payload {
        self.payload
    }

    /// What items are compared with.
    pub fn versions(&self) -> &Arc<Versions> {
        &self.versions
    }

    /// The month that we sent last under a key.
    pub fn sent_month(&self, key: &str) -> Result<Option<MonthlyPlan>, LedgerError> {
        let body = self.sent_body(key)?;
        Ok(body.and_then(|body| self.month(&body)))
    }

    /// The add-ons of every month that is held and that the table can read, by key.
    pub fn add_ons(&self) -> Result<HashMap<String, Vec<AddOn>>, LedgerError> {
        let mut add_ons = HashMap::new();
        for key in self.versions.held_keys() {
            let month = self.held_body(key)?.and_then(|body| self.month(&body));
            if let Some(month) = month.filter(|month| !month.add_ons.is_empty()) {
                add_ons.insert(key.to_owned(), month.add_ons);
            }
        }
        Ok(add_ons)
    }

    /// The month that a body says.
    pub fn month(&self, body: &[u8]) -> Option<MonthlyPlan> {
        match Contents::of_body(self.payload, body)? {
            Contents::Month(plan) => Some(plan),
            Contents::CareOffice(_) | Contents::Client(_) => None,
        }
    }

    /// An item that stands so, with what has to be known of it; what is foreign is decided as
    /// `keep` says.
    pub fn planned(
        &self,
        (item, source, needs): Candidate,
        change: Change,
        keep: Option<Keep>,
    ) -> Result<Planned, LedgerError> {
        let is_theirs = change.is_foreign() || change == Change::Kept;
        let (theirs, differences) = if is_theirs {
            (self.theirs(&item.key)?, self.differences(&item)?)
        } else {
            (None, Vec::new())
        };
        Ok(Planned {
            change,
            revision: self.revision(&item.key),
            source,
            needs,
            theirs,
            differences,
            // What was decided earlier stays decided; only its own row can change it.
            keep: match change {
                Change::Kept => Some(Keep::Theirs),
                _ if change.is_foreign() => keep,
                _ => None,
            },
            removal: None,
            item,
        })
    }

    fn revision(&self, key: &str) -> Option<String> {
        let held = self.versions.held(key);
        held.map(|held| held.revision.clone())
    }

    /// What is held under a key, with what it says.
    fn theirs(&self, key: &str) -> Result<Option<Held>, LedgerError> {
        let Some(held) = self.versions.held(key) else {
            return Ok(None);
        };
        let body = self.held_body(key)?.map(Cow::into_owned);
        Ok(Some(Held {
            body,
            ..held.into_owned()
        }))
    }

    /// The fields that have changed there since it held what had this digest; none where what
    /// it held then is not known any more.
    pub fn changed_there(&self, key: &str, then: &Digest) -> Result<Vec<String>, LedgerError> {
        let now = self.held_body(key)?;
        self.changed_here(key, then, now.as_deref())
    }

    /// The same for what would be sent.
    pub fn changed_here(
        &self,
        key: &str,
        then: &Digest,
        now: Option<&[u8]>,
    ) -> Result<Vec<String>, LedgerError> {
        let sent = self.versions.all_sent().get(key);
        let is_known = sent.is_some_and(|sent| sent.digest == *then);
        let sent = if is_known { self.sent_body(key)? } else { None };
        let read = |body: &[u8]| Contents::of_body(self.payload, body);
        let (Some(sent), Some(now)) = (sent.as_deref().and_then(read), now.and_then(read)) else {
            return Ok(Vec::new());
        };
        let changed = differences(Sides {
            sent: Some(&sent),
            there: There::Contents(&now),
            ours: Some(&now),
        });
        Ok(changed.into_iter().map(|of| of.label).collect())
    }

    fn differences(&self, item: &Item) -> Result<Vec<Difference>, LedgerError> {
        let read = |body: &[u8]| Contents::of_body(self.payload, body);
        let sent = self.sent_body(&item.key)?.as_deref().and_then(read);
        let ours = read(&item.body);
        let held = self.held_body(&item.key)?;
        let there = held.as_deref().and_then(read);
        Ok(differences(Sides {
            sent: sent.as_ref(),
            there: match (&held, &there) {
                (None, _) => There::Nothing,
                (Some(_), None) => There::Unreadable,
                (Some(_), Some(there)) => There::Contents(there),
            },
            ours: ours.as_ref(),
        }))
    }
}

/// What the service holds of a collection, by key.
pub fn held(
    service: &CareWing,
    path: &str,
    payload: &Payload,
) -> Result<HashMap<String, Held>, Error> {
    let read = |listed: ListedItem| {
        let held = Held::read(payload, &listed.item, &listed.revision);
        (listed.key, held)
    };
    let listed = service.list(path, read)?;
    Ok(listed.into_iter().collect())
}
