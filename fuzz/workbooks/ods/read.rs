//! A workbook, read by the letter.

use super::super::seen::{Book, Cell, Form, Part, Region, Sheet};
use super::super::xml::{self, Element, Node};
use super::{CALC, OFFICE, TABLE, TEXT};

/// So often may a row that holds something be repeated, and a cell. More is no table of people.
const ROWS: u32 = 10_000;
const COLUMNS: u32 = 8_192;

/// What the parts hold.
pub(crate) fn read(parts: &[Part]) -> Book {
    let content = parts.iter().find(|(name, _)| name == "content.xml");
    content
        .and_then(|(_, bytes)| workbook(bytes))
        .map_or(Book::Unreadable, Book::Sheets)
}

fn workbook(bytes: &[u8]) -> Option<Vec<Sheet>> {
    let root = xml::parse(bytes)?;
    let of_office = |of: &Element, name: &str| of.space == OFFICE && of.name == name;
    if !of_office(&root, "document-content") {
        return None;
    }
    let mut sheets = Vec::new();
    for spreadsheet in root
        .named("body")
        .flat_map(|body| body.named("spreadsheet"))
    {
        let mut of_1904 = false;
        for of in spreadsheet.elements().filter(|of| of.space == TABLE) {
            match of.name.as_str() {
                "calculation-settings" => {
                    let mut dates = of.named("null-date");
                    of_1904 = dates
                        .any(|date| date.attribute_of(TABLE, "date-value") == Some("1904-01-01"));
                }
                // A copy of another file's sheet has a source.
                "table" if of.named("table-source").next().is_none() => {
                    let name = of.attribute_of(TABLE, "name").unwrap_or_default();
                    let mut sheet = Sheet::called(name.to_owned(), of_1904);
                    sheet.form = Form::of(lines(of, &mut 1, &mut sheet));
                    sheets.push(sheet);
                }
                _ => {}
            }
        }
    }
    Some(sheets)
}

/// The rows of a table or of a group of rows.
fn lines(of: &Element, next: &mut u32, sheet: &mut Sheet) -> Option<()> {
    for part in of.elements().filter(|part| part.space == TABLE) {
        match part.name.as_str() {
            "table-header-rows" | "table-rows" | "table-row-group" => lines(part, next, sheet)?,
            "table-row" => {
                let repeated = count(part, "number-rows-repeated")?;
                let (cells, regions) = line(part)?;
                if !cells.is_empty() {
                    if repeated > ROWS {
                        return None;
                    }
                    for row in *next..*next + repeated {
                        for (column, cell) in &cells {
                            sheet.put(row, *column, cell.clone());
                        }
                        sheet.merged.extend(regions.iter().map(|of| Region {
                            top: row,
                            bottom: row + of.bottom,
                            ..*of
                        }));
                    }
                }
                *next = next.checked_add(repeated)?;
            }
            _ => {}
        }
    }
    Some(())
}

type Line = (Vec<(u32, Cell)>, Vec<Region>);

/// Cells by their columns, and what is merged, as if the row had the number 0.
fn line(row: &Element) -> Option<Line> {
    let mut cells = Vec::new();
    let mut regions = Vec::new();
    let mut column = 0_u32;
    for of in row.elements().filter(|of| {
        of.space == TABLE && matches!(of.name.as_str(), "table-cell" | "covered-table-cell")
    }) {
        let repeated = count(of, "number-columns-repeated")?;
        let cell = meaning(of);
        let (down, across) = (
            count(of, "number-rows-spanned")?,
            count(of, "number-columns-spanned")?,
        );
        let empty = matches!(&cell, Cell::Text(text) if text.is_empty());
        if !empty {
            if repeated > COLUMNS {
                return None;
            }
            cells.extend((column..column + repeated).map(|at| (at, cell.clone())));
        }
        if (down > 1 || across > 1) && repeated == 1 {
            regions.push(Region {
                top: 0,
                left: column,
                bottom: down - 1,
                right: column.checked_add(across - 1)?,
            });
        }
        column = column.checked_add(repeated)?;
    }
    Some((cells, regions))
}

fn count(of: &Element, name: &str) -> Option<u32> {
    let text = of.attribute_of(TABLE, name);
    text.map_or(Some(1), |text| {
        text.parse().ok().map(|count: u32| count.max(1))
    })
}

/// How an error shows where nothing else tells of it.
const ERRORS: [&str; 7] = [
    "#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!",
];

fn meaning(of: &Element) -> Cell {
    let said = |name: &str| of.attribute_of(OFFICE, name);
    let content = content(of);
    let is_formula = of.attribute_of(TABLE, "formula").is_some();
    let is_error = of.attribute_of(CALC, "value-type") == Some("error");
    let shown = content.trim();
    let shows_error = shown.starts_with("Err:") || ERRORS.contains(&shown);
    if is_error || (is_formula && shows_error) {
        return Cell::Unreadable;
    }
    match (said("value-type"), is_formula) {
        (None, true) => Cell::Unreadable,
        (Some("float" | "percentage" | "currency"), _) => match said("value") {
            Some(text) => number(text.trim_matches([' ', '\t', '\n'])),
            None => Cell::Text(content),
        },
        (Some("date"), _) => said("date-value").map_or(Cell::Text(content), Cell::moment),
        (Some("time"), _) => said("time-value").map_or(Cell::Text(content), time),
        (Some("boolean"), _) => match said("boolean-value") {
            Some("true") => Cell::Text("TRUE".to_owned()),
            Some("false") => Cell::Text("FALSE".to_owned()),
            Some(_) => Cell::Unreadable,
            None => Cell::Text(content),
        },
        (Some("string"), _) => Cell::Text(said("string-value").map_or(content, str::to_owned)),
        _ => Cell::Text(content),
    }
}

fn number(text: &str) -> Cell {
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    let number: Option<f64> = plain.then(|| text.parse().ok()).flatten();
    number
        .filter(|number| number.is_finite())
        .map_or(Cell::Unreadable, Cell::Number)
}

/// A duration as a time, to the second; what is none stays as it is written.
fn time(text: &str) -> Cell {
    const UNITS: [(char, f64); 4] = [('D', 86_400.0), ('H', 3600.0), ('M', 60.0), ('S', 1.0)];
    let seconds = || {
        let (days, hours) = text
            .strip_prefix('P')?
            .split_once('T')
            .unwrap_or((&text[1..], ""));
        let mut sum = 0.0;
        for (part, units) in [(days, &UNITS[..1]), (hours, &UNITS[1..])] {
            let mut rest = part;
            while let Some(end) = rest.find(|sign: char| sign.is_ascii_alphabetic()) {
                let unit = units
                    .iter()
                    .find(|(letter, _)| rest[end..].starts_with(*letter))?;
                sum += rest[..end].parse::<f64>().ok()? * unit.1;
                rest = &rest[end + 1..];
            }
            rest.is_empty().then_some(())?;
        }
        (0.0..1e7).contains(&sum).then_some(sum)
    };
    Cell::Text(seconds().map_or(text.to_owned(), |seconds| {
        let whole = (seconds + 0.5).floor();
        let (hours, minutes, rest) = (whole / 3600.0, whole / 60.0 % 60.0, whole % 60.0);
        let (hours, minutes) = (hours.floor(), minutes.floor());
        if rest == 0.0 {
            format!("{hours}:{minutes:02}")
        } else {
            format!("{hours}:{minutes:02}:{rest:02}")
        }
    }))
}

/// The paragraphs of a cell, one below the other.
fn content(of: &Element) -> String {
    let paragraphs = of
        .elements()
        .filter(|of| of.space == TEXT && of.name == "p");
    let paragraphs: Vec<String> = paragraphs
        .map(|of| {
            let mut text = String::new();
            // White space is one space, and none where the paragraph begins.
            let mut apart = true;
            words(of, &mut text, &mut apart);
            if apart && text.ends_with(' ') && !text.ends_with("\u{1} ") {
                text.pop();
            }
            text.replace('\u{1}', "")
        })
        .collect();
    paragraphs.join("\n")
}

fn words(of: &Element, text: &mut String, apart: &mut bool) {
    for node in &of.children {
        let element = match node {
            Node::Text(words) => {
                for sign in words.chars() {
                    let white = matches!(sign, ' ' | '\t' | '\n' | '\r');
                    if !(white && *apart) {
                        text.push(if white { ' ' } else { sign });
                    }
                    *apart = white;
                }
                continue;
            }
            Node::Element(element) if element.space == TEXT => element,
            Node::Element(_) => continue,
        };
        match element.name.as_str() {
            "s" => {
                let count = element
                    .attribute_of(TEXT, "c")
                    .and_then(|count| count.parse().ok());
                // The mark keeps spaces that are meant.
                text.push('\u{1}');
                text.extend(std::iter::repeat_n(
                    ' ',
                    count.unwrap_or(1_usize).min(1_000),
                ));
                text.push('\u{1}');
                *apart = false;
            }
            "tab" => {
                text.push('\t');
                *apart = false;
            }
            "line-break" => {
                text.push('\n');
                *apart = false;
            }
            "ruby-text" | "note" => {}
            _ => words(element, text, apart),
        }
    }
}
