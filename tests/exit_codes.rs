//! Every exit code is reached, by the real program, and says why.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test are a test as well"
)]

mod support;

use std::path::Path;
use std::process::Command;

use rakuwing::cli::CLOCK;
use rakuwing::disk::{self, Digest};
use rakuwing::error::{Error, Exit};
use rakuwing::finding::{Book, Fate};
use rakuwing::model::FileName;
use rakuwing::sandbox::{self, Collection, Fault, FaultKind, Mischief, Options, Origin};
use serde_json::json;

use support::{Desk, KEY, Nowhere, command_on, copy_folder, end, until};

const OFFICES: &str = "\
事業所番号,事業所名,サービス種類
1370000018,みほん居宅,43
";
const ONE_MORE_OFFICE: &str = "\
事業所番号,事業所名,サービス種類
1370000018,みほん居宅,43
1370000026,ケアプラン桜,43
";
const CLIENTS: &str = "\
被保険者番号,保険者番号,氏名,生年月日,要介護度,認定有効期間開始日,認定有効期間終了日
0000100001,131128,見本　一郎,1937/3/4,要介護3,2026/4/1,2028/3/31
";
/// The day does not exist.
const BAD_CLIENTS: &str = "\
被保険者番号,保険者番号,氏名,生年月日,要介護度,認定有効期間開始日,認定有効期間終了日
0000100001,131128,見本　一郎,1937/3/4,要介護3,2026/2/30,2028/3/31
";

fn desk() -> Desk {
    Desk::new(Options::default())
}

fn status(status: u16) -> FaultKind {
    FaultKind::Status {
        status,
        retry_after: Some("0".to_owned()),
    }
}

// 0 — every row passed

#[test]
fn a_run_in_which_every_row_passes_ends_with_0() {
    let desk = desk();
    desk.put("offices.csv", OFFICES);
    desk.put("clients.csv", CLIENTS);
    let ended = desk.run("basics --yes");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("すべての行が通った"));
}

// 1 — a fault of the program

/// The panic happens in a process of its own, so that everything it prints can be searched.
#[test]
fn a_panic_ends_as_panicked_and_its_text_appears_nowhere() {
    let name = "a_panic_ends_as_panicked_and_its_text_appears_nowhere";
    if std::env::var_os("RAKUWING_TEST_PANICS").is_some() {
        rakuwing::cli::screen::start_log(true);
        let ended = rakuwing::cli::guarded(|| -> () { panic!("見本　一郎 0000100001") });
        println!("{ended:?}");
        return;
    }
    let mut again = Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", name, "--nocapture"]);
    let ended = end(again.env("RAKUWING_TEST_PANICS", "1"));
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("Err(Panicked)"), "{ended:?}");
    assert!(
        ended.stderr.contains("exit_codes.rs"),
        "the place: {ended:?}"
    );
    for text in ["見本", "一郎", "0000100001"] {
        assert!(!ended.words().contains(text), "{ended:?}");
    }
}

#[test]
fn rows_that_do_not_add_up_end_with_1() {
    let mut book = Book::default();
    let file = book.open(FileName::new("plan.csv"), None);
    let row = book.enter(file, 2);
    book.enter(file, 3);
    book.decide(row, Fate::Sent).unwrap();
    let error = Error::from(book.close().unwrap_err());
    assert_eq!((error.exit(), error.exit().code()), (Exit::Bug, 1));
}

// 2 — not understood, or nobody could answer

#[test]
fn an_unknown_argument_ends_with_2_and_is_named() {
    let ended = desk().run("basics --forec");
    assert_eq!(ended.exit, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("`--forec` は使えません"), "{ended:?}");
}

#[test]
fn a_clock_that_shows_no_time_ends_with_2_and_says_how_it_is_set() {
    let desk = desk();
    let ended = end(desk.command("basics").env(CLOCK, "18:00"));
    assert_eq!(ended.exit, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("RAKUWING_CLOCK"), "{ended:?}");
    let ended = end(desk.command("basics --json").env(CLOCK, "18:00"));
    assert_eq!(ended.json()["exit_code"], 2, "{ended:?}");
}

#[test]
fn without_a_terminal_nothing_is_sent_and_what_was_prepared_can_be_registered() {
    let desk = desk();
    desk.put("offices.csv", OFFICES);
    let ended = desk.run("basics");
    assert_eq!(ended.exit, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("`rakuwing register 1`"), "{ended:?}");
    assert_eq!(desk.posts(), []);
    assert_eq!(desk.run("register 1").exit, Some(0));
    assert_eq!(desk.sandbox.held(Collection::CareOffices).len(), 1);
}

#[test]
fn a_conversion_cannot_print_its_items_and_an_object_in_one_place() {
    let desk = desk();
    desk.put("offices.csv", OFFICES);
    let file = desk.office().join("inbox/offices.csv");
    let ended = end(desk.command("--json convert").arg(&file));
    assert_eq!(ended.exit, Some(2), "{ended:?}");
    assert!(ended.json()["error"].as_str().unwrap().contains("-o"));
    let out = desk.office().join("items.jsonl");
    let ended = end(desk.command("--json convert").arg(&file).arg("-o").arg(out));
    assert_eq!(
        (ended.exit, ended.json()["items"].as_u64()),
        (Some(0), Some(1))
    );
}

// 3 — finished, some rows were withheld

#[test]
fn a_bad_row_ends_with_3_and_the_others_are_sent() {
    let desk = desk();
    desk.put("offices.csv", OFFICES);
    desk.put("clients.csv", BAD_CLIENTS);
    let ended = desk.run("basics --yes");
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    assert_eq!(desk.sandbox.held(Collection::CareOffices).len(), 1);
    assert_eq!(desk.sandbox.held(Collection::Clients), []);
}

#[test]
fn an_item_that_is_rejected_ends_with_3() {
    let desk = desk();
    desk.put("offices.csv", OFFICES);
    desk.sandbox
        .set_mischief(Mischief::of(Fault::new(FaultKind::Reject {
            key: "1370000018-43".to_owned(),
            pointer: "/name".to_owned(),
            code: "no".to_owned(),
            message: "だめです".to_owned(),
        })));
    let ended = desk.run("--json basics --yes");
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    assert_eq!(ended.json()["rejected"], 1);
}

// 4 — refused by a rule, nothing was sent

#[test]
fn basic_data_of_another_origin_ends_with_4() {
    let desk = Desk::new(Options {
        origin: Origin::Other,
        ..Options::default()
    });
    desk.put("offices.csv", OFFICES);
    let ended = desk.run("basics --yes");
    assert_eq!(ended.exit, Some(4), "{ended:?}");
    assert!(ended.stderr.contains("0120-68-4322"), "{ended:?}");
    assert_eq!(desk.posts(), []);
}

/// It may turn out at any batch; what had arrived before stays, and the rest goes later.
#[test]
fn basic_data_of_another_origin_in_the_middle_of_a_run_ends_with_4_and_says_whom_to_call() {
    let desk = desk();
    desk.put("offices.csv", OFFICES);
    desk.put("clients.csv", CLIENTS);
    let foreign = Fault::new(FaultKind::ForeignBasicData);
    desk.sandbox
        .set_mischief(Mischief::of(foreign.on("/v1/clients/batch")));
    let ended = desk.run("basics --yes");
    assert_eq!(ended.exit, Some(4), "{ended:?}");
    for words in ["特別な作業", "ヘルプデスク", "0120-68-4322", "それより後は"] {
        assert!(ended.stderr.contains(words), "{words}: {ended:?}");
    }
    assert!(!ended.stderr.contains("何も送っていません"), "{ended:?}");
    assert_eq!(desk.sandbox.held(Collection::CareOffices).len(), 1);
    assert_eq!(desk.sandbox.held(Collection::Clients), []);
    desk.behave();
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    assert_eq!(desk.sandbox.held(Collection::Clients).len(), 1);
    let registered = desk.sandbox.registrations();
    assert!(registered.values().all(|count| *count == 1));
}

#[test]
fn a_proposal_whose_input_has_changed_ends_with_4_and_says_what_moved() {
    let desk = desk();
    desk.put("offices.csv", OFFICES);
    desk.run("basics --prepare");
    desk.put("offices.csv", ONE_MORE_OFFICE);
    let ended = desk.run("register");
    assert_eq!(ended.exit, Some(4), "{ended:?}");
    assert!(ended.stderr.contains("・受信箱(inbox)のファイル\n"));
    assert!(!ended.stderr.contains("・対応表"), "{ended:?}");
    assert!(!ended.stderr.contains("・Care-wing側"), "{ended:?}");
    assert_eq!(desk.posts(), []);
    assert_eq!(desk.run("register 1").exit, Some(4));
}

#[test]
fn a_proposal_whose_tables_have_changed_ends_with_4_and_says_what_moved() {
    let desk = desk();
    desk.put("offices.csv", OFFICES);
    desk.run("basics --prepare");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/codes/copay.csv");
    let mut table = disk::read(&shipped).unwrap();
    table.push(b'\n');
    desk.put_bytes("mappings/codes/copay.csv", &table);
    let ended = desk.run("register");
    assert_eq!(ended.exit, Some(4), "{ended:?}");
    assert!(ended.stderr.contains("・対応表(mappings)\n"), "{ended:?}");
    assert_eq!(desk.posts(), []);
}

#[test]
fn a_proposal_about_other_held_data_ends_with_4_and_says_what_moved() {
    let desk = desk();
    desk.put("offices.csv", OFFICES);
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    desk.put("offices.csv", ONE_MORE_OFFICE);
    desk.run("basics --prepare");
    let posts = desk.posts().len();
    desk.sandbox
        .edit(
            Collection::CareOffices,
            "1370000018-43",
            "/name",
            json!("改名"),
        )
        .unwrap();
    let ended = desk.run("register");
    assert_eq!(ended.exit, Some(4), "{ended:?}");
    assert!(ended.stderr.contains("・Care-wing側の登録内容\n"));
    assert!(!ended.stderr.contains("・受信箱"), "{ended:?}");
    assert_eq!(desk.posts().len(), posts);
}

#[test]
fn a_proposal_that_was_used_or_never_made_ends_with_4() {
    let desk = desk();
    desk.put("offices.csv", OFFICES);
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    let posts = desk.posts().len();
    for number in ["1", "2", ""] {
        let ended = desk.run(&format!("register {number}"));
        assert_eq!(ended.exit, Some(4), "{number}: {ended:?}");
    }
    assert_eq!(desk.posts().len(), posts);
}

#[test]
fn a_key_of_another_office_ends_with_4() {
    let desk = desk();
    desk.set("1370100016", "1370100990");
    desk.put("offices.csv", OFFICES);
    let ended = desk.run("basics --yes");
    assert_eq!(ended.exit, Some(4), "{ended:?}");
    assert!(ended.stderr.contains("1370100990"), "{ended:?}");
    assert_eq!(desk.posts(), []);
}

#[test]
fn a_folder_in_which_another_process_works_ends_with_4() {
    let desk = desk();
    desk.put("offices.csv", OFFICES);
    let hang = Fault::new(FaultKind::HangBeforeEffect).on("GET /v1/link");
    desk.sandbox.set_mischief(Mischief::of(hang));
    let before = desk.sandbox.requests().len();
    let mut other = desk.start("basics --yes");
    until("the other process is at work", || {
        desk.sandbox.requests().len() > before
    });
    let ended = desk.run("plan --month 2026-10 --yes");
    let looked = desk.run("check");
    let waiting = other.try_wait().unwrap();
    other.kill().unwrap();
    other.wait().unwrap();
    assert_eq!(ended.exit, Some(4), "{ended:?}");
    let holder = format!("basics、プロセス番号 {}", other.id());
    assert!(ended.stderr.contains("ほかの rakuwing"), "{ended:?}");
    assert!(ended.stderr.contains(&holder), "{ended:?}");
    assert_eq!(waiting, None, "nobody waited for the other one to end");
    assert_eq!(looked.exit, Some(0), "to look needs no lock: {looked:?}");
    assert_eq!(
        desk.files(".rakuwing")
            .iter()
            .filter(|name| name.starts_with("lock"))
            .count(),
        2,
        "what the dead process has left is no lock"
    );
    desk.behave();
    assert_eq!(
        desk.run("basics --yes").exit,
        Some(0),
        "the lock went with it"
    );
}

#[test]
fn a_month_without_approved_actuals_ends_with_4() {
    let ended = desk().run("actuals --month 2026-10 --yes");
    assert_eq!(ended.exit, Some(4), "{ended:?}");
    assert!(ended.stderr.contains("2026年10月"), "{ended:?}");
}

#[test]
fn a_run_whose_time_is_given_reaches_the_practice_service_alone_and_says_the_time() {
    let desk = desk();
    desk.put("offices.csv", OFFICES);
    let basics = || {
        let mut command = desk.command("basics --yes");
        end(command.env(CLOCK, "2026-11-05T18:00:00+09:00"))
    };
    desk.set(&desk.sandbox.url(), "https://care-wing.invalid");
    let elsewhere = basics();
    assert_eq!(elsewhere.exit, Some(4), "{elsewhere:?}");
    desk.set("https://care-wing.invalid", &desk.sandbox.url());
    let here = basics();
    assert_eq!(here.exit, Some(0), "{here:?}");
    for ended in [elsewhere, here] {
        let said = ended.stderr.contains("2026-11-05T18:00:00+09:00");
        assert!(said, "{ended:?}");
    }
}

// 5 — the key or the machine was refused

#[test]
fn a_key_that_is_refused_ends_with_5_and_is_not_tried_again() {
    let desk = Desk::unconnected(Options::default());
    let ended = desk.connect("another-key");
    assert_eq!(ended.exit, Some(5), "{ended:?}");
    assert_eq!(desk.sandbox.requests().len(), 1);
    let basics = desk.run("basics --yes");
    assert_eq!(basics.exit, Some(5), "nothing was kept: {basics:?}");
    assert_eq!(desk.sandbox.requests().len(), 1);
}

#[test]
fn a_key_that_is_withdrawn_later_ends_with_5() {
    let desk = desk();
    desk.put("offices.csv", OFFICES);
    let denied = Fault::new(FaultKind::Status {
        status: 401,
        retry_after: None,
    });
    desk.sandbox.set_mischief(Mischief::of(denied.on("/batch")));
    let ended = desk.run("basics --yes");
    assert_eq!(ended.exit, Some(5), "{ended:?}");
    assert_eq!((desk.posts().len(), desk.sendings("intended")), (1, 0));
    assert_eq!(desk.files("inbox"), ["offices.csv"]);
    desk.behave();
    assert_eq!(desk.run("basics --yes").exit, Some(0));
}

#[test]
fn a_second_machine_is_refused_by_the_service_with_5() {
    let desk = desk();
    let (machine, office) = (desk.office().join("../m2"), desk.office().join("../o2"));
    assert_eq!(
        end(&mut command_on(&machine, &office, "init")).exit,
        Some(0)
    );
    let settings = disk::read(&desk.office().join("rakuwing.toml")).unwrap();
    disk::write(&office.join("rakuwing.toml"), &settings).unwrap();
    let mut connect = command_on(&machine, &office, "connect");
    let ended = end(connect.env("RAKUWING_API_KEY", KEY));
    assert_eq!(ended.exit, Some(5), "{ended:?}");
    assert!(ended.stderr.contains("親機のみ"), "{ended:?}");
}

#[test]
fn a_folder_that_was_copied_to_another_machine_is_refused_before_anything_is_sent() {
    let desk = desk();
    desk.put("offices.csv", OFFICES);
    let (machine, office) = (desk.office().join("../m2"), desk.office().join("../o2"));
    copy_folder(&desk.office(), &office);
    let calls = desk.sandbox.requests().len();
    for arguments in ["basics --yes", "actuals --month 2026-10 --yes", "connect"] {
        let mut command = command_on(&machine, &office, arguments);
        let ended = end(command.env("RAKUWING_API_KEY", KEY));
        assert_eq!(ended.exit, Some(5), "{arguments}: {ended:?}");
        assert!(ended.stderr.contains("親機のみ"), "{arguments}: {ended:?}");
    }
    assert_eq!(desk.sandbox.requests().len(), calls);
}

#[test]
fn a_folder_follows_its_office_to_a_new_machine_once_the_service_lets_it() {
    let mut desk = desk();
    desk.put("offices.csv", OFFICES);
    let new = desk.office().join("../m2");
    let on_new = |desk: &Desk, arguments: &str| {
        let mut command = command_on(&new, &desk.office(), arguments);
        end(command.env("RAKUWING_API_KEY", KEY))
    };
    // To the service the old machine is still the parent.
    let ended = on_new(&desk, "connect --new-machine");
    assert_eq!(ended.exit, Some(5), "{ended:?}");
    assert_eq!(desk.run("basics --prepare").exit, Some(0), "it still is");
    let released = sandbox::start(Options {
        key: KEY.to_owned(),
        ..Options::default()
    });
    let before = desk.sandbox.url();
    desk.sandbox = released.unwrap();
    desk.set(&before, &desk.sandbox.url());
    let ended = on_new(&desk, "connect");
    assert_eq!(ended.exit, Some(5), "{ended:?}");
    assert!(ended.stderr.contains("--new-machine"), "{ended:?}");
    let ended = on_new(&desk, "connect --new-machine");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert_eq!(desk.run("basics --yes").exit, Some(5));
    assert_eq!(on_new(&desk, "basics --yes").exit, Some(0));
}

/// The copy is made to look like one from elsewhere, because here all is one machine.
#[test]
fn a_configuration_folder_that_was_copied_along_makes_no_second_parent_machine() {
    let desk = desk();
    desk.put("offices.csv", OFFICES);
    let id = desk.machine().join("device");
    let text = String::from_utf8(disk::read(&id).unwrap()).unwrap();
    let [number, _seal] = text.lines().collect::<Vec<_>>()[..] else {
        println!("skipped: nothing tells this machine from others");
        return;
    };
    let elsewhere = format!("{number}\n{}\n", Digest::of(b"elsewhere").as_str());
    disk::write(&id, elsewhere.as_bytes()).unwrap();
    let calls = desk.sandbox.requests().len();
    for arguments in ["basics --yes", "connect"] {
        let ended = end(desk.command(arguments).env("RAKUWING_API_KEY", KEY));
        assert_eq!(ended.exit, Some(5), "{arguments}: {ended:?}");
        assert!(ended.stderr.contains("親機のみ"), "{arguments}: {ended:?}");
    }
    assert_eq!(desk.sandbox.requests().len(), calls);
    assert!(!disk::read(&id).unwrap().starts_with(number.as_bytes()));
}

// 6 — out of reach, or an outcome is unknown

#[test]
fn a_service_that_cannot_be_reached_ends_with_6_and_leaves_the_inbox_as_it_is() {
    let desk = desk();
    desk.put("offices.csv", OFFICES);
    let nowhere = Nowhere::new();
    desk.set(&desk.sandbox.url(), &nowhere.url());
    let ended = desk.run("basics --yes");
    assert_eq!(ended.exit, Some(6), "{ended:?}");
    assert_eq!(desk.files("inbox"), ["offices.csv"]);
}

#[test]
fn an_answer_that_nobody_foresaw_ends_with_6() {
    let desk = desk();
    desk.put("offices.csv", OFFICES);
    let strange = Fault::new(status(418)).on("GET /v1/care-offices");
    desk.sandbox.set_mischief(Mischief::of(strange));
    let ended = desk.run("basics --yes");
    assert_eq!(ended.exit, Some(6), "{ended:?}");
    assert!(ended.stderr.contains("418"), "{ended:?}");
}

#[test]
fn an_unknown_outcome_ends_with_6_and_the_same_again_ends_well() {
    let desk = desk();
    desk.put("offices.csv", OFFICES);
    desk.sandbox.set_mischief(Mischief {
        faults: vec![
            Fault::new(FaultKind::ResetAfterEffect).on("/batch"),
            Fault::new(status(503)).on("GET /v1/care-offices").after(1),
        ],
    });
    let ended = desk.run("basics --yes");
    assert_eq!(ended.exit, Some(6), "{ended:?}");
    assert_eq!((desk.posts().len(), desk.sendings("intended")), (1, 1));
    assert_eq!(desk.files("inbox"), ["offices.csv"]);
    desk.behave();
    let ended = desk.run("basics --yes");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert!(
        ended.stdout.contains("途中で止まった送信が1件"),
        "{ended:?}"
    );
    assert_eq!((desk.posts().len(), desk.sendings("intended")), (1, 0));
}

// 130 — stopped half-way: see `tests/stopping.rs`

// 7 — inputs, tables or the folder cannot be read or written

#[test]
fn an_inbox_without_a_file_ends_with_7() {
    let desk = desk();
    for arguments in ["basics --yes", "plan --month 2026-10 --yes", "check"] {
        let ended = desk.run(arguments);
        assert_eq!(ended.exit, Some(7), "{arguments}: {ended:?}");
        assert!(ended.stderr.contains("inbox"), "{arguments}: {ended:?}");
    }
}

#[test]
fn files_that_cannot_be_used_end_with_7_and_stay() {
    for (name, bytes) in [
        ("letter.csv", "拝啓,皆様\nお元気,ですか\n".as_bytes()),
        (
            "no_name.csv",
            "事業所番号,サービス種類,電話番号\n".as_bytes(),
        ),
        ("broken.xlsx", b"PK\x03\x04 and then nothing"),
        ("empty.csv", b""),
    ] {
        let desk = desk();
        desk.put_bytes(&format!("inbox/{name}"), bytes);
        for arguments in ["basics --yes", "check"] {
            let ended = desk.run(arguments);
            assert_eq!(ended.exit, Some(7), "{name} {arguments}: {ended:?}");
            assert!(ended.stderr.contains(".xlsx`"), "{name}: {ended:?}");
        }
        assert_eq!(desk.files("inbox"), [name]);
        assert_eq!(desk.posts(), []);
    }
}

#[test]
fn a_wrong_table_ends_with_7_and_names_its_line() {
    let desk = desk();
    desk.put("offices.csv", OFFICES);
    desk.put_bytes(
        "mappings/layouts/care_offices.toml",
        b"layout = \"x\"\nquotes = \"always\"\nrecord = \"care_ofice\"\ncolumn = []\n",
    );
    let ended = desk.run("basics --yes");
    assert_eq!(ended.exit, Some(7), "{ended:?}");
    assert!(
        ended
            .stderr
            .contains("mappings/layouts/care_offices.toml:3"),
        "{ended:?}"
    );
}

#[test]
fn settings_that_are_wrong_or_absent_end_with_7() {
    let desk = desk();
    desk.set("attempts = 2", "attempts = 0");
    let wrong = desk.run("basics --yes");
    assert_eq!(wrong.exit, Some(7), "{wrong:?}");
    assert!(wrong.stderr.contains("rakuwing.toml"), "{wrong:?}");
    disk::rename(
        &desk.office().join("rakuwing.toml"),
        &desk.office().join("elsewhere.toml"),
    )
    .unwrap();
    let absent = desk.run("basics --yes");
    assert_eq!(absent.exit, Some(7), "{absent:?}");
    assert!(absent.stderr.contains("rakuwing init"), "{absent:?}");
}

#[test]
fn an_address_in_the_clear_ends_with_7() {
    let desk = desk();
    desk.set(&desk.sandbox.url(), "http://care-wing.example");
    desk.put("offices.csv", OFFICES);
    let ended = desk.run("basics --yes");
    assert_eq!(ended.exit, Some(7), "{ended:?}");
    assert!(ended.stderr.contains("https://"), "{ended:?}");
}

#[test]
fn a_damaged_ledger_ends_with_7_and_stays_as_it_is() {
    let desk = desk();
    desk.put("offices.csv", OFFICES);
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    let path = desk.office().join(".rakuwing/ledger.sqlite");
    let whole = disk::read(&path).unwrap();
    let calls = desk.sandbox.requests().len();
    for damaged in [b"no ledger".repeat(500), whole[..whole.len() / 2].to_vec()] {
        disk::write(&path, &damaged).unwrap();
        let ended = desk.run("basics --yes");
        assert_eq!(ended.exit, Some(7), "{ended:?}");
        assert!(ended.stderr.contains("壊れています"), "{ended:?}");
        assert_eq!(disk::read(&path).unwrap(), damaged);
    }
    assert_eq!(desk.sandbox.requests().len(), calls);
}

// the documented list

#[test]
fn the_readme_lists_every_code_with_its_meaning() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let Some(bytes) = disk::read_if_there(&readme).unwrap() else {
        return;
    };
    let text = String::from_utf8(bytes).unwrap();
    for exit in Exit::ALL {
        let cells = [exit.code().to_string(), exit.meaning().to_owned()];
        let listed = text.lines().any(|line| {
            let row: Vec<&str> = line
                .split('|')
                .map(|cell| cell.trim_matches([' ', '`']))
                .collect();
            row.windows(2).any(|pair| pair == cells)
        });
        assert!(listed, "{cells:?} is not in the README's table");
    }
}
