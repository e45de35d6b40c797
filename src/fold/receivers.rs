//! Who is told of what was done: the care-management office of each day, by certification.

use crate::check::Roster;
use crate::model::{ClientId, InsuranceCard, Subject, YearMonth};

use super::{FoldedClient, Performed};

/// Something that was done, with the certification of its day.
#[derive(Debug, Clone, Copy)]
pub struct Addressed<'a> {
    /// The file that it belongs in.
    pub subject: Subject,
    /// What was done.
    pub performed: &'a Performed,
    /// The certification.
    pub card: &'a InsuranceCard,
}

/// Why nobody can be told. Where one day of a month is in doubt, none of it goes: half of it
/// would look like all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoReceiver {
    /// No certification holds on a day, or more than one.
    NoCertification,
    /// The certification names no care-management office (or the client plans alone).
    NoCareOffice,
}

/// Finds the receivers of a client's month.
pub fn of<'a>(
    client: &'a FoldedClient,
    roster: &'a Roster,
    month: YearMonth,
) -> Result<Vec<Addressed<'a>>, NoReceiver> {
    client
        .performed
        .iter()
        .map(|performed| {
            let card = card_on(client.client, roster, performed)?;
            Ok(Addressed {
                subject: Subject {
                    month,
                    office: client.office,
                    service_type: performed.code.service_type(),
                    receiver: card.care_office.ok_or(NoReceiver::NoCareOffice)?,
                },
                performed,
                card,
            })
        })
        .collect()
}

fn card_on<'a>(
    client: ClientId,
    roster: &'a Roster,
    performed: &Performed,
) -> Result<&'a InsuranceCard, NoReceiver> {
    let known = roster.find(client).ok_or(NoReceiver::NoCertification)?;
    let mut cards = known.cards_on(performed.date);
    match (cards.next(), cards.next()) {
        (Some(card), None) => Ok(card),
        (None, _) | (Some(_), Some(_)) => Err(NoReceiver::NoCertification),
    }
}
