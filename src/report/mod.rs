//! The Excel workbooks that a clerk sees.
//!
//! In: findings and sums, or the changes of a proposal. Out: one `.xlsx` file, whole or not
//! at all. What a row means is decided before it comes here; this folder only lays out.
//!
//! - [`errors`]: what is wrong, where it stands and how to put it right.
//! - [`preview`]: what a proposal would change, before anybody agrees to it.
//! - [`stamp`]: afterwards, what became of it, in the same workbook.
//!
//! - [`matching`]: both sides' clients side by side, for the work before a link.
//! - [`comparison`]: a month's plan against its approved actuals, with a calendar and charts.
//! - [`audit`]: what to look at before a month is claimed.
//! - [`addressees`]: which file goes to which care-management office.
//! - [`decisions`]: what somebody has decided in a preview workbook, read back.
//!
//! The first two have a page of sums (概要) and a long list (一覧), written by the same parts: a
//! page, a list, and the looks of a cell. No cell is ever a formula, and a number that
//! names something is always text.

pub mod errors;
pub mod preview;
pub mod stamp;
pub mod decisions;
pub mod matching;
pub mod comparison;
pub mod audit;
pub mod addressees;
mod workbook;
mod back;
mod page;
mod list;
mod cell;
mod look;
mod picture;
#[cfg(test)]
mod reading;

pub use addressees::{Addressee, Addressees, addressees_workbook};
pub use audit::{AuditReport, CheckLine, Ticks, audit_workbook, read_ticks};
pub use comparison::{ComparisonReport, comparison_workbook, write_comparison};
pub use decisions::{Decided, Decision, DecisionsError, read_decisions};
pub use errors::{
    Answer, Cause, Choice, Corrected, CorrectedRow, Corrections, CorrectionsError, Details,
    ErrorReport, Question, ShownRow, SourceSheet, Trail, Unclear, WithheldSheet, cause_of, causes,
    is_error_workbook, read_corrections, write_errors,
};
pub use matching::{MatchKind, MatchRow, Matching, Person, write_matching};
pub use preview::{
    Action, Apart, Change, NewsLine, NoReturn, Preview, write_preview, write_proposal,
};
pub use stamp::{Stamped, stamp_preview};
pub use workbook::ReportError;

/// The sheet of sums, first in every workbook.
const SUMMARY: &str = "概要";
/// The sheet with one row for each finding or change.
const LIST: &str = "一覧";
/// The sheet with one row for each thing that would change.
pub const NEWS: &str = "変更の内容";
/// The sheet with one row for each field in which two sides differ.
const APART: &str = "食い違い";
/// The sheet with one row for each character that a file for 楽すけ cannot hold.
const NO_RETURN: &str = "戻せない文字";

/// The sheet with a row for each question.
pub const ADDITIONS: &str = errors::additions::NAME;

/// A text as far as a cell takes it: what stands there is no other text than this.
pub fn as_in_a_cell(text: &str) -> std::borrow::Cow<'_, str> {
    cell::clip(text)
}
