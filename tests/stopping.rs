//! Ctrl-C, given for real: the first one ends a run cleanly, the second one at once, and
//! after either the next run goes on and everything is registered once.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test are a test as well"
)]

mod support;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rakuwing::disk;
use rakuwing::sandbox::{Fault, FaultKind, Mischief, Options, Play, Recorded};
use serde_json::json;

use support::{Desk, Ended, grid, until};

const OFFICES: &str = "\
事業所番号,事業所名,サービス種類
1370000018,みほん居宅,43
1370000026,ケアプラン桜,43
1300100037,見本地域包括,46
";
const CLIENTS: &str = "\
被保険者番号,保険者番号,氏名,生年月日,要介護度,認定有効期間開始日,認定有効期間終了日,居宅支援事業所番号
0000100001,131128,見本　一郎,1937/3/4,要介護3,2026/4/1,2028/3/31,1370000018
0000100002,131128,見本　二美,1934/11/3,要介護1,2026/4/1,2028/3/31,1370000018
0000100003,131128,見本　三郎,1941/7/15,要介護2,2026/4/1,2028/3/31,1370000026
0000100004,131128,見本　四美,1940/1/20,要介護5,2026/4/1,2028/3/31,1370000026
0000100005,131128,見本　五郎,1945/8/15,要介護4,2026/4/1,2028/3/31,1370000026
";
/// Three offices and five clients leave in five batches of two at the most.
const BATCHES: usize = 5;
const ITEMS: usize = 8;

const BASICS: &str = "basics --yes";
const STOPPING: &str = "止めています";

fn desk(options: Options) -> Desk {
    let desk = Desk::new(options);
    desk.put("offices.csv", OFFICES);
    desk.put("clients.csv", CLIENTS);
    desk
}

fn plans() -> String {
    let line = |client: &str| format!("2026/10,1370100016,131128,{client},,111111,9:00,9:30");
    let lines: Vec<String> = ["0000100001", "0000100002", "0000100003"]
        .iter()
        .map(|client| line(client))
        .collect();
    let lines: Vec<(&str, &[usize])> = lines.iter().map(|line| (&**line, &[1, 8][..])).collect();
    grid(&lines)
}

/// Whether a process can be interrupted here as a terminal would do it.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn can_interrupt() -> bool {
    if cfg!(not(unix)) {
        eprintln!("SKIPPED: there is no `kill -INT` on this system");
    }
    cfg!(unix)
}

/// Whether nothing started from here hears a Ctrl-C that it does not listen for itself: a script
/// that puts the tests into the background (`&`) starts them so.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn is_deaf() -> bool {
    const INTERRUPT: u64 = 1 << 1;
    let status = disk::read(Path::new("/proc/self/status")).unwrap_or_default();
    let status = String::from_utf8_lossy(&status);
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    let is_deaf = ignored.is_some_and(|mask| mask & INTERRUPT != 0);
    if is_deaf {
        eprintln!("SKIPPED: these tests run in the background, where Ctrl-C is not heard");
    }
    is_deaf
}

fn interrupt(process: &Child) {
    let id = process.id().to_string();
    let sent = Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert!(sent.success());
}

/// Starts a command line whose words are kept.
fn start(desk: &Desk, arguments: &str) -> Child {
    let mut command = desk.command(arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn end(process: Child) -> Ended {
    let output = process.wait_with_output().unwrap();
    Ended {
        exit: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// From the second call on so slow that a signal arrives before the last one has been answered,
/// however busy the machine is; nothing else depends on how long it is.
fn slow(path: &str) -> Mischief {
    let delay = FaultKind::Delay { delay_ms: 3000 };
    Mischief::of(Fault::new(delay).on(path).after(1))
}

fn items(posts: &[Recorded]) -> usize {
    let items = |post: &Recorded| {
        let items = post.body.as_ref().unwrap()["items"].as_array();
        items.unwrap().len()
    };
    posts.iter().map(items).sum()
}

fn assert_everything_once(desk: &Desk, expected: usize) {
    let registered = desk.sandbox.registrations();
    assert_eq!(registered.len(), expected, "{registered:?}");
    assert!(
        registered.values().all(|times| *times == 1),
        "{registered:?}"
    );
    assert_eq!(desk.sendings("intended"), 0);
}

fn exits(desk: &Desk) -> Vec<Option<u8>> {
    let ledger = desk.ledger();
    let mut query = ledger
        .prepare("SELECT exit_code FROM runs ORDER BY id")
        .unwrap();
    let rows = query.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

/// Interrupts a command while its second batch is on the way.
fn interrupted(desk: &Desk, arguments: &str) -> Ended {
    let posts = desk.posts().len();
    let process = start(desk, arguments);
    until("the second batch is on the way", || {
        desk.posts().len() >= posts + 2
    });
    interrupt(&process);
    end(process)
}

#[test]
fn the_first_one_finishes_what_is_in_flight_and_the_next_run_sends_the_rest() {
    if !can_interrupt() {
        return;
    }
    let desk = desk(Options::default());
    desk.sandbox.set_mischief(slow("/batch"));
    let ended = interrupted(&desk, BASICS);
    assert_eq!(ended.exit, Some(130), "{ended:?}");
    assert!(ended.stderr.contains(STOPPING), "{ended:?}");
    let posts = desk.posts();
    assert!(posts.len() < BATCHES, "nothing new was begun: {posts:?}");
    let sent = items(&posts);
    let unsent = ITEMS - sent;
    let told = format!("Ctrl-C で止めました。{unsent}件は送っていません");
    assert!(ended.stdout.contains(&told), "{ended:?}");
    assert_eq!(
        (desk.sendings("intended"), desk.sendings("accepted")),
        (0, sent)
    );
    assert_eq!(exits(&desk), [Some(130)]);
    assert_eq!(desk.files("inbox"), ["clients.csv", "offices.csv"]);

    desk.behave();
    let again = desk.run(BASICS);
    assert_eq!(again.exit, Some(0), "{again:?}");
    assert!(!again.stdout.contains("途中で止まった送信"), "{again:?}");
    assert_eq!(
        items(&desk.posts()),
        ITEMS,
        "nothing was sent a second time"
    );
    assert_everything_once(&desk, ITEMS);
    assert_eq!(desk.files("inbox"), [] as [&str; 0]);
}

#[test]
fn the_closing_account_of_a_stopped_run_adds_up() {
    if !can_interrupt() {
        return;
    }
    let desk = desk(Options::default());
    desk.sandbox.set_mischief(slow("/batch"));
    let ended = interrupted(&desk, "--json basics --yes");
    let object = ended.json();
    assert_eq!((ended.exit, &object["exit_code"]), (Some(130), &json!(130)));
    assert_eq!(ended.stderr, "", "a program reads one object");
    let sum = |member: &str| {
        let files = object["files"].as_array().unwrap();
        let numbers = files.iter().map(|file| file[member].as_u64().unwrap());
        usize::try_from(numbers.sum::<u64>()).unwrap()
    };
    let sent = items(&desk.posts());
    assert_eq!(object["sent"], json!(sent));
    assert_eq!(
        (sum("rows"), sum("sent"), sum("withheld")),
        (ITEMS, sent, ITEMS - sent)
    );
    assert_eq!(object["findings"]["errors"], json!(ITEMS - sent));
    assert_eq!(desk.files("reports"), ["エラー一覧_基本情報.xlsx"]);
    let archived = desk.files("archive");
    assert_eq!(
        archived.len(),
        1,
        "the preview can be used no more: {archived:?}"
    );
}

#[test]
fn what_was_in_flight_and_got_no_answer_is_asked_about_before_the_end() {
    if !can_interrupt() {
        return;
    }
    let desk = desk(Options::default());
    let lost = Fault::new(FaultKind::ResetAfterEffect)
        .on("/batch")
        .after(1);
    let mut mischief = slow("/batch");
    mischief.faults.push(lost);
    desk.sandbox.set_mischief(mischief);
    let ended = interrupted(&desk, BASICS);
    assert_eq!(ended.exit, Some(130), "{ended:?}");
    assert_eq!(desk.sendings("intended"), 0);
    assert_eq!(desk.sendings("accepted"), items(&desk.posts()));
    desk.behave();
    assert_eq!(desk.run(BASICS).exit, Some(0));
    assert_everything_once(&desk, ITEMS);
}

#[test]
fn what_stays_unknown_at_the_end_is_said_before_the_stop_is() {
    if !can_interrupt() {
        return;
    }
    let desk = desk(Options::default());
    let mut mischief = slow("/batch");
    let lost = Fault::new(FaultKind::ResetAfterEffect)
        .on("/batch")
        .after(1);
    let deaf = Fault::new(FaultKind::ResetBeforeEffect)
        .on("GET /v1/")
        .after(3);
    mischief.faults.extend([lost, deaf]);
    desk.sandbox.set_mischief(mischief);
    let ended = interrupted(&desk, BASICS);
    assert_eq!(ended.exit, Some(6), "{ended:?}");
    assert!(desk.sendings("intended") > 0);
    desk.behave();
    assert_eq!(desk.run(BASICS).exit, Some(0));
    assert_everything_once(&desk, ITEMS);
}

#[test]
fn nobody_waits_for_the_next_attempt_of_a_run_that_is_to_stop() {
    if !can_interrupt() {
        return;
    }
    let desk = desk(Options::default());
    let busy = FaultKind::Status {
        status: 503,
        retry_after: Some("3600".to_owned()),
    };
    desk.sandbox
        .set_mischief(Mischief::of(Fault::new(busy).on("/batch")));
    let process = start(&desk, BASICS);
    until("the first batch was refused", || !desk.posts().is_empty());
    interrupt(&process);
    let ended = end(process);
    assert_eq!(ended.exit, Some(130), "{ended:?}");
    assert_eq!((desk.posts().len(), desk.sendings("intended")), (1, 0));
    desk.behave();
    assert_eq!(desk.run(BASICS).exit, Some(0));
    assert_everything_once(&desk, ITEMS);
}

#[test]
fn a_fetch_ends_between_two_pages_and_nothing_is_written() {
    if !can_interrupt() {
        return;
    }
    let desk = desk(Options {
        page_size: 1,
        ..Options::default()
    });
    assert_eq!(desk.run(BASICS).exit, Some(0));
    desk.put("plan.csv", &plans());
    assert_eq!(desk.run("plan --month 2026-10 --yes").exit, Some(0));
    desk.sandbox.play("2026-10", Play::Faithful).unwrap();
    let pages = || {
        let calls = desk.sandbox.requests();
        let pages = calls.iter().filter(|call| call.path.contains("actuals"));
        pages.count()
    };
    desk.sandbox.set_mischief(slow("/v1/actuals"));
    let process = start(&desk, "actuals --month 2026-10 --yes");
    until("the first page is asked for", || pages() > 0);
    interrupt(&process);
    let ended = end(process);
    assert_eq!(ended.exit, Some(130), "{ended:?}");
    assert!(
        ended.stderr.contains("書き出しの前に止めました"),
        "{ended:?}"
    );
    assert!(pages() < 6, "six visits are six pages");
    assert_eq!(desk.files("outbox"), [] as [&str; 0]);
    assert_eq!(exits(&desk).last(), Some(&Some(130)));
    desk.behave();
    assert_eq!(desk.run("actuals --month 2026-10 --yes").exit, Some(0));
    assert_ne!(desk.files("outbox"), [] as [&str; 0]);
}

/// A question that is answered byte by byte ends at once; it would take minutes.
#[test]
fn an_answer_that_trickles_holds_up_no_stop() {
    if !can_interrupt() {
        return;
    }
    let desk = desk(Options::default());
    let trickle = FaultKind::Drip { every_ms: 200 };
    let trickle = Fault::new(trickle).on("GET /v1/clients");
    desk.sandbox.set_mischief(Mischief::of(trickle));
    let asked = || {
        let calls = desk.sandbox.requests();
        calls.iter().any(|call| call.path == "/v1/clients")
    };
    let process = start(&desk, BASICS);
    until("the clients are asked for", asked);
    let began = Instant::now();
    interrupt(&process);
    let ended = end(process);
    assert_eq!(ended.exit, Some(130), "{ended:?}");
    assert!(began.elapsed() < Duration::from_secs(30), "{ended:?}");
    assert_eq!(desk.posts(), []);
}

/// A batch that was on its way is given a while, and then asked about.
#[test]
fn a_batch_whose_answer_never_ends_is_asked_about_after_a_stop() {
    if !can_interrupt() {
        return;
    }
    let desk = desk(Options::default());
    desk.set("silence = 60", "silence = 1");
    let trickle = FaultKind::Drip { every_ms: 100 };
    let trickle = Fault::new(trickle).on("/batch").after(1);
    desk.sandbox.set_mischief(Mischief::of(trickle));
    let began = Instant::now();
    let ended = interrupted(&desk, BASICS);
    assert_eq!(ended.exit, Some(130), "{ended:?}");
    assert!(began.elapsed() < Duration::from_mins(1), "{ended:?}");
    let posts = desk.posts();
    assert_eq!((posts.len(), desk.sendings("intended")), (2, 0));
    assert_eq!(desk.sendings("accepted"), items(&posts));
    desk.behave();
    assert_eq!(desk.run(BASICS).exit, Some(0));
    assert_everything_once(&desk, ITEMS);
}

/// A list that does not fit together is begun anew after a while; nobody sits that while out.
#[test]
fn a_list_that_moves_is_not_begun_anew_after_a_stop() {
    if !can_interrupt() {
        return;
    }
    let desk = desk(Options {
        page_size: 1,
        ..Options::default()
    });
    assert_eq!(desk.run(BASICS).exit, Some(0));
    let first_pages = || {
        let calls = desk.sandbox.requests();
        let pages = calls.iter().filter(|call| call.path == "/v1/clients");
        pages.filter(|call| call.query.is_none()).count()
    };
    let before = first_pages();
    let moving = Fault::new(FaultKind::MovingSnapshot).on("GET /v1/clients");
    desk.sandbox.set_mischief(Mischief::of(moving));
    let process = start(&desk, "basics --match");
    until("the list was begun", || first_pages() > before);
    interrupt(&process);
    let ended = end(process);
    assert_eq!(ended.exit, Some(130), "{ended:?}");
    assert!(first_pages() < before + 5, "begun {} times", first_pages());
}

#[test]
fn a_run_of_several_steps_begins_no_further_one() {
    if !can_interrupt() {
        return;
    }
    let desk = desk(Options::default());
    desk.put("plan.csv", &plans());
    desk.sandbox.set_mischief(slow("/batch"));
    let ended = interrupted(&desk, "--json run --month 2026-10 --yes");
    assert_eq!(ended.exit, Some(130), "{ended:?}");
    assert_eq!(ended.json()["steps"].as_array().unwrap().len(), 1);
    assert_eq!(exits(&desk), [Some(130)]);
    desk.behave();
    let again = desk.run("run --month 2026-10 --yes");
    assert_eq!(again.exit, Some(0), "{again:?}");
    assert_everything_once(&desk, ITEMS + 3);
}

#[test]
fn the_second_one_ends_the_process_at_once_and_the_next_run_still_ends_right() {
    if !can_interrupt() {
        return;
    }
    let desk = desk(Options::default());
    let hang = Fault::new(FaultKind::HangAfterEffect).on("/batch").after(1);
    desk.sandbox.set_mischief(Mischief::of(hang));
    let mut process = start(&desk, BASICS);
    until("the second batch took effect", || {
        desk.sandbox.registrations().len() == 3
    });
    interrupt(&process);
    let mut said = BufReader::new(process.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains(STOPPING) {
        line.clear();
        assert!(said.read_line(&mut line).unwrap() > 0, "it has ended");
    }
    assert_eq!(process.try_wait().unwrap(), None, "it waits for the answer");
    interrupt(&process);
    let status = process.wait().unwrap();
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    assert_eq!(status.code(), Some(130), "{rest}");
    assert!(rest.contains("すぐに止めました"), "{rest}");
    assert_eq!(
        (desk.sendings("intended"), desk.sendings("accepted")),
        (1, 2)
    );
    assert_eq!(exits(&desk), [None]);

    desk.behave();
    let again = desk.run(BASICS);
    assert_eq!(again.exit, Some(0), "{again:?}");
    assert!(
        again.stdout.contains("途中で止まった送信が1件"),
        "{again:?}"
    );
    assert_everything_once(&desk, ITEMS);
}

/// `script` gives the program a terminal, and a `^C` that is typed there becomes the signal.
#[test]
fn a_question_ends_with_ctrl_c_and_nothing_is_sent() {
    if !cfg!(target_os = "linux") || Command::new("script").arg("-V").output().is_err() {
        eprintln!("SKIPPED: there is no `script` of util-linux here");
        return;
    }
    let desk = desk(Options::default());
    let program = env!("CARGO_BIN_EXE_rakuwing");
    let line = format!("'{program}' --office '{}' basics", desk.office().display());
    let mut process = Command::new("script")
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .env("RAKUWING_HOME", desk.machine())
        .env("NO_PROXY", "127.0.0.1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut screen = process.stdout.take().unwrap();
    let mut seen = Vec::new();
    let asked = "[はい(y) / いいえ(n)]: ";
    while !String::from_utf8_lossy(&seen).contains(asked) {
        let mut bytes = [0; 512];
        let length = screen.read(&mut bytes).unwrap();
        assert!(length > 0, "{}", String::from_utf8_lossy(&seen));
        seen.extend_from_slice(&bytes[..length]);
    }
    let mut keyboard = process.stdin.take().unwrap();
    keyboard.write_all(b"\x03").unwrap();
    let status = process.wait().unwrap();
    let mut rest = String::new();
    screen.read_to_string(&mut rest).unwrap();
    assert_eq!(status.code(), Some(130), "{rest}");
    assert!(rest.contains("登録や書き出しの前に止めました"), "{rest}");
    assert_eq!(desk.posts(), []);
    assert_eq!(exits(&desk), [Some(130)]);
    assert_eq!(desk.run(BASICS).exit, Some(0));
    assert_everything_once(&desk, ITEMS);
}

#[test]
fn the_practice_service_ends_with_the_first_one() {
    if !can_interrupt() || is_deaf() {
        return;
    }
    let desk = Desk::unconnected(Options::default());
    let mut process = start(&desk, "--json sandbox --port 0");
    let mut said = BufReader::new(process.stdout.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    assert!(line.contains("http://127.0.0.1:"), "{line}");
    interrupt(&process);
    assert_eq!(process.wait().unwrap().code(), None, "the signal ended it");
}
