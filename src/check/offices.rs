//! Care-management offices: each once, and of a type that manages care. One number may stand for
//! two of them: since 2024-04 who manages care (43) may manage its prevention (46) as well.

use std::collections::BTreeMap;

use crate::finding::{Code, Fate, Finding, Imbalance};
use crate::model::{CareOffice, Field, RecordKind};

use super::gather::Gathered;
use super::of_files::OfFiles;
use super::origin::Origin;
use super::versions::is_one_source;

/// An office that passed, with every row that states it.
#[derive(Debug, Clone)]
pub struct CheckedOffice {
    /// The office.
    pub office: CareOffice,
    /// Its rows; more than one where a file repeats itself word for word.
    pub origins: Vec<Origin>,
}

/// 居宅介護支援 and 介護予防支援.
const CARE_MANAGEMENT: [&str; 2] = ["43", "46"];

/// Checks the offices against each other. Those that fail are withheld in the book.
pub fn check(gathered: &mut Gathered) -> Result<Vec<CheckedOffice>, Imbalance> {
    let mut by_number: BTreeMap<_, Vec<(CareOffice, Origin)>> = BTreeMap::new();
    for (office, origin) in std::mem::take(&mut gathered.offices) {
        let as_what = Some(office.service_type).filter(|of| CARE_MANAGEMENT.contains(&of.as_str()));
        by_number
            .entry((office.number, as_what))
            .or_default()
            .push((office, origin));
    }
    for row in gathered
        .bad_rows
        .iter()
        .filter(|row| row.kind == RecordKind::CareOffice)
    {
        gathered.book.decide(row.origin.id, Fate::Withheld)?;
    }
    let (mut checked, mut of_files) = (Vec::new(), OfFiles::default());
    for rows in by_number.into_values() {
        if two_lists(&rows, &mut of_files) {
            for (_, origin) in &rows {
                gathered.book.decide(origin.id, Fate::Withheld)?;
            }
            continue;
        }
        let findings: Vec<Finding> = rows
            .iter()
            .filter_map(wrong_type)
            .chain(differing(&rows))
            .collect();
        let withheld = findings.iter().any(Finding::withholds);
        gathered.findings.extend(findings);
        if withheld {
            for (_, origin) in &rows {
                gathered.book.decide(origin.id, Fate::Withheld)?;
            }
            continue;
        }
        let (mut offices, origins): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        checked.push(CheckedOffice {
            office: offices.swap_remove(0),
            origins,
        });
    }
    of_files.enter(gathered);
    Ok(checked)
}

/// B309: whether two lists say different things of an office: an older one and a newer one.
fn two_lists(rows: &[(CareOffice, Origin)], of_files: &mut OfFiles) -> bool {
    let (first, origin) = &rows[0];
    let other = rows
        .iter()
        .find(|(office, other)| office != first && !is_one_source(origin.sheet(), other.sheet()));
    if let Some((_, other)) = other {
        of_files.clash(Code::TwoLists, (origin.sheet(), other.sheet()), None);
    }
    other.is_some()
}

fn wrong_type((office, origin): &(CareOffice, Origin)) -> Option<Finding> {
    let given = office.service_type.as_str();
    (!CARE_MANAGEMENT.contains(&given))
        .then(|| Finding::new(Code::NotACareOffice, origin.field(Field::ServiceType)).value(given))
}

fn differing(rows: &[(CareOffice, Origin)]) -> Option<Finding> {
    let (first, origin) = &rows[0];
    let (_, other) = rows.iter().find(|(office, _)| office != first)?;
    Some(
        Finding::new(Code::OfficeTwice, other.field(Field::Office))
            .value(first.number.as_str())
            .detail(format!("{}行目と違います", origin.row())),
    )
}

#[cfg(test)]
mod tests {
    use super::super::samples::{gather, office, said};
    use super::*;

    #[test]
    fn an_office_that_repeats_itself_word_for_word_is_one_office_with_two_rows() {
        let mut gathered = gather(&[office(), office()]);
        let checked = check(&mut gathered).unwrap();
        let rows: Vec<u32> = checked[0].origins.iter().map(Origin::row).collect();
        assert_eq!((checked.len(), rows), (1, vec![2, 3]));
        assert_eq!(said(&gathered.findings), [""; 0]);
        assert_eq!(gathered.book.count(Fate::Withheld), 0);
    }

    #[test]
    fn an_office_with_two_differing_rows_is_withheld_and_the_other_offices_go_on() {
        let mut gathered = gather(&[
            office(),
            office().with("事業所番号", "1370000026"),
            office().with("電話番号", "03-0000-0001"),
        ]);
        let checked = check(&mut gathered).unwrap();
        let numbers: Vec<String> = checked
            .iter()
            .map(|of| of.office.number.to_string())
            .collect();
        assert_eq!(numbers, ["1370000026"]);
        assert_eq!(
            said(&gathered.findings),
            ["B304 4行目 事業所番号「1370000018」 2行目と違います"]
        );
        assert_eq!(gathered.book.count(Fate::Withheld), 2);
    }

    #[test]
    fn one_number_may_stand_for_both_types() {
        let mut gathered = gather(&[
            office(),
            office()
                .with("サービス種類", "46")
                .with("電話番号", "03-0000-0001"),
        ]);
        assert_eq!(check(&mut gathered).unwrap().len(), 2);
        assert_eq!(said(&gathered.findings), [""; 0]);
    }

    #[test]
    fn only_care_management_is_a_care_offices_type() {
        for (service_type, expected) in [
            ("43", vec![]),
            ("46", vec![]),
            ("11", vec!["B306 2行目 サービス種類「11」"]),
        ] {
            let mut gathered = gather(&[office().with("サービス種類", service_type)]);
            let checked = check(&mut gathered).unwrap();
            assert_eq!(said(&gathered.findings), expected);
            assert_eq!(checked.len(), usize::from(expected.is_empty()));
            assert_eq!(gathered.book.count(Fate::Withheld), expected.len());
        }
    }

    #[test]
    fn a_row_that_is_no_office_is_withheld_alone() {
        let mut gathered = gather(&[
            office(),
            office()
                .with("事業所番号", "137000002")
                .with("事業所名", ""),
        ]);
        assert_eq!(check(&mut gathered).unwrap().len(), 1);
        assert_eq!(gathered.book.count(Fate::Withheld), 1);
    }
}
