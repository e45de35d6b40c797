//! Services of others: what is neither 訪問介護 nor a home visit of the towns' program stands among an
//! office's exports, and is left out by its kind. It holds nobody.

use crate::finding::{Code, Finding};
use crate::model::{Field, PlanLine, Record, RecordKind, Value};
use crate::read::Row;
use crate::table::OtherServices;

use super::origin::Origin;

/// P430: of a row whose code is none, where its words say that it is a service of others.
pub(super) fn of_an_unread_code(
    record: &Record<'_>,
    origin: &Origin,
    (row, others): (&Row, &OtherServices),
) -> Option<Finding> {
    let sheet = origin.sheet();
    let is_of_a_plan = matches!(
        sheet.layout.record(),
        RecordKind::PlanLine | RecordKind::PlanDay
    );
    if !is_of_a_plan || record.get(Field::ServiceCode) != Value::Empty {
        return None;
    }
    let cell = |field: Field| {
        let column = sheet.values().iter().find(|column| column.field == field);
        column.map_or("", |column| row.cell(column.place))
    };
    let kind = [Field::ServiceCode, Field::ServiceName]
        .into_iter()
        .find_map(|field| others.kind(cell(field)))?;
    Some(finding(origin, kind))
}

/// P430: of a line whose code is that of another service.
pub(super) fn of_another_type(
    line: &PlanLine,
    origin: &Origin,
    others: &OtherServices,
) -> Option<Finding> {
    let service = line.code.service_type();
    if service.is_a_home_visit() {
        return None;
    }
    let kind = others.kind(&line.service_name);
    let by_type = || format!("サービス種類 {service}");
    Some(finding(origin, &kind.map_or_else(by_type, str::to_owned)))
}

fn finding(origin: &Origin, kind: &str) -> Finding {
    Finding::new(Code::OthersService, origin.field(Field::ServiceCode)).value(kind)
}

#[cfg(test)]
mod tests {
    use super::super::months;
    use super::super::samples::{Sample, gather, line, rules, said, scope};
    use crate::finding::Fate;

    /// How many months pass, what is said, and how many rows are excluded.
    fn checked(rows: &[Sample]) -> (usize, Vec<String>, usize) {
        let mut gathered = gather(rows);
        let scope = scope();
        let months = months::check(&mut gathered, &rules(&scope)).unwrap();
        let excluded = gathered.book.count(Fate::Excluded);
        (months.len(), said(&gathered.findings), excluded)
    }

    fn other(code: &str, name: &str) -> Sample {
        let named = line(&[5]).with("サービス名称", name);
        named.serving(code, "13:00", "14:00")
    }

    #[test]
    fn services_of_others_are_left_out_by_kind_and_hold_nobody() {
        let rows = [
            line(&[5]),
            other("自費01", "自費　買物代行"),
            other("000001", "自費"),
            other("151011", "同行援護"),
            other("131211", "訪問看護Ⅰ２"),
            other("131211", "訪問看護Ⅰ２"),
        ];
        let (months, said, excluded) = checked(&rows);
        assert_eq!((months, excluded), (1, 5));
        assert_eq!(
            said,
            [
                "P430 6行目 サービスコード「サービス種類 13」 サービス種類 13 の行 全2行",
                "P430 3行目 サービスコード「自費」 自費 の行 全2行",
                "P430 5行目 サービスコード「障害福祉」",
            ]
        );
    }

    #[test]
    fn a_code_that_is_none_and_says_nothing_is_an_error_as_before() {
        let (months, said, _) = checked(&[line(&[5]), other("自治01", "見守り")]);
        assert_eq!(months, 0);
        assert!(said[0].starts_with('V'), "{said:?}");
    }
}
