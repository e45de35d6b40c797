//! What a month is paid by: monthly fees, parts of them, and codes of towns.

use std::collections::BTreeSet;

use crate::finding::{Code, Remark};
use crate::model::ServiceCode;
use crate::table::Class;

use super::client_month::{ClientMonth, Line, Month};

/// C706: at one office a monthly fee pays for the month, and nothing else of the towns' program does
/// beside it: no part of a fee, no visits one by one, no other fee.
pub(super) fn fee_and_more(client: &ClientMonth<'_>, _: &Month<'_>) -> Vec<Remark> {
    let class = |line: &Line<'_>| line.service.map(|of| of.class);
    let fees = client.lines.iter();
    let fees = fees.filter(|line| class(line) == Some(Class::MonthlyFee));
    let mut pairs = BTreeSet::new();
    for fee in fees {
        let beside = client.lines.iter().filter(|line| line.office == fee.office);
        for line in beside.filter(|line| line.code.service_type() == fee.code.service_type()) {
            let what = match class(line) {
                Some(Class::ProRated) => "日割",
                Some(Class::Visit) => "一回ごとの",
                // Of two of them the one with the lower number speaks.
                Some(Class::MonthlyFee) if fee.code < line.code => "別の月額",
                _ => continue,
            };
            pairs.insert((fee.office, fee.code, what, line.code));
        }
    }
    let remark = |(office, fee, what, other): (_, ServiceCode, _, ServiceCode)| Remark {
        office: Some(office),
        service: Some(fee),
        ..client.remark(
            Code::FeeAndMore,
            format!("月額 {fee} と{what} {other} があります"),
        )
    };
    pairs.into_iter().map(remark).collect()
}

/// C711: a code that a town gives its meaning is one of the client's town.
pub(super) fn town_of_code(client: &ClientMonth<'_>, month: &Month<'_>) -> Vec<Remark> {
    let unknown = client.lines.iter().filter(|line| line.service.is_none());
    let codes: BTreeSet<ServiceCode> = unknown.map(|line| line.code).collect();
    let insurer = client.client.client.insurer;
    let elsewhere = codes.into_iter().filter_map(|code| {
        let town = month
            .services
            .another_town_with(code, insurer, month.month)?;
        let said = format!("{code} は保険者 {insurer} の一覧になく、{town} の一覧にあります");
        let remark = client.remark(Code::CodeOfAnotherTown, said);
        Some(Remark {
            service: Some(code),
            ..remark
        })
    });
    elsewhere.collect()
}

#[cfg(test)]
mod tests {
    use super::super::samples::{tables_with_towns, visits};
    use super::*;

    const NOTHING: [&str; 0] = [];

    #[test]
    fn a_monthly_fee_stands_alone() {
        let part = visits(&["5 A21111 9:00-10:00", "15 A22111 9:00-10:00"]);
        assert_eq!(
            part.said(fee_and_more),
            ["月額 A21111 と日割 A22111 があります"]
        );
        let visit = visits(&["5 A21111 9:00-10:00", "15 A22411 9:00-10:00"]);
        assert_eq!(
            visit.said(fee_and_more),
            ["月額 A21111 と一回ごとの A22411 があります"]
        );
        let two = visits(&["5 A21211 9:00-10:00", "15 A21111 9:00-10:00"]);
        assert_eq!(
            two.said(fee_and_more),
            ["月額 A21111 と別の月額 A21211 があります"]
        );
    }

    #[test]
    fn a_monthly_fee_goes_with_its_own_visits_with_care_and_with_another_office() {
        let alone = visits(&["5 A21111 9:00-10:00", "12 A21111 9:00-10:00"]);
        assert_eq!(alone.said(fee_and_more), NOTHING);
        let care = visits(&["5 A21111 9:00-10:00", "25 111111 9:00-9:30"]);
        assert_eq!(care.said(fee_and_more), NOTHING);
        let two_offices = visits(&["5 A21111 9:00-10:00", "15 A22111 9:00-10:00 +"]);
        assert_eq!(two_offices.said(fee_and_more), NOTHING);
    }

    #[test]
    fn a_code_of_another_town_asks_about_the_place_of_the_home() {
        let services = tables_with_towns("A31001,122192,訪問型サービスＡ,訪問,2024/06,");
        let elsewhere = visits(&["5 A31001 9:00-10:00"]);
        assert_eq!(
            elsewhere.said_with(&services, town_of_code),
            ["A31001 は保険者 131128 の一覧になく、122192 の一覧にあります"]
        );
        // No list has it: that is asked while the plan is registered.
        assert_eq!(elsewhere.said(town_of_code), NOTHING);
        let of_the_town = tables_with_towns("A31001,131128,訪問型サービスＡ,訪問,2024/06,");
        assert_eq!(elsewhere.said_with(&of_the_town, town_of_code), NOTHING);
    }
}
