//! What is shown of locked months.

use serde::Serialize;

use crate::error::{Error, Exit};
use crate::jobs::locks::{self, Turn};
use crate::jobs::still_open::Person;
use crate::jobs::{Clerk as _, Office, status};
use crate::model::YearMonth;

use super::screen::Screen;
use super::status::UNUSED_FILES;

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

/// Locks or unlocks a month. Who is open in it is named before it is locked, and somebody who
/// sits there is asked.
pub fn turn(
    office: &mut Office,
    month: YearMonth,
    turn: Turn,
    screen: &mut Screen,
) -> Result<Exit, Error> {
    let words = month.in_words();
    let doubt = match (turn, office.ledger.lock_of(month)?) {
        (Turn::Lock, None) => doubt(office, month, screen)?,
        (Turn::Lock | Turn::Unlock, _) => None,
    };
    if doubt.is_some() && screen.agrees("それでもロックしますか") == Some(false) {
        screen.line("ロックしませんでした。");
        return Ok(Exit::Clean);
    }
    let changed = locks::turn(office, month, turn)?;
    screen.line(match (turn, changed) {
        (Turn::Lock, true) => format!(
            "{words}をロックしました。この月の登録と実績の取得は断ります。\n\
             外すには `rakuwing unlock --month {month}` を実行してください。"
        ),
        (Turn::Lock, false) => format!("{words}は、すでにロックされています。"),
        (Turn::Unlock, true) => format!("{words}のロックを外しました。"),
        (Turn::Unlock, false) => format!("{words}はロックされていません。"),
    });
    list(office, doubt.unwrap_or(Exit::Clean), screen)
}

/// Says who is open in a month that is to be locked, or that nothing was done in it, and how
/// locking it ends then; `None` where there is nothing to say.
fn doubt(office: &Office, month: YearMonth, screen: &mut Screen) -> Result<Option<Exit>, Error> {
    let words = month.in_words();
    let status = status::status(office, Some(month))?;
    if status.has_not_begun() && status.fetched.is_none() {
        screen.line(format_args!(
            "{words}には、登録した予定も、取得した実績もありません。"
        ));
        return Ok(Some(Exit::Clean));
    }
    let open: Vec<&Person> = status.open().collect();
    screen.named(&format!("まだ済んでいない人({words})"), "名", &open);
    let files: Vec<&Person> = status.files.iter().collect();
    screen.named(UNUSED_FILES, "件", &files);
    Ok((!status.is_clean()).then_some(Exit::Withheld))
}

/// Shows every month that is locked, and ends as it is said.
pub fn list(office: &Office, exit: Exit, screen: &mut Screen) -> Result<Exit, Error> {
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
        exit_code: exit.code(),
    });
    Ok(exit)
}
