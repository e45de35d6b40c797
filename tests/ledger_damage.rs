//! A ledger that was damaged, cut, lost or rolled back: either it opens and everything goes
//! on as it should, or it is said what is wrong and nothing is sent.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test are a test as well"
)]

mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rakuwing::clock::{Clock, SystemClock};
use rakuwing::disk;
use rakuwing::error::{Error, Exit};
use rakuwing::jobs::{
    Clerk, Consent, Folder, Office, Options as Choices, Outcome, Summary, basics, register,
};
use rakuwing::ledger::Ledger;
use rakuwing::sandbox::{self, Collection, Fault, FaultKind, Mischief, Options, Recorded, Running};
use rakuwing::service::KeyStore;
use rusqlite::Connection;
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use support::{Desk, Ended, KEY, copy_folder, end, grid, say, unless_busy, until};

const OFFICES: &str = "\
事業所番号,事業所名,サービス種類
1370000018,みほん居宅,43
1370000026,ケアプラン桜,43
1300100037,見本地域包括,46
";

/// A list of clients with their care levels, by the last two digits of their numbers.
fn clients(levels: &[(u32, &str)]) -> String {
    let mut text = "被保険者番号,保険者番号,氏名,生年月日,要介護度,認定有効期間開始日,\
                    認定有効期間終了日,居宅支援事業所番号\n"
        .to_owned();
    for (number, level) in levels {
        let _ = writeln!(
            text,
            "00001000{number:02},131128,見本　{number}郎,1937/3/4,{level},2026/4/1,2028/3/31,1370000018"
        );
    }
    text
}

fn key(number: u32) -> String {
    format!("131128-00001000{number:02}")
}

/// Registered cleanly, in an earlier run.
const BEFORE: [(u32, &str); 6] = [
    (1, "要介護1"),
    (3, "要介護1"),
    (5, "要介護1"),
    (7, "要介護1"),
    (9, "要介護1"),
    (11, "要介護1"),
];
/// What the run that is killed registers: the even ones are new, the odd ones from 3 on have
/// another level. Eleven items leave in six batches: 2 and 3, 4 and 5, and so on.
const AFTER: [(u32, &str); 12] = [
    (1, "要介護1"),
    (2, "要介護1"),
    (3, "要介護2"),
    (4, "要介護1"),
    (5, "要介護2"),
    (6, "要介護1"),
    (7, "要介護2"),
    (8, "要介護1"),
    (9, "要介護2"),
    (10, "要介護1"),
    (11, "要介護2"),
    (12, "要介護1"),
];
/// It is killed when the third batch has taken effect and was not answered yet.
const LAST_EFFECT: u32 = 7;
/// What somebody at Care-wing edits after that: something that was not in the run, a new and
/// a changed item that were registered and entered, one that was registered and not
/// entered, and one that the run did not come to.
const EDITED: [u32; 5] = [1, 2, 3, 6, 9];
/// What is still to be sent: all that the run did not come to and nobody has edited.
const LEFT: [u32; 4] = [8, 10, 11, 12];

/// An office folder and the service behind it, as a killed registration has left them.
struct Wreck {
    root: TempDir,
    url: String,
    /// Another folder's ledger.
    another: Vec<u8>,
}

/// The files that are damaged, whole.
struct Whole {
    ledger: Vec<u8>,
    log: Vec<u8>,
    page: usize,
}

/// What stands in place of a file.
#[derive(Clone)]
enum Left {
    AsItWas,
    Nothing,
    Bytes(Vec<u8>),
}

use Left::{AsItWas, Bytes, Nothing};

/// One place where the folder is damaged.
struct Place {
    name: String,
    ledger: Left,
    log: Left,
    index: Left,
}

/// How the next command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Refused,
    WentOn,
}

const LEDGER: &str = ".rakuwing/ledger.sqlite";
const LOG: &str = ".rakuwing/ledger.sqlite-wal";
const INDEX: &str = ".rakuwing/ledger.sqlite-shm";

impl Wreck {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        let desk = Desk::new(Options {
            state_dir: Some(at("at work")),
            ..Options::default()
        });
        drop(Ledger::open(&at("another.sqlite")).unwrap());
        let another = disk::read(&at("another.sqlite")).unwrap();
        desk.put("offices.csv", OFFICES);
        desk.put("clients.csv", &clients(&BEFORE));
        assert_eq!(desk.run("basics --yes").exit, Some(0));
        desk.put("plan.csv", &plans());
        assert_eq!(desk.run("plan --month 2026-10 --yes").exit, Some(0));
        assert_eq!(desk.run("lock --month 2026-09").exit, Some(0));

        desk.put("clients.csv", &clients(&AFTER));
        let hang = Fault::new(FaultKind::HangAfterEffect).on("/batch").after(2);
        desk.sandbox.set_mischief(Mischief::of(hang));
        let mut process = desk.start("basics --yes");
        let last = (Collection::Clients, key(LAST_EFFECT));
        until("the third batch took effect", || {
            desk.sandbox.registrations()[&last] == 2
        });
        process.kill().unwrap();
        process.wait().unwrap();
        for number in EDITED {
            let (kind, phone) = (Collection::Clients, json!("09-9999-9999"));
            desk.sandbox
                .edit(kind, &key(number), "/phone", phone)
                .unwrap();
        }
        for name in [".rakuwing", "inbox"] {
            copy_folder(&desk.office().join(name), &at("office").join(name));
        }
        // What is left out is made anew; each place has its own copy of all this.
        let settings = disk::read(&desk.office().join("rakuwing.toml")).unwrap();
        disk::write(&at("office/rakuwing.toml"), &settings).unwrap();
        copy_folder(&desk.machine(), &at("machine"));
        copy_folder(&at("at work"), &at("service"));
        Self {
            url: desk.sandbox.url(),
            another,
            root,
        }
    }

    fn whole(&self) -> Whole {
        let read = |name: &str| disk::read(&self.root.path().join("office").join(name)).unwrap();
        let ledger = read(LEDGER);
        let page = usize::from(u16::from_be_bytes([ledger[16], ledger[17]]));
        Whole {
            log: read(LOG),
            ledger,
            page,
        }
    }

    /// Damages a copy of the folder, runs the next commands there, and looks at everything.
    fn try_out(&self, place: &Place, expected: Option<&Registered>) -> (Verdict, Registered) {
        let name = &place.name;
        let copy = tempfile::tempdir().unwrap();
        let (office, state) = (copy.path().join("office"), copy.path().join("service"));
        copy_folder(&self.root.path().join("office"), &office);
        copy_folder(&self.root.path().join("service"), &state);
        for (file, left) in [
            (LEDGER, &place.ledger),
            (LOG, &place.log),
            (INDEX, &place.index),
        ] {
            match left {
                AsItWas => {}
                Nothing => disk::remove(&office.join(file)).unwrap(),
                Bytes(bytes) => disk::write(&office.join(file), bytes).unwrap(),
            }
        }
        let service = sandbox::start(Options {
            key: KEY.to_owned(),
            state_dir: Some(state),
            ..Options::default()
        })
        .unwrap();
        let settings = office.join("rakuwing.toml");
        let text = String::from_utf8(disk::read(&settings).unwrap()).unwrap();
        let text = text.replace(&self.url, &service.url());
        disk::write(&settings, text.as_bytes()).unwrap();

        // Whoever looks leaves an empty log where there was none.
        let files = || {
            [LEDGER, LOG].map(|file| {
                let bytes = disk::read_if_there(&office.join(file)).unwrap();
                bytes.unwrap_or_default()
            })
        };
        let before = files();
        let looked = self.desk_at(&office, Office::look).map(drop);
        let verdict = match self.basics(&office) {
            Err(error) => {
                assert_refused(&error, name);
                assert_refused(&looked.unwrap_err(), name);
                assert_eq!(service.requests(), [], "{name}");
                assert!(files() == before, "{name}: what is left is evidence");
                Verdict::Refused
            }
            Ok(prepared) => {
                assert!(looked.is_ok(), "{name}: {looked:?}");
                self.goes_on(&office, &service, &prepared, name);
                Verdict::WentOn
            }
        };
        let registered = registered(&service);
        if let (Verdict::WentOn, Some(expected)) = (verdict, expected) {
            assert!(registered == *expected, "{name}: {registered:?}");
        }
        (verdict, registered)
    }

    /// The proposal was made; it is registered, and then nothing is left to be done.
    fn goes_on(&self, office: &Path, service: &Running, prepared: &Outcome, name: &str) {
        assert_eq!(posted(service), [] as [String; 0], "{name}");
        let sent = self.register(office).unwrap();
        assert_eq!(prepared.exit(), Exit::Withheld, "{name}");
        assert_eq!(sent.exit(), Exit::Withheld, "{name}: what was edited waits");
        let left: Vec<String> = LEFT.into_iter().map(key).collect();
        assert_eq!(posted(service), left, "{name}: nothing else, and once");
        assert_eq!(
            (sent.sent, sent.rejected),
            (LEFT.len(), EDITED.len()),
            "{name}"
        );
        let again = self.basics(office).unwrap();
        let same = AFTER.len() - EDITED.len();
        assert_eq!(again.unchanged, same, "{name}: nothing would be sent again");
        let ledger = Connection::open(office.join(LEDGER)).unwrap();
        let open = "SELECT count(*) FROM sendings WHERE state = 'intended'";
        let open: i64 = ledger.query_row(open, [], |row| row.get(0)).unwrap();
        assert_eq!(open, 0, "{name}: nobody waits for an answer");
    }

    fn basics(&self, office: &Path) -> Result<Outcome, Error> {
        let open = |folder, keys, clock| Office::open(folder, keys, clock, "basics");
        let mut office = self.desk_at(office, open)?;
        let choices = Choices {
            add_ons: office.settings.add_ons,
            mark: office.settings.mark,
            keep: None,
            allow_removals: 0,
            deletions: false,
            use_file: None,
        };
        basics::basics(&mut office, choices, Consent::PrepareOnly, &mut Nobody)
    }

    fn register(&self, office: &Path) -> Result<Outcome, Error> {
        let open = |folder, keys, clock| Office::open(folder, keys, clock, "register");
        register::register(&mut self.desk_at(office, open)?, None, None, &mut Nobody)
    }

    fn desk_at(
        &self,
        office: &Path,
        open: impl Fn(Folder, KeyStore, Arc<dyn Clock>) -> Result<Office, Error>,
    ) -> Result<Office, Error> {
        unless_busy(|| {
            let keys = KeyStore::new(self.root.path().join("machine"));
            Ok(open(Folder::at(office), keys, Arc::new(SystemClock))?)
        })
        .map_err(|error| *error)
    }
}

fn plans() -> String {
    let line =
        |number: u32| format!("2026/10,1370100016,131128,00001000{number:02},,111111,9:00,9:30");
    let lines: Vec<String> = BEFORE.iter().map(|(number, _)| line(*number)).collect();
    let lines: Vec<(&str, &[usize])> = lines
        .iter()
        .map(|line| (&**line, &[1, 8, 15][..]))
        .collect();
    grid(&lines)
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

/// What the service holds, with how often each was registered.
type Registered = BTreeMap<(Collection, String), (Json, u32)>;

fn registered(service: &Running) -> Registered {
    let mut registered = BTreeMap::new();
    let counts = service.registrations();
    for kind in [Collection::CareOffices, Collection::Clients] {
        for held in service.held(kind) {
            let key = (kind, held.key);
            let count = counts[&key];
            registered.insert(key, (held.item, count));
        }
    }
    registered
}

/// The keys of all that has arrived in batches.
fn posted(service: &Running) -> Vec<String> {
    let mut calls = service.requests();
    calls.retain(|call: &Recorded| call.method == "POST");
    let mut keys = Vec::new();
    for call in calls {
        for item in call.body.unwrap()["items"].as_array().unwrap() {
            let number = |name: &str| item[name].as_str().unwrap().to_owned();
            keys.push(format!(
                "{}-{}",
                number("insurer_number"),
                number("insured_number")
            ));
        }
    }
    keys.sort();
    keys
}

fn assert_refused(error: &Error, name: &str) {
    let told = error.to_string();
    assert_eq!(error.exit(), Exit::Unreadable, "{name}: {told}");
    assert!(matches!(error, Error::Ledger(_)), "{name}: {told}");
    for word in [
        "ledger.sqlite` ",
        "何も送っていません",
        "控え",
        "rakuwing connect --new-ledger",
    ] {
        assert!(told.contains(word), "{name}: {told}");
    }
}

// The log (`-wal`): a header, then frames of a header and a page each.
const LOG_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

impl Whole {
    fn pages(&self) -> usize {
        self.ledger.len() / self.page
    }

    fn frame(&self) -> usize {
        FRAME_HEADER + self.page
    }

    fn frames(&self) -> usize {
        (self.log.len() - LOG_HEADER) / self.frame()
    }

    /// The ledger when some of the log was already written into it.
    fn with_frames(&self, count: usize) -> Vec<u8> {
        let mut ledger = self.ledger.clone();
        for frame in self.log[LOG_HEADER..]
            .chunks_exact(self.frame())
            .take(count)
        {
            let number = u32::from_be_bytes(frame[..4].try_into().unwrap());
            let at = (usize::try_from(number).unwrap() - 1) * self.page;
            ledger.resize(ledger.len().max(at + self.page), 0);
            ledger[at..at + self.page].copy_from_slice(&frame[FRAME_HEADER..]);
        }
        ledger
    }
}

/// Lengths around every page, and in the header of the file.
fn ledger_cuts(whole: &Whole) -> Vec<usize> {
    let mut cuts = vec![0, 1, 15, 16, 20, 60, 99, 100, 101, 512];
    for page in 1..=whole.pages() {
        let end = page * whole.page;
        cuts.extend([end - whole.page / 2, end - 1, end]);
    }
    cuts.retain(|cut| *cut < whole.ledger.len());
    cuts
}

/// Lengths around frames, and in the header of the log.
fn log_cuts(whole: &Whole) -> Vec<usize> {
    let mut cuts = vec![1, 16, LOG_HEADER - 1];
    for frame in 0..whole.frames() {
        let begin = LOG_HEADER + frame * whole.frame();
        cuts.push(begin);
        match frame % 6 {
            0 => cuts.push(begin + 10),
            2 => cuts.push(begin + FRAME_HEADER),
            4 => cuts.push(begin + whole.frame() - 1),
            _ => {}
        }
    }
    cuts.retain(|cut| *cut < whole.log.len());
    cuts
}

fn places(whole: &Whole, another: &[u8]) -> Vec<Place> {
    let mut places = Vec::new();
    let mut put = |name: String, ledger: Left, log: Left, index: Left| {
        places.push(Place {
            name,
            ledger,
            log,
            index,
        });
    };
    let cut = |bytes: &[u8], length: usize| Bytes(bytes[..length].to_vec());
    let zeros = |bytes: &[u8], from: usize, length: usize| {
        let mut bytes = bytes.to_vec();
        bytes[from..from + length].fill(0);
        Bytes(bytes)
    };

    put("no ledger".to_owned(), Nothing, AsItWas, AsItWas);
    put("no ledger, no log".to_owned(), Nothing, Nothing, Nothing);
    let other = || Bytes(another.to_vec());
    put("another ledger".to_owned(), other(), Nothing, Nothing);
    put(
        "another ledger, our log".to_owned(),
        other(),
        AsItWas,
        AsItWas,
    );
    let garbage = |length| Bytes((0..=250_u8).cycle().take(length).collect());
    put(
        "no ledger but garbage".to_owned(),
        garbage(9000),
        AsItWas,
        AsItWas,
    );
    for (number, at) in ledger_cuts(whole).into_iter().enumerate() {
        let name = format!("ledger cut at {at}");
        put(
            format!("{name}, no log"),
            cut(&whole.ledger, at),
            Nothing,
            Nothing,
        );
        if number % 3 == 0 || at < whole.page {
            put(name, cut(&whole.ledger, at), AsItWas, AsItWas);
        }
    }
    for page in 0..whole.pages() {
        let page_of_zeros = zeros(&whole.ledger, page * whole.page, whole.page);
        let name = format!("page {page} of zeros");
        put(
            format!("{name}, no log"),
            page_of_zeros.clone(),
            Nothing,
            Nothing,
        );
        if page % 3 == 0 {
            put(name, page_of_zeros, AsItWas, AsItWas);
        }
    }

    put("no log".to_owned(), AsItWas, Nothing, Nothing);
    put("no log, index stays".to_owned(), AsItWas, Nothing, AsItWas);
    put("empty log".to_owned(), AsItWas, Bytes(Vec::new()), AsItWas);
    put(
        "log of garbage".to_owned(),
        AsItWas,
        garbage(whole.log.len()),
        AsItWas,
    );
    put("no index".to_owned(), AsItWas, AsItWas, Nothing);
    put(
        "empty index".to_owned(),
        AsItWas,
        AsItWas,
        Bytes(Vec::new()),
    );
    put("short index".to_owned(), AsItWas, AsItWas, garbage(100));
    put(
        "index of garbage".to_owned(),
        AsItWas,
        AsItWas,
        garbage(32768),
    );
    put(
        "no log, index of garbage".to_owned(),
        AsItWas,
        Nothing,
        garbage(32768),
    );
    for at in log_cuts(whole) {
        put(
            format!("log cut at {at}"),
            AsItWas,
            cut(&whole.log, at),
            Nothing,
        );
    }
    for frame in (0..whole.frames()).step_by(4) {
        let begin = LOG_HEADER + frame * whole.frame();
        let log = zeros(&whole.log, begin + FRAME_HEADER, whole.page);
        put(format!("frame {frame} of zeros"), AsItWas, log, Nothing);
    }
    // Killed while the log was being written into the ledger, and then the log was lost.
    for frames in (1..=whole.frames()).step_by(3) {
        let ledger = Bytes(whole.with_frames(frames));
        put(
            format!("{frames} frames written, no log"),
            ledger,
            Nothing,
            Nothing,
        );
    }
    for page in (2..whole.pages()).step_by(6) {
        let name = format!("ledger cut after page {page}, log after frame {page}");
        let log = cut(
            &whole.log,
            LOG_HEADER + whole.frame() * page.min(whole.frames()),
        );
        put(name, cut(&whole.ledger, page * whole.page), log, Nothing);
    }
    places
}

#[test]
fn a_damaged_ledger_is_refused_or_everything_goes_on_and_nothing_is_sent_twice() {
    let wreck = Wreck::new();
    let whole = wreck.whole();
    assert_eq!(whole.log.len() % whole.frame(), LOG_HEADER);
    let unharmed = Place {
        name: "nothing is damaged".to_owned(),
        ledger: AsItWas,
        log: AsItWas,
        index: AsItWas,
    };
    let (verdict, expected) = wreck.try_out(&unharmed, None);
    assert_eq!(verdict, Verdict::WentOn);
    for (number, _) in AFTER {
        let (item, times) = &expected[&(Collection::Clients, key(number))];
        let edited = EDITED.contains(&number);
        assert_eq!(item["phone"] == "09-9999-9999", edited, "{number}");
        let changed = number % 2 == 1 && ![1, 9].contains(&number);
        assert_eq!(*times, if changed { 2 } else { 1 }, "{number}");
    }

    let places = places(&whole, &wreck.another);
    let (next, went_on) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(place) = places.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (verdict, _) = wreck.try_out(place, Some(&expected));
                    if verdict == Verdict::WentOn {
                        went_on.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let went_on = went_on.into_inner();
    let refused = places.len() - went_on;
    say(&format!(
        "The ledger was damaged at {} places in {} pages and {} frames: {went_on} opened, {refused} refused",
        places.len(),
        whole.pages(),
        whole.frames()
    ));
    assert!(places.len() >= 60 && went_on > 0 && refused > 0);
}

// By hand, as a clerk meets it.

/// A desk with basic data registered, a month locked, and the same exports in the inbox again.
fn desk() -> Desk {
    let desk = Desk::new(Options::default());
    desk.put("offices.csv", OFFICES);
    desk.put("clients.csv", &clients(&BEFORE));
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    assert_eq!(desk.run("lock --month 2026-09").exit, Some(0));
    desk.put("offices.csv", OFFICES);
    desk.put("clients.csv", &clients(&BEFORE));
    desk
}

fn connect_anew(desk: &Desk) -> Ended {
    let mut command = desk.command("connect --new-ledger");
    end(command.env("RAKUWING_API_KEY", KEY))
}

fn ledger_files(desk: &Desk) -> Vec<String> {
    let mut names = desk.files(".rakuwing");
    names.retain(|name| name.starts_with("ledger"));
    names
}

#[test]
fn a_ledger_that_is_gone_is_said_by_every_command_and_nothing_is_asked() {
    for left in [Nothing, Bytes(Vec::new())] {
        let desk = desk();
        let calls = desk.sandbox.requests().len();
        let ledger = desk.office().join(LEDGER);
        match &left {
            Bytes(bytes) => disk::write(&ledger, bytes).unwrap(),
            Nothing | AsItWas => disk::remove(&ledger).unwrap(),
        }
        for arguments in [
            "basics --yes",
            "plan --month 2026-10 --yes",
            "actuals --month 2026-10 --yes",
            "run --month 2026-10 --yes",
            "register",
            "check",
            "lock",
            "lock --month 2026-10",
            "connect",
        ] {
            let ended = desk.run(arguments);
            assert_eq!(ended.exit, Some(7), "{arguments}: {ended:?}");
            for word in [
                "中身がなくなっています",
                "何も送っていません",
                "控え",
                "rakuwing connect --new-ledger",
            ] {
                assert!(ended.stderr.contains(word), "{arguments}: {ended:?}");
            }
        }
        assert_eq!(desk.sandbox.requests().len(), calls);
        assert_eq!(disk::exists(&ledger), matches!(left, Bytes(_)));
    }
}

#[test]
fn without_a_copy_a_new_ledger_is_begun_and_nothing_is_sent_twice() {
    let desk = desk();
    let (kind, edited) = (Collection::Clients, key(3));
    desk.sandbox
        .edit(kind, &edited, "/phone", json!("09-9999-9999"))
        .unwrap();
    let ledger = desk.office().join(LEDGER);
    let damaged = disk::read(&ledger).unwrap()[..5000].to_vec();
    disk::write(&ledger, &damaged).unwrap();
    let posts = desk.posts().len();
    assert_eq!(desk.run("basics --yes").exit, Some(7));

    let ended = connect_anew(&desk);
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    let names = ledger_files(&desk);
    let [aside, id] = [".sqlite", ".id"].map(|ending| {
        let mut dated = names.iter().filter(|name| name.starts_with("ledger-20"));
        dated.find(|name| name.ends_with(ending)).unwrap()
    });
    assert_eq!(aside.strip_suffix(".sqlite"), id.strip_suffix(".id"));
    assert!(ended.stdout.contains(&**aside), "{ended:?}");
    assert!(ended.stdout.contains("もう一度 lock"), "{ended:?}");
    let kept = desk.office().join(".rakuwing").join(aside);
    assert_eq!(disk::read(&kept).unwrap(), damaged);

    let ended = desk.run("--json basics --yes");
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    let object = ended.json();
    assert_eq!(
        (&object["sent"], &object["rejected"]),
        (&json!(0), &json!(1))
    );
    assert_eq!(desk.posts().len(), posts);
    assert!(desk.run("lock").stdout.contains("ロックした月はありません"));
    // What is held just so is remembered again: a change of ours goes out unasked.
    desk.put(
        "clients.csv",
        &clients(&BEFORE).replace("要介護1", "要介護4"),
    );
    let ended = desk.run("--json basics --yes");
    assert_eq!(ended.json()["sent"], json!(BEFORE.len() - 1), "{ended:?}");
}

#[test]
fn a_ledger_that_can_be_used_is_not_given_up() {
    let desk = desk();
    let before = ledger_files(&desk);
    let ended = connect_anew(&desk);
    assert_eq!(ended.exit, Some(4), "{ended:?}");
    assert!(ended.stderr.contains("壊れていない"), "{ended:?}");
    assert_eq!(ledger_files(&desk), before);
    assert!(desk.run("lock").stdout.contains("2026年9月"));
}

#[test]
fn the_ledger_of_another_folder_is_refused() {
    let (desk, other) = (desk(), desk());
    let ledger = desk.office().join(LEDGER);
    let own = disk::read(&ledger).unwrap();
    let foreign = disk::read(&other.office().join(LEDGER)).unwrap();
    disk::write(&ledger, &foreign).unwrap();
    let calls = desk.sandbox.requests().len();
    for arguments in ["basics --yes", "check", "lock"] {
        let ended = desk.run(arguments);
        assert_eq!(ended.exit, Some(7), "{arguments}: {ended:?}");
        assert!(
            ended.stderr.contains("このフォルダーの台帳ではありません"),
            "{ended:?}"
        );
    }
    assert_eq!(desk.sandbox.requests().len(), calls);
    disk::write(&ledger, &own).unwrap();
    assert_eq!(desk.run("basics --yes").exit, Some(0));
}

const NOTE: &str = ".rakuwing/ledger-stamp";

#[test]
fn a_ledger_that_was_left_in_order_and_damaged_since_is_refused() {
    let desk = desk();
    assert!(disk::exists(&desk.office().join(NOTE)));
    let ledger = desk.office().join(LEDGER);
    let whole = disk::read(&ledger).unwrap();
    let calls = desk.sandbox.requests().len();
    for page in 1..whole.len() / 4096 {
        let mut damaged = whole.clone();
        damaged[page * 4096..][..4096].fill(0xff);
        disk::write(&ledger, &damaged).unwrap();
        for arguments in ["basics --yes", "check", "lock"] {
            let ended = desk.run(arguments);
            assert_eq!(ended.exit, Some(7), "{page}, {arguments}: {ended:?}");
        }
    }
    assert_eq!(desk.sandbox.requests().len(), calls);
    disk::write(&ledger, &whole).unwrap();
    assert_eq!(desk.run("basics --yes").exit, Some(0));
}

#[test]
fn who_is_killed_leaves_no_note_and_a_clean_end_does() {
    let desk = desk();
    let note = desk.office().join(NOTE);
    desk.put("clients.csv", &clients(&AFTER));
    let before = desk.posts().len();
    let hang = Fault::new(FaultKind::HangAfterEffect).on("/batch").after(0);
    desk.sandbox.set_mischief(Mischief::of(hang));
    let mut process = desk.start("basics --yes");
    until("something is on its way", || desk.posts().len() > before);
    assert!(!disk::exists(&note), "it is being written");
    assert_eq!(desk.run("check").exit, Some(0));
    process.kill().unwrap();
    process.wait().unwrap();
    assert!(!disk::exists(&note));
    desk.behave();
    // What was open is settled, and whoever looks next may believe the note.
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    assert_eq!(desk.sendings("intended"), 0);
    assert!(disk::exists(&note));
}

/// A disk that forgets tells no other time. The check of the day would find it; until then it
/// is found where it is read.
#[test]
fn a_body_that_was_spoiled_unseen_ends_the_run_and_is_refused_from_then_on() {
    let desk = desk();
    let (ledger, note) = (desk.office().join(LEDGER), desk.office().join(NOTE));
    let mut bytes = disk::read(&ledger).unwrap();
    let (from, to) = ("0000100003".as_bytes(), "0000100009".as_bytes());
    let mut found = 0;
    for at in 0..bytes.len() - from.len() {
        let within = bytes[..at].ends_with(b"\"insured_number\":\"");
        if within && bytes[at..].starts_with(from) {
            bytes[at..at + to.len()].copy_from_slice(to);
            found += 1;
        }
    }
    assert!(found > 0);
    disk::write(&ledger, &bytes).unwrap();
    let said = disk::read(&note).unwrap();
    let mut said: Json = serde_json::from_slice(&said).unwrap();
    let left = disk::imprint(&ledger).unwrap();
    said["left"] = serde_json::to_value(left).unwrap();
    disk::write(&note, said.to_string().as_bytes()).unwrap();
    let posts = desk.posts().len();
    // Locking a month reads no body.
    assert_eq!(desk.run("lock --month 2026-08").exit, Some(0));
    let ended = desk.run("basics --yes");
    assert_eq!(ended.exit, Some(7), "{ended:?}");
    assert!(ended.stderr.contains("途中で分かりました"), "{ended:?}");
    assert_eq!(desk.posts().len(), posts);
    assert!(!disk::exists(&note));
    let ended = desk.run("lock");
    assert_eq!(ended.exit, Some(7), "{ended:?}");
    assert!(ended.stderr.contains("何も送っていません"), "{ended:?}");
    assert_eq!(connect_anew(&desk).exit, Some(0));
}

/// What was registered since then is not known any more; what stands there is looked at.
#[test]
fn a_copy_of_an_earlier_day_is_taken_and_nothing_is_sent_twice() {
    let desk = desk();
    let ledger = desk.office().join(LEDGER);
    let copy = disk::read(&ledger).unwrap();
    desk.put("clients.csv", &clients(&AFTER));
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    let (kind, edited) = (Collection::Clients, key(3));
    desk.sandbox
        .edit(kind, &edited, "/phone", json!("09-9999-9999"))
        .unwrap();
    let before = registered(&desk.sandbox);
    disk::write(&ledger, &copy).unwrap();
    desk.put("clients.csv", &clients(&AFTER));
    let posts = desk.posts().len();
    let ended = desk.run("--json basics --yes");
    assert_eq!(
        (ended.exit, &ended.json()["rejected"]),
        (Some(3), &json!(1))
    );
    assert_eq!(desk.posts().len(), posts);
    assert!(registered(&desk.sandbox) == before);
    // And a decision goes out, though the run has the number of one that was forgotten.
    let ended = desk.run("--json basics --keep ours --yes");
    assert_eq!((ended.exit, &ended.json()["sent"]), (Some(0), &json!(1)));
    let held = desk.sandbox.held(kind);
    let held = held.iter().find(|held| held.key == edited).unwrap();
    assert_ne!(held.item["phone"], "09-9999-9999");
}

/// The numbers of runs begin anew with the ledger, and a service that honours the key of a
/// batch must not take what is sent now for what it answered then.
#[test]
fn a_batch_after_a_loss_is_a_new_one_for_the_service() {
    let desk = Desk::new(Options::default());
    desk.put("offices.csv", OFFICES);
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    disk::remove(&desk.office().join(LEDGER)).unwrap();
    assert_eq!(connect_anew(&desk).exit, Some(0));
    let kind = Collection::CareOffices;
    for held in desk.sandbox.held(kind) {
        desk.sandbox.remove(kind, &held.key).unwrap();
    }
    desk.put("offices.csv", OFFICES);
    let ended = desk.run("--json basics --yes");
    assert_eq!((ended.exit, &ended.json()["sent"]), (Some(0), &json!(3)));
    assert_eq!(desk.sandbox.held(kind).len(), 3, "it was not only said");
}

/// Folders of earlier versions have no id, neither in the ledger nor beside it.
#[test]
fn a_folder_of_the_first_version_goes_on_and_is_guarded_from_then_on() {
    let desk = desk();
    let ledger = desk.office().join(LEDGER);
    let new = desk.office().join("new.sqlite");
    disk::rename(&ledger, &new).unwrap();
    disk::remove(&desk.office().join(".rakuwing/ledger-id")).unwrap();
    let old = Connection::open(&ledger).unwrap();
    old.execute_batch(VERSION_1).unwrap();
    old.execute("ATTACH ?1 AS new", [new.to_str().unwrap()])
        .unwrap();
    for table in ["binding", "runs", "events", "inputs", "sendings", "sent"] {
        // Later versions have given some of them more columns, and bodies a table of their own.
        let columns: String = old
            .query_row(
                "SELECT group_concat(name) FROM pragma_table_info(?1, 'main')",
                [table],
                |row| row.get(0),
            )
            .unwrap();
        let from = match table {
            "sendings" => "new.sendings JOIN new.bodies ON id = sending",
            "sent" => "new.sent JOIN new.bodies USING (sending)",
            other => &format!("new.{other}"),
        };
        let copy = format!("INSERT INTO main.{table} ({columns}) SELECT {columns} FROM {from}");
        assert!(old.execute(&copy, []).unwrap() > 0, "{table}");
    }
    drop(old);
    let posts = desk.posts().len();
    let ended = desk.run("--json basics --yes");
    assert_eq!(
        (ended.exit, &ended.json()["unchanged"]),
        (Some(0), &json!(9))
    );
    assert_eq!(desk.posts().len(), posts);
    disk::write(&ledger, b"").unwrap();
    assert_eq!(desk.run("basics --yes").exit, Some(7));
}

/// The tables of the first version, as they were.
const VERSION_1: &str = "
    CREATE TABLE binding (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        device TEXT NOT NULL,
        connected_at TEXT NOT NULL
    ) STRICT;
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        command TEXT NOT NULL,
        month TEXT,
        started_at TEXT NOT NULL,
        ended_at TEXT,
        exit_code INTEGER
    ) STRICT;
    CREATE TABLE events (
        id INTEGER PRIMARY KEY,
        run INTEGER NOT NULL REFERENCES runs (id),
        what TEXT NOT NULL,
        count INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE inputs (
        run INTEGER NOT NULL REFERENCES runs (id),
        digest TEXT NOT NULL,
        name TEXT NOT NULL,
        rows INTEGER NOT NULL,
        PRIMARY KEY (run, digest, name)
    ) STRICT;
    CREATE TABLE proposals (
        id INTEGER PRIMARY KEY,
        run INTEGER NOT NULL REFERENCES runs (id),
        step TEXT NOT NULL,
        month TEXT,
        options TEXT NOT NULL,
        inputs_digest TEXT NOT NULL,
        tables_digest TEXT NOT NULL,
        held_digest TEXT NOT NULL,
        items_digest TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('open', 'used', 'stale'))
    ) STRICT;
    CREATE TABLE sendings (
        id INTEGER PRIMARY KEY,
        run INTEGER NOT NULL REFERENCES runs (id),
        collection TEXT NOT NULL,
        key TEXT NOT NULL,
        body BLOB NOT NULL,
        digest TEXT NOT NULL,
        source BLOB NOT NULL,
        state TEXT NOT NULL
            CHECK (state IN ('intended', 'accepted', 'rejected', 'conflict', 'not_received'))
    ) STRICT;
    CREATE INDEX sendings_open ON sendings (state) WHERE state = 'intended';
    CREATE TABLE sent (
        collection TEXT NOT NULL,
        key TEXT NOT NULL,
        body BLOB NOT NULL,
        digest TEXT NOT NULL,
        source BLOB NOT NULL,
        revision TEXT NOT NULL,
        run INTEGER NOT NULL REFERENCES runs (id),
        PRIMARY KEY (collection, key)
    ) STRICT;
    CREATE TABLE staged (
        proposal INTEGER NOT NULL REFERENCES proposals (id),
        page INTEGER NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (proposal, page)
    ) STRICT;
    PRAGMA user_version = 1;
";
