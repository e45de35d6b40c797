//! What is held, was sent last and was decided to stay, by digests and versions: all that an
//! unchanged item is compared with. On any thread.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use indexmap::IndexMap;
use rayon::slice::ParallelSliceMut as _;

use crate::disk::{Digest, Fingerprint};
use crate::error::Error;
use crate::ledger::{Kept, Ledger, SentVersion};
use crate::payload::Held;
use crate::service::CareWing;
use crate::service::pages::Version;
use crate::table::Tables;

use super::change::{Change, change};
use super::standing::{Listed, held};

/// The versions of a collection on both sides.
#[derive(Debug)]
pub struct Versions {
    there: There,
    sent: IndexMap<String, SentVersion>,
    kept: HashMap<String, Kept>,
    held_digest: OnceLock<Digest>,
}

/// What the service holds of a collection.
#[derive(Debug)]
enum There {
    /// All that we sent last, in the versions that it left, and nothing else: it is not told
    /// twice.
    AllAsSent,
    /// This, by key.
    Listed(HashMap<String, Held>),
}

impl Versions {
    /// Looks at a collection, here and there.
    pub fn look(
        listed: Listed<'_>,
        service: &CareWing,
        tables: &Tables,
        ledger: &Ledger,
    ) -> Result<Self, Error> {
        let collection = listed.collection();
        // The service takes its time; meanwhile the ledger is read.
        let sent = ledger.sent_versions(&collection.name());
        let kept = ledger.kept(&collection.name());
        let versions = listed.end()?;
        let sent = sent?;
        let there = if let Some(ours) = versions.and_then(|versions| ours(versions, &sent)) {
            ours
        } else {
            let path = collection.path(&tables.contract);
            let mut held = held(service, &path, collection.payload(tables))?;
            for (key, held) in &mut held {
                if let Some(ours) = as_sent(&sent, key, &held.revision) {
                    *held = ours;
                }
            }
            There::Listed(held)
        };
        Ok(Self {
            there,
            sent,
            kept: kept?,
            held_digest: OnceLock::new(),
        })
    }

    /// How what we would send under a key stands; `None` where it is held just so.
    pub fn change(&self, key: &str, ours: &Digest) -> Option<Change> {
        let sent = self.sent.get(key).map(|sent| &sent.digest);
        let held = self.held(key);
        if held.as_ref().is_some_and(|held| held.is(ours)) {
            return None;
        }
        Some(change(ours, sent, self.kept.get(key), held.as_deref()))
    }

    /// Whether what is held under a key is what we sent last, and that was made from the same.
    pub fn is_made_from(&self, key: &str, made_from: Fingerprint) -> bool {
        self.sent
            .get(key)
            .is_some_and(|sent| sent.made_from == Some(made_from) && self.is_still_there(key, sent))
    }

    /// Whether what is held under a key is what we sent last, in the version that it left.
    pub fn is_as_sent(&self, key: &str) -> bool {
        let sent = self.sent.get(key);
        sent.is_some_and(|sent| self.is_still_there(key, sent))
    }

    fn is_still_there(&self, key: &str, sent: &SentVersion) -> bool {
        match &self.there {
            There::AllAsSent => true,
            There::Listed(held) => held
                .get(key)
                .is_some_and(|held| held.is(&sent.digest) && held.revision == sent.revision),
        }
    }

    /// Whether just what we sent last is held, in the versions that it left.
    pub fn are_all_as_sent(&self) -> bool {
        matches!(self.there, There::AllAsSent)
    }

    /// What is held under a key.
    pub fn held(&self, key: &str) -> Option<Cow<'_, Held>> {
        match &self.there {
            There::AllAsSent => {
                let sent = self.sent.get(key)?;
                Some(Cow::Owned(Held::as_sent(&sent.digest, &sent.revision)))
            }
            There::Listed(held) => held.get(key).map(Cow::Borrowed),
        }
    }

    /// The key of each item that is held, in no order.
    pub fn held_keys(&self) -> Vec<&str> {
        match &self.there {
            There::AllAsSent => self.sent.keys().map(String::as_str).collect(),
            There::Listed(held) => held.keys().map(String::as_str).collect(),
        }
    }

    /// All that was sent last, in the order of the keys.
    pub fn all_sent(&self) -> &IndexMap<String, SentVersion> {
        &self.sent
    }

    /// The digest of the keys and versions of what is held.
    pub fn held_digest(&self) -> &Digest {
        self.held_digest.get_or_init(|| match &self.there {
            There::AllAsSent => sent_digest(&self.sent),
            There::Listed(held) => {
                let held = held.iter();
                digest(held.map(|(key, held)| (&**key, &*held.revision)))
            }
        })
    }

    /// The same of what was sent last.
    pub fn sent_digest(&self) -> Digest {
        match self.there {
            There::AllAsSent => self.held_digest().clone(),
            There::Listed(_) => sent_digest(&self.sent),
        }
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

/// What is held under a key in a version that our last sending left there: what we sent.
/// Though the tables of today would write it in another way, nobody has touched it there.
fn as_sent(sent: &IndexMap<String, SentVersion>, key: &str, revision: &str) -> Option<Held> {
    let sent = sent.get(key).filter(|sent| sent.revision == revision)?;
    Some(Held::as_sent(&sent.digest, revision))
}

/// What the service holds, where nothing but ours is there.
fn ours(versions: Vec<Version>, sent: &IndexMap<String, SentVersion>) -> Option<There> {
    let is_ours = |of: &Version| {
        let sent = sent.get(&of.key);
        sent.is_some_and(|sent| sent.revision == of.revision)
    };
    if !versions.iter().all(is_ours) {
        return None;
    }
    if versions.len() == sent.len() && are_distinct(&versions) {
        return Some(There::AllAsSent);
    }
    let held = versions
        .into_iter()
        .filter_map(|Version { key, revision }| {
            let held = as_sent(sent, &key, &revision)?;
            Some((key, held))
        });
    Some(There::Listed(held.collect()))
}

/// Whether no key comes twice. Mostly they come in their order.
fn are_distinct(versions: &[Version]) -> bool {
    versions.is_sorted_by(|one, next| one.key < next.key) || {
        let keys: HashSet<&str> = versions.iter().map(|of| &*of.key).collect();
        keys.len() == versions.len()
    }
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

    /// What is held where two items were sent, `a` in version `r1` and `b` in `r2`, and these
    /// are there.
    fn held_of(there: &[(&str, &str)]) -> Option<Versions> {
        let ours = |revision: &str| SentVersion {
            digest: Digest::of(b"{}"),
            revision: revision.to_owned(),
            made_from: Some(Fingerprint::of(b"month")),
        };
        let sent = IndexMap::from([("a".to_owned(), ours("r1")), ("b".to_owned(), ours("r2"))]);
        Some(Versions {
            there: super::ours(versions(there), &sent)?,
            sent,
            kept: HashMap::new(),
            held_digest: OnceLock::new(),
        })
    }

    #[test]
    fn only_what_has_the_version_that_we_left_is_known_without_its_contents() {
        let known = held_of(&[("a", "r1")]).unwrap();
        assert!(known.held("a").unwrap().is(&Digest::of(b"{}")));
        assert_eq!(known.held_keys(), ["a"], "what has gone there is not there");
        for changed in [&[("a", "r1"), ("b", "r3")][..], &[("a", "r1"), ("c", "r1")]] {
            assert!(held_of(changed).is_none(), "{changed:?}");
        }
    }

    #[test]
    fn all_is_as_sent_only_where_each_is_there() {
        for (there, all) in [
            (&[("a", "r1"), ("b", "r2")][..], true),
            (&[("b", "r2"), ("a", "r1")], true),
            (&[("a", "r1")], false),
            (&[("a", "r1"), ("a", "r1")], false),
        ] {
            let known = held_of(there).unwrap();
            assert_eq!(known.are_all_as_sent(), all, "{there:?}");
            for key in ["a", "b", "c"] {
                let is_there = there.iter().any(|(of, _)| *of == key);
                assert_eq!(known.held(key).is_some(), is_there, "{there:?} {key}");
                assert_eq!(known.is_as_sent(key), is_there, "{there:?} {key}");
                let (same, another) = (Fingerprint::of(b"month"), Fingerprint::of(b"another"));
                assert_eq!(known.is_made_from(key, same), is_there, "{there:?} {key}");
                assert!(!known.is_made_from(key, another));
            }
        }
    }

    #[test]
    fn what_is_said_of_all_is_what_would_be_said_of_each() {
        let all = held_of(&[("a", "r1"), ("b", "r2")]).unwrap();
        assert_eq!(
            all.held_digest(),
            &digest([("a", "r1"), ("b", "r2")].into_iter())
        );
        assert_eq!(*all.held_digest(), all.sent_digest());
        let (same, other) = (Digest::of(b"{}"), Digest::of(b"[]"));
        assert_eq!(all.change("a", &same), None);
        assert_eq!(all.change("a", &other), Some(Change::Changed));
        assert_eq!(all.change("c", &other), Some(Change::New));
    }

    #[test]
    fn the_digest_of_versions_follows_keys_and_versions_alone() {
        let of = |rows: &[(&'static str, &'static str)]| digest(rows.iter().copied());
        assert_eq!(of(&[("a", "1"), ("b", "2")]), of(&[("b", "2"), ("a", "1")]));
        assert_ne!(of(&[("a", "1")]), of(&[("a", "2")]));
        assert_ne!(of(&[("a", "1")]), of(&[("b", "1")]));
    }
}
