//! The only door to files: every error names its path, every write is whole or not at all.
//!
//! A written file first stands beside its place under a temporary name, is synced, and is
//! then renamed; on Unix the folder is synced too, so that the name survives a power cut.

#![expect(
    clippy::disallowed_methods,
    reason = "this is the door the ban leads to"
)]

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A file or folder could not be used.
#[derive(Debug, thiserror::Error)]
#[error("`{path}` {action}: {}", in_words(source))]
pub struct DiskError {
    path: PathBuf,
    action: &'static str,
    source: io::Error,
}

/// What the operating system says, in the words of the clerk where it is one of the usual
/// troubles; its own number stays beside them for whoever is asked.
pub fn in_words(error: &io::Error) -> String {
    use io::ErrorKind as Kind;
    let Some(number) = error.raw_os_error() else {
        return error.to_string();
    };
    let words = match error.kind() {
        Kind::NotFound => "ファイルかフォルダーがありません",
        Kind::PermissionDenied => "開く許可がないか、ほかのプログラムが開いています",
        Kind::StorageFull | Kind::QuotaExceeded => "ディスクに空きがありません",
        Kind::ReadOnlyFilesystem => "書き込めない場所です",
        Kind::AlreadyExists => "同じ名前のものがあります",
        Kind::IsADirectory => "ファイルではなくフォルダーです",
        Kind::NotADirectory => "フォルダーではなくファイルです",
        Kind::AddrInUse => "ほかのプログラムがこのポートを使っています",
        _ => return error.to_string(),
    };
    format!("{words}(OSの番号 {number})")
}

impl DiskError {
    /// Whether the file or folder is simply not there.
    pub fn is_absent(&self) -> bool {
        self.source.kind() == io::ErrorKind::NotFound
    }
}

/// SHA-256 of a whole file or text, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(Arc<str>);

impl Digest {
    /// The digest of bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self::from_hash(&Sha256::digest(bytes))
    }

    /// Whether a stored digest is the one of bytes.
    pub fn is_of(stored: &str, bytes: &[u8]) -> bool {
        let digits = stored.as_bytes().chunks(2);
        digits.eq(Sha256::digest(bytes).iter().map(|byte| hex_of(*byte)))
    }

    /// A digest that was computed piece by piece.
    pub fn from_hash(hash: &[u8]) -> Self {
        Self(hex(hash).into())
    }

    /// Takes a digest over from where it was stored.
    pub fn stored(text: &str) -> Self {
        Self(text.into())
    }

    /// 64 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// SHA-256 in its own 32 bytes, where there are many and nobody reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Takes a fingerprint over from where it was stored; `None` where it is none.
    pub fn stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| hex_of(*byte))
        .map(char::from)
        .collect()
}

fn hex_of(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    [byte >> 4, byte & 15].map(|digit| DIGITS[usize::from(digit)])
}

/// Reads a whole file.
pub fn read(path: &Path) -> Result<Vec<u8>, DiskError> {
    fs::read(path).map_err(failed(path, "を読めません"))
}

/// Reads a whole file, or nothing where there is none.
pub fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, DiskError> {
    match read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.is_absent() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Opens a file to read it piece by piece.
pub fn open(path: &Path) -> Result<File, DiskError> {
    File::open(path).map_err(failed(path, "を開けません"))
}

/// Writes a file whole: beside its place, synced, then renamed over it.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    let action = "に書き込めません";
    if let Some(mut device) = device(path)? {
        return device.write_all(bytes).map_err(failed(path, action));
    }
    let folder = folder_of(path);
    let mut beside = tempfile::NamedTempFile::new_in(folder).map_err(failed(path, action))?;
    beside.write_all(bytes).map_err(failed(path, action))?;
    finish(path, beside)
}

/// What takes bytes and is no file (`/dev/null`, a pipe): to rename something over it would
/// take it away from everybody.
fn device(path: &Path) -> Result<Option<File>, DiskError> {
    let is_device = fs::metadata(path).is_ok_and(|about| !about.is_file() && !about.is_dir());
    if !is_device {
        return Ok(None);
    }
    let opened = File::options().write(true).open(path);
    opened.map(Some).map_err(failed(path, "に書き込めません"))
}

/// Writes a file whole that a closure fills; nothing appears where the closure fails.
pub fn write_with<E: From<DiskError>>(
    path: &Path,
    fill: impl FnOnce(&mut File) -> Result<(), E>,
) -> Result<(), E> {
    if let Some(mut device) = device(path)? {
        return fill(&mut device);
    }
    let folder = folder_of(path);
    let mut beside =
        tempfile::NamedTempFile::new_in(folder).map_err(failed(path, "に書き込めません"))?;
    fill(beside.as_file_mut())?;
    Ok(finish(path, beside)?)
}

fn finish(path: &Path, beside: tempfile::NamedTempFile) -> Result<(), DiskError> {
    let action = "に書き込めません";
    beside.as_file().sync_all().map_err(failed(path, action))?;
    beside
        .persist(path)
        .map_err(|error| failed(path, action)(error.error))?;
    sync_folder(folder_of(path))
}

/// Writes a note that nobody misses: whole or not at all, and lost if the power fails.
pub fn jot(path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    let action = "に書き込めません";
    let folder = folder_of(path);
    let mut beside = tempfile::NamedTempFile::new_in(folder).map_err(failed(path, action))?;
    beside.write_all(bytes).map_err(failed(path, action))?;
    let persisted = beside.persist(path);
    persisted
        .map(drop)
        .map_err(|error| failed(path, action)(error.error))
}

/// Writes a file that only its owner can read. On Windows it is as private as its folder is:
/// other users cannot read the user's profile folder, where it stands unless somebody moves it.
pub fn write_secret(path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    // `tempfile` makes its files with mode 0600 on Unix, and the rename keeps it.
    make_folder(folder_of(path))?;
    write(path, bytes)
}

/// Makes a folder and every one above it.
pub fn make_folder(path: &Path) -> Result<(), DiskError> {
    fs::create_dir_all(path).map_err(failed(path, "を作れません"))
}

/// A file for what does not fit into memory. It has no name, nobody else can open it, and it is
/// gone with the process, however that ends.
pub fn scratch() -> Result<File, DiskError> {
    tempfile::tempfile().map_err(no_scratch)
}

/// A scratch file could not be made, written or read.
pub fn no_scratch(source: io::Error) -> DiskError {
    DiskError {
        path: std::env::temp_dir(),
        action: "に一時ファイルを置けません",
        source,
    }
}

/// Whether something stands at the path.
pub fn exists(path: &Path) -> bool {
    path.exists()
}

/// How many bytes a file has, or nothing where there is none.
pub fn length(path: &Path) -> Result<Option<u64>, DiskError> {
    match fs::metadata(path) {
        Ok(about) => Ok(Some(about.len())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(path, "を開けません")(error)),
    }
}

/// How a file lies on the disk: whoever writes it leaves another length or another time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imprint {
    /// How many bytes it has.
    length: u64,
    /// When it was written last, in nanoseconds since 1970.
    modified: u64,
}

/// How a file lies on the disk; nothing where there is none, or where its time is not known.
pub fn imprint(path: &Path) -> Option<Imprint> {
    let about = fs::metadata(path).ok()?;
    let modified = about
        .modified()
        .ok()?
        .duration_since(SystemTime::UNIX_EPOCH);
    Some(Imprint {
        length: about.len(),
        modified: u64::try_from(modified.ok()?.as_nanos()).ok()?,
    })
}

/// Sets the time of a file back a little. The clock of a disk ticks (every few milliseconds,
/// or every two seconds on a memory stick), and whoever writes within the same tick would
/// leave the same time.
pub fn set_back(path: &Path) -> Result<(), DiskError> {
    const TICKS: Duration = Duration::from_secs(2);
    let set_back = || {
        let file = File::options().write(true).open(path)?;
        file.set_modified(file.metadata()?.modified()? - TICKS)
    };
    set_back().map_err(failed(path, "に書き込めません"))
}

/// When a file was written last, in seconds; `None` where the system does not say.
pub fn seconds(path: &Path) -> Option<u64> {
    let modified = fs::metadata(path).ok()?.modified().ok()?;
    let since = modified.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(since.as_secs())
}

/// A path without `.`, `..` and links, as far as it leads through what exists.
pub fn resolved(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for above in whole.ancestors() {
        if let (Ok(real), Ok(rest)) = (above.canonicalize(), whole.strip_prefix(above)) {
            return real.join(rest);
        }
    }
    whole
}

/// Moves a file within one disk.
pub fn rename(from: &Path, to: &Path) -> Result<(), DiskError> {
    fs::rename(from, to).map_err(failed(from, "を移せません"))?;
    sync_folder(folder_of(to))
}

/// Removes a file; one that is not there is as good as removed.
pub fn remove(path: &Path) -> Result<(), DiskError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(failed(path, "を消せません")(error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// The files of a folder by name, folders left out; none where there is no such folder.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, DiskError> {
    entries(folder, Kind::File)
}

/// The folders within a folder, by name; none where it does not exist.
pub fn folders(folder: &Path) -> Result<Vec<PathBuf>, DiskError> {
    entries(folder, Kind::Folder)
}

/// What an entry of a folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Folder,
}

fn entries(folder: &Path, kind: Kind) -> Result<Vec<PathBuf>, DiskError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(folder, "を開けません")(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed(folder, "を読めません"))?;
        // Nearly every entry says what it is; a link leads to what it says nothing of.
        let said = entry.file_type().ok();
        let is_it = match kind {
            Kind::File => said.is_some_and(|of| of.is_file()) || entry.path().is_file(),
            Kind::Folder => said.is_some_and(|of| of.is_dir()) || entry.path().is_dir(),
        };
        if is_it {
            found.push(entry.path());
        }
    }
    // Part by part, as paths are compared, takes ten times as long.
    found.sort_unstable_by(|one, other| one.as_os_str().cmp(other.as_os_str()));
    Ok(found)
}

/// A lock on a folder; whoever holds it is the only one who works there.
///
/// The operating system releases it with the process, so the lock of a dead one is no lock.
#[derive(Debug)]
pub struct Lock(
    #[expect(dead_code, reason = "held, never read: the lock goes with the file")] File,
);

/// Takes the lock, or `None` where another process holds it.
pub fn lock(path: &Path) -> Result<Option<Lock>, DiskError> {
    let action = "をロックできません";
    let file = File::options()
        .create(true)
        .append(true)
        .open(path)
        .map_err(failed(path, action))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Lock(file))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(failed(path, action)(error)),
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> Result<(), DiskError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(failed(folder, "を同期できません"))
}

/// Windows has no handle of a folder to sync; NTFS journals the rename.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "its twin can fail")]
fn sync_folder(_folder: &Path) -> Result<(), DiskError> {
    Ok(())
}

/// Ties an I/O error to its path and to what was tried.
pub fn failed<'a>(path: &'a Path, action: &'static str) -> impl Fn(io::Error) -> DiskError + 'a {
    move |source| DiskError {
        path: path.to_owned(),
        action,
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_earlier_file_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("actuals.csv");
        write(&path, b"first").unwrap();
        let outcome: Result<(), DiskError> = write_with(&path, |file| {
            file.write_all(b"half of the sec").unwrap();
            Err(failed(&path, "に書き込めません")(io::Error::other(
                "disk full",
            )))
        });
        assert!(outcome.is_err());
        assert_eq!(read(&path).unwrap(), b"first");
        assert_eq!(files(folder.path()).unwrap(), [path]);
    }

    #[test]
    #[cfg(unix)]
    fn what_is_no_file_is_not_replaced_by_one() {
        use std::os::unix::fs::FileTypeExt as _;
        use std::os::unix::net::UnixListener;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let _listener = UnixListener::bind(&path).unwrap();
        // Nobody can write into a socket by its path.
        write(&path, b"bytes").unwrap_err();
        let filled = write_with(&path, |_| Ok::<_, DiskError>(()));
        filled.unwrap_err();
        assert!(fs::metadata(&path).unwrap().file_type().is_socket());
    }

    #[test]
    fn a_held_lock_is_refused_and_a_dropped_one_is_free() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".lock");
        let held = lock(&path).unwrap().unwrap();
        assert!(lock(&path).unwrap().is_none());
        drop(held);
        assert!(lock(&path).unwrap().is_some());
    }

    #[test]
    fn whoever_writes_a_file_that_was_set_back_leaves_another_imprint() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.sqlite");
        assert_eq!(imprint(&path), None);
        write(&path, b"one").unwrap();
        let just_written = imprint(&path);
        set_back(&path).unwrap();
        let set_back = imprint(&path);
        assert_ne!(set_back, just_written);
        assert_eq!(set_back, imprint(&path));
        let mut file = File::options().write(true).open(&path).unwrap();
        file.write_all(b"two").unwrap();
        assert_ne!(imprint(&path), set_back);
        jot(&path, b"one").unwrap();
        assert_eq!(read(&path).unwrap(), b"one");
    }

    #[test]
    fn an_error_names_its_path() {
        let error = read(Path::new("/nowhere/plan.csv")).unwrap_err();
        assert!(error.to_string().contains("`/nowhere/plan.csv`"));
        assert!(error.is_absent());
    }

    #[test]
    fn what_the_system_says_is_said_in_the_words_of_the_clerk() {
        let folder = tempfile::tempdir().unwrap();
        let absent = read(&folder.path().join("none.csv"))
            .unwrap_err()
            .to_string();
        assert!(
            absent.contains("ファイルかフォルダーがありません(OSの番号 "),
            "{absent}"
        );
        let own = io::Error::new(io::ErrorKind::NotFound, "of our own");
        assert_eq!(in_words(&own), "of our own");
    }
}
