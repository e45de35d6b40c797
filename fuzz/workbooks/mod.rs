//! Whole workbooks, under one law: a cell is what an independent reader says it is, or a finding.
//!
//! The bytes of an input are choices ([`choices`]): which cells there are, how they are written,
//! what is amiss, and which bytes of a part are damaged before it is packed. The same parts are
//! read twice: by the program, as a file, and by readers of a few pages that follow the published
//! formats and share nothing with the program ([`xlsx`], [`xls`], [`ods`]).

mod choices;
mod content;
mod law;
mod ods;
mod pack;
mod seen;
mod xls;
mod xlsx;
mod xml;

use choices::Choices;
use seen::{Book, Part};

pub(crate) use law::Outcome;

/// A workbook: a name that its kind has, its bytes, and what an independent reader says of it.
pub(crate) struct Workbook {
    pub(crate) ending: &'static str,
    pub(crate) bytes: Vec<u8>,
    says: Book,
}

/// The workbook that an input means.
pub(crate) fn workbook(input: &[u8]) -> Workbook {
    let mut choices = Choices::of(input);
    match choices.below(3) {
        0 => packed("xlsx", &mut choices, xlsx::parts, xlsx::read),
        1 => packed("ods", &mut choices, ods::parts, ods::read),
        _ => {
            let mut stream = xls::stream(&mut choices);
            damage(&mut choices, &mut stream);
            // A shorter one is kept elsewhere in the file.
            stream.resize(stream.len().max(pack::SHORTEST), 0);
            Workbook {
                ending: "xls",
                bytes: pack::ole(&stream),
                says: xls::read(&stream),
            }
        }
    }
}

fn packed(
    ending: &'static str,
    choices: &mut Choices<'_>,
    parts: fn(&mut Choices<'_>) -> Vec<Part>,
    read: fn(&[Part]) -> Book,
) -> Workbook {
    let mut parts = parts(choices);
    let one = choices.below(parts.len());
    damage(choices, &mut parts[one].1);
    Workbook {
        ending,
        bytes: pack::zip(&parts),
        says: read(&parts),
    }
}

/// What means something in one of the formats.
const TOKENS: [&str; 24] = [
    "<",
    ">",
    "/>",
    "\"",
    "&",
    "&#65;",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "</c>",
    "</row>",
    "<c>",
    "<v>",
    "</v>",
    "<row>",
    " r=\"B3\"",
    " t=\"s\"",
    "-",
    "\u{0}",
    "\u{FFFD}",
    "<text:p>",
    "</table:table-cell>",
    "<table:table-cell/>",
];

/// Damages some bytes, now and then.
fn damage(choices: &mut Choices<'_>, bytes: &mut Vec<u8>) {
    if !choices.rarely(3) {
        return;
    }
    for _ in 0..=choices.below(3) {
        let at = choices.below(bytes.len() + 1);
        let end = bytes.len().min(at + 1 + choices.below(20));
        match choices.below(6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << choices.below(8),
            1 if at < bytes.len() => {
                let digit = bytes[at..].iter().position(u8::is_ascii_digit);
                if let Some(digit) = digit {
                    bytes[at + digit] = b'0' + u8::try_from(choices.below(10)).expect("one digit");
                }
            }
            2 => drop(bytes.drain(at..end)),
            3 => {
                let piece = bytes[at..end].to_vec();
                let to = choices.below(bytes.len() + 1);
                bytes.splice(to..to, piece);
            }
            4 if at < bytes.len() => {
                bytes[at] = choices.of_these(&[0, 0xFF, 1, 0x80, 4, 8]);
            }
            _ => {
                let token = choices.of_these(&TOKENS);
                // At the beginning or the end of a tag it is more than noise.
                let tag = bytes[at..].iter().position(|byte| b"<>".contains(byte));
                let at = at + tag.unwrap_or_default();
                bytes.splice(at..at, token.bytes());
            }
        }
    }
}

/// Whatever a workbook holds, nothing but what stands there is read of it.
pub(crate) fn holds(input: &[u8]) -> Outcome {
    let workbook = workbook(input);
    law::holds(&workbook)
}
