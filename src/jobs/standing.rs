//! How a collection stands, here and there, before anything is compared.
//!
//! What has the version that our last sending left there is what we sent. Where the service can
//! list versions alone, and all of them are ours, no contents are fetched at all: a run that
//! finds everything as it was costs a small part of one that reads everything.

use std::borrow::Cow;
use std::collections::HashMap;
use std::panic::resume_unwind;
use std::sync::{Arc, OnceLock};
use std::thread::{self, Scope, ScopedJoinHandle};

use rayon::slice::ParallelSliceMut as _;

use crate::disk::{Digest, Fingerprint};
use crate::error::Error;
use crate::ledger::{Kept, Ledger, LedgerError, SentVersion};
use crate::model::{AddOn, MonthlyPlan};
use crate::payload::{Contents, Difference, Held, Item, Sides, There, differences};
use crate::service::pages::Version;
use crate::service::{CareWing, ServiceError};
use crate::table::{Payload, Tables};

use super::change::{Change, Keep, change};
use super::collection::Collection;
use super::compare::{Candidate, Planned};

/// The two sides that are not 楽すけ's, with what was decided about them.
#[derive(Debug)]
pub struct Standing<'a> {
    collection: Collection,
    payload: &'a Payload,
    ledger: &'a Ledger,
    versions: Arc<Versions>,
}

/// What is held, was sent last and was decided to stay, by digests and versions: all that an
/// unchanged item is compared with. On any thread.
#[derive(Debug)]
pub struct Versions {
    held: HashMap<String, Held>,
    sent: HashMap<String, SentVersion>,
    kept: HashMap<String, Kept>,
    /// Whether nothing but ours is there.
    all_ours: bool,
    held_digest: OnceLock<Digest>,
}

impl Versions {
    /// Looks at a collection, here and there.
    pub fn look(
        listed: Listed<'_>,
        service: &CareWing,
        tables: &Tables,
        ledger: &Ledger,
    ) -> Result<Self, Error> {
        let collection = listed.collection;
        // The service takes its time; meanwhile the ledger is read.
        let sent = ledger.sent_versions(&collection.name());
        let kept = ledger.kept(&collection.name());
        let versions = listed.end()?;
        let sent = sent?;
        let ours = versions.and_then(|versions| all_as_sent(versions, &sent));
        let all_ours = ours.is_some();
        let held = if let Some(held) = ours {
            held
        } else {
            let path = collection.path(&tables.contract);
            let mut held = held(service, &path, collection.payload(tables))?;
            for (key, held) in &mut held {
                if let Some(ours) = as_sent(&sent, key, &held.revision) {
                    *held = ours;
                }
            }
            held
        };
        Ok(Self {
            held,
            sent,
            kept: kept?,
            all_ours,
            held_digest: OnceLock::new(),
        })
    }

    /// How what we would send under a key stands; `None` where it is held just so.
    pub fn change(&self, key: &str, ours: &Digest) -> Option<Change> {
        let held = self.held.get(key);
        if held.is_some_and(|held| held.is(ours)) {
            return None;
        }
        let sent = self.sent.get(key).map(|sent| &sent.digest);
        Some(change(ours, sent, self.kept.get(key), held))
    }

    /// Whether what is held under a key is what we sent last, and that was made from the same.
    pub fn is_made_from(&self, key: &str, made_from: Fingerprint) -> bool {
        let sent = self.sent.get(key);
        sent.is_some_and(|sent| sent.made_from == Some(made_from)) && self.is_as_sent(key)
    }

    /// Whether what is held under a key is what we sent last, in the version that it left.
    pub fn is_as_sent(&self, key: &str) -> bool {
        let both = self.sent.get(key).zip(self.held.get(key));
        both.is_some_and(|(sent, held)| {
            self.all_ours || (held.is(&sent.digest) && held.revision == sent.revision)
        })
    }

    /// Whether all that is held is what we sent last, in the version that it left.
    pub fn are_all_as_sent(&self) -> bool {
        self.all_ours
    }

    /// What is held under a key.
    pub fn held(&self, key: &str) -> Option<&Held> {
        self.held.get(key)
    }

    /// All that is held, in no order.
    pub fn all_held(&self) -> &HashMap<String, Held> {
        &self.held
    }

    /// All that was sent last, in no order.
    pub fn all_sent(&self) -> &HashMap<String, SentVersion> {
        &self.sent
    }

    /// The digest of the keys and versions of what is held.
    pub fn held_digest(&self) -> &Digest {
        self.held_digest.get_or_init(|| {
            let held = self.held.iter();
            digest(held.map(|(key, held)| (&**key, &*held.revision)))
        })
    }

    /// The same of what was sent last.
    pub fn sent_digest(&self) -> Digest {
        if self.all_ours && self.held.len() == self.sent.len() {
            return self.held_digest().clone();
        }
        sent_digest(&self.sent)
    }
}

/// The digest of the keys and versions of what was sent last.
pub fn sent_digest<'v>(sent: impl IntoIterator<Item = (&'v String, &'v SentVersion)>) -> Digest {
    let sent = sent.into_iter();
    digest(sent.map(|(key, sent)| (&**key, &*sent.revision)))
}

fn digest<'v>(versions: impl Iterator<Item = (&'v str, &'v str)>) -> Digest {
    let mut versions: Vec<(&str, &str)> = versions.collect();
    versions.par_sort_unstable();
    let mut text = String::new();
    for (key, revision) in versions {
        if !text.is_empty() {
            text.push('\n');
        }
        text.extend([key, "\t", revision]);
    }
    Digest::of(text.as_bytes())
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

    fn end(self) -> Result<Option<Vec<Version>>, ServiceError> {
        let versions = self.versions.join();
        versions.unwrap_or_else(|panic| resume_unwind(panic))
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
        self.versions.sent.keys().map(String::as_str)
    }

    /// What the service took last under a key.
    pub fn sent_body(&self, key: &str) -> Result<Option<Vec<u8>>, LedgerError> {
        self.ledger.sent_body(&self.collection.name(), key)
    }

    /// What stands there under a key.
    fn held_body(&self, key: &str) -> Result<Option<Cow<'_, [u8]>>, LedgerError> {
        match self.versions.held.get(key) {
            None => Ok(None),
            Some(Held {
                body: Some(body), ..
            }) => Ok(Some(Cow::Borrowed(body))),
            Some(Held { body: None, .. }) => Ok(self.sent_body(key)?.map(Cow::Owned)),
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
        for key in self.versions.held.keys() {
            let month = self.held_body(key)?.and_then(|body| self.month(&body));
            if let Some(month) = month.filter(|month| !month.add_ons.is_empty()) {
                add_ons.insert(key.to_owned(), month.add_ons);
            }
        }
        Ok(add_ons)
    }

    fn month(&self, body: &[u8]) -> Option<MonthlyPlan> {
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
        let held = self.versions.held.get(key);
        held.map(|held| held.revision.clone())
    }

    /// What is held under a key, with what it says.
    fn theirs(&self, key: &str) -> Result<Option<Held>, LedgerError> {
        let Some(held) = self.versions.held.get(key) else {
            return Ok(None);
        };
        let body = self.held_body(key)?.map(Cow::into_owned);
        Ok(Some(Held {
            body,
            ..held.clone()
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
        let sent = self.versions.sent.get(key);
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
    let listed = service.list(path)?;
    Ok(listed
        .into_iter()
        .map(|listed| {
            (
                listed.key,
                Held::read(payload, &listed.item, &listed.revision),
            )
        })
        .collect())
}

/// What is held under a key in a version that our last sending left there: what we sent.
/// Though the tables of today would write it in another way, nobody has touched it there.
fn as_sent(sent: &HashMap<String, SentVersion>, key: &str, revision: &str) -> Option<Held> {
    let sent = sent.get(key).filter(|sent| sent.revision == revision)?;
    Some(Held::as_sent(&sent.digest, revision))
}

/// What the service holds, where nothing but ours is there.
fn all_as_sent(
    versions: Vec<Version>,
    sent: &HashMap<String, SentVersion>,
) -> Option<HashMap<String, Held>> {
    let ours = |Version { key, revision }: Version| {
        let held = as_sent(sent, &key, &revision)?;
        Some((key, held))
    };
    versions.into_iter().map(ours).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(rows: &[(&str, &str)]) -> Vec<Version> {
        let version = |(key, revision): &(&str, &str)| Version {
            key: (*key).to_owned(),
            revision: (*revision).to_owned(),
        };
        rows.iter().map(version).collect()
    }

    #[test]
    fn only_what_has_the_version_that_we_left_is_known_without_its_contents() {
        let ours = |revision: &str| SentVersion {
            digest: Digest::of(b"{}"),
            revision: revision.to_owned(),
            made_from: None,
        };
        let sent = HashMap::from([("a".to_owned(), ours("r1")), ("b".to_owned(), ours("r2"))]);
        let known = all_as_sent(versions(&[("a", "r1")]), &sent).unwrap();
        assert!(known["a"].is(&Digest::of(b"{}")));
        assert_eq!(known.len(), 1, "what has gone there is not there");
        for changed in [&[("a", "r1"), ("b", "r3")][..], &[("a", "r1"), ("c", "r1")]] {
            assert!(
                all_as_sent(versions(changed), &sent).is_none(),
                "{changed:?}"
            );
        }
    }

    #[test]
    fn the_digest_of_versions_follows_keys_and_versions_alone() {
        let of = |rows: &[(&'static str, &'static str)]| digest(rows.iter().copied());
        assert_eq!(of(&[("a", "1"), ("b", "2")]), of(&[("b", "2"), ("a", "1")]));
        assert_ne!(of(&[("a", "1")]), of(&[("a", "2")]));
        assert_ne!(of(&[("a", "1")]), of(&[("b", "1")]));
    }
}
