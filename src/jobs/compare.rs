//! Three sides: what 楽すけ says now, what we last sent, what Care-wing holds now.

use std::collections::{BTreeSet, HashSet};

use rayon::prelude::*;

use crate::error::Error;
use crate::finding::{Code, RowId, Who};
use crate::ledger::LedgerError;
use crate::model::{Client, ClientId, Record};
use crate::payload::{Difference, Held, Item};
use crate::table::Payload;

use super::change::{Change, Course, Keep};
use super::collection::Collection;
use super::office::Office;
use super::removal::{Leave, Removal};
use super::standing::{Holdings, Standing};

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
    /// What it is the end of, where no row names it any more.
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
        let leave = self.removal.map(|removal| removal.leave);
        match (self.decided(), leave) {
            (Course::Send, Some(Leave::Missing)) => Course::Withhold(Code::RemovalWithheld),
            (course, _) => course,
        }
    }

    fn decided(&self) -> Course {
        match (self.change, self.keep) {
            (Change::Unchanged, _) => Course::Leave,
            (Change::New | Change::Changed, _) | (_, Some(Keep::Ours)) => Course::Send,
            (Change::Kept, _) | (_, Some(Keep::Theirs)) => Course::LeaveTheirs,
            (change, None) => match change.undecided() {
                Some(code) => Course::Withhold(code),
                None => Course::Leave,
            },
        }
    }
}

/// A group of items of one collection, in the order in which they are sent.
#[derive(Debug)]
pub struct Group {
    /// Where they go.
    pub collection: Collection,
    /// The items.
    pub items: Vec<Planned>,
    /// What we sent earlier and would not send now.
    pub missing: Vec<Missing>,
    /// What the service held.
    pub held: Holdings,
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

/// Compares items with the other two sides.
pub fn compare(
    standing: &Standing<'_>,
    candidates: Vec<Candidate>,
    named: &BTreeSet<ClientId>,
    keep: Option<Keep>,
) -> Result<Group, LedgerError> {
    let items: Vec<Planned> = candidates
        .into_iter()
        .map(|candidate| standing.planned(candidate, keep))
        .collect::<Result<_, _>>()?;
    let missing = missing(&items, standing, named)?;
    Ok(Group {
        collection: standing.collection(),
        items,
        missing,
        held: standing.held(),
    })
}

/// What is registered of a collection, as records: what the service took last, and what it has
/// from elsewhere and was decided to keep. What the tables of today cannot read any more is
/// left out.
pub fn remembered<T>(
    office: &Office,
    collection: Collection,
    read: impl Fn(&Record<'_>) -> Option<T> + Sync,
) -> Result<Vec<T>, Error>
where
    T: Send,
{
    let bodies = bodies(office, collection)?;
    Ok(records(bodies, collection.payload(&office.tables), read))
}

/// What is registered of a collection, as it stands in the ledger. The checks go by what 楽すけ
/// has said, wherever it has said something.
pub fn bodies(office: &Office, collection: Collection) -> Result<Vec<Vec<u8>>, Error> {
    Ok(office.ledger.registered_bodies(&collection.name())?)
}

/// Bodies as records, several at once; they have no order.
pub fn records<T: Send>(
    bodies: Vec<Vec<u8>>,
    payload: &Payload,
    read: impl Fn(&Record<'_>) -> Option<T> + Sync,
) -> Vec<T> {
    let record = |body: Vec<u8>| {
        let json = serde_json::from_slice(&body).ok()?;
        read(&payload.read(&json).ok()?)
    };
    bodies.into_par_iter().filter_map(record).collect()
}

/// What was sent and is not among the items, though no row of the inputs names its client:
/// a withheld client is not a missing one.
fn missing(
    items: &[Planned],
    standing: &Standing<'_>,
    named: &BTreeSet<ClientId>,
) -> Result<Vec<Missing>, LedgerError> {
    let keys: HashSet<&str> = items.iter().map(|planned| &*planned.item.key).collect();
    let mut missing = Vec::new();
    for key in standing.sent().filter(|key| !keys.contains(key)) {
        let body = standing.sent_body(key)?;
        let who = body.and_then(|body| who(&body, standing.payload()));
        if is_missing(who.as_ref(), named) {
            missing.push(Missing {
                key: key.to_owned(),
                who,
            });
        }
    }
    missing.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(missing)
}

fn is_missing(who: Option<&Who>, named: &BTreeSet<ClientId>) -> bool {
    who.is_none_or(|who| !named.contains(&who.id))
}

fn who(body: &[u8], payload: &Payload) -> Option<Who> {
    let json = serde_json::from_slice(body).ok()?;
    let record = payload.read(&json).ok()?;
    let name = Client::from_record(&record).map(|client| client.name);
    Some(Who {
        id: ClientId::from_record(&record)?,
        name: name.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{InsuredNumber, InsurerNumber, MonthlyPlan, OfficeNumber, YearMonth};
    use crate::table::Tables;

    #[test]
    fn what_was_sent_is_missing_only_where_no_row_names_its_client() {
        let tables = Tables::load(None).unwrap();
        let plan = |number: &str| MonthlyPlan {
            office: OfficeNumber::parse("1370100016").unwrap(),
            month: YearMonth::new(2026, 10).unwrap(),
            client: ClientId {
                insurer: InsurerNumber::parse("131128").unwrap(),
                insured: InsuredNumber::parse(number).unwrap(),
            },
            visits: Vec::new(),
            add_ons: Vec::new(),
        };
        let withheld = plan("0000100001");
        let gone = plan("0000100002");
        let named = BTreeSet::from([withheld.client]);
        let missing = |plan: &MonthlyPlan| {
            let mut body = Vec::new();
            tables.plan.write(plan, &mut body);
            is_missing(who(&body, &tables.plan).as_ref(), &named)
        };
        assert!(missing(&gone));
        assert!(!missing(&withheld));
    }
}
