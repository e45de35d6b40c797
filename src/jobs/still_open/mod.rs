//! No one is forgotten: who of a month is held, waits or is not approved, by name.
//!
//! Each run that reads rows enters at its end whom it has left open, and takes out whom it has
//! brought through ([`enter`]). Whoever is in none of its rows stays open: that nobody speaks of
//! somebody is no reason to forget him. What a run then says of itself goes by everybody who is
//! open in its month, whichever run has left them so ([`tell`]).

mod lines;
mod merge;
mod people;
mod seen;
mod watch;

use std::collections::BTreeSet;

use crate::disk;
use crate::error::{Error, Exit};
use crate::finding::{Book, Code, Finding};
use crate::ledger::{Ledger, OpenLine, RunId};
use crate::model::{ClientId, FileName, Place, YearMonth};

use super::archive;
use super::exclusions;
use super::inbox::{self, InputFile};
use super::living::Living;
use super::office::Office;
use super::outcome::{Outcome, Sending};
use super::proposal::Step;

pub use lines::{WAITING, held, not_approved, not_registered, waiting};
pub use people::{OpenCause, Person, Reason, causes, people};
pub use seen::Seen;
pub use watch::Watch;

use merge::Read;

/// What a run has found out about the people of its rows.
#[derive(Debug)]
pub struct Found<'a> {
    /// The step whose rows these are.
    pub step: Step,
    /// The month, for a step that has one.
    pub month: Option<YearMonth>,
    /// How the rows have ended.
    pub book: &'a Book,
    /// What is said of them.
    pub findings: &'a [Finding],
    /// The files that they came from.
    pub inputs: &'a [InputFile],
    /// Whose they are.
    pub seen: &'a Seen,
    /// Who went through.
    pub watch: &'a Watch,
    /// Whoever is open for another reason than a row.
    pub others: Vec<OpenLine>,
}

/// Enters who is open after a run, all of them or none only
/// [at once](crate::ledger::Ledger::at_once).
pub fn enter(office: &Office, run: RunId, found: Found<'_>) -> Result<(), Error> {
    let Found { step, month, .. } = found;
    let mut fresh = held(&found, &office.tables.names);
    fresh.extend(found.others);
    for line in &mut fresh {
        line.run = run.number();
        let offices = line
            .client
            .and_then(|client| found.seen.offices.get(&client));
        line.offices = offices.cloned().unwrap_or_default();
    }
    let before = office.ledger.still_open(step.name(), month)?;
    if before.is_empty() && fresh.is_empty() {
        return Ok(());
    }
    let read = Read {
        office,
        step,
        month,
        book: found.book,
        inputs: found.inputs,
        seen: found.seen,
        watch: found.watch,
    };
    let open = merge::merged(before, fresh, &read)?;
    Ok(office.ledger.keep_open(step.name(), month, &open)?)
}

/// Enters whom a retrieval leaves open: it is about everybody in its month. Of the plans in the
/// inbox, which it only looks at, nobody was brought through by it.
pub fn enter_retrieved(
    office: &Office,
    run: RunId,
    found: Found<'_>,
    planned: &[OpenLine],
) -> Result<(), Error> {
    let (month, plan) = (found.month, Step::Plan.name());
    enter(office, run, found)?;
    let mut open = office.ledger.still_open(plan, month)?;
    if planned.is_empty() && open.is_empty() {
        return Ok(());
    }
    // It has read every file that lies there, too.
    open.retain(|line| line.client.is_some() || !line.kind.is_empty());
    let known = |line: &OpenLine| {
        let same = |of: &OpenLine| match line.client {
            Some(client) => of.client == Some(client),
            None => of.client.is_none() && people::address(of) == people::address(line),
        };
        open.iter().any(same)
    };
    let fresh: Vec<OpenLine> = planned
        .iter()
        .filter(|line| !known(line))
        .cloned()
        .collect();
    open.extend(fresh.into_iter().map(|line| OpenLine {
        run: run.number(),
        ..line
    }));
    Ok(office.ledger.keep_open(plan, month, &open)?)
}

/// Everybody who is open in a month: whoever the basic data lacks, lacks in each month.
pub fn open_in(office: &Office, month: Option<YearMonth>) -> Result<Vec<OpenLine>, Error> {
    let mut open = open_at(office, Step::Basics, None)?;
    if month.is_some() {
        open.extend(open_at(office, Step::Plan, month)?);
        open.extend(open_at(office, Step::Actuals, month)?);
    }
    Ok(open)
}

/// Everybody who is open at a step. A file that nobody can make use of is no more when somebody has
/// taken it out of the inbox, as it was asked for.
pub fn open_at(
    office: &Office,
    step: Step,
    month: Option<YearMonth>,
) -> Result<Vec<OpenLine>, Error> {
    let mut open = office.ledger.still_open(step.name(), month)?;
    if open.iter().any(is_of_a_whole_file) {
        let archived = archive::files(&office.folder.archive())?.into_iter();
        let mut there: BTreeSet<String> = archived.map(|file| file.name).collect();
        let inbox = disk::files(&office.folder.inbox())?;
        there.extend(inbox.iter().map(|path| inbox::file_name(path)));
        open.retain(|line| !is_of_a_whole_file(line) || there.contains(&line.file));
    }
    Ok(open)
}

/// Whether a line is about a file of which nobody knows what it is.
fn is_of_a_whole_file(line: &OpenLine) -> bool {
    let is_nobodys = line.client.is_none() && line.name.is_empty();
    is_nobodys && line.row.is_none() && line.kind.is_empty()
}

/// Folders in the inbox, in which nobody looks: what is in them is as unread as a file that
/// nobody can make use of.
pub fn unread_folders(office: &Office) -> Result<Vec<OpenLine>, Error> {
    let folders = inbox::passed_over(&office.folder.inbox())?;
    let folders = folders.iter().map(|name| {
        let place = Place::file(FileName::new(name));
        lines::line((Step::Basics, None), Code::UnknownFileKind.number(), &place)
    });
    Ok(folders.collect())
}

/// The month that is being worked on: the last one with somebody open, or else the last one
/// that anything was done in; a locked one is closed.
pub fn month_at_work(office: &Office) -> Result<Option<YearMonth>, Error> {
    let locked = office.ledger.locked_months()?;
    let mut months = office.ledger.known_months()?;
    months.retain(|month| locked.iter().all(|of| of.month != *month));
    for month in months.iter().rev() {
        let own = [Step::Plan, Step::Actuals];
        for step in own {
            if !open_at(office, step, Some(*month))?.is_empty() {
                return Ok(Some(*month));
            }
        }
    }
    Ok(months.last().copied())
}

/// Lets an outcome say who is still open in its month, and takes the sentence of success from
/// it where somebody is.
pub fn tell(office: &Office, outcome: &mut Outcome) -> Result<(), Error> {
    let own = outcome.month.as_deref().and_then(YearMonth::parse);
    let month = match own {
        Some(month) => Some(month),
        // Basic data belongs to no month, and is registered for one.
        None => month_at_work(office)?,
    };
    tell_of(office, outcome, month)
}

/// The same of a month.
pub fn tell_of(
    office: &Office,
    outcome: &mut Outcome,
    month: Option<YearMonth>,
) -> Result<(), Error> {
    let rows = outcome.exit();
    let rows = *outcome.rows_exit.get_or_insert(rows);
    let mut open = open_in(office, month)?;
    open.extend(unread_folders(office)?);
    if outcome.sending == Sending::Later {
        // They are what the run was made for.
        open.retain(|line| line.code != WAITING || line.step != outcome.command);
    }
    outcome.open_month = month.filter(|_| open.iter().any(|line| line.month.is_some()));
    outcome.causes = causes(&open);
    outcome.open = people(&open);
    let exit = match rows {
        Exit::Clean if !outcome.open.is_empty() => Exit::Withheld,
        rows => rows,
    };
    outcome.exit_code = exit.code();
    Ok(())
}

/// Takes somebody off the list, because a person says that nothing is to be done any more.
/// Gives for each whether he was on it.
pub fn set_aside(
    office: &mut Office,
    month: Option<YearMonth>,
    whom: &[Whom],
) -> Result<Vec<bool>, Error> {
    let now = office.now().to_rfc3339();
    let today = exclusions::day_in_words(office.today()?);
    let run = office.ledger.begin_run("status", month, &now)?;
    let mut found = vec![false; whom.len()];
    let ledger = &office.ledger;
    let mut places = BTreeSet::new();
    ledger.at_once(|| {
        for (step, month) in [
            (Step::Basics, None),
            (Step::Plan, month),
            (Step::Actuals, month),
        ] {
            let mut open = ledger.still_open(step.name(), month)?;
            open.retain(|line| {
                let mut is_one = false;
                for (of, found) in whom.iter().zip(&mut found) {
                    let is = of.is(line);
                    (is_one, *found) = (is_one || is, *found || is);
                }
                if is_one {
                    places.insert(people::address(line));
                }
                !is_one
            });
            ledger.keep_open(step.name(), month, &open)?;
        }
        let said = out_of_workbooks(ledger, month, whom, &places)?;
        exclusions::put_surplus_aside(ledger, run, &said, &today)?;
        let gone = found.iter().filter(|found| **found).count();
        Ok::<_, Error>(ledger.event(run, "set aside", gone)?)
    })?;
    office.ledger.end_run(run, Exit::Clean.code(), &now)?;
    Ok(found)
}

/// Takes the rows of whoever was set aside, and those that stood on the list, out of what the
/// error workbooks show; gives what was said of them.
fn out_of_workbooks(
    ledger: &Ledger,
    month: Option<YearMonth>,
    whom: &[Whom],
    places: &BTreeSet<String>,
) -> Result<Vec<Finding>, Error> {
    let mut said = Vec::new();
    for month in [None].into_iter().chain(month.map(Some)) {
        let mut living = Living::remembered(ledger, month)?;
        said.extend(living.set_aside(|client, place| {
            let sheet = place.sheet.as_deref().unwrap_or_default();
            let place = people::in_one_word(place.file.as_str(), sheet, place.row);
            match client {
                Some(client) => whom.contains(&Whom::Client(client)),
                None => places.contains(&place),
            }
        }));
        living.enter(ledger)?;
    }
    Ok(said)
}

/// Somebody on the list, as a person names one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// By the numbers.
    Client(ClientId),
    /// By a row whose number cannot be read, or by a whole file.
    Place(String),
}

impl Whom {
    fn is(&self, line: &OpenLine) -> bool {
        match self {
            Self::Client(client) => line.client.as_ref() == Some(client),
            Self::Place(place) => line.client.is_none() && people::address(line) == *place,
        }
    }
}
