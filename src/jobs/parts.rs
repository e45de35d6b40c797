//! The pieces that a proposal was made from, so that it can be said later what has moved.
//!
//! What stands there just as it would be sent is one piece for both sides; and what our last
//! sendings have left so is no piece at all, because the ledger knows it: in a month that is
//! prepared again, that is everything.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use crate::disk::Digest;
use crate::ledger::{Ledger, LedgerError, Part, Side};
use crate::table::Tables;

use super::compare::Group;
use super::proposal::Proposal;
use super::versions::sent_digest;

/// The pieces of a proposal, to be saved.
pub fn of<'p>(proposal: &'p Proposal, tables: &'p Tables) -> Vec<Part<'p>> {
    let named = |side, name: &'p str, digest: &Digest| Part {
        side,
        collection: Arc::from(""),
        name: name.into(),
        digest: digest.clone(),
        state: Cow::default(),
    };
    let inputs = proposal.inputs.iter();
    let inputs = inputs.map(|file| named(Side::Input, file.name.as_str(), &file.digest));
    let tables = tables.sources.iter();
    let tables = tables.map(|(name, digest)| named(Side::Table, name, digest));
    let groups = proposal.groups.iter().flat_map(of_group);
    inputs.chain(tables).chain(groups).collect()
}

fn of_group(group: &Group) -> Vec<Part<'_>> {
    let collection: Arc<str> = group.collection.name().into();
    let part = |side, name, digest: &Digest, state| Part {
        side,
        collection: Arc::clone(&collection),
        name: Cow::Borrowed(name),
        digest: digest.clone(),
        state,
    };
    let versions = &group.versions;
    let all_are_told = all_sent_are_told(group);
    let mut parts = Vec::new();
    if all_are_told {
        let sent = versions.sent_digest();
        parts.push(part(Side::Sent, "", &sent, Cow::default()));
    }
    if !group.is_all_that_was_sent() {
        let same: HashSet<&str> = group.same.iter().map(|same| &*same.key).collect();
        for key in versions.held_keys() {
            let side = match same.contains(key) {
                true if all_are_told && versions.is_as_sent(key) => continue,
                true => Side::Same,
                false => Side::Held,
            };
            if let Some(held) = versions.held(key) {
                let revision = Cow::Owned(held.revision.clone());
                parts.push(part(side, key, held.digest(), revision));
            }
        }
    }
    for planned in &group.items {
        let (item, change, revision) = (&planned.item, planned.change, &planned.revision);
        let state = Cow::Owned(format!("{change:?} {revision:?}"));
        parts.push(part(Side::Item, &item.key, &item.digest, state));
    }
    parts
}

/// Whether everything that was sent is held or would be sent, so that a key that the ledger
/// knows and no piece names can only be one that stands as it was sent.
fn all_sent_are_told(group: &Group) -> bool {
    let versions = &group.versions;
    if versions.are_all_as_sent() {
        return true;
    }
    let items = group.items.iter();
    let items: HashSet<&str> = items.map(|planned| &*planned.item.key).collect();
    let mut sent = versions.all_sent().keys();
    sent.all(|key| versions.held(key).is_some() || items.contains(&**key))
}

/// The pieces of a proposal with everything said that was left unsaid.
#[derive(Debug)]
pub struct Told<'p> {
    /// The pieces; none has the side [`Side::Same`] or [`Side::Sent`].
    pub parts: Vec<Part<'p>>,
    /// The collections of which nobody can say it any more: the ledger has moved on since.
    pub untold: BTreeSet<Arc<str>>,
}

/// Says what was left unsaid.
pub fn told<'p>(parts: Vec<Part<'p>>, ledger: &Ledger) -> Result<Told<'p>, LedgerError> {
    let (left_unsaid, parts): (Vec<_>, Vec<_>) =
        parts.into_iter().partition(|part| part.side == Side::Sent);
    let mut told = Told {
        parts: parts.into_iter().flat_map(sides).flatten().collect(),
        untold: BTreeSet::new(),
    };
    for Part {
        collection, digest, ..
    } in left_unsaid
    {
        let sent = ledger.sent_versions(&collection)?;
        if sent_digest(&sent) != digest {
            told.parts.retain(|part| part.collection != collection);
            told.untold.insert(collection);
            continue;
        }
        let of_collection = told.parts.iter().filter(|of| of.collection == collection);
        let named: HashSet<String> = of_collection.map(|of| of.name.to_string()).collect();
        let unnamed = sent.into_iter().filter(|(key, _)| !named.contains(key));
        told.parts.extend(unnamed.flat_map(|(key, version)| {
            let same = Part {
                side: Side::Same,
                collection: Arc::clone(&collection),
                name: key.into(),
                digest: version.digest,
                state: version.revision.into(),
            };
            sides(same).into_iter().flatten()
        }));
    }
    Ok(told)
}

/// A piece, with what is said in one for two sides in two.
fn sides(part: Part<'_>) -> [Option<Part<'_>>; 2] {
    match part.side {
        Side::Same => {
            let item = Part {
                side: Side::Item,
                state: format!("Unchanged {:?}", Some(&part.state)).into(),
                ..part.clone()
            };
            let held = Part {
                side: Side::Held,
                ..part
            };
            [Some(held), Some(item)]
        }
        Side::Input | Side::Table | Side::Held | Side::Item | Side::Sent => [Some(part), None],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{Sending, Settled};

    fn part(side: Side, name: &'static str, digest: &Digest, state: &'static str) -> Part<'static> {
        Part {
            side,
            collection: "clients".into(),
            name: name.into(),
            digest: digest.clone(),
            state: state.into(),
        }
    }

    /// Registers a body under each key, in the version `r1`.
    fn register(ledger: &mut Ledger, keys: &[&str], body: &[u8]) {
        let run = ledger.begin_run("basics", None, "now").unwrap();
        let digest = Digest::of(body);
        let sending = |key| Sending {
            key,
            body,
            digest: &digest,
            source: b"",
            made_from: None,
        };
        let sendings: Vec<_> = keys.iter().copied().map(sending).collect();
        let accepted = || Settled::Accepted {
            revision: "r1".to_owned(),
        };
        let intents = ledger.intend(run, "clients", &sendings).unwrap();
        let ends: Vec<_> = intents.into_iter().map(|of| (of, accepted())).collect();
        ledger.settle(&ends).unwrap();
    }

    #[test]
    fn what_was_left_unsaid_is_what_each_side_would_have_said() {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(&folder.path().join("ledger.sqlite")).unwrap();
        register(&mut ledger, &["as it was", "changed"], b"{}");
        let (sent, now) = (Digest::of(b"{}"), Digest::of(b"now"));
        let all_sent = sent_digest(&ledger.sent_versions("clients").unwrap());
        let saved = vec![
            part(Side::Sent, "", &all_sent, ""),
            part(Side::Held, "changed", &sent, "r1"),
            part(Side::Item, "changed", &now, "Changed Some(\"r1\")"),
            part(Side::Same, "another's", &now, "r9"),
        ];
        let mut told_now = told(saved.clone(), &ledger).unwrap();
        told_now
            .parts
            .sort_by(|a, b| (a.side.word(), &a.name).cmp(&(b.side.word(), &b.name)));
        let unchanged = "Unchanged Some(\"r1\")";
        assert_eq!(
            told_now.parts,
            [
                part(Side::Held, "another's", &now, "r9"),
                part(Side::Held, "as it was", &sent, "r1"),
                part(Side::Held, "changed", &sent, "r1"),
                part(Side::Item, "another's", &now, "Unchanged Some(\"r9\")"),
                part(Side::Item, "as it was", &sent, unchanged),
                part(Side::Item, "changed", &now, "Changed Some(\"r1\")"),
            ]
        );
        assert_eq!(told_now.untold.len(), 0);

        // Something was registered since: what stood there then nobody knows.
        register(&mut ledger, &["later"], b"{}");
        let told_later = told(saved, &ledger).unwrap();
        assert_eq!(told_later.untold, BTreeSet::from(["clients".into()]));
        assert_eq!(told_later.parts, []);
    }
}
