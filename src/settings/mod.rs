//! `rakuwing.toml`: what an office folder is set to, read once and checked.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::disk::{self, DiskError};
use crate::finding::{Attention, Attentions, Code};
use crate::model::{AddOns, Mark, OfficeNumber, TimeLimits};
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
    /// How long nothing of an answer may come.
    pub silence: Duration,
    /// How long an answer may take in all.
    pub answer: Duration,
    /// What is done with add-ons where nothing else is said.
    pub add_ons: AddOns,
    /// What is marked where nothing else is said.
    pub mark: Mark,
    /// Whether care-management offices are written the actuals of their clients (UPJSK).
    pub care_office_files: bool,
    /// How far times of plan and actual may be apart.
    pub limits: TimeLimits,
    /// What is wanted of each check before the claim.
    pub audit: Attentions,
    /// How many items a batch has at the most.
    pub batch: usize,
    /// How many batches are on their way at once.
    pub parallel: usize,
    /// How often a call is tried.
    pub attempts: u32,
    /// How many clients' months one run may empty; more than that stops it.
    pub removals_limit: usize,
    /// How many further attempts all calls of a run have together.
    pub retries: u32,
    /// For how many seconds all calls of a run may wait together.
    pub waiting: u32,
    /// How many calls leave in a second at the most, where the office wants fewer than the
    /// service allows.
    pub requests_per_second: Option<u32>,
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
    #[serde(default)]
    comparison: WrittenComparison,
    #[serde(default)]
    audit: BTreeMap<String, Attention>,
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
    #[serde(default = "usual::silence")]
    silence: u32,
    #[serde(default = "usual::answer")]
    answer: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenDefaults {
    add_ons: AddOns,
    mark: Mark,
    #[serde(default = "usual::care_office_files")]
    care_office_files: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenComparison {
    as_planned_minutes: u16,
    look_at_minutes: u16,
}

impl Default for WrittenComparison {
    fn default() -> Self {
        Self {
            as_planned_minutes: TimeLimits::USUAL.as_planned,
            look_at_minutes: TimeLimits::USUAL.look_at,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSending {
    batch: usize,
    #[serde(default = "usual::parallel")]
    parallel: usize,
    attempts: u32,
    #[serde(default = "usual::removals_limit")]
    removals_limit: usize,
    #[serde(default = "usual::retries")]
    retries: u32,
    #[serde(default = "usual::waiting")]
    waiting: u32,
    #[serde(default)]
    requests_per_second: u32,
}

/// What is so where an older file says nothing; the template says the same.
mod usual {
    /// Who works on a batch may say nothing for a while.
    pub(super) fn silence() -> u32 {
        60
    }

    /// Half of what a run may wait in all, so that an answer that trickles is tried once more.
    /// A page of 64 MB arrives in this time on the slowest line that an office has (2 Mbit/s).
    pub(super) fn answer() -> u32 {
        300
    }

    pub(super) fn care_office_files() -> bool {
        true
    }

    pub(super) fn parallel() -> usize {
        2
    }

    /// In an office of 30 to 65 clients a few leave in a month; more is rather half an export.
    pub(super) fn removals_limit() -> usize {
        5
    }

    pub(super) fn retries() -> u32 {
        100
    }

    pub(super) fn waiting() -> u32 {
        600
    }
}

/// More batches at once than this would only wait for each other.
const MOST_PARALLEL: usize = 8;

/// Two hours: what lies further from its plan is looked at, whatever an office is used to.
const MOST_MINUTES: u16 = 120;

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
    let number = |number: &String| {
        OfficeNumber::parse(number).ok_or_else(|| {
            wrong(
                text,
                "numbers",
                &format!("事業所番号「{number}」は10桁の番号ではありません"),
            )
        })
    };
    let offices: Vec<_> = written
        .office
        .numbers
        .iter()
        .map(number)
        .collect::<Result<_, _>>()?;
    if offices.is_empty() {
        return Err(wrong(text, "numbers", "自事業所の番号を書いてください"));
    }
    let of_sending = &written.sending;
    for (key, value) in [
        ("batch", of_sending.batch),
        ("attempts", of_sending.attempts as usize),
    ] {
        if value == 0 {
            return Err(wrong(text, key, "1 以上にしてください"));
        }
    }
    if !(1..=MOST_PARALLEL).contains(&of_sending.parallel) {
        let range = format!("1 から {MOST_PARALLEL} までにしてください");
        return Err(wrong(text, "parallel", &range));
    }
    let limits = TimeLimits {
        as_planned: written.comparison.as_planned_minutes,
        look_at: written.comparison.look_at_minutes,
    };
    if limits.as_planned > limits.look_at || limits.look_at > MOST_MINUTES {
        return Err(format!(
            "[comparison] の as_planned_minutes は look_at_minutes 以下に、look_at_minutes は {MOST_MINUTES} 以下にしてください"
        ));
    }
    let audit = attentions(text, &written.audit)?;
    let service = written.service;
    if service.silence == 0 || service.answer == 0 {
        return Err("[service] の silence と answer は 1 以上にしてください".to_owned());
    }
    let per_second = written.sending.requests_per_second;
    Ok(Settings {
        name: written.office.name,
        offices,
        address: service.address,
        silence: Duration::from_secs(service.silence.into()),
        answer: Duration::from_secs(service.answer.into()),
        add_ons: written.defaults.add_ons,
        mark: written.defaults.mark,
        care_office_files: written.defaults.care_office_files,
        limits,
        audit,
        batch: written.sending.batch,
        parallel: written.sending.parallel,
        attempts: written.sending.attempts,
        removals_limit: written.sending.removals_limit,
        retries: written.sending.retries,
        waiting: written.sending.waiting,
        requests_per_second: (per_second > 0).then_some(per_second),
    })
}

fn attentions(text: &str, written: &BTreeMap<String, Attention>) -> Result<Attentions, String> {
    let wanted = written.iter().map(|(number, attention)| {
        let check = Code::numbered(&number.to_uppercase());
        let check = check.filter(|code| code.is_of_the_audit());
        let unknown = || wrong(text, number, "この番号の点検はありません");
        Ok((check.ok_or_else(unknown)?, *attention))
    });
    wanted.collect()
}

/// What is wrong with the value of a setting, where it stands, and how it may look.
fn wrong(text: &str, key: &str, message: &str) -> String {
    let line = text.lines().position(|line| key_of(line) == Some(key));
    let line = line
        .map(|at| format!("{}行目の ", at + 1))
        .unwrap_or_default();
    format!("{line}{key}: {message}{}", example(key))
}

/// The same for what is no setting at all, or of another kind.
fn explain(text: &str, error: &toml::de::Error) -> String {
    let start = error.span().map_or(0, |span| span.start).min(text.len());
    let at = text[..start].matches('\n').count();
    let said = in_japanese(error);
    let key = match missing(error) {
        Some(key) => Some(key),
        None => text.lines().nth(at).and_then(key_of),
    };
    format!(
        "{}行目: {said}{}",
        at + 1,
        key.map(example).unwrap_or_default()
    )
}

/// The setting that a text lacks.
fn missing(error: &toml::de::Error) -> Option<&str> {
    let message = error.message();
    message
        .starts_with("missing field")
        .then(|| message.split('`').nth(1))?
}

/// The name of the setting that a line sets.
fn key_of(line: &str) -> Option<&str> {
    let (key, _) = line.split_once('=')?;
    let key = key.trim();
    (!key.is_empty() && !key.starts_with('#')).then_some(key)
}

/// How a setting may look: as the template writes it, or filled where the template is open.
fn example(key: &str) -> String {
    let filled = filled(OfficeNumber::parse("1370100016").as_ref(), "みほん訪問介護");
    let line = filled.lines().find(|line| key_of(line) == Some(key));
    line.map(|line| format!("。\n例: {line}"))
        .unwrap_or_default()
}

/// The template with what the office alone knows, as far as it was said.
pub fn filled(number: Option<&OfficeNumber>, name: &str) -> String {
    let numbers = number
        .map(|number| format!("\"{number}\""))
        .unwrap_or_default();
    TEMPLATE
        .replacen("numbers = []", &format!("numbers = [{numbers}]"), 1)
        .replacen(
            "name = \"\"",
            &format!("name = {}", toml::Value::from(name)),
            1,
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_is_said_held_or_left_out() {
        let with = |lines: &str| {
            let text = filled(OfficeNumber::parse("1370100016").as_ref(), "みほん");
            check(&text.replace("[audit]", &format!("[audit]\n{lines}")))
        };
        let audit = with("C701 = \"off\"\nC703 = \"hold\"").unwrap().audit;
        assert_eq!(audit.of(Code::TimeBandDiffers), Attention::Off);
        assert_eq!(audit.of(Code::WithinTwoHours), Attention::Hold);
        assert_eq!(audit.of(Code::LengthDiffers), Attention::Notice);
        for unknown in ["C700", "A601", "time_band"] {
            let said = with(&format!("{unknown} = \"off\"")).unwrap_err();
            assert!(said.contains("この番号の点検はありません"), "{said}");
        }
        assert!(with("C701 = \"いいえ\"").is_err());
    }

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
    fn a_file_of_an_earlier_version_means_what_the_template_says() {
        let filled = TEMPLATE.replace("numbers = []", r#"numbers = ["1370100016"]"#);
        let new = [
            "silence",
            "answer",
            "care_office_files",
            "as_planned_minutes",
            "look_at_minutes",
            "parallel",
            "removals_limit",
            "retries",
            "waiting",
            "requests_per_second",
        ];
        let is_new = |line: &str| new.iter().any(|name| line.starts_with(name));
        let earlier: Vec<&str> = filled.lines().filter(|line| !is_new(line)).collect();
        assert_eq!(earlier.len() + new.len(), filled.lines().count());
        let earlier = check(&earlier.join("\n")).unwrap();
        assert_eq!(
            format!("{earlier:?}"),
            format!("{:?}", check(&filled).unwrap())
        );
    }

    #[test]
    fn more_at_once_than_is_sensible_is_refused() {
        for parallel in [0, 9] {
            let filled = TEMPLATE
                .replace("numbers = []", r#"numbers = ["1370100016"]"#)
                .replace("parallel = 2", &format!("parallel = {parallel}"));
            assert!(check(&filled).unwrap_err().contains("1 から 8"));
        }
    }

    #[test]
    fn a_folder_without_the_part_about_the_comparison_has_the_usual_limits() {
        let filled = TEMPLATE.replace("numbers = []", r#"numbers = ["1370100016"]"#);
        let (before, after) = filled.split_once("[comparison]").unwrap();
        let (_, after) = after.split_once("[sending]").unwrap();
        let settings = check(&format!("{before}[sending]{after}")).unwrap();
        assert_eq!(settings.limits, TimeLimits::USUAL);
    }

    #[test]
    fn limits_that_contradict_each_other_are_refused() {
        for (as_planned, look_at) in [(31, 30), (10, 121)] {
            let filled = TEMPLATE
                .replace("numbers = []", r#"numbers = ["1370100016"]"#)
                .replace(
                    "as_planned_minutes = 10",
                    &format!("as_planned_minutes = {as_planned}"),
                )
                .replace(
                    "look_at_minutes = 30",
                    &format!("look_at_minutes = {look_at}"),
                );
            assert!(check(&filled).unwrap_err().contains("[comparison]"));
        }
    }

    #[test]
    fn nobody_waits_for_no_time_at_all() {
        for name in ["silence = 60", "answer = 300"] {
            let none = format!("{} = 0", name.split(' ').next().unwrap());
            let filled = TEMPLATE
                .replace("numbers = []", r#"numbers = ["1370100016"]"#)
                .replace(name, &none);
            assert!(check(&filled).unwrap_err().contains("1 以上"), "{name}");
        }
    }

    #[test]
    fn a_misspelled_setting_is_refused() {
        let filled = TEMPLATE.replace("numbers = []", r#"numbres = ["1370100016"]"#);
        assert!(check(&filled).unwrap_err().contains("numbres"));
    }

    #[test]
    fn what_is_wrong_is_said_in_japanese_with_its_line_and_an_example() {
        let filled = filled(OfficeNumber::parse("1370100016").as_ref(), "");
        let line = |key: &str| {
            let at = filled.lines().position(|line| key_of(line) == Some(key));
            format!("{}行目", at.unwrap() + 1)
        };
        for (from, to, key, example) in [
            ("batch = 50", "batch = \"50\"", "batch", "例: batch = 50"),
            ("batch = 50", "batch = -1", "batch", "例: batch = 50"),
            ("batch = 50", "batch = 0", "batch", "例: batch = 50"),
            ("batch = 50", "batch = 五十", "batch", "例: batch = 50"),
            ("batch = 50", "batch = ", "batch", "例: batch = 50"),
            (
                "mark = \"actual\"",
                "mark = actual",
                "mark",
                "例: mark = \"actual\"",
            ),
            (
                "mark = \"actual\"",
                "mark = \"実績\"",
                "mark",
                "例: mark = \"actual\"",
            ),
            (
                "care_office_files = true",
                "care_office_files = はい",
                "care_office_files",
                "例: care_office_files = true",
            ),
            (
                "[\"1370100016\"]",
                "[1370100016]",
                "numbers",
                "例: numbers = [\"1370100016\"]",
            ),
            (
                "[\"1370100016\"]",
                "\"1370100016\"",
                "numbers",
                "例: numbers = [\"1370100016\"]",
            ),
            (
                "[\"1370100016\"]",
                "[\"137010001\"]",
                "numbers",
                "例: numbers = [\"1370100016\"]",
            ),
        ] {
            let said = check(&filled.replace(from, to)).unwrap_err();
            assert!(said.contains(&line(key)), "{to}: {said}");
            assert!(said.contains(example), "{to}: {said}");
            for english in ["invalid", "expected", "string", "type"] {
                assert!(!said.contains(english), "{to}: {said}");
            }
        }
        let lacking = check(&filled.replace("attempts = 5\n", "")).unwrap_err();
        assert!(lacking.contains("「attempts」がありません"), "{lacking}");
        assert!(lacking.contains("例: attempts = 5"), "{lacking}");
    }

    #[test]
    fn a_name_is_written_so_that_it_is_read_again() {
        let name = "みほん \"訪問\" \\ 介護";
        let settings = check(&filled(OfficeNumber::parse("1370100016").as_ref(), name)).unwrap();
        assert_eq!(settings.name, name);
    }

    #[test]
    fn every_setting_is_explained_in_the_line_above_it() {
        let lines: Vec<&str> = TEMPLATE.lines().collect();
        for pair in lines.windows(2).filter(|pair| pair[1].contains(" = ")) {
            assert!(pair[0].starts_with('#'), "{} has no explanation", pair[1]);
        }
    }
}
