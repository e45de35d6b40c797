//! Lines as people: everybody once, with the reasons.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::finding::Code;
use crate::ledger::OpenLine;
use crate::model::ClientId;

use super::super::proposal::Step;
use super::lines::WAITING;

/// Somebody who is open.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// The numbers, where they could be read.
    pub client: Option<ClientId>,
    /// The name; empty where nobody knows it.
    pub name: String,
    /// Why, in the order of the steps.
    pub reasons: Vec<Reason>,
}

/// Why somebody is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// At which step.
    pub step: String,
    /// The cause; `None` for who waits to be registered.
    pub code: Option<Code>,
    /// How many rows, or visits.
    pub count: u32,
    /// The file.
    pub file: String,
    /// The row of the first of them.
    pub row: Option<u32>,
    /// Where that is: `月間ケアプラン.csv 12行目`.
    pub place: String,
    /// The same in one word: `月間ケアプラン.csv:12`.
    pub address: String,
    /// The run since which it is so.
    pub run: i64,
}

/// How many people are open for a cause; of nobody in particular, so that it may be printed
/// anywhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenCause {
    /// At which step.
    pub step: String,
    /// The number of the finding, or `waiting`.
    pub cause: String,
    /// How many people.
    pub people: usize,
}

/// How many they are, and never who.
impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Person({:?})", self.reasons)
    }
}

impl Person {
    /// `佐藤 一郎(131128-0000100002)`, or where a row without a number stands.
    pub fn in_words(&self) -> String {
        match (self.client, &*self.name) {
            (Some(client), "") => client.to_string(),
            (Some(client), name) => format!("{name}({client})"),
            (None, "") => self.reasons[0].place.clone(),
            (None, name) => format!("{name}(番号を読めません)"),
        }
    }

    /// Whether it is a whole file that nobody could make use of: whom it names is not known.
    pub fn is_file(&self) -> bool {
        let of_file = |reason: &Reason| reason.row.is_none();
        self.client.is_none() && self.name.is_empty() && self.reasons.iter().all(of_file)
    }

    /// What a person types to name this one.
    pub fn typed(&self) -> String {
        match self.client {
            Some(client) => client.to_string(),
            None => self.reasons[0].address.clone(),
        }
    }
}

impl Reason {
    fn of(line: &OpenLine) -> Self {
        let sheet = match &*line.sheet {
            "" => String::new(),
            sheet => format!("「{sheet}」"),
        };
        let row = line
            .row
            .map(|row| format!(" {row}行目"))
            .unwrap_or_default();
        Self {
            step: line.step.clone(),
            code: Code::ALL
                .iter()
                .copied()
                .find(|of| of.number() == line.code),
            count: line.count,
            file: line.file.clone(),
            row: line.row,
            place: format!("{}{sheet}{row}", line.file),
            address: address(line),
            run: line.run,
        }
    }

    /// `基本情報にない利用者(P408)`
    pub fn in_words(&self) -> String {
        let Some(code) = self.code else {
            return "登録データを作ったまま、登録していない".to_owned();
        };
        let count = match code {
            Code::NotApprovedYet => format!("({}件)", self.count),
            _ => String::new(),
        };
        format!("{}{count} {code}", code.title())
    }

    /// The step, if a program of this version has written it.
    pub fn of_step(&self) -> Option<Step> {
        Step::named(&self.step)
    }

    /// The number of the finding, or `waiting`.
    pub fn cause(&self) -> &'static str {
        self.code.map_or(WAITING, Code::number)
    }
}

/// The place of a line in one word, as somebody types it.
pub(super) fn address(line: &OpenLine) -> String {
    in_one_word(&line.file, &line.sheet, line.row)
}

/// A place in one word, as somebody types it.
pub(super) fn in_one_word(file: &str, sheet: &str, row: Option<u32>) -> String {
    let sheet = match sheet {
        "" => String::new(),
        sheet => format!(":{sheet}"),
    };
    let row = row.map(|row| format!(":{row}")).unwrap_or_default();
    format!("{file}{sheet}{row}")
}

/// Everybody once, in the order in which they come.
pub fn people(lines: &[OpenLine]) -> Vec<Person> {
    let mut people: Vec<Person> = Vec::new();
    let mut index: BTreeMap<(Option<ClientId>, String), usize> = BTreeMap::new();
    for line in lines {
        let whose = match (line.client, &*line.name) {
            (Some(client), _) => (Some(client), String::new()),
            (None, "") => (None, address(line)),
            (None, name) => (None, format!("{name} {}", line.step)),
        };
        let at = *index.entry(whose).or_insert_with(|| {
            people.push(Person {
                client: line.client,
                name: String::new(),
                reasons: Vec::new(),
            });
            people.len() - 1
        });
        let person = &mut people[at];
        if person.name.is_empty() {
            person.name.clone_from(&line.name);
        }
        let reason = Reason::of(line);
        // Every step looks at the same files.
        let is_known = |of: &Reason| of.code == reason.code;
        if !(person.is_file() && person.reasons.iter().any(is_known)) {
            person.reasons.push(reason);
        }
    }
    people
}

/// The causes with how many people each of them holds.
pub fn causes(lines: &[OpenLine]) -> Vec<OpenCause> {
    let mut causes: Vec<OpenCause> = Vec::new();
    for person in people(lines) {
        let mut told: Vec<(&str, &str)> = Vec::new();
        for reason in &person.reasons {
            let (step, cause) = (&*reason.step, reason.cause());
            if told.contains(&(step, cause)) {
                continue;
            }
            told.push((step, cause));
            match causes
                .iter_mut()
                .find(|of| of.step == step && of.cause == cause)
            {
                Some(of) => of.people += 1,
                None => causes.push(OpenCause {
                    step: step.to_owned(),
                    cause: cause.to_owned(),
                    people: 1,
                }),
            }
        }
    }
    causes
}
