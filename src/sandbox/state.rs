//! What the service holds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::actuals::MonthActuals;
use super::calendar::Month;
use super::collection::Collection;
use super::content::Content;
use super::options::Origin;
use super::shelf::{Put, Shelf};

/// Everything that survives a restart.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) origin: Origin,
    /// The device that linked first (親機).
    pub(super) parent: Option<String>,
    /// The number of the last change to anything: revisions and snapshots are drawn from it.
    changes: u64,
    care_offices: Shelf,
    clients: Shelf,
    plans: BTreeMap<Month, Shelf>,
    actuals: BTreeMap<Month, MonthActuals>,
}

impl State {
    pub(super) fn new(origin: Origin) -> Self {
        Self {
            origin,
            parent: None,
            changes: 0,
            care_offices: Shelf::EMPTY,
            clients: Shelf::EMPTY,
            plans: BTreeMap::new(),
            actuals: BTreeMap::new(),
        }
    }

    pub(super) fn shelf(&self, collection: Collection) -> &Shelf {
        static EMPTY: Shelf = Shelf::EMPTY;
        match collection {
            Collection::CareOffices => &self.care_offices,
            Collection::Clients => &self.clients,
            Collection::Plans(month) => self.plans.get(&month).unwrap_or(&EMPTY),
        }
    }

    pub(super) fn shelf_mut(&mut self, collection: Collection) -> &mut Shelf {
        match collection {
            Collection::CareOffices => &mut self.care_offices,
            Collection::Clients => &mut self.clients,
            Collection::Plans(month) => self.plans.entry(month).or_default(),
        }
    }

    /// Every collection that exists, in a fixed order.
    pub(super) fn collections(&self) -> impl Iterator<Item = Collection> {
        let basic = [Collection::CareOffices, Collection::Clients];
        basic
            .into_iter()
            .chain(self.plans.keys().copied().map(Collection::Plans))
    }

    /// Stores an item that the rules let through: the last write wins.
    pub(super) fn put(&mut self, collection: Collection, key: &str, content: Content) -> Put {
        let revision = self.changes + 1;
        let put = self.shelf_mut(collection).put(key, content, revision);
        match put {
            Put::Created | Put::Updated => self.changes = revision,
            Put::Unchanged => {}
        }
        match collection {
            Collection::CareOffices | Collection::Clients => self.origin = Origin::Rakusuke,
            Collection::Plans(_) => {}
        }
        put
    }

    /// The number of a change that does not come from a batch.
    pub(super) fn next_change(&mut self) -> u64 {
        self.changes += 1;
        self.changes
    }

    pub(super) fn actuals(&self, month: Month) -> &MonthActuals {
        static EMPTY: MonthActuals = MonthActuals::EMPTY;
        self.actuals.get(&month).unwrap_or(&EMPTY)
    }

    /// Replaces all that was recorded in a month.
    pub(super) fn set_actuals(&mut self, month: Month, actuals: MonthActuals) {
        let snapshot = self.next_change();
        self.actuals.insert(
            month,
            MonthActuals {
                snapshot,
                ..actuals
            },
        );
    }
}
