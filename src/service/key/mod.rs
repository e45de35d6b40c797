//! The API key and the machine's own id: kept outside every folder that is copied or zipped.
//!
//! The key lies in the operating system's own store for keys, or, where there is none, in a
//! file that only its owner can read; which of the two it is, `system` decides. The machine's
//! id is a file in the user's configuration folder, sealed by what tells this `machine` from
//! others. The office folder holds neither: a copy of it on another machine cannot connect, and
//! with a copy of the configuration folder beside it, it cannot either.

mod file;
mod machine;
mod system;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};

use crate::chance;
use crate::disk::{self, Digest, DiskError};

use file::Files;
use machine::Machine;

/// The key that the vendor issued. Neither shown nor written anywhere but in its own place.
#[derive(Debug, Clone)]
pub struct ApiKey(SecretString);

/// The id of this machine, the same for all its office folders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceId(String);

/// Where key and id are kept.
#[derive(Debug, Clone)]
pub struct KeyStore {
    folder: PathBuf,
    /// The operating system's own store; `None` where there is none, and files are it.
    system: Option<Arc<dyn Safe>>,
    /// What tells this machine from others; `None` where nothing does.
    machine: Option<Machine>,
}

/// A key could not be kept or looked up.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A file.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The operating system's store. The cause is the system's own words: what was to be
    /// stored, or what was found, is in none of them.
    #[error("{store}{action}(原因: {cause})。\n{cure}")]
    System {
        /// What the clerk knows it by.
        store: &'static str,
        /// What was tried.
        action: &'static str,
        /// Why it failed.
        cause: String,
        /// What to do next.
        cure: &'static str,
    },
}

/// A place for keys: files, the operating system's store, or a pretended one.
trait Safe: fmt::Debug + Send + Sync {
    /// Keeps a key under a name; an earlier one of the name is gone.
    fn keep(&self, name: &str, key: &ApiKey) -> Result<(), KeyError>;

    /// The key of a name. None where there is none, and where what is there cannot be a key:
    /// both are mended by connecting again.
    fn find(&self, name: &str) -> Result<Option<ApiKey>, KeyError>;
}

/// Names the machine's own file.
const DEVICE: &str = "device";

impl ApiKey {
    /// Takes a key; white space around it is dropped. `None` for one that is empty or could
    /// not stand in a header.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(SecretString::from(text.to_owned())))
    }

    /// The key itself, for the header and the place it is kept in only.
    pub(super) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl DeviceId {
    /// The id as the service gets it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What an office folder remembers of the machine it is bound to.
    pub fn digest(&self) -> Digest {
        Digest::of(self.0.as_bytes())
    }
}

impl KeyStore {
    /// This machine's store, with a folder for what lies in files.
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            system: system::store(),
            machine: Machine::this(),
        }
    }

    /// Whether keys or the id would lie within a folder that could be copied along.
    ///
    /// Asked of what the paths lead to: an office folder is most often `.`, which is the
    /// beginning of no other path as it is written.
    pub fn is_within(&self, office: &Path) -> bool {
        disk::resolved(&self.folder).starts_with(disk::resolved(office))
    }

    /// This machine's id; made on the first call, and made anew where the file was copied from
    /// another machine. One that nothing seals yet is taken for this machine's own.
    pub fn device(&self) -> Result<DeviceId, DiskError> {
        let bytes = disk::read_if_there(&self.folder.join(DEVICE))?.unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let (id, seal) = (lines.next(), lines.next().map(Digest::stored));
        let Some(id) = id.map(|id| DeviceId(id.to_owned())) else {
            return self.keep_device(DeviceId(chance::fresh_id()));
        };
        let expected = self.machine.as_ref().map(|machine| machine.seal(&id.0));
        match (seal, expected) {
            (Some(seal), Some(expected)) if seal != expected => {
                tracing::warn!("the id of another machine lies here: this one gets its own");
                self.keep_device(DeviceId(chance::fresh_id()))
            }
            (None, Some(_)) => self.keep_device(id),
            // Where the machine cannot be told from others, the file is all there is.
            (Some(_), Some(_)) | (_, None) => Ok(id),
        }
    }

    /// Writes the id, and on a second line its seal.
    fn keep_device(&self, id: DeviceId) -> Result<DeviceId, DiskError> {
        let mut text = format!("{}\n", id.0);
        if let Some(machine) = &self.machine {
            text.push_str(machine.seal(&id.0).as_str());
            text.push('\n');
        }
        disk::write_secret(&self.folder.join(DEVICE), text.as_bytes())?;
        Ok(id)
    }

    /// Keeps the key of an office folder.
    pub fn store(&self, office_id: &str, key: &ApiKey) -> Result<(), KeyError> {
        match &self.system {
            Some(system) => self.move_in(&**system, office_id, key),
            None => self.files().keep(office_id, key),
        }
    }

    /// The key of an office folder, if one was stored on this machine.
    ///
    /// A file beside a system's store was written by a version that knew no store: its key is
    /// the newer one, and moves.
    pub fn load(&self, office_id: &str) -> Result<Option<ApiKey>, KeyError> {
        let filed = self.files().find(office_id)?;
        let Some(system) = &self.system else {
            return Ok(filed);
        };
        if let Some(key) = filed {
            self.move_in(&**system, office_id, &key)?;
            return Ok(Some(key));
        }
        system.find(&self.name(office_id)?)
    }

    /// Puts a key into the system's store; then, and not before, there is no file of it.
    fn move_in(&self, system: &dyn Safe, office_id: &str, key: &ApiKey) -> Result<(), KeyError> {
        system.keep(&self.name(office_id)?, key)?;
        Ok(self.files().remove(office_id)?)
    }

    /// What a key is called in the system's store, which is one for all that the user does.
    /// The id keeps two machines apart where one store follows the user to both.
    fn name(&self, office_id: &str) -> Result<String, DiskError> {
        Ok(format!("{office_id}.{}", self.device()?.as_str()))
    }

    fn files(&self) -> Files<'_> {
        Files(&self.folder)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Mutex;

    use super::*;

    /// A system's store in memory; one that is locked keeps nothing and finds nothing.
    #[derive(Debug, Default)]
    struct Pretended {
        keys: Mutex<BTreeMap<String, ApiKey>>,
        locked: bool,
    }

    impl Pretended {
        fn refusal(&self, action: &'static str) -> Result<(), KeyError> {
            if !self.locked {
                return Ok(());
            }
            Err(KeyError::System {
                store: "金庫",
                action,
                cause: "locked".to_owned(),
                cure: "金庫を開けてください",
            })
        }
    }

    impl Safe for Pretended {
        fn keep(&self, name: &str, key: &ApiKey) -> Result<(), KeyError> {
            self.refusal("にAPIキーを保存できません")?;
            self.keys
                .lock()
                .unwrap()
                .insert(name.to_owned(), key.clone());
            Ok(())
        }

        fn find(&self, name: &str) -> Result<Option<ApiKey>, KeyError> {
            self.refusal("からAPIキーを読み出せません")?;
            Ok(self.keys.lock().unwrap().get(name).cloned())
        }
    }

    fn with_files(folder: &Path) -> KeyStore {
        KeyStore {
            folder: folder.to_owned(),
            system: None,
            machine: None,
        }
    }

    fn with_system(folder: &Path, system: &Arc<Pretended>) -> KeyStore {
        KeyStore {
            folder: folder.to_owned(),
            system: Some(Arc::clone(system) as Arc<dyn Safe>),
            machine: None,
        }
    }

    fn key(text: &str) -> ApiKey {
        ApiKey::new(text).unwrap()
    }

    fn found(store: &KeyStore) -> Option<String> {
        let key = store.load("office").unwrap();
        key.map(|key| key.expose().to_owned())
    }

    fn files(folder: &Path) -> Vec<String> {
        let files = disk::files(folder).unwrap();
        let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
        files.iter().map(name).collect()
    }

    #[test]
    fn a_key_is_never_shown() {
        let key = key(" secret-key \n");
        assert!(!format!("{key:?}").contains("secret-key"));
        assert_eq!(key.expose(), "secret-key");
    }

    #[test]
    fn a_machine_keeps_its_id() {
        let folder = tempfile::tempdir().unwrap();
        let store = KeyStore::new(folder.path().join("rakuwing"));
        assert_eq!(store.device().unwrap(), store.device().unwrap());
        let other = KeyStore::new(folder.path().join("other machine"));
        assert_ne!(store.device().unwrap(), other.device().unwrap());
    }

    const OLD_PC: &str = "3d1219c7c4c5404aaa1f6d2a48adfda4";
    const NEW_PC: &str = "0f8fad5bd9cb469fa16570867728950e";

    /// The same folder on some machine, or on one that nothing tells from others.
    fn on(machine: Option<&str>, folder: &Path) -> KeyStore {
        KeyStore {
            machine: machine.and_then(Machine::known_by),
            ..with_files(folder)
        }
    }

    #[test]
    fn a_copied_configuration_folder_gets_an_id_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let old = on(Some(OLD_PC), folder.path()).device().unwrap();
        let new = on(Some(NEW_PC), folder.path()).device().unwrap();
        assert_ne!(old, new);
        assert_eq!(on(Some(NEW_PC), folder.path()).device().unwrap(), new);
    }

    #[test]
    fn the_id_of_an_earlier_version_stays_and_is_sealed() {
        let folder = tempfile::tempdir().unwrap();
        disk::write(&folder.path().join(DEVICE), b"0123456789abcdef").unwrap();
        let earlier = DeviceId("0123456789abcdef".to_owned());
        for _ in 0..2 {
            let id = on(Some(OLD_PC), folder.path()).device().unwrap();
            assert_eq!(id, earlier);
        }
        assert_ne!(on(Some(NEW_PC), folder.path()).device().unwrap(), earlier);
    }

    #[test]
    fn where_no_machine_can_be_told_from_others_the_id_is_what_the_file_says() {
        let folder = tempfile::tempdir().unwrap();
        let sealed = on(Some(OLD_PC), folder.path()).device().unwrap();
        assert_eq!(on(None, folder.path()).device().unwrap(), sealed);
        assert_eq!(on(Some(OLD_PC), folder.path()).device().unwrap(), sealed);
    }

    #[test]
    fn where_the_system_has_no_store_the_key_is_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let store = with_files(folder.path());
        assert_eq!(found(&store), None);
        store.store("office", &key("first")).unwrap();
        store.store("office", &key("second")).unwrap();
        assert_eq!(found(&store).as_deref(), Some("second"));
        assert_eq!(files(folder.path()), ["office.key"]);
    }

    #[test]
    fn where_the_system_has_a_store_no_file_holds_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let store = with_system(folder.path(), &Arc::default());
        assert_eq!(found(&store), None);
        store.store("office", &key("secret")).unwrap();
        assert_eq!(found(&store).as_deref(), Some("secret"));
        assert_eq!(files(folder.path()), ["device"]);
    }

    #[test]
    fn a_key_that_an_earlier_version_filed_moves_on_first_use() {
        let folder = tempfile::tempdir().unwrap();
        let system = Arc::default();
        let store = with_system(folder.path(), &system);
        store.store("office", &key("older")).unwrap();
        with_files(folder.path())
            .store("office", &key("filed"))
            .unwrap();
        assert_eq!(found(&store).as_deref(), Some("filed"));
        assert_eq!(files(folder.path()), ["device"]);
        assert_eq!(found(&store).as_deref(), Some("filed"));
    }

    #[test]
    fn a_key_that_is_stored_anew_leaves_no_file_of_the_earlier_one() {
        let folder = tempfile::tempdir().unwrap();
        with_files(folder.path())
            .store("office", &key("filed"))
            .unwrap();
        let store = with_system(folder.path(), &Arc::default());
        store.store("office", &key("fresh")).unwrap();
        assert_eq!(found(&store).as_deref(), Some("fresh"));
        assert_eq!(files(folder.path()), ["device"]);
    }

    #[test]
    fn a_filed_key_stays_where_it_is_until_the_system_has_taken_it() {
        let folder = tempfile::tempdir().unwrap();
        with_files(folder.path())
            .store("office", &key("secret"))
            .unwrap();
        let system = Arc::new(Pretended {
            locked: true,
            ..Pretended::default()
        });
        let error = with_system(folder.path(), &system)
            .load("office")
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "金庫にAPIキーを保存できません(原因: locked)。\n金庫を開けてください"
        );
        assert!(!format!("{error:?}").contains("secret"));
        assert_eq!(files(folder.path()), ["device", "office.key"]);
    }

    #[test]
    fn two_machines_of_one_user_have_keys_of_their_own_in_one_store() {
        let folder = tempfile::tempdir().unwrap();
        let system = Arc::default();
        let here = with_system(&folder.path().join("here"), &system);
        here.store("office", &key("secret")).unwrap();
        let there = with_system(&folder.path().join("there"), &system);
        assert_eq!(found(&there), None);
    }
}
