//! OLE files: a small file system, in which an `.xls` workbook is one file.
//!
//! Source: [MS-CFB]. A chain of sectors may be a ring; nothing is followed for more steps than
//! there are sectors.

use super::Why;
use super::strings::{push_utf16, u16_at, u32_at};

/// Sector numbers from here on are marks.
const MARKS: u32 = 0xFFFF_FFFA;
/// Streams shorter than this are kept in small sectors.
const SMALL: usize = 4096;
const SMALL_SECTOR: usize = 64;
/// The header, whatever the size of a sector.
const HEADER: usize = 512;
const ENTRY: usize = 128;

/// An OLE file in memory.
#[derive(Debug)]
pub(super) struct Ole {
    bytes: Vec<u8>,
    sector: usize,
    next: Vec<u32>,
    next_small: Vec<u32>,
    small: Vec<u8>,
    /// The entries of the top folder; those of embedded documents are none of ours.
    top: Vec<Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    name: String,
    start: u32,
    length: usize,
    /// The entries before and after it, and the first one within it.
    left: u32,
    right: u32,
    child: u32,
}

impl Ole {
    pub(super) fn open(bytes: Vec<u8>) -> Result<Self, Why> {
        let sector = match u16_at(&bytes, 30) {
            Some(9) => 512,
            Some(12) => 4096,
            _ => return Err(Why::Damaged),
        };
        let mut file = Self {
            bytes,
            sector,
            next: Vec::new(),
            next_small: Vec::new(),
            small: Vec::new(),
            top: Vec::new(),
        };
        file.next = file.sector_table()?;
        let word = |at| u32_at(&file.bytes, at).ok_or(Why::Damaged);
        let (directory, small_table) = (word(48)?, word(60)?);
        let entries = file.chain(directory, usize::MAX)?;
        let entries: Vec<Entry> = entries.chunks_exact(ENTRY).filter_map(entry).collect();
        let root = entries.first().ok_or(Why::Damaged)?;
        if root.start < MARKS {
            file.next_small = words(&file.chain(small_table, usize::MAX)?);
            file.small = file.chain(root.start, root.length)?;
        }
        file.top = folder(&entries, root.child);
        Ok(file)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.entry(name).is_some()
    }

    /// A file of the top folder.
    pub(super) fn stream(&self, name: &str) -> Option<Result<Vec<u8>, Why>> {
        let entry = self.entry(name)?;
        Some(if entry.length < SMALL {
            follow(entry.start, &self.next_small, entry.length, |sector| {
                let start = sector.checked_mul(SMALL_SECTOR)?;
                let end = (start + SMALL_SECTOR).min(self.small.len());
                self.small.get(start..end)
            })
        } else {
            self.chain(entry.start, entry.length)
        })
    }

    /// Names differ in more than the case of their letters.
    fn entry(&self, name: &str) -> Option<&Entry> {
        let mut entries = self.top.iter();
        entries.find(|entry| entry.name.eq_ignore_ascii_case(name))
    }

    /// The table of which sector follows which: its own sectors are listed in the header,
    /// and further on in sectors that follow each other.
    fn sector_table(&self) -> Result<Vec<u32>, Why> {
        let mut listed = words(self.bytes.get(76..HEADER).ok_or(Why::Damaged)?);
        let mut more = u32_at(&self.bytes, 68).ok_or(Why::Damaged)?;
        let most = self.bytes.len() / self.sector;
        for _ in 0..=most {
            let Some(sector) = index(more).and_then(|more| self.sector(more)) else {
                break;
            };
            let mut list = words(sector);
            more = list.pop().unwrap_or(MARKS);
            listed.extend(list);
        }
        let tables = listed.into_iter().filter_map(index).take(most);
        let tables = tables.filter_map(|at| self.sector(at));
        Ok(tables.flat_map(words).collect())
    }

    fn sector(&self, number: usize) -> Option<&[u8]> {
        let start = number.checked_add(1)?.checked_mul(self.sector)?;
        // The last sector of a file may be cut short.
        let end = start.checked_add(self.sector)?.min(self.bytes.len());
        self.bytes.get(start..end)
    }

    fn chain(&self, start: u32, length: usize) -> Result<Vec<u8>, Why> {
        follow(start, &self.next, length, |sector| self.sector(sector))
    }
}

/// The bytes of sectors that follow each other, up to a length.
fn follow<'b>(
    start: u32,
    next: &[u32],
    length: usize,
    sector: impl Fn(usize) -> Option<&'b [u8]>,
) -> Result<Vec<u8>, Why> {
    let mut bytes = Vec::new();
    let mut at = index(start);
    for _ in 0..=next.len() {
        let Some(number) = at.filter(|_| bytes.len() < length) else {
            bytes.truncate(length);
            return Ok(bytes);
        };
        bytes.extend_from_slice(sector(number).ok_or(Why::Damaged)?);
        at = next.get(number).copied().and_then(index);
    }
    Err(Why::Damaged)
}

/// A sector's number, unless it is a mark.
fn index(sector: u32) -> Option<usize> {
    usize::try_from(sector).ok().filter(|_| sector < MARKS)
}

fn words(bytes: &[u8]) -> Vec<u32> {
    let words = bytes.as_chunks::<4>().0.iter();
    words.map(|word| u32::from_le_bytes(*word)).collect()
}

fn entry(bytes: &[u8]) -> Option<Entry> {
    let mut name = String::new();
    let length = usize::from(u16_at(bytes, 64)?).clamp(2, 64);
    push_utf16(&bytes[..length - 2], &mut name);
    Some(Entry {
        name,
        left: u32_at(bytes, 68)?,
        right: u32_at(bytes, 72)?,
        child: u32_at(bytes, 76)?,
        start: u32_at(bytes, 116)?,
        length: usize::try_from(u32_at(bytes, 120)?).ok()?,
    })
}

/// The entries of a folder, which is a tree; each is visited once, whatever the links say.
fn folder(entries: &[Entry], first: u32) -> Vec<Entry> {
    let mut seen = vec![false; entries.len()];
    let mut open = vec![first];
    let mut found = Vec::new();
    while let Some(at) = open.pop() {
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        let Some(entry) = entries.get(at).filter(|_| !seen[at]) else {
            continue;
        };
        seen[at] = true;
        open.extend([entry.left, entry.right]);
        found.push(entry.clone());
    }
    found
}
