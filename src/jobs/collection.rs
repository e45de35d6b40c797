//! What is registered, and where it goes.

use crate::ledger::{Ledger, LedgerError};
use crate::model::YearMonth;
use crate::table::{Contract, Payload, Tables};

/// What kind of item is registered, in the order in which they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collection {
    /// 居宅支援事業所.
    CareOffices,
    /// 利用者 with cards.
    Clients,
    /// The plans of a month.
    Plans(YearMonth),
}

/// The run in which basic data was registered last.
pub fn last_basics(ledger: &Ledger) -> Result<Option<i64>, LedgerError> {
    let [offices, clients] = [Collection::CareOffices, Collection::Clients]
        .map(|collection| ledger.last_sent_run(&collection.name()));
    Ok(offices?.max(clients?))
}

impl Collection {
    /// The word on the screen.
    pub fn label(self) -> &'static str {
        match self {
            Self::CareOffices => "居宅支援事業所",
            Self::Clients => "利用者",
            Self::Plans(_) => "月間ケアプラン",
        }
    }

    /// The collection's name in the ledger, which stays when paths change.
    pub fn name(self) -> String {
        match self {
            Self::CareOffices => "care-offices".to_owned(),
            Self::Clients => "clients".to_owned(),
            Self::Plans(month) => format!("{PLANS}{month}"),
        }
    }

    /// The collection with a name of the ledger.
    pub fn named(name: &str) -> Option<Self> {
        match name.strip_prefix(PLANS) {
            Some(month) => YearMonth::parse(month).map(Self::Plans),
            None => [Self::CareOffices, Self::Clients]
                .into_iter()
                .find(|of| of.name() == name),
        }
    }

    /// The path at the service.
    pub fn path(self, contract: &Contract) -> String {
        match self {
            Self::CareOffices => contract.paths.care_offices.clone(),
            Self::Clients => contract.paths.clients.clone(),
            Self::Plans(month) => contract.paths.plans.replace("{month}", &month.to_string()),
        }
    }

    /// The table of its items.
    pub fn payload(self, tables: &Tables) -> &Payload {
        match self {
            Self::CareOffices => &tables.care_office,
            Self::Clients => &tables.client,
            Self::Plans(_) => &tables.plan,
        }
    }
}

/// Before the month in the name of a collection of plans.
const PLANS: &str = "plans/";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_collection_is_found_by_its_name_in_the_ledger() {
        for collection in [
            Collection::CareOffices,
            Collection::Clients,
            Collection::Plans(YearMonth::new(2026, 10).unwrap()),
        ] {
            assert_eq!(Collection::named(&collection.name()), Some(collection));
        }
        assert_eq!(Collection::named("plans/10"), None);
        assert_eq!(Collection::named("visits"), None);
    }
}
