//! CSV files: records cut by [`scan`](super::scan), fields decoded one by one.

use std::path::Path;
use std::sync::Arc;

use crate::disk;
use crate::model::FileName;
use crate::table::Layout;

use super::encoding::{self, Encoding, UTF8_BOM};
use super::header::Recogniser;
use super::row::{Fault, Row};
use super::scan::{Field, Quoting, Record, Scanner, unquote};
use super::{Intake, ReadError};

/// Reads a text file.
pub fn read(
    path: &Path,
    name: &FileName,
    encoding: Encoding,
    layouts: &[Arc<Layout>],
    intake: &mut dyn Intake,
) -> Result<(), ReadError> {
    let broken = |source| ReadError::Broken {
        path: path.to_owned(),
        source,
    };
    let mut scanner = Scanner::new(disk::open(path)?);
    if encoding == Encoding::Utf8 {
        scanner.skip(UTF8_BOM).map_err(broken)?;
    }
    let mut recogniser = Recogniser::new(name.clone(), None, layouts);
    let mut fields = Vec::new();
    let mut row = Row::default();
    while let Some(record) = scanner.next(&mut fields).map_err(broken)? {
        fill(&mut row, &record, &fields, encoding);
        recogniser.take(&row, intake);
    }
    recogniser.finish(intake);
    Ok(())
}

fn fill(row: &mut Row, record: &Record<'_>, fields: &[Field], encoding: Encoding) {
    row.begin(record.line);
    for field in fields {
        let bytes = &record.bytes[field.start..field.end];
        let offset = record.offset + field.start as u64;
        row.push_with(|text| {
            let fault = match field.quoting {
                Quoting::None if bytes.is_ascii() => {
                    text.push_str(std::str::from_utf8(bytes).unwrap_or_default());
                    None
                }
                Quoting::None => encoding::decode(bytes, encoding, offset, text),
                Quoting::Inner => {
                    let mut quoted = String::new();
                    let fault = encoding::decode(bytes, encoding, offset, &mut quoted);
                    text.push_str(&unquote(&quoted));
                    fault
                }
            };
            let opens = record.unclosed && bytes.first() == Some(&b'"');
            if opens {
                Some(Fault::UnclosedQuote)
            } else {
                fault
            }
        });
    }
}
