//! 登録済み: what became of a proposal, said in its preview workbook.
//!
//! Somebody may have written into the workbook meanwhile, and saved it by another program. So
//! nothing of it is made anew: one sentence of 概要 is exchanged where all of a workbook's texts
//! lie, and every other byte stays as it was.

use std::io::{Cursor, Read as _, Write as _};
use std::ops::Range;
use std::path::Path;

use quick_xml::Reader;
use quick_xml::events::Event;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::disk::{self, DiskError};

/// What came of writing into a preview.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stamped {
    /// It says so now.
    Yes,
    /// There is no such file any more.
    Gone,
    /// It does not have the sentence any more.
    Unrecognised,
}

/// What a preview says until its proposal is registered.
pub(super) fn not_yet(number: i64) -> String {
    format!("まだ何も登録していません。登録するときは rakuwing register {number} を実行します。")
}

/// Puts words in the place of the sentence by which the preview of a proposal says that nothing
/// is registered yet. They hold no mark that a text of a workbook would have to write otherwise.
pub fn stamp_preview(path: &Path, number: i64, words: &str) -> Result<Stamped, DiskError> {
    let Some(before) = disk::read_if_there(path)? else {
        return Ok(Stamped::Gone);
    };
    let Some(after) = exchanged(&before, &not_yet(number), words) else {
        return Ok(Stamped::Unrecognised);
    };
    disk::write(path, &after)?;
    Ok(Stamped::Yes)
}

/// Where all texts of a workbook lie, whoever has saved it.
const TEXTS: &str = "xl/sharedStrings.xml";
/// More than a preview's texts take; a file that unfolds to more is none.
const LONGEST: u64 = 256 * 1024 * 1024;

/// The workbook with another sentence; `None` where it is no workbook, or does not have the first.
fn exchanged(workbook: &[u8], sentence: &str, words: &str) -> Option<Vec<u8>> {
    let mut parts = ZipArchive::new(Cursor::new(workbook)).ok()?;
    let mut texts = String::new();
    let part = parts.by_name(TEXTS).ok()?;
    part.take(LONGEST).read_to_string(&mut texts).ok()?;
    let Range { start, end } = place(&texts, sentence)?;
    let (before, after) = (&texts[..start], &texts[end..]);
    let words = format!("<t xml:space=\"preserve\">{words}</t>");
    let mut written = ZipWriter::new(Cursor::new(Vec::with_capacity(workbook.len())));
    for at in 0..parts.len() {
        let part = parts.by_index_raw(at).ok()?;
        if part.name().is_ok_and(|name| name == TEXTS) {
            written
                .start_file(TEXTS, SimpleFileOptions::default())
                .ok()?;
            for piece in [before, &words, after] {
                written.write_all(piece.as_bytes()).ok()?;
            }
        } else {
            written.raw_copy_file(part).ok()?;
        }
    }
    Some(written.finish().ok()?.into_inner())
}

/// Where the contents of the text stand that says a sentence and nothing else. Other programs cut
/// a text into pieces, one for each script that it is written in, and lay readings beside them.
fn place(texts: &str, sentence: &str) -> Option<Range<usize>> {
    let mut reader = Reader::from_str(texts);
    let (mut begins, mut said) = (0, String::new());
    let (mut within, mut aside) = (false, false);
    loop {
        let at = usize::try_from(reader.buffer_position()).ok()?;
        match reader.read_event().ok()? {
            Event::Start(element) => match element.name().as_ref() {
                "si" => {
                    begins = usize::try_from(reader.buffer_position()).ok()?;
                    said.clear();
                }
                "rPh" => aside = true,
                "t" => within = !aside,
                _ => {}
            },
            Event::Text(text) if within => said.push_str(&text.xml10_content()),
            Event::End(element) => match element.name().as_ref() {
                "si" if said.trim() == sentence => return Some(begins..at),
                "rPh" => aside = false,
                "t" => within = false,
                _ => {}
            },
            Event::Eof => return None,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::reading::{Sheets, text};
    use crate::report::{Preview, SUMMARY, write_preview};

    const WORDS: &str = "登録済み: 2026年11月2日 9:05(実行 4)";

    fn preview(number: i64) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("preview.xlsx");
        let preview = Preview {
            title: "基本情報の登録",
            number: Some(number),
            office: "0070100019",
            counts: &[("新規", 1)],
            remarks: &[],
            changes: &[],
            news: &[],
            apart: &[],
            mark: Some("abc123"),
        };
        write_preview(&path, &preview).unwrap();
        (folder, path)
    }

    #[test]
    fn one_sentence_is_exchanged_and_all_else_stays() {
        let (_folder, path) = preview(3);
        let before = Sheets::read(&path).filled(SUMMARY);
        assert_eq!(stamp_preview(&path, 3, WORDS).unwrap(), Stamped::Yes);
        let mut after = Sheets::read(&path).filled(SUMMARY);
        assert_eq!(after[2], [text(WORDS)]);
        after[2] = before[2].clone();
        assert_eq!(after, before);
        // It is said once.
        assert_eq!(
            stamp_preview(&path, 3, WORDS).unwrap(),
            Stamped::Unrecognised
        );
    }

    #[test]
    fn a_text_that_another_program_has_cut_into_pieces_is_the_same_text() {
        let texts = "<sst><si><t>まだ何も</t></si><si><r><rPr><b/></rPr><t>まだ</t></r>\
                     <rPh sb=\"0\" eb=\"1\"><t>ナニモ</t></rPh><r><t>何も 3 </t></r></si></sst>";
        let found = place(texts, "まだ何も 3").unwrap();
        assert!(texts[found].starts_with("<r><rPr><b/></rPr><t>まだ"));
        assert_eq!(place(texts, "まだ何も 33"), None);
        assert_eq!(place("<sst><si><t>まだ", "まだ"), None);
    }

    #[test]
    fn the_preview_of_another_proposal_and_what_is_none_stay_as_they_are() {
        let (_folder, path) = preview(3);
        let before = disk::read(&path).unwrap();
        assert_eq!(
            stamp_preview(&path, 33, WORDS).unwrap(),
            Stamped::Unrecognised
        );
        assert_eq!(disk::read(&path).unwrap(), before);
        disk::write(&path, b"no workbook").unwrap();
        assert_eq!(
            stamp_preview(&path, 3, WORDS).unwrap(),
            Stamped::Unrecognised
        );
        disk::remove(&path).unwrap();
        assert_eq!(stamp_preview(&path, 3, WORDS).unwrap(), Stamped::Gone);
    }
}
