//! What has moved since a proposal was made, item by item.
//!
//! Files, tables, keys and the names of fields: never what stands in a row, and no name of a
//! person, because the list is an error text.

use std::collections::BTreeMap;

use crate::error::Error;
use crate::ledger::{LedgerError, Part, SavedProposal, Side};
use crate::service::CareWing;

use super::collection::Collection;
use super::compare::Group;
use super::office::Office;
use super::parts::{Told, told};
use super::proposal::Proposal;
use super::remarks::few;
use super::standing::Standing;

/// A part as it was and as it is.
type Pair<'p> = (Option<&'p Part<'p>>, Option<&'p Part<'p>>);

/// What has moved, a line each; empty where nothing has.
pub fn moved(
    office: &Office,
    service: &CareWing,
    saved: &SavedProposal,
    now: &Proposal,
) -> Result<Vec<String>, Error> {
    let fresh = now.saved(&office.tables);
    let then = &saved.proposal;
    if [&fresh.inputs, &fresh.tables, &fresh.held, &fresh.items]
        == [&then.inputs, &then.tables, &then.held, &then.items]
    {
        return Ok(Vec::new());
    }
    let before = told(office.ledger.parts(saved.id)?, &office.ledger)?;
    let parts = told(fresh.parts, &office.ledger)?;
    let pairs = |side| pairs(side, &before, &parts);
    let mut moved = Vec::new();
    if fresh.inputs != then.inputs {
        moved.push("・受信箱(inbox)のファイル".to_owned());
        moved.extend(pairs(Side::Input).into_iter().map(named));
    }
    if fresh.tables != then.tables {
        moved.push("・対応表(mappings)".to_owned());
        moved.extend(pairs(Side::Table).into_iter().map(named));
    }
    if fresh.held != then.held {
        moved.push("・Care-wing側の登録内容".to_owned());
    }
    // The items alone.
    if moved.is_empty() {
        moved.push("・送る内容(設定または前回までの登録)".to_owned());
    }
    for group in &now.groups {
        let standing = Standing::of(group.collection, service, &office.tables, &office.ledger)?;
        let name = group.collection.name();
        let of_group = |pair: &Pair<'_>| collection(pair) == name;
        let there = pairs(Side::Held).into_iter().filter(of_group);
        for pair in there {
            moved.push(there_moved(group.collection, &standing, pair)?);
        }
        let ours = pairs(Side::Item).into_iter().filter(of_group);
        for pair in ours {
            moved.extend(ours_moved(group, &standing, pair)?);
        }
    }
    Ok(short(moved))
}

/// The parts of a side that are not the same before and now, by name.
fn pairs<'p>(side: Side, before: &'p Told<'_>, now: &'p Told<'_>) -> Vec<Pair<'p>> {
    let mut pairs: BTreeMap<(&str, &str), Pair<'p>> = BTreeMap::new();
    for part in before.parts.iter().filter(|part| part.side == side) {
        pairs.entry((&part.collection, &part.name)).or_default().0 = Some(part);
    }
    // A proposal that an older program has made has no parts to compare with.
    if before.parts.is_empty() {
        return Vec::new();
    }
    let is_told = |part: &&Part<'_>| !before.untold.contains(&part.collection);
    let now = now.parts.iter().filter(is_told);
    for part in now.filter(|part| part.side == side) {
        pairs.entry((&part.collection, &part.name)).or_default().1 = Some(part);
    }
    pairs
        .into_values()
        .filter(|(before, now)| before != now)
        .collect()
}

fn collection<'p>(pair: &Pair<'p>) -> &'p str {
    let part = pair.0.or(pair.1);
    part.map_or("", |part| &part.collection)
}

fn name(pair: Pair<'_>) -> &str {
    let part = pair.0.or(pair.1);
    part.map_or("", |part| &part.name)
}

fn what(pair: Pair<'_>) -> &'static str {
    match pair {
        (None, _) => "追加",
        (_, None) => "なくなった",
        (Some(_), Some(_)) => "変更",
    }
}

/// `  利用者一覧.csv: 変更`
fn named(pair: Pair<'_>) -> String {
    format!("  {}: {}", name(pair), what(pair))
}

/// `  利用者 131128-0000123456: Care-wing側で変更 (電話番号)`
fn there_moved(
    of: Collection,
    standing: &Standing<'_>,
    pair: Pair<'_>,
) -> Result<String, LedgerError> {
    let key = name(pair);
    let fields = match pair {
        (Some(before), Some(now)) if before.digest == now.digest => vec!["版だけ".to_owned()],
        (Some(before), Some(_)) => standing.changed_there(key, &before.digest)?,
        (None, _) | (_, None) => Vec::new(),
    };
    let (label, what) = (of.label(), what(pair));
    Ok(format!(
        "  {label} {key}: Care-wing側で{what}{}",
        in_brackets(&fields)
    ))
}

/// The same for what would be sent; nothing where only Care-wing's side of it has moved.
fn ours_moved(
    group: &Group,
    standing: &Standing<'_>,
    pair: Pair<'_>,
) -> Result<Option<String>, LedgerError> {
    let key = name(pair);
    let ours = group.items.iter().find(|planned| planned.item.key == key);
    let ours = ours.map(|planned| &*planned.item.body);
    let fields = match pair {
        (Some(before), Some(now)) if before.digest == now.digest => return Ok(None),
        // What is held just so says what is held.
        (Some(before), Some(_)) if ours.is_none() => standing.changed_there(key, &before.digest)?,
        (Some(before), Some(_)) => standing.changed_here(key, &before.digest, ours)?,
        (None, _) | (_, None) => Vec::new(),
    };
    let (label, what) = (group.collection.label(), what(pair));
    Ok(Some(format!(
        "  {label} {key}: 楽すけ側で{what}{}",
        in_brackets(&fields)
    )))
}

fn in_brackets(fields: &[String]) -> String {
    if fields.is_empty() {
        return String::new();
    }
    format!(" ({})", few(fields.iter().map(String::as_str)))
}

/// The first lines of many.
fn short(mut lines: Vec<String>) -> Vec<String> {
    const LINES: usize = 20;
    if lines.len() > LINES {
        let more = lines.len() - LINES;
        lines.truncate(LINES);
        lines.push(format!("  ほか {more} 件"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_says_how_much_it_leaves_out() {
        let lines = |count: usize| short((0..count).map(|line| line.to_string()).collect());
        assert_eq!(lines(20).len(), 20);
        let long = lines(23);
        assert_eq!((long.len(), &*long[20]), (21, "  ほか 3 件"));
    }
}
