//! The service as its calls share it.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::actuals::{Actual, MonthActuals};
use super::calendar::{Month, Unreadable};
use super::collection::Collection;
use super::content::Content;
use super::faults::Schedule;
use super::idempotency::Ledger;
use super::keep;
use super::log::Log;
use super::options::Options;
use super::play::{self, Play, Played};
use super::rate::RateMeter;
use super::shelf::{Held, revision_text};
use super::state::State;

/// Everything the calls need, each part behind its own lock.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) options: Options,
    pub(super) schedule: Schedule,
    pub(super) log: Log,
    pub(super) rate: RateMeter,
    pub(super) ledger: Arc<Ledger>,
    state: Mutex<State>,
}

/// Why the sandbox did not do what it was told from behind the scenes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ControlError {
    /// A month is not written `YYYY-MM`.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// There is no such item.
    #[error("`{collection}` holds no `{key}`")]
    NotHeld {
        /// Where it was looked for.
        collection: Collection,
        /// The item's own key.
        key: String,
    },
    /// There is no such place in the item.
    #[error("the item has no place `{pointer}`")]
    NoSuchPlace {
        /// The JSON pointer.
        pointer: String,
    },
    /// The state could not be saved.
    #[error("the state could not be saved")]
    Disk(#[from] io::Error),
}

impl Service {
    /// A service that goes on where an earlier one stopped, if there is a folder that tells.
    pub(super) fn new(options: Options) -> io::Result<Self> {
        let kept = options
            .state_dir
            .as_deref()
            .map(keep::load)
            .transpose()?
            .flatten();
        let state = kept.unwrap_or_else(|| State::new(options.origin));
        Ok(Self {
            schedule: Schedule::new(options.mischief.clone()),
            log: Log::default(),
            rate: RateMeter::default(),
            ledger: Arc::default(),
            state: Mutex::new(state),
            options,
        })
    }

    /// Looks at the state; nothing changes meanwhile.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state and saves it before anybody else sees it.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> io::Result<T> {
        let mut state = self.state();
        let outcome = change(&mut state);
        if let Some(folder) = &self.options.state_dir {
            keep::save(folder, &state)?;
        }
        Ok(outcome)
    }
}

/// What is done from behind the scenes, by tests and by hand.
impl Service {
    /// Lets helpers and the manager do a month's work; replaces what was recorded before.
    pub(super) fn play(&self, month: Month, play: Play) -> io::Result<Played> {
        let seed = self.options.seed;
        let actuals = play::play(
            self.state().shelf(Collection::Plans(month)),
            month,
            play,
            seed,
        );
        let played = Played::of(&actuals.recorded, actuals.planned);
        self.set_actuals(month, actuals.recorded)?;
        Ok(played)
    }

    pub(super) fn set_actuals(&self, month: Month, actuals: Vec<Actual>) -> io::Result<()> {
        let actuals = MonthActuals::of(month, actuals);
        self.change(|state| state.set_actuals(month, actuals))
    }

    pub(super) fn held(&self, collection: Collection) -> Vec<Held> {
        let state = self.state();
        let items = state.shelf(collection);
        items.held(0..items.entries.len())
    }

    /// Changes an item as a user of the service would; returns its new revision.
    pub(super) fn edit(
        &self,
        collection: Collection,
        key: &str,
        pointer: &str,
        value: Value,
    ) -> Result<String, ControlError> {
        self.change(|state| {
            let entry = state.shelf(collection).entries.get(key);
            let Some(mut item) = entry.map(|entry| entry.content.unpack()) else {
                return Err(ControlError::NotHeld {
                    collection,
                    key: key.to_owned(),
                });
            };
            put_at(&mut item, pointer, value)?;
            let revision = state.next_change();
            let items = state.shelf_mut(collection);
            items.snapshot = revision;
            if let Some(entry) = items.entries.get_mut(key) {
                entry.revision = revision;
                entry.content = Content::pack(&item);
            }
            Ok(revision_text(revision))
        })?
    }

    /// Takes an item away as a user of the service would.
    pub(super) fn remove(&self, collection: Collection, key: &str) -> Result<(), ControlError> {
        self.change(|state| {
            if !state.shelf(collection).entries.contains_key(key) {
                return Err(ControlError::NotHeld {
                    collection,
                    key: key.to_owned(),
                });
            }
            let revision = state.next_change();
            let items = state.shelf_mut(collection);
            items.snapshot = revision;
            items.entries.remove(key);
            Ok(())
        })?
    }
}

/// Puts a value in its place in an item, which may be a new member of an object.
fn put_at(item: &mut Value, pointer: &str, value: Value) -> Result<(), ControlError> {
    if let Some(place) = item.pointer_mut(pointer) {
        *place = value;
        return Ok(());
    }
    let parent = pointer.rsplit_once('/');
    let parent = parent.and_then(|(above, name)| Some((item.pointer_mut(above)?, name)));
    match parent.and_then(|(object, name)| Some((object.as_object_mut()?, name))) {
        Some((object, name)) => object.insert(name.to_owned(), value),
        None => {
            return Err(ControlError::NoSuchPlace {
                pointer: pointer.to_owned(),
            });
        }
    };
    Ok(())
}
