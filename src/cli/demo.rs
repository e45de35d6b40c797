//! The whole loop in one command: shipped files of invented people, an embedded service.
//!
//! The demo runs the same jobs that a clerk runs, over a real socket on loopback. A second
//! run over the same folder finds everything as it left it and sends nothing.

use std::path::Path;
use std::sync::Arc;

use crate::disk;
use crate::error::{Error, Exit};
use crate::jobs::connect::Machine;
use crate::jobs::{
    Clerk, Consent, Folder, Office, Options, Outcome, Summary, actuals, basics, connect, plan,
};
use crate::model::YearMonth;
use crate::sandbox::{self, Play, Running};
use crate::service::{ApiKey, KeyStore};
use crate::settings;

use super::Surroundings;
use super::screen::Screen;

/// The shipped files, and the names they have in the inbox.
const FILES: [(&str, &[u8]); 3] = [
    (
        "居宅支援事業所一覧.csv",
        include_bytes!("../../fixtures/demo/care_offices.csv"),
    ),
    (
        "利用者一覧.csv",
        include_bytes!("../../fixtures/demo/clients.csv"),
    ),
    (
        "月間ケアプラン_202610.csv",
        include_bytes!("../../fixtures/demo/plan.csv"),
    ),
];
/// The office of the shipped files.
const OFFICE: &str = "1370100016";
/// The month of the shipped files.
const MONTH: (i32, u32) = (2026, 10);
/// The key of the embedded service.
const KEY: &str = "demo-key";
/// Decides how the embedded service plays helpers and manager.
const SEED: u64 = 20_261_001;

/// Says yes, and shows what a clerk would be shown.
struct Stand<'s>(&'s mut Screen);

impl Clerk for Stand<'_> {
    fn show(&mut self, summary: &Summary) {
        self.0.show(summary);
    }

    fn agrees(&mut self, _question: &str) -> Option<bool> {
        Some(true)
    }

    fn note(&mut self, text: &str) {
        self.0.note(text);
    }
}

/// Plays the whole loop in a folder.
pub fn demo(root: &Path, surroundings: &Surroundings, screen: &mut Screen) -> Result<Exit, Error> {
    let month = YearMonth::new(MONTH.0, MONTH.1).expect("the shipped month is a month");
    let folder = Folder::at(root);
    screen.line("練習用のデータ(架空の人だけ)で、全体の流れを試します。");

    heading(screen, 1, "事業所フォルダーを作る");
    make(&folder)?;
    screen.line(format_args!("フォルダー: {}", root.display()));

    heading(screen, 2, "練習用の Care-wing を始め、接続設定をする");
    let service = start(&folder)?;
    let keys = KeyStore::new(surroundings.keys.clone());
    let mut office = Office::open(folder, keys, Arc::clone(&surroundings.clock), "demo")?;
    office.settings.address = service.url();
    let key = ApiKey::new(KEY).expect("the demo's key is a key");
    connect::connect(&office, &key, Machine::Bound)?;
    screen.line("接続できました。このパソコンが親機です。");

    heading(screen, 3, "基本情報の登録");
    let options = Options {
        add_ons: office.settings.add_ons,
        mark: office.settings.mark,
        keep: None,
        allow_removals: 0,
        deletions: false,
        use_file: None,
    };
    let first = basics::basics(
        &mut office,
        options.clone(),
        Consent::Given,
        &mut Stand(screen),
    )?;
    told(screen, &first);

    heading(screen, 4, "月間ケアプランの登録");
    let second = plan::plan(
        &mut office,
        month,
        options.clone(),
        Consent::Given,
        &mut Stand(screen),
    )?;
    told(screen, &second);

    heading(
        screen,
        5,
        "ヘルパーが訪問し、責任者が承認する(練習用サービスがまねます)",
    );
    let played = service
        .play(&month.to_string(), Play::Lifelike)
        .map_err(|error| Error::Usage(format!("練習用サービス: {error}")))?;
    screen.line(format_args!(
        "予定 {}回、訪問なし {}回、予定外 {}回、未承認 {}回",
        played.planned, played.missed, played.unplanned, played.unapproved
    ));

    heading(screen, 6, "実績の取得");
    let third = actuals::actuals(
        &mut office,
        month,
        options,
        Consent::Given,
        &mut Stand(screen),
    )?;
    told(screen, &third);

    screen.line("");
    screen.line("以上です。エラー一覧を Excel で開くと、保留した行の直し方が分かります。");
    screen.line("同じフォルダーでもう一度実行すると、登録済みなので何も送りません。");
    screen.steps(&[first, second, third], None, Exit::Clean);
    Ok(Exit::Clean)
}

fn heading(screen: &mut Screen, number: u32, title: &str) {
    screen.line("");
    screen.line(format_args!("■ {number}. {title}"));
}

fn told(screen: &mut Screen, outcome: &Outcome) {
    screen.account(outcome);
    screen.line(format_args!(
        "→ {} {}件、変更なし {}件、この段階の終了コード {}",
        // What a retrieval counts is lines of a file, and none of them was sent.
        if outcome.written.is_empty() {
            "送った"
        } else {
            "書き出した"
        },
        outcome.sent,
        outcome.unchanged,
        outcome.exit_code
    ));
}

/// Makes the folder, its settings, and puts the shipped files into the inbox.
fn make(folder: &Folder) -> Result<(), Error> {
    if !disk::exists(&folder.settings()) {
        disk::make_folder(folder.root())?;
        let written = settings::TEMPLATE
            .replace("numbers = []", &format!("numbers = [\"{OFFICE}\"]"))
            .replace("name = \"\"", "name = \"みほん訪問介護\"");
        disk::write(&folder.settings(), written.as_bytes())?;
    }
    folder.make()?;
    for (name, bytes) in FILES {
        disk::write(&folder.inbox().join(name), bytes)?;
    }
    Ok(())
}

/// Starts the embedded service; what it holds is kept beside the office folder's files, so
/// that a second run meets the same service.
fn start(folder: &Folder) -> Result<Running, Error> {
    let options = sandbox::Options {
        seed: SEED,
        key: KEY.to_owned(),
        offices: vec![OFFICE.to_owned()],
        state_dir: Some(folder.root().join("練習用サービス")),
        ..sandbox::Options::default()
    };
    sandbox::start(options)
        .map_err(|error| Error::Usage(format!("練習用サービスを始められません: {error}")))
}
