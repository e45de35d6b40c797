//! 実績の取得: approved actuals become files that 楽すけ can take.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use crate::audit::Basis;
use crate::disk::Digest;
use crate::error::{Error, Refusal};
use crate::finding::{Code, Fate, Finding};
use crate::fold::{self, Folded};
use crate::ledger::{NewProposal, OpenLine, ProposalState, RunId, SavedProposal};
use crate::model::{AddOns, Comparison, FileName, Place, YearMonth};
use crate::report::{self, ComparisonReport};
use crate::service::{CareWing, ServiceError};
use crate::write::{Parts, RowWriter};

use super::audit;
use super::drafts::in_words;
use super::office::Office;
use super::outbox::{Manifest, Outbox};
use super::outcome::{Outcome, heading, in_run};
use super::proposal::{Options, Step, month_in_name};
use super::register::{stale, stamped};
use super::retrieval::{self, Retrieval, retrieve, summary, write_preview};
use super::still_open::{self, Found, Seen, Watch};
use super::{Asking, Clerk, Consent, addressees, living, locks, plan, preview};

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
        let retrieval = match retrieve(office, month, options, &pages) {
            Err(error @ Error::Refused(Refusal::NothingApproved { .. })) => {
                enter_not_approved(office, run, month, &pages)?;
                return Err(error);
            }
            other => other?,
        };
        let id = save(office, run, &retrieval, &pages)?;
        let preview = write_preview(office, id, &retrieval)?;
        let mut summary = summary(&retrieval);
        (summary.preview, summary.proposal) = (Some(preview.clone()), Some(id));
        clerk.show(&summary);
        let go = super::may_go_on(office, consent, clerk, WRITING, id)?;
        let mut outcome = finish(office, run, retrieval, id, go)?;
        if go {
            outcome = stamped(office, run, (&preview, id), Ok(outcome))?;
        }
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
    if office.ledger.is_overtaken(saved)? {
        moved.push("・実績(あとから取得した実績が、すでに書き出されています)".to_owned());
    }
    if saved.proposal.tables != office.tables.digest {
        moved.push("・対応表(mappings)".to_owned());
    } else if saved.proposal.items != retrieval.digest {
        moved.push(
            "・予定(登録したもの、または受信箱(inbox)のファイル)、基本情報、または設定".to_owned(),
        );
    }
    if !moved.is_empty() {
        return Err(stale(office, run, saved, &moved));
    }
    let preview = preview::path(office, saved.id, Step::Actuals, Some(month));
    // What fails is written by the next `register` of the same number.
    let outcome = finish(office, run, retrieval, saved.id, true)?;
    stamped(office, run, (&preview, saved.id), Ok(outcome))
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
    service.raw_pages(&path, &query, &contract.actuals)
}

fn save(
    office: &mut Office,
    run: RunId,
    retrieval: &Retrieval,
    pages: &[Vec<u8>],
) -> Result<i64, Error> {
    // Page by page: laid together they would take the memory of the month once more.
    let mut fetched = Sha256::new();
    for page in pages {
        fetched.update(page);
        fetched.update([0]);
    }
    let proposal = NewProposal {
        step: Step::Actuals.name().to_owned(),
        month: Some(retrieval.month),
        options: serde_json::to_string(&retrieval.options).expect("two words are JSON"),
        inputs: Digest::from_hash(&fetched.finalize()),
        tables: office.tables.digest.clone(),
        held: Digest::of(b""),
        items: retrieval.digest.clone(),
        parts: Vec::new(),
    };
    let id = office.ledger.save_proposal(run, &proposal)?;
    office.ledger.stage(id, pages)?;
    Ok(id)
}

/// Writes the files (or not yet) and closes the account.
fn finish(
    office: &mut Office,
    run: RunId,
    retrieval: Retrieval,
    id: i64,
    go: bool,
) -> Result<Outcome, Error> {
    let month = Some(retrieval.month);
    let mut outcome = Outcome::of(Step::Actuals.name(), month);
    outcome.proposal = Some(id);
    let not_registered = retrieval.not_registered.clone();
    let (of_month, looked_at) = (retrieval.month, retrieval.audit.clone());
    let unread = retrieval.unread;
    let (name, run_name) = (office.name(), run.to_string());
    let heading = heading(&name, Step::Actuals, month, &run_name);
    let mut folded = if go {
        let folded = write(office, run, retrieval, &mut outcome)?;
        office.ledger.close_proposal(id, ProposalState::Used)?;
        office.ledger.finish_proposal(id, 0)?;
        office.ledger.event(run, "written", outcome.sent)?;
        folded
    } else {
        outcome.notes.push(format!(
            "まだ書き出していません。書き出すには `rakuwing register {id}` を実行してください。"
        ));
        retrieval.folded
    };
    enter_open(office, run, &folded, &not_registered)?;
    let never_went = still_open::open_at(office, Step::Plan, month)?;
    let is_whole = never_went.is_empty() && folded.book.count(Fate::Withheld) == 0;
    let unapproved = folded.comparison.sums().unapproved;
    if unapproved > 0 {
        // The last line says that all rows went through, and these are in none of them.
        outcome.notes.push(format!(
            "まだ承認されていない訪問が{unapproved}件あり、書き出すファイルには入りません。\
             Care-wingで承認してから、もう一度「実績の取得」をしてください。"
        ));
    } else if go && is_whole && outcome.sent + outcome.unchanged > 0 {
        outcome.notes.push(format!(
            "次にすること: outbox のファイルを楽すけに取り込み、請求を締めたら、`rakuwing lock --month {of_month}` で\
             この月をロックしてください。"
        ));
    }
    folded.findings.extend(never_sent(&never_went));
    let seen = living::Seen {
        step: Step::Actuals,
        month,
        book: &folded.book,
        findings: &folded.findings,
        inputs: &[],
        people: &BTreeSet::new(),
        named: &BTreeSet::new(),
        with_files: &[],
        went: &BTreeSet::new(),
    };
    let living = outcome.close_in(office, &seen, heading)?;
    if go {
        office.ledger.at_once(|| living.enter(&office.ledger))?;
    }
    // All that is to be remembered is, so that nothing of it is lost with the list.
    let looked_at = (&looked_at, Basis::Actuals, unread);
    if let Err(error) = audit::write(office, of_month, looked_at, &mut outcome) {
        outcome.notes.push(format!(
            "請求前点検の一覧は書けませんでした({error})。直してから `rakuwing audit --month {of_month}` で作れます。"
        ));
    }
    Ok(outcome)
}

/// Enters whose actuals are held, and who waits for approval.
fn enter_open(
    office: &Office,
    run: RunId,
    folded: &Folded,
    not_registered: &[OpenLine],
) -> Result<(), Error> {
    let month = folded.comparison.month;
    let clients = folded.comparison.clients.iter();
    let clients = clients.map(|of| (of.client, &*of.name, of.unapproved));
    let found = Found {
        step: Step::Actuals,
        month: Some(month),
        book: &folded.book,
        findings: &folded.findings,
        inputs: &[],
        seen: &Seen::default(),
        watch: &Watch::default(),
        others: still_open::not_approved(month, clients),
    };
    let ledger = &office.ledger;
    ledger.at_once(|| still_open::enter_retrieved(office, run, found, not_registered))
}

/// The same where nothing is approved, so that there is nothing to fold.
fn enter_not_approved(
    office: &Office,
    run: RunId,
    month: YearMonth,
    pages: &[Vec<u8>],
) -> Result<(), Error> {
    let actual = retrieval::read(&office.tables.actuals, pages)?;
    let roster = plan::roster(office)?;
    let mut folded = fold::nothing(month, office.settings.limits);
    folded.wait_for(&actual.unapproved, &roster);
    enter_open(office, run, &folded, &[])
}

/// Whose plan never went: nothing was planned for them at Care-wing, so what comes back of them
/// is not their month.
fn never_sent(open: &[OpenLine]) -> Vec<Finding> {
    let people = still_open::people(open).into_iter();
    // Nobody knows whether a file that nobody can read is a plan.
    let people = people.filter(|person| !person.is_file());
    let findings = people.map(|person| {
        let reason = &person.reasons[0];
        let place = Place {
            row: reason.row,
            ..Place::file(FileName::new(&reason.file))
        };
        let finding = Finding::new(Code::PlanNeverWent, place).detail(reason.in_words());
        match person.client {
            Some(client) => finding.of(client, person.name),
            None => finding.value(person.name),
        }
    });
    findings.collect()
}

/// Writes every file, and last the list of them.
fn write(
    office: &mut Office,
    run: RunId,
    retrieval: Retrieval,
    outcome: &mut Outcome,
) -> Result<Folded, Error> {
    office.stop.heed()?;
    let (month, folded) = (retrieval.month, retrieval.folded);
    let name = |word: &str, ending: &str| {
        let month = month_in_name(Some(month));
        format!("{word}{month}.{ending}")
    };
    let mut outbox = Outbox::of(office);
    let grid = &retrieval.drafts.grid;
    let grid_name = name("月間ケアプラン_実績", "csv");
    if grid.count() == 0 {
        // A file of a header alone would be imported as if somebody meant it.
        outbox.withdraw(&grid_name)?;
        outcome.notes.push(
            "楽すけに取り込む行がないので、月間ケアプラン_実績 は書き出していません。".to_owned(),
        );
    } else if outbox.put(
        &grid_name,
        "楽すけに取り込む月間ケアプラン",
        grid.count(),
        &file(office, grid)?,
    )? {
        outcome.sent = grid.count();
    } else {
        outcome.unchanged = grid.count();
    }
    let deletions = retrieval.options.deletions;
    let told = retrieval
        .tellings
        .write(office, run, deletions, &mut outbox)?;
    addressees::write(office, month, &told, &mut outbox)?;
    compare(
        office,
        &folded.comparison,
        &name("予実対照", "xlsx"),
        &mut outbox,
    )?;
    outcome.written.extend(outbox.ours());
    let manifest = Manifest {
        month: month.to_string(),
        add_ons: word(&retrieval.options.add_ons),
        mark: word(&retrieval.options.mark),
        run: run.to_string(),
        written_at: office.now().to_rfc3339(),
        taken: folded.book.count(Fate::Sent),
        withheld: folded.book.count(Fate::Withheld),
        excluded: folded.book.count(Fate::Excluded),
        files: outbox.entries().to_vec(),
    };
    outcome.written.push(outbox.list(month, &manifest)?);
    if outbox.told() > 0 {
        outcome.notes.push(format!(
            "居宅支援事業所へのファイルは{}件です。送り先とファイル名は「送付先一覧」にあります。",
            outbox.told()
        ));
    }
    if outbox.changed() == 0 {
        let note = "前回書き出したファイルと同じ内容です。";
        outcome.notes.push(note.to_owned());
    }
    Ok(folded)
}

/// Plan against actual, for the clerk alone.
fn compare(
    office: &Office,
    comparison: &Comparison,
    name: &str,
    outbox: &mut Outbox,
) -> Result<(), Error> {
    let report = ComparisonReport {
        office: &office.name(),
        comparison,
    };
    let workbook = report::comparison_workbook(&office.folder.outbox().join(name), &report)?;
    let visits = comparison.clients.iter().map(|of| of.visits.len()).sum();
    outbox.put(name, "予定と実績の対照", visits, &workbook)?;
    Ok(())
}

/// The grid as a file, with its header.
fn file(office: &Office, grid: &Parts) -> Result<Vec<u8>, Error> {
    let layout = office.tables.grid().expect("what is drafted has a layout");
    let mut bytes = Vec::new();
    RowWriter::new(layout)
        .header(&mut bytes)
        .map_err(|unwritable| Error::Usage(format!("対応表の見出しに{}", in_words(unwritable))))?;
    grid.fill("", &mut bytes);
    Ok(bytes)
}

/// A choice as it is typed.
fn word(choice: &impl serde::Serialize) -> String {
    let word = serde_json::to_value(choice).ok();
    let word = word.and_then(|word| word.as_str().map(str::to_owned));
    word.unwrap_or_default()
}
