//! The API key and the machine's own id: kept outside every folder that is copied or zipped.
//!
//! Both live in the user's configuration folder, in files that only their owner can read.
//! The office folder holds neither: a copy of it on another machine cannot connect.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};

use crate::chance;
use crate::disk::{self, Digest, DiskError};

/// The key that the vendor issued. Neither shown nor written anywhere but in its own file.
#[derive(Debug, Clone)]
pub struct ApiKey(SecretString);

/// The id of this machine, the same for all its office folders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceId(String);

/// Where key and id are kept.
#[derive(Debug, Clone)]
pub struct KeyStore {
    folder: PathBuf,
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

    /// The key itself, for the header and the file only.
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
    /// A store in a folder.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Whether keys would lie within a folder that could be copied along.
    ///
    /// Asked of what the paths lead to: an office folder is most often `.`, which is the
    /// beginning of no other path as it is written.
    pub fn is_within(&self, office: &Path) -> bool {
        disk::resolved(&self.folder).starts_with(disk::resolved(office))
    }

    /// This machine's id; made on the first call.
    pub fn device(&self) -> Result<DeviceId, DiskError> {
        let path = self.folder.join(DEVICE);
        if let Some(bytes) = disk::read_if_there(&path)? {
            return Ok(DeviceId(String::from_utf8_lossy(&bytes).trim().to_owned()));
        }
        let id = chance::fresh_id();
        disk::write_secret(&path, id.as_bytes())?;
        Ok(DeviceId(id))
    }

    /// Keeps the key of an office folder.
    pub fn store(&self, office_id: &str, key: &ApiKey) -> Result<(), DiskError> {
        disk::write_secret(&self.path(office_id), key.expose().as_bytes())
    }

    /// The key of an office folder, if one was stored on this machine.
    pub fn load(&self, office_id: &str) -> Result<Option<ApiKey>, DiskError> {
        let bytes = disk::read_if_there(&self.path(office_id))?;
        Ok(bytes.and_then(|bytes| ApiKey::new(&String::from_utf8_lossy(&bytes))))
    }

    fn path(&self, office_id: &str) -> PathBuf {
        self.folder.join(format!("{office_id}.key"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_never_shown() {
        let key = ApiKey::new(" secret-key \n").unwrap();
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

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_the_key() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let store = KeyStore::new(folder.path().to_owned());
        store
            .store("office", &ApiKey::new("secret").unwrap())
            .unwrap();
        let mode = store
            .path("office")
            .metadata()
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
