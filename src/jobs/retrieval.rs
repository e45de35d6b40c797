//! What a retrieval would write: fetched pages, folded into lines and encoded. Nothing is
//! written here but the preview.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value as Json;

use crate::check::Roster;
use crate::error::{Error, Refusal};
use crate::finding::{Address, Code, Fate, Finding};
use crate::fold::{self, FoldRules, Folded, FoldedClient};
use crate::ledger::RunId;
use crate::model::{Actual, AddOns, ClientId, Mark, PlanLine, YearMonth};
use crate::payload::lines;
use crate::report::{self, Action, Preview};
use crate::service::ServiceError;
use crate::table::Layout;
use crate::write::{self, EncodedLine, Unwritable};

use super::collection::Collection;
use super::office::Office;
use super::proposal::{Options, Step, title};
use super::{Summary, plan, preview};

/// What would be written.
#[derive(Debug)]
pub struct Retrieval {
    /// The month.
    pub month: YearMonth,
    /// The choices.
    pub options: Options,
    /// The actuals as lines, with findings and fates.
    pub folded: Folded,
    /// How many lines the file has.
    pub lines: usize,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Folds pages into lines and encodes them; nothing is written yet.
pub fn retrieve(
    office: &Office,
    month: YearMonth,
    options: Options,
    pages: &[Vec<u8>],
) -> Result<Retrieval, Error> {
    let actual = read(office, pages)?;
    if actual.visits.is_empty() && actual.add_ons.is_empty() {
        return Err(Refusal::NothingApproved(month.in_words()).into());
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

/// What the clerk is shown.
pub fn summary(retrieval: &Retrieval) -> Summary {
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
    let pro_rated = folded.comparison.sums().pro_rated;
    if pro_rated > 0 {
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
            ("日割コードの利用者", pro_rated as usize),
            ("保留の実績", folded.book.count(Fate::Withheld)),
        ],
        remarks,
        preview: None,
        proposal: None,
    }
}

/// A client of two of our offices is one client.
fn clients_written(folded: &Folded) -> usize {
    let written = folded.clients.iter().filter(|client| {
        client
            .rows
            .iter()
            .all(|row| folded.book.fate(*row) == Some(Fate::Sent))
    });
    written
        .map(|client| client.client)
        .collect::<BTreeSet<_>>()
        .len()
}

fn count(folded: &Folded, code: Code) -> usize {
    folded
        .findings
        .iter()
        .filter(|finding| finding.code == code)
        .count()
}

/// Writes the preview workbook.
pub fn write_preview(office: &Office, run: RunId, retrieval: &Retrieval) -> Result<PathBuf, Error> {
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
                decision: None,
                kind: "実績",
                number: client.client.to_string(),
                name: client.name.clone(),
                detail: format!("{}行、{visits}回", client.lines.len()),
                place: Address(&client.place).to_string(),
            }
        })
        .collect();
    let summary = summary(retrieval);
    let path = preview::path(office, run, Step::Actuals, Some(retrieval.month));
    let preview = Preview {
        title: &summary.title,
        office: &office.name(),
        counts: &summary.counts,
        remarks: &summary.remarks,
        changes: &changes,
        apart: &[],
        mark: None,
    };
    report::write_preview(&path, &preview)?;
    Ok(path)
}
