//! A zip archive with the parts of a workbook, none of which may swell without measure.

use std::collections::HashMap;
use std::io::{self, Read, Seek};

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use zip::ZipArchive;
use zip::result::ZipError;

use crate::read::decoded::Decoded;

use super::Why;

/// Deflate can pack a thousand bytes into one; tables of real people come nowhere near this.
pub(super) const STEEPEST: u64 = 200;
/// What swells to less than this does no harm, however steeply.
const HARMLESS: u64 = 2 << 20;
/// Parts that are read whole (who refers to whom) are never larger.
const LARGEST_WHOLE: u64 = 8 << 20;

/// An archive whose parts are found as Excel finds them: whatever the case of their names.
pub(super) struct Package<R> {
    zip: ZipArchive<R>,
    parts: HashMap<String, usize>,
}

impl<R: Read + Seek> Package<R> {
    pub(super) fn open(file: R) -> Result<Self, Why> {
        let zip = ZipArchive::new(file)?;
        // Of two parts of one name nobody can tell which one is meant.
        if zip.has_duplicate_names() {
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

    /// The part that a reference leads to, seen from a folder, if there is one. Some programs
    /// write a path as it is seen from the top, without the stroke that says so.
    pub(super) fn part_of(&self, reference: &Reference, folder: &str) -> Option<String> {
        let target = reference.target.replace('\\', "/");
        let paths = match target.strip_prefix('/') {
            Some(from_the_top) => vec![from_the_top.to_owned()],
            None => vec![format!("{folder}{target}"), target],
        };
        let mut paths = paths.iter().map(|path| straight(path));
        paths.find(|path| self.has(path))
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

    /// A small part as a whole, in UTF-8; empty where there is none.
    pub(super) fn whole(&mut self, path: &str) -> Result<Vec<u8>, Why> {
        let mut bytes = Vec::new();
        if self.has(path) {
            let part = Decoded::by_its_own_word(self.inflate(path, STEEPEST)?)?;
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
                references.push(Reference {
                    id: attribute(element, "Id")?.unwrap_or_default(),
                    kind: attribute(element, "Type")?.unwrap_or_default(),
                    target: attribute(element, "Target")?.unwrap_or_default(),
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
        let path = self.part_of(document, "").ok_or(Why::Damaged)?;
        let at = path.rfind('/').map_or(0, |slash| slash + 1);
        let (folder, name) = path.split_at(at);
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
}

/// A path without steps to the same folder or back.
fn straight(path: &str) -> String {
    let mut steps = Vec::new();
    for step in path.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    steps.join("/")
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
        self.left = self.left.checked_sub(length as u64).ok_or_else(swells)?;
        Ok(length)
    }
}

/// The error of a part that is made to fill the memory.
pub(super) fn swells() -> io::Error {
    io::Error::other(Swells)
}

/// A part that is made to fill the memory.
#[derive(Debug, thiserror::Error)]
#[error("the part inflates without measure")]
struct Swells;

impl Why {
    /// Why the XML of a part cannot be read on.
    pub(super) fn from_xml(error: quick_xml::Error) -> Self {
        match error {
            quick_xml::Error::Io(error) => Self::from_shared(&error),
            _ => Self::Damaged,
        }
    }

    /// Why reading failed, from an error that others hold too.
    fn from_shared(error: &io::Error) -> Self {
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
