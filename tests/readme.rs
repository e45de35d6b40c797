//! The README says only what is so: its commands run, with the exit codes it names.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "a test ends where its ground is missing"
)]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};

use clap::Parser as _;
use rakuwing::cli::arguments::Arguments;
use rakuwing::disk;
use rakuwing::error::Exit;
use rakuwing::sandbox;

const KEY: &str = "sandbox-key";

#[test]
fn every_command_of_the_readme_ends_as_the_readme_says() {
    let service = sandbox::start(sandbox::Options::default()).unwrap();
    let place = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(root().join("fixtures"), place.path().join("fixtures")).unwrap();
    for (command, expected) in commands() {
        match command.split_whitespace().collect::<Vec<_>>()[..] {
            // The tests themselves; running them from here would never end.
            ["cargo", "test"] => continue,
            // It would run until somebody stops it; the service of this test stands in.
            ["rakuwing", "sandbox", ..] => {
                Arguments::try_parse_from(command.split_whitespace()).unwrap();
                continue;
            }
            // The practice service is asked to play; curl may be missing here.
            ["curl", "-X", "POST", address] => {
                let path = address.strip_prefix("http://127.0.0.1:8765").unwrap();
                for path in [&format!("{path}/faithful"), path] {
                    let answer = posted(&service.url(), path);
                    assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
                }
                continue;
            }
            _ => {}
        }
        let ended = run(&command, place.path());
        assert_eq!(ended, i32::from(expected), "{command}");
        if command.contains("init") {
            fill_in_settings(place.path(), &service.url());
        }
    }
    assert!(place.path().join("items.jsonl").is_file());
    assert!(place.path().join("rakuwing-demo/outbox").is_dir());
}

#[test]
fn there_are_exactly_two_commands_to_begin_with() {
    let cargo: Vec<String> = commands()
        .into_iter()
        .map(|(command, _)| command)
        .filter(|command| command.starts_with("cargo"))
        .collect();
    assert_eq!(cargo, ["cargo run --release -- demo", "cargo test"]);
}

#[test]
fn the_exit_codes_of_the_readme_are_the_programs() {
    let readme = readme();
    for exit in Exit::ALL {
        let row = format!("| {} | {} |", exit.code(), exit.meaning());
        assert!(readme.contains(&row), "{row}");
    }
}

/// Runs a line as a shell would, with the built program under the names the README uses.
fn run(command: &str, place: &Path) -> i32 {
    let program = env!("CARGO_BIN_EXE_rakuwing");
    let command = command.replace("cargo run --release --", "rakuwing");
    let folder = Path::new(program).parent().unwrap().display();
    let path = format!("{folder}:{}", std::env::var("PATH").unwrap());
    let status = Command::new("sh")
        .args(["-c", &command])
        .current_dir(place)
        .env("PATH", path)
        .env("RAKUWING_HOME", place.join("home"))
        .env("RAKUWING_API_KEY", KEY)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status();
    status.unwrap().code().unwrap()
}

/// What a service answers to a call without a body.
fn posted(service: &str, path: &str) -> String {
    let host = service.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let call = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(call.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// What the README asks the reader to do by hand.
fn fill_in_settings(place: &Path, address: &str) {
    let path = place.join("office/rakuwing.toml");
    let text = String::from_utf8(disk::read(&path).unwrap()).unwrap();
    let text = text
        .replace("numbers = []", "numbers = [\"1370100016\"]")
        .replace("http://127.0.0.1:8765", address);
    disk::write(&path, text.as_bytes()).unwrap();
}

/// Every `$ …` line, with the exit code that its comment names (0 without one).
fn commands() -> Vec<(String, u8)> {
    readme()
        .lines()
        .filter_map(|line| line.strip_prefix("$ "))
        .map(|line| {
            let (command, comment) = line.split_once('#').unwrap_or((line, ""));
            let digits = comment.trim().strip_prefix("exit ").unwrap_or("0");
            let code = digits.split(|c: char| !c.is_ascii_digit()).next().unwrap();
            (command.trim().to_owned(), code.parse().unwrap())
        })
        .collect()
}

fn readme() -> String {
    String::from_utf8(disk::read(&root().join("README.md")).unwrap()).unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
