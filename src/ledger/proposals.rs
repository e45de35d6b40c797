//! Proposals: what was shown to the clerk, bound to everything it was made from.

use std::borrow::Cow;
use std::sync::Arc;

use rusqlite::{OptionalExtension as _, Row, params};

use crate::disk::Digest;
use crate::model::YearMonth;

use super::sendings::damaged;
use super::{Ledger, LedgerError, RunId};

/// A proposal to be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewProposal<'p> {
    /// Which step it is of: `basics`, `plan`, `actuals`.
    pub step: String,
    /// The month, for the steps that have one.
    pub month: Option<YearMonth>,
    /// The choices that were made, as the step writes and reads them.
    pub options: String,
    /// The input files.
    pub inputs: Digest,
    /// The mapping tables.
    pub tables: Digest,
    /// What the service held.
    pub held: Digest,
    /// What would be sent.
    pub items: Digest,
    /// The pieces behind the digests; left empty where it is read back.
    pub parts: Vec<Part<'p>>,
}

/// A piece of what a proposal was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<'p> {
    /// Which of its sides.
    pub side: Side,
    /// The collection of an item; empty for a file or a table.
    pub collection: Arc<str>,
    /// The name of a file or a table, the key of an item.
    pub name: Cow<'p, str>,
    /// What it says.
    pub digest: Digest,
    /// Its version and how it stands.
    pub state: Cow<'p, str>,
}

/// The sides of a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// An input file.
    Input,
    /// A mapping table.
    Table,
    /// What the service held.
    Held,
    /// What would be sent.
    Item,
    /// Both of the last: what stands there just as it would be sent.
    Same,
    /// The same for all that was sent last and that no other part of the collection names: one
    /// part without a name, with the digest of all that was sent.
    Sent,
}

impl Side {
    const ALL: [Self; 6] = [
        Self::Input,
        Self::Table,
        Self::Held,
        Self::Item,
        Self::Same,
        Self::Sent,
    ];

    /// The word in the ledger.
    pub fn word(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Table => "table",
            Self::Held => "held",
            Self::Item => "item",
            Self::Same => "same",
            Self::Sent => "sent",
        }
    }
}

/// A proposal that was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedProposal {
    /// Its number, by which a clerk names it.
    pub id: i64,
    /// The run that has made it, after which its preview is named.
    pub run: RunId,
    /// Its contents.
    pub proposal: NewProposal<'static>,
    /// Whether it can still be used.
    pub state: ProposalState,
    /// For a used one, how many of its items were not sent or nobody knows of; `None` where
    /// the run did not come to its end.
    pub unfinished: Option<usize>,
}

/// A proposal is used once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProposalState {
    /// Nothing was done with it yet.
    Open,
    /// It was registered.
    Used,
    /// Something it was made from has changed.
    Stale,
}

impl ProposalState {
    fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Used => "used",
            Self::Stale => "stale",
        }
    }
}

const COLUMNS: &str = "id, step, month, options, inputs_digest, tables_digest, held_digest, \
                       items_digest, state, run, unfinished";

impl Ledger {
    /// The number that the next proposal will have.
    pub fn next_proposal(&self) -> Result<i64, LedgerError> {
        self.connection
            .query_row(
                "SELECT COALESCE(MAX(id), 0) + 1 FROM proposals",
                [],
                |row| row.get(0),
            )
            .map_err(self.failed())
    }

    /// Saves a proposal; gives its number.
    pub fn save_proposal(
        &self,
        run: RunId,
        proposal: &NewProposal<'_>,
    ) -> Result<i64, LedgerError> {
        let transaction = self
            .connection
            .unchecked_transaction()
            .map_err(self.failed())?;
        transaction
            .execute(
                "INSERT INTO proposals (run, step, month, options, inputs_digest, \
                 tables_digest, held_digest, items_digest, state) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'open')",
                params![
                    run.0,
                    proposal.step,
                    proposal.month.map(|month| month.to_string()),
                    proposal.options,
                    proposal.inputs.as_str(),
                    proposal.tables.as_str(),
                    proposal.held.as_str(),
                    proposal.items.as_str(),
                ],
            )
            .map_err(self.failed())?;
        let id = transaction.last_insert_rowid();
        for side in Side::ALL {
            let parts = proposal.parts.iter().filter(|part| part.side == side);
            transaction
                .prepare_cached(
                    "INSERT INTO proposal_sides (proposal, side, parts) VALUES (?1, ?2, ?3)",
                )
                .and_then(|mut insert| insert.execute(params![id, side.word(), written(parts)]))
                .map_err(self.failed())?;
        }
        transaction.commit().map_err(self.failed())?;
        Ok(id)
    }

    /// What a proposal was made from; nothing where an older program has made it.
    pub fn parts(&self, id: i64) -> Result<Vec<Part<'static>>, LedgerError> {
        let mut parts = self.parts_of_earlier_versions(id)?;
        for side in Side::ALL {
            let text: Option<String> = self
                .connection
                .query_row(
                    "SELECT parts FROM proposal_sides WHERE proposal = ?1 AND side = ?2",
                    params![id, side.word()],
                    |row| row.get(0),
                )
                .optional()
                .map_err(self.failed())?;
            if let Some(text) = text {
                let read = read(side, &text).ok_or_else(damaged);
                parts.extend(read.map_err(self.failed())?);
            }
        }
        Ok(parts)
    }

    /// Those that stand in rows of their own.
    fn parts_of_earlier_versions(&self, id: i64) -> Result<Vec<Part<'static>>, LedgerError> {
        let mut parts = Vec::new();
        for side in Side::ALL {
            let mut query = self
                .connection
                .prepare_cached(
                    "SELECT collection, name, digest, state FROM proposal_parts \
                     WHERE proposal = ?1 AND side = ?2",
                )
                .map_err(self.failed())?;
            let rows = query
                .query_map(params![id, side.word()], |row| {
                    Ok(Part {
                        side,
                        collection: row.get::<_, String>(0)?.into(),
                        name: row.get::<_, String>(1)?.into(),
                        digest: Digest::stored(&row.get::<_, String>(2)?),
                        state: row.get::<_, String>(3)?.into(),
                    })
                })
                .map_err(self.failed())?;
            for part in rows {
                parts.push(part.map_err(self.failed())?);
            }
        }
        Ok(parts)
    }

    /// Enters how much of a used proposal was left over at the end of its run.
    pub fn finish_proposal(&self, id: i64, unfinished: usize) -> Result<(), LedgerError> {
        let unfinished = i64::try_from(unfinished).unwrap_or(i64::MAX);
        self.connection
            .execute(
                "UPDATE proposals SET unfinished = ?2 WHERE id = ?1",
                params![id, unfinished],
            )
            .map(drop)
            .map_err(self.failed())
    }

    /// The proposal with a number; without one, the newest that is still open.
    pub fn proposal(&self, id: Option<i64>) -> Result<Option<SavedProposal>, LedgerError> {
        let (condition, id) = match id {
            Some(id) => ("id = ?1", id),
            None => ("state = 'open' AND ?1 = 0 ORDER BY id DESC LIMIT 1", 0),
        };
        let query = format!("SELECT {COLUMNS} FROM proposals WHERE {condition}");
        self.connection
            .query_row(&query, [id], saved)
            .optional()
            .map_err(self.failed())
    }

    /// The newest proposal of a step and month, whatever became of it.
    pub fn last_proposal(
        &self,
        step: &str,
        month: YearMonth,
    ) -> Result<Option<SavedProposal>, LedgerError> {
        let query = format!(
            "SELECT {COLUMNS} FROM proposals WHERE step = ?1 AND month = ?2 \
             ORDER BY id DESC LIMIT 1"
        );
        self.connection
            .query_row(&query, [step, &month.to_string()], saved)
            .optional()
            .map_err(self.failed())
    }

    /// The proposals that nobody can register any more: they were used, or are stale.
    pub fn closed_proposals(&self) -> Result<Vec<SavedProposal>, LedgerError> {
        let failed = self.failed();
        let query = format!("SELECT {COLUMNS} FROM proposals WHERE state <> 'open'");
        let mut query = self.connection.prepare(&query).map_err(&failed)?;
        let rows = query.query_map([], saved).map_err(&failed)?;
        rows.collect::<Result<_, _>>().map_err(&failed)
    }

    /// Whether a proposal of the same step and month that was made later was registered already.
    pub fn is_overtaken(&self, saved: &SavedProposal) -> Result<bool, LedgerError> {
        let month = saved.proposal.month.map(|month| month.to_string());
        self.connection
            .query_row(
                "SELECT EXISTS (SELECT 1 FROM proposals WHERE step = ?1 AND month IS ?2 \
                 AND id > ?3 AND state = 'used')",
                params![saved.proposal.step, month, saved.id],
                |row| row.get(0),
            )
            .map_err(self.failed())
    }

    /// Enters what became of a proposal. The pieces that it was made from are forgotten with
    /// it: nobody asks any more what has moved.
    pub fn close_proposal(&self, id: i64, state: ProposalState) -> Result<(), LedgerError> {
        let failed = self.failed();
        let transaction = self.connection.unchecked_transaction().map_err(&failed)?;
        let closed = transaction
            .execute(
                "UPDATE proposals SET state = ?2 WHERE id = ?1",
                params![id, state.word()],
            )
            .and_then(|_| {
                transaction.execute("DELETE FROM proposal_parts WHERE proposal = ?1", [id])?;
                transaction.execute("DELETE FROM proposal_sides WHERE proposal = ?1", [id])
            });
        closed.map_err(&failed)?;
        transaction.commit().map_err(&failed)
    }
}

/// The pieces of a side in one text: collection, name, digest, state.
fn written<'p>(parts: impl Iterator<Item = &'p Part<'p>>) -> String {
    let parts: Vec<[&str; 4]> = parts
        .map(|part| {
            [
                &*part.collection,
                &*part.name,
                part.digest.as_str(),
                &*part.state,
            ]
        })
        .collect();
    serde_json::to_string(&parts).expect("texts are JSON")
}

fn read(side: Side, text: &str) -> Option<Vec<Part<'static>>> {
    let parts: Vec<[String; 4]> = serde_json::from_str(text).ok()?;
    let part = |[collection, name, digest, state]: [String; 4]| Part {
        side,
        collection: collection.into(),
        name: name.into(),
        digest: Digest::stored(&digest),
        state: state.into(),
    };
    Some(parts.into_iter().map(part).collect())
}

fn saved(row: &Row<'_>) -> rusqlite::Result<SavedProposal> {
    let digest = |at| row.get::<_, String>(at).map(|text| Digest::stored(&text));
    let month: Option<String> = row.get(2)?;
    let state: String = row.get(8)?;
    Ok(SavedProposal {
        id: row.get(0)?,
        run: RunId(row.get(9)?),
        proposal: NewProposal {
            step: row.get(1)?,
            month: month.and_then(|month| YearMonth::parse(&month)),
            options: row.get(3)?,
            inputs: digest(4)?,
            tables: digest(5)?,
            held: digest(6)?,
            items: digest(7)?,
            parts: Vec::new(),
        },
        state: match state.as_str() {
            "open" => ProposalState::Open,
            "used" => ProposalState::Used,
            _ => ProposalState::Stale,
        },
        unfinished: row
            .get::<_, Option<i64>>(10)?
            .and_then(|count| usize::try_from(count).ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_proposal_stays_and_what_it_was_made_from_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(&folder.path().join("ledger.sqlite")).unwrap();
        let run = ledger.begin_run("basics", None, "now").unwrap();
        let digest = Digest::of(b"");
        let part = Part {
            side: Side::Item,
            collection: "clients".into(),
            name: "k".into(),
            digest: digest.clone(),
            state: Cow::default(),
        };
        let proposal = NewProposal {
            step: "basics".to_owned(),
            month: None,
            options: "{}".to_owned(),
            inputs: digest.clone(),
            tables: digest.clone(),
            held: digest.clone(),
            items: digest,
            parts: vec![part],
        };
        let [first, second] = [(); 2].map(|()| ledger.save_proposal(run, &proposal).unwrap());
        ledger.close_proposal(first, ProposalState::Used).unwrap();
        assert_eq!(ledger.parts(first).unwrap(), []);
        assert_eq!(ledger.parts(second).unwrap(), proposal.parts);
        let closed = ledger.proposal(Some(first)).unwrap().unwrap();
        assert_eq!(closed.state, ProposalState::Used);
    }
}
