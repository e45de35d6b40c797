//! 由来: from a cell to what is sent of it, and from what was sent back to its cell.
//!
//! In: a place, as somebody types it. Out: one answer for whoever has asked. Everything is read
//! and checked as a run would do it, and nothing is written, sent, logged or locked: an answer
//! is full of what stands in rows.

mod asked;
mod files;
mod rows;
mod items;
mod registered;
pub mod cell;
pub mod item;

use serde::Serialize;
use serde_json::Value as Json;

use crate::error::Error;
use crate::finding::{Book, Finding};
use crate::model::{AddOns, YearMonth};
use crate::table::Tables;

use super::check::{Known, pass};
use super::inbox::Inputs;
use super::office::Office;
use super::{basics, plan};

use asked::Asked;
pub use cell::{CellAnswer, Fate, SentItem};
pub use files::{Stand, read_run};
pub use item::{ItemAnswer, Link};
use items::Records;
pub use registered::{Registered, State};

/// What there is to say.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// Of a cell.
    Cell(Box<CellAnswer>),
    /// Of an item, or of a part of it.
    Item(Box<ItemAnswer>),
    /// Nothing is known of what was asked about.
    Unknown(Unknown),
}

/// What was asked about is not there. No error: its near ones are keys of people.
#[derive(Debug, Serialize)]
pub struct Unknown {
    /// What is missing and what to do, without any content of a row.
    pub error: String,
    /// What is nearly the same.
    pub near: Option<String>,
    /// What was sent there, where no file is left to say more.
    pub sent: Option<Json>,
}

/// What is to be said of a cell or its row.
#[derive(Debug, Serialize)]
pub struct Said {
    /// The code of the catalogue.
    pub code: &'static str,
    /// The word for how much it weighs.
    pub severity: &'static str,
    /// The catalogue's few words.
    pub title: &'static str,
    /// What is wrong.
    pub cause: String,
    /// What to do.
    pub cure: &'static str,
    /// The letters of its column; none where it concerns the row, or the file.
    pub column: Option<String>,
    /// The header of its column.
    pub header: Option<String>,
}

impl Said {
    fn of(finding: &Finding) -> Self {
        let column = finding.place.column.as_ref();
        Self {
            code: finding.code.number(),
            severity: finding.code.severity().label(),
            title: finding.code.title(),
            cause: finding.cause(),
            cure: finding.cure(),
            column: column.map(crate::model::place::Column::letters),
            header: column.map(|column| column.header.to_string()),
        }
    }
}

/// Answers about a place; without an office folder about a cell alone, by the tables that are
/// given. Of a key that several months have, `month` says which is meant.
pub fn explain(
    place: &str,
    month: Option<YearMonth>,
    office: Option<&Office>,
    tables: &Tables,
) -> Result<Answer, Error> {
    match (asked::read(place)?, office) {
        (Asked::Cell(_), _) if month.is_some() => Err(Error::Usage(
            "--month は、Care-wing での番号と一緒に使ってください(セルには付けません)".to_owned(),
        )),
        (Asked::Cell(cell), _) => {
            let answer = cell::explain(cell, office, tables)?;
            Ok(Answer::Cell(Box::new(answer)))
        }
        (Asked::Item(typed), Some(office)) => item::explain(typed, month, office),
        (Asked::Item(_), None) => Err(Error::Usage(
            "送ったものから元のセルをたどるには、事業所フォルダーが必要です。事業所フォルダーの中で実行するか、--office を付けてください。\n\
             セルから始めるときは `ファイル:シート:セル` の形です(例: 月間ケアプラン.csv:F12)"
                .to_owned(),
        )),
    }
}

/// What passed, what became of the rest, and what there is to say.
struct Judged {
    records: Records,
    book: Book,
    findings: Vec<Finding>,
}

/// Applies every rule, as a run of this office would today.
fn judge(inputs: Inputs, office: Option<&Office>, tables: &Tables) -> Result<Judged, Error> {
    let passed = match office {
        None => pass(inputs, &Known::default(), AddOns::With, tables)?,
        Some(office) => {
            let known = Known {
                offices: office.settings.offices.clone(),
                roster: plan::roster(office)?,
                care_offices: Some(basics::known_care_offices(office)?),
                ledger: Some(&office.ledger),
            };
            pass(inputs, &known, office.settings.add_ons, tables)?
        }
    };
    let records = Records {
        offices: passed.offices,
        clients: passed.clients,
        months: passed.months,
    };
    Ok(Judged {
        records,
        book: passed.book,
        findings: passed.findings,
    })
}
