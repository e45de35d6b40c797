//! What somebody should look at before a month is claimed, and what an office wants of each check.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Deserialize;

use super::Code;
use crate::model::{ClientId, ClockRange, OfficeNumber, ServiceCode};

/// What an office wants of a check.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attention {
    /// It is not made.
    Off,
    /// What it finds is said.
    #[default]
    Notice,
    /// What it finds is said, and holds the client's actuals.
    Hold,
}

impl Attention {
    /// The word on the sheet.
    pub fn label(self) -> &'static str {
        match self {
            Self::Off => "見ない",
            Self::Notice => "知らせる",
            Self::Hold => "止める",
        }
    }
}

/// What an office wants of each check; what is not named is [said](Attention::Notice).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attentions(BTreeMap<Code, Attention>);

impl Attentions {
    /// What is wanted of a check.
    pub fn of(&self, code: Code) -> Attention {
        self.0.get(&code).copied().unwrap_or_default()
    }
}

impl FromIterator<(Code, Attention)> for Attentions {
    fn from_iter<T: IntoIterator<Item = (Code, Attention)>>(wanted: T) -> Self {
        Self(wanted.into_iter().collect())
    }
}

/// One thing to look at in a client's month.
#[derive(Clone, PartialEq, Eq)]
pub struct Remark {
    /// Which check.
    pub code: Code,
    /// Whose month.
    pub client: ClientId,
    /// The name.
    pub name: String,
    /// Our office, where it is about what one office does.
    pub office: Option<OfficeNumber>,
    /// The days of the month; none where it is about all of it.
    pub days: BTreeSet<u32>,
    /// The time of the day.
    pub hours: Option<ClockRange>,
    /// The service.
    pub service: Option<ServiceCode>,
    /// What was found, in the clerk's words.
    pub said: String,
}

/// The code alone: whose month it is, and what is in it, has no business in a log.
impl fmt::Debug for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Remark({})", self.code)
    }
}
