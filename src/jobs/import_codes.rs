//! サービスコードの取り込み: a town's master is added to the office's own list of codes.

use std::path::{Path, PathBuf};

use crate::codes::{self, Account, Fate, OwnList, Refused, master};
use crate::disk;
use crate::error::Error;
use crate::table::shipped;
use crate::table::source::Source;
use crate::table::{OWN_SERVICE_CODES, SERVICE_CODES, ServiceCodes, TablesError};

use super::office::Office;

/// What an import has done.
#[derive(Debug)]
pub struct Imported {
    /// What became of every row.
    pub account: Account,
    /// The list, where it was written; `None` where it says the same as before.
    pub written: Option<PathBuf>,
}

/// Imports masters. A file that cannot be used at all stops everything; a row that cannot be
/// used stops its code, and the other codes are written.
pub fn import(office: &Office, paths: &[PathBuf]) -> Result<Imported, Error> {
    let names: Vec<String> = paths.iter().map(|path| name_of(path)).collect();
    let mut account = Account::default();
    let mut entries = Vec::new();
    let mut refused = Vec::new();
    for (file, path) in paths.iter().enumerate() {
        let master = master::read(path, file, &office.tables.unit_prices)?;
        entries.extend(master.entries);
        refused.extend(master.refused);
        for insurer in master.passed_over {
            account.count(insurer, Fate::PassedOver);
        }
    }
    let known = codes::class::names(&entries);
    for (file, line) in codes::damage::found(&entries, &known) {
        let lines = account.damaged.entry(names[file].clone()).or_default();
        lines.push(line);
    }
    let (classified, asked) = codes::class::classify(&entries, &known, &office.tables.unit_prices);
    let (main, before) = lists(office)?;
    let (kept, held) = codes::periods::check(classified, &refused, &before, &main);
    let mut list = before.clone();
    for (entry, class) in kept {
        account.count(Some(entry.insurer), list.put(entry, class));
    }
    refused.extend(asked);
    refused.extend(held);
    refuse(&mut account, refused, &names);
    let written = (list != before)
        .then(|| write(office, main, &list))
        .transpose()?;
    Ok(Imported { account, written })
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

/// The list of codes, and the office's own one beside it.
fn lists(office: &Office) -> Result<(ServiceCodes, OwnList), Error> {
    let mut main = ServiceCodes::default();
    let mut own = OwnList::default();
    for source in shipped::collect(Some(&office.folder.mappings()))? {
        match source.name() {
            SERVICE_CODES => main = ServiceCodes::load(&source).map_err(TablesError::from)?,
            OWN_SERVICE_CODES => own = OwnList::load(&source).map_err(TablesError::from)?,
            _ => {}
        }
    }
    Ok((main, own))
}

fn refuse(account: &mut Account, mut refused: Vec<Refused>, names: &[String]) {
    refused.sort_by_key(|row| (row.file, row.line));
    for row in refused {
        let place = (names[row.file].as_str(), row.line);
        account.refuse(row.insurer, row.fate, place, row.cause);
    }
}

/// Writes the list, once it is certain that every later command can load it.
fn write(office: &Office, mut main: ServiceCodes, list: &OwnList) -> Result<PathBuf, Error> {
    let bytes = list.written();
    Source::new(OWN_SERVICE_CODES, &bytes)
        .and_then(|source| main.add_all(&source))
        .map_err(TablesError::from)?;
    let path = office.folder.mappings().join(OWN_SERVICE_CODES);
    disk::make_folder(path.parent().unwrap_or(office.folder.root()))?;
    disk::write(&path, &bytes)?;
    Ok(path)
}
