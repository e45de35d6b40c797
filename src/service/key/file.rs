//! Keys in files that only their owner can read: where the system has no store of its own.
//!
//! On Windows no key lies here for longer than until its next use. What protects it until then
//! is the user's profile folder alone, whose contents other users cannot read.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};

use crate::disk::{self, DiskError};

use super::{ApiKey, KeyError, Safe};

/// The files of a folder, one for each key.
#[derive(Debug)]
pub(super) struct Files<'f>(pub(super) &'f Path);

impl Files<'_> {
    /// Removes the file of a key, if there is one.
    pub(super) fn remove(&self, name: &str) -> Result<(), DiskError> {
        disk::remove(&self.path(name))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(format!("{name}.key"))
    }
}

impl Safe for Files<'_> {
    fn keep(&self, name: &str, key: &ApiKey) -> Result<(), KeyError> {
        Ok(disk::write_secret(
            &self.path(name),
            key.expose().as_bytes(),
        )?)
    }

    fn find(&self, name: &str) -> Result<Option<ApiKey>, KeyError> {
        let bytes = disk::read_if_there(&self.path(name))?;
        // Wiped from memory when it is dropped, as the key is.
        let text = bytes
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .map(SecretString::from);
        Ok(text.and_then(|text| ApiKey::new(text.expose_secret())))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn only_the_owner_can_read_the_key() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let files = Files(folder.path());
        files
            .keep("office", &ApiKey::new("secret").unwrap())
            .unwrap();
        let mode = files
            .path("office")
            .metadata()
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
