//! `mappings/`: the tables that say where each field stands, in files and in payloads.
//!
//! In: the tables as written, shipped with the program or laid into the office folder.
//! Out: compiled tables that cannot be wrong any more. A wrong table stops everything, with
//! its file, line, column, what was expected and the nearest right name.
//!
//! Nothing about 楽すけ's or Care-wing's real formats is known here: neither is public.

pub mod error;
pub mod source;
pub mod fold;
pub mod civil_text;
pub mod codes;
pub mod names;
pub mod others;
pub mod additions;
pub mod replacements;
pub mod usual;
pub mod text;
pub mod damage;
pub mod bind;
pub mod file_name;
pub mod series;
pub mod column;
pub mod layout;
pub mod pointer;
mod stencil;
mod tree;
mod stream;
pub mod payload;
pub mod services;
pub mod unit_prices;
pub mod audit;
pub mod contract;
pub mod shipped;

use std::path::Path;
use std::sync::Arc;

use crate::disk::{Digest, DiskError};
use crate::model::RecordKind;

pub use additions::{Addition, AdditionKind, NO_COLUMN, OWN_HEADERS, OWN_WORDS};
pub use audit::{AuditTable, RuleFacts};
use bind::CodeLists;
pub use civil_text::Calendar;
pub use codes::CodeList;
pub use column::{Column, Quotes};
pub use contract::Contract;
pub use error::TableError;
pub use file_name::{NameFacts, NameParts, NamePattern, Stated};
pub use layout::{Completes, Layout, Position};
pub use names::NameWords;
pub use others::OtherServices;
pub use payload::{Misfit, Payload, Spot};
pub use replacements::{Approval, NAME_REPLACEMENTS, NameReplacements};
pub use series::Series;
pub use services::{Class, Service, ServiceCodes};
use source::Source;
pub use unit_prices::UnitPrices;

/// Every table, checked and compiled.
#[derive(Debug)]
pub struct Tables {
    /// File layouts, recognised by their headers or, where files have none, by their shape.
    pub layouts: Vec<Arc<Layout>>,
    /// 実績 as care-management offices take it (UPJSK). It is only written, and never what a
    /// file in the inbox is taken for.
    pub actual_days: Layout,
    /// Which actuals of an earlier file hold no more (DLTJSK).
    pub actual_deletions: Layout,
    /// 居宅支援事業所 as Care-wing takes it.
    pub care_office: Payload,
    /// 利用者 with cards as Care-wing takes it.
    pub client: Payload,
    /// A client's month as Care-wing takes it.
    pub plan: Payload,
    /// A page of approved actuals as Care-wing gives it.
    pub actuals: Payload,
    /// The names of Care-wing's API.
    pub contract: Contract,
    /// What service codes mean.
    pub services: ServiceCodes,
    /// Where things stand in a town's 単位数表マスタ.
    pub unit_prices: UnitPrices,
    /// The words that offices put on names.
    pub names: Arc<NameWords>,
    /// What is called a service of others.
    pub others: Arc<OtherServices>,
    /// What 請求前点検 goes by.
    pub audit: AuditTable,
    /// What was approved to be written in place of characters that 楽すけ's files do not hold.
    pub replacements: NameReplacements,
    /// The digest of all tables as written: a proposal made with other tables is stale.
    pub digest: Digest,
    /// The digest of each table by its name.
    pub sources: Vec<(String, Digest)>,
}

/// The tables could not be had.
#[derive(Debug, thiserror::Error)]
pub enum TablesError {
    /// A table is wrong.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A table could not be read.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

impl Tables {
    /// Loads the shipped tables and, over them, those of an office folder's `mappings/`.
    pub fn load(own: Option<&Path>) -> Result<Self, TablesError> {
        let sources = shipped::collect(own)?;
        Ok(Self::compile(&sources)?)
    }

    /// The same as they would be with one of the office's own tables changed.
    pub fn tried(own: &Path, path: &str, bytes: &[u8]) -> Result<Self, TablesError> {
        let mut sources = shipped::collect(Some(own))?;
        let changed = Source::new(path, bytes)?;
        match sources.iter_mut().find(|source| source.name() == path) {
            Some(source) => *source = changed,
            None => sources.push(changed),
        }
        Ok(Self::compile(&sources)?)
    }

    fn compile(sources: &[Source]) -> Result<Self, TableError> {
        let lists = code_lists(sources)?;
        let named = |path: &str| {
            sources
                .iter()
                .find(|source| source.name() == path)
                .ok_or_else(|| TableError::without_place(path, "この対応表がありません"))
        };
        let payload = |path, record| Payload::load(named(path)?, record, &lists);
        let mut layouts: Vec<Layout> = sources
            .iter()
            .filter(|source| is_layout(source.name()))
            .map(|source| Layout::load(source, &lists))
            .collect::<Result<_, _>>()?;
        if let Some(own) = sources.iter().find(|source| source.name() == OWN_HEADERS) {
            additions::teach_headers(own, &mut layouts)?;
        }
        let written = |path, record| Layout::load_as(named(path)?, record, &lists);
        Ok(Self {
            layouts: layouts.into_iter().map(Arc::new).collect(),
            actual_days: written(ACTUAL_DAYS, RecordKind::ActualDay)?,
            actual_deletions: written(ACTUAL_DELETIONS, RecordKind::ActualDeletion)?,
            care_office: payload("carewing/care_office.toml", RecordKind::CareOffice)?,
            client: payload("carewing/client.toml", RecordKind::Client)?,
            plan: payload("carewing/plan.toml", RecordKind::MonthlyPlan)?,
            actuals: payload("carewing/actuals.toml", RecordKind::Actuals)?,
            contract: Contract::load(named("carewing/service.toml")?)?,
            services: service_codes(sources, named(SERVICE_CODES)?)?,
            unit_prices: UnitPrices::load(named(UNIT_PRICES)?)?,
            names: Arc::new(NameWords::load(named(NAME_WORDS)?)?),
            others: Arc::new(OtherServices::load(named(OTHER_SERVICES)?)?),
            audit: AuditTable::load(named(AUDIT_RULES)?)?,
            replacements: replacements(sources)?,
            digest: digest(sources),
            sources: sources
                .iter()
                .map(|source| {
                    let digest = Digest::of(source.text().as_bytes());
                    (source.name().to_owned(), digest)
                })
                .collect(),
        })
    }

    /// The layout in which the month's plan is written back: the first one of grid lines.
    pub fn grid(&self) -> Option<&Arc<Layout>> {
        self.layouts
            .iter()
            .find(|layout| layout.record() == RecordKind::PlanLine)
    }
}

/// The folders of file layouts: 楽すけ's, and those of the national standard.
const LAYOUTS: [&str; 2] = ["layouts", "standard"];
/// The national master of unit prices: no input of a step, so no layout.
const UNIT_PRICES: &str = "standard/unit_prices.toml";
/// The national files that are written and not read.
const ACTUAL_DAYS: &str = "standard/upjsk.toml";
const ACTUAL_DELETIONS: &str = "standard/dltjsk.toml";
/// Tables beside the layouts that are no layout of a file in the inbox.
const NO_INPUTS: [&str; 3] = [UNIT_PRICES, ACTUAL_DAYS, ACTUAL_DELETIONS];
/// The list of service codes.
pub const SERVICE_CODES: &str = "codes/service_codes.csv";
/// What the office's own towns add to it: it stands beside the list and replaces nothing.
pub const OWN_SERVICE_CODES: &str = "codes/service_codes_own.csv";
const NAME_WORDS: &str = "codes/name_words.csv";
const OTHER_SERVICES: &str = "codes/other_services.csv";
const AUDIT_RULES: &str = "audit/rules.toml";

/// Tables beside the code lists that are no list of codes with their words.
const NO_CODE_LISTS: [&str; 7] = [
    OWN_WORDS,
    OWN_HEADERS,
    SERVICE_CODES,
    OWN_SERVICE_CODES,
    NAME_WORDS,
    OTHER_SERVICES,
    NAME_REPLACEMENTS,
];

fn service_codes(sources: &[Source], main: &Source) -> Result<ServiceCodes, TableError> {
    let mut codes = ServiceCodes::load(main)?;
    if let Some(own) = sources
        .iter()
        .find(|source| source.name() == OWN_SERVICE_CODES)
    {
        codes.add_all(own)?;
    }
    Ok(codes)
}

fn replacements(sources: &[Source]) -> Result<NameReplacements, TableError> {
    let own = sources
        .iter()
        .find(|source| source.name() == NAME_REPLACEMENTS);
    own.map_or_else(|| Ok(NameReplacements::default()), NameReplacements::load)
}

fn is_layout(path: &str) -> bool {
    let folder = path.split_once('/').map_or("", |(folder, _)| folder);
    LAYOUTS.contains(&folder) && !NO_INPUTS.contains(&path)
}

fn code_lists(sources: &[Source]) -> Result<CodeLists, TableError> {
    let mut lists = CodeLists::new();
    for source in sources {
        let name = source
            .name()
            .strip_prefix("codes/")
            .and_then(|file| file.strip_suffix(".csv"));
        if let Some(name) = name.filter(|_| !NO_CODE_LISTS.contains(&source.name())) {
            lists.insert(name.to_owned(), Arc::new(CodeList::load(name, source)?));
        }
    }
    if let Some(own) = sources.iter().find(|source| source.name() == OWN_WORDS) {
        additions::teach_words(own, &mut lists)?;
    }
    Ok(lists)
}

fn digest(sources: &[Source]) -> Digest {
    let mut all = Vec::new();
    for source in sources {
        all.extend_from_slice(source.name().as_bytes());
        all.push(0);
        all.extend_from_slice(source.text().as_bytes());
        all.push(0);
    }
    Digest::of(&all)
}
