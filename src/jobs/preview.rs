//! The preview workbook: what a proposal would do, row by row, and where the sides differ.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::disk::Digest;
use crate::error::{Error, Exit};
use crate::finding::{Address, Code, Finding};
use crate::ledger::{NewProposal, RunId, SavedProposal};
use crate::model::YearMonth;
use crate::report::{self, Action, Decision, Preview, Stamped};

use super::change::{Course, Keep};
use super::compare::{Group, Planned};
use super::news;
use super::office::Office;
use super::outcome::Outcome;
use super::proposal::{Proposal, Step, action, month_in_name};
use super::remarks::few;
use super::removal::Gone;
use super::way_back::Stuck;

/// Writes the preview workbook of a proposal, tied to what is saved of it, under the number by
/// which it will be registered; without one where it cannot be.
pub fn write(
    proposal: &Proposal,
    saved: &NewProposal,
    office: &Office,
    (run, number): (RunId, Option<i64>),
) -> Result<PathBuf, Error> {
    let told = news::of(proposal, office)?;
    let mut changes: Vec<report::Change> = proposal
        .groups
        .iter()
        .zip(told.in_words)
        .flat_map(|(group, words)| changes(group, words))
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
    if told.left_out > 0 {
        summary.remarks.push(format!(
            "件数が多いため、登録する内容は先の分だけをのせました。ほかの{}件は、番号と氏名だけをのせています。",
            told.left_out
        ));
    }
    let path = match number {
        Some(number) => path(office, number, proposal.step, proposal.month),
        None => named(
            office,
            &format!("中止_{run}"),
            proposal.step,
            proposal.month,
        ),
    };
    let preview = Preview {
        title: &summary.title,
        number,
        office: &office.name(),
        counts: &summary.counts,
        remarks: &summary.remarks,
        changes: &changes,
        news: &told.lines,
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
fn changes(group: &Group, news: Vec<String>) -> Vec<report::Change> {
    let kind = group.collection.label();
    let planned = group.items.iter().zip(news);
    let planned = planned.map(|(planned, news)| report::Change {
        action: action(planned),
        decision: planned.may_be_decided().then(|| decision(planned.keep)),
        kind,
        number: planned.item.key.clone(),
        name: name(planned),
        detail: [detail(planned), news].join("\n").trim().to_owned(),
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
    let removal = match planned.removal.as_ref().map(|removal| &removal.what) {
        Some(Gone::Month { visits, add_ons }) => {
            format!("今回のデータにありません(訪問 {visits}回、加算 {add_ons}件)")
        }
        Some(Gone::Days(days)) => {
            let days: Vec<String> = days.iter().map(|day| day.day().to_string()).collect();
            format!("過ぎた日の訪問がなくなります: {}日", days.join("、"))
        }
        None => return apart,
    };
    format!("{removal}\n{apart}").trim_end().to_owned()
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

/// What the name of a preview begins with.
pub const WORD: &str = "プレビュー";

/// Where the preview workbook of a proposal stands.
pub fn path(office: &Office, number: i64, step: Step, month: Option<YearMonth>) -> PathBuf {
    named(office, &number.to_string(), step, month)
}

fn named(office: &Office, end: &str, step: Step, month: Option<YearMonth>) -> PathBuf {
    let name = format!("{WORD}_{}{}_{end}.xlsx", step.title(), month_in_name(month));
    office.folder.reports().join(name)
}

/// Writes into the preview of a proposal what became of it. What cannot be written there is no
/// reason to stop: it is a note for the clerk, if there is one.
pub fn stamp(
    office: &Office,
    run: RunId,
    (path, number): (&Path, i64),
    ended: &Result<Outcome, Error>,
) -> Option<String> {
    let when = office.now().format("%Y年%-m月%-d日 %-H:%M");
    let words = match ended {
        Ok(outcome) if matches!(outcome.exit(), Exit::Service | Exit::Stopped) => format!(
            "途中まで登録: {when}(実行 {run})。送った {}件。残りは、同じ操作をもう一度すると送ります。",
            outcome.sent
        ),
        Ok(outcome) => format!(
            "登録済み: {when}(実行 {run})。{} {}件、変更なし {}件、送らなかったもの {}件。",
            outcome.done,
            outcome.sent,
            outcome.unchanged,
            outcome.rejected + outcome.kept
        ),
        Err(_) => format!(
            "途中で止まりました: {when}(実行 {run})。この登録データは、もう使えません。同じ操作をもう一度してください。"
        ),
    };
    write_stamp((path, number), &words)
}

/// The same where the proposal was found stale: nothing went.
pub fn stamp_stale(office: &Office, run: RunId, saved: &SavedProposal) {
    let Some(step) = Step::named(&saved.proposal.step) else {
        return;
    };
    let path = path(office, saved.id, step, saved.proposal.month);
    let when = office.now().format("%Y年%-m月%-d日 %-H:%M");
    let words = format!(
        "古くなりました: {when}(実行 {run})。何も登録していません。この登録データは使えないので、もう一度作ってください。"
    );
    // The error says it already, and nothing else comes of it.
    write_stamp((&path, saved.id), &words);
}

fn write_stamp((path, number): (&Path, i64), words: &str) -> Option<String> {
    match report::stamp_preview(path, number, words) {
        Ok(Stamped::Yes | Stamped::Gone) => None,
        Ok(Stamped::Unrecognised) => Some(format!(
            "プレビューの「概要」が書き換えられているため、「登録済み」と書けませんでした: {}",
            path.display()
        )),
        Err(error) => {
            tracing::debug!(%error, "the preview does not say that it is registered");
            Some(format!(
                "プレビューに「登録済み」と書けませんでした(Excelで開いたままではありませんか): {}",
                path.display()
            ))
        }
    }
}
