//! A table as it is written: its name, its text, and errors that point into it.

use std::ops::Range;

use serde::de::DeserializeOwned;

use super::error::TableError;
use super::fold::nearest;

/// The text of one table.
#[derive(Debug)]
pub struct Source {
    name: String,
    text: String,
}

/// A data row of a CSV table.
#[derive(Debug)]
pub struct CsvRow {
    /// Counted from 1, as an editor counts.
    pub line: usize,
    /// The cells of the asked-for columns, in the asked-for order.
    pub cells: Vec<String>,
}

impl Source {
    /// Takes a table's bytes; they are UTF-8, with or without a BOM.
    pub fn new(name: &str, bytes: &[u8]) -> Result<Self, TableError> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Self {
                name: name.to_owned(),
                text: text.to_owned(),
            }),
            Err(_) => Err(TableError::without_place(
                name,
                "文字コードが UTF-8 ではありません(Excel では「CSV UTF-8」で保存してください)",
            )),
        }
    }

    /// The path below `mappings/`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text, without a BOM.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Reads the text as TOML of a given shape.
    pub fn toml<T: DeserializeOwned>(&self) -> Result<T, TableError> {
        toml::from_str(&self.text)
            .map_err(|error| self.error(error.span().unwrap_or(0..0), &in_japanese(&error)))
    }

    /// Reads the text as CSV with a header; the named columns must all be there. Cells come
    /// without outer space.
    pub fn csv_rows(&self, columns: &[&str]) -> Result<Vec<CsvRow>, TableError> {
        let mut rows = Vec::new();
        self.csv_each(columns, &[], |line, cells| {
            let cells = cells.iter().map(|cell| cell.trim().to_owned());
            rows.push(CsvRow {
                line,
                cells: cells.collect(),
            });
            Ok(())
        })?;
        Ok(rows)
    }

    /// The same with the outer space of the cells, for a list in which a space says something.
    pub fn csv_rows_as_written(&self, columns: &[&str]) -> Result<Vec<CsvRow>, TableError> {
        let mut rows = Vec::new();
        self.csv_each(columns, &[], |line, cells| {
            let cells = cells.iter().map(|cell| (*cell).to_owned()).collect();
            rows.push(CsvRow { line, cells });
            Ok(())
        })?;
        Ok(rows)
    }

    /// Takes row by row with its line: the cells of the columns, as they are written, and behind
    /// them those of columns that a list may do without.
    pub fn csv_each(
        &self,
        columns: &[&str],
        optional: &[&str],
        mut take: impl FnMut(usize, &[&str]) -> Result<(), TableError>,
    ) -> Result<(), TableError> {
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .from_reader(self.text.as_bytes());
        let headers = reader
            .headers()
            .map_err(|error| self.csv_error(&error))?
            .clone();
        let place = |column: &str| headers.iter().position(|header| header.trim() == column);
        let mut places = Vec::with_capacity(columns.len() + optional.len());
        for column in columns {
            let at = place(column).ok_or_else(|| self.without_header(column, headers.iter()))?;
            places.push(Some(at));
        }
        places.extend(optional.iter().map(|column| place(column)));
        let mut lines = LineCount::default();
        let mut record = csv::StringRecord::new();
        while reader
            .read_record(&mut record)
            .map_err(|error| self.csv_error(&error))?
        {
            let at = record
                .position()
                .map_or(0, |at| usize::try_from(at.byte()).unwrap_or(0));
            let cell = |place: &Option<usize>| place.and_then(|place| record.get(place));
            let cells: Vec<&str> = places.iter().map(|of| cell(of).unwrap_or("")).collect();
            take(lines.of_record(&self.text, at), &cells)?;
        }
        Ok(())
    }

    fn without_header<'h>(
        &self,
        column: &str,
        headers: impl Iterator<Item = &'h str>,
    ) -> TableError {
        let error = self.error_at_line(1, &format!("見出し「{column}」がありません"));
        match nearest(column, headers) {
            Some(header) => error.help(format!("見出し「{header}」は「{column}」ではありませんか")),
            None => error,
        }
    }

    /// An error about a stretch of the text.
    pub fn error(&self, span: Range<usize>, message: &str) -> TableError {
        TableError::at(&self.name, &self.text, span, message)
    }

    /// An error about a whole line, counted from 1.
    pub fn error_at_line(&self, line: usize, message: &str) -> TableError {
        let start: usize = self
            .text
            .split_inclusive('\n')
            .take(line.saturating_sub(1))
            .map(str::len)
            .sum();
        let length = self.text[start..].lines().next().map_or(0, str::len);
        self.error(start..start + length, message)
    }

    fn csv_error(&self, error: &csv::Error) -> TableError {
        let at = error
            .position()
            .map_or(0, |at| usize::try_from(at.byte()).unwrap_or(0));
        let line = LineCount::default().of_record(&self.text, at);
        self.error_at_line(line, "CSV として読めません")
    }
}

/// Counts the lines of a text from its beginning to one record after the other.
#[derive(Default)]
struct LineCount {
    /// So far it was counted, in bytes.
    to: usize,
    line_feeds: usize,
}

impl LineCount {
    /// The line of the record at a byte, none before the last one. `csv` points at the line feed of
    /// the line before where lines end in CR LF, so the count goes behind any line end found there.
    fn of_record(&mut self, text: &str, byte: usize) -> usize {
        let bytes = text.as_bytes();
        let byte = byte.min(bytes.len());
        let is_end = |byte: &&u8| matches!(byte, b'\r' | b'\n');
        let begin = byte + bytes[byte..].iter().take_while(is_end).count();
        self.line_feeds += memchr::memchr_iter(b'\n', &bytes[self.to..begin]).count();
        self.to = begin;
        self.line_feeds + 1
    }
}

/// What kind of value was wanted, where it is one of another kind.
fn wanted(message: &str) -> Option<&'static str> {
    if !message.starts_with("invalid type") && !message.starts_with("invalid value") {
        return None;
    }
    let (_, expected) = message.split_once("expected ")?;
    Some(
        match expected.trim_matches(|sign: char| !sign.is_ascii_alphanumeric()) {
            "a boolean" => "true(はい)か false(いいえ)",
            "a sequence" => "[ ] で囲んだ並び",
            "a string" => "\" で囲んだ文字",
            whole if whole.starts_with(['u', 'i']) || whole.contains("integer") => "0 以上の数",
            "a map" => "項目と値の組",
            text if text.contains("string") => "\" で囲んだ文字",
            _ => return None,
        },
    )
}

/// What is wrong with a TOML text, for somebody who edits tables and not programs.
pub fn in_japanese(error: &toml::de::Error) -> String {
    let message = error.message();
    let mut names = message.split('`').skip(1).step_by(2);
    if message.starts_with("unknown field") {
        let given = names.next().unwrap_or_default();
        format!(
            "「{given}」という項目はありません。使えるのは {}",
            names.collect::<Vec<_>>().join("、")
        )
    } else if message.starts_with("missing field") {
        format!("「{}」がありません", names.next().unwrap_or_default())
    } else if message.starts_with("unknown variant") {
        let given = names.next().unwrap_or_default();
        format!(
            "「{given}」は使えません。使えるのは {}",
            names.collect::<Vec<_>>().join("、")
        )
    } else if let Some(wanted) = wanted(message) {
        format!("値の種類が違います。{wanted}を書きます")
    } else {
        // The library's words for it are English and say how a grammar sees it.
        "書き方が正しくありません。文字の値は \" で囲み、数はそのまま書きます".to_owned()
    }
}
