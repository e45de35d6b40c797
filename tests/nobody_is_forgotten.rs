//! No one is forgotten: the sentence of success is a promise about a whole month.
//!
//! Little months with people held in every way are played in any order of commands, by the real
//! program against the practice service. What is true is asked of the service, and of nobody
//! who keeps a list: somebody is open whom an export has named and of whom the service does not
//! hold the month that was exported last, or of whom it holds visits that nobody has approved.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test are a test as well"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use proptest::prelude::*;
use rakuwing::disk;
use rakuwing::sandbox::{Collection, Options, Play};
use serde_json::json;
use support::{Desk, Ended, grid};

const SUCCESS: &str = "すべての行が通った";
const PEOPLE: [&str; 4] = ["青木　一", "石田　二", "上野　三", "江口　四"];
const MONTH: &str = "2026-10";

/// What an export says of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Row {
    Right,
    Absent,
    /// A cell that cannot be read, in a row that says whose it is.
    BadCell,
    /// A number that cannot be read.
    BadNumber,
    /// Another number, which is nobody's.
    OtherNumber,
}

/// What the clerk does next.
#[derive(Debug, Clone, Copy)]
enum Deed {
    Basics([Row; 4]),
    Plan([Row; 4], u8),
    Prepare([Row; 4], u8),
    Register,
    Play(Play),
    Actuals,
    PrepareActuals,
    Run([Row; 4], u8),
    /// The export once more, without the rows that made trouble.
    LeaveOut,
    /// The basic data once more, without the rows that made trouble.
    LeaveOutOfBasics,
    Check,
}

fn row() -> impl Strategy<Value = Row> {
    prop_oneof![
        1 => Just(Row::Absent),
        2 => Just(Row::BadCell),
        1 => Just(Row::BadNumber),
        1 => Just(Row::OtherNumber),
    ]
}

fn deed() -> impl Strategy<Value = Deed> {
    // Mostly right, as exports are.
    let rows = || {
        let wrong = prop::collection::vec((0..4usize, row()), 1..3);
        wrong.prop_map(|wrong| {
            let mut rows = [Row::Right; 4];
            for (person, row) in wrong {
                rows[person] = row;
            }
            rows
        })
    };
    let days = || 1..=3u8;
    prop_oneof![
        1 => rows().prop_map(Deed::Basics),
        6 => (rows(), days()).prop_map(|(rows, days)| Deed::Plan(rows, days)),
        1 => (rows(), days()).prop_map(|(rows, days)| Deed::Prepare(rows, days)),
        1 => Just(Deed::Register),
        2 => prop_oneof![Just(Play::Faithful), Just(Play::Lifelike)].prop_map(Deed::Play),
        3 => Just(Deed::Actuals),
        1 => Just(Deed::PrepareActuals),
        1 => (rows(), days()).prop_map(|(rows, days)| Deed::Run(rows, days)),
        6 => Just(Deed::LeaveOut),
        1 => Just(Deed::LeaveOutOfBasics),
        1 => Just(Deed::Check),
    ]
}

/// A month as it really is.
struct World {
    desk: Desk,
    files: usize,
    /// How many days of each person's month were exported last, as far as any run has read it.
    exported: BTreeMap<usize, u8>,
    /// Whom basic data named.
    named: BTreeSet<usize>,
    /// Whether the recorder has visits that nobody has approved, and whether a run has seen it.
    unapproved: bool,
    unapproved_seen: bool,
    /// The exports that were made last.
    last_basics: [Row; 4],
    last_plan: ([Row; 4], u8),
}

/// A day before the month, of which nothing is past: days that a plan lacks are no matter here.
const BEFORE: &str = "2026-09-28";

impl World {
    fn new() -> Self {
        let desk = Desk::new(Options::default());
        desk.put(
            "offices.csv",
            "事業所番号,事業所名,サービス種類\n1370000018,みほん,43\n",
        );
        Self {
            desk,
            files: 0,
            exported: BTreeMap::new(),
            named: BTreeSet::new(),
            unapproved: false,
            unapproved_seen: false,
            last_basics: [Row::Right; 4],
            last_plan: ([Row::Right; 4], 2),
        }
    }

    /// Everybody who is open, by what the service holds.
    fn open(&self) -> BTreeSet<usize> {
        let plans = Collection::Plans(MONTH.parse().unwrap());
        let held: BTreeMap<String, usize> = (self.desk.sandbox.held(plans).iter())
            .map(|held| {
                let visits = held.item["visits"].as_array().map_or(0, Vec::len);
                (held.key.clone(), visits)
            })
            .collect();
        let clients: BTreeSet<String> = (self.desk.sandbox.held(Collection::Clients).iter())
            .map(|held| held.key.clone())
            .collect();
        let plan = |person: usize| {
            let key = format!("1370100016-131128-{}", number(person));
            held.iter()
                .find(|(of, _)| of.ends_with(&key))
                .map(|(_, visits)| *visits)
        };
        let unplanned = self
            .exported
            .iter()
            .filter(|(person, days)| plan(**person) != Some(usize::from(**days)));
        let unknown = self
            .named
            .iter()
            .filter(|person| !clients.contains(&format!("131128-{}", number(**person))));
        unplanned
            .map(|(person, _)| *person)
            .chain(unknown.copied())
            .collect()
    }

    /// Puts an export of basic data into the inbox.
    fn put_basics(&mut self, rows: [Row; 4]) {
        self.last_basics = rows;
        let mut text = "被保険者番号,保険者番号,氏名,フリガナ,生年月日,要介護度,認定有効期間開始日,認定有効期間終了日\n".to_owned();
        for (person, mut row) in rows.into_iter().enumerate() {
            if row == Row::OtherNumber {
                // Basic data is where numbers come from: nobody could tell.
                row = Row::Right;
            }
            let Some(number) = typed(person, row) else {
                continue;
            };
            let born = if row == Row::BadCell {
                "1940/13/1"
            } else {
                "1940/1/1"
            };
            let name = PEOPLE[person];
            let _ = writeln!(
                text,
                "{number},131128,{name},ミホン,{born},要介護3,2026/4/1,2028/3/31"
            );
            self.named.insert(person);
        }
        self.files += 1;
        self.desk.put(&format!("clients{}.csv", self.files), &text);
    }

    /// Puts an export of plans into the inbox.
    fn put_plan(&mut self, rows: [Row; 4], days: u8) {
        self.last_plan = (rows, days);
        let all: Vec<usize> = (1..=usize::from(days)).collect();
        let mut lines = Vec::new();
        for (person, row) in rows.into_iter().enumerate() {
            let Some(number) = typed(person, row) else {
                continue;
            };
            let begin = if row == Row::BadCell { "25時" } else { "9:00" };
            let name = PEOPLE[person];
            lines.push(format!(
                "2026/10,1370100016,131128,{number},{name},111111,{begin},9:30"
            ));
            self.exported.insert(person, days);
        }
        let lines: Vec<(&str, &[usize])> = lines.iter().map(|line| (&**line, &*all)).collect();
        self.files += 1;
        self.desk
            .put(&format!("plan{}.csv", self.files), &grid(&lines));
    }

    /// Takes away what earlier deeds have left, as a clerk does before a newer export.
    fn empty_the_inbox(&self) {
        for name in self.desk.files("inbox") {
            if name.starts_with("clients") || name.starts_with("plan") {
                disk::remove(&self.desk.office().join("inbox").join(name)).unwrap();
            }
        }
    }

    fn run(&mut self, deed: Deed) -> Ended {
        match deed {
            Deed::Basics(rows) => {
                self.empty_the_inbox();
                self.put_basics(rows);
                self.desk.run("basics --yes")
            }
            Deed::Plan(rows, days) => {
                self.empty_the_inbox();
                self.put_plan(rows, days);
                self.desk.run_on(BEFORE, "plan --month 2026-10 --yes")
            }
            Deed::Prepare(rows, days) => {
                self.empty_the_inbox();
                self.put_plan(rows, days);
                self.desk.run_on(BEFORE, "plan --month 2026-10 --prepare")
            }
            Deed::Run(rows, days) => {
                self.empty_the_inbox();
                self.put_basics(rows);
                self.put_plan(rows, days);
                self.desk.run_on(BEFORE, "run --month 2026-10 --yes")
            }
            Deed::LeaveOut => {
                let (rows, days) = self.last_plan;
                self.run(Deed::Plan(without_trouble(rows), days))
            }
            Deed::LeaveOutOfBasics => self.run(Deed::Basics(without_trouble(self.last_basics))),
            Deed::Register => self.desk.run_on(BEFORE, "register"),
            Deed::Check => self.desk.run("check"),
            Deed::Play(play) => {
                let played = self.desk.sandbox.play(MONTH, play).unwrap();
                self.unapproved = played.unapproved > 0;
                // What was approved is the recorder's affair until somebody asks.
                self.desk.run("status")
            }
            Deed::Actuals => {
                let ended = self.desk.run("actuals --month 2026-10 --yes");
                self.unapproved_seen = self.unapproved;
                ended
            }
            Deed::PrepareActuals => {
                let ended = self.desk.run("actuals --month 2026-10 --prepare");
                self.unapproved_seen = self.unapproved;
                ended
            }
        }
    }
}

fn without_trouble(rows: [Row; 4]) -> [Row; 4] {
    rows.map(|row| match row {
        Row::Right => Row::Right,
        _ => Row::Absent,
    })
}

fn number(person: usize) -> String {
    format!("00001{:05}", person + 1)
}

/// What stands in the column of numbers; nothing where there is no row.
fn typed(person: usize, row: Row) -> Option<String> {
    match row {
        Row::Absent => None,
        Row::Right | Row::BadCell => Some(number(person)),
        Row::BadNumber => Some(format!("0000X{:05}", person + 1)),
        Row::OtherNumber => Some(format!("00009{:05}", person + 1)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn success_is_said_only_where_nobody_is_open(
        deeds in prop::collection::vec(deed(), 3..8),
        knows in prop::bool::weighted(0.8),
    ) {
        let mut world = World::new();
        let everybody = [Row::Right; 4];
        if knows {
            prop_assert_eq!(world.run(Deed::Basics(everybody)).exit, Some(0));
        }
        for deed in &deeds {
            let ended = world.run(*deed);
            let open = world.open();
            let says_so = ended.stdout.contains(SUCCESS);
            let waits = !open.is_empty() || world.unapproved_seen;
            let told = format!("after {deed:?} of {deeds:?}, {open:?} are open: {ended:?}");
            prop_assert!(!(says_so && waits), "{}", told);
            let is_a_step = !matches!(
                deed,
                Deed::Prepare(..) | Deed::PrepareActuals | Deed::Check | Deed::Play(_)
            );
            prop_assert!(!(is_a_step && ended.exit == Some(0) && waits), "{}", told);
            prop_assert!(ended.exit != Some(1), "{}", told);
        }
        // And it can be said: whoever was open is put right by an export in which all is right.
        world.run(Deed::Basics(everybody));
        world.run(Deed::Plan(everybody, 2));
        world.run(Deed::Play(Play::Faithful));
        let ended = world.run(Deed::Actuals);
        let status = world.desk.run("status");
        prop_assert!(ended.stdout.contains(SUCCESS), "{deeds:?}: {ended:?}\n{status:?}");
        prop_assert_eq!(status.exit, Some(0), "{:?}", status);
    }
}

fn world_after(rows: [Row; 4]) -> World {
    let mut world = World::new();
    assert_eq!(world.run(Deed::Basics([Row::Right; 4])).exit, Some(0));
    world.run(Deed::Plan(rows, 2));
    world
}

const ONE_IS_HELD: [Row; 4] = [Row::Right, Row::BadCell, Row::Right, Row::Right];

#[test]
fn whoever_was_held_in_the_plan_is_named_when_the_actuals_are_fetched() {
    let mut world = world_after(ONE_IS_HELD);
    world.run(Deed::Play(Play::Faithful));
    let ended = world.run(Deed::Actuals);
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    let named = "  ・石田　二(131128-0000100002)\n      時刻として読めない V207、plan2.csv 3行目\n";
    assert!(ended.stdout.contains(named), "{ended:?}");
    assert!(
        ended
            .stdout
            .ends_with("今回の行はすべて通ったが、まだ済んでいない人がいる\n"),
        "{ended:?}"
    );
}

#[test]
fn status_says_how_the_month_stands_and_one_thing_to_do() {
    let world = world_after(ONE_IS_HELD);
    let ended = world.desk.run("status");
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    for line in [
        "【いまの状態 2026年10月】",
        "書き出しの利用者: 4名",
        "登録済み: 3名",
        "保留: 1名",
        "・石田　二(131128-0000100002)",
        "実績の取得: まだしていません",
        "ロック: していません",
    ] {
        assert!(ended.stdout.contains(line), "{line}: {ended:?}");
    }
    assert_eq!(ended.stdout.matches("次にすること").count(), 1);
    assert!(
        ended.stdout.contains("`rakuwing plan --month 2026-10`"),
        "{ended:?}"
    );
    let object = world.desk.run("status --json").json();
    assert_eq!(object["held"][0]["client"], "131128-0000100002");
    assert_eq!(object["held"][0]["reasons"][0]["cause"], "V207");
    assert_eq!(object["exit_code"], 3);
    let other = world.desk.run("status --month 2026-11");
    assert_eq!(other.exit, Some(0), "nobody is open there: {other:?}");
}

#[test]
fn where_no_file_could_be_read_nobody_is_said_to_be_done() {
    let mut world = World::new();
    world.run(Deed::Basics([Row::Right; 4]));
    world.desk.put("plan.csv", "氏名,金額\n石田　二,1\n");
    let ended = world.desk.run("plan --month 2026-10 --yes");
    assert_eq!(ended.exit, Some(7), "{ended:?}");
    assert!(
        ended.words().contains("「plan.csv」は読めません"),
        "{ended:?}"
    );
    let status = world.desk.run("status --month 2026-10");
    assert_eq!(status.exit, Some(3), "{status:?}");
    let said = "この月の予定を読めていないので、だれが済んでいないか分かりません";
    assert!(status.stdout.contains(said), "{status:?}");
    world.empty_the_inbox();
    assert_eq!(world.run(Deed::Plan([Row::Right; 4], 2)).exit, Some(0));
    assert_eq!(world.desk.run("status --month 2026-10").exit, Some(0));
}

#[test]
fn a_newer_export_without_somebody_who_was_held_forgets_nobody() {
    let mut world = world_after(ONE_IS_HELD);
    let without = [Row::Right, Row::Absent, Row::Right, Row::Right];
    let ended = world.run(Deed::Plan(without, 2));
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    assert!(ended.stdout.contains("石田　二"), "{ended:?}");
    // Only a person can say that nothing is to be done any more.
    let ended = world
        .desk
        .run("status --done 131128-0000100002 --done nobody");
    assert!(ended.stdout.contains("--done の2番目は"), "{ended:?}");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert!(
        ended
            .stdout
            .contains("1件を、まだ済んでいない一覧から外しました"),
        "{ended:?}"
    );
    assert_eq!(world.run(Deed::Plan(without, 2)).exit, Some(0));
}

#[test]
fn a_number_that_was_nobodys_is_forgotten_when_its_bearer_goes_through() {
    for wrong in [Row::OtherNumber, Row::BadNumber] {
        let mut world = world_after([Row::Right, wrong, Row::Right, Row::Right]);
        assert_eq!(world.desk.run("status").exit, Some(3), "{wrong:?}");
        let ended = world.run(Deed::Plan([Row::Right; 4], 2));
        assert_eq!(ended.exit, Some(0), "{wrong:?}: {ended:?}");
    }
}

#[test]
fn whoever_is_held_in_the_basic_data_is_open_in_every_month() {
    let mut world = World::new();
    let held = world.run(Deed::Basics(ONE_IS_HELD));
    assert!(
        held.stdout.contains("まだ済んでいない人(基本情報): 1名"),
        "{held:?}"
    );
    let before = world.desk.run("status");
    assert!(before.stdout.contains("石田　二"), "{before:?}");
    let without = [Row::Right, Row::Absent, Row::Right, Row::Right];
    let ended = world.run(Deed::Plan(without, 2));
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    assert!(ended.stdout.contains("暦にない日付 V205"), "{ended:?}");
}

#[test]
fn whoever_was_changed_there_is_open_until_somebody_decides() {
    let mut world = world_after([Row::Right; 4]);
    let plans = Collection::Plans(MONTH.parse().unwrap());
    let key = "1370100016-131128-0000100003";
    world
        .desk
        .sandbox
        .edit(plans, key, "/visits/0/start", json!("10:00"))
        .unwrap();
    world.run(Deed::Plan([Row::Right; 4], 2));
    let status = world.desk.run("status");
    assert!(
        status
            .stdout
            .contains("Care-wing側で変更: 1名\n    ・上野　三"),
        "{status:?}"
    );
    // The file waits in the inbox for the decision.
    let ended = world.desk.run("plan --month 2026-10 --keep theirs --yes");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
}

#[test]
fn a_proposal_that_nobody_registers_leaves_its_people_open() {
    let mut world = World::new();
    world.run(Deed::Basics([Row::Right; 4]));
    let prepared = world.run(Deed::Prepare([Row::Right; 4], 2));
    assert_eq!(prepared.exit, Some(0), "{prepared:?}");
    assert!(
        prepared
            .stdout
            .ends_with("すべての行を登録できる。まだ登録していない\n")
    );
    let status = world.desk.run("status");
    assert!(status.stdout.contains("登録待ち: 4名"), "{status:?}");
    assert!(status.stdout.contains("`rakuwing register`"), "{status:?}");
    assert_eq!(world.desk.run("register").exit, Some(0));
    assert_eq!(world.desk.run("status").exit, Some(0));
}

#[test]
fn a_question_that_nobody_answers_leaves_its_people_open() {
    let mut world = World::new();
    world.put_basics([Row::Right; 4]);
    assert_eq!(world.desk.run("basics").exit, Some(2));
    let status = world.desk.run("status");
    assert!(status.stdout.contains("登録待ち: 4名"), "{status:?}");
}

#[test]
fn a_file_that_nobody_can_read_is_open_while_it_lies_there() {
    let mut world = world_after([Row::Right; 4]);
    world.run(Deed::Play(Play::Faithful));
    world.desk.put("memo.csv", "めも,10月は注意\n");
    let ended = world.run(Deed::Actuals);
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    assert!(ended.stdout.contains("memo.csv"), "{ended:?}");
    disk::remove(&world.desk.office().join("inbox/memo.csv")).unwrap();
    assert_eq!(world.run(Deed::Actuals).exit, Some(0));
}

#[test]
fn a_file_that_was_taken_out_of_the_inbox_is_open_no_more() {
    let mut world = world_after([Row::Right; 4]);
    let picture = world.desk.office().join("inbox/IMG_2041.JPG");
    disk::write(&picture, b"\xFF\xD8\xFF\xE0\x00\x10JFIF").unwrap();
    assert_eq!(world.run(Deed::Plan([Row::Right; 4], 3)).exit, Some(3));
    assert_eq!(world.desk.run("status").exit, Some(3));
    world.run(Deed::Play(Play::Faithful));
    let ended = world.run(Deed::Actuals);
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    // It may be a plan or anything.
    assert!(!ended.stdout.contains("A619"), "{ended:?}");
    disk::remove(&picture).unwrap();
    assert_eq!(world.desk.run("status").exit, Some(0));
    assert_eq!(world.run(Deed::Actuals).exit, Some(0));
}

#[test]
fn whoever_is_held_with_many_records_is_one_person_with_a_name() {
    let mut world = World::new();
    world.run(Deed::Basics([Row::Right; 4]));
    let number = number(0);
    let evening = format!("2026/10,1370100016,131128,{number},青木　一,111111,19:00,19:30");
    world.desk.put("plan.csv", &grid(&[(&evening, &[1, 2, 3])]));
    assert_eq!(world.desk.run("plan --month 2026-10 --yes").exit, Some(0));
    world.run(Deed::Play(Play::Faithful));
    world.desk.set("[audit]\n", "[audit]\nC701 = \"hold\"\n");
    let ended = world.desk.run("actuals --month 2026-10 --yes");
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    for words in ["まだ済んでいない人(2026年10月): 1名", "・青木　一"] {
        assert!(ended.stdout.contains(words), "{ended:?}");
    }
    assert!(!ended.stdout.contains("P410"), "{ended:?}");
    // What is held is not to be claimed, so nothing is to be closed.
    assert!(!ended.stdout.contains("rakuwing lock"), "{ended:?}");
}

#[test]
fn an_empty_inbox_says_who_is_open_all_the_same() {
    let world = world_after(ONE_IS_HELD);
    let ended = world.desk.run("run --month 2026-10 --yes");
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    assert!(ended.stdout.contains("石田　二"), "{ended:?}");
}

#[test]
fn what_goes_through_at_one_of_our_offices_says_nothing_of_another_one() {
    let both = ["1370100016", "1370100024"];
    let desk = Desk::new(Options {
        offices: both.map(str::to_owned).to_vec(),
        ..Options::default()
    });
    desk.set("[\"1370100016\"]", "[\"1370100016\", \"1370100024\"]");
    desk.put(
        "clients.csv",
        "被保険者番号,保険者番号,氏名,生年月日,要介護度,認定有効期間開始日,認定有効期間終了日\n\
         0000100001,131128,青木　一,1940/1/1,要介護3,2026/4/1,2028/3/31\n\
         0000100002,131128,石田　二,1940/1/1,要介護3,2026/4/1,2028/3/31\n",
    );
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    let line = |own: usize, person: usize, begin: &str| {
        let (own, number, name) = (both[own], number(person), PEOPLE[person]);
        format!("2026/10,{own},131128,{number},{name},111111,{begin},9:30")
    };
    let plan = |own: usize, begin: &str| {
        let lines = [line(own, 0, begin), line(own, 1, "8:30")];
        let lines = lines.each_ref().map(|line| (&**line, &[1][..]));
        desk.put("plan.csv", &grid(&lines));
        desk.run("plan --month 2026-10 --yes")
    };
    assert_eq!(plan(0, "25時").exit, Some(3));
    let other = plan(1, "9:00");
    assert_eq!(other.exit, Some(3), "{other:?}");
    assert!(other.stdout.contains("・青木　一"), "{other:?}");
    let mended = plan(0, "9:00");
    assert_eq!(mended.exit, Some(0), "{mended:?}");
}

#[test]
fn a_folder_in_the_inbox_is_as_unread_as_a_file_that_nobody_can_read() {
    let mut world = world_after([Row::Right; 4]);
    let folder = world.desk.office().join("inbox/先月分");
    disk::make_folder(&folder).unwrap();
    let mut runs = vec![world.run(Deed::Plan([Row::Right; 4], 3))];
    for arguments in ["run --month 2026-10 --yes", "status"] {
        runs.push(world.desk.run(arguments));
    }
    for ended in runs {
        assert_eq!(ended.exit, Some(3), "{ended:?}");
        assert!(!ended.stdout.contains(SUCCESS), "{ended:?}");
        assert!(
            ended.stdout.contains("まだ使えていないファイル: 1件"),
            "{ended:?}"
        );
        assert!(ended.stdout.contains("・先月分"), "{ended:?}");
    }
    disk::rename(&folder, &world.desk.office().join("archive/先月分")).unwrap();
    assert_eq!(world.desk.run("run --month 2026-10 --yes").exit, Some(0));
}
