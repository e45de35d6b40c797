//! Scope: one run is one office and one month; other rows are listed and left alone.

use crate::finding::{Code, Finding};
use crate::model::{Field, OfficeNumber, PlanLine, YearMonth};

use super::gather::BadRow;
use super::origin::Origin;

/// What a run is about.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Our own office numbers; empty where every office is meant.
    pub offices: Vec<OfficeNumber>,
    /// The month; `None` where every month is meant.
    pub month: Option<YearMonth>,
}

impl Scope {
    /// P406, P407: why a line is not this run's, if it is not.
    pub fn excludes(&self, line: &PlanLine, origin: &Origin) -> Option<Finding> {
        let finding = if self.is_foreign_office(line.office) {
            Finding::new(Code::OtherOffice, origin.field(Field::Office)).value(line.office.as_str())
        } else if self.is_other_month(line.month) {
            Finding::new(Code::OtherMonth, origin.field(Field::Month)).value(line.month.to_string())
        } else {
            return None;
        };
        Some(finding.of(line.client, &line.name))
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
