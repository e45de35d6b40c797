//! What a retrieval would write: fetched pages, folded into lines and encoded. Nothing is
//! written here but the preview.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use rayon::prelude::*;
use serde_json::Value as Json;

use crate::audit::Audit;
use crate::check::Roster;
use crate::disk::Digest;
use crate::error::{Error, Refusal};
use crate::finding::{Address, Code, Fate, Finding};
use crate::fold::{Folded, FoldedClient, receivers, source};
use crate::ledger::OpenLine;
use crate::model::{Actual, AddOns, InsurerNumber, Mark, Place, ServiceCode, YearMonth};
use crate::report::{self, Action, Preview};
use crate::service::ServiceError;
use crate::table::{Payload, ServiceCodes};

use super::audit::{self, Looked};
use super::drafts::{Drafts, Facts};
use super::national_plans::ProRatedOn;
use super::office::Office;
use super::proposal::{Options, Step, title};
use super::telling::Tellings;
use super::{Summary, preview};

/// What would be written.
#[derive(Debug)]
pub struct Retrieval {
    /// The month.
    pub month: YearMonth,
    /// The choices.
    pub options: Options,
    /// The actuals as lines, with findings and fates.
    pub folded: Folded,
    /// The rows of the files.
    pub drafts: Drafts,
    /// What care-management offices are told.
    pub tellings: Tellings,
    /// The digest of everything that it says.
    pub digest: Digest,
    /// How many clients' plans are those of a file in the inbox, and how many of such a file
    /// could not be used.
    pub plans_of_the_inbox: (usize, usize),
    /// Whoever stands in a plan of the inbox and was not registered.
    pub not_registered: Vec<OpenLine>,
    /// What the checks before the claim say.
    pub audit: Audit,
    /// How many 利用票 could not be read for them.
    pub unread: usize,
}

/// Folds pages into lines and encodes them; nothing is written yet.
pub fn retrieve(
    office: &Office,
    month: YearMonth,
    options: Options,
    pages: &[Vec<u8>],
) -> Result<Retrieval, Error> {
    let actual = read(&office.tables.actuals, pages)?;
    if actual.visits.is_empty() && actual.add_ons.is_empty() {
        let written = office.ledger.last_event(month, "written")?.is_some();
        // That a whole month is gone is believed only of whoever says so.
        if !(written && options.deletions) {
            let waiting = actual.unapproved.iter().map(|of| u64::from(of.visits));
            return Err(Refusal::NothingApproved {
                month: month.in_words(),
                waiting: waiting.sum(),
                written: written.then(|| month.to_string()),
            }
            .into());
        }
    }
    let Looked {
        mut folded,
        planned,
        roster,
        audit,
        pro_rated,
        unread,
    } = audit::look(office, month, (options.add_ons, options.mark), Some(actual))?;
    let layout = office.tables.grid().ok_or_else(|| {
        Error::Usage("mappings/layouts に月間ケアプランの対応表がありません".to_owned())
    })?;
    if office.settings.care_office_files {
        say_what_is_missing(&mut folded, (&roster, month), &pro_rated);
        say_which_units_are_missing(&mut folded, (&roster, month), &office.tables.services);
    }
    let facts = Facts::of(office, (&roster, pro_rated), month)?;
    let mut drafts = Drafts::of(&mut folded, layout, &facts)?;
    let digest = drafts.digest();
    let tellings = match &facts.receivers {
        Some(receivers) => Tellings::of(&mut drafts, office.ledger.told(month)?, receivers),
        None => Tellings::default(),
    };
    folded.findings.extend(tellings.findings(month, &roster));
    Ok(Retrieval {
        month,
        options,
        folded,
        drafts,
        tellings,
        digest,
        plans_of_the_inbox: (planned.from_inbox, planned.unusable),
        not_registered: planned.open,
        audit,
        unread,
    })
}

/// A601: who plans a part of a monthly fee has not said for which days, so what he is told in UPJSK
/// does not either.
fn say_what_is_missing(
    folded: &mut Folded,
    (roster, month): (&Roster, YearMonth),
    given: &ProRatedOn,
) {
    let is_of_a_part = |of: &&mut Finding| of.code == Code::ProRatedActual;
    for finding in folded.findings.iter_mut().filter(is_of_a_part) {
        let client = finding.client.as_ref().map(|who| who.id);
        let Some((client, code)) = client.zip(ServiceCode::parse(&finding.value)) else {
            continue;
        };
        let at = folded.clients.partition_point(|of| of.client < client);
        let units = folded.clients[at..].iter();
        let units = units.take_while(|of| of.client == client);
        let is_empty = |unit: &FoldedClient| {
            let told = receivers::of(unit, roster, month).map_or(Vec::new(), |of| of.addressed);
            let told = told.iter().filter(|of| of.performed.code == code);
            let unit = (unit.client, unit.office);
            told.map(|of| of.subject.receiver)
                .any(|receiver| given.given(unit, code, receiver).is_empty())
        };
        if units.into_iter().any(is_empty) {
            finding.detail.push_str("。UPJSKの日割対象日は空です");
        }
    }
}

/// A633: no list says the units of a code, so UPJSK does not either. Said once for each code of a town.
fn say_which_units_are_missing(
    folded: &mut Folded,
    (roster, month): (&Roster, YearMonth),
    services: &ServiceCodes,
) {
    let has_none = |client: &FoldedClient, code: ServiceCode| {
        let service = services.find(code, client.client.insurer, month);
        service.and_then(|of| of.units).is_none()
    };
    let mut people: BTreeMap<(ServiceCode, InsurerNumber), usize> = BTreeMap::new();
    for client in &folded.clients {
        let mut performed = client.performed.iter();
        if !performed.any(|of| has_none(client, of.code)) {
            continue;
        }
        let told = receivers::of(client, roster, month).map_or(Vec::new(), |of| of.addressed);
        let codes: BTreeSet<ServiceCode> = told.iter().map(|of| of.performed.code).collect();
        for code in codes.into_iter().filter(|code| has_none(client, *code)) {
            *people.entry((code, client.client.insurer)).or_default() += 1;
        }
    }
    let findings = people.into_iter().map(|((code, insurer), people)| {
        Finding::new(Code::UnitsUnknown, Place::file(source(month)))
            .value(code.as_str())
            .detail(format!("保険者 {insurer}、{people}名"))
    });
    folded.findings.extend(findings);
}

/// Reads pages, several at once and each straight from its text. One that does not fit is
/// read once more as a tree, which knows where.
pub fn read(table: &Payload, pages: &[Vec<u8>]) -> Result<Actual, Error> {
    let read = |page: &Vec<u8>| {
        let mut actual = Actual::default();
        let mut take = |list, record: &_| actual.take(list, record);
        match table.read_lists(page, &mut take) {
            Some(()) => Ok(actual),
            None => read_as_tree(table, page),
        }
    };
    let of_pages: Vec<Actual> = pages.par_iter().map(read).collect::<Result<_, _>>()?;
    let mut actual = Actual::default();
    for of_page in of_pages {
        actual.append(of_page);
    }
    Ok(actual)
}

fn read_as_tree(table: &Payload, page: &[u8]) -> Result<Actual, Error> {
    let unforeseen = |detail: String| {
        Error::Service(ServiceError::Unforeseen {
            detail: format!("実績 {detail}"),
        })
    };
    let json: Json = serde_json::from_slice(page).map_err(|_| unforeseen("JSON".to_owned()))?;
    let record = table
        .read(&json)
        .map_err(|misfit| unforeseen(misfit.pointer))?;
    Actual::from_record(&record).ok_or_else(|| unforeseen("必須の項目がありません".to_owned()))
}

/// What the clerk is shown.
pub fn summary(retrieval: &Retrieval) -> Summary {
    let folded = &retrieval.folded;
    let sums = folded.comparison.sums();
    let count = |sum: u32| usize::try_from(sum).unwrap_or(usize::MAX);
    Summary {
        title: title(Step::Actuals, Some(retrieval.month)),
        counts: vec![
            ("取り込む利用者", clients_written(folded)),
            ("書き出す行", retrieval.drafts.grid.count()),
            ("予定どおりの訪問", count(sums.as_planned)),
            ("時刻が違う訪問", count(sums.time_differs)),
            ("時刻要確認の訪問", count(sums.time_doubtful)),
            ("サービスが違う訪問", count(sums.service_differs)),
            ("未承認の訪問", count(sums.unapproved)),
            ("予定があり記録のない訪問", count(sums.no_record)),
            ("予定にない訪問", count(sums.unplanned)),
            ("日割コード(利用者ごと)", count(sums.pro_rated)),
            ("居宅支援事業所へのファイル", retrieval.tellings.new_ones()),
            ("保留の実績", folded.book.count(Fate::Withheld)),
        ],
        remarks: remarks(retrieval),
        preview: None,
        proposal: None,
    }
}

fn remarks(retrieval: &Retrieval) -> Vec<String> {
    let folded = &retrieval.folded;
    let mut remarks = vec![match retrieval.options.add_ons {
        AddOns::With => "加算データも登録します。".to_owned(),
        AddOns::Without => format!(
            "加算データは登録しません(取り込まない加算: {}件)。",
            folded.dropped_add_ons
        ),
    }];
    remarks.push(match retrieval.options.mark {
        Mark::Actual => "実績のみ1をたてます。".to_owned(),
        Mark::Both => "予定・実績ともに1をたてます。".to_owned(),
    });
    match retrieval.plans_of_the_inbox {
        (0, 0) => {}
        (used, 0) => remarks.push(format!(
            "受信箱(inbox)の月間ケアプランを予定として使いました({used}人)。登録はしていません。"
        )),
        (used, unusable) => remarks.push(format!(
            "受信箱(inbox)の月間ケアプランを予定として使いました({used}人)。使えない行がある{unusable}人は、\
             登録済みの予定を使いました。rakuwing check で確かめてください。"
        )),
    }
    if retrieval.tellings.unchanged() > 0 {
        remarks.push(format!(
            "居宅支援事業所へのファイルのうち{}件は、前に書き出したときから変わっていません。",
            retrieval.tellings.unchanged()
        ));
    }
    if folded.comparison.sums().pro_rated > 0 {
        remarks.push(Code::ProRatedActual.cause().to_owned());
        remarks.push(Code::ProRatedActual.cure().to_owned());
    }
    remarks
}

/// A client of two of our offices is one client.
fn clients_written(folded: &Folded) -> usize {
    let written = folded.clients.iter();
    written
        .filter(|client| is_written(client, folded))
        .map(|client| client.client)
        .collect::<BTreeSet<_>>()
        .len()
}

fn is_written(client: &FoldedClient, folded: &Folded) -> bool {
    let mut fates = client.rows.iter().map(|row| folded.book.fate(*row));
    fates.all(|fate| fate == Some(Fate::Sent))
}

/// Writes the preview workbook, under the number of the proposal.
pub fn write_preview(
    office: &Office,
    number: i64,
    retrieval: &Retrieval,
) -> Result<PathBuf, Error> {
    let changes: Vec<report::Change> = retrieval
        .folded
        .clients
        .iter()
        .map(|client| {
            let visits: u32 = client.lines.iter().map(|line| line.actual.total()).sum();
            report::Change {
                action: if is_written(client, &retrieval.folded) {
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
    let path = preview::path(office, number, Step::Actuals, Some(retrieval.month));
    let preview = Preview {
        title: &summary.title,
        number: Some(number),
        office: &office.name(),
        counts: &summary.counts,
        remarks: &summary.remarks,
        changes: &changes,
        news: &[],
        apart: &[],
        mark: None,
    };
    report::write_preview(&path, &preview)?;
    Ok(path)
}
