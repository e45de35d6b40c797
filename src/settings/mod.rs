//! `rakuwing.toml`: what an office folder is set to, read once and checked.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::disk::{self, DiskError};
use crate::model::{AddOns, Mark, OfficeNumber};
use crate::table::source::in_japanese;

/// The settings of an office folder.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The office's name, for the heads of reports.
    pub name: String,
    /// Our own office numbers, at least one.
    pub offices: Vec<OfficeNumber>,
    /// Where Care-wing is.
    pub address: String,
    /// What is done with add-ons where nothing else is said.
    pub add_ons: AddOns,
    /// What is marked where nothing else is said.
    pub mark: Mark,
    /// How many items a batch has at the most.
    pub batch: usize,
    /// How often a call is tried.
    pub attempts: u32,
    /// How many clients' months one run may empty; more than that stops it.
    pub removals_limit: usize,
}

/// The settings could not be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// There are none: the folder is no office folder.
    #[error(
        "`{0}` は事業所フォルダーではありません。`rakuwing init` で作るか、--office で指定してください"
    )]
    Absent(PathBuf),
    /// The file could not be read.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The file says something that cannot be.
    #[error("`{path}` の設定が正しくありません: {message}")]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What about it.
        message: String,
    },
}

/// The file's name within an office folder.
pub const FILE: &str = "rakuwing.toml";

/// What `init` writes: every setting with a line that explains it.
pub const TEMPLATE: &str = include_str!("template.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    office: WrittenOffice,
    service: WrittenService,
    defaults: WrittenDefaults,
    sending: WrittenSending,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenOffice {
    name: String,
    numbers: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenService {
    address: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenDefaults {
    add_ons: AddOns,
    mark: Mark,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSending {
    batch: usize,
    attempts: u32,
    // Settings that were written before there was such a limit have it as well.
    #[serde(default = "usual_limit")]
    removals_limit: usize,
}

/// In an office of 30 to 65 clients a few leave in a month; more is rather half an export.
fn usual_limit() -> usize {
    5
}

/// Reads the settings of an office folder.
pub fn load(folder: &Path) -> Result<Settings, SettingsError> {
    let path = folder.join(FILE);
    let Some(bytes) = disk::read_if_there(&path)? else {
        return Err(SettingsError::Absent(folder.to_owned()));
    };
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_start_matches('\u{FEFF}');
    check(text).map_err(|message| SettingsError::Wrong { path, message })
}

fn check(text: &str) -> Result<Settings, String> {
    let written: Written = toml::from_str(text).map_err(|error| explain(text, &error))?;
    let number = |text: &String| {
        OfficeNumber::parse(text).ok_or(format!("事業所番号「{text}」は10桁の番号ではありません"))
    };
    let offices: Vec<_> = written
        .office
        .numbers
        .iter()
        .map(number)
        .collect::<Result<_, _>>()?;
    if offices.is_empty() {
        return Err("[office] の numbers に自事業所の番号を書いてください".to_owned());
    }
    if written.sending.batch == 0 || written.sending.attempts == 0 {
        return Err("[sending] の batch と attempts は 1 以上にしてください".to_owned());
    }
    Ok(Settings {
        name: written.office.name,
        offices,
        address: written.service.address,
        add_ons: written.defaults.add_ons,
        mark: written.defaults.mark,
        batch: written.sending.batch,
        attempts: written.sending.attempts,
        removals_limit: written.sending.removals_limit,
    })
}

/// The line and what is wrong with it.
fn explain(text: &str, error: &toml::de::Error) -> String {
    let start = error.span().map_or(0, |span| span.start).min(text.len());
    let line = 1 + text[..start].matches('\n').count();
    format!("{line}行目: {}", in_japanese(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_lacks_only_what_the_office_alone_knows() {
        assert!(check(TEMPLATE).unwrap_err().contains("自事業所の番号"));
        let filled = TEMPLATE.replace("numbers = []", r#"numbers = ["1370100016"]"#);
        let settings = check(&filled).unwrap();
        assert_eq!(
            (settings.add_ons, settings.mark),
            (AddOns::With, Mark::Actual)
        );
    }

    #[test]
    fn settings_without_a_limit_of_removals_have_the_one_of_the_template() {
        let filled = TEMPLATE.replace("numbers = []", r#"numbers = ["1370100016"]"#);
        let line = format!("removals_limit = {}\n", usual_limit());
        assert!(filled.contains(&line));
        let older = filled.replace(&line, "");
        assert_eq!(check(&older).unwrap().removals_limit, usual_limit());
    }

    #[test]
    fn a_misspelled_setting_is_refused() {
        let filled = TEMPLATE.replace("numbers = []", r#"numbres = ["1370100016"]"#);
        assert!(check(&filled).unwrap_err().contains("numbres"));
    }

    #[test]
    fn every_setting_is_explained_in_the_line_above_it() {
        let lines: Vec<&str> = TEMPLATE.lines().collect();
        for pair in lines.windows(2).filter(|pair| pair[1].contains(" = ")) {
            assert!(pair[0].starts_with('#'), "{} has no explanation", pair[1]);
        }
    }
}
