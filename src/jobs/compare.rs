//! Three sides: what 楽すけ says now, what we last sent, what Care-wing holds now.

use std::collections::HashSet;
use std::sync::Arc;

use crate::disk::Fingerprint;
use crate::error::Error;
use crate::finding::{Book, Fate, Finding, RowId, Who};
use crate::ledger::{Ledger, LedgerError};
use crate::model::{Client, ClientId, Field, OfficeNumber, Record};
use crate::payload::{Difference, Held, Item};
use crate::table::{Payload, Tables};

use super::Aim;
use super::change::{Change, Course, Keep};
use super::collection::Collection;
use super::overtaken::{self, Overtaken};
use super::removal::{Gone, Leave, Removal};
use super::standing::Standing;
use super::versions::Versions;

/// An item with all that is known before it is sent.
#[derive(Debug)]
pub struct Planned {
    /// The item.
    pub item: Item,
    /// How it stands to what is held.
    pub change: Change,
    /// The version that was looked at; `None` where there was none.
    pub revision: Option<String>,
    /// What is remembered for the way back.
    pub source: Vec<u8>,
    /// Keys of earlier items that must have been accepted first.
    pub needs: Vec<String>,
    /// What stands there, where it is not ours.
    pub theirs: Option<Held>,
    /// Where the sides differ, where what stands there is not ours.
    pub differences: Vec<Difference>,
    /// Whose side stays, as far as it was decided.
    pub keep: Option<Keep>,
    /// What would go with it, where that needs a leave.
    pub removal: Option<Removal>,
}

impl Planned {
    /// The rows that the item is made of.
    pub fn rows(&self) -> impl Iterator<Item = RowId> {
        self.item.rows()
    }

    /// Whether the clerk may decide whose side stays.
    pub fn may_be_decided(&self) -> bool {
        self.change.is_foreign() || self.change == Change::Kept
    }

    /// What becomes of it.
    pub fn course(&self) -> Course {
        match (self.decided(), &self.removal) {
            (Course::Send, Some(removal)) if removal.leave == Leave::Missing => {
                Course::Withhold(removal.what.waits_as())
            }
            (course, _) => course,
        }
    }

    /// Whether it empties a month that no row names any more.
    pub fn empties(&self) -> bool {
        let what = self.removal.as_ref().map(|removal| &removal.what);
        matches!(what, Some(Gone::Month { .. }))
    }

    /// What becomes of it where every leave is given.
    pub(super) fn decided(&self) -> Course {
        match (self.change, self.keep) {
            (Change::New | Change::Changed, _) | (_, Some(Keep::Ours)) => Course::Send,
            (Change::Kept, _) | (_, Some(Keep::Theirs)) => Course::LeaveTheirs,
            (foreign, None) => foreign.undecided().map_or(Course::Send, Course::Withhold),
        }
    }
}

/// An item that the service holds just so: nothing is sent of it. In a month that is prepared
/// again that is nearly every one, so no more of it is kept than somebody asks for.
#[derive(Debug)]
pub struct Same {
    /// Its key.
    pub key: String,
    /// Its body, where it is to be remembered and the ledger does not have it.
    pub body: Option<Vec<u8>>,
    /// What is to be remembered for the way back.
    pub source: Option<Vec<u8>>,
    /// What it is made from, where that is known.
    pub made_from: Option<Fingerprint>,
}

/// A group of items of one collection, in the order in which they are sent.
#[derive(Debug)]
pub struct Group {
    /// Where they go.
    pub collection: Collection,
    /// The items that are not held just so.
    pub items: Vec<Planned>,
    /// The items that are.
    pub same: Vec<Same>,
    /// What we sent earlier and would not send now.
    pub missing: Vec<Missing>,
    /// What the items were compared with.
    pub versions: Arc<Versions>,
}

/// Something that was sent earlier and that the inputs no longer name.
#[derive(Debug, Clone)]
pub struct Missing {
    /// Its key.
    pub key: String,
    /// Whom it is about.
    pub who: Option<Who>,
}

/// An item before it is compared: what it is, what is remembered of it, what it needs.
pub type Candidate = (Item, Vec<u8>, Vec<String>);

/// How an item stands.
#[derive(Debug)]
pub enum Stands {
    /// It is held just so; these are its rows.
    Same(Same, Vec<RowId>),
    /// It was sent from a newer file since.
    Overtaken(Box<Item>),
    /// It is not held just so.
    Apart(Box<Candidate>, Change),
}

/// What items are held against. On any thread.
#[derive(Debug, Clone, Copy)]
pub struct Comparing<'a> {
    /// What is held, was sent, and was decided.
    pub versions: &'a Versions,
    /// What was sent since from elsewhere.
    pub overtaken: &'a Overtaken,
    /// What for.
    pub aim: Aim,
}

impl Comparing<'_> {
    /// How a candidate stands.
    pub fn stands(&self, candidate: Candidate) -> Stands {
        let (item, source, needs) = candidate;
        if self.overtaken.includes(&item) {
            return Stands::Overtaken(Box::new(item));
        }
        if let Some(change) = self.versions.change(&item.key, &item.digest) {
            return Stands::Apart(Box::new((item, source, needs)), change);
        }
        let remembers = self.aim == Aim::Send;
        let rows = item.rows().collect();
        let same = Same {
            body: (remembers && !self.versions.is_as_sent(&item.key)).then_some(item.body),
            source: remembers.then_some(source),
            made_from: item.made_from,
            key: item.key,
        };
        Stands::Same(same, rows)
    }
}

/// Compares items with the other two sides, one after the other.
pub fn compare(
    standing: &Standing<'_>,
    candidates: Vec<Candidate>,
    (overtaken, aim): (&Overtaken, Aim),
    keep: Option<Keep>,
    (book, findings): (&mut Book, &mut Vec<Finding>),
) -> Result<Group, Error> {
    let comparing = Comparing {
        versions: standing.versions(),
        overtaken,
        aim,
    };
    let mut group = Group::new(standing);
    for candidate in candidates {
        let stands = comparing.stands(candidate);
        group.take(stands, standing, keep, (book, findings))?;
    }
    Ok(group)
}

impl Group {
    /// Before the first item.
    pub fn new(standing: &Standing<'_>) -> Self {
        Self {
            collection: standing.collection(),
            items: Vec::new(),
            same: Vec::new(),
            missing: Vec::new(),
            versions: Arc::clone(standing.versions()),
        }
    }

    /// Takes in the next item. The rows of what is not to be sent get their fate.
    pub fn take(
        &mut self,
        stands: Stands,
        standing: &Standing<'_>,
        keep: Option<Keep>,
        (book, findings): (&mut Book, &mut Vec<Finding>),
    ) -> Result<(), Error> {
        match stands {
            Stands::Same(same, rows) => {
                for row in rows {
                    book.decide(row, Fate::Unchanged)?;
                }
                self.same.push(same);
            }
            Stands::Overtaken(item) => overtaken::withhold(&item, book, findings)?,
            Stands::Apart(candidate, change) => {
                self.items.push(standing.planned(*candidate, change, keep)?);
            }
        }
        Ok(())
    }

    /// Whether just what was sent is held and would be sent, seen without looking for each item:
    /// as many are held just so, and no two are one.
    pub fn is_all_that_was_sent(&self) -> bool {
        let (versions, same) = (&self.versions, &self.same);
        versions.are_all_as_sent()
            && versions.all_sent().len() == same.len()
            && same.is_sorted_by(|one, next| one.key < next.key)
    }

    /// Finds what was sent and is not among the items, though no row of the inputs names its
    /// client, or names him at its office: a withheld client is not a missing one.
    pub fn find_missing(
        &mut self,
        standing: &Standing<'_>,
        is_named: impl Fn(&Who, Option<OfficeNumber>) -> bool,
    ) -> Result<(), LedgerError> {
        if self.is_all_that_was_sent() {
            return Ok(());
        }
        let mut keys = HashSet::with_capacity(self.items.len() + self.same.len());
        keys.extend(self.items.iter().map(|planned| &*planned.item.key));
        keys.extend(self.same.iter().map(|same| &*same.key));
        for key in standing.sent().filter(|key| !keys.contains(key)) {
            let body = standing.sent_body(key)?;
            let whose = body.and_then(|body| whose(&body, standing.payload()));
            let is_named = (whose.as_ref()).is_some_and(|(who, office)| is_named(who, *office));
            if !is_named {
                self.missing.push(Missing {
                    key: key.to_owned(),
                    who: whose.map(|(who, _)| who),
                });
            }
        }
        self.missing.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(())
    }
}

/// What is registered of a collection, as records: what the service took last, and what it has
/// from elsewhere and was decided to keep; the checks go by what 楽すけ has said, wherever it has
/// said something. What the tables of today cannot read any more is left out.
pub fn remembered<T, C: Default + Extend<T>>(
    (ledger, tables): (&Ledger, &Tables),
    collection: Collection,
    read: impl Fn(&Record<'_>) -> Option<T>,
) -> Result<C, LedgerError> {
    let payload = collection.payload(tables);
    let mut records = C::default();
    ledger.registered(&collection.name(), |body| {
        records.extend(payload.read_body(body, &read));
    })?;
    Ok(records)
}

/// Whose an item is, and at which of our offices, where it says so.
fn whose(body: &[u8], payload: &Payload) -> Option<(Who, Option<OfficeNumber>)> {
    payload.read_body(body, |record| {
        let name = Client::from_record(record).map(|client| client.name);
        let who = Who {
            id: ClientId::from_record(record)?,
            name: name.unwrap_or_default().into(),
        };
        Some((who, record.office(Field::Office)))
    })
}
