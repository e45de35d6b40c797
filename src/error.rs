//! What can be wrong with a run, and the exit code that it sets.
//!
//! What is wrong with data is a [`Finding`](crate::finding::Finding) instead. An error is
//! returned, printed once in `main`, and holds no content of any row.

use std::path::PathBuf;

use crate::check::CheckError;
use crate::codes::CodesError;
use crate::disk::DiskError;
use crate::finding::Imbalance;
use crate::ledger::LedgerError;
use crate::read::ReadError;
use crate::report::{DecisionsError, ReportError};
use crate::service::{HELP_DESK, KeyError, ServiceError};
use crate::settings::SettingsError;
use crate::stop::Stopped;
use crate::table::TablesError;

/// How a run ended, as the shell sees it. The README lists the same codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// Every row passed.
    Clean = 0,
    /// A fault of the program.
    Bug = 1,
    /// The command was not understood, or needs an answer that nobody could give.
    Usage = 2,
    /// Finished; some rows were withheld.
    Withheld = 3,
    /// Refused by a rule; nothing was sent.
    Refused = 4,
    /// The key or the machine was refused.
    Key = 5,
    /// The service cannot be reached, or an outcome is unknown.
    Service = 6,
    /// Inputs, mapping tables or the folder cannot be read or written.
    Unreadable = 7,
    /// Stopped half-way by Ctrl-C: what a shell says of a program that Ctrl-C has ended.
    Stopped = 130,
}

impl Exit {
    /// Every code.
    pub const ALL: [Self; 9] = [
        Self::Clean,
        Self::Bug,
        Self::Usage,
        Self::Withheld,
        Self::Refused,
        Self::Key,
        Self::Service,
        Self::Unreadable,
        Self::Stopped,
    ];

    /// The number.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// What the code means, in the words of the README.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Clean => "すべての行が通った",
            Self::Bug => "プログラムの不具合",
            Self::Usage => "使い方の誤り",
            Self::Withheld => "終わったが、保留した行がある",
            Self::Refused => "決まりにより止めた(その先は送っていない)",
            Self::Key => "APIキーまたはパソコンが受け付けられない",
            Self::Service => "サービスにつながらない、または結果が分からない",
            Self::Unreadable => "入力・対応表・フォルダーを読み書きできない",
            Self::Stopped => "途中で止めた(Ctrl-C)。同じ操作をもう一度すると、続きから進む",
        }
    }
}

/// Why a run could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command needs something else.
    #[error("{0}")]
    Usage(String),
    /// The settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The mapping tables.
    #[error(transparent)]
    Tables(#[from] TablesError),
    /// An input file.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A town's master of service codes.
    #[error(transparent)]
    Codes(#[from] CodesError),
    /// There is nothing to read.
    #[error("`{folder}` に{wanted}のファイルがありません。楽すけから書き出して入れてください")]
    NothingToRead {
        /// Where was looked.
        folder: PathBuf,
        /// For what.
        wanted: &'static str,
    },
    /// Input files were there, and none of them could be used.
    #[error(
        "{}使えるファイルがありませんでした。エラー一覧 `{report}` を見てください",
        why.concat()
    )]
    NothingUsable {
        /// The error workbook.
        report: PathBuf,
        /// What is to be said of the files, a sentence each.
        why: Vec<String>,
    },
    /// A file that somebody asks about cannot be used, and why.
    #[error("{0}")]
    Unusable(String),
    /// A file or folder.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// Where the key is kept.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// What was asked for could not be written out.
    #[error("結果を書き出せません: {0}")]
    Output(std::io::Error),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A workbook.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// What was decided in a preview workbook.
    #[error(transparent)]
    Decisions(#[from] DecisionsError),
    /// A rule forbids it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The folder is not connected, or not from here.
    #[error("{0}")]
    NotConnected(String),
    /// The service.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// Somebody has stopped it before anything was sent or written.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// The rows do not add up.
    #[error("行の数が合いません: {0}")]
    Imbalance(#[from] Imbalance),
}

/// A rule that stops a run before anything is sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Care-wing holds basic data of another origin.
    #[error(
        "Care-wing に、楽すけ以外から登録された基本情報があるため、何も送っていません。\n\
         連携を始める前に特別な作業が必要です。{HELP_DESK}\n\
         両方の利用者を見比べる一覧は `rakuwing basics --match` で作れます"
    )]
    ForeignBasicData,
    /// The key belongs to other offices.
    #[error(
        "このAPIキーは、設定した事業所 {0} のものではありません。rakuwing.toml の事業所番号を確かめてください"
    )]
    OtherOffice(String),
    /// Somebody has said what time it is, and the service is no practice service.
    #[error(
        "環境変数 RAKUWING_CLOCK で時計を合わせてあるあいだは、このパソコンの中の練習用サービスにだけ接続できます。何も送っていません。RAKUWING_CLOCK を外して、もう一度同じ操作をしてください"
    )]
    GivenClock,
    /// Another process works in the folder.
    #[error("このフォルダーでは、ほかの rakuwing が動いています{0}。終わるまで待ってください")]
    Busy(String),
    /// Somebody wants a new ledger, and the one that is there can be used.
    #[error(
        "台帳は壊れていないため、新しい台帳は作りませんでした。--new-ledger を付けずに実行してください"
    )]
    LedgerUsable,
    /// The month is locked.
    #[error(
        "{words}は {since} からロックされているため、何も送らず、何も書き出していません。\n\
         請求は翌月10日に締め切られます。そのあとに予定や実績を変えると、請求を直す手続きが必要です。\n\
         それでも直すときは、`rakuwing unlock --month {month}` でロックを外すか、今回だけ --override を付けてください"
    )]
    Locked {
        /// As it is typed.
        month: String,
        /// As it is read.
        words: String,
        /// Since when.
        since: String,
    },
    /// There is no such proposal.
    #[error("登録データ {0} はありません。先に --prepare で作ってください")]
    NoProposal(String),
    /// The proposal was used, and all of it was answered.
    #[error("登録データ {id} は、もう使われています。変わったものがあれば、もう一度作ってください")]
    ProposalUsed {
        /// Its number.
        id: i64,
    },
    /// The proposal was used, and the run stopped half-way.
    #[error(
        "登録データ {id} は、登録の途中で止まっています({left})。同じ登録データの続きは送れません。\n\
         `{command}` でもう一度作り直してください。届いていた内容は二重に送らず、残りだけを送ります"
    )]
    ProposalStopped {
        /// Its number.
        id: i64,
        /// How much is left.
        left: String,
        /// What to do.
        command: String,
    },
    /// A preview decides about something that there is nothing to decide about.
    #[error(
        "プレビュー `{preview}` の一覧の{row}行目には、判断することがありません。判断を消すか、作り直してください。何も送っていません"
    )]
    NothingToDecide {
        /// The workbook.
        preview: PathBuf,
        /// The row, as the clerk counts.
        row: u32,
    },
    /// More months would be emptied than the settings allow.
    #[error(
        "今回のデータにない利用者が{count}人います。一度に予定を空にしてよいのは{limit}人まで(設定 removals_limit)なので、何も送っていません。\n\
         書き出しの条件(対象年月や事業所)を確かめてください。だれかは `{preview}` で見られます"
    )]
    TooManyRemovals {
        /// How many.
        count: usize,
        /// How many are allowed.
        limit: usize,
        /// The workbook that says who.
        preview: PathBuf,
    },
    /// What the proposal was made from has changed.
    #[error(
        "登録データ {id} を作ったあとに変わったものがあるため、何も送っていません。\n{moved}\nもう一度作り直してください"
    )]
    ProposalStale {
        /// Its number.
        id: i64,
        /// What moved, a line each.
        moved: String,
    },
    /// Care-wing hands out nothing for the month.
    #[error(
        "{} の承認された実績が一件もありません。Care-wing で承認してから、もう一度取得してください。\n{}{}",
        month,
        waiting_in_words(*waiting),
        written_in_words(written.as_deref())
    )]
    NothingApproved {
        /// The month, in words.
        month: String,
        /// How many visits wait for somebody to approve them.
        waiting: u64,
        /// The month as it is typed, where there was something earlier, and was written.
        written: Option<String>,
    },
}

/// What was written earlier is of actuals that are none any more.
fn written_in_words(written: Option<&str>) -> String {
    if let Some(month) = written {
        format!(
            "\n前に書き出したファイル(outbox)は、もうCare-wingの実績と合いません。取り込んだり渡したりしないでください。\
             実績がなくなったのなら、`rakuwing actuals --month {month} --deletions` で、前のファイルを archive に移し、\
             居宅支援事業所への削除のファイルを書き出します"
        )
    } else {
        String::new()
    }
}

fn waiting_in_words(visits: u64) -> String {
    match visits {
        0 => "承認を待つ訪問の記録も、まだ一件もありません".to_owned(),
        visits => {
            format!("承認を待つ訪問は{visits}件です。だれのものかは `rakuwing status` で見られます")
        }
    }
}

impl From<CheckError> for Error {
    fn from(error: CheckError) -> Self {
        match error {
            CheckError::Imbalance(imbalance) => imbalance.into(),
            CheckError::Disk(error) => error.into(),
        }
    }
}

impl Error {
    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) => Exit::Usage,
            Self::Refused(_) | Self::Decisions(_) => Exit::Refused,
            Self::NotConnected(_) => Exit::Key,
            Self::Service(error) => match error {
                ServiceError::KeyRefused | ServiceError::DeviceRefused => Exit::Key,
                ServiceError::ForeignBasicData => Exit::Refused,
                ServiceError::Unreachable { .. }
                | ServiceError::Overrun { .. }
                | ServiceError::Unforeseen { .. }
                | ServiceError::Unsteady { .. } => Exit::Service,
                ServiceError::Stopped(_) => Exit::Stopped,
                ServiceError::Address(_) | ServiceError::Disk(_) => Exit::Unreadable,
            },
            Self::Stopped(_) => Exit::Stopped,
            Self::Imbalance(_) => Exit::Bug,
            Self::Settings(_)
            | Self::Tables(_)
            | Self::Read(_)
            | Self::Codes(_)
            | Self::NothingToRead { .. }
            | Self::NothingUsable { .. }
            | Self::Unusable(_)
            | Self::Disk(_)
            | Self::Key(_)
            | Self::Output(_)
            | Self::Ledger(_)
            | Self::Report(_) => Exit::Unreadable,
        }
    }
}
