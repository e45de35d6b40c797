//! A proposal: what would be registered, shown before anything is sent.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::disk::Digest;
use crate::finding::{Book, Code, Fate, Finding};
use crate::ledger::NewProposal;
use crate::model::{AddOns, ClientId, FileName, Mark, YearMonth};
use crate::report::Action;
use crate::table::Tables;

use super::Summary;
use super::change::{Change, Course, Keep};
use super::compare::{Group, Planned};
use super::corrections::Source;
use super::exclusions::Exclusions;
use super::files::Newer;
use super::inbox::InputFile;
use super::living;
use super::parts;
use super::still_open::Seen;
use super::way_back::{self, Stuck};

/// The three steps of the manual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// 基本情報の登録.
    Basics,
    /// 月間ケアプランの登録.
    Plan,
    /// 実績の取得.
    Actuals,
}

impl Step {
    /// The command's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Basics => "basics",
            Self::Plan => "plan",
            Self::Actuals => "actuals",
        }
    }

    /// The manual's name.
    pub fn title(self) -> &'static str {
        match self {
            Self::Basics => "基本情報の登録",
            Self::Plan => "月間ケアプランの登録",
            Self::Actuals => "実績の取得",
        }
    }

    /// The step with a command's name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Basics, Self::Plan, Self::Actuals]
            .into_iter()
            .find(|step| step.name() == name)
    }
}

/// The choices that a step offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// 加算データも登録する / しない.
    pub add_ons: AddOns,
    /// 実績のみ / 予定・実績とも.
    pub mark: Mark,
    /// Whose side stays where somebody else has changed something; `None` where each is
    /// decided by itself.
    #[serde(default)]
    pub keep: Option<Keep>,
    /// How many clients' months may be emptied.
    #[serde(default)]
    pub allow_removals: usize,
    /// Whether care-management offices are told to delete what they were told of clients who
    /// have no actuals any more.
    #[serde(default)]
    pub deletions: bool,
    /// The file that counts where others say something else of the same.
    #[serde(default)]
    pub use_file: Option<String>,
}

/// What would be registered with Care-wing.
#[derive(Debug)]
pub struct Proposal {
    /// Which step.
    pub step: Step,
    /// The month, for a plan.
    pub month: Option<YearMonth>,
    /// The choices.
    pub options: Options,
    /// The items, group by group in the order of sending.
    pub groups: Vec<Group>,
    /// How many add-ons the items hold.
    pub add_ons: usize,
    /// What could not come back.
    pub stuck: Vec<Stuck>,
    /// The input files of the step.
    pub inputs: Vec<InputFile>,
    /// Those of them that can leave the inbox afterwards.
    pub done_with: Vec<InputFile>,
    /// The digest of the input files.
    pub inputs_digest: Digest,
    /// The fates so far.
    pub book: Book,
    /// What is to be said so far.
    pub findings: Vec<Finding>,
    /// The files that error workbooks have corrected.
    pub corrected: Vec<Source>,
    /// How many withheld rows nobody has touched in the error workbooks that were taken.
    pub left: usize,
    /// What is to be said of error workbooks and of files as wholes, a sentence each.
    pub remarks: Vec<String>,
    /// Which rows are left out.
    pub exclusions: Exclusions,
    /// Who is named in the input files, where somebody was open before.
    pub named: BTreeSet<ClientId>,
    /// Files that are held whole until somebody has done something about them.
    pub waiting: BTreeSet<FileName>,
    /// The file to be used in place of an older one, where only a person can say so.
    pub newer: Option<Newer>,
    /// Whose rows were read.
    pub seen: Seen,
}

impl Proposal {
    /// What the run has come to.
    pub fn for_the_workbook(&self) -> living::Seen<'_> {
        living::Seen {
            step: self.step,
            month: self.month,
            book: &self.book,
            findings: &self.findings,
            inputs: &self.inputs,
            people: &self.seen.people,
            named: &self.named,
            with_files: self.seen.with_files(),
            went: const { &BTreeSet::new() },
        }
    }

    /// What the ledger keeps: the digests of everything that the proposal was made from.
    pub fn saved<'p>(&'p self, tables: &'p Tables) -> NewProposal<'p> {
        let held = self.groups.iter().map(|group| group.versions.held_digest());
        let held: Vec<&str> = held.map(Digest::as_str).collect();
        NewProposal {
            step: self.step.name().to_owned(),
            month: self.month,
            options: serde_json::to_string(&self.options).expect("two words are JSON"),
            inputs: self.inputs_digest.clone(),
            tables: tables.digest.clone(),
            held: Digest::of(held.join("\n").as_bytes()),
            items: self.items_digest(),
            parts: parts::of(self, tables),
        }
    }

    /// What is held just so is named here; what it says and its version stand in the digest of
    /// what is held.
    fn items_digest(&self) -> Digest {
        let mut lines = String::new();
        for planned in self.planned() {
            let (item, change, revision) = (&planned.item, planned.change, &planned.revision);
            let digest = item.digest.as_str();
            let _ = writeln!(lines, "{}\t{digest}\t{change:?}\t{revision:?}", item.key);
        }
        for same in self.groups.iter().flat_map(|group| &group.same) {
            lines.extend([&*same.key, "\n"]);
        }
        Digest::of(lines.as_bytes())
    }

    /// Every item that is not held just so.
    pub fn planned(&self) -> impl Iterator<Item = &Planned> {
        self.groups.iter().flat_map(|group| &group.items)
    }

    /// How many items are held just so.
    pub fn unchanged(&self) -> usize {
        self.groups.iter().map(|group| group.same.len()).sum()
    }

    /// How many items go this way.
    pub fn count(&self, course: Course) -> usize {
        self.planned()
            .filter(|planned| planned.course() == course)
            .count()
    }

    fn actions(&self, action: Action) -> usize {
        self.planned()
            .filter(|planned| self::action(planned) == action)
            .count()
    }

    /// How many items would be sent.
    pub fn to_send(&self) -> usize {
        self.count(Course::Send)
    }

    /// How many rows are withheld already.
    pub fn withheld(&self) -> usize {
        self.book.count(Fate::Withheld)
    }

    /// How many sent items the inputs no longer name.
    pub fn missing(&self) -> usize {
        self.groups.iter().map(|group| group.missing.len()).sum()
    }

    /// How many months would be emptied, or wait for it.
    fn removals(&self) -> usize {
        self.planned().filter(|planned| planned.empties()).count()
    }

    /// What the clerk is shown.
    pub fn summary(&self, preview: Option<PathBuf>) -> Summary {
        let pro_rated = self.codes(Code::ProRatedPlanned);
        let mut counts = vec![
            ("新規", self.actions(Action::Create)),
            ("変更", self.actions(Action::Update)),
            ("変更なし", self.unchanged()),
            ("今回のデータにない", self.missing() + self.removals()),
        ];
        let of_change = [
            ("削除(月を空にする)", self.actions(Action::Delete)),
            ("削除の許可待ち", self.waiting_for_leave()),
            ("Care-wing側の内容を残す", self.count(Course::LeaveTheirs)),
            ("Care-wing側で変更", self.waiting(Code::ChangedThere)),
            ("両方で変更", self.waiting(Code::ChangedOnBothSides)),
            ("Care-wing側で削除", self.waiting(Code::RemovedThere)),
        ];
        counts.extend(of_change.into_iter().filter(|(_, count)| *count > 0));
        counts.push(("保留の行", self.withheld()));
        let mut remarks = self.remarks.clone();
        if self.step == Step::Plan {
            counts.push(("日割コードの行", pro_rated));
            remarks.push(match self.options.add_ons {
                AddOns::With => format!("加算データも登録します({}件)。", self.add_ons),
                AddOns::Without => format!(
                    "加算データは登録しません(対象外にした行: {}、登録済みの加算はそのまま)。",
                    self.codes(Code::AddOnLeftOut)
                ),
            });
        }
        if pro_rated > 0 {
            remarks.push(Code::ProRatedPlanned.cause().to_owned());
            remarks.push(Code::ProRatedPlanned.cure().to_owned());
        }
        remarks.extend(way_back::remark(&self.stuck));
        Summary {
            title: title(self.step, self.month),
            counts,
            remarks,
            preview,
            proposal: None,
        }
    }

    fn waiting_for_leave(&self) -> usize {
        self.waiting(Code::RemovalWithheld) + self.waiting(Code::PastDaysWithheld)
    }

    fn waiting(&self, code: Code) -> usize {
        self.count(Course::Withhold(code))
    }

    fn codes(&self, code: Code) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.code == code)
            .count()
    }
}

/// What would happen to an item.
pub fn action(planned: &Planned) -> Action {
    match planned.course() {
        Course::Send if planned.empties() => Action::Delete,
        Course::Send => match planned.change {
            Change::New | Change::RemovedThere => Action::Create,
            Change::Changed | Change::Kept | Change::ChangedThere | Change::ChangedBoth => {
                Action::Update
            }
        },
        Course::LeaveTheirs => Action::Keep,
        Course::Withhold(_) => Action::Withhold,
    }
}

/// `月間ケアプランの登録 2026年10月`
pub fn title(step: Step, month: Option<YearMonth>) -> String {
    match month {
        Some(month) => format!("{} {}", step.title(), month.in_words()),
        None => step.title().to_owned(),
    }
}

/// `_202610`, or nothing for a step without a month.
pub fn month_in_name(month: Option<YearMonth>) -> String {
    month.map_or_else(String::new, |month| {
        format!("_{:04}{:02}", month.year(), month.month())
    })
}
