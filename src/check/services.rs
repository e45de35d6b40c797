//! Services: what the code of a line means, and so whether and how it is sent.

use crate::finding::{Code, Finding};
use crate::model::{AddOns, Field, PlanLine};
use crate::table::{Class, ServiceCodes};

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

/// P411–P417: decides about a line and says why.
pub fn check(
    line: &PlanLine,
    origin: &Origin,
    services: &ServiceCodes,
    add_ons: AddOns,
    findings: &mut Vec<Finding>,
) -> Sending {
    let mut say = |code: Code, field: Field| {
        let text = match field {
            Field::ServiceCode => line.code.as_str(),
            _ => "",
        };
        findings.push(Finding::new(code, origin.field(field)).value(text));
    };
    if line.planned.total() == 0 {
        say(Code::EmptyLine, Field::PlannedTotal);
        return Sending::Not;
    }
    let timed = line.hours.is_some();
    let class = services
        .find(line.code, line.client.insurer, line.month)
        .map(|service| service.class);
    match class {
        None => say(Code::UnknownService, Field::ServiceCode),
        Some(Class::Rate) => {
            say(Code::RateAddOn, Field::ServiceCode);
            return Sending::Not;
        }
        Some(Class::ProRated) => say(Code::ProRatedPlanned, Field::ServiceCode),
        Some(Class::Visit) if !timed => {
            say(Code::VisitWithoutTime, Field::Start);
            return Sending::Not;
        }
        Some(
            Class::Visit | Class::PerVisit | Class::PerDay | Class::PerMonth | Class::MonthlyFee,
        ) => {}
    }
    if class.map_or(timed, |class| class.is_visit(timed)) {
        return Sending::AsVisits;
    }
    let fee = matches!(class, Some(Class::MonthlyFee | Class::ProRated));
    if add_ons == AddOns::Without && !fee {
        say(Code::AddOnLeftOut, Field::ServiceCode);
        return Sending::Not;
    }
    if class == Some(Class::PerMonth) {
        Sending::AsOneAddOn
    } else {
        Sending::AsAddOns
    }
}
