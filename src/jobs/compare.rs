//! Three sides: what 楽すけ says now, what we last sent, what Care-wing holds now.

use std::collections::{BTreeSet, HashMap};

use crate::disk::Digest;
use crate::error::Error;
use crate::finding::{Code, RowId, Who};
use crate::ledger::{Kept, Part, Sent, Side};
use crate::model::{Client, ClientId, MonthlyPlan, Record, YearMonth};
use crate::payload::{Contents, Difference, Held, Item, Sides, There, differences};
use crate::service::CareWing;
use crate::table::{Contract, Payload, Tables};

use super::change::{Change, Course, Keep, change};
use super::office::Office;
use super::removal::{Leave, Removal};

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
    /// The digest of what the service held.
    pub held: Digest,
    /// What the service held, one by one.
    pub holds: Vec<Part>,
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
        office: &'a Office,
    ) -> Result<Self, Error> {
        let payload = collection.payload(&office.tables);
        let path = collection.path(&office.tables.contract);
        Ok(Self {
            collection,
            payload,
            held: held(service, &path, payload)?,
            sent: office.ledger.sent(&collection.name())?,
            kept: office.ledger.kept(&collection.name())?,
        })
    }

    /// The table of its items.
    pub fn payload(&self) -> &Payload {
        self.payload
    }

    /// What is held under a key.
    pub fn holds(&self, key: &str) -> Option<&Held> {
        self.held.get(key)
    }

    /// The month that we sent last under a key.
    pub fn sent_month(&self, key: &str) -> Option<MonthlyPlan> {
        match Contents::of_body(self.payload, &self.sent.get(key)?.body)? {
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

    fn holdings(&self) -> Vec<Part> {
        let part = |(key, held): (&String, &Held)| Part {
            side: Side::Held,
            collection: self.collection.name(),
            name: key.clone(),
            digest: held.digest().clone(),
            state: held.revision.clone(),
        };
        self.held.iter().map(part).collect()
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

/// Compares items with the other two sides.
pub fn compare(
    standing: &Standing<'_>,
    candidates: Vec<Candidate>,
    named: &BTreeSet<ClientId>,
    keep: Option<Keep>,
) -> Group {
    let items: Vec<Planned> = candidates
        .into_iter()
        .map(|candidate| standing.planned(candidate, keep))
        .collect();
    let missing = missing(&items, &standing.sent, named, standing.payload);
    Group {
        collection: standing.collection,
        items,
        missing,
        held: digest(&standing.held),
        holds: standing.holdings(),
    }
}

/// What is registered of a collection, as records: what the service took last, and what it has
/// from elsewhere and was decided to keep. What the tables of today cannot read any more is
/// left out.
pub fn remembered<T>(
    office: &Office,
    collection: Collection,
    read: impl Fn(&Record<'_>) -> Option<T>,
) -> Result<Vec<T>, Error> {
    let payload = collection.payload(&office.tables);
    let mut bodies: HashMap<String, Vec<u8>> = HashMap::new();
    for (key, kept) in office.ledger.kept(&collection.name())? {
        bodies.insert(key, kept.body);
    }
    // The checks go by what 楽すけ has said, wherever it has said something.
    for (key, sent) in office.ledger.sent(&collection.name())? {
        bodies.insert(key, sent.body);
    }
    let record = |body: Vec<u8>| {
        let json = serde_json::from_slice(&body).ok()?;
        read(&payload.read(&json).ok()?)
    };
    Ok(bodies.into_values().filter_map(record).collect())
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

    fn sent(body: &[u8]) -> Sent {
        Sent {
            body: body.to_vec(),
            digest: Digest::of(body),
            source: Vec::new(),
            revision: "r1".to_owned(),
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
