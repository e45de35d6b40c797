//! Three sides: what 楽すけ says now, what we last sent, what Care-wing holds now.

use std::collections::{BTreeSet, HashMap};

use crate::disk::Digest;
use crate::error::Error;
use crate::finding::{RowId, Who};
use crate::ledger::{Ledger, Sent};
use crate::model::{Client, ClientId, Record, YearMonth};
use crate::payload::{Held, Item};
use crate::service::CareWing;
use crate::table::{Contract, Payload, Tables};

use super::office::Office;

/// What kind of item is registered, in the order in which they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collection {
    /// 居宅支援事業所.
    CareOffices,
    /// 利用者 with cards.
    Clients,
    /// The plans of a month.
    Plans(YearMonth),
}

impl Collection {
    /// The word on the screen.
    pub fn label(self) -> &'static str {
        match self {
            Self::CareOffices => "事業所",
            Self::Clients => "利用者",
            Self::Plans(_) => "計画",
        }
    }

    /// The collection's name in the ledger, which stays when paths change.
    pub fn name(self) -> String {
        match self {
            Self::CareOffices => "care-offices".to_owned(),
            Self::Clients => "clients".to_owned(),
            Self::Plans(month) => format!("{PLANS}{month}"),
        }
    }

    /// The collection with a name of the ledger.
    pub fn named(name: &str) -> Option<Self> {
        match name.strip_prefix(PLANS) {
            Some(month) => YearMonth::parse(month).map(Self::Plans),
            None => [Self::CareOffices, Self::Clients]
                .into_iter()
                .find(|of| of.name() == name),
        }
    }

    /// The path at the service.
    pub fn path(self, contract: &Contract) -> String {
        match self {
            Self::CareOffices => contract.paths.care_offices.clone(),
            Self::Clients => contract.paths.clients.clone(),
            Self::Plans(month) => contract.paths.plans.replace("{month}", &month.to_string()),
        }
    }

    /// The table of its items.
    pub fn payload(self, tables: &Tables) -> &Payload {
        match self {
            Self::CareOffices => &tables.care_office,
            Self::Clients => &tables.client,
            Self::Plans(_) => &tables.plan,
        }
    }
}

/// Before the month in the name of a collection of plans.
const PLANS: &str = "plans/";

/// How an item stands to what Care-wing holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is not there yet.
    New,
    /// Only our side has changed since we last sent it.
    Changed,
    /// It is held just so.
    Unchanged,
    /// Somebody has changed it there; sending would lose that edit unseen.
    ChangedThere,
}

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
}

impl Planned {
    /// The rows that the item is made of.
    pub fn rows(&self) -> impl Iterator<Item = RowId> {
        self.item.rows()
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
    /// The digest of what the service held.
    pub held: Digest,
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
    collection: Collection,
    candidates: Vec<Candidate>,
    named: &BTreeSet<ClientId>,
    service: &CareWing,
    tables: &Tables,
    ledger: &Ledger,
) -> Result<Group, Error> {
    let payload = collection.payload(tables);
    let held = held(service, &collection.path(&tables.contract), payload)?;
    let sent = ledger.sent(&collection.name())?;
    let mut items = Vec::with_capacity(candidates.len());
    for (item, source, needs) in candidates {
        let there = held.get(&item.key);
        let change = change(&item.digest, sent.get(&item.key), there);
        let revision = there.map(|held| held.revision.clone());
        items.push(Planned {
            item,
            change,
            revision,
            source,
            needs,
        });
    }
    let missing = missing(&items, &sent, named, payload);
    Ok(Group {
        collection,
        items,
        missing,
        held: digest(&held),
    })
}

/// What the service took last of a collection, as records; what the tables of today cannot
/// read any more is left out.
pub fn remembered<T>(
    office: &Office,
    collection: Collection,
    read: impl Fn(&Record<'_>) -> Option<T>,
) -> Result<Vec<T>, Error> {
    let payload = collection.payload(&office.tables);
    let sent = office.ledger.sent(&collection.name())?;
    let record = |sent: Sent| {
        let json = serde_json::from_slice(&sent.body).ok()?;
        read(&payload.read(&json).ok()?)
    };
    Ok(sent.into_values().filter_map(record).collect())
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

fn change(ours: &Digest, sent: Option<&Sent>, held: Option<&Held>) -> Change {
    match (sent, held) {
        (_, None) => Change::New,
        (_, Some(held)) if held.is(ours) => Change::Unchanged,
        (Some(sent), Some(held)) if held.is(&sent.digest) => Change::Changed,
        (Some(_) | None, Some(_)) => Change::ChangedThere,
    }
}

/// What was sent and is not among the items, though no row of the inputs names its client:
/// a withheld client is not a missing one.
fn missing(
    items: &[Planned],
    sent: &HashMap<String, Sent>,
    named: &BTreeSet<ClientId>,
    payload: &Payload,
) -> Vec<Missing> {
    let keys: BTreeSet<&str> = items.iter().map(|planned| &*planned.item.key).collect();
    let mut missing: Vec<Missing> = sent
        .iter()
        .filter(|(key, _)| !keys.contains(&***key))
        .map(|(key, sent)| Missing {
            key: key.clone(),
            who: who(&sent.body, payload),
        })
        .filter(|missing| {
            missing
                .who
                .as_ref()
                .is_none_or(|who| !named.contains(&who.id))
        })
        .collect();
    missing.sort_by(|a, b| a.key.cmp(&b.key));
    missing
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
    use crate::model::{InsuredNumber, InsurerNumber, MonthlyPlan, OfficeNumber};
    use crate::payload::Content;
    use Change::{Changed, ChangedThere, New, Unchanged};

    fn sent(body: &[u8]) -> Sent {
        Sent {
            body: body.to_vec(),
            digest: Digest::of(body),
            source: Vec::new(),
            revision: "r1".to_owned(),
        }
    }

    /// What the service holds: a body of ours, or one that the table cannot read.
    #[derive(Debug, Clone, Copy)]
    enum There {
        Nothing,
        Readable(&'static [u8]),
        Foreign(&'static [u8]),
    }

    fn held(there: There) -> Option<Held> {
        let content = match there {
            There::Nothing => return None,
            There::Readable(body) => Content::Comparable(Digest::of(body)),
            There::Foreign(body) => Content::Foreign(Digest::of(body)),
        };
        Some(Held {
            revision: "r2".to_owned(),
            content,
        })
    }

    #[test]
    fn the_three_sides_say_how_an_item_stands() {
        use There::{Foreign, Nothing, Readable};
        const OURS: &[u8] = b"now";
        const BEFORE: &[u8] = b"before";
        const ELSE: &[u8] = b"else";
        for (earlier, there, expected) in [
            (None, Nothing, New),
            (None, Readable(OURS), Unchanged),
            (None, Readable(ELSE), ChangedThere),
            (None, Foreign(OURS), ChangedThere),
            (Some(OURS), Nothing, New),
            (Some(OURS), Readable(OURS), Unchanged),
            (Some(OURS), Readable(ELSE), ChangedThere),
            (Some(OURS), Foreign(OURS), ChangedThere),
            (Some(BEFORE), Nothing, New),
            (Some(BEFORE), Readable(OURS), Unchanged),
            (Some(BEFORE), Readable(BEFORE), Changed),
            (Some(BEFORE), Readable(ELSE), ChangedThere),
            (Some(BEFORE), Foreign(OURS), ChangedThere),
            (Some(BEFORE), Foreign(BEFORE), ChangedThere),
        ] {
            let earlier = earlier.map(sent);
            let change = change(&Digest::of(OURS), earlier.as_ref(), held(there).as_ref());
            let before = earlier.map(|sent| String::from_utf8(sent.body));
            assert_eq!(change, expected, "{before:?} {there:?}");
        }
    }

    #[test]
    fn every_collection_is_found_by_its_name_in_the_ledger() {
        for collection in [
            Collection::CareOffices,
            Collection::Clients,
            Collection::Plans(YearMonth::new(2026, 10).unwrap()),
        ] {
            assert_eq!(Collection::named(&collection.name()), Some(collection));
        }
        assert_eq!(Collection::named("plans/10"), None);
        assert_eq!(Collection::named("visits"), None);
    }

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
        let earlier: HashMap<String, Sent> = [&withheld, &gone]
            .into_iter()
            .map(|plan| {
                let mut body = Vec::new();
                tables.plan.write(plan, &mut body);
                (tables.plan.key(plan), sent(&body))
            })
            .collect();
        let named = BTreeSet::from([withheld.client]);
        let missing = missing(&[], &earlier, &named, &tables.plan);
        let keys: Vec<String> = missing.into_iter().map(|missing| missing.key).collect();
        assert_eq!(keys, [tables.plan.key(&gone)]);
    }

    #[test]
    fn the_digest_of_what_is_held_follows_keys_and_versions_alone() {
        let held = |rows: &[(&str, &str)]| {
            let held = rows.iter().map(|(key, revision)| {
                let content = Content::Foreign(Digest::of(b""));
                let revision = (*revision).to_owned();
                ((*key).to_owned(), Held { revision, content })
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
