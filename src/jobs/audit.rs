//! 請求前点検: a month looked at before it is claimed, from what is at hand.
//!
//! Care-wing is not asked: what was planned stands in the ledger and the inbox, what was done in
//! the pages of the last retrieval, and what others do in the 利用票 of inbox and archive. The same
//! is looked at when actuals are fetched, and there a check may hold a client.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::audit::{self, Audit, Basis, Before, Month, Served};
use crate::check::Roster;
use crate::clock;
use crate::disk::Digest;
use crate::error::{Error, Exit};
use crate::finding::{Attention, Attentions, Code};
use crate::fold::{self, FoldRules, Folded, Unit};
use crate::ledger::{RunId, SavedProposal};
use crate::model::{Actual, AddOns, Mark, OfficeNumber, YearMonth};
use crate::report::{self, AuditReport, CheckLine, Ticks};
use crate::table::RuleFacts;

use super::national_plans::{ProRatedOn, national_plans};
use super::office::Office;
use super::outcome::Outcome;
use super::planned::{self, Planned, planned};
use super::proposal::{Options, Step, month_in_name};
use super::{exclusions, plan, retrieval, shelf};

/// A month as it stands.
#[derive(Debug)]
pub struct Looked {
    /// What was done, on the lines that were planned.
    pub folded: Folded,
    /// What was planned.
    pub planned: Planned,
    /// The clients of the basic data.
    pub roster: Roster,
    /// What the checks say.
    pub audit: Audit,
    /// For which days parts of monthly fees are paid.
    pub pro_rated: ProRatedOn,
    /// Of how many 利用票 something could not be read.
    pub unread: usize,
}

/// How many remarks a check has made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remarked {
    /// The number of the check.
    pub code: &'static str,
    /// How many.
    pub count: usize,
}

/// Lays plan and actuals of a month together and looks at what would be claimed; `None` for the
/// actuals where nothing was fetched.
pub fn look(
    office: &Office,
    month: YearMonth,
    (add_ons, mark): (AddOns, Mark),
    actual: Option<Actual>,
) -> Result<Looked, Error> {
    let roster: Roster = plan::roster(office)?;
    let planned = planned(office, month, &roster)?;
    let basis = match actual {
        Some(_) => Basis::Actuals,
        None => Basis::Plan,
    };
    let rules = FoldRules {
        offices: &office.settings.offices,
        month,
        add_ons,
        mark,
        limits: office.settings.limits,
        services: &office.tables.services,
        roster: &roster,
        planned: &planned.lines,
        put_aside: &exclusions::surplus(&office.ledger)?,
    };
    let mut folded = fold::fold(actual.unwrap_or_default(), &rules)?;
    let national = national_plans(office, month)?;
    let wanted = &office.settings.audit;
    let audit = {
        let month = Month {
            month,
            today: office.today()?,
            offices: &office.settings.offices,
            table: &office.tables.audit,
            services: &office.tables.services,
            basis,
            add_ons,
            before: before(office, month, &planned)?,
        };
        let known = (&roster, &planned.lines);
        let months = audit::client_months(&folded, known, &national.others, &month);
        Audit::of(&months, &month, wanted)
    };
    if basis == Basis::Actuals {
        folded.hold(&audit.held(wanted))?;
    }
    Ok(Looked {
        folded,
        planned,
        roster,
        audit,
        pro_rated: national.pro_rated,
        unread: national.unread,
    })
}

/// Whom each office has served in the months before, the nearest first; not asked where nobody wants
/// to know.
fn before(office: &Office, month: YearMonth, planned: &Planned) -> Result<Vec<Before>, Error> {
    if office.settings.audit.of(Code::FirstVisitInDoubt) == Attention::Off {
        return Ok(Vec::new());
    }
    let now = planned
        .lines
        .values()
        .flatten()
        .map(|line| (line.client, line.office));
    let now = clients_of_offices(now);
    let months = std::iter::successors(month.before(), |month| month.before());
    let months = months.take(office.tables.audit.first_visit.months as usize);
    let before = months.map(|month| {
        let sent = planned::sent(&office.ledger, month)?;
        let then = clients_of_offices(sent.keys().map(|(office, _, client)| (*client, *office)));
        let is_known = |of: &&OfficeNumber| then[*of] * 2 >= now.get(*of).copied().unwrap_or(0);
        let served = sent.iter().flat_map(|((office, _, client), lines)| {
            lines.iter().map(|sent| Served {
                client: *client,
                office: *office,
                of_town: audit::is_of_town(sent.line.code),
            })
        });
        Ok(Before {
            served: served.collect(),
            offices: then.keys().filter(is_known).copied().collect(),
        })
    });
    before.collect()
}

/// How many clients each office has.
fn clients_of_offices(units: impl Iterator<Item = Unit>) -> BTreeMap<OfficeNumber, usize> {
    let units: BTreeSet<Unit> = units.collect();
    let mut clients = BTreeMap::new();
    for (_, office) in units {
        *clients.entry(office).or_default() += 1;
    }
    clients
}

/// Looks at a month and writes the list.
pub fn audit(office: &Office, month: YearMonth) -> Result<Outcome, Error> {
    let saved = office.ledger.last_proposal(Step::Actuals.name(), month)?;
    let (choices, actual) = match &saved {
        Some(saved) => {
            let pages = office.ledger.staged(saved.id)?;
            let actual = retrieval::read(&office.tables.actuals, &pages)?;
            (choices(office, saved), Some(actual))
        }
        None => ((office.settings.add_ons, office.settings.mark), None),
    };
    let looked = look(office, month, choices, actual)?;
    if looked.audit.clients == 0 {
        return Err(Error::Usage(format!(
            "{}の予定も実績もありません。月間ケアプランの登録か、実績の取得をしてから点検してください",
            month.in_words()
        )));
    }
    let mut outcome = Outcome::of("audit", Some(month));
    outcome.notes.push(match &saved {
        Some(saved) => fetched(office, saved.run)?,
        None => "実績はまだ取得していないので、予定を点検しました。".to_owned(),
    });
    if looked.planned.from_inbox > 0 {
        outcome.notes.push(format!(
            "受信箱(inbox)の月間ケアプランを予定として使いました({}人)。登録はしていません。",
            looked.planned.from_inbox
        ));
    }
    let held = looked.audit.held(&office.settings.audit).len();
    if held > 0 {
        outcome.notes.push(match &saved {
            Some(_) => format!("「止める」の点検にかかった利用者が{held}人います。"),
            None => format!(
                "「止める」の点検にかかる利用者が{held}人います。このままでは、実績を書き出しません。"
            ),
        });
    }
    let basis = saved.as_ref().map_or(Basis::Plan, |_| Basis::Actuals);
    write(
        office,
        month,
        (&looked.audit, basis, looked.unread),
        &mut outcome,
    )?;
    if held > 0 {
        outcome.exit_code = Exit::Withheld.code();
    }
    Ok(outcome)
}

/// The choices of a retrieval.
fn choices(office: &Office, saved: &SavedProposal) -> (AddOns, Mark) {
    let chosen = serde_json::from_str::<Options>(&saved.proposal.options);
    chosen.map_or((office.settings.add_ons, office.settings.mark), |options| {
        (options.add_ons, options.mark)
    })
}

/// Of when the actuals are. The list does not say it: what is the same is to stay the same file.
fn fetched(office: &Office, run: RunId) -> Result<String, Error> {
    let when = office.ledger.began(run.number())?;
    let when = when.and_then(|when| clock::in_words(&when));
    let when = when.map_or_else(|| "最後に".to_owned(), |when| format!("{when}に"));
    Ok(format!(
        "{when}取得した実績を点検しました。そのあとの承認や訂正を入れるには、もう一度「実績の取得」をしてください。"
    ))
}

/// Writes the list of a month, and says on the screen what it holds. What was ticked off in the
/// earlier one is ticked off in this one where it says the same.
pub fn write(
    office: &Office,
    month: YearMonth,
    (audit, basis, unread): (&Audit, Basis, usize),
    outcome: &mut Outcome,
) -> Result<(), Error> {
    let name = format!("請求前点検{}.xlsx", month_in_name(Some(month)));
    let rules = &office.tables.audit.rules;
    let check = |rule| check_line(rule, &office.settings.audit);
    let checks: Vec<CheckLine<'_>> = rules.iter().map(check).collect();
    let office_name = office.name();
    let built = |ticks: &Ticks| {
        let report = AuditReport {
            office: &office_name,
            month,
            made_from: match basis {
                Basis::Actuals => "承認済みの実績",
                Basis::Plan => "予定(実績は取得していません)",
            },
            clients: audit.clients,
            with_others: audit.with_others,
            remarks: &audit.remarks,
            checks: &checks,
            ticks,
        };
        report::audit_workbook(&office.folder.reports().join(&name), &report)
    };
    let bytes = built(&Ticks::new())?;
    let digest = Digest::of(&bytes);
    let path = if let Some(path) = shelf::standing(office, &name, &digest)? {
        path
    } else {
        let earlier = shelf::contents(office, &name)?;
        let ticks: Ticks = earlier.into_iter().flat_map(report::read_ticks).collect();
        let bytes = if ticks.is_empty() {
            bytes
        } else {
            built(&ticks)?
        };
        let place = shelf::replace(office, &name, (&bytes, &digest))?;
        outcome.notes.extend(place.notes);
        place.path
    };
    say(audit, unread, outcome);
    outcome.audit = Some(path);
    Ok(())
}

/// The counts, a line each.
fn say(audit: &Audit, unread: usize, outcome: &mut Outcome) {
    let counts = audit.counts();
    outcome.notes.push(match audit.remarks.len() {
        0 => "請求前点検: 知らせることはありません。".to_owned(),
        found => format!("請求前点検: 確かめることが{found}件あります。"),
    });
    let lines = counts.iter();
    let lines = lines.map(|(code, count)| format!("  {code} {} {count}件", code.title()));
    outcome.notes.extend(lines);
    if unread > 0 {
        outcome.notes.push(format!(
            "利用票(UPPLAN)のうち{unread}件は、読めないところがあるので、ほかの事業所の分を見落とすかもしれません。居宅支援事業所から受け取り直してください。"
        ));
    }
    let remarked = counts.into_iter().map(|(code, count)| Remarked {
        code: code.number(),
        count,
    });
    outcome.remarked = remarked.collect();
}

fn check_line<'r>(rule: &'r RuleFacts, wanted: &Attentions) -> CheckLine<'r> {
    CheckLine {
        code: rule.code,
        mark: rule.mark,
        wanted: wanted.of(rule.code),
        exceptions: &rule.exceptions,
        source: &rule.source,
        returns: &rule.returns,
    }
}
