//! Row rules: cells that are right each for itself and do not go together.

use crate::finding::{Code, Finding};
use crate::model::{ClientId, Field, Kind, Record, RecordKind};

use super::origin::Origin;

/// P401, V211: checks a row of a kind against itself.
pub fn check(kind: RecordKind, record: &Record<'_>, origin: &Origin, findings: &mut Vec<Finding>) {
    let found = if kind == RecordKind::PlanDay {
        day_outside_month(record, origin)
    } else {
        address_too_long(record, origin)
    };
    findings.extend(found.map(|finding| match ClientId::from_record(record) {
        Some(client) => finding.of(client, record.text(Field::Name)),
        None => finding,
    }));
}

/// A row names its month and its day, and the day is not one of the month. Which of the two
/// is wrong nobody can tell.
fn day_outside_month(record: &Record<'_>, origin: &Origin) -> Option<Finding> {
    let (month, date) = (record.month(Field::Month)?, record.date(Field::Date)?);
    let place = origin.field(Field::Date);
    (date.year_month() != month).then(|| {
        Finding::new(Code::DayOutsideMonth, place)
            .value(date.to_string())
            .detail(format!("対象年月は{month}"))
    })
}

/// An address in two cells is one text once it is registered.
fn address_too_long(record: &Record<'_>, origin: &Origin) -> Option<Finding> {
    let Kind::Text { longest } = Field::Address.kind() else {
        return None;
    };
    let parts = [Field::Address, Field::AddressMore].map(|field| record.text(field));
    let [length, more] = parts.each_ref().map(|part| part.chars().count());
    (more > 0 && length + 1 + more > longest).then(|| {
        let place = origin.field(Field::AddressMore);
        Finding::new(Code::TextTooLong, place)
            .value(&*parts[1])
            .detail(format!("住所は合わせて{longest}文字まで"))
    })
}

#[cfg(test)]
mod tests {
    use super::super::samples::{day, gather, said, supplement};

    #[test]
    fn a_day_of_another_month_than_the_rows_own_is_no_record() {
        for date in ["20261101", "20251005"] {
            let gathered = gather(&[day("20261005").with("サービス利用日", date)]);
            let date = format!("{}-{}-{}", &date[..4], &date[4..6], &date[6..]);
            assert_eq!(
                said(&gathered.findings),
                [format!(
                    "P401 1行目 サービス利用日「{date}」 対象年月は2026-10"
                )]
            );
            assert_eq!((gathered.lines.len(), gathered.bad_rows.len()), (0, 1));
        }
    }

    #[test]
    fn an_address_in_two_cells_is_as_long_as_one_may_be() {
        let address = |length: usize| {
            let row = supplement().with("住所１", &"あ".repeat(60));
            let gathered = gather(&[row.with("住所２", &"い".repeat(length))]);
            gathered
                .findings
                .iter()
                .map(|of| of.detail.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(address(59), [""; 0]);
        assert_eq!(address(60), ["住所は合わせて120文字まで"]);
    }
}
