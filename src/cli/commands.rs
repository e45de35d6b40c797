//! Each command: what it opens, which job it runs, what it shows.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use crate::disk;
use crate::error::{Error, Exit};
use crate::finding::{Finding, Severity};
use crate::jobs::check::Known;
use crate::jobs::connect::Machine;
use crate::jobs::convert::{self, Converted};
use crate::jobs::corrections::{Answers, Memory};
use crate::jobs::locks::Turn;
use crate::jobs::outcome::{FileSums, FindingSums, Heading};
use crate::jobs::{
    Consent, Folder, Office, Options, Outcome, actuals, audit, basics, check, connect,
    import_codes, inbox, matching, plan, register, run as everything, still_open,
};
use crate::model::{AddOns, YearMonth};
use crate::progress::{Progress, Unwatched};
use crate::sandbox;
use crate::service::{ApiKey, KeyStore};
use crate::settings::{self, SettingsError};
use crate::table::Tables;

use super::arguments::{AddOnsFlag, Arguments, CodesCommand, Command, KeepFlag, SandboxFlags};
use super::bar::Bars;
use super::month::{self, MonthText, Proposes};
use super::screen::{Screen, Voice};
use super::wrap::wrapped;
use super::{Surroundings, Terminal, codes, demo, explain, init, locks, names, status};

/// Runs a command.
pub fn run(
    arguments: &Arguments,
    surroundings: &Surroundings,
    screen: &mut Screen,
) -> Result<Exit, Error> {
    let open = || open(arguments, surroundings);
    let work = || work(arguments, surroundings);
    let now = surroundings.clock.now();
    let resolved = |month: Option<MonthText>| month.map(|month| month.on(now)).transpose();
    match &arguments.command {
        Command::Init { folder } => {
            init::init(folder.as_deref().unwrap_or(&arguments.office), screen)
        }
        Command::Connect {
            new_machine,
            new_ledger,
        } => {
            let office = if *new_ledger {
                open_anew(arguments, surroundings, screen)?
            } else {
                open()?
            };
            let machine = if *new_machine {
                Machine::New
            } else {
                Machine::Bound
            };
            connect(&office, machine, surroundings, screen)
        }
        Command::Check { files } => check(arguments, files, surroundings, screen),
        Command::Explain { place, month } => match look(arguments, surroundings) {
            Ok(office) => explain::explain(
                place,
                resolved(*month)?,
                Some(&office),
                &office.tables,
                screen,
            ),
            Err(Error::Settings(SettingsError::Absent(_))) => {
                explain::explain(place, resolved(*month)?, None, &Tables::load(None)?, screen)
            }
            Err(error) => Err(error),
        },
        Command::Convert {
            files,
            output,
            add_ons,
        } => convert(
            &arguments.office,
            files,
            // As everywhere, `-` is the standard output.
            output.as_deref().filter(|path| *path != Path::new("-")),
            (*add_ons).into(),
            screen,
        ),
        Command::Basics { matching: true, .. } => {
            let outcome = matching::matching(&mut work()?)?;
            for note in &outcome.notes {
                screen.line(note);
            }
            if let Some(workbook) = &outcome.preview {
                screen.file("照合の一覧", workbook);
            }
            screen.object(&outcome);
            Ok(outcome.exit())
        }
        Command::Basics {
            keep,
            choice,
            consent,
            ..
        } => {
            let mut office = work()?;
            let mut options = options(&office, None, Some(keep));
            options.use_file.clone_from(&choice.file);
            let ended = basics::basics(&mut office, options, consent.consent(), screen);
            conclude_step(&office, None, ended, screen)
        }
        Command::Plan {
            month,
            add_ons,
            keep,
            removals,
            choice,
            consent,
            locks,
        } => {
            let mut office = work()?;
            office.locks = locks.locks();
            let mut options = options(&office, Some(add_ons), Some(keep));
            options.allow_removals = removals.allow_removals;
            options.use_file.clone_from(&choice.file);
            let consent = consent.consent();
            let month = month::chosen(month.month, &office, Proposes::Inbox, consent, screen)?;
            let ended = plan::plan(&mut office, month, options, consent, screen);
            conclude_step(&office, Some(month), ended, screen)
        }
        Command::Actuals {
            month,
            add_ons,
            mark,
            deletions,
            consent,
            locks,
        } => {
            let mut office = work()?;
            office.locks = locks.locks();
            let mut options = options(&office, Some(add_ons), None);
            options.mark = mark.map_or(options.mark, Into::into);
            options.deletions = *deletions;
            let consent = consent.consent();
            let month = month::chosen(month.month, &office, Proposes::Ledger, consent, screen)?;
            let ended = actuals::actuals(&mut office, month, options, consent, screen);
            conclude_step(&office, Some(month), ended, screen)
        }
        Command::Register {
            proposal,
            allow_removals,
            locks,
        } => {
            let mut office = work()?;
            office.locks = locks.locks();
            let ended = register::register(&mut office, *proposal, *allow_removals, screen);
            conclude_step(&office, None, ended, screen)
        }
        Command::Run {
            month,
            add_ons,
            keep,
            removals,
            choice,
            yes,
            locks,
        } => {
            let mut office = work()?;
            office.locks = locks.locks();
            let mut options = options(&office, Some(add_ons), Some(keep));
            options.allow_removals = removals.allow_removals;
            options.use_file.clone_from(&choice.file);
            let consent = if *yes { Consent::Given } else { Consent::Ask };
            let mut outcomes = Vec::new();
            let month = month::chosen(month.month, &office, Proposes::Inbox, consent, screen)?;
            let ended =
                everything::run(&mut office, month, options, consent, screen, &mut outcomes);
            if outcomes.is_empty() && ended.is_ok() {
                return idle(&office, month, screen);
            }
            Ok(conclude_all(&outcomes, ended.err().as_ref(), screen))
        }
        Command::Audit { month } => {
            let office = open()?;
            let given = Consent::Given;
            let month = month::chosen(month.month, &office, Proposes::Ledger, given, screen)?;
            let outcome = audit::audit(&office, month)?;
            for note in &outcome.notes {
                screen.line(note);
            }
            if let Some(workbook) = &outcome.audit {
                screen.file("請求前点検", workbook);
            }
            screen.object(&outcome);
            Ok(outcome.exit())
        }
        Command::Lock { month: Some(month) } => {
            locks::turn(&mut open()?, month.on(now)?, Turn::Lock, screen)
        }
        Command::Lock { month: None } => {
            locks::list(&look(arguments, surroundings)?, Exit::Clean, screen)
        }
        Command::Unlock { month } => {
            locks::turn(&mut open()?, month.on(now)?, Turn::Unlock, screen)
        }
        Command::Status { month, done } if done.is_empty() => {
            status::show(&look(arguments, surroundings)?, resolved(*month)?, screen)
        }
        Command::Status { month, done } => {
            status::set_aside(&mut open()?, resolved(*month)?, done, screen)
        }
        Command::Codes {
            what: CodesCommand::Import { files },
        } => {
            let imported = import_codes::import(&open()?, files)?;
            Ok(codes::conclude(&imported, screen))
        }
        Command::Names { yes, approve } => {
            let consent = match (*yes, approve.as_slice()) {
                (true, _) => Consent::Given,
                (false, []) => Consent::Ask,
                // Who has typed what to approve is not asked about more.
                (false, _) => Consent::PrepareOnly,
            };
            names::names(&mut open()?, approve, consent, screen)
        }
        Command::Sandbox(flags) => serve(flags, surroundings, screen),
        Command::Demo { folder } => demo::demo(folder, surroundings, screen),
    }
}

fn open(arguments: &Arguments, surroundings: &Surroundings) -> Result<Office, Error> {
    let mut office = Office::open(
        Folder::at(&arguments.office),
        key_store(surroundings),
        Arc::clone(&surroundings.clock),
        arguments.command.name(),
    )?;
    office.progress = progress(arguments.voice());
    Ok(office)
}

/// Opens the office with a new ledger, and says what that means.
fn open_anew(
    arguments: &Arguments,
    surroundings: &Surroundings,
    screen: &mut Screen,
) -> Result<Office, Error> {
    let (office, aside) = Office::open_anew(
        Folder::at(&arguments.office),
        key_store(surroundings),
        Arc::clone(&surroundings.clock),
        arguments.command.name(),
    )?;
    screen.line("新しい台帳を作りました。");
    if let Some(aside) = aside {
        screen.line(format_args!(
            "前の台帳は残してあります: {}",
            aside.display()
        ));
    }
    screen.line(
        "最後に送った内容と、ロックした月の記録はありません。請求を締めた月は、もう一度 lock でロックしてください。",
    );
    Ok(office)
}

/// Opens the office for a step that can be stopped half-way. All other commands are short, or
/// begin anew as they are, and end with the first Ctrl-C.
fn work(arguments: &Arguments, surroundings: &Surroundings) -> Result<Office, Error> {
    let mut office = open(arguments, surroundings)?;
    office.stop = surroundings.stop.clone();
    let (voice, columns) = (arguments.voice(), surroundings.columns);
    let say = move |text: &str| {
        if voice == Voice::Words {
            // On a line of its own: a terminal shows `^C` first.
            let _ = writeln!(io::stderr(), "\n{}", wrapped(text, columns));
        }
    };
    let listening = surroundings.stop.listen(
        move || {
            say(
                "止めています。送信中の分を終えてから止まります。すぐに止めるには、もう一度 Ctrl-C を押してください。",
            );
        },
        move || {
            say(
                "すぐに止めました。次に実行したとき、途中の分がどうなったかを確かめて、続きから進みます。",
            );
            std::process::exit(Exit::Stopped.code().into());
        },
    );
    if let Err(error) = listening {
        // Then Ctrl-C ends the process at once, as the second one would.
        tracing::warn!(%error, "nobody listens for Ctrl-C");
    }
    Ok(office)
}

fn look(arguments: &Arguments, surroundings: &Surroundings) -> Result<Office, Error> {
    Office::look(
        Folder::at(&arguments.office),
        key_store(surroundings),
        Arc::clone(&surroundings.clock),
    )
}

/// Whoever wants to know how far long work has come: the clerk, where words are for one.
fn progress(voice: Voice) -> Arc<dyn Progress> {
    match voice {
        Voice::Words => Arc::new(Bars::default()),
        Voice::Quiet | Voice::Json => Arc::new(Unwatched),
    }
}

fn key_store(surroundings: &Surroundings) -> KeyStore {
    KeyStore::new(surroundings.keys.clone())
}

fn options(office: &Office, add_ons: Option<&AddOnsFlag>, keep: Option<&KeepFlag>) -> Options {
    let chosen = add_ons.and_then(|flag| flag.add_ons).map(Into::into);
    Options {
        add_ons: chosen.unwrap_or(office.settings.add_ons),
        mark: office.settings.mark,
        keep: keep.and_then(|flag| flag.keep).map(Into::into),
        allow_removals: 0,
        deletions: false,
        use_file: None,
    }
}

/// Shows how a job ended.
fn conclude(outcome: &Outcome, screen: &mut Screen) -> Exit {
    screen.account(outcome);
    screen.object(outcome);
    outcome.exit()
}

/// The same for a step, which names who is open whatever has stopped it.
fn conclude_step(
    office: &Office,
    month: Option<YearMonth>,
    ended: Result<Outcome, Error>,
    screen: &mut Screen,
) -> Result<Exit, Error> {
    let error = match ended {
        Ok(outcome) => return Ok(conclude(&outcome, screen)),
        Err(error) => error,
    };
    let mut nothing = Outcome::of("", month);
    // A ledger that cannot be read any more is what the error says.
    if still_open::tell(office, &mut nothing).is_ok() {
        screen.still_open(&nothing);
    }
    Err(error)
}

/// Shows that there was nothing to do, which is not to say that nobody is open.
fn idle(office: &Office, month: YearMonth, screen: &mut Screen) -> Result<Exit, Error> {
    let mut outcome = Outcome::of("run", Some(month));
    still_open::tell(office, &mut outcome)?;
    screen.line(if outcome.open.iter().any(still_open::Person::is_file) {
        "受信箱(inbox)に、読めるファイルがありません。"
    } else {
        "受信箱(inbox)は空です。登録するものはありません。"
    });
    if outcome.exit() != Exit::Clean {
        screen.account(&outcome);
    }
    screen.steps(&[], None, outcome.exit());
    Ok(outcome.exit())
}

/// Shows how several jobs ended, and the error that stopped the next one; it decides the
/// exit code, otherwise the gravest one counts.
fn conclude_all(outcomes: &[Outcome], error: Option<&Error>, screen: &mut Screen) -> Exit {
    for outcome in outcomes {
        screen.account(outcome);
    }
    let gravest = outcomes.iter().map(Outcome::exit).max();
    let exit = match error {
        Some(error) => error.exit(),
        None => gravest.unwrap_or(Exit::Clean),
    };
    screen.steps(outcomes, error, exit);
    exit
}

#[derive(Serialize)]
struct LinkObject {
    offices: Vec<String>,
    exit_code: u8,
}

fn connect(
    office: &Office,
    machine: Machine,
    surroundings: &Surroundings,
    screen: &mut Screen,
) -> Result<Exit, Error> {
    let key = api_key(surroundings, screen)?;
    let link = connect::connect(office, &key, machine)?;
    screen.line("接続できました。このパソコンが親機です。");
    let offices: Vec<String> = link.offices.iter().map(ToString::to_string).collect();
    screen.line(format_args!("事業所: {}", offices.join("、")));
    screen.object(&LinkObject {
        offices,
        exit_code: Exit::Clean.code(),
    });
    Ok(Exit::Clean)
}

/// From the environment, or asked without echo, or from the standard input.
fn api_key(surroundings: &Surroundings, screen: &Screen) -> Result<ApiKey, Error> {
    let unreadable = |_| Error::Usage("APIキーを読み取れませんでした".to_owned());
    let text = match (&surroundings.api_key, screen.terminal()) {
        (Some(key), _) => key.clone(),
        (None, Terminal::Present) => {
            rpassword::prompt_password("APIキー(画面には出ません): ").map_err(unreadable)?
        }
        (None, Terminal::Absent) => {
            let mut text = String::new();
            io::stdin().read_to_string(&mut text).map_err(unreadable)?;
            text
        }
    };
    ApiKey::new(&text)
        .ok_or_else(|| Error::Usage("APIキーが空か、使えない文字が含まれています".to_owned()))
}

/// Checks files, within an office folder or without one. Nothing is changed there but a
/// report added, so it may be done while another process works.
fn check(
    arguments: &Arguments,
    files: &[PathBuf],
    surroundings: &Surroundings,
    screen: &mut Screen,
) -> Result<Exit, Error> {
    let stamp = surroundings.clock.now().format("%Y%m%d-%H%M%S").to_string();
    let heading = |office| Heading {
        office,
        what: "確認",
        month: None,
        run: &stamp,
        done: "送れる",
    };
    let outcome = match look(arguments, surroundings) {
        Ok(office) => {
            let paths = match files {
                [] => inbox::files_in(&office.folder.inbox())?,
                given => given.to_vec(),
            };
            if paths.is_empty() {
                let wanted = "CSVかExcel";
                return Err(Error::NothingToRead {
                    folder: office.folder.inbox(),
                    wanted,
                });
            }
            let known = Known {
                offices: office.settings.offices.clone(),
                roster: plan::roster(&office)?,
                care_offices: Some(basics::known_care_offices(&office)?),
                ledger: Some(&office.ledger),
            };
            let reports = office.folder.reports();
            let memory = Memory {
                answers: Answers::ToBeTaken,
                ..office.memory()
            };
            let mut outcome = check::check(
                &paths,
                &known,
                (&office.tables, &memory),
                &reports,
                heading(&office.name()),
                screen,
            )?;
            // It is about the files alone, and so is its exit code.
            let exit = outcome.exit_code;
            still_open::tell(&office, &mut outcome)?;
            outcome.exit_code = exit;
            outcome
        }
        Err(Error::Settings(SettingsError::Absent(_))) if !files.is_empty() => {
            let tables = Tables::load(None)?;
            check::check(
                files,
                &Known::default(),
                (&tables, &Memory::default()),
                Path::new("."),
                heading(""),
                screen,
            )?
        }
        Err(error) => return Err(error),
    };
    Ok(conclude(&outcome, screen))
}

/// Payloads leave in pieces of this many bytes.
const PIECE: usize = 1 << 20;

#[derive(Serialize)]
struct ConvertObject {
    items: usize,
    files: Vec<FileSums>,
    findings: FindingSums,
    exit_code: u8,
}

fn convert(
    office: &Path,
    files: &[PathBuf],
    output: Option<&Path>,
    add_ons: AddOns,
    screen: &mut Screen,
) -> Result<Exit, Error> {
    if output.is_none() && screen.voice() == Voice::Json {
        return Err(Error::Usage(
            "--json は -o と一緒に使ってください(標準出力には送る内容を書き出します)".to_owned(),
        ));
    }
    let own = disk::exists(&office.join(settings::FILE)).then(|| office.join("mappings"));
    let tables = Tables::load(own.as_deref())?;
    let converted = if let Some(path) = output {
        let mut converted = None;
        disk::write_with(path, |file| {
            let mut out = BufWriter::with_capacity(PIECE, file);
            converted = Some(convert::convert(files, add_ons, &tables, &mut out)?);
            out.flush().map_err(Error::Output)
        })?;
        converted.expect("the closure that fills the file has returned")
    } else {
        let mut out = BufWriter::with_capacity(PIECE, io::stdout().lock());
        convert::convert(files, add_ons, &tables, &mut out)?
    };
    Ok(conclude_conversion(&converted, screen))
}

fn conclude_conversion(converted: &Converted, screen: &mut Screen) -> Exit {
    let findings = FindingSums::of(&converted.findings);
    let exit = if findings.errors > 0 {
        Exit::Withheld
    } else {
        Exit::Clean
    };
    if screen.voice() == Voice::Words {
        // The standard output may be the payload itself.
        let mut stderr = io::stderr().lock();
        let _ = writeln!(stderr, "{}件", converted.items);
        for (code, count) in causes(&converted.findings) {
            let line = wrapped(&format!("  {code}: {count}件"), screen.columns());
            let _ = writeln!(stderr, "{line}");
        }
    }
    screen.object(&ConvertObject {
        items: converted.items,
        files: converted.tallies.iter().map(FileSums::from).collect(),
        findings,
        exit_code: exit.code(),
    });
    exit
}

/// Findings that need somebody, by cause; no value of any row.
fn causes(findings: &[Finding]) -> Vec<(String, usize)> {
    let mut causes = BTreeMap::new();
    for code in findings.iter().map(|finding| finding.code) {
        if code.severity() != Severity::Notice {
            let words = format!("{} {code} {}", code.severity().label(), code.title());
            *causes.entry(words).or_insert(0) += 1;
        }
    }
    causes.into_iter().collect()
}

#[derive(Serialize)]
struct SandboxObject<'a> {
    url: &'a str,
}

fn serve(
    flags: &SandboxFlags,
    surroundings: &Surroundings,
    screen: &mut Screen,
) -> Result<Exit, Error> {
    let clock = Arc::clone(&surroundings.clock);
    let options = sandbox::Options {
        port: flags.port,
        seed: flags.seed,
        key: flags.key.clone(),
        offices: flags.offices.clone(),
        state_dir: flags.state.clone(),
        clock: sandbox::Clock::new(move || clock.now()),
        ..sandbox::Options::default()
    };
    let failed = |error: io::Error| {
        Error::Usage(format!(
            "練習用サービスを始められません(ポート {}): {}",
            flags.port,
            disk::in_words(&error)
        ))
    };
    let running = sandbox::start(options).map_err(failed)?;
    let url = running.url();
    screen.line(format_args!("練習用の Care-wing を始めました: {url}"));
    screen.line(format_args!("APIキー: {}", flags.key));
    screen.line("訪問と承認をまねる: 別の画面で次を実行してください(月は対象年月)");
    screen.line(format_args!("  curl -X POST {url}/sandbox/play/2026-10"));
    screen.line("すべてを予定どおりの訪問にし、残らず承認する:");
    screen.line(format_args!(
        "  curl -X POST {url}/sandbox/play/2026-10/faithful"
    ));
    screen.line("止めるには Ctrl-C を押してください。");
    screen.object(&SandboxObject { url: &url });
    running.wait().map_err(failed)?;
    Ok(Exit::Clean)
}
