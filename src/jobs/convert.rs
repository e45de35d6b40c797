//! What would be sent, as JSON Lines: no ledger, no network, no office folder needed.

use std::io::Write;
use std::path::PathBuf;

use crate::check::Wanted;
use crate::error::Error;
use crate::finding::{Fate, Finding, Tally};
use crate::model::AddOns;
use crate::payload::{self, Item};
use crate::table::Tables;

use super::check::{Known, pass};
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
pub fn convert(
    paths: &[PathBuf],
    add_ons: AddOns,
    tables: &Tables,
    out: &mut dyn Write,
) -> Result<Converted, Error> {
    let inputs = inbox::read(paths, Wanted::Everything, tables)?;
    let passed = pass(inputs, &Known::default(), add_ons, tables)?;
    let mut book = passed.book;
    let offices = payload::care_offices(passed.offices, &tables.care_office);
    let clients = payload::clients(passed.clients, &tables.client);
    let months = payload::months(passed.months, &tables.plan);
    let items: Vec<Item> = offices
        .into_iter()
        .chain(clients.into_iter().map(|(item, _)| item))
        .chain(months.into_iter().map(|(item, _)| item))
        .collect();
    for item in &items {
        out.write_all(&item.body)
            .and_then(|()| out.write_all(b"\n"))
            .map_err(Error::Output)?;
        for row in item.rows() {
            book.decide(row, Fate::Sent)?;
        }
    }
    out.flush().map_err(Error::Output)?;
    Ok(Converted {
        items: items.len(),
        tallies: book.close()?,
        findings: passed.findings,
    })
}
