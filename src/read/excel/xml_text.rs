//! Text of an XML part, in whatever pieces it stands there: plain, between the marks of CDATA,
//! as references.
//!
//! Source: XML 1.0; ECMA-376 part 1, 22.9.2.19 (`ST_Xstring`).

use quick_xml::events::{BytesRef, Event};

/// Adds what an event says as text. A reference that nobody knows becomes U+FFFD: what it
/// stood for is lost, and that is found where it stands.
pub(super) fn push(event: &Event<'_>, out: &mut String) {
    match event {
        Event::Text(text) => out.push_str(&text.xml10_content()),
        Event::CData(text) => out.push_str(&text.xml10_content()),
        Event::GeneralRef(reference) => {
            out.push(referred(reference).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        _ => {}
    }
}

fn referred(reference: &BytesRef<'_>) -> Option<char> {
    if reference.is_char_ref() {
        return reference.resolve_char_ref().ok().flatten();
    }
    match &*reference.xml10_content() {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

/// Puts the characters in the place of their escapes, `_x000D_` and the like, from one byte of
/// a text on.
pub(super) fn unescape(text: &mut String, from: usize) {
    if !text[from..].contains("_x") {
        return;
    }
    let escaped = text.split_off(from);
    let mut rest = &*escaped;
    let mut units = Vec::new();
    while let Some(at) = rest.find("_x") {
        let escape = rest.get(at + 2..at + 7);
        let unit = escape.and_then(|escape| unit(escape.as_bytes()));
        let Some(unit) = unit else {
            take(&rest[..at + 2], &mut units, text);
            rest = &rest[at + 2..];
            continue;
        };
        if at > 0 {
            take(&rest[..at], &mut units, text);
        }
        units.push(unit);
        rest = &rest[at + 7..];
    }
    take(rest, &mut units, text);
}

/// The unit of UTF-16 of four digits and the mark behind them.
fn unit(escape: &[u8]) -> Option<u16> {
    let digits = escape.strip_suffix(b"_")?;
    let digits = std::str::from_utf8(digits).ok()?;
    let all = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    all.then(|| u16::from_str_radix(digits, 16).ok())?
}

/// Adds the units that came before a text, and the text.
fn take(behind: &str, units: &mut Vec<u16>, out: &mut String) {
    let characters = char::decode_utf16(units.drain(..));
    out.extend(characters.map(|read| read.unwrap_or(char::REPLACEMENT_CHARACTER)));
    out.push_str(behind);
}

#[cfg(test)]
mod tests {
    use quick_xml::Reader;

    use super::*;

    fn text(xml: &str) -> String {
        let mut reader = Reader::from_str(xml);
        let mut out = String::new();
        loop {
            match reader.read_event().unwrap() {
                Event::Eof => return out,
                event => push(&event, &mut out),
            }
        }
    }

    fn unescaped(escaped: &str) -> String {
        let mut text = format!("_x0041_{escaped}");
        unescape(&mut text, 7);
        text.split_off(7)
    }

    #[test]
    fn a_text_is_the_same_in_whatever_pieces_it_stands() {
        assert_eq!(
            text("髙<![CDATA[ & <橋>]]>&#39640;&#x6A4B;&lt;&amp;"),
            "髙 & <橋>高橋<&"
        );
        assert_eq!(text("a\r\nb"), "a\nb");
    }

    #[test]
    fn a_reference_that_nobody_knows_is_a_lost_character() {
        assert_eq!(text("a&nbsp;b&#0;"), "a\u{FFFD}b\u{FFFD}");
    }

    #[test]
    fn escapes_are_characters_and_what_only_looks_like_one_stays() {
        assert_eq!(unescaped("一_x000D_\n二"), "一\r\n二");
        assert_eq!(unescaped("_x005F_x0041_"), "_x0041_");
        assert_eq!(unescaped("_xD842__xDFB7_野"), "𠮷野");
        assert_eq!(unescaped("_xD842_"), "\u{FFFD}");
        assert_eq!(unescaped("a_x12_x0041_"), "a_x12A");
        assert_eq!(unescaped("_x+041_あ_x"), "_x+041_あ_x");
    }
}
