//! What is shown of characters that cannot come back, and of what was approved.

use std::path::Path;

use serde::Serialize;

use crate::error::{Error, Exit};
use crate::jobs::names::{self, Done, Names};
use crate::jobs::way_back::{Stuck, code_point};
use crate::jobs::{Consent, Office};
use crate::table::Approval;

use super::screen::Screen;

/// The same as a program reads it: clients by their number, and no text of theirs.
#[derive(Serialize)]
struct NamesObject<'a> {
    stuck: Vec<StuckObject>,
    approved: Vec<ApprovalObject>,
    added: usize,
    replaced: usize,
    already: usize,
    written: Option<&'a Path>,
    exit_code: u8,
}

#[derive(Serialize)]
struct StuckObject {
    client: String,
    field: &'static str,
    character: String,
    code_point: String,
    /// `null` where nobody can say.
    suggestion: Option<char>,
}

#[derive(Serialize)]
struct ApprovalObject {
    client: String,
    character: String,
    code_point: String,
    replacement: String,
    approved: String,
}

/// Lists, asks and approves.
pub fn names(
    office: &mut Office,
    typed: &[String],
    consent: Consent,
    screen: &mut Screen,
) -> Result<Exit, Error> {
    let names = names::names(office, typed, consent, screen)?;
    if let Some(path) = &names.written {
        screen.file("置き換えの一覧", path);
    } else if !names.stuck.is_empty() {
        screen.line("一覧には何も書いていません。");
    }
    if names.stuck.iter().any(has_no_suggestion) {
        screen.line(
            "案のない文字は、--approve 保険者番号-被保険者番号:文字=置き換え で承認するか、楽すけで直してください。",
        );
    }
    screen.object(&object(&names, office.tables.replacements.rows()));
    Ok(Exit::Clean)
}

fn has_no_suggestion(stuck: &Stuck) -> bool {
    stuck.characters.iter().any(|of| of.suggestion.is_none())
}

fn object<'a>(names: &'a Names, approved: &[Approval]) -> NamesObject<'a> {
    let count = |what: Done| names.done.iter().filter(|(_, done)| *done == what).count();
    NamesObject {
        stuck: names.stuck.iter().flat_map(stuck_objects).collect(),
        approved: approved.iter().map(approval_object).collect(),
        added: count(Done::Added),
        replaced: count(Done::Replaced),
        already: count(Done::Already),
        written: names.written.as_deref(),
        exit_code: Exit::Clean.code(),
    }
}

fn stuck_objects(stuck: &Stuck) -> impl Iterator<Item = StuckObject> {
    stuck.characters.iter().map(|of| StuckObject {
        client: stuck.client.to_string(),
        field: stuck.label(),
        character: of.character.to_string(),
        code_point: code_point(of.character),
        suggestion: of.suggestion,
    })
}

fn approval_object(approval: &Approval) -> ApprovalObject {
    ApprovalObject {
        client: approval.client().to_string(),
        character: approval.character().to_string(),
        code_point: code_point(approval.character()),
        replacement: approval.replacement().to_owned(),
        approved: approval.approved().to_string(),
    }
}
