//! The preview workbook: what a proposal would do, row by row, and where the sides differ.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::disk::Digest;
use crate::error::Error;
use crate::finding::{Address, Code, Finding};
use crate::ledger::{NewProposal, RunId};
use crate::model::YearMonth;
use crate::report::{self, Action, Decision, Preview};

use super::change::{Course, Keep};
use super::compare::{Group, Planned};
use super::office::Office;
use super::proposal::{Proposal, Step, action, month_in_name};
use super::remarks::few;
use super::removal::Removal;
use super::way_back::Stuck;

/// Writes the preview workbook of a proposal, tied to what is saved of it.
pub fn write(
    proposal: &Proposal,
    saved: &NewProposal,
    office: &Office,
    run: RunId,
) -> Result<PathBuf, Error> {
    let mut changes: Vec<report::Change> = proposal
        .groups
        .iter()
        .flat_map(changes)
        .chain(held_clients(proposal))
        .collect();
    // What somebody has to decide about stands where it cannot be overlooked.
    changes.sort_by_key(|change| change.decision.is_none());
    let apart: Vec<report::Apart> = proposal.groups.iter().flat_map(apart).collect();
    let stuck: Vec<report::NoReturn> = proposal.stuck.iter().flat_map(Stuck::rows).collect();
    let mark = mark(run, saved);
    let mut summary = proposal.summary(None);
    let left_out = proposal.unchanged();
    if left_out > 0 {
        summary
            .remarks
            .push(format!("変更なしの{left_out}件は、一覧にのせていません。"));
    }
    let path = path(office, run, proposal.step, proposal.month);
    let preview = Preview {
        title: &summary.title,
        office: &office.name(),
        counts: &summary.counts,
        remarks: &summary.remarks,
        changes: &changes,
        apart: &apart,
        mark: Some(&mark),
    };
    report::write_proposal(&path, &preview, &stuck)?;
    Ok(path)
}

/// Clients with an error, one line each: nothing of theirs is sent.
fn held_clients(proposal: &Proposal) -> Vec<report::Change> {
    let mut held: BTreeMap<String, (&Finding, usize)> = BTreeMap::new();
    for finding in proposal
        .findings
        .iter()
        .filter(|finding| finding.withholds())
    {
        let key = finding
            .client
            .as_ref()
            .map(|who| who.id.to_string())
            .unwrap_or_default();
        held.entry(key).or_insert((finding, 0)).1 += 1;
    }
    held.into_iter()
        .map(|(number, (finding, count))| report::Change {
            action: Action::Withhold,
            decision: None,
            kind: proposal.step.title(),
            number,
            name: finding
                .client
                .as_ref()
                .map(|who| who.name.to_string())
                .unwrap_or_default(),
            detail: format!("{}{}", finding.code.title(), others(count)),
            place: Address(&finding.place).to_string(),
        })
        .collect()
}

fn others(count: usize) -> String {
    if count > 1 {
        format!("、ほか{}件", count - 1)
    } else {
        String::new()
    }
}

/// What nobody would do anything about is counted and not listed: in a month that is prepared
/// again, that is nearly everything.
fn changes(group: &Group) -> Vec<report::Change> {
    let kind = group.collection.label();
    let planned = group.items.iter().map(|planned| report::Change {
        action: action(planned),
        decision: planned.may_be_decided().then(|| decision(planned.keep)),
        kind,
        number: planned.item.key.clone(),
        name: name(planned),
        detail: detail(planned),
        place: Address(&planned.item.trace.place(None)).to_string(),
    });
    let missing = group.missing.iter().map(|missing| report::Change {
        action: Action::Keep,
        decision: None,
        kind,
        number: missing.key.clone(),
        name: missing
            .who
            .as_ref()
            .map(|who| who.name.to_string())
            .unwrap_or_default(),
        detail: Code::MissingThere.title().to_owned(),
        place: String::new(),
    });
    planned.chain(missing).collect()
}

fn name(planned: &Planned) -> String {
    let who = planned.item.who.as_ref();
    who.map(|who| who.name.to_string()).unwrap_or_default()
}

fn decision(keep: Option<Keep>) -> Decision {
    match keep {
        Some(Keep::Ours) => Decision::Ours,
        Some(Keep::Theirs) => Decision::Theirs,
        None => Decision::Later,
    }
}

/// What would happen to something that somebody else has changed, and where the sides differ.
fn detail(planned: &Planned) -> String {
    let apart = apart_in_words(planned);
    match planned.removal {
        Some(Removal {
            visits, add_ons, ..
        }) => {
            let removal = format!("今回のデータにありません(訪問 {visits}回、加算 {add_ons}件)");
            format!("{removal}\n{apart}").trim_end().to_owned()
        }
        None => apart,
    }
}

fn apart_in_words(planned: &Planned) -> String {
    let what = match planned.course() {
        Course::Withhold(code) => code.title(),
        Course::LeaveTheirs => Code::KeptTheirs.title(),
        Course::Send if planned.may_be_decided() => Code::Overwritten.title(),
        Course::Send => return String::new(),
    };
    if planned.differences.is_empty() {
        return what.to_owned();
    }
    let labels = planned.differences.iter().map(|of| &*of.label);
    format!("{what}: {}", few(labels))
}

fn apart(group: &Group) -> Vec<report::Apart> {
    let of = |planned: &Planned| {
        let planned_name = name(planned);
        let key = planned.item.key.clone();
        let rows = planned
            .differences
            .iter()
            .map(move |difference| report::Apart {
                kind: group.collection.label(),
                number: key.clone(),
                name: planned_name.clone(),
                field: difference.label.clone(),
                sent: difference.sent.clone(),
                there: difference.there.clone(),
                ours: difference.ours.clone(),
            });
        rows.collect::<Vec<_>>()
    };
    group.items.iter().flat_map(of).collect()
}

/// Ties a preview workbook to the proposal that it shows.
pub fn mark(run: RunId, proposal: &NewProposal) -> String {
    const LETTERS: usize = 16;
    let parts = [
        &proposal.inputs,
        &proposal.tables,
        &proposal.held,
        &proposal.items,
    ];
    let parts = parts.map(Digest::as_str).join("\n");
    let digest = Digest::of(format!("{run}\n{parts}").as_bytes());
    digest.as_str()[..LETTERS].to_owned()
}

/// Where the preview workbook of a run stands.
pub fn path(office: &Office, run: RunId, step: Step, month: Option<YearMonth>) -> PathBuf {
    let name = format!(
        "プレビュー_{}{}_{run}.xlsx",
        step.title(),
        month_in_name(month)
    );
    office.folder.reports().join(name)
}
