//! A zip archive with the parts of a workbook, none of which may swell without measure.

use std::collections::HashMap;
use std::io::{self, Read, Seek};

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use zip::ZipArchive;
use zip::result::ZipError;

use super::Why;

/// Deflate can pack a thousand bytes into one; tables of real people come nowhere near this.
pub(super) const STEEPEST: u64 = 200;
/// What swells to less than this does no harm, however steeply.
const HARMLESS: u64 = 2 << 20;
/// Parts that are read whole (who refers to whom) are never larger.
const LARGEST_WHOLE: u64 = 8 << 20;

/// An archive whose parts are found as calamine finds them: whatever the case of their names.
pub(super) struct Package<R> {
    zip: ZipArchive<R>,
    parts: HashMap<String, usize>,
}

impl<R: Read + Seek> Package<R> {
    pub(super) fn open(file: R) -> Result<Self, Why> {
        let zip = ZipArchive::new(file)?;
        // Two parts of one name, or something in front of the archive: two readers may
        // then see two different workbooks.
        if zip.has_duplicate_names() || zip.offset() != 0 {
            return Err(Why::Damaged);
        }
        let mut parts = HashMap::new();
        for at in 0..zip.len() {
            let Some(name) = zip.name_for_index(at).transpose()? else {
                continue;
            };
            if parts.insert(normalised(&name), at).is_some() {
                return Err(Why::Damaged);
            }
        }
        Ok(Self { zip, parts })
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.parts.contains_key(&normalised(path))
    }

    /// The names of the parts, in small letters, with their numbers.
    pub(super) fn parts(&self) -> impl Iterator<Item = (&str, usize)> {
        self.parts.iter().map(|(name, at)| (name.as_str(), *at))
    }

    /// Where the central directory has the name of a part.
    pub(super) fn name_at(&mut self, part: usize) -> Result<u64, Why> {
        /// Fields of fixed width come before the name.
        const NAME: u64 = 46;
        Ok(self.zip.by_index_raw(part)?.central_header_start() + NAME)
    }

    /// A part as it inflates; it fails where it swells more steeply than `steepest`.
    pub(super) fn inflate(
        &mut self,
        path: &str,
        steepest: u64,
    ) -> Result<impl Read + use<'_, R>, Why> {
        let part = *self.parts.get(&normalised(path)).ok_or(Why::Damaged)?;
        let part = self.zip.by_index(part)?;
        let left = part
            .compressed_size()
            .saturating_mul(steepest)
            .max(HARMLESS);
        Ok(Inflating { inner: part, left })
    }

    /// A small part as a whole; empty where there is none.
    pub(super) fn whole(&mut self, path: &str) -> Result<Vec<u8>, Why> {
        let mut bytes = Vec::new();
        if self.has(path) {
            let part = self.inflate(path, STEEPEST)?;
            part.take(LARGEST_WHOLE + 1).read_to_end(&mut bytes)?;
        }
        if bytes.len() as u64 > LARGEST_WHOLE {
            return Err(Why::Swollen);
        }
        Ok(bytes)
    }

    /// What a part refers to: in `xl/_rels/workbook.xml.rels`, say.
    pub(super) fn references(&mut self, path: &str) -> Result<Vec<Reference>, Why> {
        let mut references = Vec::new();
        elements(&self.whole(path)?, |name, element| {
            if name == "Relationship" {
                let target = attribute(element, "Target")?.unwrap_or_default();
                // Calamine takes targets as they are written: there must be one reading.
                if target.contains('&') {
                    return Err(Why::Damaged);
                }
                references.push(Reference {
                    id: attribute(element, "Id")?.unwrap_or_default(),
                    kind: attribute(element, "Type")?.unwrap_or_default(),
                    target,
                });
            }
            Ok(())
        })?;
        Ok(references)
    }

    /// The folder and the name of the part that the workbook begins with.
    pub(super) fn beginning(&mut self) -> Result<(String, String), Why> {
        let references = self.references("_rels/.rels")?;
        let document = references
            .iter()
            .rfind(|reference| reference.kind.ends_with("/relationships/officeDocument"))
            .ok_or(Why::Damaged)?;
        let at = document.target.rfind('/').map_or(0, |slash| slash + 1);
        let (folder, name) = document.target.split_at(at);
        if name.is_empty() {
            return Err(Why::Damaged);
        }
        let folder = folder.strip_prefix('/').unwrap_or(folder);
        Ok((folder.to_owned(), name.to_owned()))
    }
}

/// One part refers to another.
#[derive(Debug)]
pub(super) struct Reference {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) target: String,
}

impl Reference {
    /// Whether it leads to a part of the kind; the kinds are addresses that end in a word.
    pub(super) fn is_a(&self, kind: &str) -> bool {
        self.kind.rsplit('/').next() == Some(kind)
    }

    /// Where it leads, seen from a folder.
    pub(super) fn path(&self, folder: &str) -> String {
        match self.target.strip_prefix('/') {
            Some(absolute) => absolute.to_owned(),
            None => format!("{folder}{}", self.target),
        }
    }
}

/// Gives every element of a small part, by its name without a prefix.
pub(super) fn elements(
    xml: &[u8],
    mut take: impl FnMut(&str, &BytesStart<'_>) -> Result<(), Why>,
) -> Result<(), Why> {
    let mut reader = Reader::from_reader(xml);
    reader.config_mut().check_end_names = false;
    loop {
        match reader.read_event().map_err(|_| Why::Damaged)? {
            Event::Start(element) | Event::Empty(element) => {
                take(element.local_name().as_ref(), &element)?;
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// An attribute by its name without a prefix; the last one, where there are several.
pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> Result<Option<String>, Why> {
    let mut found = None;
    for attribute in element.attributes().with_checks(false) {
        let attribute = attribute.map_err(|_| Why::Damaged)?;
        if attribute.key.local_name().as_ref() == name {
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            found = Some(value.map_err(|_| Why::Damaged)?.into_owned());
        }
    }
    Ok(found)
}

fn normalised(name: &str) -> String {
    name.replace('\\', "/").to_ascii_lowercase()
}

/// Stops a part that swells without measure.
struct Inflating<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Inflating<R> {
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(piece)?;
        self.left = self
            .left
            .checked_sub(length as u64)
            .ok_or_else(|| io::Error::other(Swells))?;
        Ok(length)
    }
}

/// A part that is made to fill the memory.
#[derive(Debug, thiserror::Error)]
#[error("the part inflates without measure")]
struct Swells;

impl Why {
    /// Why reading failed, from an error that others hold too.
    pub(super) fn from_shared(error: &io::Error) -> Self {
        match error.get_ref() {
            Some(inner) if inner.is::<Swells>() => Self::Swollen,
            Some(_) | None => Self::Damaged,
        }
    }
}

impl From<io::Error> for Why {
    fn from(error: io::Error) -> Self {
        Self::from_shared(&error)
    }
}

impl From<ZipError> for Why {
    fn from(error: ZipError) -> Self {
        match error {
            ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED)
            | ZipError::InvalidPassword => Self::Password,
            ZipError::Io(error) => error.into(),
            _ => Self::Damaged,
        }
    }
}
