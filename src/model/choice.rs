//! The two choices that the manual offers at every step of a month.

use serde::{Deserialize, Serialize};

/// 加算データも登録する / 登録しない.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddOns {
    /// Add-ons go along.
    With,
    /// Add-ons stay where they are.
    Without,
}

/// 実績のみ1をたてる / 予定・実績ともに1をたてる.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// 予定 stays empty, which means: as it is.
    Actual,
    /// Both carry the counts of the actuals.
    Both,
}
