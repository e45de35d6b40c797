//! The closing account of a run: sums that add up, findings in a workbook, an exit code.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::chance;
use crate::disk;
use crate::error::{Error, Exit};
use crate::finding::{Book, Code, Finding, Severity, Tally};
use crate::ledger::RunId;
use crate::model::YearMonth;
use crate::report::{self, ErrorReport, Trail};
use crate::table::Tables;

use super::audit::Remarked;
use super::corrections::Memory;
use super::explain::Explanation;
use super::inbox::{InputFile, free_name};
use super::living::{self, Living, Seen};
use super::office::Office;
use super::proposal::{Step, month_in_name};
use super::questions::questions;
use super::removal::Asked;
use super::shelf;
use super::still_open::{self, OpenCause, Person};
use super::withheld::{self, Shown, ShownFile};

/// How a run ended. What becomes an object holds counts and paths only, so that it may be
/// printed anywhere; the names of those who are still open are for the clerk's screen alone.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Outcome {
    /// The command.
    pub command: String,
    /// The month, for a run that has one.
    pub month: Option<String>,
    /// The word for rows that went through: 送った, 送る予定, 送れる, 取り込んだ.
    #[serde(skip)]
    pub done: &'static str,
    /// What was made of each file, where that was asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reading: Vec<Explanation>,
    /// The sums, file by file.
    pub files: Vec<FileSums>,
    /// Items that were registered, or lines that were written.
    pub sent: usize,
    /// Items that stood there already.
    pub unchanged: usize,
    /// Items that stay as Care-wing has them, because somebody has decided so.
    pub kept: usize,
    /// Items that Care-wing rejected, or that were changed there.
    pub rejected: usize,
    /// Findings by severity.
    pub findings: FindingSums,
    /// The error workbook, where there is something to say.
    pub report: Option<PathBuf>,
    /// How many rows of error workbooks are withheld still, because nobody has touched them.
    #[serde(skip_serializing_if = "is_none")]
    pub left: usize,
    /// Whether it shows cells that can be put right in it.
    #[serde(skip)]
    pub shows_red_cells: bool,
    /// The preview workbook.
    pub preview: Option<PathBuf>,
    /// 請求前点検, where it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit: Option<PathBuf>,
    /// How much each of its checks has found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remarked: Vec<Remarked>,
    /// What lies in the outbox now. The files for care-management offices bear their numbers
    /// in their names, and are only counted here: they stand in the list.
    pub written: Vec<WrittenFile>,
    /// The number of the proposal.
    pub proposal: Option<i64>,
    /// Whether somebody has stopped it half-way.
    #[serde(skip)]
    pub halfway: Halfway,
    /// Sentences for the clerk.
    pub notes: Vec<String>,
    /// Whether it has registered what it could, or only prepared it.
    #[serde(skip)]
    pub sending: Sending,
    /// Why people of the month are still open, this run's and others.
    #[serde(rename = "open", skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<OpenCause>,
    /// The month in which they are; `None` where only basic data is.
    #[serde(skip)]
    pub open_month: Option<YearMonth>,
    /// Who they are.
    #[serde(skip)]
    pub open: Vec<Person>,
    /// How the run's own rows ended, once it was asked who else is open.
    #[serde(skip)]
    pub rows_exit: Option<Exit>,
    /// The exit code.
    pub exit_code: u8,
}

/// Whether a run has registered what it could.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sending {
    /// It has, or there was nothing to register.
    #[default]
    Now,
    /// It has only prepared it.
    Later,
}

/// A file in the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WrittenFile {
    /// What it is, in the clerk's words.
    pub kind: String,
    /// Where it is.
    pub path: PathBuf,
}

/// Whether somebody has stopped a run half-way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Halfway {
    /// It went as far as it could.
    #[default]
    No,
    /// Something was left unsent.
    Stopped,
}

/// The sums of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "each member counts the rows of the fate of its name"
)]
pub struct FileSums {
    pub file: String,
    pub rows: usize,
    pub sent: usize,
    pub unchanged: usize,
    pub withheld: usize,
    pub excluded: usize,
}

/// How many findings there are of each severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "each member counts the findings of the severity of its name"
)]
pub struct FindingSums {
    pub errors: usize,
    pub reviews: usize,
    pub notices: usize,
}

impl From<&Tally> for FileSums {
    fn from(tally: &Tally) -> Self {
        Self {
            file: tally.file.to_string(),
            rows: tally.rows,
            sent: tally.sent,
            unchanged: tally.unchanged,
            withheld: tally.withheld,
            excluded: tally.excluded,
        }
    }
}

impl FindingSums {
    /// Counts findings.
    pub fn of(findings: &[Finding]) -> Self {
        let count = |severity| {
            findings
                .iter()
                .filter(|finding| finding.code.severity() == severity)
                .count()
        };
        Self {
            errors: count(Severity::Error),
            reviews: count(Severity::Review),
            notices: count(Severity::Notice),
        }
    }
}

/// What a workbook of findings is headed with.
#[derive(Debug, Clone, Copy)]
pub struct Heading<'a> {
    /// The office's name or number.
    pub office: &'a str,
    /// The step, or another word for what was done.
    pub what: &'a str,
    /// The month.
    pub month: Option<YearMonth>,
    /// The run, for title and file name.
    pub run: &'a str,
    /// The word for rows that went through.
    pub done: &'static str,
}

/// What an account is closed with.
#[derive(Debug, Clone, Copy)]
pub struct Account<'a> {
    /// The fates of the rows.
    pub book: &'a Book,
    /// What is to be said.
    pub findings: &'a [Finding],
    /// The files that the rows came from.
    pub inputs: &'a [InputFile],
    /// How they are read.
    pub tables: &'a Tables,
    /// Where the error workbook goes.
    pub folder: &'a Path,
    /// What the workbook knows of itself when it comes back.
    pub trail: &'a Trail,
}

/// What an error workbook shows.
struct View {
    findings: Vec<Finding>,
    shown: Shown,
    files: Vec<ShownFile>,
    /// What is to be done elsewhere.
    next: Option<String>,
}

impl Outcome {
    /// Begins the account of a command.
    pub fn of(command: &str, month: Option<YearMonth>) -> Self {
        Self {
            command: command.to_owned(),
            month: month.map(|month| month.to_string()),
            ..Self::default()
        }
    }

    /// Enters that somebody wanted to stop, which left so many items unsent.
    pub fn stop(&mut self, unsent: usize) {
        self.notes.push(if unsent > 0 {
            self.halfway = Halfway::Stopped;
            format!(
                "Ctrl-C で止めました。{unsent}件は送っていません。送ったものは記録してあります。"
            )
        } else {
            "Ctrl-C で止める前に、すべて送り終えていました。".to_owned()
        });
    }

    /// Closes the books: every row has its fate, or the run has failed. Writes the error
    /// workbook where there is anything to say.
    pub fn close(&mut self, account: &Account<'_>, heading: Heading<'_>) -> Result<(), Error> {
        let Account {
            book,
            findings,
            inputs,
            tables,
            folder,
            trail,
        } = *account;
        let tallies = self.add_up(book, findings, heading)?;
        if !findings.is_empty() {
            let name = format!(
                "エラー一覧{}_{}{}.xlsx",
                month_in_name(heading.month),
                heading.what,
                heading.run
            );
            let files = inputs.iter();
            let view = View {
                findings: findings.to_vec(),
                shown: Shown::of(book, findings),
                // No run that is remembered has read them.
                files: files.map(|file| ShownFile::read_now(file, 0)).collect(),
                next: None,
            };
            let path = free_name(&folder.join(name));
            self.write(path, view, &tallies, (tables, trail), heading)?;
        }
        Ok(())
    }

    /// The same for an office folder, whose error workbook shows everything that is open of the
    /// month. Gives what is open from now on; it is for the caller to remember.
    pub fn close_in(
        &mut self,
        office: &Office,
        seen: &Seen<'_>,
        heading: Heading<'_>,
    ) -> Result<Living, Error> {
        let tallies = self.add_up(seen.book, seen.findings, heading)?;
        let trail = trail(&office.memory())?;
        let mut living = Living::remembered(&office.ledger, seen.month)?;
        let of_the_run = living.after(seen, trail.run, &office.tables);
        let name = living::workbook_name(seen.month);
        let read_nothing = seen.inputs.is_empty() && seen.findings.is_empty();
        if read_nothing && seen.step != Step::Actuals {
            // The workbook that is there says what there is to say.
            let path = office.folder.reports().join(name);
            self.report = disk::exists(&path).then_some(path);
            return Ok(living);
        }
        let mut findings: Vec<Finding> = living.findings().cloned().collect();
        findings.extend(of_the_run);
        let place = shelf::clear(office, &name, seen.inputs)?;
        self.notes.extend(place.notes);
        if !findings.is_empty() {
            let view = View {
                shown: living.shown(&findings),
                files: living.shown_files(office, seen.inputs)?,
                findings,
                next: living::elsewhere(&office.ledger, seen.month)?,
            };
            let with = (&office.tables, &trail);
            self.write(place.path.clone(), view, &tallies, with, heading)?;
            shelf::wrote(office, &place.path)?;
        }
        let of_another_cure = seen
            .findings
            .iter()
            .all(|of| !of.withholds() || is_cured_otherwise(of));
        let earlier = living.withheld_before(trail.run);
        if earlier > 0 {
            self.notes.push(format!(
                "前の操作で保留になり、まだ直していない行が、ほかに{earlier}行あります(エラー一覧に載っています)。"
            ));
        }
        let how = match (self.findings.errors, self.shows_red_cells) {
            (0, _) => None,
            (_, true) => Some(
                "エラー一覧の赤いセルを直して保存し、そのファイルを受信箱(inbox)に入れて、同じ操作をもう一度してください",
            ),
            (_, false) if of_another_cure => None,
            (_, false) => {
                Some("エラー一覧の「どう直すか」のとおりにして、同じ操作をもう一度してください")
            }
        };
        self.notes.extend(how.map(|how| format!("直し方: {how}。")));
        Ok(living)
    }

    /// Adds up what became of the rows, and says how the run ended.
    fn add_up(
        &mut self,
        book: &Book,
        findings: &[Finding],
        heading: Heading<'_>,
    ) -> Result<Vec<Tally>, Error> {
        let tallies = book.close()?;
        self.files = tallies.iter().map(FileSums::from).collect();
        self.done = heading.done;
        self.findings = FindingSums::of(findings);
        let withheld = tallies.iter().any(|tally| tally.withheld > 0);
        let unknown = |finding: &Finding| finding.code == Code::OutcomeUnknown;
        let exit = if findings.iter().any(unknown) {
            Exit::Service
        } else if self.halfway == Halfway::Stopped {
            Exit::Stopped
        } else if findings.iter().any(unanswered) {
            Exit::Service
        } else if withheld || self.left > 0 || self.findings.errors > 0 {
            Exit::Withheld
        } else {
            Exit::Clean
        };
        self.exit_code = exit.code();
        Ok(tallies)
    }

    /// Writes the error workbook.
    fn write(
        &mut self,
        path: PathBuf,
        view: View,
        tallies: &[Tally],
        (tables, trail): (&Tables, &Trail),
        heading: Heading<'_>,
    ) -> Result<(), Error> {
        let mut findings = view.findings;
        // In the order in which a person goes through the file.
        findings.sort_by(|a, b| (&a.place, a.code).cmp(&(&b.place, b.code)));
        let findings = &*findings;
        let withheld = withheld::rows(&view.shown, &view.files, tables)?;
        let asked = questions(findings, &withheld, tables, heading.month);
        self.shows_red_cells = !withheld.is_empty() && findings.iter().any(is_red);
        let sheets = if self.shows_red_cells {
            withheld.len()
        } else {
            0
        };
        let mut next = next_steps(findings, self.halfway, (sheets, asked.len()));
        next.extend(view.next);
        let report = ErrorReport {
            office: heading.office,
            month: heading.month,
            run: heading.run,
            tallies,
            done: heading.done,
            findings,
            next: &next,
            withheld: &withheld,
            questions: &asked,
            trail,
        };
        report::write_errors(&path, &report)?;
        self.report = Some(path);
        Ok(())
    }

    /// How many rows of each file were read.
    pub fn rows_by_file(&self) -> BTreeMap<&str, usize> {
        let mut rows = BTreeMap::new();
        for sums in &self.files {
            *rows.entry(&*sums.file).or_default() += sums.rows;
        }
        rows
    }

    /// The last sentence. That all rows went through is said only where nobody is left open.
    pub fn closing(&self) -> &'static str {
        match (self.exit(), self.rows_exit, self.sending) {
            (Exit::Clean, ..) if !self.open.is_empty() => {
                "確かめた行はすべて通ったが、まだ済んでいない人かファイルがある"
            }
            (Exit::Clean, _, Sending::Later) => "すべての行を登録できる。まだ登録していない",
            (Exit::Withheld, Some(Exit::Clean), Sending::Later) => {
                "今回の行はすべて登録できる。まだ登録していない"
            }
            (Exit::Withheld, Some(Exit::Clean), _) if self.open.iter().all(Person::is_file) => {
                "今回の行はすべて通ったが、まだ使えていないファイルがある"
            }
            (Exit::Withheld, Some(Exit::Clean), _) => {
                "今回の行はすべて通ったが、まだ済んでいない人がいる"
            }
            (exit, ..) => exit.meaning(),
        }
    }

    /// The exit code.
    pub fn exit(&self) -> Exit {
        Exit::ALL
            .into_iter()
            .find(|exit| exit.code() == self.exit_code)
            .unwrap_or(Exit::Bug)
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands members over by reference"
)]
fn is_none(count: &usize) -> bool {
    *count == 0
}

/// Whether it is about an error workbook that was dropped back, and not about a row.
pub fn is_of_a_correction(finding: &Finding) -> bool {
    matches!(
        finding.code,
        Code::SourceChanged
            | Code::CorrectedElsewhere
            | Code::RowUnclear
            | Code::NotTheWorkbook
            | Code::AnswerUnusable
            | Code::ReasonMissing
            | Code::SentSince
    )
}

fn unanswered(finding: &Finding) -> bool {
    matches!(finding.code, Code::OutcomeUnknown | Code::NotSent)
}

/// Whether it waits for somebody to decide whose side stays.
fn waits(finding: &Finding) -> bool {
    needs_decision(finding.code)
}

/// Whether it says that somebody else has changed an item at Care-wing.
pub fn needs_decision(code: Code) -> bool {
    matches!(
        code,
        Code::ChangedThere | Code::ChangedOnBothSides | Code::RemovedThere
    )
}

/// What leave findings wait for.
fn leave_asked_for(findings: &[Finding]) -> Asked {
    let count = |code| findings.iter().filter(|of| of.code == code).count();
    Asked {
        months: count(Code::RemovalWithheld),
        days: count(Code::PastDaysWithheld),
    }
}

/// Whether it waits for a leave that something may go.
fn waits_for_leave(finding: &Finding) -> bool {
    leave_asked_for(std::slice::from_ref(finding)).count() > 0
}

/// Whether it is put right neither in the workbook nor in 楽すけ.
fn is_cured_otherwise(finding: &Finding) -> bool {
    waits(finding)
        || waits_for_leave(finding)
        || finding.code == Code::CannotComeBack
        || is_of_a_correction(finding)
}

/// Whether it is about what stands in a cell, which the workbook shows in red.
fn is_red(finding: &Finding) -> bool {
    let place = &finding.place;
    let in_a_cell = place.row.is_some() && place.column.is_some();
    finding.withholds() && in_a_cell && !is_cured_otherwise(finding)
}

/// How a clerk decides whose side stays, where somebody else has changed an item.
pub fn whose_side_stays(findings: &[Finding]) -> Option<String> {
    findings.iter().any(waits).then(|| {
        "Care-wing側で変わったものは、どちらを残すか決めてください。\
         --prepare で作り、プレビューの「判断」を選んで保存し、rakuwing register で登録します。\
         すべて同じでよければ、--keep ours(楽すけ)または --keep theirs(Care-wing)を付けて実行します。"
            .to_owned()
    })
}

/// How a clerk decides what waits for a decision.
pub fn how_to_decide(findings: &[Finding]) -> Vec<String> {
    let mut steps = Vec::from_iter(whose_side_stays(findings));
    let asked = leave_asked_for(findings);
    steps.extend(asked.in_words().map(|agreed| {
        let count = asked.count();
        format!("{agreed}、--allow-removals {count} を付けて実行してください。")
    }));
    steps
}

/// How errors are put right: in this very workbook, where it shows the rows.
fn how_to_correct(shown: usize) -> &'static str {
    if shown > 0 {
        "このファイルの「一覧」の後ろのシートで、赤いセルを直して保存し、このファイルをそのまま受信箱(inbox)に\
         入れてください。直した行だけが、同じ利用者のほかの行といっしょに送られます。楽すけも同じように\
         直してください(直さないと、次の書き出しでまた同じエラーになります)。"
    } else {
        "一覧の「エラー」を、「どう直すか」のとおりに直してください。楽すけで直したときは、書き出し直して、受信箱(inbox)に入れてください。"
    }
}

/// 次にすること; `shown` is how many sheets of rows there are to correct in.
fn next_steps(
    findings: &[Finding],
    halfway: Halfway,
    (shown, questions): (usize, usize),
) -> Vec<String> {
    let sums = FindingSums::of(findings);
    let mut steps = Vec::new();
    if halfway == Halfway::Stopped {
        steps.push(
            "途中で止めました。同じ操作をもう一度すると、続きから進みます。二重には登録されません。"
                .to_owned(),
        );
    } else if findings.iter().any(unanswered) {
        steps.push(
            "通信が戻ったら、同じ操作をもう一度してください。二重には登録されません。".to_owned(),
        );
    }
    steps.extend(how_to_decide(findings));
    let unwritable = |of: &Finding| of.code == Code::CannotComeBack;
    if findings.iter().any(unwritable) {
        steps.push(
            "楽すけのファイルに書けない文字は、rakuwing names で代わりに書く文字を承認し、\
             もう一度「実績の取得」をしてください。"
                .to_owned(),
        );
    }
    let cured_otherwise = findings.iter().filter(|of| is_cured_otherwise(of)).count();
    if findings.iter().any(is_of_a_correction) {
        steps.push(
            "取り込めなかった訂正が、一覧にあります。「どう直すか」を見て、もう要らないエラー一覧は受信箱(inbox)から\
             出してください。"
                .to_owned(),
        );
    }
    if sums.errors > cured_otherwise {
        steps.push(how_to_correct(shown).to_owned());
    }
    let is_nobodys = |of: &Finding| of.withholds() && of.client.is_none() && of.place.row.is_some();
    if shown > 0 && findings.iter().any(is_nobodys) {
        steps.push(
            "だれの行でもない行(注記や合計など)があれば、その行の「除外」を選び、「除外の理由」を書いて、同じように\
             受信箱(inbox)に入れてください。次の書き出しの同じ行も除外します。"
                .to_owned(),
        );
    }
    if questions > 0 {
        steps.push(format!(
            "「対応の追加」シートの黄色のセルに答えると({questions}件)、同じ原因の行がまとめて片付きます。\
             保存して、このファイルを受信箱(inbox)に入れてください。"
        ));
    }
    if sums.reviews > 0 {
        steps.push("「要確認」の行は止めていません。内容が正しいか確かめてください。".to_owned());
    }
    if sums.errors == 0 && sums.reviews == 0 && sums.notices > 0 {
        steps.push("直すものはありません。「注意」に目を通してください。".to_owned());
    }
    steps
}

/// What a workbook that is made now knows of itself when it comes back.
pub fn trail(memory: &Memory<'_>) -> Result<Trail, Error> {
    let known = match memory.ledger {
        Some(ledger) => (ledger.id()?, ledger.last_run()?),
        None => (String::new(), 0),
    };
    Ok(Trail {
        id: chance::fresh_id(),
        ledger: known.0,
        run: known.1,
    })
}

/// The heading for a step of an office.
pub fn heading<'a>(
    office_name: &'a str,
    step: Step,
    month: Option<YearMonth>,
    run: &'a str,
) -> Heading<'a> {
    let done = match step {
        Step::Basics | Step::Plan => "送った",
        Step::Actuals => "取り込んだ",
    };
    Heading {
        office: office_name,
        what: step.title(),
        month,
        run,
        done,
    }
}

/// The event of a run that had files and could use none of them.
pub const NOTHING_USABLE: &str = "nothing_usable";

/// A run in the ledger, from its beginning to its end.
pub fn in_run(
    office: &mut Office,
    command: &str,
    month: Option<YearMonth>,
    work: impl FnOnce(&mut Office, RunId) -> Result<Outcome, Error>,
) -> Result<Outcome, Error> {
    let now = office.now().to_rfc3339();
    let run = office.ledger.begin_run(command, month, &now)?;
    let mut result = work(office, run);
    let shown = result
        .as_ref()
        .ok()
        .and_then(|outcome| outcome.preview.clone());
    match (
        &mut result,
        shelf::put_previews_away(office, shown.as_deref()),
    ) {
        (Ok(outcome), Ok(Some(moved))) => outcome.preview = Some(moved),
        (_, Ok(_)) => {}
        // They are in nobody's way, and the run has ended as it has.
        (_, Err(error)) => tracing::debug!(%error, "the previews stay"),
    }
    // Whoever lays both sides side by side has read, and decided nothing about anybody.
    if let Ok(outcome) = &mut result
        && Step::named(&outcome.command).is_some()
    {
        still_open::tell(office, outcome)?;
    }
    let exit = match &result {
        Ok(outcome) => outcome.exit(),
        Err(error) => error.exit(),
    };
    if matches!(result, Err(Error::NothingUsable { .. })) {
        office.ledger.event(run, NOTHING_USABLE, 1)?;
    }
    let now = office.now().to_rfc3339();
    office.ledger.end_run(run, exit.code(), &now)?;
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FileName, Place};

    fn next(codes: &[Code]) -> Vec<String> {
        let finding = |code: &Code| Finding::new(*code, Place::file(FileName::new("a.csv")));
        let findings: Vec<_> = codes.iter().map(finding).collect();
        next_steps(&findings, Halfway::No, (0, 0))
    }

    #[test]
    fn a_character_that_cannot_be_written_is_not_put_right_through_the_inbox() {
        let steps = next(&[Code::CannotComeBack]);
        let [step] = &*steps else { panic!("{steps:?}") };
        assert!(step.contains("rakuwing names"), "{step}");
    }

    #[test]
    fn a_review_is_not_said_to_have_been_sent() {
        // A check sends nothing, and a retrieval takes.
        let steps = next(&[Code::NotApprovedYet]);
        let [step] = &*steps else { panic!("{steps:?}") };
        assert!(!step.contains("送"), "{step}");
    }
}
