//! A thousand offices in one folder: a grid file for each of them, all in the inbox, and a
//! practice service that knows their clients and holds their month already.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::{Duration, Instant};

use encoding_rs::SHIFT_JIS;
use rakuwing::clock::SystemClock;
use rakuwing::disk;
use rakuwing::jobs::connect::{self, Machine};
use rakuwing::jobs::{Clerk, Consent, Folder, Office, Options, Summary, basics, inbox, plan};
use rakuwing::model::{AddOns, Mark, OfficeNumber, YearMonth};
use rakuwing::sandbox::{self, Running};
use rakuwing::service::{ApiKey, KeyStore};
use rakuwing::settings;
use serde_json::Value;
use tempfile::TempDir;

use super::plans::{self, Plans};

const KEY: &str = "sandbox-key";
const CLIENTS: usize = 20;

/// A folder in which the month of all offices was registered, and their files lie again.
pub(crate) struct Offices {
    numbers: Vec<OfficeNumber>,
    // In this order: the service goes before its folder.
    sandbox: Running,
    root: TempDir,
}

impl Offices {
    /// So many offices.
    pub(crate) fn registered(count: usize) -> Self {
        let numbers: Vec<OfficeNumber> = (0..count).map(plans::office).collect();
        let sandbox = sandbox::start(sandbox::Options {
            key: KEY.to_owned(),
            offices: numbers.iter().map(ToString::to_string).collect(),
            ..sandbox::Options::default()
        });
        let sandbox = sandbox.expect("a port is free");
        let offices = Self {
            root: tempfile::tempdir().expect("a temporary folder"),
            numbers,
            sandbox,
        };
        let folder = offices.folder();
        folder.make().expect("the folder can be written");
        let listed: Vec<String> = offices
            .numbers
            .iter()
            .map(|of| format!("\"{of}\""))
            .collect();
        let settings = settings::TEMPLATE
            .replace(
                "numbers = []",
                &format!("numbers = [{}]", listed.join(", ")),
            )
            .replace("http://127.0.0.1:8765", &offices.sandbox.url());
        disk::write(&folder.settings(), settings.as_bytes()).expect("a folder that can be written");
        let office = offices.open("connect");
        connect::connect(&office, &ApiKey::new(KEY).expect("a key"), Machine::Bound)
            .expect("the service answers");
        drop(office);

        offices.put("offices.csv", CARE_OFFICES);
        offices.put("clients.csv", &offices.clients());
        let mut office = offices.open("basics");
        let registered = basics::basics(&mut office, OPTIONS, Consent::Given, &mut Nobody);
        let registered = registered.expect("everything is right");
        assert_eq!(registered.sent, 1 + count * CLIENTS);
        drop(office);
        offices.put_grids();
        let mut office = offices.open("plan");
        let registered = plan::plan(&mut office, month(), OPTIONS, Consent::Given, &mut Nobody);
        let registered = registered.expect("everything is right");
        assert_eq!(registered.sent, count * CLIENTS);
        drop(office);
        offices.put_grids();
        offices
    }

    /// `rakuwing plan --prepare`, and how many clients' months it says are unchanged.
    pub(crate) fn prepare(&self) -> (Duration, usize) {
        let month = month().to_string();
        let arguments = ["plan", "--month", &month, "--prepare", "--json"];
        let (time, output) = run(self.command().args(arguments));
        let said: Value = serde_json::from_slice(&output.stdout).expect("an account");
        let unchanged = said["unchanged"].as_u64().expect("a count");
        (time, usize::try_from(unchanged).expect("a small count"))
    }

    /// `rakuwing convert -o` of the same files.
    pub(crate) fn convert(&self) -> Duration {
        let lines = self.root.path().join("lines.jsonl");
        let paths = inbox::files_in(&self.folder().inbox()).expect("the inbox can be read");
        let mut command = self.command();
        let (time, _) = run(command.args(["convert", "-o"]).arg(lines).args(paths));
        time
    }

    /// The same into a file that is never synced, and how many bytes the lines are.
    pub(crate) fn convert_unsynced(&self) -> (Duration, u64) {
        let lines = disk::scratch().expect("a temporary folder");
        let paths = inbox::files_in(&self.folder().inbox()).expect("the inbox can be read");
        let into = lines.try_clone().expect("a file");
        let (time, _) = run(self.command().arg("convert").args(paths).stdout(into));
        (time, lines.metadata().expect("a file").len())
    }

    /// The program, at work in the folder.
    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rakuwing"));
        command
            .env("RAKUWING_HOME", self.root.path().join("machine"))
            .env("NO_PROXY", "127.0.0.1")
            .current_dir(self.folder().root());
        command
    }

    fn open(&self, command: &str) -> Office {
        let keys = KeyStore::new(self.root.path().join("machine"));
        let opened = Office::open(self.folder(), keys, Arc::new(SystemClock), command);
        opened.expect("an office folder that nobody else has opened")
    }

    fn folder(&self) -> Folder {
        Folder::at(&self.root.path().join("office"))
    }

    fn put_grids(&self) {
        for (at, number) in self.numbers.iter().enumerate() {
            let plans = Plans {
                office: at,
                ..Plans::of(CLIENTS)
            };
            plans.write(&self.folder().inbox(), &format!("plan-{number}.csv"));
        }
    }

    fn put(&self, name: &str, text: &str) {
        let (bytes, ..) = SHIFT_JIS.encode(text);
        let path: PathBuf = self.folder().inbox().join(name);
        disk::jot(&path, &bytes).expect("the inbox can be written");
    }

    fn clients(&self) -> String {
        let mut text = "被保険者番号,保険者番号,氏名,生年月日,要介護度,認定有効期間開始日,\
                        認定有効期間終了日,居宅支援事業所番号\r\n"
            .to_owned();
        for client in 0..self.numbers.len() * CLIENTS {
            let _ = write!(
                text,
                "{client:010},131128,{},1937/3/4,要介護1,2026/4/1,2028/3/31,1370000018\r\n",
                plans::name(client)
            );
        }
        text
    }
}

/// Runs a command to its end.
fn run(command: &mut Command) -> (Duration, Output) {
    let begin = Instant::now();
    let output = command.output().expect("the program was built for this");
    let time = begin.elapsed();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    (time, output)
}

const CARE_OFFICES: &str = "事業所番号,事業所名,サービス種類\r\n1370000018,みほん居宅,43\r\n";

const OPTIONS: Options = Options {
    add_ons: AddOns::With,
    mark: Mark::Actual,
    keep: None,
    allow_removals: 0,
    deletions: false,
    use_file: None,
};

fn month() -> YearMonth {
    YearMonth::new(2026, 10).expect("a month")
}

/// Says nothing and is not asked.
struct Nobody;

impl Clerk for Nobody {
    fn show(&mut self, _summary: &Summary) {}

    fn agrees(&mut self, _question: &str) -> Option<bool> {
        None
    }

    fn note(&mut self, _text: &str) {}
}
