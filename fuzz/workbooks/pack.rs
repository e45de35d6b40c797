//! Parts become a file.

use std::io::{Cursor, Write as _};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::seen::Part;

/// An archive of parts.
pub(super) fn zip(parts: &[Part]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        // A second part of a name is left out, as the independent readers are told of neither.
        if zip
            .start_file(name.as_str(), SimpleFileOptions::default())
            .is_ok()
        {
            zip.write_all(bytes).expect("memory can be written");
        }
    }
    zip.finish().expect("memory can be written").into_inner()
}

const SECTOR: usize = 512;
const FREE: u32 = 0xFFFF_FFFF;
const END: u32 = 0xFFFF_FFFE;
const TABLE: u32 = 0xFFFF_FFFD;

/// From this length on a stream has sectors of its own.
pub(super) const SHORTEST: usize = 4096;

/// An OLE file with a workbook's stream.
pub(super) fn ole(stream: &[u8]) -> Vec<u8> {
    let mut stream = stream.to_vec();
    let length = stream.len();
    stream.resize(length.next_multiple_of(SECTOR), 0);
    let sectors = stream.len() / SECTOR;
    // The directory is in the first sector, then comes the stream, then the table of sectors.
    let tables = (sectors + 2).div_ceil(SECTOR / 4 - 1);
    let number = |at: usize| u32::try_from(at).expect("a small file");
    let mut next = vec![END];
    next.extend((1..sectors).map(|at| number(at + 1)));
    next.push(END);
    next.extend(std::iter::repeat_n(TABLE, tables));
    next.resize(tables * SECTOR / 4, FREE);

    let mut file = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    file.resize(24, 0);
    for word in [0x3E, 3, 0xFFFE, 9, 6, 0, 0, 0] {
        file.extend(u16::to_le_bytes(word));
    }
    for word in [0, number(tables), 0, 0, number(SHORTEST), END, 0, END, 0] {
        file.extend(u32::to_le_bytes(word));
    }
    file.extend((0..tables).flat_map(|at| number(sectors + 1 + at).to_le_bytes()));
    file.resize(SECTOR, 0xFF);
    file.extend(entry("Root Entry", 5, 1, END, 0));
    file.extend(entry("Workbook", 2, FREE, 1, number(length)));
    file.resize(2 * SECTOR, 0);
    file.extend(stream);
    file.extend(next.into_iter().flat_map(u32::to_le_bytes));
    file
}

fn entry(name: &str, kind: u8, child: u32, start: u32, length: u32) -> Vec<u8> {
    let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let named = u16::try_from(entry.len() + 2).expect("a short name");
    entry.resize(64, 0);
    entry.extend(named.to_le_bytes());
    entry.extend([kind, 1]);
    entry.extend([FREE, FREE, child].into_iter().flat_map(u32::to_le_bytes));
    entry.resize(116, 0);
    entry.extend(start.to_le_bytes());
    entry.extend(length.to_le_bytes());
    entry.resize(128, 0);
    entry
}
