//! Will it come back? Every name and text that could return is tried before its month is sent:
//! when the file for 楽すけ cannot be written, a month has passed.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use crate::check::{CheckedMonth, Roster};
use crate::finding::{Code, Finding};
use crate::model::{Client, ClientId, Field, Place, PlanLine};
use crate::report::NoReturn;
use crate::table::NameReplacements;
use crate::write::{Unwritable, unwritable};

/// A text of a client that cannot be written back as it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Stuck {
    /// Whose it is.
    pub client: ClientId,
    /// The client's name.
    pub name: String,
    /// What it is.
    pub field: Field,
    /// The text.
    pub text: String,
    /// What of it cannot be written, never nothing.
    pub characters: Vec<Unwritable>,
}

/// What it is; never whose, and nothing of it.
impl fmt::Debug for Stuck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stuck({})", self.label())
    }
}

impl Stuck {
    /// The text, if something of it cannot be written though everything that was approved for
    /// the client is in place.
    pub fn find(
        (client, name): (ClientId, &str),
        field: Field,
        text: &str,
        approved: &NameReplacements,
    ) -> Option<Self> {
        let characters = unwritable(&approved.apply(client, text, &mut Vec::new()));
        (!characters.is_empty()).then(|| Self {
            client,
            name: name.to_owned(),
            field,
            text: text.to_owned(),
            characters,
        })
    }

    /// 「𠮷」(U+20BB7)→「吉」、「😀」(U+1F600)→案なし
    pub fn in_words(&self) -> String {
        let words: Vec<String> = self.characters.iter().map(|of| in_words(*of)).collect();
        words.join("、")
    }

    /// The word for what it is. A care-management office's name never returns, so that a name
    /// is always a person's.
    pub fn label(&self) -> &'static str {
        match self.field {
            Field::Name => "氏名",
            field => field.label(),
        }
    }

    /// The rows of the preview: one for each character.
    pub fn rows(&self) -> impl Iterator<Item = NoReturn> {
        self.characters.iter().map(|of| NoReturn {
            number: self.client.to_string(),
            name: self.name.clone(),
            field: self.label(),
            character: of.character.to_string(),
            code_point: code_point(of.character),
            suggestion: of.suggestion.map(String::from).unwrap_or_default(),
        })
    }
}

fn in_words(of: Unwritable) -> String {
    match of.suggestion {
        Some(to) => format!("{of}→「{to}」"),
        None => format!("{of}→案なし"),
    }
}

/// U+20BB7
pub fn code_point(character: char) -> String {
    format!("U+{:04X}", u32::from(character))
}

/// The texts of the basic data that could return.
pub fn of_basics(client: &Client) -> impl Iterator<Item = (Field, &str)> {
    let managers = client.cards.iter().map(|card| &*card.care_manager);
    std::iter::once((Field::Name, &*client.name))
        .chain(managers.map(|manager| (Field::CareManager, manager)))
}

/// The texts of a plan's line that could return.
pub fn of_line(line: &PlanLine) -> [(Field, &str); 2] {
    [
        (Field::Name, &*line.name),
        (Field::ServiceName, &*line.service_name),
    ]
}

/// P421: tries the texts of months and of their clients' basic data.
pub fn check(
    months: &[CheckedMonth],
    roster: &Roster,
    approved: &NameReplacements,
) -> Vec<(Stuck, Finding)> {
    let mut stuck = Vec::new();
    // Few texts besides names fill a month, and nearly all can be written as they stand: what is
    // approved for somebody only takes the place of what cannot.
    let mut writable: HashMap<&str, bool> = HashMap::new();
    let is_writable = |text: &str| unwritable(text).is_empty();
    let mut can_stay = |field, text| match field {
        Field::Name => is_writable(text),
        _ => *writable.entry(text).or_insert_with(|| is_writable(text)),
    };
    for month in months {
        let client = month.plan.client;
        for (field, text, place) in texts(month, roster, &mut can_stay) {
            let who = (client, &*month.name);
            if let Some(found) = Stuck::find(who, field, text, approved) {
                let finding = Finding::new(Code::WillNotComeBack, place())
                    .of(client, Arc::clone(&month.name))
                    .value(text)
                    .detail(found.in_words());
                stuck.push((found, finding));
            }
        }
    }
    stuck
}

/// Every text that is stuck, once for each client.
#[derive(Debug, Default)]
pub struct AllStuck {
    /// The texts.
    pub texts: Vec<Stuck>,
    said: HashSet<(ClientId, String)>,
}

impl AllStuck {
    /// Takes in what was found of some months; says what was not said yet.
    pub fn take(&mut self, found: Vec<(Stuck, Finding)>, findings: &mut Vec<Finding>) {
        for (stuck, finding) in found {
            if self.said.insert((stuck.client, stuck.text.clone())) {
                findings.push(finding);
                self.texts.push(stuck);
            }
        }
    }
}

/// A text, and where it stands.
type Text<'m> = (Field, &'m str, Box<dyn Fn() -> Place + 'm>);

/// Each text of a month that cannot stay as it is, once; the basic data is no file of this step,
/// so what stands there is said of the number in the month's first row.
fn texts<'m>(
    month: &'m CheckedMonth,
    roster: &'m Roster,
    can_stay: &mut impl FnMut(Field, &'m str) -> bool,
) -> Vec<Text<'m>> {
    let mut seen = BTreeSet::new();
    let mut texts: Vec<Text<'m>> = Vec::new();
    // Line by line they are mostly the same.
    let mut before = ["", ""];
    for (line, origin) in &month.lines {
        for ((field, text), before) in of_line(line).into_iter().zip(&mut before) {
            let is_new = std::mem::replace(before, text) != text;
            if is_new && !can_stay(field, text) && seen.insert(text) {
                texts.push((field, text, Box::new(move || origin.field(field))));
            }
        }
    }
    let known = roster.find(month.plan.client);
    if let (Some(known), Some((_, origin))) = (known, month.lines.first()) {
        for (field, text) in of_basics(known) {
            if text != before[0] && !can_stay(field, text) && seen.insert(text) {
                texts.push((field, text, Box::new(|| origin.field(Field::Insured))));
            }
        }
    }
    texts
}

/// What the clerk is told of it between the two phases.
pub fn remark(stuck: &[Stuck]) -> Option<String> {
    let clients: BTreeSet<ClientId> = stuck.iter().map(|of| of.client).collect();
    (!clients.is_empty()).then(|| {
        format!(
            "楽すけに戻せない文字がある利用者が{}人います(予定は送ります)。実績を取得する前に、rakuwing names で代わりに書く文字を承認してください。",
            clients.len()
        )
    })
}
