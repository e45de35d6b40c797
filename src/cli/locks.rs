//! What is shown of locked months.

use serde::Serialize;

use crate::error::{Error, Exit};
use crate::jobs::Office;
use crate::jobs::locks::{self, Turn};
use crate::model::YearMonth;

use super::screen::Screen;

/// Locked months as a program reads them.
#[derive(Serialize)]
struct LocksObject {
    locked: Vec<LockObject>,
    exit_code: u8,
}

#[derive(Serialize)]
struct LockObject {
    month: String,
    since: String,
}

/// Locks or unlocks a month.
pub fn turn(
    office: &mut Office,
    month: YearMonth,
    turn: Turn,
    screen: &mut Screen,
) -> Result<Exit, Error> {
    let changed = locks::turn(office, month, turn)?;
    let words = month.in_words();
    screen.line(match (turn, changed) {
        (Turn::Lock, true) => format!(
            "{words}をロックしました。この月の登録と実績の取得は断ります。\n\
             外すには `rakuwing unlock --month {month}` を実行してください。"
        ),
        (Turn::Lock, false) => format!("{words}は、すでにロックされています。"),
        (Turn::Unlock, true) => format!("{words}のロックを外しました。"),
        (Turn::Unlock, false) => format!("{words}はロックされていません。"),
    });
    list(office, screen)
}

/// Shows every month that is locked.
pub fn list(office: &Office, screen: &mut Screen) -> Result<Exit, Error> {
    let locked = office.ledger.locked_months()?;
    if locked.is_empty() {
        screen.line("ロックした月はありません。");
    } else {
        screen.line("ロックした月:");
    }
    for month in &locked {
        screen.line(format_args!(
            "  {}({} から)",
            month.month.in_words(),
            locks::since_in_words(month)
        ));
    }
    let locked = locked.into_iter().map(|locked| LockObject {
        month: locked.month.to_string(),
        since: locked.since,
    });
    screen.object(&LocksObject {
        locked: locked.collect(),
        exit_code: Exit::Clean.code(),
    });
    Ok(Exit::Clean)
}
