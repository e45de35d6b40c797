//! Between the two phases: a proposal is shown and answered, or was saved and is taken up.

use std::path::Path;

use crate::disk;
use crate::error::{Error, Refusal};
use crate::finding::{Code, Fate};
use crate::ledger::{ProposalState, RunId, SavedProposal};
use crate::parallel;
use crate::service::{CareWing, LinkInfo};

use super::change::Course;
use super::compare::Planned;
use super::decide::decide;
use super::deliver::{deliver, enter_open, give, stood};
use super::office::{Office, refuse_foreign};
use super::outcome::{Outcome, Sending, heading, in_run, whose_side_stays};
use super::preview;
use super::proposal::{Options, Proposal, Step};
use super::remarks::not_sent;
use super::removal::refuse_too_many;
use super::settle::settle;
use super::stale::moved;
use super::still_open::{self, Watch};
use super::{Aim, Asking, Clerk, Consent, actuals, basics, locks, plan, removal};

/// Registers a saved proposal: the one with the number, or the newest that is open. Months are
/// emptied with the leave that is given now, or else with the one it was prepared with.
pub fn register(
    office: &mut Office,
    id: Option<i64>,
    allow_removals: Option<usize>,
    clerk: &mut dyn Clerk,
) -> Result<Outcome, Error> {
    let saved = find(office, id)?;
    let step = Step::named(&saved.proposal.step);
    let options: Option<Options> = serde_json::from_str(&saved.proposal.options).ok();
    let (Some(step), Some(options)) = (step, options) else {
        return Err(Refusal::NoProposal(saved.id.to_string()).into());
    };
    if allow_removals.is_some() && step != Step::Plan {
        return Err(Error::Usage(format!(
            "--allow-removals は月間ケアプランの登録データにだけ使えます。登録データ {} は{}です",
            saved.id,
            step.title(),
        )));
    }
    in_run(office, "register", saved.proposal.month, |office, run| {
        if let Some(month) = saved.proposal.month {
            locks::respect(office, run, month, Consent::Given, clerk)?;
        }
        if step == Step::Actuals {
            return actuals::register(office, run, &saved, options);
        }
        let (service, link) = office.care_wing()?;
        refuse_foreign(&link)?;
        settle(office, &service)?;
        let anew = (options.clone(), Aim::Send);
        let made_anew = match saved.proposal.month {
            Some(month) if step == Step::Plan => plan::prepare(office, &service, month, anew),
            Some(_) | None => basics::prepare(office, &service, anew),
        };
        let mut proposal = made_anew.map_err(|error| gone(saved.id, error))?;
        refuse_stale(office, (run, &service), &saved, &proposal)?;
        decide(office, &saved, &mut proposal)?;
        if let Some(allowed) = allow_removals {
            office.ledger.event(run, "removals allowed", allowed)?;
        }
        // After the decisions: they say which months would be emptied.
        let allowed = allow_removals.unwrap_or(options.allow_removals);
        for group in &mut proposal.groups {
            removal::allow(group, allowed);
        }
        refuse_too_many(office, run, &proposal)?;
        office.stop.heed()?;
        let preview = preview::path(office, saved.id, step, saved.proposal.month);
        let ended = deliver(office, run, &service, &link, proposal, saved.id);
        let mut outcome = stamped(office, run, (&preview, saved.id), ended)?;
        outcome.preview = Some(preview).filter(|path| disk::exists(path));
        Ok(outcome)
    })
}

fn find(office: &Office, id: Option<i64>) -> Result<SavedProposal, Error> {
    let named = id.map_or_else(|| "(未登録のもの)".to_owned(), |id| id.to_string());
    let saved = office
        .ledger
        .proposal(id)?
        .ok_or(Refusal::NoProposal(named))?;
    match saved.state {
        ProposalState::Open => Ok(saved),
        ProposalState::Used => Err(used(&saved).into()),
        ProposalState::Stale => Err(Refusal::ProposalStale {
            id: saved.id,
            moved: "・前に確かめたときに、すでに古くなっていました".to_owned(),
        }
        .into()),
    }
}

/// A proposal goes out once. What is left over of one that was stopped is not sent from it:
/// what Care-wing holds has moved by our own sending, so nobody has seen what would go now.
/// Prepared again, it holds the rest alone, and is shown.
fn used(saved: &SavedProposal) -> Refusal {
    let id = saved.id;
    match saved.unfinished {
        Some(0) => Refusal::ProposalUsed { id },
        left => Refusal::ProposalStopped {
            id,
            left: left.map_or_else(
                || "どこまで登録できたか分かりません".to_owned(),
                |left| format!("{left}件が送れていないか、届いたか分かりません"),
            ),
            command: match saved.proposal.month {
                Some(month) => format!("rakuwing {} --month {month}", saved.proposal.step),
                None => format!("rakuwing {}", saved.proposal.step),
            },
        },
    }
}

/// Where the files of a proposal lie there no more, it is the proposal that cannot be registered.
fn gone(id: i64, error: Error) -> Error {
    match error {
        Error::NothingToRead { .. } | Error::NothingUsable { .. } => Refusal::ProposalStale {
            id,
            moved: "・受信箱(inbox)に、そのときのファイルがありません".to_owned(),
        }
        .into(),
        error => error,
    }
}

/// A proposal is sent as it was shown or not at all: everything that it was made from is made
/// anew and compared.
fn refuse_stale(
    office: &Office,
    (run, service): (RunId, &CareWing),
    saved: &SavedProposal,
    now: &Proposal,
) -> Result<(), Error> {
    let moved = moved(office, service, saved, now)?;
    if moved.is_empty() {
        return Ok(());
    }
    Err(stale(office, run, saved, &moved))
}

/// Closes a proposal that is stale; the error says what has moved since it was made, and its
/// preview does not ask to register it any more.
pub fn stale(office: &Office, run: RunId, saved: &SavedProposal, moved: &[String]) -> Error {
    let id = saved.id;
    preview::stamp_stale(office, run, saved);
    match office.ledger.close_proposal(id, ProposalState::Stale) {
        Ok(()) => Refusal::ProposalStale {
            id,
            moved: moved.join("\n"),
        }
        .into(),
        Err(error) => error.into(),
    }
}

/// The words in which registering is asked about.
const REGISTERING: Asking = Asking {
    question: "Care-wingに登録しますか",
    undone: "登録していません",
    doing: "登録する",
};

/// Shows a proposal, asks, and registers it.
pub fn conclude(
    office: &mut Office,
    run: RunId,
    (service, link): (&CareWing, &LinkInfo),
    proposal: Proposal,
    consent: Consent,
    clerk: &mut dyn Clerk,
) -> Result<Outcome, Error> {
    refuse_too_many(office, run, &proposal)?;
    let saved = proposal.saved(&office.tables);
    // The preview bears the number by which the proposal is registered, and is written before
    // there is anything that could be: nothing goes that nobody could look at.
    let number = office.ledger.next_proposal()?;
    let preview = preview::write(&proposal, &saved, office, (run, Some(number)))?;
    let id = office.ledger.save_proposal(run, &saved)?;
    debug_assert_eq!(id, number, "one process at a time works in a folder");
    let mut summary = proposal.summary(Some(preview.clone()));
    summary.proposal = Some(id);
    clerk.show(&summary);
    let consent = match consent {
        Consent::Ask if proposal.to_send() == 0 => Consent::Given,
        other => other,
    };
    let go = match super::may_go_on(office, consent, clerk, REGISTERING, id) {
        Ok(go) => go,
        Err(error) => {
            // Nobody has answered: it was made, and waits.
            enter_waiting(office, run, &proposal)?;
            return Err(error);
        }
    };
    let mut outcome = if go {
        let ended = deliver(office, run, service, link, proposal, id);
        stamped(office, run, (&preview, id), ended)?
    } else {
        postpone(office, run, proposal, id)?
    };
    outcome.preview = Some(preview);
    Ok(outcome)
}

/// The end of a registration, after the preview was told of it.
pub fn stamped(
    office: &Office,
    run: RunId,
    preview: (&Path, i64),
    mut ended: Result<Outcome, Error>,
) -> Result<Outcome, Error> {
    let note = preview::stamp(office, run, preview, &ended);
    if let Ok(outcome) = &mut ended {
        outcome.notes.extend(note);
    }
    ended
}

/// Closes the account of a proposal that is not sent now.
fn postpone(
    office: &Office,
    run: RunId,
    mut proposal: Proposal,
    id: i64,
) -> Result<Outcome, Error> {
    let mut outcome = Outcome::of(proposal.step.name(), proposal.month);
    if proposal.to_send() > 0 {
        outcome.sending = Sending::Later;
    }
    for planned in proposal.groups.iter().flat_map(|group| &group.items) {
        let (fate, code) = expected(planned);
        give(&mut proposal.book, planned, fate)?;
        proposal.findings.extend(
            code.map(|code| not_sent(planned, code))
                .into_iter()
                .flatten(),
        );
    }
    outcome.unchanged = proposal.unchanged();
    outcome.kept = proposal.count(Course::LeaveTheirs);
    outcome.proposal = Some(id);
    let locked = locks::is_closed(office, proposal.month)?;
    let nothing = proposal.planned().next().is_none();
    outcome.notes.push(match proposal.month.filter(|_| locked) {
        Some(month) => format!(
            "見るだけです。{}はロックされているので、登録できません。",
            month.in_words()
        ),
        None if nothing => "登録するものはありません。".to_owned(),
        None => format!(
            "まだ登録していません。登録するには `rakuwing register {id}` を実行してください。"
        ),
    });
    outcome.notes.extend(whose_side_stays(&proposal.findings));
    let withheld = |of: &&Planned| matches!(of.course(), Course::Withhold(_));
    let asked = removal::asked_for(proposal.planned().filter(withheld));
    outcome.notes.extend(asked.in_words().map(|agreed| {
        let count = asked.count();
        format!("{agreed}、`rakuwing register {id} --allow-removals {count}` を実行してください。")
    }));
    let (name, run_name) = (office.name(), run.to_string());
    let mut heading = heading(&name, proposal.step, proposal.month, &run_name);
    heading.done = "送る予定";
    outcome.notes.extend(proposal.remarks.iter().cloned());
    outcome.left = proposal.left;
    // Nothing was sent, so what was open before is open still.
    outcome.close_in(office, &proposal.for_the_workbook(), heading)?;
    if !locked {
        enter_waiting(office, run, &proposal)?;
    }
    parallel::let_go(proposal);
    Ok(outcome)
}

/// Enters who is open after a proposal that is not registered now.
fn enter_waiting(office: &Office, run: RunId, proposal: &Proposal) -> Result<(), Error> {
    let mut watch = Watch::of(office, proposal.step, proposal.month)?;
    for group in &proposal.groups {
        stood(group, &mut watch);
    }
    let waiting = still_open::waiting(proposal);
    let ledger = &office.ledger;
    ledger.at_once(|| enter_open(office, run, proposal, &watch, waiting))
}

/// The fate that the rows of an item would have, and what is to be said of it.
fn expected(planned: &Planned) -> (Fate, Option<Code>) {
    match planned.course() {
        Course::Send => (Fate::Sent, None),
        Course::LeaveTheirs => (Fate::Excluded, Some(Code::KeptTheirs)),
        Course::Withhold(code) => (Fate::Withheld, Some(code)),
    }
}
