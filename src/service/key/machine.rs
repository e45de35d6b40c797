//! What tells this machine from every other: it seals the machine's id, so that a copy of the
//! file elsewhere is known as one.
//!
//! Asked of the operating system's installation, not of its hardware: a new disk or network
//! card makes no other machine. An image of a whole disk carries it along; whoever clones
//! machines gives each a new one (`sysprep`, `systemd-machine-id-setup`), or nothing here can
//! tell them apart.

use crate::disk::Digest;

/// What this machine is known by, as a digest: the systems ask that it not be handed on.
#[derive(Debug, Clone)]
pub(super) struct Machine(Digest);

impl Machine {
    /// This machine; `None` where it is known by nothing, as in most containers.
    pub(super) fn this() -> Option<Self> {
        Self::known_by(&property()?)
    }

    /// The machine with this property: hexadecimal digits, not all of them zero. Systemd writes
    /// `uninitialized` where there is none yet.
    pub(super) fn known_by(property: &str) -> Option<Self> {
        let property = property.trim();
        let fits = property
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        let says_something = property.bytes().any(|byte| !matches!(byte, b'0' | b'-'));
        (fits && says_something).then(|| Self(Digest::of(property.as_bytes())))
    }

    /// Belongs to an id on this machine, and to no other.
    pub(super) fn seal(&self, id: &str) -> Digest {
        Digest::of(format!("rakuwing\n{id}\n{}", self.0.as_str()).as_bytes())
    }
}

/// `MachineGuid` of the registry, or the host's UUID.
#[cfg(any(windows, target_os = "macos"))]
fn property() -> Option<String> {
    machine_uid::get().ok()
}

/// The first file that there is: the one of systemd, or of D-Bus where there is no systemd.
#[cfg(not(any(windows, target_os = "macos")))]
fn property() -> Option<String> {
    ["/etc/machine-id", "/var/lib/dbus/machine-id"]
        .into_iter()
        .find_map(|path| crate::disk::read_if_there(path.as_ref()).ok().flatten())
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_known_by_what_is_a_number_and_not_nothing() {
        for property in [
            "3d1219c7c4c5404aaa1f6d2a48adfda4\n",
            "6B29FC40-CA47-1067-B31D-00DD010662DA",
        ] {
            assert!(Machine::known_by(property).is_some(), "{property}");
        }
        for property in [
            "",
            "\n",
            "uninitialized",
            "00000000-0000-0000-0000-000000000000",
        ] {
            assert!(Machine::known_by(property).is_none(), "{property}");
        }
    }
}
