//! A service that is broken or hostile: answers without end, answers that unfold to very much,
//! that trickle or fall silent. The run ends, says why, and takes no more memory than a run does;
//! what became of a batch is found out as after any lost answer.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test are a test as well"
)]

mod support;

use std::fmt::Write as _;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use rakuwing::sandbox::{Collection, Fault, FaultKind, Idempotency, Mischief, Options, Play};
use support::{Desk, Ended, KEY, grid};

const BASICS: &str = "basics --yes";
const PLAN: &str = "plan --month 2026-10 --yes";
const ACTUALS: &str = "actuals --month 2026-10 --yes";

/// Whatever a service answers, a run takes less than this, in bytes.
const MEMORY: u64 = 200_000_000;
const CLIENTS: usize = 4;

fn put_basics(desk: &Desk) {
    desk.put(
        "offices.csv",
        "事業所番号,事業所名,サービス種類\n1370000018,みほん居宅,43\n1370000026,見本居宅,43\n",
    );
    let mut clients =
        "被保険者番号,保険者番号,氏名,生年月日,要介護度,認定有効期間開始日,認定有効期間終了日\n"
            .to_owned();
    for number in 0..CLIENTS {
        let _ = writeln!(
            clients,
            "00001{number:05},131128,見本　{number},1937/3/4,要介護3,2026/4/1,2028/3/31"
        );
    }
    desk.put("clients.csv", &clients);
}

/// With basic data and a month of visits to fetch.
fn desk_for_actuals() -> Desk {
    let desk = Desk::new(Options {
        page_size: 2,
        ..Options::default()
    });
    put_basics(&desk);
    assert_eq!(desk.run(BASICS).exit, Some(0));
    let line = "2026/10,1370100016,131128,0000100000,見本　0,111111,9:00,9:30";
    desk.put("plan.csv", &grid(&[(line, &[1, 8, 15, 22])]));
    assert_eq!(desk.run(PLAN).exit, Some(0));
    desk.sandbox.play("2026-10", Play::Faithful).unwrap();
    desk
}

/// Short enough for a test, and as long as nothing is wrong never reached.
fn hurried(desk: &Desk) {
    desk.set("silence = 60", "silence = 1");
    desk.set("answer = 300", "answer = 2");
}

/// The office's own limits, which are the shipped ones but for a line.
fn with_the_limit(desk: &Desk, from: &str, to: &str) {
    let shipped = include_str!("../mappings/carewing/service.toml");
    assert!(shipped.contains(from), "no line `{from}`");
    let text = shipped.replace(from, to);
    desk.put_bytes("mappings/carewing/service.toml", text.as_bytes());
}

fn mischief(desk: &Desk, on: &str, kinds: &[FaultKind]) {
    let fault = |kind: &FaultKind| Fault::new(kind.clone()).on(on);
    desk.sandbox.set_mischief(Mischief {
        faults: kinds.iter().map(fault).collect(),
    });
}

const DRIP: FaultKind = FaultKind::Drip { every_ms: 100 };

/// What is said of an answer where nobody listens to its end.
fn overruns() -> Vec<(FaultKind, &'static str)> {
    vec![
        (FaultKind::EndlessBody, "返事が大きすぎます(上限"),
        (FaultKind::GzipBomb, "圧縮をほどくと大きすぎます(上限"),
        (FaultKind::EndlessHead, "返事の前置きが長すぎます"),
        (DRIP, "返事が2秒たっても終わりませんでした"),
        (FaultKind::Stall, "返事が1秒のあいだ届きませんでした"),
        (
            FaultKind::HangAfterEffect,
            "返事が1秒のあいだ届きませんでした",
        ),
    ]
}

/// What breaks an answer without going past a limit.
fn breaks() -> [FaultKind; 2] {
    [
        FaultKind::WrongLength { by: 9 },
        FaultKind::WrongLength { by: -9 },
    ]
}

/// Most of it is waiting, so nobody waits for the one before.
fn all_at_once<T: Send>(cases: impl IntoIterator<Item = T>, look: impl Fn(T) + Sync) {
    let look = &look;
    thread::scope(|scope| {
        for case in cases {
            scope.spawn(move || look(case));
        }
    });
}

/// Runs to the end, and gives the peak of memory in bytes where the system tells it.
fn watched(desk: &Desk, arguments: &str) -> (Ended, Option<u64>) {
    let mut command = desk.command(arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let peak = thread::spawn(move || {
        let mut peak = None;
        // The mark is the highest so far, until the process is gone.
        while let Some(mark) = high_water(&status) {
            peak = Some(mark);
            thread::sleep(Duration::from_millis(2));
        }
        peak
    });
    let output = child.wait_with_output().unwrap();
    let ended = Ended {
        exit: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    };
    let peak = peak.join().unwrap();
    if peak.is_none() {
        support::say("SKIPPED: this system does not tell how much memory a process takes");
    }
    (ended, peak)
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is no file of the program's, and is gone when the process is"
)]
fn high_water(status: &str) -> Option<u64> {
    let status = std::fs::read_to_string(status).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kilobytes * 1024)
}

fn assert_given_up(ended: &Ended, why: &str) {
    assert_eq!(ended.exit, Some(6), "{why}: {ended:?}");
    for said in [
        "最後まで受け取れませんでした",
        why,
        "しばらくしてから、もう一度",
        "サポート窓口",
    ] {
        assert!(ended.words().contains(said), "no `{said}` in {ended:?}");
    }
    assert_nobody_is_named(ended);
}

/// What is said of the service and its answer names nobody. Who is still open is said by name
/// behind it: that is the clerk's own list.
fn assert_nobody_is_named(ended: &Ended) {
    let words = ended.words();
    let (of_the_service, _) = words
        .split_once("まだ済んでいない人")
        .unwrap_or((&words, ""));
    let names = of_the_service.contains("見本") || of_the_service.contains("0000100");
    assert!(!names, "{ended:?}");
}

/// With the limits as they are shipped: the real thing, and little of it.
#[test]
fn an_answer_without_end_is_not_listened_to_and_takes_no_memory() {
    let broken = breaks().map(|kind| (kind, ""));
    all_at_once(overruns().into_iter().chain(broken), |(kind, why)| {
        let desk = desk_for_actuals();
        hurried(&desk);
        mischief(&desk, "GET /v1/actuals", std::slice::from_ref(&kind));
        let (ended, peak) = watched(&desk, ACTUALS);
        assert!(peak.is_none_or(|peak| peak < MEMORY), "{kind:?}: {peak:?}");
        assert_eq!(desk.files("outbox"), [] as [&str; 0], "{kind:?}");
        assert_eq!(ended.exit, Some(6), "{kind:?}: {ended:?}");
        assert_nobody_is_named(&ended);
        if !why.is_empty() {
            assert_given_up(&ended, why);
            assert!(ended.words().contains("2回試しました"), "{ended:?}");
        }
        // What comes right the second time is used.
        let can_pass = kind != FaultKind::WrongLength { by: -9 };
        let once = Fault::new(kind.clone()).on("GET /v1/actuals").after(1);
        desk.sandbox.set_mischief(Mischief::of(once.times(1)));
        let ended = desk.run(ACTUALS);
        let expected = if can_pass { 0 } else { 6 };
        assert_eq!(ended.exit, Some(expected), "{kind:?}: {ended:?}");
    });
}

#[test]
fn the_first_answer_of_all_is_bounded_too() {
    let desk = Desk::unconnected(Options::default());
    hurried(&desk);
    for (kind, why) in overruns() {
        mischief(&desk, "GET /v1/link", &[kind]);
        assert_given_up(&desk.connect(KEY), why);
    }
}

/// A refusal is known by its status; nobody listens to what else it says, unless it must be
/// known why.
#[test]
fn a_refusal_without_end_is_a_refusal() {
    let desk = Desk::unconnected(Options::default());
    hurried(&desk);
    for (status, exit) in [(401, 5), (503, 6), (404, 6)] {
        let refusal = FaultKind::Status {
            status,
            retry_after: None,
        };
        for kind in [FaultKind::EndlessBody, FaultKind::Stall, DRIP] {
            mischief(&desk, "GET /v1/link", &[refusal.clone(), kind]);
            let ended = desk.connect(KEY);
            assert_eq!(ended.exit, Some(exit), "{status}: {ended:?}");
            assert!(!ended.words().contains("受け取れません"), "{ended:?}");
        }
    }
}

/// Every item is there, was registered once, and nobody waits for an answer.
fn assert_everything_once(desk: &Desk, context: &str) {
    let registered = desk.sandbox.registrations();
    assert_eq!(registered.len(), CLIENTS + 2, "{context}");
    let once = registered.values().all(|times| *times == 1);
    assert!(once, "{context}: {registered:?}");
    assert_eq!(desk.sendings("intended"), 0, "{context}");
}

#[test]
fn a_batch_whose_answer_nobody_can_hear_is_asked_about_and_not_sent_again() {
    let overruns = overruns().into_iter().map(|(kind, _)| kind);
    all_at_once(overruns.chain(breaks()), |kind| {
        let desk = Desk::new(Options {
            idempotency: Idempotency::Ignored,
            ..Options::default()
        });
        hurried(&desk);
        put_basics(&desk);
        let once = Fault::new(kind.clone()).on("/v1/clients/batch").times(1);
        desk.sandbox.set_mischief(Mischief::of(once));
        let ended = desk.run(BASICS);
        let context = format!("{kind:?}: {ended:?}");
        assert_eq!(ended.exit, Some(0), "{context}");
        assert_everything_once(&desk, &context);
        assert_eq!(desk.posts().len(), 3, "{context}");
    });
}

#[test]
fn what_stays_unheard_is_unknown_and_found_by_the_next_run() {
    all_at_once(overruns(), |(kind, why)| {
        let desk = Desk::new(Options::default());
        hurried(&desk);
        put_basics(&desk);
        // The answers to batches, and to the question about them.
        let batches = Fault::new(kind.clone()).on("/v1/clients/batch");
        let questions = Fault::new(kind.clone()).on("GET /v1/clients").after(1);
        desk.sandbox.set_mischief(Mischief {
            faults: vec![batches, questions],
        });
        let (ended, peak) = watched(&desk, BASICS);
        assert_given_up(&ended, why);
        assert!(
            ended.words().contains("二重には登録されません"),
            "{ended:?}"
        );
        assert!(peak.is_none_or(|peak| peak < MEMORY), "{kind:?}: {peak:?}");
        assert!(desk.sendings("intended") > 0, "{kind:?}: {ended:?}");
        desk.behave();
        let again = desk.run(BASICS);
        assert_eq!(again.exit, Some(0), "{kind:?}: {again:?}");
        assert_everything_once(&desk, &format!("{kind:?}"));
    });
}

/// It may have said that the batch is still being worked on.
#[test]
fn a_conflict_that_nobody_can_hear_is_asked_about() {
    let desk = Desk::new(Options::default());
    hurried(&desk);
    put_basics(&desk);
    let conflict = FaultKind::StatusAfterEffect {
        status: 409,
        retry_after: None,
    };
    let on = |kind| Fault::new(kind).on("/v1/clients/batch").times(1);
    desk.sandbox.set_mischief(Mischief {
        faults: vec![on(conflict), on(FaultKind::EndlessBody)],
    });
    let ended = desk.run(BASICS);
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert_everything_once(&desk, "409");
    assert_eq!(desk.sandbox.held(Collection::Clients).len(), CLIENTS);
}

#[test]
fn a_list_without_end_ends_with_its_total_with_its_limit_or_with_its_size() {
    let desk = desk_for_actuals();
    desk.set("waiting = 600", "waiting = 0");
    let told = |total| FaultKind::ToldTotal { total };
    let endless = || FaultKind::EndlessList;
    let cases = [
        (
            vec![endless()],
            None,
            "頁が多すぎます。合計4件より多く届きました",
        ),
        (
            vec![told(u64::MAX)],
            None,
            "件数が多すぎます。3000000件までしか受け取りません",
        ),
        (
            vec![endless(), told(900)],
            Some(("records = 3_000_000", "records = 899")),
            "件数が多すぎます。899件までしか受け取りません",
        ),
        (
            vec![endless(), told(3_000_000)],
            Some(("whole = 1_073_741_824", "whole = 50_000")),
            "一覧が大きすぎます(上限48KB)",
        ),
        (
            vec![],
            Some((
                "[limits.actuals]\npage = 67_108_864",
                "[limits.actuals]\npage = 200",
            )),
            "返事が大きすぎます(上限200B)",
        ),
    ];
    for (kinds, limit, why) in cases {
        let (from, to) = limit.unwrap_or_default();
        with_the_limit(&desk, from, to);
        mischief(&desk, "GET /v1/actuals", &kinds);
        let (ended, peak) = watched(&desk, ACTUALS);
        assert_eq!(ended.exit, Some(6), "{why}: {ended:?}");
        for said in [
            why,
            "/v1/actuals/2026-10",
            "もう一度同じ操作",
            "サポート窓口",
        ] {
            let of_a_page = said.starts_with('/') && why.starts_with("返事");
            let is_said = ended.words().contains(said) || of_a_page;
            assert!(is_said, "no `{said}` in {ended:?}");
        }
        assert_nobody_is_named(&ended);
        assert!(peak.is_none_or(|peak| peak < MEMORY), "{why}: {peak:?}");
        assert_eq!(desk.files("outbox"), [] as [&str; 0], "{why}");
    }
    with_the_limit(&desk, "", "");
    desk.behave();
    assert_eq!(desk.run(ACTUALS).exit, Some(0));
}

/// Both ways of listing: the versions alone, and the contents.
#[test]
fn a_list_of_what_is_held_without_end_ends_as_well() {
    let desk = desk_for_actuals();
    desk.set("waiting = 600", "waiting = 0");
    let told = |total| FaultKind::ToldTotal { total };
    for (from, to) in [("", ""), ("contents = ", "# contents = ")] {
        with_the_limit(&desk, from, to);
        for (total, why) in [(u64::MAX, "件数が多すぎます"), (50, "頁が多すぎます")]
        {
            mischief(
                &desk,
                "GET /v1/clients",
                &[FaultKind::EndlessList, told(total)],
            );
            put_basics(&desk);
            let posts = desk.posts().len();
            let ended = desk.run(BASICS);
            assert_eq!(ended.exit, Some(6), "{why}: {ended:?}");
            assert!(ended.words().contains(why), "{why}: {ended:?}");
            assert_nobody_is_named(&ended);
            assert_eq!(desk.posts().len(), posts, "{why}: {ended:?}");
        }
    }
}

#[test]
fn an_answer_that_comes_as_gzip_is_an_answer() {
    let desk = Desk::new(Options::default());
    put_basics(&desk);
    mischief(&desk, "/v1/", &[FaultKind::Gzip]);
    let ended = desk.run(BASICS);
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert_everything_once(&desk, "gzip");
    let posts = desk.posts().len();
    put_basics(&desk);
    assert_eq!(desk.run(BASICS).exit, Some(0));
    assert_eq!(desk.posts().len(), posts, "everything was found there");
}
