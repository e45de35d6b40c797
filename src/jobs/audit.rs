//! 請求前点検: a month looked at before it is claimed, from what is at hand.
//!
//! Care-wing is not asked: what was planned stands in the ledger and the inbox, what was done in
//! the pages of the last retrieval, and what others do in the 利用票 of inbox and archive. The same
//! is looked at when actuals are fetched, and there a check may hold a client.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::audit::{self, Audit, Month};
use crate::check::Roster;
use crate::clock;
use crate::error::{Error, Exit};
use crate::finding::{Attentions, Code};
use crate::fold::{self, FoldRules, Folded, Unit};
use crate::ledger::{RunId, SavedProposal};
use crate::model::{Actual, AddOns, Mark, YearMonth};
use crate::report::{self, AuditReport, CheckLine};
use crate::table::RuleFacts;

use super::national_plans::{ProRatedOn, national_plans};
use super::office::Office;
use super::outcome::Outcome;
use super::planned::{self, Planned, planned};
use super::proposal::{Options, Step, month_in_name};
use super::{plan, retrieval, shelf};

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
    let has_actuals = actual.is_some();
    let rules = FoldRules {
        offices: &office.settings.offices,
        month,
        add_ons,
        mark,
        limits: office.settings.limits,
        services: &office.tables.services,
        roster: &roster,
        planned: &planned.lines,
    };
    let mut folded = fold::fold(actual.unwrap_or_default(), &rules)?;
    let national = national_plans(office, month)?;
    let audit = {
        let month = Month {
            month,
            today: office.today()?,
            table: &office.tables.audit,
            services: &office.tables.services,
            has_actuals,
            before: before(office, month)?,
        };
        let known = (&roster, &planned.lines);
        let subjects = audit::subject::subjects(&folded, known, &national.others, &month);
        Audit::of(&subjects, &month, &office.settings.audit)
    };
    if has_actuals {
        folded.hold(&audit.held(&office.settings.audit))?;
    }
    Ok(Looked {
        folded,
        planned,
        roster,
        audit,
        pro_rated: national.pro_rated,
    })
}

/// Whose plans were registered in the months before, the nearest first.
fn before(office: &Office, month: YearMonth) -> Result<Vec<BTreeSet<Unit>>, Error> {
    let months = std::iter::successors(month.before(), |month| month.before());
    let months = months.take(office.tables.audit.first_visit.months as usize);
    let units = months.map(|month| {
        let sent = planned::sent(&office.ledger, month)?;
        let units = sent.into_keys();
        Ok(units.map(|(office, _, client)| (client, office)).collect())
    });
    units.collect()
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
    write(
        office,
        month,
        (&looked.audit, saved.is_some()),
        &mut outcome,
    )?;
    outcome.notes.push(match saved {
        Some(saved) => fetched(office, saved.run)?,
        None => "実績はまだ取得していないので、予定を点検しました。".to_owned(),
    });
    if !looked.audit.held(&office.settings.audit).is_empty() {
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
    let when = when
        .and_then(|when| clock::in_words(&when))
        .unwrap_or_default();
    Ok(format!(
        "{when}に取得した実績を点検しました。そのあとの承認や訂正を入れるには、もう一度「実績の取得」をしてください。"
    ))
}

/// Writes the list of a month, and says on the screen what it holds.
pub fn write(
    office: &Office,
    month: YearMonth,
    (audit, has_actuals): (&Audit, bool),
    outcome: &mut Outcome,
) -> Result<(), Error> {
    let made_from = if has_actuals {
        "承認済みの実績"
    } else {
        "予定(実績は取得していません)"
    };
    let name = format!("請求前点検{}.xlsx", month_in_name(Some(month)));
    let rules = &office.tables.audit.rules;
    let check = |rule| check_line(rule, &office.settings.audit);
    let checks: Vec<CheckLine<'_>> = rules.iter().map(check).collect();
    let report = AuditReport {
        office: &office.name(),
        month,
        made_from,
        clients: audit.clients,
        with_others: audit.with_others,
        remarks: &audit.remarks,
        checks: &checks,
    };
    let bytes = report::audit_workbook(&office.folder.reports().join(&name), &report)?;
    let place = shelf::replace(office, &name, &bytes)?;
    outcome.notes.extend(place.notes);
    outcome.notes.push(in_words(audit));
    let counts = rules.iter().map(|rule| (rule.code, audit.count(rule.code)));
    let found = counts.filter(|(_, count)| *count > 0);
    outcome.remarked = found
        .map(|(code, count)| Remarked {
            code: code.number(),
            count,
        })
        .collect();
    outcome.audit = Some(place.path);
    Ok(())
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

/// `請求前点検: 確かめること3件(C701 時間帯とコードが合わない 2件、…)。`
fn in_words(audit: &Audit) -> String {
    let counts = Code::ALL.iter().map(|code| (code, audit.count(*code)));
    let found = counts.filter(|(_, count)| *count > 0);
    let found: Vec<String> = found
        .map(|(code, count)| format!("{code} {} {count}件", code.title()))
        .collect();
    if found.is_empty() {
        return "請求前点検: 知らせることはありません。".to_owned();
    }
    format!(
        "請求前点検: 確かめることが{}件あります({})。",
        audit.remarks.len(),
        found.join("、")
    )
}
