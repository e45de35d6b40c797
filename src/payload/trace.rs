//! From a JSON pointer back to the cell: a rejection lands where the clerk can mend it.

use crate::check::Origin;
use crate::model::{Field, List, Place};
use crate::table::Spot;

/// Where the parts of an item came from. Small: rows are kept once, and each visit only
/// remembers its row and its day.
#[derive(Debug)]
pub struct Trace {
    origins: Vec<Origin>,
    parts: Parts,
}

#[derive(Debug)]
enum Parts {
    /// Every pointer leads to the first row.
    Office,
    /// The row of each card, where a row states it; what is said of the person stands in the
    /// first row.
    Client { cards: Vec<Option<usize>> },
    /// Each visit and add-on is a day of a row.
    Month {
        visits: Vec<(usize, u32)>,
        add_ons: Vec<(usize, u32)>,
    },
    /// No row names it.
    Nowhere(Place),
}

impl Trace {
    /// The trace of a care-management office.
    pub fn office(origins: Vec<Origin>) -> Self {
        Self {
            origins,
            parts: Parts::Office,
        }
    }

    /// The trace of a client, with the row of each card; a card that stays as it was sent
    /// before has none.
    pub fn client(origins: Vec<Origin>, cards: Vec<Option<usize>>) -> Self {
        Self {
            origins,
            parts: Parts::Client { cards },
        }
    }

    /// The trace of a month, with the row and the day of each visit and add-on.
    pub fn month(
        origins: Vec<Origin>,
        visits: Vec<(usize, u32)>,
        add_ons: Vec<(usize, u32)>,
    ) -> Self {
        Self {
            origins,
            parts: Parts::Month { visits, add_ons },
        }
    }

    /// The trace of an item that no row names.
    pub fn nowhere(place: Place) -> Self {
        Self {
            origins: Vec::new(),
            parts: Parts::Nowhere(place),
        }
    }

    /// The rows that the item is made of.
    pub fn origins(&self) -> &[Origin] {
        &self.origins
    }

    /// The cell that a spot of the item came from; the item's first row where the spot is
    /// the item as a whole or unknown.
    pub fn place(&self, spot: Option<Spot>) -> Place {
        if let Parts::Nowhere(place) = &self.parts {
            return place.clone();
        }
        let whole = || self.origins[0].place();
        let Some(spot) = spot else { return whole() };
        match (&self.parts, spot.element) {
            (Parts::Client { cards }, Some((List::Cards, card))) => {
                match cards.get(card).copied().flatten() {
                    Some(row) => self.cell(row, spot.field),
                    None => whole(),
                }
            }
            (Parts::Month { visits, .. }, Some((List::Visits, visit))) => visits
                .get(visit)
                .map_or_else(whole, |cell| self.day(*cell, spot.field)),
            (Parts::Month { add_ons, .. }, Some((List::AddOns, add_on))) => add_ons
                .get(add_on)
                .map_or_else(whole, |cell| self.day(*cell, spot.field)),
            (Parts::Nowhere(place), _) => place.clone(),
            (Parts::Office | Parts::Client { .. } | Parts::Month { .. }, _) => {
                self.cell(0, spot.field)
            }
        }
    }

    fn cell(&self, origin: usize, field: Option<Field>) -> Place {
        let origin = self.origins.get(origin).unwrap_or(&self.origins[0]);
        field.map_or_else(|| origin.place(), |field| origin.field(field))
    }

    /// A visit's date is the column of its day; everything else stands in its row.
    fn day(&self, (origin, day): (usize, u32), field: Option<Field>) -> Place {
        // What stands there beside the rows has none.
        let Some(origin) = self.origins.get(origin) else {
            return self.origins[0].place();
        };
        match field {
            Some(Field::Date) | None => origin.day(Field::Planned, day),
            Some(field) => origin.field(field),
        }
    }
}
