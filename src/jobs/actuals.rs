//! 実績の取得: approved actuals become files that 楽すけ can take.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::check::Roster;
use crate::disk::{self, Digest};
use crate::error::{Error, Refusal};
use crate::finding::{Address, Code, Fate, Finding};
use crate::fold::{self, FoldRules, Folded, FoldedClient};
use crate::ledger::{NewProposal, ProposalState, RunId, SavedProposal};
use crate::model::{Actual, AddOns, ClientId, Mark, PlanLine, YearMonth};
use crate::payload::lines;
use crate::report::{self, Action, Preview};
use crate::service::{CareWing, ServiceError};
use crate::table::Layout;
use crate::write::{self, EncodedLine, Unwritable};

use super::compare::Collection;
use super::inbox::free_name;
use super::office::Office;
use super::outcome::{Outcome, heading, in_run};
use super::proposal::{Options, Step, month_in_name, title};
use super::{Clerk, Consent, Summary, plan};

/// What would be written.
struct Retrieval {
    month: YearMonth,
    options: Options,
    folded: Folded,
    lines: usize,
    bytes: Vec<u8>,
}

/// Runs the step.
pub fn actuals(
    office: &mut Office,
    month: YearMonth,
    options: Options,
    consent: Consent,
    clerk: &mut dyn Clerk,
) -> Result<Outcome, Error> {
    in_run(office, Step::Actuals.name(), Some(month), |office, run| {
        let (service, _) = office.care_wing()?;
        let pages = fetch(&service, month, options.add_ons)?;
        let retrieval = retrieve(office, month, options, &pages)?;
        let id = save(office, run, &retrieval, &pages)?;
        let preview = write_preview(office, run, &retrieval)?;
        let mut summary = summary(&retrieval);
        (summary.preview, summary.proposal) = (Some(preview.clone()), Some(id));
        clerk.show(&summary);
        let go = match consent {
            Consent::Given => true,
            Consent::PrepareOnly => false,
            Consent::Ask => clerk.agrees("楽すけ用のファイルを書き出しますか").ok_or_else(|| {
                Error::Usage(format!(
                    "確かめる相手がいないため、書き出していません。`rakuwing register {id}` で書き出すか、\
                     --yes を付けてください"
                ))
            })?,
        };
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
    let mut moved = Vec::new();
    if saved.proposal.tables != office.tables.digest {
        moved.push("・対応表(mappings)");
    } else if saved.proposal.items != Digest::of(&retrieval.bytes) {
        moved.push("・登録した予定または基本情報");
    }
    if !moved.is_empty() {
        office
            .ledger
            .close_proposal(saved.id, ProposalState::Stale)?;
        return Err(Refusal::ProposalStale {
            id: saved.id,
            moved: moved.join("\n"),
        }
        .into());
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

/// Folds pages into lines and encodes them; nothing is written yet.
fn retrieve(
    office: &Office,
    month: YearMonth,
    options: Options,
    pages: &[Vec<u8>],
) -> Result<Retrieval, Error> {
    let actual = read(office, pages)?;
    if actual.visits.is_empty() && actual.add_ons.is_empty() {
        return Err(
            Refusal::NothingApproved(format!("{}年{}月", month.year(), month.month())).into(),
        );
    }
    let planned = planned(office, month)?;
    let roster: Roster = plan::roster(office)?;
    let rules = FoldRules {
        offices: &office.settings.offices,
        month,
        add_ons: options.add_ons,
        mark: options.mark,
        services: &office.tables.services,
        roster: &roster,
        planned: &planned,
    };
    let mut folded = fold::fold(actual, &rules)?;
    let layout = office.tables.grid().ok_or_else(|| {
        Error::Usage("mappings/layouts に月間ケアプランの対応表がありません".to_owned())
    })?;
    let encoded = encode(&mut folded, layout)?;
    let bytes = write::file(&encoded, layout).map_err(|unwritable| {
        Error::Usage(format!("対応表の見出しに{}", unwritable_words(unwritable)))
    })?;
    Ok(Retrieval {
        month,
        options,
        folded,
        lines: encoded.len(),
        bytes,
    })
}

fn read(office: &Office, pages: &[Vec<u8>]) -> Result<Actual, Error> {
    let unforeseen = |detail: String| {
        Error::Service(ServiceError::Unforeseen {
            detail: format!("実績 {detail}"),
        })
    };
    let mut actual = Actual::default();
    for page in pages {
        let json: Json = serde_json::from_slice(page).map_err(|_| unforeseen("JSON".to_owned()))?;
        let record = office
            .tables
            .actuals
            .read(&json)
            .map_err(|misfit| unforeseen(misfit.pointer))?;
        let page = Actual::from_record(&record)
            .ok_or_else(|| unforeseen("必須の項目がありません".to_owned()))?;
        actual.append(page);
    }
    Ok(actual)
}

/// The lines of the plans that were last registered, by client.
fn planned(office: &Office, month: YearMonth) -> Result<BTreeMap<ClientId, Vec<PlanLine>>, Error> {
    let mut planned: BTreeMap<ClientId, Vec<PlanLine>> = BTreeMap::new();
    for sent in office
        .ledger
        .sent(&Collection::Plans(month).name())?
        .into_values()
    {
        for line in lines::restore(&sent.source).unwrap_or_default() {
            planned.entry(line.client).or_default().push(line);
        }
    }
    Ok(planned)
}

/// Encodes each client's lines. A client with a character that cannot be written is withheld
/// whole: half a client would be billed as if it were all.
fn encode(folded: &mut Folded, layout: &Layout) -> Result<Vec<EncodedLine>, Error> {
    let mut encoded = Vec::new();
    for client in &folded.clients {
        let lines: Result<Vec<EncodedLine>, Unwritable> = client
            .lines
            .iter()
            .map(|line| write::encode(line, layout))
            .collect();
        let fate = match lines {
            Ok(lines) => {
                folded.findings.extend(replaced(client, &lines));
                encoded.extend(lines);
                Fate::Sent
            }
            Err(unwritable) => {
                folded.findings.push(
                    Finding::new(Code::CannotComeBack, client.place.clone())
                        .of(client.client, &client.name)
                        .value(unwritable.character)
                        .detail(unwritable_words(unwritable)),
                );
                Fate::Withheld
            }
        };
        for row in &client.rows {
            folded.book.decide(*row, fate)?;
        }
    }
    Ok(encoded)
}

fn replaced(client: &FoldedClient, lines: &[EncodedLine]) -> Option<Finding> {
    let mut words: Vec<String> = lines
        .iter()
        .flat_map(|line| &line.replaced)
        .map(|replacement| {
            let from = u32::from(replacement.from);
            let to = replacement
                .to
                .map_or_else(|| "削除".to_owned(), String::from);
            format!("U+{from:04X} {}→{to}", replacement.from)
        })
        .collect();
    words.sort();
    words.dedup();
    (!words.is_empty()).then(|| {
        Finding::new(Code::Replaced, client.place.clone())
            .of(client.client, &client.name)
            .detail(words.join("、"))
    })
}

fn unwritable_words(unwritable: Unwritable) -> String {
    let code = u32::from(unwritable.character);
    let suggestion = unwritable
        .suggestion
        .map(|to| format!("、「{to}」ではどうでしょうか"))
        .unwrap_or_default();
    format!(
        "書けない文字「{}」(U+{code:04X}){suggestion}",
        unwritable.character
    )
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
    };
    let id = office.ledger.save_proposal(run, &proposal)?;
    office.ledger.stage(id, pages)?;
    Ok(id)
}

fn summary(retrieval: &Retrieval) -> Summary {
    let folded = &retrieval.folded;
    let waiting = count(folded, Code::NotApprovedYet);
    let mut remarks = Vec::new();
    match retrieval.options.add_ons {
        AddOns::With => remarks.push("加算データも登録します。".to_owned()),
        AddOns::Without => remarks.push(format!(
            "加算データは登録しません(取り込まない加算: {}件)。",
            folded.dropped_add_ons
        )),
    }
    remarks.push(match retrieval.options.mark {
        Mark::Actual => "実績のみ1をたてます。".to_owned(),
        Mark::Both => "予定・実績ともに1をたてます。".to_owned(),
    });
    if !folded.pro_rated.is_empty() {
        remarks.push(Code::ProRatedActual.cause().to_owned());
        remarks.push(Code::ProRatedActual.cure().to_owned());
    }
    Summary {
        title: title(Step::Actuals, Some(retrieval.month)),
        counts: vec![
            ("取り込む利用者", clients_written(folded)),
            ("書き出す行", retrieval.lines),
            ("未承認の訪問がある利用者", waiting),
            ("予定にない実績", count(folded, Code::NotPlanned)),
            ("日割コードの利用者", folded.pro_rated.len()),
            ("保留の実績", folded.book.count(Fate::Withheld)),
        ],
        remarks,
        preview: None,
        proposal: None,
    }
}

fn clients_written(folded: &Folded) -> usize {
    folded
        .clients
        .iter()
        .filter(|client| {
            client
                .rows
                .iter()
                .all(|row| folded.book.fate(*row) == Some(Fate::Sent))
        })
        .count()
}

fn count(folded: &Folded, code: Code) -> usize {
    folded
        .findings
        .iter()
        .filter(|finding| finding.code == code)
        .count()
}

fn write_preview(office: &Office, run: RunId, retrieval: &Retrieval) -> Result<PathBuf, Error> {
    let summary = summary(retrieval);
    let name = format!(
        "プレビュー_{}{}_{run}.xlsx",
        Step::Actuals.title(),
        month_in_name(Some(retrieval.month))
    );
    let path = office.folder.reports().join(name);
    let changes: Vec<report::Change> = retrieval
        .folded
        .clients
        .iter()
        .map(|client| {
            let sent = client
                .rows
                .iter()
                .all(|row| retrieval.folded.book.fate(*row) == Some(Fate::Sent));
            let visits: u32 = client.lines.iter().map(|line| line.actual.total()).sum();
            report::Change {
                action: if sent {
                    Action::Create
                } else {
                    Action::Withhold
                },
                kind: "実績",
                number: client.client.to_string(),
                name: client.name.clone(),
                detail: format!("{}行、{visits}回", client.lines.len()),
                place: Address(&client.place).to_string(),
            }
        })
        .collect();
    let preview = Preview {
        title: &summary.title,
        office: &office.name(),
        counts: &summary.counts,
        remarks: &summary.remarks,
        changes: &changes,
    };
    report::write_preview(&path, &preview)?;
    Ok(path)
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
