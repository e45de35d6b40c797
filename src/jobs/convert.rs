//! What would be sent, as JSON Lines: no ledger, no network, no office folder needed.

use std::io::Write;
use std::path::PathBuf;

use crate::check::{CheckedMonth, Wanted};
use crate::error::Error;
use crate::finding::{Book, Fate, Finding, RowId, Tally};
use crate::model::AddOns;
use crate::payload::{self, Item};
use crate::table::{Payload, Tables};

use super::check::{Basics, Known};
use super::inbox;

/// What a conversion has brought.
#[derive(Debug)]
pub struct Converted {
    /// How many items were written.
    pub items: usize,
    /// The sums, file by file.
    pub tallies: Vec<Tally>,
    /// What is to be said.
    pub findings: Vec<Finding>,
}

/// Writes the items of files, one a line: offices, then clients, then months.
///
/// Months are many, so they are written as soon as they are made, and never all in memory.
pub fn convert(
    paths: &[PathBuf],
    add_ons: AddOns,
    tables: &Tables,
    out: &mut dyn Write,
) -> Result<Converted, Error> {
    let inputs = inbox::read_once(paths, Wanted::Everything, tables)?;
    let mut passed = Basics::check(inputs, &Known::default())?;
    let mut items = 0;
    let mut write = |written: Written, book: &mut Book| -> Result<(), Error> {
        items += written.items;
        out.write_all(&written.lines).map_err(Error::Output)?;
        for row in written.rows {
            book.decide(row, Fate::Sent)?;
        }
        Ok(())
    };
    let offices = payload::care_offices(std::mem::take(&mut passed.offices), &tables.care_office);
    let clients = payload::clients(std::mem::take(&mut passed.clients), &tables.client);
    let clients = clients.into_iter().map(|(item, _)| item);
    for item in offices.into_iter().chain(clients) {
        write(Written::item(item), &mut passed.gathered.book)?;
    }
    let make = |months: Vec<_>| Written::months(&months, &tables.plan);
    passed.months(add_ons, tables, make, write)?;
    out.flush().map_err(Error::Output)?;
    Ok(Converted {
        items,
        tallies: passed.gathered.book.close()?,
        findings: passed.gathered.findings,
    })
}

/// Lines of JSON, with the rows that they are made of.
#[derive(Default)]
struct Written {
    items: usize,
    lines: Vec<u8>,
    rows: Vec<RowId>,
}

impl Written {
    fn item(item: Item) -> Self {
        let rows = item.rows().collect();
        let mut lines = item.body;
        lines.push(b'\n');
        Self {
            items: 1,
            lines,
            rows,
        }
    }

    fn months(months: &[CheckedMonth], payload: &Payload) -> Self {
        /// About what a visit takes, and what stands around them.
        const VISIT: usize = 80;
        const MONTH: usize = 256;
        let visits: usize = months.iter().map(|of| of.plan.visits.len()).sum();
        let mut written = Self::default();
        written.lines.reserve(visits * VISIT + months.len() * MONTH);
        payload.write_lines(months, &mut written.lines);
        let lines = months.iter().flat_map(|month| &month.lines);
        written.rows.extend(lines.map(|(_, origin)| origin.id));
        written.items = months.len();
        written
    }
}
