//! Names of files that follow a pattern: what they say of their contents, read leniently.
//!
//! A name is never the reason to take a file for something; it can only confirm what the
//! contents are, or deny it, and tell an older file from a newer one.

use std::fmt::Write as _;

use serde::Deserialize;
use toml::Spanned;

use crate::model::{OfficeNumber, Sender, ServiceType, YearMonth};

use super::error::TableError;
use super::fold::nfkc;
use super::source::Source;

/// How files of a layout are named, compiled.
#[derive(Debug)]
pub struct NamePattern {
    begins: String,
    parts: Vec<(Part, Presence)>,
    others: Vec<(String, String)>,
}

/// What a name says of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stated {
    /// It is one of this layout, with every part of the pattern.
    This(NameParts),
    /// It is one of this layout; the rest of the name is not as the pattern wants it.
    ThisAlone,
    /// It is something else that looks alike: the word at its beginning, and what that means.
    Other(String, String),
    /// Nothing.
    Nothing,
}

/// The parts of a whole name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameParts {
    /// Every part but the serial. Two files that share it are an older and a newer one of the
    /// same thing: from the same sender, to the same receiver, of the same month.
    pub subject: Vec<String>,
    /// A time stamp, digits of a fixed width, so that a later one is the greater text.
    pub serial: String,
    /// Who made it, where that is an office's number.
    pub sender: Option<Sender>,
}

/// What the name of a file is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameFacts {
    /// The month that it is about.
    pub month: YearMonth,
    /// The office that made it.
    pub sender: OfficeNumber,
    /// What that office does.
    pub sender_type: ServiceType,
    /// The office that it is for.
    pub receiver: OfficeNumber,
    /// What that office does.
    pub receiver_type: ServiceType,
    /// 連番: `YYYYMMDDHHMMSS`.
    pub serial: String,
}

/// A part of a name, between two low lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Month,
    Sender,
    SenderType,
    Receiver,
    ReceiverType,
    Serial,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    Always,
    /// Older names lack it.
    Sometimes,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PatternSource {
    begins: Spanned<String>,
    parts: Vec<Spanned<String>>,
    #[serde(default)]
    optional: Vec<Spanned<String>>,
    #[serde(default)]
    others: Vec<OtherSource>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OtherSource {
    begins: Spanned<String>,
    means: Spanned<String>,
}

impl Part {
    const NAMES: [(&'static str, Self); 6] = [
        ("month", Self::Month),
        ("sender", Self::Sender),
        ("sender_type", Self::SenderType),
        ("receiver", Self::Receiver),
        ("receiver_type", Self::ReceiverType),
        ("serial", Self::Serial),
    ];

    fn width(self) -> usize {
        match self {
            Self::Month => 6,
            Self::Sender | Self::Receiver => 10,
            Self::SenderType | Self::ReceiverType => 2,
            Self::Serial => 14,
        }
    }

    fn is(self, text: &str) -> bool {
        let right = |byte: u8| match self {
            Self::Month | Self::Serial => byte.is_ascii_digit(),
            Self::Sender | Self::SenderType | Self::Receiver | Self::ReceiverType => {
                byte.is_ascii_alphanumeric()
            }
        };
        text.len() == self.width() && text.bytes().all(right)
    }
}

impl NamePattern {
    pub(super) fn compile(source: &Source, written: &PatternSource) -> Result<Self, TableError> {
        let mut parts: Vec<(Part, Presence)> = Vec::new();
        for name in &written.parts {
            let part = part(source, name)?;
            if parts.iter().any(|(of, _)| *of == part) {
                let message = format!("「{}」が二度あります", name.get_ref());
                return Err(source.error(name.span(), &message));
            }
            parts.push((part, Presence::Always));
        }
        for name in &written.optional {
            let part = part(source, name)?;
            let Some(entry) = parts.iter_mut().find(|(of, _)| *of == part) else {
                let message = format!("「{}」は parts にありません", name.get_ref());
                return Err(source.error(name.span(), &message));
            };
            entry.1 = Presence::Sometimes;
        }
        if parts.last() != Some(&(Part::Serial, Presence::Always)) {
            let message = "parts の最後は serial です(どちらのファイルが新しいかを決めます)";
            return Err(source.error(written.begins.span(), message));
        }
        let others = written
            .others
            .iter()
            .map(|other| Ok((word(source, &other.begins)?, other.means.get_ref().clone())))
            .collect::<Result<_, TableError>>()?;
        Ok(Self {
            begins: word(source, &written.begins)?,
            parts,
            others,
        })
    }

    /// The word with which a name of this layout begins.
    pub fn begins(&self) -> &str {
        &self.begins
    }

    /// The name of a file, as strictly as it is read leniently: every part in its place.
    pub fn write(&self, facts: &NameFacts) -> String {
        let mut name = self.begins.clone();
        for (part, _) in &self.parts {
            name.push('_');
            match part {
                Part::Month => {
                    let (year, month) = (facts.month.year(), facts.month.month());
                    // Writing into a `String` cannot fail.
                    let _ = write!(name, "{year:04}{month:02}");
                }
                Part::Sender => name.push_str(facts.sender.as_str()),
                Part::SenderType => name.push_str(facts.sender_type.as_str()),
                Part::Receiver => name.push_str(facts.receiver.as_str()),
                Part::ReceiverType => name.push_str(facts.receiver_type.as_str()),
                Part::Serial => name.push_str(&facts.serial),
            }
        }
        name.push_str(".CSV");
        name
    }

    /// Reads a name. Width, case, the ending, and what a copy adds to a name do not count.
    pub fn read(&self, name: &str) -> Stated {
        let name = nfkc(name).to_uppercase();
        if let Some(rest) = after(&name, &self.begins) {
            return self.parts(rest).map_or(Stated::ThisAlone, Stated::This);
        }
        let other = self
            .others
            .iter()
            .find(|(word, _)| after(&name, word).is_some());
        other.map_or(Stated::Nothing, |(word, means)| {
            Stated::Other(word.clone(), means.clone())
        })
    }

    fn parts(&self, rest: &str) -> Option<NameParts> {
        let mut tokens = rest.strip_prefix('_')?.split('_').peekable();
        let mut found = NameParts {
            subject: Vec::new(),
            serial: String::new(),
            sender: None,
        };
        let (mut sender, mut service_type) = (None, None);
        for (part, presence) in &self.parts {
            // Behind the serial stand `(1)`, ` - コピー` and the ending.
            let token = tokens.peek().map(|token| match part {
                Part::Serial => &token[..digits(token)],
                _ => token.trim(),
            });
            let Some(token) = token.filter(|token| part.is(token)) else {
                if *presence == Presence::Sometimes {
                    continue;
                }
                return None;
            };
            match part {
                Part::Serial => token.clone_into(&mut found.serial),
                Part::Sender => sender = OfficeNumber::parse(token),
                Part::ReceiverType => service_type = ServiceType::parse(token),
                Part::Month | Part::SenderType | Part::Receiver => {}
            }
            if *part != Part::Serial {
                found.subject.push(token.to_owned());
            }
            tokens.next();
        }
        found.sender = sender.map(|office| Sender {
            office,
            service_type,
        });
        Some(found)
    }
}

fn part(source: &Source, name: &Spanned<String>) -> Result<Part, TableError> {
    let given = name.get_ref().as_str();
    let known = Part::NAMES.iter();
    known
        .clone()
        .find(|(word, _)| *word == given)
        .map(|(_, part)| *part)
        .ok_or_else(|| {
            source
                .error(
                    name.span(),
                    &format!("ファイル名の部分「{given}」はありません"),
                )
                .expected(given, known.map(|(word, _)| *word))
        })
}

fn word(source: &Source, written: &Spanned<String>) -> Result<String, TableError> {
    let word = written.get_ref();
    let is_capital = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    if word.is_empty() || !word.bytes().all(is_capital) {
        return Err(source.error(written.span(), "ファイル名の初めは英大文字(と数字)です"));
    }
    Ok(word.clone())
}

/// What stands behind a word, where the name holds it as a word of its own: some programs put
/// `コピー ~ ` in front of a copy's name.
fn after<'n>(name: &'n str, word: &str) -> Option<&'n str> {
    let (before, rest) = name.split_once(word)?;
    let is_within = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
    let ends = is_within(rest.chars().next());
    let begins = before
        .chars()
        .next_back()
        .is_some_and(|last| last.is_ascii_alphanumeric());
    (!begins && !ends).then_some(rest)
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern() -> NamePattern {
        let source = Source::new("x.toml", b"").unwrap();
        let written = r#"
            begins = "UPPLAN"
            parts = ["month", "sender", "sender_type", "receiver", "receiver_type", "serial"]
            optional = ["sender_type", "receiver_type"]
            others = [{ begins = "UPJSK", means = "実績" }]
        "#;
        NamePattern::compile(&source, &toml::from_str(written).unwrap()).unwrap()
    }

    fn stated(name: &str) -> Stated {
        pattern().read(name)
    }

    fn this(subject: &str, serial: &str) -> Stated {
        let subject: Vec<String> = subject.split(' ').map(str::to_owned).collect();
        let service_type = subject.last().filter(|last| last.len() == 2);
        Stated::This(NameParts {
            serial: serial.to_owned(),
            sender: OfficeNumber::parse(&subject[1]).map(|office| Sender {
                office,
                service_type: service_type.and_then(|of| ServiceType::parse(of)),
            }),
            subject,
        })
    }

    #[test]
    fn a_name_is_read_whatever_its_case_width_and_ending_and_what_a_copy_adds() {
        for name in [
            "UPPLAN_202610_1370000018_43_1370100016_11_20260925093000.CSV",
            "upplan_202610_1370000018_43_1370100016_11_20260925093000.csv",
            "ＵＰＰＬＡＮ＿２０２６１０＿1370000018＿43＿1370100016＿11＿20260925093000．CSV",
            "UPPLAN_202610_1370000018_43_1370100016_11_20260925093000 (1).csv",
            "UPPLAN_202610_1370000018_43_1370100016_11_20260925093000(1).csv",
            "UPPLAN_202610_1370000018_43_1370100016_11_20260925093000 - コピー.CSV",
            "コピー ～ UPPLAN_202610_1370000018_43_1370100016_11_20260925093000.CSV",
        ] {
            let expected = this("202610 1370000018 43 1370100016 11", "20260925093000");
            assert_eq!(stated(name), expected, "{name}");
        }
    }

    #[test]
    fn a_name_that_is_written_is_read_back_whole() {
        let facts = NameFacts {
            month: YearMonth::new(2026, 2).unwrap(),
            sender: OfficeNumber::parse("1370100016").unwrap(),
            sender_type: ServiceType::parse("A2").unwrap(),
            receiver: OfficeNumber::parse("1370000018").unwrap(),
            receiver_type: ServiceType::parse("46").unwrap(),
            serial: "20260303080910".to_owned(),
        };
        let name = pattern().write(&facts);
        assert_eq!(
            name,
            "UPPLAN_202602_1370100016_A2_1370000018_46_20260303080910.CSV"
        );
        assert_eq!(
            stated(&name),
            this("202602 1370100016 A2 1370000018 46", "20260303080910")
        );
    }

    #[test]
    fn names_of_the_third_version_lack_the_types() {
        assert_eq!(
            stated("UPPLAN_202610_1370000018_1370100016_20260925093000.CSV"),
            this("202610 1370000018 1370100016", "20260925093000")
        );
    }

    #[test]
    fn a_name_that_only_begins_right_says_what_it_is_and_no_more() {
        for name in [
            "UPPLAN.csv",
            "UPPLAN_202610.csv",
            "UPPLAN 10月分.csv",
            "UPPLAN_202610_1370000018_43_1370100016_11_2026092509.CSV",
            "UPPLAN_202610_13700000_43_1370100016_11_20260925093000.CSV",
        ] {
            assert_eq!(stated(name), Stated::ThisAlone, "{name}");
        }
    }

    #[test]
    fn a_name_of_something_alike_is_told_apart() {
        assert_eq!(
            stated("upjsk_202610.csv"),
            Stated::Other("UPJSK".to_owned(), "実績".to_owned())
        );
    }

    #[test]
    fn a_word_within_another_one_says_nothing() {
        for name in ["予定.csv", "BACKUPPLAN_1.csv", "UPPLANS.csv", ""] {
            assert_eq!(stated(name), Stated::Nothing, "{name}");
        }
    }
}
