//! いまの状態: how a month stands, and the one thing to do next. Reads the ledger and nothing
//! else; what Care-wing holds is what the last run has seen.

use std::collections::BTreeSet;

use crate::clock;
use crate::error::Error;
use crate::finding::Code;
use crate::ledger::{Happened, LockedMonth};
use crate::model::{ClientId, YearMonth};
use crate::payload::lines;

use super::collection::{Collection, last_basics};
use super::deliver::PEOPLE;
use super::living::workbook_name;
use super::office::Office;
use super::outcome::{NOTHING_USABLE, needs_decision};
use super::proposal::Step;
use super::still_open::{self, Person, Reason};

/// How a month stands.
#[derive(Debug)]
pub struct Status {
    /// The month; `None` where nothing was done in any.
    pub month: Option<YearMonth>,
    /// How many people the last export of the plan named.
    pub exported: Option<Happened>,
    /// Whether there were files of the plan, and none has been read so far: nobody knows whom
    /// they name.
    pub is_unread: bool,
    /// How many people's plans Care-wing holds.
    pub registered: usize,
    /// Who is held, and why.
    pub held: Vec<Person>,
    /// Files that nobody could make use of, and why.
    pub files: Vec<Person>,
    /// Whose items somebody has changed at Care-wing.
    pub changed_there: Vec<Person>,
    /// Who was prepared and not registered.
    pub waiting: Vec<Person>,
    /// Who has visits that are not approved, as the last retrieval counted them.
    pub not_approved: Vec<Person>,
    /// When actuals were written last.
    pub fetched: Option<Happened>,
    /// Whether something was registered since.
    pub registered_since: bool,
    /// Since when it is locked.
    pub locked: Option<LockedMonth>,
    /// Other months in which somebody is open, and that are not locked.
    pub other_months: Vec<YearMonth>,
    /// The last other month whose actuals were written, that has nobody open and is not locked.
    pub not_locked: Option<YearMonth>,
    /// The one next step.
    pub next: String,
}

/// Looks at a month, or at the one that is being worked on.
pub fn status(office: &Office, month: Option<YearMonth>) -> Result<Status, Error> {
    let at_work = still_open::month_at_work(office)?;
    let month = match month.or(at_work) {
        None => last_closed(office)?,
        month => month,
    };
    let mut open = still_open::open_in(office, month)?;
    open.extend(still_open::unread_folders(office)?);
    let open = still_open::people(&open);
    let some = |is: fn(&Reason) -> bool| -> Vec<Person> {
        let of_person = |person: &Person| {
            let mut person = person.clone();
            person.reasons.retain(is);
            (!person.reasons.is_empty()).then_some(person)
        };
        open.iter().filter_map(of_person).collect()
    };
    let (files, held) = some(is_held).into_iter().partition(Person::is_file);
    let (exported, tried, fetched, sent, locked) = match month {
        Some(month) => (
            office.ledger.last_event(month, PEOPLE)?,
            office.ledger.last_event(month, NOTHING_USABLE)?.is_some(),
            office.ledger.last_event(month, "written")?,
            last_sent(office, month)?,
            office.ledger.lock_of(month)?,
        ),
        None => (None, false, None, None, None),
    };
    let mut status = Status {
        month,
        registered: match month {
            Some(month) => registered(office, month)?,
            None => 0,
        },
        held,
        files,
        changed_there: some(is_changed_there),
        waiting: some(|reason| reason.code.is_none()),
        not_approved: some(is_not_approved),
        registered_since: match (&fetched, sent) {
            (Some(fetched), Some(sent)) => sent > fetched.run,
            _ => false,
        },
        is_unread: exported.is_none() && tried,
        exported,
        fetched,
        locked,
        not_locked: not_locked(office, month)?,
        other_months: others(office, month)?,
        next: String::new(),
    };
    status.next = next(office, &status)?;
    Ok(status)
}

impl Status {
    /// Whether nobody and nothing is open, as far as anybody can know.
    pub fn is_clean(&self) -> bool {
        !self.is_unread && self.files.is_empty() && !self.has_somebody_open()
    }

    /// Whether somebody is open of whom it is known.
    pub fn has_somebody_open(&self) -> bool {
        self.open().next().is_some()
    }

    /// Who is open, as far as it is known; somebody may be open for several reasons.
    pub fn open(&self) -> impl Iterator<Item = &Person> {
        let people = [
            &self.held,
            &self.changed_there,
            &self.waiting,
            &self.not_approved,
        ];
        people.into_iter().flatten()
    }

    /// Whether nothing of the month's plan was read or registered yet.
    pub fn has_not_begun(&self) -> bool {
        self.exported.is_none() && self.registered == 0
    }
}

fn is_not_approved(reason: &Reason) -> bool {
    reason.code == Some(Code::NotApprovedYet)
}

fn is_changed_there(reason: &Reason) -> bool {
    reason.code.is_some_and(needs_decision)
}

fn is_held(reason: &Reason) -> bool {
    reason.code.is_some() && !is_not_approved(reason) && !is_changed_there(reason)
}

/// Where every month is closed, the last one that anything was done in.
fn last_closed(office: &Office) -> Result<Option<YearMonth>, Error> {
    for month in office.ledger.known_months()?.into_iter().rev() {
        for done in [PEOPLE, "written"] {
            if office.ledger.last_event(month, done)?.is_some() {
                return Ok(Some(month));
            }
        }
    }
    Ok(None)
}

/// How many people's plans were registered and are not empty.
fn registered(office: &Office, month: YearMonth) -> Result<usize, Error> {
    let mut clients: BTreeSet<ClientId> = BTreeSet::new();
    for source in office.ledger.sources(&Collection::Plans(month).name())? {
        let lines = lines::restore(&source).unwrap_or_default();
        clients.extend(lines.first().map(|of| of.line.client));
    }
    Ok(clients.len())
}

/// The last run that has sent something of the month's plans.
fn last_sent(office: &Office, month: YearMonth) -> Result<Option<i64>, Error> {
    Ok(office
        .ledger
        .last_sent_run(&Collection::Plans(month).name())?)
}

/// Other months that somebody may have forgotten.
fn others(office: &Office, month: Option<YearMonth>) -> Result<Vec<YearMonth>, Error> {
    let mut others = Vec::new();
    for of in office.ledger.known_months()? {
        let is_other = Some(of) != month && office.ledger.lock_of(of)?.is_none();
        let mut open = office.ledger.still_open(Step::Plan.name(), Some(of))?;
        open.extend(office.ledger.still_open(Step::Actuals.name(), Some(of))?);
        if is_other && !open.is_empty() {
            others.push(of);
        }
    }
    Ok(others)
}

/// The last other month of which nothing is left to do but to import it and lock it.
fn not_locked(office: &Office, month: Option<YearMonth>) -> Result<Option<YearMonth>, Error> {
    for of in office.ledger.known_months()?.into_iter().rev() {
        if Some(of) != month
            && office.ledger.lock_of(of)?.is_none()
            && office.ledger.last_event(of, "written")?.is_some()
            && still_open::open_in(office, Some(of))?.is_empty()
        {
            return Ok(Some(of));
        }
    }
    Ok(None)
}

/// The one next step, in the order of the manual.
fn next(office: &Office, status: &Status) -> Result<String, Error> {
    if office.ledger.bound_to()?.is_none() {
        return Ok("接続設定をしてください: `rakuwing connect`".to_owned());
    }
    let first = |step: Step| {
        let of_step = move |people: &'_ Vec<Person>| {
            let mut people = people.iter().filter_map(|person| {
                let of_step = person.reasons.iter().find(|of| of.of_step() == Some(step));
                of_step.map(|reason| (person.clone(), reason.clone()))
            });
            people.next()
        };
        let lists = [
            &status.held,
            &status.files,
            &status.changed_there,
            &status.waiting,
        ];
        lists.into_iter().find_map(of_step)
    };
    let basics = "rakuwing basics";
    if let Some((person, reason)) = first(Step::Basics) {
        return Ok(cure(&person, &reason, basics));
    }
    let Some(month) = status.month else {
        return Ok(format!(
            "楽すけから書き出したファイルを受信箱(inbox)に入れ、基本情報の登録をしてください: `{basics}`"
        ));
    };
    if let Some((person, reason)) = first(Step::Plan) {
        let command = command(Step::Plan, month);
        let by_basics = reason.code.is_some_and(is_mended_by_basics);
        let tried = office.ledger.last_event(month, "sent")?;
        let tried = tried.map_or(reason.run, |of| of.run.max(reason.run));
        if by_basics && last_basics(&office.ledger)?.is_some_and(|run| run > tried) {
            return Ok(format!(
                "あとから基本情報を登録したので、もう一度 `{command}` を実行してください。予定のファイルが\
                 受信箱(inbox)にもうないときは、reports の {} をそのまま受信箱(inbox)に入れます。",
                workbook_name(Some(month))
            ));
        }
        return Ok(cure(&person, &reason, &command));
    }
    if status.is_unread {
        return Ok(format!(
            "エラー一覧で、ファイルが使えなかったわけを見てください。直したファイルを受信箱(inbox)に入れて、\
             もう一度登録してください: `{}`",
            command(Step::Plan, month)
        ));
    }
    if status.has_not_begun() && status.fetched.is_none() {
        return Ok(format!(
            "{}の月間ケアプランを受信箱(inbox)に入れ、登録してください: `{}`",
            month.in_words(),
            command(Step::Plan, month)
        ));
    }
    let fetch = command(Step::Actuals, month);
    if let Some((person, reason)) = first(Step::Actuals) {
        return Ok(cure(&person, &reason, &fetch));
    }
    if !status.not_approved.is_empty() {
        return Ok(format!(
            "未承認の訪問をCare-wingで承認してから、もう一度実績を取得してください: `{fetch}`"
        ));
    }
    if status.locked.is_some() {
        return Ok("この月にすることはありません。".to_owned());
    }
    if status.fetched.is_none() {
        return Ok(format!(
            "月末に、Care-wingで承認したあと、実績を取得してください: `{fetch}`"
        ));
    }
    if status.registered_since {
        return Ok(format!(
            "実績を取得したあとに予定を登録しています。もう一度実績を取得してください: `{fetch}`"
        ));
    }
    Ok(format!(
        "outbox のファイルを楽すけに取り込み、請求を締めたら、この月をロックしてください: \
         `rakuwing lock --month {month}`"
    ))
}

/// Whether registering basic data may put it right.
fn is_mended_by_basics(code: Code) -> bool {
    matches!(
        code,
        Code::NobodyRegistered
            | Code::UnknownClient
            | Code::NearlyKnown
            | Code::HeldInBasics
            | Code::LevelDoesNotFit
            | Code::NotCertified
            | Code::UnknownCareOffice
            | Code::Held
    )
}

/// How the first one is put right, and what is typed then.
fn cure(person: &Person, reason: &Reason, command: &str) -> String {
    let Some(code) = reason.code else {
        return "作った登録データを登録してください: `rakuwing register`".to_owned();
    };
    if needs_decision(code) {
        return format!(
            "Care-wing側で変わったものを、どちらにするか決めてください。`{command} --prepare` で作り、\
             プレビューの「判断」を選んで保存し、`rakuwing register` で登録します。"
        );
    }
    let cure = match code {
        Code::RemovalWithheld => {
            return format!(
                "{}の予定を空にしてよければ、`{command} --allow-removals 1` を実行してください。",
                person.in_words()
            );
        }
        Code::PastDaysWithheld => {
            return format!(
                "{}の過ぎた日の訪問がなくなります。`{command} --prepare` で作り、プレビューでどの日かを確かめてください。",
                person.in_words()
            );
        }
        Code::OutcomeUnknown | Code::NotSent => {
            return format!("もう一度同じ操作をしてください: `{command}`");
        }
        code => code.cure(),
    };
    let then = match reason.of_step() {
        Some(Step::Actuals) => "そのあと、もう一度",
        _ if person.is_file() => "使うファイルは、受信箱(inbox)に入れて",
        _ => "そのあと、受信箱(inbox)に入れて",
    };
    let left_out = if person.client.is_none() && !person.is_file() {
        "だれの行でもなければ、エラー一覧の「除外」で外せます。"
    } else {
        ""
    };
    format!(
        "{}: {cure}{left_out}{then} `{command}` を実行してください。",
        person.in_words()
    )
}

/// What is typed for a step.
fn command(step: Step, month: YearMonth) -> String {
    match step {
        Step::Basics => "rakuwing basics".to_owned(),
        Step::Plan | Step::Actuals => format!("rakuwing {} --month {month}", step.name()),
    }
}

/// `10月31日 18:05`, as far as it can be read.
pub fn when(happened: &Happened) -> String {
    clock::in_words(&happened.at).unwrap_or_else(|| happened.at.clone())
}
