//! The faults of one call, and what they do to it on its way.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::batch::Verdict;
use super::door::Answer;
use super::mischief::{Fault, FaultKind, Member, Mischief};
use super::paging::AGAIN;
use super::refusal::Refusal;
use super::rules::Complaint;
use super::speech::{Said, Speech};

/// The faults to come, with how many matching calls each has seen.
#[derive(Debug)]
pub(super) struct Schedule(Mutex<Vec<(Fault, u64)>>);

/// The faults of one call.
#[derive(Debug)]
pub(super) struct Faults {
    /// The call's number, which makes it differ from all others.
    number: u64,
    kinds: Vec<FaultKind>,
}

impl Schedule {
    pub(super) fn new(mischief: Mischief) -> Self {
        let schedule = Self(Mutex::default());
        schedule.replace(mischief);
        schedule
    }

    /// Forgets what was to come, and counts from the start.
    pub(super) fn replace(&self, mischief: Mischief) {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *faults = mischief
            .faults
            .into_iter()
            .map(|fault| (fault, 0))
            .collect();
    }

    /// The faults of the call `METHOD /path?query`, which is the service's `number`th.
    pub(super) fn draw(&self, call: &str, number: u64) -> Faults {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut kinds = Vec::new();
        for (fault, seen) in faults.iter_mut() {
            if fault.path.as_ref().is_none_or(|path| call.contains(path)) {
                kinds.extend(fault.is_due(*seen).then(|| fault.kind.clone()));
                *seen += 1;
            }
        }
        Faults { number, kinds }
    }
}

/// The call as a whole.
impl Faults {
    /// The answer that spares the service the work.
    pub(super) fn instead_of_effect(&self) -> Option<Answer> {
        self.kinds.iter().find_map(|kind| match kind {
            FaultKind::Status {
                status,
                retry_after,
            } => Some(Answer::Whole(out_of_order(*status, retry_after.as_deref()))),
            FaultKind::ForeignBasicData => {
                let refusal = Refusal::foreign_basic_data();
                Some(Answer::Whole(refusal.into_response()))
            }
            FaultKind::ResetBeforeEffect => Some(Answer::Broken),
            FaultKind::Delay { .. }
            | FaultKind::StatusAfterEffect { .. }
            | FaultKind::ResetAfterEffect
            | FaultKind::HangBeforeEffect
            | FaultKind::HangAfterEffect
            | FaultKind::TruncatedBody
            | FaultKind::EndlessBody
            | FaultKind::Gzip
            | FaultKind::GzipBomb
            | FaultKind::Drip { .. }
            | FaultKind::Stall
            | FaultKind::EndlessHead
            | FaultKind::WrongLength { .. }
            | FaultKind::MissingVerdicts { .. }
            | FaultKind::DoubledVerdicts
            | FaultKind::Reject { .. }
            | FaultKind::DoubledRecords
            | FaultKind::DuplicatePage
            | FaultKind::EarlierPage
            | FaultKind::MissingPage
            | FaultKind::LoopingCursor
            | FaultKind::WrongTotal
            | FaultKind::ChangingTotal
            | FaultKind::ToldTotal { .. }
            | FaultKind::EndlessList
            | FaultKind::MovingSnapshot
            | FaultKind::MissingMember { .. } => None,
        })
    }

    /// Takes its time, or for ever.
    pub(super) async fn wait_before_effect(&self) {
        for kind in &self.kinds {
            if let FaultKind::Delay { delay_ms } = kind {
                tokio::time::sleep(Duration::from_millis(*delay_ms)).await;
            }
        }
        if self.has(&FaultKind::HangBeforeEffect) {
            std::future::pending::<()>().await;
        }
    }

    /// What reaches the client of an answer that was given.
    pub(super) async fn after_effect(&self, answer: Response) -> Answer {
        if self.has(&FaultKind::HangAfterEffect) {
            std::future::pending::<()>().await;
        }
        if self.has(&FaultKind::ResetAfterEffect) {
            return Answer::Broken;
        }
        for kind in &self.kinds {
            if let FaultKind::StatusAfterEffect {
                status,
                retry_after,
            } = kind
            {
                return Answer::Whole(out_of_order(*status, retry_after.as_deref()));
            }
        }
        if self.has(&FaultKind::TruncatedBody) {
            Answer::Truncated(answer)
        } else {
            Answer::Whole(answer)
        }
    }

    /// How the client gets an answer, if it does not get it as anybody would give it.
    pub(super) fn speech(&self, said: &Said) -> Option<Speech> {
        self.kinds.iter().find_map(|kind| Speech::of(kind, said))
    }

    /// Whether nothing goes wrong.
    pub(super) fn are_none(&self) -> bool {
        self.kinds.is_empty()
    }

    fn has(&self, kind: &FaultKind) -> bool {
        self.kinds.contains(kind)
    }
}

/// Batches.
impl Faults {
    /// What an item with this key was ordered to be rejected for.
    pub(super) fn rejections_of(&self, item_key: &str) -> Vec<Complaint> {
        let mut found = Vec::new();
        for kind in &self.kinds {
            if let FaultKind::Reject {
                key,
                pointer,
                code,
                message,
            } = kind
                && key == item_key
            {
                let (pointer, code, message) = (pointer.clone(), code.clone(), message.clone());
                found.push(Complaint {
                    pointer,
                    code,
                    message,
                });
            }
        }
        found
    }

    /// Leaves verdicts out and doubles the rest.
    pub(super) fn disturb_verdicts(&self, verdicts: &mut Vec<Verdict>) {
        for kind in &self.kinds {
            if let FaultKind::MissingVerdicts { count } = kind {
                verdicts.truncate(verdicts.len().saturating_sub(*count));
            }
        }
        if self.has(&FaultKind::DoubledVerdicts) {
            verdicts.extend_from_within(..);
        }
    }
}

/// Pages.
impl Faults {
    /// Doubles what stands on a page.
    pub(super) fn disturb_records<T: Clone>(&self, records: &mut Vec<T>) {
        if self.has(&FaultKind::DoubledRecords) {
            records.extend_from_within(..);
        }
    }

    /// Whether the records begin anew when they are at their end.
    pub(super) fn go_round(&self) -> bool {
        self.has(&FaultKind::EndlessList)
    }

    /// Where the page begins that is answered instead of the one at `asked`.
    pub(super) fn disturb_start(&self, asked: usize, page_size: usize) -> usize {
        if self.has(&FaultKind::MissingPage) {
            asked.saturating_add(page_size)
        } else if self.has(&FaultKind::EarlierPage) {
            asked.saturating_sub(page_size)
        } else {
            asked
        }
    }

    /// Sends the client back to the page it is on, `here`, openly or in disguise.
    pub(super) fn disturb_cursor(
        &self,
        next: Option<String>,
        sent: Option<&str>,
        here: &str,
    ) -> Option<String> {
        let is_again = sent.is_some_and(|sent| sent.ends_with(AGAIN));
        if self.has(&FaultKind::LoopingCursor) {
            Some(sent.unwrap_or(here).to_owned())
        } else if self.has(&FaultKind::DuplicatePage) && !is_again {
            Some(format!("{here}{AGAIN}"))
        } else {
            next
        }
    }

    pub(super) fn disturb_total(&self, total: usize) -> u64 {
        let mut told = u64::try_from(total).unwrap_or(u64::MAX);
        if self.has(&FaultKind::WrongTotal) {
            told = told.saturating_add(1);
        }
        if self.has(&FaultKind::ChangingTotal) {
            told = told.saturating_add(self.number);
        }
        for kind in &self.kinds {
            if let FaultKind::ToldTotal { total } = kind {
                told = *total;
            }
        }
        told
    }

    pub(super) fn disturb_snapshot(&self, snapshot: String) -> String {
        if self.has(&FaultKind::MovingSnapshot) {
            format!("{snapshot}-{}", self.number)
        } else {
            snapshot
        }
    }

    /// Whether the page says this.
    pub(super) fn says(&self, member: Member) -> bool {
        !self.has(&FaultKind::MissingMember { member })
    }
}

/// An answer with any status, even one that was never given a meaning.
fn out_of_order(status: u16, retry_after: Option<&str>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Refusal::out_of_order(status).into_response();
    response.headers_mut().remove(header::RETRY_AFTER);
    if let Some(value) = retry_after.and_then(|text| HeaderValue::from_str(text).ok()) {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}
