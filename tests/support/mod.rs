//! An office folder, a machine, the stand-in service, and the real program between them.
//!
//! Plumbing only: what goes in and what is expected stands in the tests.

#![allow(
    dead_code,
    reason = "every file of tests compiles this anew and uses its own part of it"
)]

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use encoding_rs::SHIFT_JIS;
use rakuwing::disk;
use rakuwing::error::{Error, Refusal};
use rakuwing::sandbox::{self, Mischief, Options, Recorded, Running};
use rusqlite::{Connection, OpenFlags};
use serde_json::Value as Json;
use tempfile::TempDir;

/// The key that the stand-in service lets in.
pub(crate) const KEY: &str = "canary-key-5d81b7e2";
/// The office that works here.
pub(crate) const OWN_OFFICE: &str = "1370100016";

/// Nothing here depends on speed; this only ends a test that waits in vain.
const DEADLINE: Duration = Duration::from_mins(10);

/// A desk in an office: a folder, a machine's key store, and a service to talk to.
pub(crate) struct Desk {
    root: TempDir,
    pub(crate) sandbox: Running,
}

/// An address on this machine where nobody listens. A connection that goes out from the port
/// keeps everybody else off it as long as this lives.
pub(crate) struct Nowhere {
    _peer: TcpListener,
    going_out: TcpStream,
}

impl Nowhere {
    pub(crate) fn new() -> Self {
        let peer = TcpListener::bind("127.0.0.1:0").unwrap();
        let going_out = TcpStream::connect(peer.local_addr().unwrap()).unwrap();
        Self {
            _peer: peer,
            going_out,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.going_out.local_addr().unwrap())
    }
}

/// How a process ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// `None` where a signal ended it.
    pub(crate) exit: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Desk {
    /// A connected folder; two items a batch, one batch at a time, two attempts a call.
    pub(crate) fn new(options: Options) -> Self {
        let desk = Self::unconnected(options);
        let ended = desk.connect(KEY);
        assert_eq!(ended.exit, Some(0), "{ended:?}");
        desk
    }

    /// A folder with settings, not connected yet.
    pub(crate) fn unconnected(options: Options) -> Self {
        let options = Options {
            key: KEY.to_owned(),
            ..options
        };
        let desk = Self {
            root: tempfile::tempdir().unwrap(),
            sandbox: sandbox::start(options).unwrap(),
        };
        let ended = desk.run("init");
        assert_eq!(ended.exit, Some(0), "{ended:?}");
        desk.set("numbers = []", &format!("numbers = [\"{OWN_OFFICE}\"]"));
        desk.set("http://127.0.0.1:8765", &desk.sandbox.url());
        desk.set("batch = 50", "batch = 2");
        desk.set("attempts = 5", "attempts = 2");
        desk.set("parallel = 2", "parallel = 1");
        desk
    }

    /// The office folder.
    pub(crate) fn office(&self) -> PathBuf {
        self.root.path().join("office")
    }

    /// What is `RAKUWING_HOME` on this machine.
    pub(crate) fn machine(&self) -> PathBuf {
        self.root.path().join("machine")
    }

    /// Replaces a piece of the settings, which must be there.
    pub(crate) fn set(&self, from: &str, to: &str) {
        let path = self.office().join("rakuwing.toml");
        let text = String::from_utf8(disk::read(&path).unwrap()).unwrap();
        assert!(text.contains(from), "no `{from}` in the settings");
        disk::write(&path, text.replace(from, to).as_bytes()).unwrap();
    }

    /// A run tries again until the service behaves, however long this process lets it wait.
    pub(crate) fn never_gives_up(&self) {
        self.set("attempts = 2", "attempts = 1000000");
        self.set("retries = 100", "retries = 1000000");
    }

    /// Puts a file into the inbox as Windows would write it: CP932, CRLF.
    pub(crate) fn put(&self, name: &str, text: &str) {
        let text = text.replace('\n', "\r\n");
        let (bytes, _, lossy) = SHIFT_JIS.encode(&text);
        assert!(!lossy, "`{name}` does not fit CP932");
        disk::write(&self.office().join("inbox").join(name), &bytes).unwrap();
    }

    /// Puts a file anywhere into the office folder, byte for byte.
    pub(crate) fn put_bytes(&self, name: &str, bytes: &[u8]) {
        let path = self.office().join(name);
        disk::make_folder(path.parent().unwrap()).unwrap();
        disk::write(&path, bytes).unwrap();
    }

    /// The names of the files in one of the folders of the office.
    pub(crate) fn files(&self, folder: &str) -> Vec<String> {
        let files = disk::files(&self.office().join(folder)).unwrap();
        let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
        files.iter().map(name).collect()
    }

    /// The program with this machine's key store, about to run in the office folder.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        command_on(&self.machine(), &self.office(), arguments)
    }

    /// Runs a command line to its end; words are split at spaces.
    pub(crate) fn run(&self, arguments: &str) -> Ended {
        end(&mut self.command(arguments))
    }

    /// The same on another day than this one.
    #[allow(dead_code, reason = "not every test program turns the clock")]
    pub(crate) fn run_on(&self, day: &str, arguments: &str) -> Ended {
        let moment = format!("{day}T09:00:00+09:00");
        end(self.command(arguments).env("RAKUWING_CLOCK", moment))
    }

    /// Runs `connect` with a key.
    pub(crate) fn connect(&self, key: &str) -> Ended {
        end(self.command("connect").env("RAKUWING_API_KEY", key))
    }

    /// Starts a command line and does not wait for it.
    pub(crate) fn start(&self, arguments: &str) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    }

    /// The batches that have arrived at the service so far.
    pub(crate) fn posts(&self) -> Vec<Recorded> {
        let mut calls = self.sandbox.requests();
        calls.retain(|call| call.method == "POST");
        calls
    }

    /// The service behaves from now on.
    pub(crate) fn behave(&self) {
        self.sandbox.set_mischief(Mischief::default());
    }

    /// The ledger, to look at.
    pub(crate) fn ledger(&self) -> Connection {
        let path = self.office().join(".rakuwing/ledger.sqlite");
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
    }

    /// How many sendings the ledger has in a state.
    pub(crate) fn sendings(&self, state: &str) -> usize {
        let count = "SELECT count(*) FROM sendings WHERE state = ?1";
        let count: i64 = self
            .ledger()
            .query_row(count, [state], |row| row.get(0))
            .unwrap();
        usize::try_from(count).unwrap()
    }
}

impl Ended {
    /// The one JSON object on the standard output.
    pub(crate) fn json(&self) -> Json {
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// Everything that was printed.
    pub(crate) fn words(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

/// The program on some machine, in some folder, with nobody in front of it.
pub(crate) fn command_on(machine: &Path, office: &Path, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rakuwing"));
    command
        .arg("--office")
        .arg(office)
        .args(arguments.split_whitespace())
        .env("RAKUWING_HOME", machine)
        .env_remove("RAKUWING_API_KEY")
        .env_remove(rakuwing::cli::CLOCK)
        .env("NO_PROXY", "127.0.0.1")
        // Sentences are looked for whole; `tests/screen.rs` looks at how they are broken.
        .env("COLUMNS", "1000")
        .stdin(Stdio::null());
    if arguments == "init" {
        disk::make_folder(office).unwrap();
    }
    command
}

/// Runs a command to its end.
pub(crate) fn end(command: &mut Command) -> Ended {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    // Commands are looked for as they are typed within the office; `tests/screen.rs` looks at
    // how they are typed elsewhere.
    let office = command.get_args().nth(1).unwrap_or_default();
    let elsewhere = format!("`rakuwing --office {} ", office.display());
    let words = |bytes| {
        let text = String::from_utf8(bytes).unwrap();
        text.replace(&elsewhere, "`rakuwing ")
    };
    Ended {
        exit: status.code(),
        stdout: words(stdout),
        stderr: words(stderr),
    }
}

/// Says something that is seen where a test passes, too.
pub(crate) fn say(line: &str) {
    // What a macro prints is kept back.
    let line = format!("{line}\n");
    io::stderr().write_all(line.as_bytes()).unwrap();
}

/// Opens a folder in this process. A process that another thread is about to start holds all
/// locks of this one for a moment, between its fork and its exec, so that "busy" may be over at
/// once.
pub(crate) fn unless_busy<T>(open: impl Fn() -> Result<T, Box<Error>>) -> Result<T, Box<Error>> {
    let begin = Instant::now();
    loop {
        let opened = open();
        let busy = matches!(
            opened.as_ref().map_err(|error| &**error),
            Err(Error::Refused(Refusal::Busy(_)))
        );
        if !busy || begin.elapsed() > DEADLINE {
            return opened;
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Waits until something is so.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < DEADLINE, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Every file below a folder.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = disk::files(folder).unwrap();
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        }
    }
    files
}

/// Copies a folder with everything in it.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    for file in files_below(from) {
        let copy = to.join(file.strip_prefix(from).unwrap());
        disk::make_folder(copy.parent().unwrap()).unwrap();
        disk::write(&copy, &disk::read(&file).unwrap()).unwrap();
    }
}

/// The text of a month's plan: each line is the eight leading cells and the days with a visit.
pub(crate) fn grid(lines: &[(&str, &[usize])]) -> String {
    let mut text =
        "対象年月,事業所番号,保険者番号,被保険者番号,氏名,サービスコード,開始時刻,終了時刻"
            .to_owned();
    for day in 1..=31 {
        let _ = write!(text, ",予定{day}");
    }
    text.push('\n');
    for (cells, days) in lines {
        text.push_str(cells);
        for day in 1..=31 {
            text.push_str(if days.contains(&day) { ",1" } else { "," });
        }
        text.push('\n');
    }
    text
}
