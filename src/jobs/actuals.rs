//! 実績の取得: approved actuals become files that 楽すけ can take.

use std::path::{Path, PathBuf};

use crate::disk::{self, Digest};
use crate::error::{Error, Refusal};
use crate::ledger::{NewProposal, ProposalState, RunId, SavedProposal};
use crate::model::{AddOns, YearMonth};
use crate::service::{CareWing, ServiceError};

use super::inbox::free_name;
use super::office::Office;
use super::outcome::{Outcome, heading, in_run};
use super::proposal::{Options, Step};
use super::register::stale;
use super::retrieval::{Retrieval, retrieve, summary, write_preview};
use super::{Asking, Clerk, Consent, locks};

/// The words in which writing is asked about.
const WRITING: Asking = Asking {
    question: "楽すけ用のファイルを書き出しますか",
    undone: "書き出していません",
    doing: "書き出す",
};

/// Runs the step.
pub fn actuals(
    office: &mut Office,
    month: YearMonth,
    options: Options,
    consent: Consent,
    clerk: &mut dyn Clerk,
) -> Result<Outcome, Error> {
    in_run(office, Step::Actuals.name(), Some(month), |office, run| {
        locks::respect(office, run, month, consent, clerk)?;
        let (service, _) = office.care_wing()?;
        let pages = fetch(&service, month, options.add_ons)?;
        let retrieval = retrieve(office, month, options, &pages)?;
        let id = save(office, run, &retrieval, &pages)?;
        let preview = write_preview(office, run, &retrieval)?;
        let mut summary = summary(&retrieval);
        (summary.preview, summary.proposal) = (Some(preview.clone()), Some(id));
        clerk.show(&summary);
        let go = super::may_go_on(office, consent, clerk, WRITING, id)?;
        let mut outcome = finish(office, run, &retrieval, id, go)?;
        outcome.preview = Some(preview);
        Ok(outcome)
    })
}

/// Writes the files of a saved retrieval: from what was staged, not from a new fetch.
pub fn register(
    office: &mut Office,
    run: RunId,
    saved: &SavedProposal,
    options: Options,
) -> Result<Outcome, Error> {
    let Some(month) = saved.proposal.month else {
        return Err(Refusal::NoProposal(saved.id.to_string()).into());
    };
    let pages = office.ledger.staged(saved.id)?;
    let retrieval = retrieve(office, month, options, &pages)?;
    let mut moved: Vec<String> = Vec::new();
    if saved.proposal.tables != office.tables.digest {
        moved.push("・対応表(mappings)".to_owned());
    } else if saved.proposal.items != Digest::of(&retrieval.bytes) {
        moved.push("・登録した予定または基本情報".to_owned());
    }
    if !moved.is_empty() {
        return Err(stale(office, saved.id, &moved));
    }
    finish(office, run, &retrieval, saved.id, true)
}

/// Every page of the month's approved actuals, as it came.
fn fetch(
    service: &CareWing,
    month: YearMonth,
    add_ons: AddOns,
) -> Result<Vec<Vec<u8>>, ServiceError> {
    let contract = service.contract();
    let path = contract
        .paths
        .actuals
        .replace("{month}", &month.to_string());
    let choice = match add_ons {
        AddOns::With => &contract.query.with,
        AddOns::Without => &contract.query.without,
    };
    let query = [(&*contract.query.add_ons, &**choice)];
    let counted = contract
        .actuals
        .counted
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>();
    let pages = service.pages(&path, &query, &counted)?;
    Ok(pages
        .iter()
        .map(|page| page.to_string().into_bytes())
        .collect())
}

fn save(
    office: &mut Office,
    run: RunId,
    retrieval: &Retrieval,
    pages: &[Vec<u8>],
) -> Result<i64, Error> {
    let fetched: Vec<&[u8]> = pages.iter().map(Vec::as_slice).collect();
    let proposal = NewProposal {
        step: Step::Actuals.name().to_owned(),
        month: Some(retrieval.month),
        options: serde_json::to_string(&retrieval.options).expect("two words are JSON"),
        inputs: Digest::of(&fetched.join(&0)),
        tables: office.tables.digest.clone(),
        held: Digest::of(b""),
        items: Digest::of(&retrieval.bytes),
        parts: Vec::new(),
    };
    let id = office.ledger.save_proposal(run, &proposal)?;
    office.ledger.stage(id, pages)?;
    Ok(id)
}

/// Writes the file (or not yet) and closes the account.
fn finish(
    office: &mut Office,
    run: RunId,
    retrieval: &Retrieval,
    id: i64,
    go: bool,
) -> Result<Outcome, Error> {
    let month = Some(retrieval.month);
    let mut outcome = Outcome::of(Step::Actuals.name(), month);
    outcome.proposal = Some(id);
    let (name, run_name) = (office.name(), run.to_string());
    let heading = heading(&name, Step::Actuals, month, &run_name);
    let folded = &retrieval.folded;
    if go {
        let path = output_path(office, retrieval.month);
        if write_keeping(office, &path, &retrieval.bytes)? {
            outcome.sent = retrieval.lines;
        } else {
            outcome.unchanged = retrieval.lines;
            outcome
                .notes
                .push("前回書き出したファイルと同じ内容です。".to_owned());
        }
        outcome.written.push(path);
        office.ledger.close_proposal(id, ProposalState::Used)?;
        office.ledger.finish_proposal(id, 0)?;
        office.ledger.event(run, "written", outcome.sent)?;
    } else {
        outcome.notes.push(format!(
            "まだ書き出していません。書き出すには `rakuwing register {id}` を実行してください。"
        ));
    }
    outcome.close(
        &folded.book,
        &folded.findings,
        &office.folder.reports(),
        heading,
    )?;
    Ok(outcome)
}

fn output_path(office: &Office, month: YearMonth) -> PathBuf {
    office.folder.outbox().join(format!(
        "月間ケアプラン_実績_{:04}{:02}.csv",
        month.year(),
        month.month()
    ))
}

/// Writes a file whole; an earlier one with other contents is kept in the archive. `false`
/// where the file says the same already.
fn write_keeping(office: &Office, path: &Path, bytes: &[u8]) -> Result<bool, Error> {
    if let Some(earlier) = disk::read_if_there(path)? {
        if earlier == bytes {
            return Ok(false);
        }
        let stamp = office.now().format("%Y%m%d-%H%M%S");
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let kept = office
            .folder
            .archive()
            .join(format!("{stamp}_{}", name.unwrap_or_default()));
        disk::rename(path, &free_name(&kept))?;
    }
    disk::write(path, bytes)?;
    Ok(true)
}
