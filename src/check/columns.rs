//! Columns that a sheet does not have: somebody is asked for them as long as there are columns
//! that nobody reads, and what one of them costs is said whoever is asked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::disk::DiskError;
use crate::finding::{Code, FileId, Finding};
use crate::model::{ClientId, Field, RecordKind};
use crate::read::{Absent, Sheet};

use super::gather::Gathered;
use super::of_files::Source;

/// R143, R148: looks at the sheets that were read.
pub fn check(gathered: &mut Gathered) -> Result<(), DiskError> {
    let sheets = gathered.recognised.iter();
    let lacking: Vec<(Arc<Sheet>, Vec<Absent>)> = sheets
        .filter(|(sheet, _)| sheet.header_row().is_some() && gathered.wants(sheet.layout.record()))
        .filter_map(|(sheet, _)| {
            let mut absent = sheet.absent_columns();
            absent.retain(|of| !of.is_of_what_was_done());
            (!absent.is_empty()).then(|| (Arc::clone(sheet), absent))
        })
        .collect();
    let known = Known::of(gathered, &lacking)?;
    for (sheet, absent) in &lacking {
        let asks = sheet.strange().next().is_some();
        let findings = absent
            .iter()
            .filter_map(|of| known.finding(sheet, of, asks));
        gathered.findings.extend(findings);
    }
    Ok(())
}

/// What is in the sheets, as far as it is asked.
#[derive(Debug, Default)]
struct Known {
    people: BTreeMap<Source, BTreeSet<ClientId>>,
    /// How many days the longest month of a sheet has.
    days: BTreeMap<Source, u32>,
}

impl Known {
    fn of(gathered: &Gathered, lacking: &[(Arc<Sheet>, Vec<Absent>)]) -> Result<Self, DiskError> {
        let mut known = Self::default();
        let mut absent = lacking.iter().flat_map(|(_, absent)| absent);
        if absent.any(|of| of.field == Field::CareOffice) {
            let mut pages: BTreeMap<FileId, (&Arc<Sheet>, BTreeSet<ClientId>)> = BTreeMap::new();
            for (client, _, origin) in &gathered.cards {
                let page = pages.entry(origin.id.file());
                let page = page.or_insert_with(|| (origin.sheet(), BTreeSet::new()));
                page.1.insert(client.id);
            }
            let pages = pages.into_values();
            known.people = pages.map(|(sheet, of)| (Source::of(sheet), of)).collect();
        }
        let mut absent = lacking.iter().flat_map(|(_, absent)| absent);
        if absent.any(|of| !of.days.is_empty()) {
            let mut pages: BTreeMap<FileId, (Arc<Sheet>, u32)> = BTreeMap::new();
            gathered.lines.each(|line, origin| {
                let page = pages.entry(origin.id.file());
                let page = page.or_insert_with(|| (Arc::clone(origin.sheet()), 0));
                page.1 = page.1.max(line.month.days());
            })?;
            let pages = pages.into_values();
            known.days = pages.map(|(sheet, of)| (Source::of(&sheet), of)).collect();
        }
        Ok(known)
    }

    fn finding(&self, sheet: &Sheet, absent: &Absent, asks: bool) -> Option<Finding> {
        let source = Source::of(sheet);
        // The last days are looked for only where a line's month has them.
        let longest = self.days.get(&source).copied().unwrap_or_default();
        let is_meant = absent.days.first().is_none_or(|first| *first <= longest);
        let costs = self.costs(sheet.layout.record(), absent.field, &source);
        let code = match costs {
            _ if asks && is_meant => Code::KnownColumnAbsent,
            Some(_) => Code::ColumnMissed,
            None => return None,
        };
        let mut place = source.place;
        place.row = sheet.header_row();
        let costs = costs.map_or_else(String::new, |costs| format!("。{costs}"));
        let detail = format!("{} の列{costs}", sheet.layout.name());
        let finding = Finding::new(code, place).value(&*absent.title);
        Some(finding.detail(detail))
    }

    /// What cannot be done without a column.
    fn costs(&self, kind: RecordKind, field: Field, source: &Source) -> Option<String> {
        Some(match (kind, field) {
            (RecordKind::ClientCard, Field::CareOffice) => format!(
                "居宅支援事業所が分からないので、居宅支援事業所へのファイル(UPJSK)を作れません: {}名",
                self.people.get(source).map_or(0, BTreeSet::len)
            ),
            (RecordKind::PlanLine, Field::Start | Field::End) => {
                "訪問の時刻が分からないので、訪問を送れません".to_owned()
            }
            _ => return None,
        })
    }
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
