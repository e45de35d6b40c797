//! Periods: those of one code follow one another, in the master and beside the list.

use std::collections::BTreeMap;

use crate::model::{InsurerNumber, ServiceCode};
use crate::table::{Class, ServiceCodes};

use super::account::{Cause, Fate};
use super::class::overlap;
use super::list::OwnList;
use super::row::{Entry, Refused};

/// A code of a town: what is taken whole or not at all.
type Unit = (InsurerNumber, ServiceCode);

const IN_THE_FILE: &str = "どちらかの期間を市町村に確かめてください";
const IN_THE_LIST: &str =
    "その期間の行も入ったファイルを取り込むか、一覧の行の有効終了を直してください";

/// Sorts out the codes that cannot be taken: `wrong` are the rows that were refused before.
/// `list` is the office's own list as it stands, `main` the list beside it.
pub fn check<'e>(
    classified: Vec<(&'e Entry, Class)>,
    wrong: &[Refused],
    list: &OwnList,
    main: &ServiceCodes,
) -> (Vec<(&'e Entry, Class)>, Vec<Refused>) {
    let mut units: BTreeMap<Unit, Vec<(&Entry, Class)>> = BTreeMap::new();
    for (entry, class) in classified {
        let unit = units.entry((entry.insurer, entry.code)).or_default();
        unit.push((entry, class));
    }
    let mut kept = Vec::new();
    let mut refused = Vec::new();
    for (unit, entries) in units {
        let cause = wrong_row(unit, wrong)
            .or_else(|| within(&entries))
            .or_else(|| beside(unit, &entries, list, main));
        match cause {
            None => kept.extend(entries),
            Some(cause) => refused.extend(entries.iter().map(|(entry, _)| refuse(entry, &cause))),
        }
    }
    (kept, refused)
}

fn refuse(entry: &Entry, cause: &Cause) -> Refused {
    Refused {
        file: entry.file,
        line: entry.line,
        insurer: Some(entry.insurer),
        code: Some(entry.code),
        fate: Fate::Rejected,
        cause: cause.clone(),
    }
}

/// A row of the code is wrong: what its period is nobody knows.
fn wrong_row((insurer, code): Unit, wrong: &[Refused]) -> Option<Cause> {
    let row = wrong.iter().find(|row| {
        row.fate == Fate::Rejected && row.insurer == Some(insurer) && row.code == Some(code)
    })?;
    Some(Cause {
        cause: format!("同じコードの{}行目が使えないため", row.line),
        cure: "その行を直すと、この行もいっしょに取り込めます",
    })
}

/// Two rows of the master share a month and do not say the same.
fn within(entries: &[(&Entry, Class)]) -> Option<Cause> {
    for (at, (entry, class)) in entries.iter().enumerate() {
        for (other, of) in &entries[at + 1..] {
            let same = says_the_same(entry, other) && class == of;
            if !same && overlap((entry.from, entry.to), (other.from, other.to)) {
                let cause = format!(
                    "コード {} の適用期間が、{}行目と{}行目で重なっています",
                    entry.code, entry.line, other.line
                );
                return Some(Cause {
                    cause,
                    cure: IN_THE_FILE,
                });
            }
        }
    }
    None
}

fn says_the_same(entry: &Entry, other: &Entry) -> bool {
    (entry.from, entry.to, &entry.name, entry.units)
        == (other.from, other.to, &other.name, other.units)
}

/// A row of a list shares a month with one of the master, and is not the one that it replaces.
fn beside(
    (insurer, code): Unit,
    entries: &[(&Entry, Class)],
    list: &OwnList,
    main: &ServiceCodes,
) -> Option<Cause> {
    let stays = list
        .periods(insurer, code)
        .filter(|(from, _)| !entries.iter().any(|(entry, _)| entry.from == *from));
    let stays: Vec<_> = stays.collect();
    let hit = |(entry, _): &&(&Entry, Class)| {
        let period = (entry.from, entry.to);
        stays.iter().any(|other| overlap(period, *other))
    };
    if let Some((entry, _)) = entries.iter().find(hit) {
        return Some(Cause {
            cause: format!(
                "コード {} の期間が、一覧にある別の期間と重なっています",
                entry.code
            ),
            cure: IN_THE_LIST,
        });
    }
    let listed =
        |(entry, _): &&(&Entry, Class)| main.has_row(code, Some(insurer), entry.from, entry.to);
    entries.iter().find(listed).map(|(entry, _)| Cause {
        cause: format!(
            "コード {} は mappings/codes/service_codes.csv にもあり、期間が重なっています",
            entry.code
        ),
        cure: "service_codes.csv のその行を消してください",
    })
}
