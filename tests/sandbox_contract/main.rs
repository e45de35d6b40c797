//! The sandbox, its `OpenAPI` document and its promises, over a real socket.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test are a test as well"
)]

mod document;
mod access;
mod batches;
mod idempotency;
mod mischief;
mod actuals;
mod by_hand;

mod caller;
mod samples;
