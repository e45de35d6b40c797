//! How much memory the process has had at most, where the system tells.

use std::path::Path;

use rakuwing::disk;

/// The peak of resident memory in bytes; `None` where it cannot be known.
pub(crate) fn peak() -> Option<u64> {
    let status = disk::read(Path::new("/proc/self/status")).ok()?;
    let status = String::from_utf8(status).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}
