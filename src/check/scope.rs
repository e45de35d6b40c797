//! Scope: one run is one office and one month; other rows are listed and left alone.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::finding::{Code, Finding};
use crate::model::{Field, OfficeNumber, PlanLine, YearMonth};

use super::bad_row::BadRow;
use super::origin::Origin;

/// What a run is about.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Our own office numbers; empty where every office is meant.
    pub offices: BTreeSet<OfficeNumber>,
    /// The month; `None` where every month is meant.
    pub month: Option<YearMonth>,
}

impl Scope {
    /// Whether a line is this run's; where it is not, [`excludes`](Self::excludes) says why.
    pub fn is_about(&self, line: &PlanLine) -> bool {
        !self.is_foreign_office(line.office) && !self.is_other_month(line.month)
    }

    /// P406, P407: why a line is not this run's, if it is not.
    pub fn excludes(&self, line: &PlanLine, origin: &Origin) -> Option<Finding> {
        let finding = if self.is_foreign_office(line.office) {
            Finding::new(Code::OtherOffice, origin.field(Field::Office)).value(line.office.as_str())
        } else if self.is_other_month(line.month) {
            Finding::new(Code::OtherMonth, origin.field(Field::Month)).value(line.month.to_string())
        } else {
            return None;
        };
        Some(finding.of(line.client, Arc::clone(&line.name)))
    }

    /// The same for a row that is no record, as far as it could be read.
    pub fn excludes_bad(&self, row: &BadRow) -> Option<Finding> {
        if row
            .office
            .is_some_and(|office| self.is_foreign_office(office))
        {
            return Some(Finding::new(
                Code::OtherOffice,
                row.origin.field(Field::Office),
            ));
        }
        let month = row.month.filter(|month| self.is_other_month(*month))?;
        let place = row.origin.field(Field::Month);
        Some(Finding::new(Code::OtherMonth, place).value(month.to_string()))
    }

    fn is_foreign_office(&self, office: OfficeNumber) -> bool {
        !self.offices.is_empty() && !self.offices.contains(&office)
    }

    fn is_other_month(&self, month: YearMonth) -> bool {
        self.month.is_some_and(|wanted| wanted != month)
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{ANOTHER, Sample, gather, line, read_line, said, scope};
    use super::*;

    fn excluded(scope: &Scope, sample: Sample) -> Vec<String> {
        let (line, origin) = read_line(sample);
        said(&Vec::from_iter(scope.excludes(&line, &origin)))
    }

    fn excluded_bad(sample: Sample) -> Vec<String> {
        let gathered = gather(&[sample]);
        said(&Vec::from_iter(scope().excludes_bad(&gathered.bad_rows[0])))
    }

    #[test]
    fn a_line_of_our_office_and_month_is_ours() {
        assert_eq!(excluded(&scope(), line(&[5])), [""; 0]);
    }

    #[test]
    fn another_offices_line_is_not_ours_whatever_its_month() {
        let foreign = line(&[5]).with("事業所番号", ANOTHER);
        let said = ["P406 2行目 事業所番号「1370200014」"];
        assert_eq!(excluded(&scope(), foreign.clone()), said);
        assert_eq!(
            excluded(&scope(), foreign.with("対象年月", "2026/11")),
            said
        );
    }

    #[test]
    fn another_months_line_is_not_ours() {
        assert_eq!(
            excluded(&scope(), line(&[5]).with("対象年月", "R8.11")),
            ["P407 2行目 対象年月「2026-11」"]
        );
    }

    #[test]
    fn a_scope_of_nothing_in_particular_takes_everything() {
        let any = line(&[5])
            .with("事業所番号", ANOTHER)
            .with("対象年月", "2026/11");
        assert_eq!(excluded(&Scope::default(), any), [""; 0]);
    }

    #[test]
    fn a_bad_row_is_foreign_as_far_as_it_can_be_read() {
        let bad = line(&[5]).with("開始時刻", "朝");
        assert_eq!(excluded_bad(bad.clone()), [""; 0]);
        assert_eq!(
            excluded_bad(bad.clone().with("事業所番号", ANOTHER)),
            ["P406 2行目 事業所番号"]
        );
        assert_eq!(
            excluded_bad(bad.with("対象年月", "2026/11")),
            ["P407 2行目 対象年月「2026-11」"]
        );
    }

    #[test]
    fn a_bad_row_whose_office_and_month_cannot_be_read_may_be_ours() {
        let unreadable = line(&[5]).with("事業所番号", "").with("対象年月", "来月");
        assert_eq!(excluded_bad(unreadable), [""; 0]);
    }
}
