//! What only the clerk can say, gathered from the findings: what an unknown word means, which
//! column an unknown header is, what kind of service an unknown code stands for.
//!
//! In: the findings of a run, and the rows that are shown. Out: a question for each cause that
//! an answer would end, however many rows wait for it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::finding::{Code, Finding};
use crate::model::{ClientId, Place, ServiceCode, YearMonth};
use crate::read::absent::first_of;
use crate::report::{self, Details, Question, WithheldSheet};
use crate::table::fold::nfkc;
use crate::table::series::{DAY, plain, series};
use crate::table::{Class, NO_COLUMN, Series, Tables};

/// What a question is about; travels with the workbook.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// A word of a code list.
    Word {
        /// The list.
        list: String,
        /// The word as the file writes it.
        word: String,
    },
    /// A column that a file does not have under a name that is known, or the days of a grid,
    /// with [`DAY`] in the place of their number.
    Header {
        /// The layout.
        layout: String,
        /// The column.
        column: String,
    },
    /// A service code.
    Service {
        /// The code.
        code: String,
        /// The town that defines it; `None` for a code that holds everywhere.
        insurer: Option<String>,
    },
}

impl About {
    /// As it stands in the workbook.
    pub fn id(&self) -> String {
        serde_json::to_string(self).expect("words are JSON")
    }

    /// What stands there, if it is one.
    pub fn read(id: &str) -> Option<Self> {
        serde_json::from_str(id).ok()
    }
}

/// The questions of a run, in the order in which their causes are found.
pub fn questions(
    findings: &[Finding],
    sheets: &[WithheldSheet],
    tables: &Tables,
    month: Option<YearMonth>,
) -> Vec<Question> {
    let mut asked: BTreeMap<About, (usize, Asked)> = BTreeMap::new();
    for finding in findings {
        let Some((about, choices)) = about(finding, findings, sheets, tables) else {
            continue;
        };
        let next = asked.len();
        let (_, asked) = asked.entry(about).or_insert_with(|| {
            let asked = Asked::new(finding, choices);
            (next, asked)
        });
        asked.add(finding, sheets);
    }
    let mut questions: Vec<(usize, Question)> = asked
        .into_iter()
        .map(|(about, (at, asked))| (at, asked.question(&about, month)))
        .collect();
    questions.sort_by_key(|(at, _)| *at);
    questions
        .into_iter()
        .map(|(_, question)| question)
        .collect()
}

/// What a finding asks, and the answers that there are.
fn about(
    finding: &Finding,
    findings: &[Finding],
    sheets: &[WithheldSheet],
    tables: &Tables,
) -> Option<(About, Vec<String>)> {
    match finding.code {
        Code::NotInCodeList => {
            let column = finding.place.column.as_ref()?.index;
            let sheet = sheets.iter().find(|sheet| sheet.is_of(finding))?;
            let choice = sheet.choices.iter().find(|of| of.column == column)?;
            let word = finding.value.trim();
            let about = About::Word {
                list: choice.list.clone(),
                word: word.to_owned(),
            };
            (!word.is_empty()).then(|| (about, choice.words.clone()))
        }
        Code::MissingColumn | Code::KnownColumnAbsent | Code::DaysUnread => {
            let layouts = tables.layouts.iter();
            let named = layouts.filter(|layout| finding.detail.starts_with(layout.name()));
            let layout = named.max_by_key(|layout| layout.name().len())?;
            let beside = findings.iter().filter(|of| {
                of.code == Code::UnknownColumn && of.place.row_only() == finding.place.row_only()
            });
            let headers: Vec<&str> = beside.map(|of| of.value.as_str()).collect();
            let at = layout.column_named(first_of(&finding.value))?;
            let grid = layout.grid_of(at);
            let column = grid.map_or_else(
                || layout.columns()[at].header().to_string(),
                |(header, _)| header.clone(),
            );
            let mut choices = choices(&headers, grid.is_some());
            if finding.code == Code::KnownColumnAbsent {
                choices.push(NO_COLUMN.to_owned());
            }
            let layout = layout.name().to_owned();
            Some((About::Header { layout, column }, choices))
        }
        Code::UnknownService | Code::PerhapsARate | Code::UnknownAddOn => {
            let code = ServiceCode::parse(&finding.value)?;
            let insurer = finding.client.as_ref().map(|who| who.id.insurer);
            let of_town = code.service_type().is_defined_by_the_insurer();
            let about = About::Service {
                code: code.to_string(),
                insurer: insurer.filter(|_| of_town).map(|of| of.to_string()),
            };
            let words = Class::WORDS.iter().map(|(word, _)| (*word).to_owned());
            Some((about, words.collect()))
        }
        _ => None,
    }
}

/// The headers that a column may have; those that count days are the answer to one question, and
/// to no other.
fn choices(headers: &[&str], for_days: bool) -> Vec<String> {
    /// So many days are no chance.
    const SURELY: usize = 20;
    let bare = |header: &&str| plain(&nfkc(header));
    let keys: Vec<String> = headers.iter().map(bare).collect();
    let series = series(keys.iter().map(String::as_str));
    if for_days {
        return series.iter().map(Series::title).collect();
    }
    let days = series.iter().filter(|of| of.days.len() >= SURELY);
    let days: Vec<String> = days
        .flat_map(|of| of.days.iter().map(|day| of.header(*day)))
        .collect();
    let others = headers
        .iter()
        .zip(&keys)
        .filter(|(_, key)| !days.contains(key));
    others.map(|(header, _)| (*header).to_owned()).collect()
}

/// A question while its findings are counted.
struct Asked {
    code: Code,
    about: String,
    header: String,
    choices: Vec<String>,
    findings: usize,
    clients: BTreeSet<ClientId>,
    rows: BTreeSet<(usize, u32)>,
}

impl Asked {
    fn new(finding: &Finding, choices: Vec<String>) -> Self {
        let column = finding.place.column.as_ref();
        Self {
            code: finding.code,
            about: report::cause_of(finding),
            header: column.map_or_else(String::new, |column| column.header.to_string()),
            choices,
            findings: 0,
            clients: BTreeSet::new(),
            rows: BTreeSet::new(),
        }
    }

    fn add(&mut self, finding: &Finding, sheets: &[WithheldSheet]) {
        self.findings += finding.places().count();
        self.clients
            .extend(finding.client.as_ref().map(|who| who.id));
        if let Some(also) = &finding.also {
            self.clients.extend(&also.clients);
        }
        let sheet_of = |place: &Place| sheets.iter().position(|sheet| sheet.has(place));
        for place in finding.places() {
            let at = sheet_of(place);
            if finding.code == Code::DaysUnread {
                // The whole sheet waits.
                let rows = at.into_iter().flat_map(|at| {
                    let rows = sheets[at].withheld().into_iter();
                    rows.map(move |(row, _)| (at, row))
                });
                self.rows.extend(rows);
            } else {
                self.rows.extend(at.zip(place.row));
            }
        }
    }

    fn question(self, about: &About, month: Option<YearMonth>) -> Question {
        let header = &self.header;
        let ask = match about {
            About::Word { word, .. } => {
                format!("{header}の「{word}」は、どの選択肢のことですか")
            }
            About::Header { layout, column } if column.contains(DAY) => {
                let column = column.replace(DAY, "");
                format!("{layout}の「{column}」の日の列は、どの見出しの列ですか")
            }
            About::Header { layout, column } => {
                format!("{layout}の「{column}」は、どの見出しの列ですか")
            }
            About::Service { code, insurer } => {
                let town = insurer.as_ref().map(|of| format!("(保険者 {of})"));
                let town = town.unwrap_or_default();
                format!("サービスコード {code}{town} は、どのようなサービスですか")
            }
        };
        let from = month.map(|month| format!("{:04}/{:02}", month.year(), month.month()));
        let details = matches!(about, About::Service { .. }).then(|| Details {
            name: String::new(),
            from: from.unwrap_or_default(),
        });
        Question {
            id: about.id(),
            code: self.code,
            about: self.about,
            ask,
            findings: self.findings,
            clients: self.clients.len(),
            choices: self.choices,
            details,
            rows: self.rows.into_iter().collect(),
        }
    }
}
