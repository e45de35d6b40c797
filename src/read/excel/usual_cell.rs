//! A cell of an `.xlsx` as nearly every program writes it.
//!
//! A sheet has millions of cells and of few forms: `<c r="B7" s="3" t="s"><v>12</v></c>`,
//! `<c r="B7" t="inlineStr"><is><t>12</t></is></c>`, or `<c r="C7" s="3"/>` where only its look
//! is said. Such a cell is taken apart here from its bytes. Whatever is otherwise (another attribute, a formula, a reference, a space too many)
//! is no answer, and the reader that knows every form of XML reads it; a law holds that both
//! say the same.

use memchr::{memchr2, memchr3};

/// The parts of a cell.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct UsualCell<'x> {
    /// `B7`
    pub(super) reference: &'x str,
    /// `3`
    pub(super) style: Option<&'x str>,
    /// `s`
    pub(super) kind: Option<&'x str>,
    /// What stands within `v`, where there is one.
    pub(super) value: Option<&'x str>,
    /// The text of its own, which stands within `is` and `t`.
    pub(super) inline: Option<&'x str>,
}

/// The cell that XML begins with, and what is behind it; `None` is no answer.
pub(super) fn first(xml: &[u8]) -> Option<(UsualCell<'_>, &[u8])> {
    let mut rest = xml.strip_prefix(b"<c r=\"")?;
    let mut cell = UsualCell {
        reference: quoted(&mut rest)?,
        ..UsualCell::default()
    };
    if let Some(style) = rest.strip_prefix(b" s=\"") {
        rest = style;
        cell.style = Some(quoted(&mut rest)?);
    }
    if let Some(kind) = rest.strip_prefix(b" t=\"") {
        rest = kind;
        cell.kind = Some(quoted(&mut rest)?);
    }
    if let Some(behind) = rest.strip_prefix(b"/>") {
        return Some((cell, behind));
    }
    if let Some(value) = rest.strip_prefix(b"><v>") {
        rest = value;
        cell.value = Some(text(&mut rest)?);
        return Some((cell, rest.strip_prefix(b"</v></c>")?));
    }
    rest = rest.strip_prefix(b"><is><t")?;
    rest = rest
        .strip_prefix(b" xml:space=\"preserve\"")
        .unwrap_or(rest);
    rest = rest.strip_prefix(b">")?;
    cell.inline = Some(text(&mut rest)?);
    Some((cell, rest.strip_prefix(b"</t></is></c>")?))
}

/// Text up to the next tag. Line ends have several forms, and the one that is meant is not
/// always the one written.
fn text<'x>(rest: &mut &'x [u8]) -> Option<&'x str> {
    let end = memchr3(b'<', b'&', b'\r', rest)?;
    let (text, behind) = rest.split_at(end);
    *rest = behind;
    str::from_utf8(text).ok()
}

/// What stands up to the next mark of a quotation, without anything that could mean another.
fn quoted<'x>(rest: &mut &'x [u8]) -> Option<&'x str> {
    let end = memchr2(b'"', b'<', rest)?;
    let (text, behind) = rest.split_at(end);
    *rest = behind.strip_prefix(b"\"")?;
    str::from_utf8(text).ok()
}
