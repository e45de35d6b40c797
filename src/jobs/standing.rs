//! How a collection stands, here and there, before anything is compared.
//!
//! What has the version that our last sending left there is what we sent. Where the service can
//! list versions alone, and all of them are ours, no contents are fetched at all: a run that
//! finds everything as it was costs a small part of one that reads everything.

use std::collections::HashMap;

use crate::disk::Digest;
use crate::error::Error;
use crate::ledger::{Kept, Ledger, Part, Sent, Side};
use crate::model::MonthlyPlan;
use crate::payload::{Content, Contents, Difference, Held, Item, Sides, There, differences};
use crate::service::CareWing;
use crate::service::pages::Version;
use crate::table::{Payload, Tables};

use super::change::{Change, Keep, change};
use super::collection::Collection;
use super::compare::{Candidate, Planned};

/// The two sides that are not 楽すけ's, with what was decided about them.
#[derive(Debug)]
pub struct Standing<'a> {
    collection: Collection,
    payload: &'a Payload,
    held: HashMap<String, Held>,
    sent: HashMap<String, Sent>,
    kept: HashMap<String, Kept>,
}

impl<'a> Standing<'a> {
    /// Looks at a collection, here and there.
    pub fn of(
        collection: Collection,
        service: &CareWing,
        tables: &'a Tables,
        ledger: &Ledger,
    ) -> Result<Self, Error> {
        let payload = collection.payload(tables);
        let path = collection.path(&tables.contract);
        let sent = ledger.sent(&collection.name())?;
        let all_ours = service
            .versions(&path)?
            .and_then(|versions| all_as_sent(versions, &sent));
        let held = if let Some(held) = all_ours {
            held
        } else {
            let mut held = held(service, &path, payload)?;
            for (key, held) in &mut held {
                if let Some(ours) = as_sent(&sent, key, &held.revision) {
                    *held = ours;
                }
            }
            held
        };
        Ok(Self {
            collection,
            payload,
            held,
            sent,
            kept: ledger.kept(&collection.name())?,
        })
    }

    /// What is compared.
    pub fn collection(&self) -> Collection {
        self.collection
    }

    /// What the service took last, by key.
    pub fn sent(&self) -> &HashMap<String, Sent> {
        &self.sent
    }

    /// The digest of what is held: of its keys and versions.
    pub fn digest(&self) -> Digest {
        digest(&self.held)
    }

    /// The table of its items.
    pub fn payload(&self) -> &Payload {
        self.payload
    }

    /// What is held, one by one.
    pub fn holdings(&self) -> Vec<Part> {
        let part = |(key, held): (&String, &Held)| Part {
            side: Side::Held,
            collection: self.collection.name(),
            name: key.clone(),
            digest: held.digest().clone(),
            state: held.revision.clone(),
        };
        self.held.iter().map(part).collect()
    }

    /// What is held under a key.
    pub fn holds(&self, key: &str) -> Option<&Held> {
        self.held.get(key)
    }

    /// The month that we sent last under a key.
    pub fn sent_month(&self, key: &str) -> Option<MonthlyPlan> {
        self.month(&self.sent.get(key)?.body)
    }

    /// The month that is held under a key, where the table can read it.
    pub fn held_month(&self, key: &str) -> Option<MonthlyPlan> {
        self.month(&self.held.get(key)?.body)
    }

    fn month(&self, body: &[u8]) -> Option<MonthlyPlan> {
        match Contents::of_body(self.payload, body)? {
            Contents::Month(plan) => Some(plan),
            Contents::CareOffice(_) | Contents::Client(_) => None,
        }
    }

    /// Compares an item with both; what is foreign is decided as `keep` says.
    pub fn planned(&self, (item, source, needs): Candidate, keep: Option<Keep>) -> Planned {
        let sent = self.sent.get(&item.key);
        let held = self.held.get(&item.key);
        let change = change(&item.digest, sent, self.kept.get(&item.key), held);
        let is_theirs = change.is_foreign() || change == Change::Kept;
        let differences = if is_theirs {
            self.differences(&item)
        } else {
            Vec::new()
        };
        Planned {
            change,
            revision: held.map(|held| held.revision.clone()),
            source,
            needs,
            theirs: held.filter(|_| is_theirs).cloned(),
            differences,
            // What was decided earlier stays decided; only its own row can change it.
            keep: match change {
                Change::Kept => Some(Keep::Theirs),
                _ if change.is_foreign() => keep,
                _ => None,
            },
            removal: None,
            item,
        }
    }

    /// The fields that have changed there since it held what had this digest; none where what
    /// it held then is not known any more.
    pub fn changed_there(&self, key: &str, then: &Digest) -> Vec<String> {
        let now = self.held.get(key).map(|held| &*held.body);
        self.changed_here(key, then, now)
    }

    /// The same for what would be sent.
    pub fn changed_here(&self, key: &str, then: &Digest, now: Option<&[u8]>) -> Vec<String> {
        let sent = self.sent.get(key).filter(|sent| sent.digest == *then);
        let read = |body: &[u8]| Contents::of_body(self.payload, body);
        let (Some(sent), Some(now)) = (sent.and_then(|sent| read(&sent.body)), now.and_then(read))
        else {
            return Vec::new();
        };
        let changed = differences(Sides {
            sent: Some(&sent),
            there: There::Contents(&now),
            ours: Some(&now),
        });
        changed.into_iter().map(|of| of.label).collect()
    }

    fn differences(&self, item: &Item) -> Vec<Difference> {
        let read = |body: &[u8]| Contents::of_body(self.payload, body);
        let sent = self.sent.get(&item.key).and_then(|sent| read(&sent.body));
        let ours = read(&item.body);
        let held = self.held.get(&item.key);
        let there = held.and_then(|held| read(&held.body));
        differences(Sides {
            sent: sent.as_ref(),
            there: match (held, &there) {
                (None, _) => There::Nothing,
                (Some(_), None) => There::Unreadable,
                (Some(_), Some(there)) => There::Contents(there),
            },
            ours: ours.as_ref(),
        })
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
fn as_sent(sent: &HashMap<String, Sent>, key: &str, revision: &str) -> Option<Held> {
    let sent = sent.get(key).filter(|sent| sent.revision == revision)?;
    Some(Held {
        revision: revision.to_owned(),
        content: Content::Comparable(sent.digest.clone()),
        body: sent.body.clone(),
    })
}

/// What the service holds, where nothing but ours is there.
fn all_as_sent(
    versions: Vec<Version>,
    sent: &HashMap<String, Sent>,
) -> Option<HashMap<String, Held>> {
    let ours = |Version { key, revision }: Version| {
        let held = as_sent(sent, &key, &revision)?;
        Some((key, held))
    };
    versions.into_iter().map(ours).collect()
}

fn digest(held: &HashMap<String, Held>) -> Digest {
    let mut versions: Vec<String> = held
        .iter()
        .map(|(key, held)| format!("{key}\t{}", held.revision))
        .collect();
    versions.sort();
    Digest::of(versions.join("\n").as_bytes())
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
        let ours = |revision: &str| Sent {
            body: b"{}".to_vec(),
            digest: Digest::of(b"{}"),
            source: Vec::new(),
            revision: revision.to_owned(),
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
    fn the_digest_of_what_is_held_follows_keys_and_versions_alone() {
        let held = |rows: &[(&str, &str)]| {
            let held = rows.iter().map(|(key, revision)| {
                let content = Content::Foreign(Digest::of(b""));
                let revision = (*revision).to_owned();
                let body = Vec::new();
                let held = Held {
                    revision,
                    content,
                    body,
                };
                ((*key).to_owned(), held)
            });
            digest(&held.collect())
        };
        assert_eq!(
            held(&[("a", "1"), ("b", "2")]),
            held(&[("b", "2"), ("a", "1")])
        );
        assert_ne!(held(&[("a", "1")]), held(&[("a", "2")]));
        assert_ne!(held(&[("a", "1")]), held(&[("b", "1")]));
    }
}
