//! The texts that the cells of a binary workbook share, in one piece of memory.

/// Texts by their number.
#[derive(Debug, Default)]
pub(super) struct Strings {
    text: String,
    ends: Vec<usize>,
}

impl Strings {
    /// Adds a text that the closure writes.
    pub(super) fn push_with<E>(
        &mut self,
        write: impl FnOnce(&mut String) -> Result<(), E>,
    ) -> Result<(), E> {
        write(&mut self.text)?;
        self.ends.push(self.text.len());
        Ok(())
    }

    /// The text of a number.
    pub(super) fn get(&self, index: u32) -> Option<&str> {
        let index = usize::try_from(index).ok()?;
        let end = *self.ends.get(index)?;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.text.get(start..end)
    }
}

/// Appends little-endian UTF-16; half a pair becomes U+FFFD.
pub(super) fn push_utf16(bytes: &[u8], out: &mut String) {
    let units = bytes.as_chunks::<2>().0.iter().copied();
    let characters = char::decode_utf16(units.map(u16::from_le_bytes));
    out.extend(characters.map(|read| read.unwrap_or(char::REPLACEMENT_CHARACTER)));
}

/// The bytes at a place, as many as the number has that they are read as.
pub(super) fn at<const N: usize>(bytes: &[u8], place: usize) -> Option<[u8; N]> {
    bytes.get(place..)?.first_chunk().copied()
}

/// Two bytes as a number.
pub(super) fn u16_at(bytes: &[u8], place: usize) -> Option<u16> {
    at(bytes, place).map(u16::from_le_bytes)
}

/// Four bytes as a number.
pub(super) fn u32_at(bytes: &[u8], place: usize) -> Option<u32> {
    at(bytes, place).map(u32::from_le_bytes)
}

/// Eight bytes as a number with a point.
pub(super) fn f64_at(bytes: &[u8], place: usize) -> Option<f64> {
    at(bytes, place).map(f64::from_le_bytes)
}
