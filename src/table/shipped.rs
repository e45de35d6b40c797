//! Where tables come from: embedded in the program, overridden by the office folder's own.

use std::borrow::Cow;
use std::io::Read as _;
use std::path::Path;

use flate2::read::GzDecoder;

use crate::disk;

use super::TablesError;
use super::error::TableError;
use super::source::Source;

/// Defines the embedded tables by their path below `mappings/`.
macro_rules! shipped {
    ($($path:literal),* $(,)?) => {
        const PLAIN: &[(&str, &[u8])] =
            &[$(($path, include_bytes!(concat!("../../mappings/", $path)))),*];
    };
}

shipped![
    "layouts/care_offices.toml",
    "layouts/clients.toml",
    "layouts/plan.toml",
    "standard/upplan.toml",
    "standard/uphosoku.toml",
    "standard/upjsk.toml",
    "standard/dltjsk.toml",
    "carewing/service.toml",
    "carewing/care_office.toml",
    "carewing/client.toml",
    "carewing/plan.toml",
    "carewing/actuals.toml",
    "codes/care_level.csv",
    "codes/copay.csv",
    "codes/sex.csv",
    "codes/carewing_sex.csv",
    "codes/csv_version.csv",
    "codes/name_words.csv",
    "codes/other_services.csv",
    "standard/unit_prices.toml",
    "audit/rules.toml",
];

/// The list of service codes, as the build has packed it.
const SERVICE_CODES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/service_codes.csv.gz"));

/// A table's path below `mappings/` and its bytes.
type Shipped = (&'static str, Cow<'static, [u8]>);

/// Every shipped table.
pub fn shipped() -> impl Iterator<Item = Shipped> {
    let plain = PLAIN.iter();
    let plain = plain.map(|(path, bytes)| (*path, Cow::Borrowed(*bytes)));
    plain.chain(std::iter::once_with(|| {
        let mut list = Vec::new();
        let unpacked = GzDecoder::new(SERVICE_CODES).read_to_end(&mut list);
        unpacked.expect("what the build has packed");
        (super::SERVICE_CODES, Cow::Owned(list))
    }))
}

/// The folders below `mappings/`, with the ending of their tables and whether an office may
/// add tables of its own.
const FOLDERS: [(&str, &str, Additions); 5] = [
    ("layouts", "toml", Additions::Welcome),
    ("standard", "toml", Additions::Welcome),
    ("codes", "csv", Additions::Welcome),
    ("carewing", "toml", Additions::Refused),
    ("audit", "toml", Additions::Refused),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Additions {
    Welcome,
    Refused,
}

/// The shipped tables, each replaced by the file of the same path in `own`, where there is
/// one; layouts and code lists that only `own` has come last.
pub fn collect(own: Option<&Path>) -> Result<Vec<Source>, TablesError> {
    let mut sources = Vec::with_capacity(PLAIN.len() + 1);
    for (path, bytes) in shipped() {
        let replaced = match own {
            Some(folder) => disk::read_if_there(&folder.join(path))?,
            None => None,
        };
        sources.push(Source::new(path, replaced.as_deref().unwrap_or(&bytes))?);
    }
    if let Some(own) = own {
        for folder in FOLDERS {
            add(own, folder, &mut sources)?;
        }
    }
    Ok(sources)
}

/// Adds what only the office has. A table under a name that nobody looks for is an error: the
/// office believes that it counts. Copies with other endings (`.bak`, `.txt`) are passed over.
fn add(
    own: &Path,
    (folder, ending, additions): (&str, &str, Additions),
    sources: &mut Vec<Source>,
) -> Result<(), TablesError> {
    for file in disk::files(&own.join(folder))? {
        let name = file
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let path = format!("{folder}/{}", name.unwrap_or_default());
        let is_known = |of: &str| sources.iter().any(|source| source.name() == of);
        let given = file.extension().and_then(|ending| ending.to_str());
        if !matches!(given, Some("toml" | "csv")) || is_known(&path) {
            continue;
        }
        if given != Some(ending) || additions == Additions::Refused {
            let known: Vec<&str> = shipped().map(|(known, _)| known).collect();
            let known = known.iter().copied();
            let known = known.filter(|known| known.starts_with(folder));
            let message = "この名前の対応表はありません。このファイルは使われません";
            let error = TableError::without_place(&path, message).expected(&path, known);
            return Err(error.into());
        }
        sources.push(Source::new(&path, &disk::read(&file)?)?);
    }
    Ok(())
}
