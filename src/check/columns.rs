//! Columns that a sheet does not have: somebody is asked for them as long as there are columns
//! that nobody reads, and what one of them costs is said whoever is asked.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::disk::DiskError;
use crate::finding::{Code, Finding};
use crate::model::{Field, RecordKind};
use crate::read::{Absent, Sheet};

use super::gather::Gathered;
use super::versions::is_one_source;

/// R143, R148: looks at the sheets that were read.
pub fn check(gathered: &mut Gathered) -> Result<(), DiskError> {
    let mut findings = Vec::new();
    for (sheet, _) in &gathered.recognised {
        if sheet.header_row().is_none() || !gathered.wants(sheet.layout.record()) {
            continue;
        }
        let asks = sheet.strange().next().is_some();
        let absent = sheet.absent_columns().into_iter();
        for absent in absent.filter(|of| !of.is_of_what_was_done()) {
            let costs = costs(gathered, sheet, &absent);
            let code = if asks && is_looked_for(gathered, sheet, &absent)? {
                Code::KnownColumnAbsent
            } else if costs.is_some() {
                Code::ColumnMissed
            } else {
                continue;
            };
            let mut place = sheet.whole();
            place.row = sheet.header_row();
            let layout = sheet.layout.name();
            let costs = costs.map_or_else(String::new, |costs| format!("。{costs}"));
            let detail = format!("{layout} の列{costs}");
            let finding = Finding::new(code, place).value(absent.title);
            findings.push(finding.detail(detail));
        }
    }
    gathered.findings.extend(findings);
    Ok(())
}

/// The last days are looked for only where a line's month has them.
fn is_looked_for(
    gathered: &Gathered,
    sheet: &Arc<Sheet>,
    absent: &Absent,
) -> Result<bool, DiskError> {
    let Some(first) = absent.days.first() else {
        return Ok(true);
    };
    let mut found = false;
    gathered.lines.each(|line, origin| {
        found |= line.month.days() >= *first && is_one_source(origin.sheet(), sheet);
    })?;
    Ok(found)
}

/// What cannot be done without a column.
fn costs(gathered: &Gathered, sheet: &Arc<Sheet>, absent: &Absent) -> Option<String> {
    let what = match (sheet.layout.record(), absent.field) {
        (RecordKind::ClientCard, Field::CareOffice) => {
            let cards = gathered.cards.iter();
            let here = cards.filter(|(.., origin)| is_one_source(origin.sheet(), sheet));
            let people: BTreeSet<_> = here.map(|(client, ..)| client.id).collect();
            let people = people.len();
            return Some(format!(
                "居宅支援事業所が分からないので、居宅支援事業所へのファイル(UPJSK)を作れません: {people}名"
            ));
        }
        (RecordKind::PlanLine, Field::Start | Field::End) => {
            "訪問の時刻が分からないので、訪問を送れません"
        }
        _ => return None,
    };
    Some(what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Sample, card, gather_named, gather_under, line, said};
    use super::*;

    fn checked(mut gathered: Gathered) -> Vec<String> {
        gathered.findings.clear();
        check(&mut gathered).unwrap();
        said(&gathered.findings)
    }

    fn without(headers: &[&str], rows: &[Sample]) -> Vec<String> {
        checked(gather_under(|header| !headers.contains(&header), rows))
    }

    #[test]
    fn what_is_absent_is_asked_for_while_columns_are_left_that_nobody_reads() {
        assert_eq!(without(&["電話番号", "氏名"], &[line(&[5])]), [""; 0]);
        let renamed = |header: &str| match header {
            "電話番号" => Some("でんわ".to_owned()),
            "郵便番号" => None,
            other => Some(other.to_owned()),
        };
        assert_eq!(
            checked(gather_named(renamed, &[card()])),
            [
                "R143 1行目 「郵便番号」 利用者一覧 の列",
                "R143 1行目 「電話番号」 利用者一覧 の列",
            ]
        );
    }

    #[test]
    fn what_a_column_costs_is_said_where_nobody_is_asked() {
        let rows = [card(), card().of("0000100002", "試験　太郎")];
        assert_eq!(
            without(&["居宅支援事業所番号"], &rows),
            ["R148 1行目 「居宅支援事業所番号」 利用者一覧 の列。\
              居宅支援事業所が分からないので、居宅支援事業所へのファイル(UPJSK)を作れません: 2名"]
        );
    }

    #[test]
    fn the_days_are_one_question_and_only_those_of_the_month() {
        let renamed = |header: &str| match header {
            "予定29" | "予定30" | "予定31" => Some(format!("{}日", &header[6..])),
            other => Some(other.to_owned()),
        };
        let of = |month| checked(gather_named(renamed, &[line(&[5]).with("対象年月", month)]));
        let asked = "R143 1行目 「予定29〜予定31」 月間ケアプラン の列";
        assert_eq!(of("2026/10"), [asked]);
        assert_eq!(of("2026/02"), [""; 0]);
    }
}
