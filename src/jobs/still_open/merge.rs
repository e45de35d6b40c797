//! Who stays open, who does no more: what was open before, beside what a run has found out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::check::Roster;
use crate::error::Error;
use crate::finding::{Book, Fate};
use crate::ledger::OpenLine;
use crate::model::{ClientId, FileName, OfficeNumber, Place, YearMonth};

use super::super::collection::Collection;
use super::super::inbox::InputFile;
use super::super::office::Office;
use super::super::plan;
use super::super::proposal::Step;
use super::lines::WAITING;
use super::seen::Seen;
use super::watch::{Watch, is_of_nobody, keys};

/// What a run has read.
#[derive(Debug)]
pub(super) struct Read<'a> {
    pub(super) office: &'a Office,
    pub(super) step: Step,
    pub(super) month: Option<YearMonth>,
    pub(super) book: &'a Book,
    pub(super) inputs: &'a [InputFile],
    pub(super) seen: &'a Seen,
    pub(super) watch: &'a Watch,
}

/// Everybody who is open after a run. Whoever was open before and was not brought through, or
/// put right, stays so.
pub(super) fn merged(
    before: Vec<OpenLine>,
    mut fresh: Vec<OpenLine>,
    read: &Read<'_>,
) -> Result<Vec<OpenLine>, Error> {
    let mut since: BTreeMap<_, i64> = BTreeMap::new();
    for line in &before {
        let first = since.entry(identity(line)).or_insert(line.run);
        *first = line.run.min(*first);
    }
    for line in &mut fresh {
        if let Some(first) = since.get(&identity(line)) {
            line.run = *first;
        }
    }
    let mut again: BTreeMap<ClientId, BTreeSet<OfficeNumber>> = BTreeMap::new();
    for line in &fresh {
        if let Some(client) = line.client {
            again.entry(client).or_default().extend(&line.offices);
        }
    }
    let stays = |line: &OpenLine| {
        let is_settled = match line.client {
            Some(client) => (again.get(&client)).is_some_and(|of| line.offices.is_subset(of)),
            // What concerns a whole file is found again as long as the file lies there.
            None => line.kind.is_empty(),
        };
        // A retrieval is about everybody in its month, every time.
        read.step != Step::Actuals
            && !is_settled
            && !read.watch.went(line)
            && !read.has_decided(line)
    };
    let mut open: Vec<OpenLine> = before.into_iter().filter(stays).collect();
    if open.iter().any(|line| read.may_be_replaced(line)) {
        let namesakes = Namesakes::of(read)?;
        let mut kept = Vec::new();
        for line in open {
            if !read.may_be_replaced(&line) || !namesakes.stand_for(&line, read)? {
                kept.push(line);
            }
        }
        open = kept;
    }
    open.extend(fresh);
    Ok(open)
}

/// The same person with the same cause, or the same row.
fn identity(line: &OpenLine) -> (Option<ClientId>, &str, &str, Option<u32>) {
    match line.client {
        Some(client) => (Some(client), &line.code, "", None),
        None => (None, &line.code, &line.digest, line.row),
    }
}

impl Read<'_> {
    /// Whether the very row was read again and is not withheld any more. It may be put aside;
    /// and a row whose person cannot be told is found again where it is withheld.
    fn has_decided(&self, line: &OpenLine) -> bool {
        let Some(input) = self
            .inputs
            .iter()
            .find(|file| !line.digest.is_empty() && file.digest.as_str() == line.digest)
        else {
            return false;
        };
        let place = Place {
            file: FileName::clone(&input.name),
            sheet: (!line.sheet.is_empty()).then(|| Arc::from(&*line.sheet)),
            row: line.row,
            column: None,
        };
        let row = self.book.row_at(&place);
        match row.and_then(|row| self.book.fate(row)) {
            Some(Fate::Withheld) => line.client.is_none(),
            Some(Fate::Sent | Fate::Unchanged | Fate::Excluded) => true,
            None => false,
        }
    }

    /// Whether the run has read a newer export of everybody in which the line's person, or row,
    /// does not stand any more.
    fn may_be_replaced(&self, line: &OpenLine) -> bool {
        let whole = self.seen.whole.contains(&*line.kind);
        let is_gone = match line.client {
            Some(client) => !self.seen.people.contains(&client),
            None => (self.inputs.iter()).all(|file| file.digest.as_str() != line.digest),
        };
        whole && is_gone
    }
}

/// People of one name. Where a newer export names somebody else of the name in the place of a
/// number that was nobody's, that is how a wrong number looks once it was put right in 楽すけ.
struct Namesakes {
    by_name: BTreeMap<String, Vec<ClientId>>,
}

impl Namesakes {
    fn of(read: &Read<'_>) -> Result<Self, Error> {
        let roster: Roster = plan::roster(read.office)?;
        let mut by_name: BTreeMap<String, Vec<ClientId>> = BTreeMap::new();
        for client in roster.clients() {
            let name = read.office.tables.names.fold(&client.name);
            by_name.entry(name).or_default().push(client.id);
        }
        Ok(Self { by_name })
    }

    /// Whether nobody is forgotten by forgetting a line that a newer export knows nothing of.
    fn stand_for(&self, line: &OpenLine, read: &Read<'_>) -> Result<bool, Error> {
        if line.code == WAITING {
            // Nothing was ever wrong with what the export does not plan any more.
            return Ok(true);
        }
        if line.name.is_empty() {
            return Ok(line.client.is_none());
        }
        if !is_of_nobody(line) {
            return Ok(false);
        }
        let name = read.office.tables.names.fold(&line.name);
        if read.watch.namesake_went(&name) {
            return Ok(true);
        }
        let collection = match (read.step, read.month) {
            (Step::Plan, Some(month)) => Collection::Plans(month),
            _ => Collection::Clients,
        };
        for other in self.by_name.get(&name).into_iter().flatten() {
            if Some(*other) == line.client {
                continue;
            }
            for (_, key) in keys(read.office, read.step, read.month, *other) {
                let sent = read.office.ledger.sent_in(&collection.name(), &key)?;
                if sent.is_some_and(|run| run > line.run) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}
