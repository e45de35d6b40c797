//! The state on disk: one JSON file, written whole or not at all.
//!
//! The state is saved after every change. That is quadratic in the size of the state and right for
//! a training office; a large operator's month is played in memory.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::disk;

use super::state::State;

const FILE: &str = "sandbox-state.json";
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Saved<'a> {
    version: u32,
    state: &'a State,
}

/// Read first, so that a file of another version is named as such.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

#[derive(Deserialize)]
struct Loaded {
    state: State,
}

/// The state that an earlier run left in `folder`, if there was one.
pub(super) fn load(folder: &Path) -> io::Result<Option<State>> {
    let path = folder.join(FILE);
    let Some(text) = disk::read_if_there(&path).map_err(io::Error::other)? else {
        return Ok(None);
    };
    let Version { version } = serde_json::from_slice(&text).map_err(|e| named(&path, &e.into()))?;
    if version != VERSION {
        let wrong = io::Error::other(format!("version {version} instead of {VERSION}"));
        return Err(named(&path, &wrong));
    }
    let Loaded { state } = serde_json::from_slice(&text).map_err(|e| named(&path, &e.into()))?;
    Ok(Some(state))
}

/// Saves the state in `folder`, which is made if need be.
pub(super) fn save(folder: &Path, state: &State) -> io::Result<()> {
    let path = folder.join(FILE);
    let text = serde_json::to_vec(&Saved {
        version: VERSION,
        state,
    })?;
    disk::make_folder(folder)
        .and_then(|()| disk::write(&path, &text))
        .map_err(io::Error::other)
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("`{}`: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::{FILE, load};
    use crate::disk;

    #[test]
    fn a_state_of_version_1_still_reads() {
        let folder = tempfile::tempdir().unwrap();
        let text = r#"{"version": 1, "state": {
            "origin": "rakusuke", "parent": "pc-1", "changes": 2,
            "care_offices": {"snapshot": 1, "entries": {"1370000019": {
                "revision": 1, "registered": 1, "content": {"office_number": "1370000019"}}}},
            "clients": {"snapshot": 0, "entries": {}},
            "plans": {"2026-10": {"snapshot": 0, "entries": {}}},
            "actuals": {"2026-10": {
                "snapshot": 2, "visits": [], "add_ons": [], "unapproved": []}}}}"#;
        disk::write(&folder.path().join(FILE), text.as_bytes()).unwrap();
        let state = load(folder.path()).unwrap().unwrap();
        assert_eq!(state.parent.as_deref(), Some("pc-1"));
    }

    #[test]
    fn a_state_of_another_version_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        disk::write(&folder.path().join(FILE), br#"{"version": 2}"#).unwrap();
        let error = load(folder.path()).unwrap_err().to_string();
        assert!(error.ends_with("`: version 2 instead of 1"), "{error}");
    }
}
