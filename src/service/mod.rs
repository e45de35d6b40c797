//! Care-wing from our side: the key, the calls, and three possible outcomes of each.
//!
//! There is no trait in front of the client: the second service is the sandbox, and it is
//! reached like the first one, over a socket. Every name of the API is data, see
//! [`Contract`](crate::table::Contract).
//!
//! What comes back is bounded in bytes, records and time, whoever sends it: `wire` listens for
//! so long, `intake` takes so many bytes, `skim` and `tree` make so much of them, and `kept`
//! holds what may turn out to be no list.
//!
//! Invariant: nothing here sends a batch twice. Whether an unanswered batch took effect is
//! for the caller to find out, by asking what the service holds.

pub mod key;
pub mod address;
pub mod retry;
pub mod pace;
pub mod answer;
mod tree;
mod intake;
mod wire;
pub mod client;
mod skim;
mod kept;
pub mod whole;
pub mod pages;

pub use address::Address;
pub use answer::{LinkInfo, Origin, Rejection, Status, Verdict};
pub use client::{CareWing, Posted, prepare_encryption};
pub use key::{ApiKey, DeviceId, KeyError, KeyStore};
pub use retry::RetryPolicy;
pub use whole::Setback;

use crate::disk::DiskError;
use crate::stop::Stopped;

/// Who does the special work on basic data of another origin, and how they are reached.
pub const HELP_DESK: &str = "『楽すけ』ヘルプデスクへご連絡ください。\n\
     電話 0120-68-4322(平日 10:00〜18:00、土曜 10:00〜15:00)";

/// The service could not be used; what it thinks of single items is a [`Verdict`].
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The key was refused (401).
    #[error(
        "APIキーが受け付けられませんでした。Care-wing から通知されたキーを確かめ、`rakuwing connect` をやり直してください"
    )]
    KeyRefused,
    /// Another machine is the 親機 (403).
    #[error(
        "このパソコンは親機ではありません。Care-wing 連携は「親機のみ」で行えます。接続設定をしたパソコンで操作してください。パソコンを取り替えたときは、Care-wing のサポート窓口で前の親機を外してもらい、`rakuwing connect --new-machine` を実行してください"
    )]
    DeviceRefused,
    /// The basic data there came from somewhere else (409 at a batch): it has come up while the
    /// run was under way, because the beginning of every run asks for it.
    #[error(
        "Care-wing に、楽すけ以外から登録された基本情報があると、登録の途中で返事がありました。それより後は送っていません。\n\
         続ける前に特別な作業が必要です。{HELP_DESK}\n\
         作業が済んだら、同じ操作をもう一度してください。二重には登録されません"
    )]
    ForeignBasicData,
    /// Nothing was answered, after every try that is allowed.
    #[error(
        "Care-wing に接続できません({detail})。通信の状態を確かめ、もう一度同じ操作をしてください"
    )]
    Unreachable {
        /// What was tried, without any content.
        detail: String,
    },
    /// Every answer went past a limit, after every try that is allowed; or a list did.
    #[error(
        "Care-wing の返事を最後まで受け取れませんでした({detail})。\n\
         途中まで届いた内容は使っていません。しばらくしてから、もう一度同じ操作をしてください。\
         それでも続くときは、この文面を Care-wing のサポート窓口へ伝えてください"
    )]
    Overrun {
        /// Which limit, and what was tried, without any content.
        detail: String,
    },
    /// The service answered something that the contract does not foresee.
    #[error(
        "Care-wing の返事が約束と違います({detail})。mappings/carewing の対応表を確かめてください"
    )]
    Unforeseen {
        /// Which call and what about it, without any content.
        detail: String,
    },
    /// The pages of a list do not fit together, however often it is begun.
    #[error(
        "Care-wing の一覧({list})を{beginnings}回読みましたが、そろいませんでした({setback})。\n\
         途中まで届いた内容は使わず、何も取り込んでいません。しばらくしてから、もう一度同じ操作をしてください。\
         それでも続くときは、この文面を Care-wing のサポート窓口へ伝えてください"
    )]
    Unsteady {
        /// The path of the list.
        list: String,
        /// How often it was begun.
        beginnings: u32,
        /// What did not fit the last time.
        setback: Setback,
    },
    /// The pages of a long list could not be put aside.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The run is to stop, and this call was not begun.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// The address is not one that personal data may be sent to.
    #[error(transparent)]
    Address(#[from] address::AddressError),
}
