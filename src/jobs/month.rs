//! Which month can be meant, where nobody has said it.

use std::collections::BTreeSet;

use crate::check::Wanted;
use crate::error::Error;
use crate::model::YearMonth;

use super::inbox;
use super::office::Office;
use super::still_open;

/// The month of the plans in the inbox, where they are of one month only, whatever is wrong
/// with them.
pub fn of_inbox(office: &Office) -> Result<Option<YearMonth>, Error> {
    let gathered = inbox::gather(office, Wanted::Plans)?.gathered;
    let units = gathered
        .lines
        .units()?
        .into_iter()
        .map(|(_, month, _)| month);
    let bad = gathered
        .bad_rows
        .iter()
        .filter(|row| row.kind.is_of_a_plan());
    let mut months: BTreeSet<YearMonth> = units.collect();
    months.extend(bad.filter_map(|row| row.month));
    Ok(months.pop_first().filter(|_| months.is_empty()))
}

/// The month that is being worked on.
pub fn at_work(office: &Office) -> Result<Option<YearMonth>, Error> {
    still_open::month_at_work(office)
}
