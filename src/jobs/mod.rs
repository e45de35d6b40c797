//! The only place that knows the order of things.
//!
//! In: an opened office folder, what was chosen, and somebody to ask. Out: an [`Outcome`]
//! with every row accounted for. Each step of the manual is one file that reads like it, a
//! line for each stage; the stages themselves know nothing of one another.

pub mod folder;
pub mod claim;
pub mod office;
pub mod connect;
pub mod archive;
pub mod corrections;
pub mod exclusions;
pub mod inbox;
pub mod files;
pub mod withheld;
pub mod living;
pub mod shelf;
pub mod waiting;
pub mod questions;
pub mod additions;
pub mod overtaken;
pub mod collection;
pub mod change;
pub mod compare;
pub mod versions;
pub mod standing;
pub mod proposal;
pub mod parts;
pub mod news;
pub mod preview;
pub mod remarks;
pub mod settle;
pub mod way_back;
pub mod months;
pub mod locks;
pub mod send;
pub mod outcome;
pub mod still_open;
pub mod removal;
pub mod basics;
pub mod plan;
pub mod matching;
pub mod decide;
pub mod stale;
pub mod register;
pub mod deliver;
pub mod planned;
pub mod drafts;
pub mod outbox;
pub mod telling;
pub mod addressees;
pub mod national_plans;
pub mod audit;
pub mod retrieval;
pub mod actuals;
pub mod run;
pub mod month;
pub mod status;
pub mod explain;
pub mod check;
pub mod convert;
pub mod lineage;
pub mod import_codes;
pub mod names;

use std::collections::BTreeSet;
use std::path::PathBuf;

pub use change::Keep;
pub use folder::Folder;
pub use inbox::Inputs;
use inbox::Role;
pub use office::Office;
pub use outcome::Outcome;
pub use proposal::{Options, Proposal, Step};

use crate::error::Error;
use crate::model::YearMonth;
use living::Seen;

/// Whether the second phase may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// The clerk is asked.
    Ask,
    /// The answer was given beforehand (`--yes`).
    Given,
    /// Only the first phase is wanted (`--prepare`).
    PrepareOnly,
}

/// What a proposal is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// To be shown and saved.
    Show,
    /// To be sent in this run, if nobody says no.
    Send,
}

impl Consent {
    fn aim(self) -> Aim {
        match self {
            Self::PrepareOnly => Aim::Show,
            Self::Ask | Self::Given => Aim::Send,
        }
    }
}

/// What a clerk is shown between the two phases.
#[derive(Debug, Clone)]
pub struct Summary {
    /// The step and the month.
    pub title: String,
    /// What would happen, counted.
    pub counts: Vec<(&'static str, usize)>,
    /// Sentences.
    pub remarks: Vec<String>,
    /// The preview workbook.
    pub preview: Option<PathBuf>,
    /// The number of the saved proposal.
    pub proposal: Option<i64>,
}

/// The person in front of the screen, or whoever stands in.
pub trait Clerk {
    /// Shows what would happen.
    fn show(&mut self, summary: &Summary);
    /// Asks; `None` where nobody can answer.
    fn agrees(&mut self, question: &str) -> Option<bool>;
    /// Says something on the way.
    fn note(&mut self, text: &str);
}

/// The words in which a second phase is asked about.
#[derive(Debug, Clone, Copy)]
struct Asking {
    question: &'static str,
    undone: &'static str,
    doing: &'static str,
}

/// Whether the second phase of a saved proposal begins now; an error where it should be asked
/// and nobody can answer.
fn may_go_on(
    office: &Office,
    consent: Consent,
    clerk: &mut dyn Clerk,
    words: Asking,
    proposal: i64,
) -> Result<bool, Error> {
    let answer = match consent {
        Consent::PrepareOnly => return Ok(false),
        Consent::Given => Some(true),
        Consent::Ask => clerk.agrees(words.question),
    };
    // A stop while it was asked leaves the question without an answer.
    office.stop.heed()?;
    answer.ok_or_else(|| {
        let Asking { undone, doing, .. } = words;
        Error::Usage(format!(
            "確かめる相手がいないため、{undone}。`rakuwing register {proposal}` で{doing}か、\
             --yes を付けてください"
        ))
    })
}

/// Tells the clerk of folders in the inbox, in which nobody looks.
fn say_passed_over(office: &Office, clerk: &mut dyn Clerk) -> Result<(), Error> {
    let passed_over = inbox::passed_over(&office.folder.inbox())?;
    if !passed_over.is_empty() {
        clerk.note(&format!(
            "受信箱(inbox)の中のフォルダーは読みません: {}",
            passed_over.join("、")
        ));
    }
    Ok(())
}

/// Zero usable rows is never "0 rows, all well": there is nothing to read, or nothing of it
/// can be used, and then the workbook says why.
fn refuse_empty(
    office: &Office,
    inputs: &Inputs,
    (step, month): (Step, Option<YearMonth>),
    wanted: &'static str,
) -> Result<(), Error> {
    let corrected = !inputs.remarks.is_empty() && inputs.gathered.unusable_file().is_none();
    if inputs.gathered.sheets > 0 || corrected {
        return Ok(());
    }
    if inputs.gathered.unusable_file().is_none() {
        return Err(nothing_to_read(office, wanted));
    }
    let (book, findings) = (&inputs.gathered.book, &inputs.gathered.findings);
    let why = files::remarks(findings, &inputs.gathered.clashes, &inputs.files, None);
    let seen = Seen {
        step,
        month,
        book,
        findings,
        inputs: &[],
        people: &BTreeSet::new(),
        named: &BTreeSet::new(),
        with_files: &inputs.gathered.held_with_files,
        went: &BTreeSet::new(),
    };
    Err(unusable(office, &seen, why)?)
}

fn nothing_to_read(office: &Office, wanted: &'static str) -> Error {
    Error::NothingToRead {
        folder: office.folder.inbox(),
        wanted,
    }
}

/// The same for files that were read and have no row for this step: nothing below their
/// headers, or only rows of other months and offices.
fn refuse_idle(office: &Office, proposal: Proposal) -> Result<Proposal, Error> {
    let only_workbooks = proposal.inputs.iter().all(|of| of.role != Role::Data);
    if only_workbooks && !proposal.remarks.is_empty() {
        // An error workbook came back, and nothing of it is to be sent; that is said.
        return Ok(proposal);
    }
    if !proposal.exclusions.is_unchanged() {
        // Nothing is to be sent, and something is to be remembered.
        return Ok(proposal);
    }
    let has_rows = proposal.unchanged() > 0 || proposal.planned().any(|of| !of.empties());
    if has_rows || proposal.withheld() > 0 {
        return Ok(proposal);
    }
    Err(unusable(
        office,
        &proposal.for_the_workbook(),
        proposal.remarks.clone(),
    )?)
}

/// Writes the workbook that says why, and names it.
fn unusable(office: &Office, seen: &Seen<'_>, why: Vec<String>) -> Result<Error, Error> {
    let (name, run) = (office.name(), office.ledger.last_run()?.to_string());
    let heading = outcome::heading(&name, seen.step, seen.month, &run);
    let mut outcome = Outcome::of("", seen.month);
    outcome.close_in(office, seen, heading)?;
    Ok(Error::NothingUsable {
        report: outcome.report.unwrap_or_default(),
        why,
    })
}
