//! Services: what the code of a line means, and so whether and how it is sent.

use crate::finding::{Code, Finding};
use crate::model::{AddOns, Field, PlanLine};
use crate::table::services::is_pro_rated;
use crate::table::unit_prices::UnitPrices;
use crate::table::{Class, Service};

use super::origin::Origin;

/// What becomes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// Each count is a visit.
    AsVisits,
    /// Each count is an add-on.
    AsAddOns,
    /// The first count is an add-on; there are no more in a month.
    AsOneAddOn,
    /// The line is left out.
    Not,
}

/// What a code that no list knows may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unlisted {
    /// A visit: it has times, and nothing says otherwise.
    Visit,
    /// It stands in no visit's place, or its name is that of a rate. A rate that went along as an
    /// add-on would be billed beside the one that the billing software computes.
    PerhapsARate,
}

impl Unlisted {
    fn of(line: &PlanLine, rates: &UnitPrices) -> Self {
        if line.hours.is_some() && !rates.is_rate(&line.service_name) {
            Self::Visit
        } else {
            Self::PerhapsARate
        }
    }
}

/// What becomes of a line; `listed` is what its code means, `rates` knows the names of rates.
pub fn sending(
    line: &PlanLine,
    listed: Option<&Service>,
    (add_ons, rates): (AddOns, &UnitPrices),
) -> Sending {
    let timed = line.hours.is_some();
    if line.planned.is_empty() {
        return Sending::Not;
    }
    let Some(class) = listed.map(|service| service.class) else {
        return match Unlisted::of(line, rates) {
            Unlisted::Visit => Sending::AsVisits,
            Unlisted::PerhapsARate => Sending::Not,
        };
    };
    let is_never_sent = class == Class::Rate || (class == Class::Visit && !timed);
    if is_never_sent {
        return Sending::Not;
    }
    if class.is_visit(timed) {
        return Sending::AsVisits;
    }
    if add_ons == AddOns::Without && !class.is_fee() {
        return Sending::Not;
    }
    if matches!(class, Class::PerMonth | Class::MonthlyFee) {
        Sending::AsOneAddOn
    } else {
        Sending::AsAddOns
    }
}

/// P411–P417, P428: decides about a line and says why; `listed` is what its code means.
pub fn check(
    line: &PlanLine,
    origin: &Origin,
    listed: Option<&Service>,
    (add_ons, rates): (AddOns, &UnitPrices),
    findings: &mut Vec<Finding>,
) -> Sending {
    let mut say = |code: Code, field: Field| {
        let text = match field {
            Field::ServiceCode => line.code.as_str(),
            _ => "",
        };
        findings.push(Finding::new(code, origin.field(field)).value(text));
    };
    let sending = sending(line, listed, (add_ons, rates));
    if line.planned.is_empty() {
        say(Code::EmptyLine, Field::PlannedTotal);
        return sending;
    }
    match listed.map(|service| service.class) {
        None if sending == Sending::Not => {
            say(Code::PerhapsARate, Field::ServiceCode);
            return sending;
        }
        None => say(Code::UnknownService, Field::ServiceCode),
        Some(Class::Rate) => {
            say(Code::RateAddOn, Field::ServiceCode);
            return sending;
        }
        Some(Class::Visit) if line.hours.is_none() => {
            say(Code::VisitWithoutTime, Field::Start);
            return sending;
        }
        Some(
            Class::Visit
            | Class::PerVisit
            | Class::PerDay
            | Class::PerMonth
            | Class::MonthlyFee
            | Class::ProRated,
        ) => {}
    }
    if is_pro_rated(listed, &line.service_name) {
        say(Code::ProRatedPlanned, Field::ServiceCode);
    }
    if sending == Sending::Not {
        say(Code::AddOnLeftOut, Field::ServiceCode);
    }
    sending
}

#[cfg(test)]
mod tests {
    use super::super::samples::{line, read_line, said, tables};
    use super::*;
    use AddOns::{With, Without};
    use Sending::{AsAddOns, AsOneAddOn, AsVisits, Not};

    fn checked(
        line: &PlanLine,
        origin: &Origin,
        add_ons: AddOns,
        findings: &mut Vec<Finding>,
    ) -> Sending {
        let tables = tables();
        let listed = tables
            .services
            .find(line.code, line.client.insurer, line.month);
        let choice = (add_ons, &tables.unit_prices);
        check(line, origin, listed, choice, findings)
    }

    /// What becomes of a line with the code, with or without the times of a visit.
    fn decided(code: &str, timed: bool, add_ons: AddOns) -> (Sending, Vec<String>) {
        let (start, end) = if timed { ("9:00", "9:30") } else { ("", "") };
        let (line, origin) = read_line(line(&[5]).serving(code, start, end));
        let mut findings = Vec::new();
        let sending = checked(&line, &origin, add_ons, &mut findings);
        (sending, said(&findings))
    }

    #[test]
    fn the_class_of_a_code_and_its_times_say_how_a_line_is_sent() {
        for (code, timed, sending, said) in [
            ("111111", true, AsVisits, None),
            ("111111", false, Not, Some("P414 2行目 開始時刻")),
            ("114000", true, AsAddOns, None),
            ("114000", false, AsAddOns, None),
            ("114004", false, AsAddOns, None),
            ("114001", false, AsOneAddOn, None),
            ("114001", true, AsOneAddOn, None),
            (
                "116275",
                false,
                Not,
                Some("P412 2行目 サービスコード「116275」"),
            ),
            (
                "116275",
                true,
                Not,
                Some("P412 2行目 サービスコード「116275」"),
            ),
            ("A21111", true, AsVisits, None),
            ("A21111", false, AsOneAddOn, None),
            (
                "A22111",
                true,
                AsVisits,
                Some("P416 2行目 サービスコード「A22111」"),
            ),
            (
                "A22111",
                false,
                AsAddOns,
                Some("P416 2行目 サービスコード「A22111」"),
            ),
            (
                "119999",
                true,
                AsVisits,
                Some("P411 2行目 サービスコード「119999」"),
            ),
            (
                "119999",
                false,
                Not,
                Some("P428 2行目 サービスコード「119999」"),
            ),
        ] {
            let said = Vec::from_iter(said.map(str::to_owned));
            assert_eq!(
                decided(code, timed, With),
                (sending, said),
                "{code} {timed}"
            );
        }
    }

    #[test]
    fn without_add_ons_every_add_on_is_left_out_and_visits_and_fees_stay() {
        for (code, timed, sending) in [
            ("111111", true, AsVisits),
            ("A22111", true, AsVisits),
            ("A22111", false, AsAddOns),
            ("119999", true, AsVisits),
            ("114000", true, Not),
            ("114004", false, Not),
            ("114001", false, Not),
        ] {
            let (decided, said) = decided(code, timed, Without);
            let left_out = format!("P417 2行目 サービスコード「{code}」");
            assert_eq!(decided, sending, "{code}");
            assert_eq!(said.contains(&left_out), sending == Not, "{code}");
        }
    }

    #[test]
    fn a_code_that_no_list_knows_is_held_back_where_its_name_is_that_of_a_rate() {
        for (name, sending) in [
            ("身体介護の何か", AsVisits),
            ("訪問介護処遇改善加算Ⅵ", Not),
            ("訪問介護特定事業所加算Ⅵ", Not),
            ("何かの加算１０％", Not),
        ] {
            let named = line(&[5]).with("サービス名称", name);
            let (line, origin) = read_line(named.serving("119999", "9:00", "9:30"));
            let mut findings = Vec::new();
            assert_eq!(
                checked(&line, &origin, With, &mut findings),
                sending,
                "{name}"
            );
            let code = if sending == Not { "P428" } else { "P411" };
            let expected = format!("{code} 2行目 サービスコード「119999」");
            assert_eq!(said(&findings), [expected]);
        }
    }

    #[test]
    fn a_line_without_a_count_is_left_out_whatever_its_code() {
        for code in ["111111", "114001", "116275", "119999"] {
            let (line, origin) = read_line(line(&[]).serving(code, "9:00", "9:30"));
            let mut findings = Vec::new();
            let sending = checked(&line, &origin, With, &mut findings);
            assert_eq!(
                (sending, said(&findings)),
                (Not, vec!["P413 2行目 予定合計".into()])
            );
        }
    }

    #[test]
    fn a_code_means_what_it_meant_in_the_lines_own_month() {
        let (line, origin) = read_line(line(&[5]).with("対象年月", "2024/05"));
        let mut findings = Vec::new();
        checked(&line, &origin, With, &mut findings);
        assert_eq!(said(&findings), ["P411 2行目 サービスコード「111111」"]);
    }
}
