//! A zip archive of exports: every file in it is read as if it lay beside the others.
//!
//! Nothing is unpacked onto the disk. A file that would swell, that is locked, or that is
//! an archive itself is named and passed over; the others go on.

use std::io::{self, Read, Seek};
use std::path::Path;
use std::sync::Arc;

use encoding_rs::SHIFT_JIS;
use zip::ZipArchive;
use zip::result::ZipError;

use crate::disk::{self, Digest};
use crate::finding::{Code, Finding};
use crate::model::{FileName, Place};
use crate::table::Layout;

use super::nature::{self, Nature};
use super::source::{Named, Source};
use super::{Intake, ReadError};

/// No export is larger when it is unpacked.
const LARGEST: u64 = 128 << 20;
/// Nor are there more of them.
const MOST: usize = 1000;

/// Reads every file of an archive.
pub(super) fn read(
    source: &Source<'_>,
    name: &FileName,
    layouts: &[Arc<Layout>],
    intake: &mut dyn Intake,
) -> Result<(), ReadError> {
    let place = Place::file(name.clone());
    let refuse = |intake: &mut dyn Intake, code, place, detail: &str| {
        intake.finding(None, Finding::new(code, place).detail(detail));
    };
    let zip = ZipArchive::new(source.open()?);
    let mut zip = match zip {
        Ok(zip) if zip.len() <= MOST && !zip.has_duplicate_names() => zip,
        Ok(_) | Err(_) => {
            let detail = "圧縮したファイル(zip)が壊れています";
            refuse(intake, Code::UnreadableWorkbook, place, detail);
            return Ok(());
        }
    };
    let mut read = 0;
    for at in 0..zip.len() {
        let Some(member) = member(&mut zip, at) else {
            continue;
        };
        read += 1;
        let mut place = place.clone();
        place.sheet = Some(Arc::from(&*member));
        let bytes = match unpacked(&mut zip, at) {
            Ok(bytes) => bytes,
            Err(why) => {
                refuse(intake, Code::UnreadableWorkbook, place, why.words());
                continue;
            }
        };
        let digest = Digest::of(&bytes);
        let source = Source::Unpacked(bytes);
        let named = Named {
            file: name,
            member: Some(&member),
            digest: Some(&digest),
        };
        match nature::of(&source)? {
            Nature::Archive => {
                let detail =
                    "zipの中にあるzipです。展開して、中のファイルを受信箱(inbox)に入れてください";
                refuse(intake, Code::UnknownFileKind, place, detail);
            }
            nature => super::read_one((&source, named), nature, layouts, intake)?,
        }
    }
    if read == 0 {
        refuse(
            intake,
            Code::UnknownFileKind,
            place,
            "zipの中にファイルがありません",
        );
    }
    Ok(())
}

/// The names of the files in an archive, without its folders; none where it is no archive.
pub fn members(path: &Path) -> Vec<String> {
    let Some(mut zip) = begun_as_one(path).and_then(|file| ZipArchive::new(file).ok()) else {
        return Vec::new();
    };
    let members = (0..zip.len()).filter_map(|at| member(&mut zip, at));
    let own = |name: String| name.rsplit('/').next().unwrap_or_default().to_owned();
    members.map(own).collect()
}

/// A file that begins as an archive does. In any other one the list of its files would be looked for from
/// end to beginning.
fn begun_as_one(path: &Path) -> Option<impl Read + Seek> {
    const HEAD: u64 = 64;
    let mut file = disk::open(path).ok()?;
    let mut head = Vec::new();
    file.by_ref().take(HEAD).read_to_end(&mut head).ok()?;
    file.rewind().ok()?;
    (nature::zip_in(&head) == Some(true)).then_some(file)
}

/// The name of a file in the archive; `None` for a folder, and for what systems put there.
fn member<R: Read + Seek>(zip: &mut ZipArchive<R>, at: usize) -> Option<String> {
    let part = zip.by_index_raw(at).ok()?;
    if part.is_dir() {
        return None;
    }
    let raw = part.name_raw();
    // Windows writes names in the encoding of its language, and does not say so.
    let name = match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => SHIFT_JIS.decode_without_bom_handling(raw).0.into_owned(),
    };
    let name = name.replace('\\', "/");
    let of_a_system = name.starts_with("__MACOSX/") || super::is_passed_over(Path::new(&name));
    (!of_a_system).then_some(name)
}

/// Why a file of an archive is not read.
enum Refused {
    Locked,
    Damaged,
    TooLarge,
}

impl Refused {
    fn words(&self) -> &'static str {
        match self {
            Self::Locked => "zipにパスワードが掛かっています",
            Self::Damaged => "圧縮したファイル(zip)が壊れています",
            Self::TooLarge => {
                "展開すると大きすぎます。展開して、中のファイルを受信箱(inbox)に入れてください"
            }
        }
    }
}

fn unpacked<R: Read + Seek>(zip: &mut ZipArchive<R>, at: usize) -> Result<Arc<[u8]>, Refused> {
    let part = zip.by_index(at).map_err(|error| match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword => {
            Refused::Locked
        }
        _ => Refused::Damaged,
    })?;
    let mut bytes = Vec::new();
    let read: io::Result<usize> = part.take(LARGEST + 1).read_to_end(&mut bytes);
    read.map_err(|_| Refused::Damaged)?;
    if bytes.len() as u64 > LARGEST {
        return Err(Refused::TooLarge);
    }
    Ok(bytes.into())
}
