//! The office that is registered: what it had before, and what is new this month.
//!
//! There is something of every kind: new and changed care-management offices, clients and
//! months, some that stay as they are, a month to be emptied, and one that somebody at
//! Care-wing has edited and that nobody has decided about.

use std::fmt::Write as _;

use rakuwing::sandbox::{Collection, Running};
use serde_json::json;

use crate::points::Meanwhile;
use crate::support::{Desk, OWN_OFFICE, grid};

pub(crate) const MONTH: &str = "2026-10";

/// Which half of the story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Export {
    Earlier,
    Now,
}

const OFFICES: [&str; 4] = ["1370000018", "1370000026", "1300100037", "1370000042"];
const CLIENTS: usize = 7;

/// The clients, by what this month's export does to their months.
const EMPTIED: usize = 2;
const UNCHANGED: usize = 3;
/// Changed by 楽すけ, and edited at Care-wing before this month's export: nobody has decided.
const DISPUTED: usize = 4;
/// Changed by 楽すけ; who works at Care-wing while things go wrong has this one open.
const OPEN_THERE: usize = 5;

/// The key of a client's month.
fn month_of(client: usize) -> String {
    format!("{OWN_OFFICE}-131128-{}", insured(client))
}

/// The month that somebody edits or takes away while things go wrong.
pub(crate) fn open_there() -> (Collection, String) {
    (months(), month_of(OPEN_THERE))
}

/// The month that waits for a decision.
pub(crate) fn disputed() -> (Collection, String) {
    (months(), month_of(DISPUTED))
}

pub(crate) fn months() -> Collection {
    Collection::Plans(MONTH.parse().unwrap())
}

fn insured(client: usize) -> String {
    format!("{:010}", 100_000 + client)
}

fn offices(export: Export) -> String {
    let mut text = "事業所番号,事業所名,サービス種類\n".to_owned();
    let there = match export {
        Export::Earlier => 3,
        Export::Now => 4,
    };
    for (at, number) in OFFICES.iter().enumerate().take(there) {
        let renamed = export == Export::Now && at == 1;
        let name = if renamed {
            "見本介護"
        } else {
            "見本居宅"
        };
        let kind = if number.starts_with("13001") { 46 } else { 43 };
        let _ = writeln!(text, "{number},{name}{at},{kind}");
    }
    text
}

fn clients(export: Export) -> String {
    let mut text = "被保険者番号,保険者番号,氏名,生年月日,電話番号,要介護度,認定有効期間開始日,認定有効期間終了日,居宅支援事業所番号\n".to_owned();
    let there = match export {
        Export::Earlier => CLIENTS - 1,
        Export::Now => CLIENTS,
    };
    for client in 0..there {
        let moved = export == Export::Now && client % 2 == 1;
        let phone = if moved {
            "03-0000-0001"
        } else {
            "03-0000-0000"
        };
        // The newest client's office is new as well.
        let office = if client == CLIENTS - 1 { 3 } else { client % 3 };
        let _ = writeln!(
            text,
            "{},131128,見本　{client}郎,1937/3/4,{phone},要介護3,2026/4/1,2028/3/31,{}",
            insured(client),
            OFFICES[office],
        );
    }
    text
}

fn plans(export: Export) -> String {
    let line = |client| {
        let who = insured(client);
        format!("2026/10,{OWN_OFFICE},131128,{who},見本　{client}郎,111111,9:00,9:30")
    };
    let clients = 0..match export {
        Export::Earlier => CLIENTS - 1,
        Export::Now => CLIENTS,
    };
    let named = clients.filter(|client| export == Export::Earlier || *client != EMPTIED);
    let lines: Vec<(String, &[usize])> = named
        .map(|client| {
            let changed = export == Export::Now && client != UNCHANGED;
            let days: &[usize] = if changed { &[1, 8, 15] } else { &[1, 8] };
            (line(client), days)
        })
        .collect();
    let lines: Vec<(&str, &[usize])> = lines.iter().map(|(line, days)| (&**line, *days)).collect();
    grid(&lines)
}

/// Registers what was there before.
pub(crate) fn earlier(desk: &Desk) {
    export(desk, Export::Earlier);
    let ended = desk.run(&format!("run --month {MONTH} --yes"));
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    edit(&desk.sandbox, &month_of(DISPUTED), "11:00");
}

/// Puts this month's export into the inbox.
pub(crate) fn now(desk: &Desk) {
    export(desk, Export::Now);
}

fn export(desk: &Desk, export: Export) {
    desk.put("offices.csv", &offices(export));
    desk.put("clients.csv", &clients(export));
    desk.put("plan.csv", &plans(export));
}

/// Somebody at Care-wing does something with the month that they have open.
pub(crate) fn meanwhile(sandbox: &Running, deed: Meanwhile) {
    let (collection, key) = open_there();
    match deed {
        Meanwhile::Nothing => {}
        Meanwhile::Edits => edit(sandbox, &key, "12:00"),
        Meanwhile::TakesAway => sandbox.remove(collection, &key).unwrap(),
    }
}

/// Somebody at Care-wing moves the first visit of a month.
fn edit(sandbox: &Running, month: &str, start: &str) {
    sandbox
        .edit(months(), month, "/visits/0/start", json!(start))
        .unwrap();
}
