//! The second phase: what was shown is sent, and every row gets its fate.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::chance;
use crate::disk::Digest;
use crate::error::{Error, Exit};
use crate::finding::{Book, Code, Fate, Imbalance, RowId};
use crate::ledger::{Keeping, OpenLine, ProposalState, RunId, Sending};
use crate::model::FileName;
use crate::payload::Held;
use crate::service::retry::Overrun;
use crate::service::{CareWing, LinkInfo};
use crate::steps::Step;
use crate::table::Payload;

use super::archive::{self, Stayed};
use super::change::Course;
use super::compare::{Group, Planned, Same};
use super::inbox::{InputFile, Role};
use super::living;
use super::office::Office;
use super::outcome::{Outcome, heading, how_to_decide};
use super::proposal::Proposal;
use super::remarks::{
    about, apart, changed_meanwhile, missing_there, not_sent, rejection, taken_away,
};
use super::send::{End, Route, send};
use super::still_open::{self, Found, Watch};

/// Sends what is to be sent, group by group, and closes the account.
pub fn deliver(
    office: &mut Office,
    run: RunId,
    service: &CareWing,
    link: &LinkInfo,
    mut proposal: Proposal,
    id: i64,
) -> Result<Outcome, Error> {
    let steps = Arc::clone(&office.steps);
    steps.reach(Step::BeforeTheProposalIsUsed);
    office.ledger.close_proposal(id, ProposalState::Used)?;
    steps.reach(Step::AfterTheProposalIsUsed);
    let mut outcome = Outcome::of(proposal.step.name(), proposal.month);
    outcome.proposal = Some(id);
    // No number of a run: numbers come again after the ledger was lost or a copy of it brought
    // back, and a service that knows a batch by its key would answer what is sent now with what
    // it said then.
    let delivery = chance::fresh_id();
    let waiting = waiting(&proposal);
    let mut watch = Watch::of(office, proposal.step, proposal.month)?;
    let mut refused: BTreeMap<String, Refused> = BTreeMap::new();
    let mut unsent = 0;
    for group in std::mem::take(&mut proposal.groups) {
        let path = group.collection.path(&office.tables.contract);
        let route = Route {
            service,
            collection: group.collection,
            path: &path,
            payload: group.collection.payload(&office.tables),
            run,
            delivery: &delivery,
            batch: office.settings.batch.min(link.batch_max),
            parallel: office.settings.parallel,
            steps: &*steps,
        };
        let (ready, blocked) = parted(&group, &refused);
        let ends = send(&ready, &route, &mut office.ledger, &*office.progress)?;
        unsent += ends.iter().filter(|end| **end == End::NotSent).count();
        for (planned, end) in ready.iter().zip(&ends) {
            if *end == End::Accepted {
                watch.see(&planned.item.key);
            }
            if take(&mut outcome, &mut proposal, route.payload, planned, end)? == Fate::Withheld {
                let row = planned.rows().next();
                let code = blocks(end);
                refused.insert(planned.item.key.clone(), Refused { code, row });
            }
        }
        for (planned, Refused { code, row }) in blocked {
            unsent += usize::from(code == Code::NotSent);
            outcome.rejected += 1;
            proposal.findings.push(about(planned, code));
            give(&mut proposal.book, planned, Fate::Withheld)?;
            // Whoever puts the one right sends the other along.
            if let Some((row, own)) = row.zip(planned.rows().next()) {
                proposal.book.tie(row, own);
            }
        }
        steps.reach(Step::BeforeTheRestIsRemembered);
        still(office, run, &group, &mut proposal, &mut outcome)?;
        stood(&group, &mut watch);
        steps.reach(Step::AfterTheRestIsRemembered);
        refused.extend(absent(&group));
        let missing = group
            .missing
            .iter()
            .map(|missing| missing_there(missing, group.collection));
        proposal.findings.extend(missing);
    }
    steps.reach(Step::BeforeTheAccountIsClosed);
    let left_over = left_over(&proposal);
    office.ledger.finish_proposal(id, left_over)?;
    if let Some(overrun) = service.overrun().filter(|_| left_over > 0) {
        outcome.notes.push(unheard(overrun));
    }
    if office.stop.asked() {
        outcome.stop(unsent);
    }
    close(office, run, &proposal, (&waiting, &watch), &mut outcome)?;
    steps.reach(Step::AfterTheAccountIsClosed);
    finish_inputs(office, &proposal, &waiting, &mut outcome);
    steps.reach(Step::AfterTheInputsAreArchived);
    Ok(outcome)
}

/// Why something is left over where the service did answer, but in a way that nobody can
/// listen to.
fn unheard(overrun: Overrun) -> String {
    format!(
        "Care-wing の返事を最後まで受け取れませんでした({})。しばらくしてから、もう一度同じ操作をしてください。\
         登録できたかどうかを先に確かめるので、二重には登録されません。\
         それでも続くときは、この文面を Care-wing のサポート窓口へ伝えてください。",
        overrun.describe()
    )
}

/// How many items were not sent, or nobody knows of.
fn left_over(proposal: &Proposal) -> usize {
    let codes = proposal.findings.iter().map(|finding| finding.code);
    codes
        .filter(|code| matches!(code, Code::OutcomeUnknown | Code::NotSent))
        .count()
}

/// The files with rows that nobody has decided about. They stay in the inbox: what is decided
/// is sent from them.
fn waiting(proposal: &Proposal) -> BTreeSet<FileName> {
    let mut files = proposal.waiting.clone();
    for planned in proposal.planned() {
        if !matches!(planned.course(), Course::Withhold(_)) {
            continue;
        }
        let origins = planned.item.trace.origins().iter();
        files.extend(origins.map(|origin| origin.place().file));
        if planned.empties() {
            // That somebody is in none of them is what all of them say.
            files.extend(proposal.inputs.iter().map(|file| file.name.clone()));
        }
    }
    // What was corrected is sent from the workbook and the file behind it.
    let corrected = proposal.corrected.iter();
    let behind: BTreeSet<&Digest> = corrected
        .filter(|source| files.contains(&source.name))
        .flat_map(|source| &source.workbooks)
        .collect();
    let workbooks = proposal.inputs.iter();
    let workbooks = workbooks.filter(|file| behind.contains(&file.digest));
    files.extend(workbooks.map(|file| file.name.clone()));
    files
}

/// Something that did not arrive, and that others need.
#[derive(Debug, Clone, Copy)]
struct Refused {
    /// What is to be said of those.
    code: Code,
    /// A row of it.
    row: Option<RowId>,
}

/// The items of a group that are to be sent, and those of them that must wait because what
/// they need did not arrive, with what is to be said of them.
fn parted<'g>(
    group: &'g Group,
    refused: &BTreeMap<String, Refused>,
) -> (Vec<&'g Planned>, Vec<(&'g Planned, Refused)>) {
    let mut ready = Vec::new();
    let mut blocked = Vec::new();
    for planned in &group.items {
        if planned.course() == Course::Send {
            match planned.needs.iter().find_map(|need| refused.get(need)) {
                Some(why) => blocked.push((planned, *why)),
                None => ready.push(planned),
            }
        }
    }
    (ready, blocked)
}

/// What an item that did not arrive means for those that need it.
fn blocks(end: &End) -> Code {
    match end {
        End::Unknown | End::NotSent => Code::NotSent,
        End::Rejected(_) | End::Conflict | End::Accepted => Code::PreconditionRejected,
    }
}

/// What was taken away there and does not come back in this run: what needs it must wait.
fn absent(group: &Group) -> impl Iterator<Item = (String, Refused)> {
    let stays_away = |planned: &&Planned| {
        planned.theirs.is_none() && planned.may_be_decided() && planned.course() != Course::Send
    };
    let absent = group.items.iter().filter(stays_away);
    absent.map(|planned| {
        let refused = Refused {
            code: Code::PreconditionRejected,
            row: planned.rows().next(),
        };
        (planned.item.key.clone(), refused)
    })
}

/// Enters the run's sums into the ledger and writes the error workbook.
fn close(
    office: &Office,
    run: RunId,
    proposal: &Proposal,
    (waiting, watch): (&BTreeSet<FileName>, &Watch),
    outcome: &mut Outcome,
) -> Result<(), Error> {
    let (name, run_name) = (office.name(), run.to_string());
    let heading = heading(&name, proposal.step, proposal.month, &run_name);
    outcome.notes.extend(proposal.remarks.iter().cloned());
    outcome.left = proposal.left;
    let seen = living::Seen {
        went: &watch.clients_that_went(),
        ..proposal.for_the_workbook()
    };
    let living = outcome.close_in(office, &seen, heading)?;
    let ledger = &office.ledger;
    ledger.at_once::<Error>(|| {
        living.enter(ledger)?;
        proposal.exclusions.enter(ledger, run)?;
        ledger.event(run, "sent", outcome.sent)?;
        ledger.event(run, "unchanged", outcome.unchanged)?;
        ledger.event(run, "kept", outcome.kept)?;
        ledger.event(run, "rejected", outcome.rejected)?;
        let rows = outcome.rows_by_file();
        // A file that waits for a decision is not done with by this run.
        let inputs = proposal.inputs.iter();
        for file in inputs.filter(|file| !waiting.contains(&file.name)) {
            let name = file.name.as_str();
            let rows = rows.get(name).copied().unwrap_or_default();
            ledger.input(run, &file.digest, name, rows)?;
        }
        // A file that lies in the inbox by itself counts as it is.
        let as_it_is = |file: &&InputFile| file.role == Role::Data && file.changes.is_empty();
        for file in proposal.inputs.iter().filter(as_it_is) {
            ledger.forget_corrections(&file.digest)?;
        }
        for source in &proposal.corrected {
            ledger.correct(run, &source.digest, &source.fresh)?;
        }
        // Before the files leave the inbox: who is held in them is nowhere else afterwards.
        enter_open(office, run, proposal, watch, Vec::new())
    })
}

/// Sees in a group whoever needs nothing to be sent.
pub fn stood(group: &Group, watch: &mut Watch) {
    group.same.iter().for_each(|same| watch.see(&same.key));
    let kept = group.items.iter();
    for planned in kept.filter(|planned| planned.course() == Course::LeaveTheirs) {
        watch.see(&planned.item.key);
    }
}

/// Enters who is open after the step, and how many people there are in its month.
pub fn enter_open(
    office: &Office,
    run: RunId,
    proposal: &Proposal,
    watch: &Watch,
    others: Vec<OpenLine>,
) -> Result<(), Error> {
    if proposal.inputs.iter().any(|file| file.role == Role::Data) {
        office.ledger.event(run, PEOPLE, proposal.seen.count())?;
    }
    let found = Found {
        step: proposal.step,
        month: proposal.month,
        book: &proposal.book,
        findings: &proposal.findings,
        inputs: &proposal.inputs,
        seen: &proposal.seen,
        watch,
        others,
    };
    still_open::enter(office, run, found)
}

/// The event that says how many people the rows of a month name.
pub const PEOPLE: &str = "people";

/// Items that are not sent: those held just so, those that stay as Care-wing has them, and
/// those that wait for a decision. What is held just so and not remembered (a lost ledger, a
/// first run) is remembered from now on, and so is what was decided.
fn still(
    office: &mut Office,
    run: RunId,
    group: &Group,
    proposal: &mut Proposal,
    outcome: &mut Outcome,
) -> Result<(), Error> {
    outcome.unchanged += group.same.len();
    let mut theirs = Vec::new();
    for planned in &group.items {
        let (fate, code) = match planned.course() {
            Course::Send => continue,
            // Not "unchanged": Care-wing does not hold what the row says, and never will by
            // this row. Not "withheld" either: nobody waits for it any more.
            Course::LeaveTheirs => {
                outcome.kept += 1;
                theirs.push(planned);
                (Fate::Excluded, Some(Code::KeptTheirs))
            }
            Course::Withhold(code) => {
                outcome.rejected += 1;
                (Fate::Withheld, Some(code))
            }
        };
        give(&mut proposal.book, planned, fate)?;
        proposal.findings.extend(
            code.map(|code| not_sent(planned, code))
                .into_iter()
                .flatten(),
        );
    }
    adopt(office, run, group)?;
    let keepings: Vec<_> = theirs.into_iter().map(keeping).collect();
    Ok(office
        .ledger
        .keep(run, &group.collection.name(), &keepings)?)
}

fn keeping(planned: &Planned) -> Keeping<'_> {
    let theirs = planned.theirs.as_ref();
    Keeping {
        key: &planned.item.key,
        ours: &planned.item.digest,
        theirs: theirs.map(|held: &Held| (held.digest(), held.body.as_deref().unwrap_or_default())),
    }
}

/// Remembers what is held just so, where it is not known yet, or with something else for the way
/// back.
fn adopt(office: &mut Office, run: RunId, group: &Group) -> Result<(), Error> {
    let name = group.collection.name();
    let sources =
        (group.same.iter()).filter_map(|same| Some((&*same.key, same.source.as_deref()?)));
    let sources: HashMap<&str, &[u8]> = sources.collect();
    let other_sources = office.ledger.with_other_sources(&name, &sources)?;
    let is_news = |same: &&Same| same.body.is_some() || other_sources.contains(&*same.key);
    let mut news = Vec::new();
    for same in group.same.iter().filter(is_news) {
        let body = match &same.body {
            Some(body) => Some(Cow::Borrowed(&**body)),
            // It is what was sent last.
            None => office.ledger.sent_body(&name, &same.key)?.map(Cow::Owned),
        };
        let held = group.versions.held(&same.key);
        news.extend(body.zip(held).map(|(body, held)| (same, body, held)));
    }
    let adopted = news.iter().filter_map(|(same, body, held)| {
        let sending = Sending {
            key: &same.key,
            body,
            digest: held.digest(),
            source: same.source.as_deref()?,
            made_from: same.made_from,
        };
        Some((sending, &*held.revision))
    });
    let adopted: Vec<_> = adopted.collect();
    Ok(office.ledger.adopt(run, &name, &adopted)?)
}

/// Takes over how an item ended; says what is to be said, on the cell that caused it.
fn take(
    outcome: &mut Outcome,
    proposal: &mut Proposal,
    payload: &Payload,
    planned: &Planned,
    end: &End,
) -> Result<Fate, Imbalance> {
    let findings = &mut proposal.findings;
    match end {
        End::Accepted => {
            outcome.sent += 1;
            if let Some(removal) = &planned.removal {
                findings.extend(taken_away(planned, removal, removal.what.went_as()));
            }
            if planned.may_be_decided() {
                findings.push(apart(planned, Code::Overwritten));
            }
            give(&mut proposal.book, planned, Fate::Sent)?;
            return Ok(Fate::Sent);
        }
        End::Rejected(reasons) if reasons.is_empty() => {
            findings.push(about(planned, Code::Rejected));
        }
        End::Rejected(reasons) => {
            let said = reasons
                .iter()
                .map(|reason| rejection(planned, payload, reason));
            findings.extend(said);
        }
        End::Conflict => findings.push(changed_meanwhile(planned)),
        End::Unknown => findings.push(about(planned, Code::OutcomeUnknown)),
        End::NotSent => findings.push(about(planned, Code::NotSent)),
    }
    outcome.rejected += 1;
    give(&mut proposal.book, planned, Fate::Withheld)?;
    Ok(Fate::Withheld)
}

/// Gives every row of an item its fate.
pub fn give(book: &mut Book, planned: &Planned, fate: Fate) -> Result<(), Imbalance> {
    let mut first = None;
    planned.rows().try_for_each(|row| {
        if fate == Fate::Withheld {
            // What is refused is refused whole.
            book.tie(*first.get_or_insert(row), row);
        }
        book.decide(row, fate)
    })
}

/// Inputs leave the inbox when nothing of theirs is waiting for an answer.
fn finish_inputs(
    office: &Office,
    proposal: &Proposal,
    waiting: &BTreeSet<FileName>,
    outcome: &mut Outcome,
) {
    if matches!(outcome.exit(), Exit::Service | Exit::Stopped) {
        outcome
            .notes
            .push("入力ファイルは受信箱(inbox)に残してあります。".to_owned());
        return;
    }
    let stamp = office.now().format("%Y%m%d-%H%M%S").to_string();
    let mut done_with = proposal.done_with.clone();
    done_with.retain(|file| !waiting.contains(&file.name));
    let Stayed { replaced, held } = archive::put(&done_with, &office.folder.archive(), &stamp);
    if !held.is_empty() {
        outcome.notes.push(format!(
            "登録は終わりましたが、受信箱(inbox)から移せないファイルがあります(Excelなどで開いていませんか): {}。閉じてから同じ操作をもう一度すると移ります。二重には登録されません。",
            held.join("、")
        ));
    }
    if replaced > 0 {
        outcome.notes.push(format!(
            "登録している間に置き換えられたファイル{replaced}件は、受信箱(inbox)に残してあります。もう一度登録してください。"
        ));
    }
    let stays = |role: Role| {
        let of_role = |file: &&InputFile| file.role == role;
        let (all, done) = (&proposal.inputs, &proposal.done_with);
        all.iter().filter(of_role).count() - done.iter().filter(of_role).count()
    };
    let kept = stays(Role::Data);
    if stays(Role::Corrections) > 0 {
        outcome.notes.push(
            "取り込めない訂正、またはほかの操作で取り込む訂正があるエラー一覧は、受信箱(inbox)に残してあります。"
                .to_owned(),
        );
    }
    if kept > 0 {
        outcome.notes.push(format!(
            "まだ登録していない行(ほかの月など)があるファイル{kept}件は、受信箱(inbox)に残してあります。"
        ));
    }
    if !waiting.is_empty() {
        let files = waiting.len();
        outcome.notes.push(format!(
            "まだ決めていない内容があるファイル{files}件は、受信箱(inbox)に残してあります。"
        ));
        outcome.notes.extend(how_to_decide(&proposal.findings));
    }
    if outcome.sent == 0 && outcome.rejected == 0 {
        let why = match outcome.exit() {
            _ if proposal.inputs.is_empty() => "取り込む訂正がないので",
            Exit::Clean if outcome.kept == 0 => "登録済みの内容と同じなので",
            _ => "新しく送れる内容がないので",
        };
        outcome.notes.push(format!("{why}、何も送りませんでした。"));
    }
}
