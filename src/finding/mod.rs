//! What can be wrong with data, and what to do about it.
//!
//! A [`Finding`] is about rows: it is collected to the last one, counted and reported, never
//! returned with `?`. What is wrong with the *run* is an `Error` of its stage.

pub mod catalogue;
pub mod fate;
pub mod remark;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

pub use catalogue::{Code, ManualStep, Severity};
pub use fate::{Book, Fate, FileId, Imbalance, RowId, Tally, WithheldRows};
pub use remark::{Attention, Attentions, Remark};

use crate::model::{ClientId, Place};

/// The first word of the first cell of every sheet of an error workbook that shows rows of a
/// file: no such sheet is the file.
pub const WORKBOOK_MARK: &str = "rakuwing";
/// Who our workbooks say has made them.
pub const WORKBOOK_AUTHOR: &str = "rakuwing";
/// With what the title of an error workbook begins; of our workbooks it alone comes back.
pub const ERROR_WORKBOOK: &str = "エラー一覧";

/// One thing that is wrong at one place.
#[derive(Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which entry of the catalogue.
    pub code: Code,
    /// Where it stands.
    pub place: Place,
    /// Whose row it is, where that could be read.
    pub client: Option<Who>,
    /// The text as it stands in the cell; goes into reports only.
    pub value: String,
    /// What this one case adds to the catalogue's words, in Japanese; may be empty.
    pub detail: String,
    /// The code whose cure fits this case better than its own: what another side refuses is
    /// put right as what we find ourselves.
    pub resembles: Option<Code>,
    /// What else of the same kind it stands for.
    pub also: Option<Box<Also>>,
}

/// Findings that are said with another one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Also {
    /// Where they stand.
    pub places: Vec<Place>,
    /// Whom they concern.
    pub clients: BTreeSet<ClientId>,
}

/// A client as a report names one.
#[derive(Clone, PartialEq, Eq)]
pub struct Who {
    /// The numbers.
    pub id: ClientId,
    /// The name, as the file writes it; shared, because a month may have many findings.
    pub name: Arc<str>,
}

impl Finding {
    /// A finding without a value, a client or further words.
    pub fn new(code: Code, place: Place) -> Self {
        Self {
            code,
            place,
            client: None,
            value: String::new(),
            detail: String::new(),
            resembles: None,
            also: None,
        }
    }

    /// Says another finding of the same kind along with it.
    pub fn stand_for(&mut self, other: Self) {
        let also = self.also.get_or_insert_default();
        also.places.push(other.place);
        also.clients.extend(other.client.map(|who| who.id));
        if let Some(more) = other.also {
            also.places.extend(more.places);
            also.clients.extend(more.clients);
        }
    }

    /// Where it stands, and where what it stands for does.
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        let also = self.also.iter().flat_map(|also| &also.places);
        std::iter::once(&self.place).chain(also)
    }

    /// Adds the text that stands in the cell.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// Adds what this one case has to say.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// Adds whose row it is.
    #[must_use]
    pub fn of(mut self, id: ClientId, name: impl Into<Arc<str>>) -> Self {
        self.concern(id, name);
        self
    }

    /// The same for an item; where nobody is known whose it is, its key stands for it.
    #[must_use]
    pub fn of_item(mut self, who: Option<&Who>, key: &str) -> Self {
        let Some(who) = who else {
            return self.value(key);
        };
        self.client = Some(who.clone());
        self
    }

    /// Adds whose row it is to a finding that is kept already.
    pub fn concern(&mut self, id: ClientId, name: impl Into<Arc<str>>) {
        let name = name.into();
        self.client = Some(Who { id, name });
    }

    /// The cause in the clerk's words: the catalogue's sentence and this case's detail.
    pub fn cause(&self) -> String {
        if self.detail.is_empty() {
            self.code.cause().to_owned()
        } else {
            format!("{}（{}）", self.code.cause(), self.detail)
        }
    }

    /// What to do, in the clerk's words.
    pub fn cure(&self) -> &'static str {
        self.resembles.unwrap_or(self.code).cure()
    }

    /// Whether the row, and so its client's month, cannot be sent.
    pub fn withholds(&self) -> bool {
        self.code.severity() == Severity::Error
    }
}

/// The code and the address; never the value, the name or the number of a person.
impl fmt::Debug for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.code, Address(&self.place))
    }
}

impl fmt::Debug for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Who(…)")
    }
}

/// A place in one word: `plan.csv`, `plan.csv:12`, `plan.xlsx[Sheet1]:12:F`.
#[derive(Debug)]
pub struct Address<'a>(pub &'a Place);

impl fmt::Display for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.file)?;
        if let Some(sheet) = &self.0.sheet {
            write!(f, "[{sheet}]")?;
        }
        if let Some(row) = self.0.row {
            write!(f, ":{row}")?;
        }
        if let Some(column) = &self.0.column {
            write!(f, ":{}", column.letters())?;
        }
        Ok(())
    }
}
