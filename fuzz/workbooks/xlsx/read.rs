//! A workbook, read by the letter.

use std::collections::BTreeMap;

use super::super::seen::{Book, Cell, Form, Part, Region, Sheet};
use super::super::xml::{self, Element};

/// What the parts hold.
pub(crate) fn read(parts: &[Part]) -> Book {
    workbook(parts).map_or(Book::Unreadable, Book::Sheets)
}

fn workbook(parts: &[Part]) -> Option<Vec<Sheet>> {
    let mut named = BTreeMap::new();
    for (name, bytes) in parts {
        if named
            .insert(name.to_lowercase(), bytes.as_slice())
            .is_some()
        {
            return None;
        }
    }
    let begin = references(&named, "_rels/.rels")?;
    let begin = begin
        .values()
        .find(|(kind, _)| kind.ends_with("/officeDocument"))?;
    let path = found(&named, "", &begin.1)?;
    let (folder, name) = path
        .rsplit_once('/')
        .map_or((String::new(), path.as_str()), |(folder, name)| {
            (format!("{folder}/"), name)
        });
    let references = references(&named, &format!("{folder}_rels/{name}.rels"))?;
    let root = main(named.get(&path)?, "workbook")?;
    let texts = references
        .values()
        .find(|(kind, _)| kind.ends_with("/sharedStrings"));
    let texts = texts.and_then(|(_, target)| found(&named, &folder, target));
    let texts = match texts {
        Some(path) => shared(named.get(&path)?)?,
        None => Vec::new(),
    };
    let of_1904 = root
        .named("workbookPr")
        .any(|of| matches!(of.attribute("date1904"), Some("1" | "true")));
    let mut sheets: Vec<Sheet> = Vec::new();
    for listed in root.named("sheets").flat_map(|list| list.named("sheet")) {
        let id = listed.attribute_elsewhere("id");
        let name = listed.attribute("name").unwrap_or_default().to_owned();
        if sheets.iter().any(|other| other.name == name) {
            return None;
        }
        let Some((_, target)) = id
            .and_then(|id| references.get(id))
            .filter(|(kind, _)| kind.ends_with("/worksheet"))
        else {
            continue;
        };
        let part = found(&named, &folder, target).and_then(|path| named.get(&path));
        let mut sheet = Sheet::called(name, of_1904);
        match part.and_then(|part| main(part, "worksheet")) {
            Some(root) => sheet.form = Form::of(rows(&root, &texts, &mut sheet)),
            None => sheet.form = Form::NoXml,
        }
        sheets.push(sheet);
    }
    Some(sheets)
}

/// The root of a part, where it has a name. Whatever the address of its namespace is, what is
/// within and has the same one belongs to it.
fn main(bytes: &[u8], name: &str) -> Option<Element> {
    xml::parse(bytes).filter(|root| root.name == name)
}

/// What a part refers to, by id: the kind and the target.
fn references(
    named: &BTreeMap<String, &[u8]>,
    path: &str,
) -> Option<BTreeMap<String, (String, String)>> {
    let root = xml::parse(named.get(&path.to_lowercase())?)?;
    let said = |of: &Element, name: &str| of.attribute(name).unwrap_or_default().to_owned();
    let mut references = BTreeMap::new();
    for of in root.named("Relationship") {
        let before = references.insert(said(of, "Id"), (said(of, "Type"), said(of, "Target")));
        if before.is_some() {
            return None;
        }
    }
    Some(references)
}

/// Where a target leads: seen from the folder, or else from the top.
fn found(named: &BTreeMap<String, &[u8]>, folder: &str, target: &str) -> Option<String> {
    let target = target.replace('\\', "/");
    let from_folder = match target.strip_prefix('/') {
        Some(absolute) => absolute.to_owned(),
        None => format!("{folder}{target}"),
    };
    let straight = |path: &str| {
        let mut steps: Vec<&str> = Vec::new();
        for step in path.split('/') {
            match step {
                "" | "." => {}
                ".." => drop(steps.pop()),
                _ => steps.push(step),
            }
        }
        steps.join("/").to_lowercase()
    };
    [straight(&from_folder), straight(&target)]
        .into_iter()
        .find(|path| named.contains_key(path))
}

fn shared(bytes: &[u8]) -> Option<Vec<String>> {
    let root = main(bytes, "sst")?;
    Some(root.named("si").map(words).collect())
}

/// The text of `si` or `is`, without how it is read aloud.
fn words(of: &Element) -> String {
    let mut text = String::new();
    for part in of.elements().filter(|part| part.space == of.space) {
        match part.name.as_str() {
            "t" => text.push_str(&part.text()),
            "r" => part.named("t").for_each(|t| text.push_str(&t.text())),
            _ => {}
        }
    }
    unescaped(&text)
}

/// `_x000D_` is one character (22.9.2.19).
fn unescaped(text: &str) -> String {
    let signs: Vec<char> = text.chars().collect();
    let mut units = Vec::new();
    let mut at = 0;
    while at < signs.len() {
        let escape = signs
            .get(at..at + 7)
            .filter(|of| of[0] == '_' && of[1] == 'x' && of[6] == '_');
        let digits: Option<String> = escape.map(|of| of[2..6].iter().collect());
        let digits = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        if let Some(unit) = digits.and_then(|digits| u16::from_str_radix(&digits, 16).ok()) {
            units.push(unit);
            at += 7;
        } else {
            units.extend(signs[at].encode_utf16(&mut [0; 2]).iter());
            at += 1;
        }
    }
    String::from_utf16_lossy(&units)
}

fn rows(root: &Element, texts: &[String], sheet: &mut Sheet) -> Option<()> {
    let mut next_row = 1_u32;
    for row in root.named("sheetData").flat_map(|data| data.named("row")) {
        let number = row
            .attribute("r")
            .map_or(Some(next_row), |r| r.trim().parse().ok())?;
        next_row = number.checked_add(1)?;
        let mut next_column = 0_u32;
        for cell in row.named("c") {
            let (at, column) = cell
                .attribute("r")
                .map_or(Some((number, next_column)), |r| place(r.trim()))?;
            if at != number {
                return None;
            }
            next_column = column + 1;
            sheet.put(number, column, meaning(cell, texts));
        }
    }
    for region in root
        .named("mergeCells")
        .flat_map(|of| of.named("mergeCell"))
    {
        let text = region.attribute("ref")?;
        let (from, to) = text.split_once(':').unwrap_or((text, text));
        let ((top, left), (bottom, right)) = (place(from)?, place(to)?);
        sheet.merged.push(Region {
            top: top.min(bottom),
            left: left.min(right),
            bottom: top.max(bottom),
            right: left.max(right),
        });
    }
    Some(())
}

/// The row, from 1, and the column, from 0.
fn place(text: &str) -> Option<(u32, u32)> {
    let text = text.replace('$', "");
    let digits = text.find(|sign: char| sign.is_ascii_digit())?;
    let (letters, number) = text.split_at(digits);
    let column = letters.chars().try_fold(0_u32, |sum, letter| {
        let letter = letter.to_ascii_uppercase();
        let worth = letter
            .is_ascii_uppercase()
            .then(|| u32::from(letter) - u32::from('A') + 1)?;
        sum.checked_mul(26)?.checked_add(worth)
    })?;
    let row: u32 = number
        .bytes()
        .all(|digit| digit.is_ascii_digit())
        .then(|| number.parse().ok())??;
    (row > 0).then_some(())?;
    Some((row, column.checked_sub(1)?))
}

fn meaning(cell: &Element, texts: &[String]) -> Cell {
    let values: Vec<&Element> = cell.named("v").collect();
    if values.len() > 1 || values.iter().any(|value| value.elements().next().is_some()) {
        return Cell::Unreadable;
    }
    let value = values.first().map(|value| value.text());
    let inline: String = cell.named("is").map(words).collect();
    let has_formula = cell.named("f").next().is_some();
    let kind = cell.attribute("t").unwrap_or("n");
    if kind == "e" || (has_formula && value.is_none() && inline.is_empty()) {
        return Cell::Unreadable;
    }
    if kind != "inlineStr" && !inline.is_empty() {
        return Cell::Unreadable;
    }
    let raw = value.unwrap_or_default();
    let value = raw.trim_matches([' ', '\t', '\n', '\r']);
    match kind {
        "inlineStr" if raw.is_empty() || unescaped(&raw) == inline => Cell::Text(inline),
        "inlineStr" => Cell::Unreadable,
        "str" => Cell::Text(unescaped(&raw)),
        _ if value.is_empty() && has_formula => Cell::Unreadable,
        _ if value.is_empty() => Cell::Text(String::new()),
        "n" => number(value),
        "b" => match value {
            "1" | "true" => Cell::Text("TRUE".to_owned()),
            "0" | "false" => Cell::Text("FALSE".to_owned()),
            _ => Cell::Unreadable,
        },
        "s" => {
            let index: Option<usize> = value.parse().ok();
            let text = index.and_then(|index| texts.get(index));
            text.map_or(Cell::Unreadable, |text| Cell::Text(text.clone()))
        }
        "d" => Cell::moment(value),
        _ => Cell::Unreadable,
    }
}

/// A number as `xsd:double` writes it.
fn number(text: &str) -> Cell {
    let unsigned = text.trim_start_matches(['+', '-']);
    let begins = unsigned.starts_with(|sign: char| sign.is_ascii_digit() || sign == '.');
    let number: Option<f64> = begins.then(|| text.parse().ok()).flatten();
    number
        .filter(|number| number.is_finite())
        .map_or(Cell::Unreadable, Cell::Number)
}
