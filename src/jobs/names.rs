//! 戻せない文字: who could not come back, and what a clerk approves to be written instead.
//!
//! Nothing is approved but by somebody: an answer, `--yes`, or a replacement that was typed.
//! Each approval is on disk before the next one is asked about.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::disk;
use crate::error::Error;
use crate::model::{ClientId, Field, InsuredNumber, InsurerNumber, SentLine, YearMonth};
use crate::payload::lines;
use crate::table::source::Source;
use crate::table::{
    Approval, NAME_REPLACEMENTS, NameReplacements, Tables, TablesError, replacements,
};
use crate::write::Unwritable;

use super::collection::Collection;
use super::office::Office;
use super::way_back::{Stuck, code_point, of_basics, of_line};
use super::{Clerk, Consent, plan};

/// What the command has found and done.
#[derive(Debug)]
pub struct Names {
    /// Whose texts cannot come back still.
    pub stuck: Vec<Stuck>,
    /// What became of each replacement that was approved now.
    pub done: Vec<(Approval, Done)>,
    /// The list, where it was written.
    pub written: Option<PathBuf>,
}

/// What became of an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// It is new.
    Added,
    /// It took the place of another replacement.
    Replaced,
    /// It was approved already; nothing was written.
    Already,
}

/// Lists who cannot come back and what is approved, and approves what was typed and agreed to.
pub fn names(
    office: &mut Office,
    typed: &[String],
    consent: Consent,
    clerk: &mut dyn Clerk,
) -> Result<Names, Error> {
    let texts = Texts::of(office)?;
    let typed = wishes(office, typed, &texts)?;
    let mut done = approve(office, typed, &texts, clerk)?;
    let stuck = texts.stuck(&office.tables.replacements);
    tell(&stuck, &texts, &office.tables.replacements, clerk);
    for person in stuck.chunk_by(|one, next| one.client == next.client) {
        let Some(wished) = suggested(office, person)? else {
            continue;
        };
        let answer = match consent {
            Consent::PrepareOnly => break,
            Consent::Given => Some(true),
            Consent::Ask => clerk.agrees(&question(person, &wished)),
        };
        // A stop while it was asked leaves the question without an answer.
        office.stop.heed()?;
        match answer {
            Some(true) => done.extend(approve(office, wished, &texts, clerk)?),
            Some(false) => {}
            None => {
                clerk.note(
                    "確かめる相手がいないため、何も承認していません。承認するには --yes か --approve を付けてください。",
                );
                break;
            }
        }
    }
    let wrote = done.iter().any(|(_, done)| *done != Done::Already);
    Ok(Names {
        stuck: texts.stuck(&office.tables.replacements),
        written: wrote.then(|| path(office)),
        done,
    })
}

fn path(office: &Office) -> PathBuf {
    office.folder.mappings().join(NAME_REPLACEMENTS)
}

/// What is known of a client.
struct Person {
    name: String,
    texts: Vec<(Field, String)>,
}

/// Every text that is registered and could return, client by client.
struct Texts(BTreeMap<ClientId, Person>);

/// How many months of plans are looked through: those of the next month, of this one, and of
/// the last one, whose actuals may be fetched still.
const MONTHS: usize = 3;

impl Texts {
    /// From the basic data and from the plans of the newest months.
    fn of(office: &Office) -> Result<Self, Error> {
        let mut texts = Self(BTreeMap::new());
        let roster = plan::roster(office)?;
        for client in roster.clients() {
            texts.add(client.id, &client.name, of_basics(client));
        }
        let mut months: Vec<YearMonth> = Vec::new();
        for name in office.ledger.collections()? {
            if let Some(Collection::Plans(month)) = Collection::named(&name) {
                months.push(month);
            }
        }
        months.sort_unstable();
        for month in months.into_iter().rev().take(MONTHS) {
            let sources = office.ledger.sources(&Collection::Plans(month).name())?;
            for source in sources {
                for SentLine { line, .. } in lines::restore(&source).unwrap_or_default() {
                    texts.add(line.client, &line.name, of_line(&line).into_iter());
                }
            }
        }
        Ok(texts)
    }

    fn add<'t>(
        &mut self,
        client: ClientId,
        name: &str,
        texts: impl Iterator<Item = (Field, &'t str)>,
    ) {
        let person = self.0.entry(client).or_insert_with(|| Person {
            name: name.to_owned(),
            texts: Vec::new(),
        });
        for (field, text) in texts {
            if !text.is_ascii() && !person.texts.iter().any(|(_, of)| of == text) {
                person.texts.push((field, text.to_owned()));
            }
        }
    }

    fn name(&self, client: ClientId) -> &str {
        self.0.get(&client).map_or("", |person| &*person.name)
    }

    /// What cannot come back, client by client.
    fn stuck(&self, approved: &NameReplacements) -> Vec<Stuck> {
        let of = |(client, person): (&ClientId, &Person)| {
            let who = (*client, &*person.name);
            let texts = person.texts.iter();
            let stuck = texts.filter_map(|(field, text)| Stuck::find(who, *field, text, approved));
            stuck.collect::<Vec<_>>()
        };
        self.0.iter().flat_map(of).collect()
    }
}

/// The replacements that were typed, all of them right or none taken. The error counts them
/// and does not repeat them: a number and a name stand there.
fn wishes(office: &Office, typed: &[String], texts: &Texts) -> Result<Vec<Approval>, Error> {
    let mut wishes: Vec<Approval> = Vec::new();
    for (number, text) in (1..).zip(typed) {
        let wrong = |why: &str| {
            Error::Usage(format!(
                "--approve の{number}番目: {why}。何も承認していません"
            ))
        };
        let Some((client, character, replacement)) = parse(text) else {
            return Err(wrong(
                "`保険者番号-被保険者番号:文字=置き換え` の形で指定してください(文字は U+20BB7 の形でも書けます)",
            ));
        };
        if !texts.0.contains_key(&client) {
            return Err(wrong(
                "この番号の利用者は、登録した基本情報にも予定にもいません",
            ));
        }
        let wish = Approval::new(client, character, replacement, office.today()?).map_err(wrong)?;
        let again = |of: &Approval| (of.client(), of.character()) == (client, character);
        if wishes.iter().any(again) {
            return Err(wrong("同じ利用者の同じ文字が二度指定されています"));
        }
        wishes.push(wish);
    }
    Ok(wishes)
}

/// `131128-0000100001:𠮷=吉`, or `131128-0000100001:U+20BB7=吉` where a keyboard or a window
/// does not have the character. Nothing behind the sign drops it.
fn parse(text: &str) -> Option<(ClientId, char, &str)> {
    let (client, replacement) = text.split_once(':')?;
    let (town, number) = client.split_once('-')?;
    let client = ClientId {
        insurer: InsurerNumber::parse(town)?,
        insured: InsuredNumber::parse(number)?,
    };
    let (character, replacement) = replacement.split_once('=')?;
    let mut characters = character.chars();
    let character = match (characters.next(), characters.next()) {
        (Some(character), None) => character,
        _ => char::from_u32(u32::from_str_radix(character.strip_prefix("U+")?, 16).ok()?)?,
    };
    Some((client, character, replacement))
}

/// What would be approved for a person whose every character has a suggestion.
fn suggested(office: &Office, person: &[Stuck]) -> Result<Option<Vec<Approval>>, Error> {
    let mut wished: Vec<Approval> = Vec::new();
    for of in characters(person) {
        let Some(to) = of.suggestion.map(String::from) else {
            return Ok(None);
        };
        // What the list would refuse is nothing to ask about.
        match Approval::new(person[0].client, of.character, &to, office.today()?) {
            Ok(approval) => wished.push(approval),
            Err(_) => return Ok(None),
        }
    }
    Ok(Some(wished))
}

/// Each character of a person once.
fn characters(person: &[Stuck]) -> Vec<Unwritable> {
    let mut characters: Vec<Unwritable> = Vec::new();
    for of in person.iter().flat_map(|stuck| &stuck.characters) {
        if !characters.contains(of) {
            characters.push(*of);
        }
    }
    characters
}

fn question(person: &[Stuck], wished: &[Approval]) -> String {
    let words: Vec<String> = wished.iter().map(in_words).collect();
    format!("「{}」の {} と書きますか", person[0].name, words.join("、"))
}

/// 「𠮷」(U+20BB7)→「吉」
fn in_words(approval: &Approval) -> String {
    let (character, to) = (approval.character(), approval.replacement());
    let to = if to.is_empty() {
        "書かない".to_owned()
    } else {
        format!("「{to}」")
    };
    format!("「{character}」({})→{to}", code_point(character))
}

fn tell(stuck: &[Stuck], texts: &Texts, approved: &NameReplacements, clerk: &mut dyn Clerk) {
    if stuck.is_empty() {
        clerk.note("楽すけに戻せない文字はありません。");
    } else {
        clerk.note("楽すけに戻せない文字:");
    }
    for person in stuck.chunk_by(|one, next| one.client == next.client) {
        clerk.note(&format!("  {} {}", person[0].client, person[0].name));
        for stuck in person {
            let (field, text, words) = (stuck.label(), &stuck.text, stuck.in_words());
            clerk.note(&format!("    {field}「{text}」: {words}"));
        }
    }
    if !approved.rows().is_empty() {
        clerk.note("承認した置き換え:");
    }
    for approval in approved.rows() {
        let client = approval.client();
        clerk.note(&format!(
            "  {client} {}: {}({})",
            texts.name(client),
            in_words(approval),
            approval.approved()
        ));
    }
}

/// Adds approvals to the list, and says what became of each. The list is written whole, once
/// it is certain that every later command can load it; where nothing is new, it is left alone.
fn approve(
    office: &mut Office,
    approvals: Vec<Approval>,
    texts: &Texts,
    clerk: &mut dyn Clerk,
) -> Result<Vec<(Approval, Done)>, Error> {
    let done: Vec<(Approval, Done)> = approvals
        .into_iter()
        .map(|approval| {
            let done = becomes(&approval, &office.tables.replacements);
            (approval, done)
        })
        .collect();
    let fresh: Vec<Approval> = done
        .iter()
        .filter(|(_, done)| *done != Done::Already)
        .map(|(approval, _)| approval.clone())
        .collect();
    if !fresh.is_empty() {
        write(office, &fresh)?;
    }
    for (approval, done) in &done {
        let said = match done {
            Done::Added => "承認しました",
            Done::Replaced => "前の置き換えに代えて承認しました",
            Done::Already => "すでに承認されています",
        };
        let client = approval.client();
        clerk.note(&format!(
            "{said}: {client} {} {}",
            texts.name(client),
            in_words(approval)
        ));
    }
    Ok(done)
}

fn becomes(approval: &Approval, approved: &NameReplacements) -> Done {
    match approved.find(approval.client(), approval.character()) {
        None => Done::Added,
        Some(of) if of.replacement() == approval.replacement() => Done::Already,
        Some(_) => Done::Replaced,
    }
}

fn write(office: &mut Office, approvals: &[Approval]) -> Result<(), Error> {
    let path = path(office);
    let before = match disk::read_if_there(&path)? {
        Some(bytes) => Some(Source::new(NAME_REPLACEMENTS, &bytes).map_err(TablesError::from)?),
        None => None,
    };
    let bytes = replacements::written(before.as_ref(), approvals).map_err(TablesError::from)?;
    Source::new(NAME_REPLACEMENTS, &bytes)
        .and_then(|source| NameReplacements::load(&source))
        .map_err(TablesError::from)?;
    disk::make_folder(path.parent().unwrap_or(office.folder.root()))?;
    disk::write(&path, &bytes)?;
    office.tables = Tables::load(Some(&office.folder.mappings()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<(String, char, &str)> {
        parse(text).map(|(client, character, to)| (client.to_string(), character, to))
    }

    #[test]
    fn a_replacement_is_typed_with_its_character_or_the_characters_number() {
        let client = || "131128-0000100001".to_owned();
        for (text, character, to) in [
            ("131128-0000100001:𠮷=吉", '𠮷', "吉"),
            ("131128-0000100001:U+20BB7=吉", '𠮷', "吉"),
            ("131128-0000100001:\u{200B}=", '\u{200B}', ""),
            ("131128-0000100001:é=e=e", 'é', "e=e"),
        ] {
            assert_eq!(parsed(text), Some((client(), character, to)), "{text}");
        }
        for wrong in [
            "",
            "𠮷=吉",
            "131128-0000100001",
            "131128-0000100001:𠮷",
            "131128-0000100001:=吉",
            "131128-0000100001:𠮷田=吉田",
            "131128-0000100001:U+D800=吉",
            "0000100001:𠮷=吉",
            "131128-100001:𠮷=吉",
        ] {
            assert_eq!(parsed(wrong), None, "{wrong}");
        }
    }
}
