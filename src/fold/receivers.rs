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

/// Whom to tell of a client's month.
#[derive(Debug)]
pub struct Receivers<'a> {
    /// What was done under a certification that names a care-management office.
    pub addressed: Vec<Addressed<'a>>,
    /// How much was done under one that names none: the client plans alone, and there is
    /// nobody to tell.
    pub to_nobody: usize,
}

/// On some day no certification holds, or more than one. Then nobody is told anything of the
/// month: half of it would look like all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoCertification;

/// Finds the receivers of a client's month.
pub fn of<'a>(
    client: &'a FoldedClient,
    roster: &'a Roster,
    month: YearMonth,
) -> Result<Receivers<'a>, NoCertification> {
    let mut receivers = Receivers {
        addressed: Vec::with_capacity(client.performed.len()),
        to_nobody: 0,
    };
    for performed in &client.performed {
        let card = card_on(client.client, roster, performed)?;
        let Some(receiver) = card.care_office else {
            receivers.to_nobody += 1;
            continue;
        };
        receivers.addressed.push(Addressed {
            subject: Subject {
                month,
                office: client.office,
                service_type: performed.code.service_type(),
                receiver,
            },
            performed,
            card,
        });
    }
    Ok(receivers)
}

fn card_on<'a>(
    client: ClientId,
    roster: &'a Roster,
    performed: &Performed,
) -> Result<&'a InsuranceCard, NoCertification> {
    let known = roster.find(client).ok_or(NoCertification)?;
    let mut cards = known.cards_on(performed.date);
    match (cards.next(), cards.next()) {
        (Some(card), None) => Ok(card),
        (None, _) | (Some(_), Some(_)) => Err(NoCertification),
    }
}
