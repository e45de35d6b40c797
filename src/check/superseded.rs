//! Superseded files: a correction resends the whole file, and the newer one takes its place.
//!
//! Only names tell that two files are an older and a newer one of the same thing: sender,
//! receiver, their types and the month are the same, and the serial is not. Files of different
//! senders are none, though both may hold one client whose care manager has changed: they are
//! one month together.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::finding::{Code, Fate, Finding, Imbalance};
use crate::model::Place;
use crate::read::Sheet;
use crate::table::{NameParts, Stated};

use super::gather::Gathered;

/// P420: leaves out the rows of older files, with one notice for each file.
pub fn check(gathered: &mut Gathered) -> Result<(), Imbalance> {
    let named: Vec<(Arc<Sheet>, NameParts)> = gathered
        .recognised
        .iter()
        .filter(|(sheet, _)| gathered.wants(sheet.layout.record()))
        .filter_map(|(sheet, _)| Some((Arc::clone(sheet), parts(sheet)?)))
        .collect();
    let newer_of = |(sheet, parts): &(Arc<Sheet>, NameParts)| {
        named
            .iter()
            .filter(|(other, of)| {
                Arc::ptr_eq(&other.layout, &sheet.layout)
                    && of.subject == parts.subject
                    && of.serial > parts.serial
            })
            .max_by(|(_, a), (_, b)| a.serial.cmp(&b.serial))
            .map(|(newer, _)| newer.own_name().clone())
    };
    let older = named.iter().filter_map(|of| Some((&of.0, newer_of(of)?)));
    let older: Vec<_> = older
        .map(|(sheet, newer)| {
            let detail = move |rows| format!("新しいファイルは {newer}、この{rows}行は使いません");
            (Arc::clone(sheet), detail)
        })
        .collect();
    leave_out_sheets(gathered, Code::Superseded, &older)
}

/// What the name of a sheet's file says, where files of its layout are named by a pattern.
pub(super) fn parts(sheet: &Sheet) -> Option<NameParts> {
    let pattern = sheet.layout.position()?.file_name.as_ref()?;
    match pattern.read(sheet.own_name().as_str()) {
        Stated::This(parts) => Some(parts),
        Stated::ThisAlone | Stated::Other(..) | Stated::Nothing => None,
    }
}

/// Leaves out every row of some sheets, with one finding for each, which is told how many rows
/// there are. What is wrong within a file that is not used needs no mending.
pub(super) fn leave_out_sheets(
    gathered: &mut Gathered,
    code: Code,
    sheets: &[(Arc<Sheet>, impl Fn(usize) -> String)],
) -> Result<(), Imbalance> {
    let mut counts: BTreeMap<Place, usize> = sheets.iter().map(|(of, _)| (of.whole(), 0)).collect();
    if counts.is_empty() {
        return Ok(());
    }
    let rows = gathered.take_rows(|origin| counts.contains_key(&origin.sheet().whole()));
    for row in &rows {
        gathered.book.decide(row.origin.id, Fate::Excluded)?;
        *counts.entry(row.origin.sheet().whole()).or_default() += 1;
    }
    gathered.findings.retain(|finding| {
        let place = Place {
            row: None,
            column: None,
            ..finding.place.clone()
        };
        !counts.contains_key(&place)
    });
    for (sheet, detail) in sheets {
        let place = sheet.whole();
        let detail = detail(counts[&place]);
        gathered
            .findings
            .push(Finding::new(code, place).detail(detail));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Sample, day, gather, rules, said, scope};
    use super::*;
    use crate::check::months;

    const OLDER: &str = "UPPLAN_202610_1370000018_43_1370100016_11_20260925093000.CSV";
    const NEWER: &str = "upplan_202610_1370000018_43_1370100016_11_20260926093000 (1).csv";

    /// The rows of the months that pass, what is said, and how many rows are left out.
    fn checked(rows: &[Sample]) -> (Vec<String>, Vec<String>, usize) {
        let mut gathered = gather(rows);
        check(&mut gathered).unwrap();
        let months = months::check(&mut gathered, &rules(&scope())).unwrap();
        let days = months.iter().flat_map(|month| &month.plan.visits);
        let days = days.map(|visit| visit.date.to_string()).collect();
        (
            days,
            said(&gathered.findings),
            gathered.book.count(Fate::Excluded),
        )
    }

    #[test]
    fn the_newer_file_takes_the_place_of_the_older_one_whatever_their_order() {
        let detail = format!("P420 新しいファイルは {NEWER}、この2行は使いません");
        let mut rows = [
            day("20261005").within(OLDER),
            day("20261006").with("サービス開始時刻", "朝").within(OLDER),
            day("20261007").within(NEWER),
        ];
        let expected = (vec!["2026-10-07".to_owned()], vec![detail], 2);
        assert_eq!(checked(&rows), expected);
        rows.reverse();
        assert_eq!(checked(&rows), expected);
    }

    #[test]
    fn a_file_of_another_sender_is_a_part_of_the_same_month() {
        let other = "UPPLAN_202610_1370000026_43_1370100016_11_20260926093000.CSV";
        let (days, said, excluded) =
            checked(&[day("20261005").within(OLDER), day("20261007").within(other)]);
        assert_eq!(days, ["2026-10-05", "2026-10-07"]);
        assert_eq!((said.len(), excluded), (0, 0));
    }

    #[test]
    fn files_of_another_service_receiver_or_month_supersede_nothing() {
        for other in [
            "UPPLAN_202610_1370000018_46_1370100016_11_20260926093000.CSV",
            "UPPLAN_202610_1370000018_43_1370100990_11_20260926093000.CSV",
            "UPPLAN_202611_1370000018_43_1370100016_11_20260926093000.CSV",
            "UPPLAN_202610_1370000018_43_1370100016_11_20260925093000(1).CSV",
            "UPPLAN.CSV",
        ] {
            let (_, said, excluded) =
                checked(&[day("20261005").within(OLDER), day("20261007").within(other)]);
            assert!(
                said.iter().any(|words| words.starts_with("P419")),
                "{other} {said:?}"
            );
            assert_eq!(excluded, 0, "{other}");
        }
    }
}
