//! The whole country's month: what `rakuwing convert` costs beside what nobody can do without,
//! how it grows, and what checking costs where rows are wrong.
//!
//! Each measurement is a process of its own, so that memory is that of one run; the rounds of
//! what is compared alternate, and medians are compared. Lines go into a file that is never
//! synced, because that is the disk's time and not the program's; what they cost where nobody
//! takes them is said too.

#![allow(clippy::print_stdout, reason = "a benchmark is there to print")]

mod support;

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use calamine::{Reader as _, Xlsx, open_workbook};
use rakuwing::check::Wanted;
use rakuwing::disk;
use rakuwing::jobs::check::{Basics, Known};
use rakuwing::jobs::{convert, inbox};
use rakuwing::model::AddOns;
use rakuwing::parallel;
use rakuwing::table::Tables;

use support::plans::Plans;
use support::{floor, memory};

const GROUP: &str = "country";
const ROUNDS: usize = 5;
/// Says that this process is one measurement.
const PLAY: &str = "--play";
/// The clients of a small town, of a region, and of the country.
const TOWN: usize = 20_000;
const REGION: usize = 300_000;
const COUNTRY: usize = 600_000;
/// The region as one file for each of its offices.
const OFFICES: usize = 1_000;
/// One row in so many is wrong: 5 %.
const FAULTY: usize = 20;

fn main() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some(PLAY) {
        let role = arguments.next().and_then(|name| Role::named(&name));
        let paths: Vec<PathBuf> = arguments.map(PathBuf::from).collect();
        role.expect("one of the roles").play(&paths);
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let files = Files::write(folder.path());
    // Who writes much comes last: for minutes after it the disk holds up everybody.
    growth(&files);
    checking(&files);
    workbook(&files);
    floors(&files);
    start(folder.path());
}

/// What is read: a month as one file each, but for the offices.
struct Files {
    town: Vec<PathBuf>,
    region: Vec<PathBuf>,
    country: Vec<PathBuf>,
    /// The region, where some rows are wrong.
    faulty: Vec<PathBuf>,
    /// The town as a workbook.
    book: Vec<PathBuf>,
    /// The region, a file for each of its offices.
    offices: Vec<PathBuf>,
}

impl Files {
    fn write(folder: &Path) -> Self {
        let faulty = Plans {
            faulty: Some(FAULTY),
            ..Plans::of(REGION)
        };
        Self {
            town: vec![Plans::of(TOWN).write(folder, "town.csv")],
            region: vec![Plans::of(REGION).write(folder, "region.csv")],
            country: vec![Plans::of(COUNTRY).write(folder, "country.csv")],
            faulty: vec![faulty.write(folder, "faulty.csv")],
            book: vec![Plans::of(TOWN).write_workbook(folder, "town.xlsx")],
            offices: offices(folder),
        }
    }
}

fn offices(folder: &Path) -> Vec<PathBuf> {
    let inbox = folder.join("offices");
    disk::make_folder(&inbox).expect("a temporary folder has room");
    let office = |office: usize| {
        let plans = Plans {
            office,
            ..Plans::of(REGION / OFFICES)
        };
        plans.write(&inbox, &format!("{office:04}.csv"))
    };
    (0..OFFICES).map(office).collect()
}

/// Where nobody takes the lines, so that no disk holds up the longer file.
fn growth(files: &Files) {
    let [all, half, least] = compare([
        (Role::ConvertAlone, &files.country),
        (Role::ConvertAlone, &files.region),
        (Role::FloorAlone, &files.region),
    ]);
    ratio("twice the lines", all.seconds / half.seconds, 2.1);
    let alone = half.seconds / least.seconds;
    println!("{GROUP}: convert / floor, 300,000 clients, lines thrown away = {alone:.2}");
}

fn checking(files: &Files) {
    let roles = [(Role::Check, &files.faulty), (Role::Check, &files.region)];
    let [wrong, clean] = compare(roles);
    ratio(
        "check with 5 % bad rows / without",
        wrong.seconds / clean.seconds,
        1.3,
    );
}

fn workbook(files: &Files) {
    let [ours, least] = compare([(Role::Convert, &files.book), (Role::Calamine, &files.book)]);
    ratio(
        "convert / calamine, 20,000 clients as .xlsx",
        ours.seconds / least.seconds,
        1.3,
    );
}

fn floors(files: &Files) {
    for (words, files) in [
        ("20,000 clients in one file", &files.town),
        ("300,000 clients in one file", &files.region),
        ("300,000 clients in 1,000 files", &files.offices),
    ] {
        let [ours, least] = compare([(Role::Convert, files), (Role::Floor, files)]);
        ratio(
            &format!("convert / floor, {words}"),
            ours.seconds / least.seconds,
            1.5,
        );
    }
    let [ours, least, half] = compare([
        (Role::Convert, &files.country),
        (Role::Floor, &files.country),
        (Role::Convert, &files.region),
    ]);
    ratio(
        "convert / floor, the country",
        ours.seconds / least.seconds,
        1.5,
    );
    let on_disk = ours.seconds / half.seconds;
    println!("{GROUP}: twice the lines, written to the disk = {on_disk:.2}");
    let [all, half] = [ours, half].map(|of| of.peak >> 20);
    println!(
        "{GROUP}: peak memory of the country {all} MiB (at most 512), of half of it {half} MiB"
    );
}

/// What one process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Convert,
    Floor,
    /// The same two, and nobody takes the lines.
    ConvertAlone,
    FloorAlone,
    Check,
    Calamine,
}

impl Role {
    const ALL: [(&str, Self); 6] = [
        ("convert", Self::Convert),
        ("floor", Self::Floor),
        ("convert-alone", Self::ConvertAlone),
        ("floor-alone", Self::FloorAlone),
        ("check", Self::Check),
        ("calamine", Self::Calamine),
    ];

    fn named(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(of, _)| *of == name)
            .map(|(_, role)| *role)
    }

    fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, role)| *role == self);
        found.expect("every role has a name").0
    }

    /// Does it, and prints how long it took in nanoseconds and the peak of memory in bytes.
    fn play(self, paths: &[PathBuf]) {
        let begin = Instant::now();
        match self {
            Self::Convert => ours(paths, &mut scratch()),
            Self::Floor => floor::convert(paths, &mut scratch()),
            Self::ConvertAlone => ours(paths, &mut std::io::sink()),
            Self::FloorAlone => floor::convert(paths, &mut std::io::sink()),
            Self::Check => {
                let tables = Tables::load(None).expect("the shipped tables are right");
                let inputs = inbox::read(paths, Wanted::Everything, &tables);
                let inputs = inputs.expect("the files were just written");
                let mut basics = Basics::check(inputs, &Known::default()).expect("it adds up");
                basics.decide(&tables).expect("it adds up");
                let book = std::mem::take(&mut basics.gathered.book);
                book.close().expect("it adds up");
                // As the program does: nobody waits for it.
                parallel::let_go(basics);
            }
            Self::Calamine => {
                let mut book: Xlsx<_> = open_workbook(&paths[0]).expect("it was just written");
                let name = book.sheet_names()[0].clone();
                let mut cells = book.worksheet_cells_reader(&name).expect("a sheet");
                while let Some(cell) = cells.next_cell().expect("a right sheet") {
                    std::hint::black_box(cell);
                }
            }
        }
        let peak = memory::peak().unwrap_or_default();
        println!("{} {peak}", begin.elapsed().as_nanos());
    }
}

fn scratch() -> File {
    disk::scratch().expect("a temporary folder")
}

fn ours(paths: &[PathBuf], out: &mut dyn Write) {
    let tables = Tables::load(None).expect("the shipped tables are right");
    let converted = convert::convert(paths, AddOns::With, &tables, out);
    let findings = converted.expect("the files are right").findings;
    assert!(findings.is_empty());
}

/// What a role has cost.
#[derive(Debug, Clone, Copy)]
struct Cost {
    /// The median.
    seconds: f64,
    /// Bytes, at most.
    peak: u64,
}

/// Plays roles, round by round, one after the other.
fn compare<const N: usize>(roles: [(Role, &Vec<PathBuf>); N]) -> [Cost; N] {
    let mut costs = [const { Vec::new() }; N];
    for _ in 0..ROUNDS {
        for ((role, paths), costs) in roles.iter().zip(&mut costs) {
            costs.push(run(*role, paths));
        }
    }
    costs.map(|mut costs| {
        costs.sort_by(|one, other| one.seconds.total_cmp(&other.seconds));
        let peak = costs.iter().map(|cost| cost.peak).max();
        Cost {
            peak: peak.unwrap_or_default(),
            ..costs[costs.len() / 2]
        }
    })
}

fn run(role: Role, paths: &[PathBuf]) -> Cost {
    let program = std::env::current_exe().expect("this program");
    let output = Command::new(program)
        .args([PLAY, role.name()])
        .args(paths)
        .output()
        .expect("this program can be started");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words}");
    let said = String::from_utf8_lossy(&output.stdout);
    let mut numbers = said
        .split_whitespace()
        .map(|number| number.parse::<u64>().expect(&said));
    let mut next = || numbers.next().expect("two numbers");
    #[expect(clippy::cast_precision_loss, reason = "seconds need no 53 bits")]
    let seconds = next() as f64 / 1e9;
    Cost {
        seconds,
        peak: next(),
    }
}

fn ratio(words: &str, ratio: f64, at_most: f64) {
    println!("{GROUP}: {words} = {ratio:.2} (at most {at_most})");
}

/// How long it takes until something is on the screen.
fn start(folder: &Path) {
    let program = Path::new(env!("CARGO_BIN_EXE_rakuwing"));
    let median = |arguments: &[&str]| {
        let mut times: Vec<_> = (0..21)
            .map(|_| {
                let begin = Instant::now();
                let run = Command::new(program)
                    .args(arguments)
                    .current_dir(folder)
                    .output();
                run.expect("the program was built for this");
                begin.elapsed()
            })
            .collect();
        times.sort();
        times[times.len() / 2].as_secs_f64() * 1e3
    };
    println!(
        "{GROUP}: --version takes {:.1} ms (under 15)",
        median(&["--version"])
    );
    println!(
        "{GROUP}: check of an empty inbox takes {:.1} ms (under 15)",
        median(&["check"])
    );
    let bytes = disk::length(program).expect("a file").unwrap_or_default();
    println!(
        "{GROUP}: the program has {} kB (under 15,000)",
        bytes / 1000
    );
}
