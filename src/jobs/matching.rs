//! 照合: both sides' clients laid side by side, for the special work that comes before a link
//! with foreign basic data. Nothing is sent and nothing is decided.
//!
//! The same number is the same client. Where the numbers differ, a name and a birth date that
//! only one client on each side has are shown as the likely same one, and several are shown
//! as several: who is who is for people to say.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

use crate::check::Wanted;
use crate::error::Error;
use crate::ledger::RunId;
use crate::model::{CivilDate, Client, ClientId};
use crate::payload::{Contents, Difference, Held, Sides, There, differences};
use crate::report::{self, MatchKind, MatchRow, Matching, Person};
use crate::table::{NameWords, Payload};

use super::collection::Collection;
use super::inbox;
use super::office::Office;
use super::outcome::{Outcome, in_run};
use super::plan::roster;
use super::remarks::few;
use super::standing::held;

/// Writes the matching workbook. It works whatever the origin of the basic data is.
pub fn matching(office: &mut Office) -> Result<Outcome, Error> {
    in_run(office, "match", None, |office, run| {
        let (service, _) = office.care_wing()?;
        let path = Collection::Clients.path(&office.tables.contract);
        let there = held(&service, &path, &office.tables.client)?;
        let (ours, remark) = ours(office)?;
        let rows = rows(&ours, there, &office.tables.client, &office.tables.names);
        let preview = write(office, run, &rows, &remark)?;
        let mut outcome = Outcome::of("match", None);
        outcome.notes = notes(&rows, &remark);
        outcome.preview = Some(preview);
        Ok(outcome)
    })
}

/// 楽すけ's clients: those of the inbox, with every row that can be read, or else those that
/// were last sent; and what is to be said of it.
fn ours(office: &Office) -> Result<(Vec<Client>, String), Error> {
    let inputs = inbox::gather(office, Wanted::Basics)?;
    let mut clients: BTreeMap<ClientId, Client> = BTreeMap::new();
    for (client, card, _) in inputs.gathered.cards {
        let known = clients.entry(client.id).or_insert(client);
        known.cards.extend(card);
    }
    let unreadable = inputs.gathered.bad_rows.len();
    if !clients.is_empty() || unreadable > 0 {
        for client in clients.values_mut() {
            client.cards.sort_by_key(|card| card.certified_from);
        }
        let remark = format!(
            "楽すけ側は受信箱(inbox)の利用者一覧です。読めない行: {unreadable}行(rakuwing check で理由が分かります)。"
        );
        return Ok((clients.into_values().collect(), remark));
    }
    let roster = roster(office)?;
    if roster.is_empty() {
        return Err(Error::NothingToRead {
            folder: office.folder.inbox(),
            wanted: "利用者一覧",
        });
    }
    let mut clients: Vec<Client> = roster.clients().cloned().collect();
    clients.sort_by_key(|client| client.id);
    let remark = "楽すけ側は、前回まで送った利用者です(受信箱(inbox)に利用者一覧がありません)。";
    Ok((clients, remark.to_owned()))
}

/// A client there, as far as it can be read.
struct Theirs {
    key: String,
    client: Option<Client>,
}

/// Both sides, ordered by kind and number.
fn rows(
    ours: &[Client],
    there: HashMap<String, Held>,
    payload: &Payload,
    names: &NameWords,
) -> Vec<(MatchRow, Vec<Difference>)> {
    let mut theirs: BTreeMap<String, Theirs> = there
        .into_iter()
        .map(|(key, held)| {
            let client = match Contents::of_body(payload, held.body.as_deref().unwrap_or_default())
            {
                Some(Contents::Client(client)) => Some(client),
                _ => None,
            };
            (key.clone(), Theirs { key, client })
        })
        .collect();
    let mut rows = Vec::new();
    let mut left = Vec::new();
    for client in ours {
        match theirs.remove(&payload.key(client)) {
            Some(same) => rows.push(row(MatchKind::SameNumber, Some(client), Some(&same))),
            None => left.push(client),
        }
    }
    let mut matched = (BTreeSet::new(), BTreeSet::new());
    for (here, there) in likely(&left, &theirs, names).values() {
        let kind = match (&**here, &**there) {
            ([_], [_]) => MatchKind::SamePerson,
            _ => MatchKind::Several,
        };
        for client in here {
            for other in there {
                matched.0.insert(client.id);
                matched.1.insert(other.key.clone());
                rows.push(row(kind, Some(client), Some(other)));
            }
        }
    }
    left.retain(|client| !matched.0.contains(&client.id));
    rows.extend(
        left.iter()
            .map(|client| row(MatchKind::OnlyHere, Some(client), None)),
    );
    theirs.retain(|key, _| !matched.1.contains(key));
    rows.extend(
        theirs
            .values()
            .map(|other| row(MatchKind::OnlyThere, None, Some(other))),
    );
    rows.sort_by_key(|(row, _)| row.kind);
    rows
}

/// Clients of both sides who have one name and one birth date.
type Likely<'c> = BTreeMap<(String, CivilDate), (Vec<&'c Client>, Vec<&'c Theirs>)>;

fn likely<'c>(
    ours: &[&'c Client],
    theirs: &'c BTreeMap<String, Theirs>,
    names: &NameWords,
) -> Likely<'c> {
    let person = |client: &Client| (names.fold(&client.name), client.birth_date);
    let mut likely = Likely::new();
    for client in ours {
        likely.entry(person(client)).or_default().0.push(client);
    }
    for other in theirs.values() {
        if let Some(client) = &other.client {
            likely.entry(person(client)).or_default().1.push(other);
        }
    }
    likely
}

fn row(
    kind: MatchKind,
    ours: Option<&Client>,
    theirs: Option<&Theirs>,
) -> (MatchRow, Vec<Difference>) {
    let person = |client: &Client| Person {
        number: client.id.to_string(),
        name: client.name.clone(),
        birth_date: client.birth_date.to_string(),
    };
    let there = theirs.map(|theirs| match &theirs.client {
        Some(client) => person(client),
        None => Person {
            number: theirs.key.clone(),
            name: "(読み取れない内容)".to_owned(),
            birth_date: String::new(),
        },
    });
    let found = match (ours, theirs) {
        (Some(ours), Some(theirs)) => between(ours, theirs.client.as_ref()),
        (Some(_), None) | (None, _) => Vec::new(),
    };
    let apart = few(found.iter().map(|of| &*of.label));
    let row = MatchRow {
        kind,
        here: ours.map(person),
        there,
        apart,
    };
    (row, found)
}

fn between(ours: &Client, theirs: Option<&Client>) -> Vec<Difference> {
    let ours = Contents::Client(ours.clone());
    let theirs = theirs.map(|client| Contents::Client(client.clone()));
    differences(Sides {
        sent: None,
        there: theirs.as_ref().map_or(There::Unreadable, There::Contents),
        ours: Some(&ours),
    })
}

fn counts(rows: &[(MatchRow, Vec<Difference>)]) -> Vec<(&'static str, usize)> {
    let of_kind = |kind| rows.iter().filter(|(row, _)| row.kind == kind).count();
    let mut counts: Vec<(&str, usize)> = MatchKind::ALL
        .into_iter()
        .map(|kind| (kind.label(), of_kind(kind)))
        .collect();
    let differing = rows.iter().filter(|(_, found)| !found.is_empty()).count();
    counts.push(("内容が違う組", differing));
    counts
}

fn notes(rows: &[(MatchRow, Vec<Difference>)], remark: &str) -> Vec<String> {
    let words: Vec<String> = counts(rows)
        .iter()
        .map(|(label, count)| format!("{label} {count}"))
        .collect();
    vec![
        words.join("、"),
        remark.to_owned(),
        "何も送っていません。".to_owned(),
    ]
}

fn write(
    office: &Office,
    run: RunId,
    rows: &[(MatchRow, Vec<Difference>)],
    remark: &str,
) -> Result<PathBuf, Error> {
    let path = office.folder.reports().join(format!("照合_{run}.xlsx"));
    let matched: Vec<&MatchRow> = rows.iter().map(|(row, _)| row).collect();
    let apart: Vec<report::Apart> = rows
        .iter()
        .flat_map(|(row, found)| found.iter().map(|of| apart(row, of)))
        .collect();
    report::write_matching(
        &path,
        &Matching {
            office: &office.name(),
            counts: &counts(rows),
            remark,
            rows: &matched,
            apart: &apart,
        },
    )?;
    Ok(path)
}

fn apart(row: &MatchRow, difference: &Difference) -> report::Apart {
    let here = row.here.as_ref();
    report::Apart {
        kind: row.kind.label(),
        number: here.map(|of| of.number.clone()).unwrap_or_default(),
        name: here.map(|of| of.name.clone()).unwrap_or_default(),
        field: difference.label.clone(),
        sent: String::new(),
        there: difference.there.clone(),
        ours: difference.ours.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::Content;
    use crate::table::Tables;
    use serde_json::{Value as Json, json};

    fn client(number: &str, name: &str, birth_date: &str) -> Json {
        json!({"insurer_number": "131128", "insured_number": number, "name": name,
               "birth_date": birth_date, "cards": []})
    }

    /// The rows of a matching, as kind, number here, number there and what differs.
    fn matched(ours: &[Json], theirs: &[Json]) -> Vec<[String; 4]> {
        let tables = Tables::load(None).unwrap();
        let read = |item: &Json| match Contents::read(&tables.client, item) {
            Some(Contents::Client(client)) => client,
            _ => panic!("{item}"),
        };
        let ours: Vec<Client> = ours.iter().map(read).collect();
        let held = theirs.iter().enumerate().map(|(at, item)| {
            let held = Held::read(&tables.client, item, "r1");
            let key = match held.content {
                Content::Comparable(_) => tables.client.key(&read(item)),
                Content::Foreign(_) => format!("foreign-{at}"),
            };
            (key, held)
        });
        let number = |person: Option<Person>| person.map(|of| of.number).unwrap_or_default();
        rows(&ours, held.collect(), &tables.client, &tables.names)
            .into_iter()
            .map(|(row, _)| {
                [
                    row.kind.label().to_owned(),
                    number(row.here),
                    number(row.there),
                    row.apart,
                ]
            })
            .collect()
    }

    #[test]
    fn numbers_come_first_and_then_a_name_with_a_birth_date() {
        let ours = [
            client("0000100001", "見本　一郎", "1937-03-04"),
            client("0000100002", "見本　二美", "1934-11-03"),
            client("0000100003", "見本　三郎", "1941-07-15"),
        ];
        let theirs = [
            client("0000100001", "見本　一朗", "1937-03-04"),
            client("0000900002", "見本 二美様", "1934-11-03"),
            client("0000900004", "別　人", "1950-01-01"),
            json!({"who": "somebody"}),
        ];
        let expected = [
            [
                "番号が同じ",
                "131128-0000100001",
                "131128-0000100001",
                "名称・氏名",
            ],
            [
                "氏名と生年月日が同じ",
                "131128-0000100002",
                "131128-0000900002",
                "被保険者番号、名称・氏名",
            ],
            ["楽すけだけ", "131128-0000100003", "", ""],
            ["Care-wingだけ", "", "131128-0000900004", ""],
            ["Care-wingだけ", "", "foreign-3", ""],
        ];
        assert_eq!(
            matched(&ours, &theirs),
            expected.map(|row| row.map(str::to_owned))
        );
    }

    #[test]
    fn of_several_likely_clients_none_is_chosen() {
        let ours = [client("0000100001", "見本　一郎", "1937-03-04")];
        let theirs =
            ["0000900001", "0000900002"].map(|number| client(number, "見本　一郎", "1937-03-04"));
        let kinds: Vec<String> = matched(&ours, &theirs)
            .into_iter()
            .map(|[kind, ..]| kind)
            .collect();
        assert_eq!(kinds, ["候補が複数", "候補が複数"]);
    }
}
