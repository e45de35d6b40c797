//! Who is concerned: a line for each person with what is wrong and where it is put right.
//!
//! Whoever is held comes first, then rows and files of which nobody can say whose they are,
//! then those of whom only something is to be looked at.

use std::collections::BTreeMap;

use super::additions::Question;
use super::causes::cause_of;
use super::withheld::Withheld;
use crate::finding::{Code, Finding, Severity};
use crate::model::{ClientId, Place};

/// A line of the table.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Concerned<'f> {
    /// Whose it is, in words.
    pub(super) name: String,
    /// What is wrong, in a few words.
    pub(super) what: String,
    /// The heaviest finding, by its place among the findings.
    pub(super) first: usize,
    /// The same finding.
    pub(super) finding: &'f Finding,
}

/// Whose a finding is.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Whose {
    Client(ClientId),
    /// A row, or a file as a whole, that names nobody.
    Nobody(Place),
}

/// Everybody who is concerned, up to so many, and how many further ones there are. Who is only
/// held by another row's fault stands there as well.
pub(super) fn concerned(findings: &[Finding], most: usize) -> (Vec<Concerned<'_>>, usize) {
    let mut of: BTreeMap<Whose, Vec<usize>> = BTreeMap::new();
    for (at, finding) in findings.iter().enumerate().filter(|(_, of)| asks(of)) {
        let whose = match &finding.client {
            Some(who) => Whose::Client(who.id),
            None => Whose::Nobody(finding.place.row_only()),
        };
        of.entry(whose).or_default().push(at);
    }
    let mut people: Vec<Vec<usize>> = of.into_values().collect();
    for all in &mut people {
        all.sort_by_key(|at| weight(&findings[*at]));
    }
    people.sort_by_key(|all| (weight(&findings[all[0]]), all[0]));
    let further = people.len().saturating_sub(most);
    people.truncate(most);
    let lines = people.into_iter().map(|mut all| {
        let finding = &findings[all[0]];
        // Whoever has an error of his own knows why his other rows wait.
        all.retain(|at| findings[*at].code != Code::Held || finding.code == Code::Held);
        Concerned {
            name: name(finding),
            what: titles(all.iter().map(|at| &findings[*at])),
            first: all[0],
            finding,
        }
    });
    (lines.collect(), further)
}

/// How soon somebody should look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    Wrong,
    Held,
    ToBeSeen,
}

fn weight(finding: &Finding) -> Weight {
    match finding.code.severity() {
        Severity::Error => Weight::Wrong,
        Severity::Notice => Weight::Held,
        Severity::Review => Weight::ToBeSeen,
    }
}

/// Whether somebody has to do something, or waits for somebody.
fn asks(finding: &Finding) -> bool {
    match finding.code.severity() {
        Severity::Error | Severity::Review => true,
        Severity::Notice => finding.code == Code::Held,
    }
}

fn name(finding: &Finding) -> String {
    let place = &finding.place;
    match (&finding.client, place.row) {
        (Some(who), _) if who.name.is_empty() => who.id.to_string(),
        (Some(who), _) => who.name.to_string(),
        (None, Some(row)) => format!("(だれのか分からない行) {} {row}行目", place.file),
        (None, None) => format!("(ファイル) {}", place.file),
    }
}

/// The titles of the first few causes.
fn titles<'f>(findings: impl Iterator<Item = &'f Finding>) -> String {
    const FEW: usize = 3;
    let mut titles: Vec<&str> = Vec::new();
    let mut further = 0;
    for finding in findings {
        let title = finding.code.title();
        if titles.contains(&title) {
            continue;
        }
        if titles.len() < FEW {
            titles.push(title);
        } else {
            further += 1;
        }
    }
    let named = titles.join("、");
    if further > 0 {
        format!("{named}、ほか{further}件")
    } else {
        named
    }
}

/// どこを直す: the one place where it is put right first.
pub(super) fn where_to_mend(
    finding: &Finding,
    withheld: &Withheld<'_>,
    questions: &[Question],
) -> String {
    let about = cause_of(finding);
    let is_asked = |of: &Question| of.code == finding.code && of.about == about;
    let in_sheet = withheld.sheet_of(finding);
    match finding.code {
        Code::ChangedThere | Code::ChangedOnBothSides | Code::RemovedThere => {
            "プレビューの「判断」".to_owned()
        }
        Code::OutcomeUnknown | Code::NotSent => "もう一度、同じ操作".to_owned(),
        Code::RemovalWithheld => "登録のときの許可(人数)".to_owned(),
        Code::PastDaysWithheld => "登録のときの許可(日数)".to_owned(),
        Code::CannotComeBack | Code::WillNotComeBack => "rakuwing names".to_owned(),
        Code::NotApprovedYet => "Care-wingの承認".to_owned(),
        _ if questions.iter().any(is_asked) => "「対応の追加」シートの黄色のセル".to_owned(),
        Code::Held => match &*finding.detail {
            "" => "同じ利用者のほかの行".to_owned(),
            why => why.to_owned(),
        },
        _ if finding.code.number().starts_with('A') => "Care-wing".to_owned(),
        Code::UnknownClient | Code::NotCertified | Code::UnknownCareOffice => match in_sheet {
            Some(sheet) => format!("楽すけの基本情報か、「{sheet}」シート"),
            None => "楽すけの基本情報".to_owned(),
        },
        _ => match (in_sheet, &finding.place.column, finding.withholds()) {
            (Some(sheet), Some(column), true) if !column.header.is_empty() => {
                format!("「{sheet}」シートの赤いセル({})", column.header)
            }
            (Some(sheet), Some(_), true) => format!("「{sheet}」シートの赤いセル"),
            (Some(sheet), Some(_), false) => format!("「{sheet}」シートの黄色いセル"),
            (Some(sheet), None, _) => format!("「{sheet}」シートの行"),
            (None, ..) => "楽すけ".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FileName, InsuredNumber, InsurerNumber};

    fn of(code: Code, row: u32, insured: &str) -> Finding {
        let id = ClientId {
            insurer: InsurerNumber::parse("131128").unwrap(),
            insured: InsuredNumber::parse(insured).unwrap(),
        };
        nobodys(code, row).of(id, format!("見本 {insured}"))
    }

    fn nobodys(code: Code, row: u32) -> Finding {
        let place = Place {
            row: Some(row),
            ..Place::file(FileName::new("plan.csv"))
        };
        Finding::new(code, place)
    }

    #[test]
    fn everybody_has_one_line_and_whoever_is_held_comes_first() {
        let findings = [
            of(Code::LinesOverlap, 2, "0000000001"),
            of(Code::Held, 3, "0000000002"),
            of(Code::RateAddOn, 4, "0000000003"),
            nobodys(Code::RequiredEmpty, 5),
            of(Code::VisitWithoutTime, 6, "0000000001"),
            of(Code::NotATime, 7, "0000000001"),
        ];
        assert_eq!(concerned(&findings, 1).1, 2);
        let (lines, further) = concerned(&findings, 3);
        assert_eq!(further, 0);
        let lines: Vec<(String, String, usize)> = lines
            .into_iter()
            .map(|line| (line.name, line.what, line.first))
            .collect();
        let line = |name: &str, what: &str, first| (name.to_owned(), what.to_owned(), first);
        assert_eq!(
            lines,
            [
                line("(だれのか分からない行) plan.csv 5行目", "必須の項目が空", 3),
                line(
                    "見本 0000000001",
                    "訪問に時刻がない、時刻として読めない、同じ時間に二つの予定がある",
                    4
                ),
                line("見本 0000000002", "ほかの行のために止めた", 1),
            ]
        );
    }
}
