//! What a file is, told by its bytes and never by its name: a text, a workbook, a table in
//! markup, an archive, or something that is no table at all and is named for what it is.

use std::io::{Read, Seek as _, SeekFrom};
use std::path::Path;

use encoding_rs::{Encoding as Charset, UTF_8, UTF_16BE, UTF_16LE};
use zip::ZipArchive;

use super::ReadError;
use super::encoding::{self, Encoding, UTF8_BOM};
use super::source::{Bytes, Source};

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// Cells that are parted by signs.
    Text(Encoding),
    /// A workbook, whether it can be opened or not.
    Workbook,
    /// A page of HTML, whose tables a spreadsheet program opens as well.
    Html,
    /// A workbook of one XML file (XML Spreadsheet 2003).
    XmlSheet,
    /// Files packed together.
    Archive,
    /// No table.
    Foreign(Foreign),
}

/// What is no table, or none that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// A document of pages.
    Pdf,
    /// A picture.
    Picture,
    /// Word, `PowerPoint`, a letter.
    Document,
    /// A workbook of Excel before 5.0 (BIFF 2 to 4).
    OldExcel,
    /// A workbook of Numbers.
    Numbers,
    /// A page with everything in it, as a browser or Excel keeps it.
    Mhtml,
    /// A table of the days before Excel.
    Sylk,
    /// Some other XML.
    Xml,
    /// Text in EUC-JP.
    EucJp,
    /// An archive that is not unpacked here: gzip, 7z, RAR, LZH.
    Packed,
    /// A link to a file.
    Shortcut,
    /// Bytes of some program.
    Binary,
}

impl Nature {
    /// The word on the screen.
    pub fn label(self) -> &'static str {
        match self {
            Self::Text(encoding) => encoding.label(),
            Self::Workbook => "Excel",
            Self::Html => "HTML",
            Self::XmlSheet => "XML",
            Self::Archive => "zip",
            Self::Foreign(Foreign::EucJp) => "EUC-JP",
            Self::Foreign(_) => "表のファイルではありません",
        }
    }
}

impl Foreign {
    /// What it is, and what to do instead.
    pub fn words(self) -> &'static str {
        match self {
            Self::Pdf => "PDFです。楽すけから、CSVかExcelのファイルで書き出してください",
            Self::Picture => "画像です。楽すけから、CSVかExcelのファイルで書き出してください",
            Self::Document => "文書です。楽すけから、CSVかExcelのファイルで書き出してください",
            Self::OldExcel => {
                "古いExcelのファイルです。Excelで開いて、.xlsx で保存し直してください"
            }
            Self::Numbers => {
                "Numbersのファイルです。NumbersからExcel形式(.xlsx)で書き出してください"
            }
            Self::Mhtml => "ウェブページ(MHTML)です。Excelで開いて、.xlsx で保存し直してください",
            Self::Sylk => "SYLK形式のファイルです。Excelで開いて、.xlsx で保存し直してください",
            Self::Xml => "XMLファイルです。楽すけから、CSVかExcelのファイルで書き出してください",
            Self::EucJp => {
                "文字コードがEUC-JPです。メモ帳やExcelで開いて、文字コードをUTF-8にして保存し直してください"
            }
            Self::Packed => {
                "圧縮したファイルです。展開して、中のファイルを受信箱(inbox)に入れてください"
            }
            Self::Shortcut => "ショートカットです。元のファイルを受信箱(inbox)に入れてください",
            Self::Binary => "文字でも表でもないファイルです。受信箱(inbox)から出してください",
        }
    }
}

/// So much of a file tells what it is.
const HEAD: u64 = 64 << 10;

/// What a file on the disk is.
pub fn of_file(path: &Path) -> Result<Nature, ReadError> {
    of(&Source::Disk(path))
}

/// Looks at a file until it is clear what it is: at its signature, at its first words, or at
/// every byte where only the whole tells how a text is encoded.
pub(super) fn of(source: &Source<'_>) -> Result<Nature, ReadError> {
    let mut bytes = source.open()?;
    let mut head = Vec::new();
    let read = bytes.by_ref().take(HEAD).read_to_end(&mut head);
    read.map_err(|error| source.broken(error))?;
    if let Some(zip) = zip_in(&head) {
        return Ok(if zip {
            of_archive(bytes)
        } else {
            Nature::Workbook
        });
    }
    if let Some(foreign) = by_signature(&head) {
        return Ok(foreign);
    }
    if let Some(markup) = markup(&head) {
        return Ok(markup);
    }
    if let Some(signed) = encoding::by_signature(&head) {
        return Ok(Nature::Text(signed));
    }
    if head.contains(&0) {
        if let Some(encoding) = utf16(&head) {
            return Ok(Nature::Text(encoding));
        }
        if head.iter().any(|byte| is_of_no_text(*byte)) {
            return Ok(Nature::Foreign(Foreign::Binary));
        }
    }
    if encoding::is_iso_2022_jp(&head) {
        return Ok(Nature::Text(Encoding::Iso2022Jp));
    }
    let rewound = bytes.seek(SeekFrom::Start(0));
    let told = rewound.and_then(|_| encoding::of_bytes(bytes));
    Ok(match told.map_err(|error| source.broken(error))? {
        Some(encoding) => Nature::Text(encoding),
        None => Nature::Foreign(Foreign::EucJp),
    })
}

/// Whether no program writes a byte into a text. A NUL alone is damage of a cell, and a few
/// others have their use: tabs, line and page ends, escapes, the mark of an end.
fn is_of_no_text(byte: u8) -> bool {
    matches!(byte, 0x01..=0x08 | 0x0E..=0x19 | 0x1C..=0x1F)
}

/// Whether the file begins as a zip archive does, which some programs put a signature or a
/// line end in front of; `false` for the other kind of workbook.
pub(super) fn zip_in(head: &[u8]) -> Option<bool> {
    const OLE: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
    let begin = text_begins(head);
    let zip = begin.starts_with(b"PK\x03\x04") || begin.starts_with(b"PK\x05\x06");
    (zip || head.starts_with(OLE)).then_some(zip)
}

/// The bytes behind a signature of UTF-8 and white space.
fn text_begins(head: &[u8]) -> &[u8] {
    head.strip_prefix(UTF8_BOM)
        .unwrap_or(head)
        .trim_ascii_start()
}

/// What a zip archive is, by its parts. One that cannot be opened is taken for a workbook,
/// which most of them are.
fn of_archive(bytes: Bytes) -> Nature {
    let Ok(zip) = ZipArchive::new(bytes) else {
        return Nature::Workbook;
    };
    let mut nature = Nature::Archive;
    for name in (0..zip.len()).filter_map(|at| zip.name_for_index(at)) {
        let Ok(name) = name else { continue };
        let name = name.replace('\\', "/").to_ascii_lowercase();
        match &*name {
            "_rels/.rels" | "[content_types].xml" | "content.xml" => nature = Nature::Workbook,
            "word/document.xml" | "ppt/presentation.xml" => {
                return Nature::Foreign(Foreign::Document);
            }
            "index/document.iwa" => return Nature::Foreign(Foreign::Numbers),
            _ => {}
        }
    }
    nature
}

/// Signatures of what is no table.
fn by_signature(head: &[u8]) -> Option<Nature> {
    const SIGNATURES: [(&[u8], Foreign); 24] = [
        (b"%PDF", Foreign::Pdf),
        (b"\xFF\xD8\xFF", Foreign::Picture),
        (b"\x89PNG", Foreign::Picture),
        (b"GIF8", Foreign::Picture),
        (b"II*\0", Foreign::Picture),
        (b"MM\0*", Foreign::Picture),
        (b"RIFF", Foreign::Picture),
        (b"{\\rtf", Foreign::Document),
        (b"\x09\x00\x04\x00", Foreign::OldExcel),
        (b"\x09\x02\x06\x00", Foreign::OldExcel),
        (b"\x09\x04\x06\x00", Foreign::OldExcel),
        (b"\x09\x00\x06\x00", Foreign::OldExcel),
        (b"\x09\x02\x04\x00", Foreign::OldExcel),
        (b"\x09\x04\x04\x00", Foreign::OldExcel),
        (b"\x09\x04\x08\x00", Foreign::OldExcel),
        (b"ID;P", Foreign::Sylk),
        (b"\x1F\x8B", Foreign::Packed),
        (b"7z\xBC\xAF\x27\x1C", Foreign::Packed),
        (b"Rar!", Foreign::Packed),
        (b"L\0\0\0\x01\x14\x02\0", Foreign::Shortcut),
        (b"[InternetShortcut]", Foreign::Shortcut),
        (b"MZ\x90\0", Foreign::Binary),
        (b"\x7FELF", Foreign::Binary),
        (b"SQLite format 3\0", Foreign::Binary),
    ];
    let begin = text_begins(head);
    let found = SIGNATURES
        .iter()
        .find(|(signature, _)| head.starts_with(signature) || begin.starts_with(signature));
    let within = |at: usize, sign: &[u8]| head.get(at..).is_some_and(|of| of.starts_with(sign));
    let foreign = match found {
        Some((_, foreign)) => *foreign,
        // A size comes first, and a picture of a phone says its kind behind it.
        None if within(4, b"ftyp") => Foreign::Picture,
        None if within(0, b"BM") && within(6, &[0; 4]) => Foreign::Picture,
        None if within(2, b"-lh") => Foreign::Packed,
        None => return None,
    };
    Some(Nature::Foreign(foreign))
}

/// Markup, by the first word of the file.
fn markup(head: &[u8]) -> Option<Nature> {
    let charset = Charset::for_bom(head).map_or(UTF_8, |(charset, _)| charset);
    let (text, _) = charset.decode_with_bom_removal(head);
    let text = text.trim_start().to_ascii_lowercase();
    if text.starts_with("mime-version:") {
        return Some(Nature::Foreign(Foreign::Mhtml));
    }
    let tag = text.strip_prefix('<')?;
    let is_sheet =
        text.contains("urn:schemas-microsoft-com:office:spreadsheet") && text.contains("<workbook");
    let is_page = [
        "<html",
        "<!doctype html",
        "<table",
        "<head",
        "<body",
        "<meta",
        "<style",
        "<div",
        "<center",
        "<br",
        "<p>",
    ]
    .iter()
    .any(|word| text.contains(word));
    // `<` may stand in the first cell of a text as well.
    let is_markup =
        tag.starts_with(['?', '!']) || tag.starts_with(|c: char| c.is_ascii_alphabetic());
    match (is_sheet, is_page) {
        _ if !is_markup => None,
        (true, _) => Some(Nature::XmlSheet),
        (false, true) => Some(Nature::Html),
        (false, false) if tag.starts_with("?xml") => Some(Nature::Foreign(Foreign::Xml)),
        (false, false) => None,
    }
}

/// Which order of UTF-16 text without a signature is in: every unit of it is a character that
/// somebody has written, and there are lines or cells.
fn utf16(head: &[u8]) -> Option<Encoding> {
    let whole = &head[..head.len() / 2 * 2];
    let is_text = |charset: &'static Charset| {
        let text = charset.decode_without_bom_handling_and_without_replacement(whole);
        // A pair that the end of the head has cut is no fault.
        let text = text.or_else(|| {
            let shorter = whole.get(..whole.len().checked_sub(2)?)?;
            charset.decode_without_bom_handling_and_without_replacement(shorter)
        });
        text.is_some_and(|text| {
            text.contains(['\n', '\r', ',', '\t'])
                && !text
                    .chars()
                    .any(|c| c.is_control() && !"\t\r\n".contains(c))
                && !text.contains(['\u{0A00}', '\u{0D00}', '\u{FFFE}', '\u{FFFF}'])
        })
    };
    match (is_text(UTF_16LE), is_text(UTF_16BE)) {
        (true, false) => Some(Encoding::Utf16Le),
        (false, true) => Some(Encoding::Utf16Be),
        (true, true) | (false, false) => None,
    }
}
