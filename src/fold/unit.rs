//! One client's month at one of our offices: from what was approved to lines, day by day to
//! what was done, and beside what was planned.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::certification::{Certified, certified, listed};
use crate::finding::{Code, Fate, Finding, RowId};
use crate::model::{
    ActualVisit, Began, CivilDate, Client, ClientComparison, ClientId, Compared, FileName, Match,
    Place, PlanLine, ProRated, ServiceCode, Slot, YearMonth,
};
use crate::table::Class;

use super::answers::{Answer, Answers};
use super::lines::Lines;
use super::piles::{Fetched, Pile, place};
use super::{FoldRules, FoldedClient, Performed, Unit, add_ons, answers, surplus_key};

/// What becomes of it.
#[derive(Debug)]
pub struct FoldedUnit {
    /// Its lines; none where it is withheld or nothing was done.
    pub client: Option<FoldedClient>,
    /// Plan against actual.
    pub compared: ClientComparison,
    /// What is to be said.
    pub findings: Vec<Finding>,
    /// The rows that are decided.
    pub fates: Vec<(RowId, Fate)>,
    /// How many add-ons were left out because none were asked for.
    pub dropped_add_ons: usize,
}

/// Folds it.
pub fn fold(id: Unit, mut pile: Pile, rules: &FoldRules<'_>, file: &FileName) -> FoldedUnit {
    let (client, office) = id;
    let mut planned = planned(id, rules);
    let known = rules.roster.find(client);
    // As the plan writes it, so that all lines of a client bear one name.
    let name = planned
        .first()
        .map(|line| line.name.to_string())
        .or_else(|| known.map(|known| known.name.clone()))
        .unwrap_or_default();
    // Where two lines are as near, the earlier one is answered, wherever it stands in the file.
    planned.sort_by_key(|line| (line.code, line.hours));
    let mut folded = FoldedUnit {
        client: None,
        compared: nothing_of(client, &name),
        findings: Vec::new(),
        fates: Vec::new(),
        dropped_add_ons: 0,
    };
    for (row, number) in pile.take_doubles() {
        folded.fates.push((row, Fate::Excluded));
        let place = place(file, number);
        folded
            .findings
            .push(Finding::new(Code::DeliveredTwice, place).of(client, name.as_str()));
    }
    folded.leave_out_rates(&mut pile, rules, file);
    pile.order();
    let answers = answers::find(&mut pile.visits, &planned, rules);
    let pile = &pile;
    folded.keep_back(&answers.surplus, client, rules, file);
    folded.compare(pile, &planned, &answers, (rules, file));
    if known.is_none() && !pile.is_empty() {
        folded.withhold_unknown(client, pile, file);
        return folded;
    }
    let has_plan = !planned.is_empty();
    let mut lines = Lines::new(planned, id, &name, rules);
    folded.remark(pile, &answers, has_plan, file);
    answers::land(&pile.visits, &answers, &mut lines);
    let mut rows: Vec<RowId> = pile.visits.iter().map(|visit| visit.row).collect();
    let taken = add_ons::fold(&pile.add_ons, &mut lines, rules, file, &mut folded);
    rows.extend(taken.iter().map(|add_on| add_on.row));
    if let Some(known) = known {
        folded.certify((pile, &answers, &taken), known, rules.month, file);
    }
    folded.look_for_visits((pile, &answers), &taken, rules.month, file);
    let performed = performed(pile, &answers, lines.planned(), &taken);
    let lines = lines.finish(rules.mark);
    folded.pro_rate(&lines, pile, rules, file);
    for finding in &mut folded.findings {
        finding.concern(client, name.as_str());
    }
    let holds = |of: &Finding| of.withholds() && !is_held_alone(of.code);
    if folded.findings.iter().any(holds) {
        folded
            .fates
            .extend(rows.iter().map(|row| (*row, Fate::Withheld)));
    } else if !rows.is_empty() {
        folded.client = Some(FoldedClient {
            client,
            office,
            name,
            lines,
            performed,
            rows,
            place: pile.first_place(file),
        });
    }
    folded
}

/// A client of whom nothing was planned or done.
pub fn nothing_of(client: ClientId, name: &str) -> ClientComparison {
    ClientComparison {
        client,
        name: name.to_owned(),
        visits: Vec::new(),
        unapproved: 0,
        pro_rated: Vec::new(),
        services: BTreeMap::new(),
    }
}

/// Whether a record is kept back by itself, and the rest of the month goes.
fn is_held_alone(code: Code) -> bool {
    matches!(code, Code::SurplusRecord | Code::UnknownAddOn)
}

/// The lines that were planned for it; none where nothing was.
fn planned((client, office): Unit, rules: &FoldRules<'_>) -> Vec<PlanLine> {
    let lines = rules.planned.get(&client).into_iter().flatten();
    lines
        .filter(|line| line.office == office)
        .cloned()
        .collect()
}

impl Pile {
    fn is_empty(&self) -> bool {
        self.visits.is_empty() && self.add_ons.is_empty()
    }

    fn first_place(&self, file: &FileName) -> Place {
        let visits = self.visits.iter().map(|visit| visit.number);
        let first = visits.chain(self.add_ons.iter().map(|add_on| add_on.number));
        first
            .min()
            .map_or_else(|| Place::file(file.clone()), |number| place(file, number))
    }
}

impl FoldedUnit {
    /// A607: a rate that was recorded as a visit is none.
    fn leave_out_rates(&mut self, pile: &mut Pile, rules: &FoldRules<'_>, file: &FileName) {
        let town = self.compared.client.insurer;
        let codes: BTreeSet<ServiceCode> = pile.visits.iter().map(|of| of.record.code).collect();
        let is_rate = |code: &ServiceCode| {
            let service = rules.services.find(*code, town, rules.month);
            service.is_some_and(|service| service.class == Class::Rate)
        };
        let rates: Vec<ServiceCode> = codes.into_iter().filter(is_rate).collect();
        if rates.is_empty() {
            return;
        }
        let is_rate = |visit: &mut Fetched<ActualVisit>| rates.contains(&visit.record.code);
        for visit in pile.visits.extract_if(.., is_rate) {
            let finding = Finding::new(Code::RateActual, place(file, visit.number));
            self.findings
                .push(finding.value(visit.record.code.as_str()));
            self.fates.push((visit.row, Fate::Excluded));
        }
    }

    /// A606: nothing is known of the client, not even the name that a file would bear.
    fn withhold_unknown(&mut self, client: ClientId, pile: &Pile, file: &FileName) {
        self.findings.push(
            Finding::new(Code::UnknownClientActual, pile.first_place(file))
                .of(client, self.compared.name.as_str())
                .value(client.insured.as_str()),
        );
        let visits = pile.visits.iter().map(|visit| visit.row);
        let rows = visits.chain(pile.add_ons.iter().map(|add_on| add_on.row));
        self.fates.extend(rows.map(|row| (row, Fate::Withheld)));
    }

    /// Lays plan and actual beside each other. Where 楽すけ has no plan, the recorder's own
    /// stands in for it.
    fn compare(
        &mut self,
        pile: &Pile,
        planned: &[PlanLine],
        answers: &Answers,
        (rules, file): (&FoldRules<'_>, &FileName),
    ) {
        let visits = &mut self.compared.visits;
        for (visit, answered) in pile.visits.iter().zip(&answers.of_visits) {
            let record = &visit.record;
            let slot = |hours, code| Slot { hours, code };
            let was_planned = match answered.answer {
                Answer::Line(at) | Answer::Instead(at) => {
                    planned[at].hours.map(|hours| slot(hours, planned[at].code))
                }
                Answer::None if planned.is_empty() => {
                    record.planned.map(|hours| slot(hours, record.code))
                }
                Answer::None => None,
            };
            let sides = (was_planned, Some(slot(record.hours, record.code)));
            let date = rules.month.day(answered.day).unwrap_or(record.date);
            let when = (date, answered.began);
            let compared = Compared::begun(record.office, when, sides, rules.limits);
            if compared.kind() == Match::TimeDoubtful {
                self.findings.push(
                    Finding::new(Code::TimesFarApart, place(file, visit.number))
                        .value(format!("{} {}", record.date, record.hours.start()))
                        .detail(compared.doubts()),
                );
            }
            visits.push(compared);
        }
        for (line, left) in planned.iter().zip(&answers.left) {
            let Some(hours) = line.hours else { continue };
            for (day, count) in left.counted() {
                let date = rules.month.day(day);
                visits.extend(date.into_iter().flat_map(|date| {
                    let slot = Slot {
                        hours,
                        code: line.code,
                    };
                    let sides = (Some(slot), None);
                    let unanswered = Compared::of(line.office, date, sides, rules.limits);
                    std::iter::repeat_n(unanswered, count.into())
                }));
            }
        }
        visits.sort_by_key(Compared::order);
        self.name_services(planned, rules);
    }

    fn name_services(&mut self, planned: &[PlanLine], rules: &FoldRules<'_>) {
        let insurer = self.compared.client.insurer;
        let names = &mut self.compared.services;
        for visit in &self.compared.visits {
            for slot in [visit.planned, visit.actual].into_iter().flatten() {
                names.entry(slot.code).or_insert_with(|| {
                    let line = planned.iter().find(|line| line.code == slot.code);
                    let listed = || rules.services.find(slot.code, insurer, rules.month);
                    line.map(|line| line.service_name.to_string())
                        .filter(|name| !name.is_empty())
                        .or_else(|| listed().map(|service| service.name.clone()))
                        .unwrap_or_default()
                });
            }
        }
    }

    /// What is to be said of each visit.
    fn remark(&mut self, pile: &Pile, answers: &Answers, has_plan: bool, file: &FileName) {
        for (visit, answered) in pile.visits.iter().zip(&answers.of_visits) {
            let record = &visit.record;
            let when = format_args!("{} {}", record.date, record.hours.start());
            let finding = |code| Finding::new(code, place(file, visit.number));
            let of_service = |code| finding(code).value(format!("{when} {}", record.code));
            if record.hours.passes_midnight() {
                let finding = finding(Code::PassesMidnight);
                self.findings.push(finding.value(when.to_string()));
            }
            let said = match answered.answer {
                Answer::Line(_) if answered.began != Began::OnTheDay => {
                    let finding = of_service(Code::BegunAcrossMidnight);
                    Some(finding.detail(format!("予定は{}日", answered.day)))
                }
                Answer::Instead(_) => Some(of_service(Code::ServiceDiffers)),
                Answer::None if has_plan => {
                    Some(of_service(Code::NotPlanned).detail(of_another_day(record)))
                }
                Answer::Line(_) | Answer::None => None,
            };
            self.findings.extend(said);
        }
    }

    /// A624, A632: a record too many is kept back by itself, because the visit that it is of was made,
    /// and goes. One that somebody has put aside is nobody's any more.
    fn keep_back(
        &mut self,
        surplus: &[Fetched<ActualVisit>],
        client: ClientId,
        rules: &FoldRules<'_>,
        file: &FileName,
    ) {
        let mut met: BTreeMap<String, usize> = BTreeMap::new();
        for visit in surplus {
            let record = &visit.record;
            let said = format!("{} {} {}", record.date, record.hours.start(), record.code);
            let key = surplus_key(client, &said);
            let put_aside = rules.put_aside.get(&key).copied().unwrap_or_default();
            let met = met.entry(key).or_default();
            *met += 1;
            let (code, fate) = if *met <= put_aside {
                (Code::SurplusPutAside, Fate::Excluded)
            } else {
                (Code::SurplusRecord, Fate::Withheld)
            };
            let finding = Finding::new(code, place(file, visit.number));
            self.findings.push(finding.value(said));
            self.fates.push((visit.row, fate));
        }
    }

    /// A627, A628, A629: what the insurer would send back, by the certification of each day.
    fn certify(
        &mut self,
        (pile, answers, add_ons): (&Pile, &Answers, &[add_ons::Taken]),
        known: &Client,
        month: YearMonth,
        file: &FileName,
    ) {
        let visits = pile.visits.iter().zip(&answers.of_visits);
        let visits = visits.map(|(visit, answered)| (answered.day, visit.record.code));
        let days_of = |add_on: &add_ons::Taken| Some((add_on.date?.day(), add_on.code));
        let done = visits.chain(add_ons.iter().filter_map(days_of));
        let mut wrong: BTreeMap<Code, BTreeSet<u32>> = BTreeMap::new();
        for (day, code) in done {
            let Some(date) = month.day(day) else { continue };
            let said = match certified(known, date, code.service_type()) {
                Certified::Yes => continue,
                Certified::Pending => Code::ClaimWaitsForCertification,
                Certified::No => Code::ActualNotCertified,
                Certified::LevelDoesNotFit => Code::ActualLevelDoesNotFit,
            };
            wrong.entry(said).or_default().insert(day);
        }
        for (code, days) in wrong {
            let days: Vec<u32> = days.into_iter().collect();
            let finding = Finding::new(code, pile.first_place(file));
            self.findings.push(finding.detail(listed(&days)));
        }
    }

    /// A631: an add-on of a visit or a day, on a day without a visit.
    fn look_for_visits(
        &mut self,
        (pile, answers): (&Pile, &Answers),
        add_ons: &[add_ons::Taken],
        month: YearMonth,
        file: &FileName,
    ) {
        let visited = |day: u32| answers.of_visits.iter().any(|of| of.day == day);
        let mut alone: BTreeMap<ServiceCode, BTreeSet<u32>> = BTreeMap::new();
        for add_on in add_ons.iter().filter(|of| of.is_of_a_visit) {
            let date = add_on.date.filter(|date| date.year_month() == month);
            if let Some(day) = date.map(CivilDate::day).filter(|day| !visited(*day)) {
                alone.entry(add_on.code).or_default().insert(day);
            }
        }
        for (code, days) in alone {
            let days: Vec<u32> = days.into_iter().collect();
            let finding = Finding::new(Code::AddOnWithoutVisit, pile.first_place(file));
            let finding = finding.value(code.as_str());
            self.findings.push(finding.detail(listed(&days)));
        }
    }

    /// A601: the warning of the manual. Days are counted, nothing is computed from them.
    fn pro_rate(
        &mut self,
        lines: &[PlanLine],
        pile: &Pile,
        rules: &FoldRules<'_>,
        file: &FileName,
    ) {
        let insurer = self.compared.client.insurer;
        let mut days: BTreeMap<ServiceCode, BTreeSet<u32>> = BTreeMap::new();
        for line in lines {
            let name = &line.service_name;
            if rules
                .services
                .is_pro_rated(line.code, insurer, rules.month, name)
            {
                let counted = line.actual.counted().map(|(day, _)| day);
                days.entry(line.code).or_default().extend(counted);
                let names = &mut self.compared.services;
                names.entry(line.code).or_insert_with(|| name.to_string());
            }
        }
        for (code, days) in days {
            let days = u32::try_from(days.len()).expect("a month has 31 days");
            self.compared.pro_rated.push(ProRated { code, days });
            self.findings.push(
                Finding::new(Code::ProRatedActual, pile.first_place(file))
                    .value(code.as_str())
                    .detail(format!("訪問のあった日は{days}日")),
            );
        }
    }
}

/// What may be the reason why nobody had planned a visit on its day: it says that it was planned
/// for across midnight, which no line does, or which is another month.
fn of_another_day(record: &ActualVisit) -> &'static str {
    match answers::across_midnight(record) {
        Some(Began::TheDayAfter) => "記録にある予定は、前の日の夜です",
        Some(Began::TheDayBefore) => "記録にある予定は、次の日の未明です",
        Some(Began::OnTheDay) | None => "",
    }
}

/// What was done, each at its own time; what began across midnight at that of the line it is
/// billed on, because no time of the planned day says when it began.
fn performed(
    pile: &Pile,
    answers: &Answers,
    planned: &[PlanLine],
    add_ons: &[add_ons::Taken],
) -> Vec<Performed> {
    let visits = pile.visits.iter().zip(&answers.of_visits);
    let visits = visits.map(|(visit, answered)| {
        let record = &visit.record;
        let across = match answered.answer {
            Answer::Line(line) if answered.began != Began::OnTheDay => {
                let date = record.date.year_month().day(answered.day);
                date.zip(planned[line].hours)
            }
            Answer::Line(_) | Answer::Instead(_) | Answer::None => None,
        };
        let (date, hours) = across.unwrap_or((record.date, record.hours));
        (date, Some(hours), record.code)
    });
    let add_ons = add_ons
        .iter()
        .filter_map(|add_on| Some((add_on.date?, add_on.hours, add_on.code)));
    let mut all: Vec<_> = visits.chain(add_ons).collect();
    all.sort_unstable();
    let mut performed: Vec<Performed> = Vec::with_capacity(all.len());
    for (date, hours, code) in all {
        match performed.last_mut() {
            Some(last)
                if (last.date, last.hours, last.code) == (date, hours, code)
                    && last.count < Performed::MOST =>
            {
                last.count += 1;
            }
            Some(_) | None => performed.push(Performed {
                date,
                hours,
                code,
                count: 1,
            }),
        }
    }
    performed
}
