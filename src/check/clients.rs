//! Clients: the rows of one person agree, and its certifications follow one another.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::finding::{Code, Fate, Finding, Imbalance};
use crate::model::{
    Client, ClientId, Field, Fields, InsuranceCard, InsuredNumber, OfficeNumber, Place, RecordKind,
    Value,
};
use crate::read::Sheet;
use crate::table::Completes;

use super::bad_row::BadRow;
use super::complete::{complete, completes, kept};
use super::gather::Gathered;
use super::hold::hold;
use super::of_files::OfFiles;
use super::origin::Origin;
use super::roster::Roster;
use super::supplement;
use super::verdicts::Verdicts;
use super::versions::is_one_source;

/// A client that passed, with the row of each card.
#[derive(Debug, Clone)]
pub struct CheckedClient {
    /// The client with all cards, ordered by the day they begin.
    pub client: Client,
    /// Its rows; each states one card.
    pub origins: Vec<Origin>,
    /// For each card, its row; `None` for one that stays as it was last sent.
    pub card_rows: Vec<Option<usize>>,
}

/// One row of a person: what it says of the person, its card, where it stands. Who is not
/// certified yet has a row without a card.
pub type Person = (Client, Option<InsuranceCard>, Origin);

/// Checks clients row against row. Those that fail are withheld in the book, whole.
///
/// `care_offices` are all that are known; `None` where nobody can know (a single file without
/// its office folder). `known` is what was last sent of clients.
pub fn check(
    gathered: &mut Gathered,
    care_offices: Option<&BTreeSet<OfficeNumber>>,
    known: &Roster,
) -> Result<Vec<CheckedClient>, Imbalance> {
    supplement::leave_out(gathered)?;
    let mut by_client: BTreeMap<ClientId, (Vec<Person>, Vec<BadRow>)> = BTreeMap::new();
    // Rows whose number cannot be read hold whoever has their name: a client without one of
    // its cards would take the place of the whole one.
    let mut by_name: BTreeMap<String, Vec<Origin>> = BTreeMap::new();
    let mut by_number: BTreeMap<InsuredNumber, Vec<Origin>> = BTreeMap::new();
    for row in std::mem::take(&mut gathered.cards) {
        by_client.entry(row.0.id).or_default().0.push(row);
    }
    for row in gathered
        .bad_rows
        .iter()
        .filter(|row| row.kind == RecordKind::ClientCard)
    {
        gathered.book.decide(row.origin.id, Fate::Withheld)?;
        for number in &row.numbers {
            let rows = by_number.entry(*number).or_default();
            rows.push(row.origin.clone());
        }
        match row.client {
            Some(client) => by_client.entry(client).or_default().1.push(row.clone()),
            None => by_name
                .entry(row.name.clone())
                .or_default()
                .push(row.origin.clone()),
        }
    }
    let (mut checked, mut of_files) = (Vec::new(), OfFiles::default());
    for (id, (mut rows, bad)) in by_client {
        let first = bad.first().map(|row| &row.origin);
        let first = first.or_else(|| rows.first().map(|(.., origin)| origin));
        let first = first.cloned();
        rows.sort_by_key(|(_, card, origin)| {
            let from = card.as_ref().map(|card| card.certified_from);
            (from.is_none(), from, origin.id)
        });
        let Some(name) = rows.first().map(|(client, ..)| Arc::from(&*client.name)) else {
            gathered.held.extend(first.map(|origin| (id, origin)));
            continue;
        };
        let again = take_repeated(&mut rows);
        let known = known.find(id);
        let mut findings = end_open_cards(&mut rows);
        findings.extend(rules(&rows, care_offices, known));
        if two_lists(id, &rows, &findings, &mut of_files) {
            for origin in rows.iter().map(|(.., origin)| origin).chain(&again) {
                gathered.book.decide(origin.id, Fate::Withheld)?;
                gathered.book.tie(rows[0].2.id, origin.id);
                of_files.hold(origin.place(), id, &name);
            }
            gathered.held.extend(first.map(|origin| (id, origin)));
            continue;
        }
        let mut because: Vec<Origin> = bad.iter().map(|row| row.origin.clone()).collect();
        because.extend(by_number.get(&id.insured).into_iter().flatten().cloned());
        let names: BTreeSet<String> = rows
            .iter()
            .map(|(client, ..)| gathered.names.fold(&client.name))
            .collect();
        because.extend(
            names
                .iter()
                .filter_map(|name| by_name.get(name))
                .flatten()
                .cloned(),
        );
        let at_fault: BTreeSet<Place> = findings
            .iter()
            .filter(|finding| finding.withholds())
            .map(|finding| finding.place.row_only())
            .collect();
        let origins = || rows.iter().map(|(_, _, origin)| origin);
        because.extend(
            origins()
                .filter(|of| at_fault.contains(&of.place()))
                .cloned(),
        );
        gathered.findings.extend(
            findings
                .into_iter()
                .map(|finding| finding.of(id, Arc::clone(&name))),
        );
        if because.is_empty() {
            let mut client = complete(rows, known);
            client.origins.extend(again);
            checked.push(client);
        } else {
            gathered.held.extend(first.map(|origin| (id, origin)));
            let mut verdicts = Verdicts::default();
            let all = origins().chain(&again);
            hold(all, &because, id, &name, &mut verdicts);
            let held = verdicts.enter(&mut gathered.book)?;
            gathered.findings.extend(held);
        }
    }
    of_files.enter(gathered);
    Ok(checked)
}

/// Takes out the rows that say the very same as an earlier one, as they do in two files of one export.
fn take_repeated(rows: &mut Vec<Person>) -> Vec<Origin> {
    let mut again = Vec::new();
    // Nearly everybody has one row.
    if rows.len() < 2 {
        return again;
    }
    let mut once: Vec<Person> = Vec::new();
    for row in rows.drain(..) {
        if once.iter().any(|of| (&of.0, &of.1) == (&row.0, &row.1)) {
            again.push(row.2);
        } else {
            once.push(row);
        }
    }
    *rows = once;
    again
}

/// B309: whether two lists say different things of a client, an older and a newer one. What else
/// is wrong in their rows is said when that is settled.
fn two_lists(
    client: ClientId,
    rows: &[Person],
    findings: &[Finding],
    of_files: &mut OfFiles,
) -> bool {
    let differ = |code| matches!(code, Code::PersonDiffers | Code::CertificationOverlaps);
    let by_the_lists = findings.iter().any(|finding| differ(finding.code));
    let mut sheets: Vec<&Arc<Sheet>> = rows.iter().map(|(.., origin)| origin.sheet()).collect();
    sheets.retain(|sheet| sheet.layout.completes() == Completes::No);
    sheets.sort_by_key(|sheet| sheet.whole());
    sheets.dedup_by(|one, other| is_one_source(one, other));
    if !by_the_lists || sheets.len() < 2 {
        return false;
    }
    for other in &sheets[1..] {
        of_files.clash(Code::TwoLists, (sheets[0], other), Some(client));
    }
    true
}

fn rules(
    rows: &[Person],
    care_offices: Option<&BTreeSet<OfficeNumber>>,
    known: Option<&Client>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    person_differs(rows, &mut findings);
    periods(rows, &mut findings);
    periods_that_stay(rows, known, &mut findings);
    unknown_care_offices(rows, care_offices, &mut findings);
    findings
}

/// The cards of rows, each with where it stands.
fn cards(rows: &[Person]) -> impl Iterator<Item = (&InsuranceCard, &Origin)> {
    rows.iter()
        .filter_map(|(_, card, origin)| Some((card.as_ref()?, origin)))
}

/// B311: a card that another one of the same list follows ends the day before that one begins.
/// Whoever enters a new certification often leaves the last day of the old one as it was.
fn end_open_cards(rows: &mut [Person]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for at in 1..rows.len() {
        let (above, rest) = rows.split_at_mut(at);
        let (Some((_, Some(earlier), first)), Some((_, Some(later), origin))) =
            (above.last_mut(), rest.first())
        else {
            continue;
        };
        if earlier.is_followed_by(later) && is_one_source(first.sheet(), origin.sheet()) {
            findings.push(ended(earlier, (later, origin)));
            earlier.end_before(later);
        }
    }
    findings
}

fn ended(earlier: &InsuranceCard, (later, origin): (&InsuranceCard, &Origin)) -> Finding {
    let place = origin.field(Field::CertifiedFrom);
    let (from, to) = (earlier.certified_from, earlier.certified_to);
    Finding::new(Code::OpenCardEnded, place)
        .value(later.certified_from.to_string())
        .detail(format!(
            "前の認定は{}から{}まで",
            from.in_words(),
            to.in_words()
        ))
}

/// B301: every row of one number says the same of the person.
fn person_differs(rows: &[Person], findings: &mut Vec<Finding>) {
    let (first, _, origin) = &rows[0];
    for (other, _, place) in &rows[1..] {
        let field = RecordKind::Client
            .fields()
            .iter()
            .map(|(field, _)| *field)
            .find(|field| first.value(*field) != other.value(*field));
        if let Some(field) = field {
            let shown = match other.value(field) {
                Value::Text(text) => text.to_owned(),
                _ => String::new(),
            };
            findings.push(
                Finding::new(Code::PersonDiffers, place.field(field))
                    .value(shown)
                    .detail(format!("{}が{}行目と違います", field.label(), origin.row())),
            );
        }
    }
}

/// B302, B303: a period ends after it begins, and no two share a day. The rows are ordered
/// by the day they begin.
fn periods(rows: &[Person], findings: &mut Vec<Finding>) {
    for (card, origin) in cards(rows) {
        if card.certified_to < card.certified_from {
            let place = origin.field(Field::CertifiedTo);
            findings.push(
                Finding::new(Code::PeriodReversed, place).value(card.certified_to.to_string()),
            );
        }
    }
    for ((earlier, above), (later, origin)) in cards(rows).zip(cards(rows).skip(1)) {
        if earlier.overlaps(later) {
            let place = origin.field(Field::CertifiedFrom);
            findings.push(
                Finding::new(Code::CertificationOverlaps, place)
                    .value(later.certified_from.to_string())
                    .detail(format!("{}行目の認定と重なります", above.row())),
            );
        }
    }
}

/// B303: the same, of cards that stay beside those of the rows.
fn periods_that_stay(rows: &[Person], known: Option<&Client>, findings: &mut Vec<Finding>) {
    let Some(known) = known else { return };
    for (card, origin) in cards(rows).filter(|(_, origin)| completes(origin)) {
        let overlapping = kept(rows, known).find(|earlier| earlier.overlaps(card));
        if let Some(earlier) = overlapping.filter(|earlier| earlier.is_followed_by(card)) {
            findings.push(ended(earlier, (card, origin)));
        } else if let Some(earlier) = overlapping {
            let place = origin.field(Field::CertifiedFrom);
            let from = earlier.certified_from;
            findings.push(
                Finding::new(Code::CertificationOverlaps, place)
                    .value(card.certified_from.to_string())
                    .detail(format!("登録済みの認定({from}から)と重なります")),
            );
        }
    }
}

/// B305: the office that manages the care is one that is known; not asked where nobody can know.
fn unknown_care_offices(
    rows: &[Person],
    known: Option<&BTreeSet<OfficeNumber>>,
    findings: &mut Vec<Finding>,
) {
    let Some(known) = known else { return };
    for (card, origin) in cards(rows) {
        if let Some(office) = card.care_office.filter(|office| !known.contains(office)) {
            let place = origin.field(Field::CareOffice);
            findings.push(Finding::new(Code::UnknownCareOffice, place).value(office.as_str()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{CARE_OFFICE, Sample, card, gather, office_number, said};
    use super::*;

    /// The clients that pass, the findings, and how many rows are withheld.
    fn checked(rows: &[Sample]) -> (Vec<CheckedClient>, Vec<String>, usize) {
        let known = [office_number(CARE_OFFICE)].into();
        let mut gathered = gather(rows);
        let clients = check(&mut gathered, Some(&known), &Roster::default()).unwrap();
        let withheld = gathered.book.count(Fate::Withheld);
        (clients, said(&gathered.findings), withheld)
    }

    fn period(from: &str, to: &str) -> Sample {
        card()
            .with("認定有効期間開始日", from)
            .with("認定有効期間終了日", to)
    }

    #[test]
    fn what_two_files_say_alike_is_said_once() {
        let row = || period("2026/04/01", "2027/03/31");
        let rows = [row().within("a.csv"), row().within("b.xlsx")];
        let (clients, said, withheld) = checked(&rows);
        assert_eq!((said, withheld), (vec![], 0));
        assert_eq!(clients[0].client.cards.len(), 1);
        assert_eq!(clients[0].origins.len(), 2);
        let other = row().with("要介護度", "要介護5").within("c.csv");
        let (clients, said, withheld) = checked(&[rows[0].clone(), rows[1].clone(), other]);
        assert_eq!((clients.len(), withheld), (0, 3), "{said:?}");
    }

    #[test]
    fn the_cards_of_a_client_follow_one_another_whatever_the_order_of_the_rows() {
        let (clients, said, _) = checked(&[
            period("2027/04/01", "2028/03/31"),
            period("2026/04/01", "2027/03/31"),
        ]);
        let from: Vec<String> = clients[0]
            .client
            .cards
            .iter()
            .map(|card| card.certified_from.to_string())
            .collect();
        let rows: Vec<u32> = clients[0].origins.iter().map(Origin::row).collect();
        assert_eq!((clients.len(), said), (1, vec![]));
        assert_eq!(from, ["2026-04-01", "2027-04-01"]);
        assert_eq!(rows, [3, 2]);
    }

    #[test]
    fn rows_that_differ_about_a_person_withhold_the_person_whole() {
        let (clients, said, withheld) = checked(&[
            period("2026/04/01", "2027/03/31"),
            period("2027/04/01", "2028/03/31").with("住所", "東京都"),
            card().of("0000100002", "試験　太郎"),
        ]);
        assert_eq!(clients.len(), 1);
        assert_eq!(clients[0].client.name, "試験　太郎");
        assert_eq!(
            said,
            [
                "B301 3行目 住所「東京都」 住所が2行目と違います",
                "P410 2行目 3行目のため",
            ]
        );
        assert_eq!(withheld, 2);
    }

    #[test]
    fn two_lists_that_differ_are_one_question_whatever_else_is_wrong_in_them() {
        let elsewhere = |file| card().with("居宅支援事業所番号", "1370000026").within(file);
        let (clients, said, withheld) = checked(&[
            elsewhere("a.csv"),
            elsewhere("b.csv").with("住所", "東京都"),
        ]);
        assert!(clients.is_empty());
        assert_eq!(said, ["B309 a.csv にも、同じ1名の内容があります"]);
        assert_eq!(withheld, 2);
    }

    #[test]
    fn a_period_that_ends_before_it_begins_is_withheld() {
        let (clients, said, withheld) = checked(&[period("2026/04/01", "2026/03/31")]);
        assert!(clients.is_empty());
        assert_eq!(said, ["B302 2行目 認定有効期間終了日「2026-03-31」"]);
        assert_eq!(withheld, 1);
    }

    #[test]
    fn a_period_of_one_day_is_a_period() {
        let (clients, said, _) = checked(&[period("2026/04/01", "2026/04/01")]);
        assert_eq!((clients.len(), said), (1, vec![]));
    }

    #[test]
    fn a_card_that_another_one_follows_ends_the_day_before() {
        let (clients, said, withheld) = checked(&[
            period("2026/04/01", "2027/03/31"),
            period("2026/10/16", "2027/10/31"),
        ]);
        let cards = clients[0].client.cards.iter();
        let ends: Vec<String> = cards.map(|card| card.certified_to.to_string()).collect();
        assert_eq!(ends, ["2026-10-15", "2027-10-31"]);
        assert_eq!(
            said,
            [
                "B311 3行目 認定有効期間開始日「2026-10-16」 前の認定は2026年4月1日から2027年3月31日まで"
            ]
        );
        assert_eq!(withheld, 0);
    }

    #[test]
    fn who_has_applied_is_registered_without_that_card() {
        for (level, from) in [
            ("申請中", ""),
            ("", ""),
            ("要介護2", ""),
            ("要介護2", "2026/10/01"),
        ] {
            let pending = period(from, "").with("要介護度", level);
            let (clients, said, _) = checked(std::slice::from_ref(&pending));
            assert_eq!(clients[0].client.cards, [], "{level} {from}");
            assert_eq!(said, ["B310 2行目 認定有効期間終了日"]);
            let before = period("2025/04/01", "2026/03/31");
            let (clients, ..) = checked(&[pending, before]);
            assert_eq!(clients[0].client.cards.len(), 1);
            assert_eq!(
                (clients[0].origins.len(), &*clients[0].card_rows),
                (2, &[Some(0)][..])
            );
        }
    }

    #[test]
    fn a_last_day_alone_makes_no_certification() {
        let (clients, said, _) = checked(&[period("", "2027/03/31").with("要介護度", "申請中")]);
        assert!(clients.is_empty());
        assert_eq!(
            said,
            ["V201 2行目 要介護度", "V201 2行目 認定有効期間開始日"]
        );
    }

    #[test]
    fn certifications_that_share_a_day_are_withheld_and_named() {
        let (clients, said, withheld) = checked(&[
            period("2026/04/01", "2027/04/01"),
            period("2026/10/01", "2027/03/31"),
        ]);
        assert!(clients.is_empty());
        assert_eq!(
            said,
            [
                "B303 3行目 認定有効期間開始日「2026-10-01」 2行目の認定と重なります",
                "P410 2行目 3行目のため",
            ]
        );
        assert_eq!(withheld, 2);
    }

    #[test]
    fn a_card_that_is_stated_twice_is_one() {
        let (clients, said, withheld) = checked(&[card(), card()]);
        assert_eq!((clients.len(), said, withheld), (1, vec![], 0));
        assert_eq!(clients[0].client.cards.len(), 1);
    }

    #[test]
    fn a_gap_between_certifications_is_not_this_rules_business() {
        let (clients, said, _) = checked(&[
            period("2026/04/01", "2026/09/30"),
            period("2026/11/01", "2028/03/31"),
        ]);
        assert_eq!((clients.len(), said), (1, vec![]));
    }

    #[test]
    fn one_insured_number_of_two_insurers_is_two_clients() {
        let (clients, said, _) = checked(&[card(), card().with("保険者番号", "131136")]);
        assert_eq!((clients.len(), said), (2, vec![]));
    }

    #[test]
    fn a_bad_row_holds_the_other_rows_of_its_client() {
        let (clients, said, withheld) = checked(&[
            card(),
            card().with("要介護度", "要介護9"),
            card().of("0000100002", "試験　太郎"),
        ]);
        assert_eq!(clients.len(), 1);
        assert_eq!(
            said,
            ["V209 3行目 要介護度「要介護9」", "P410 2行目 3行目のため"]
        );
        assert_eq!(withheld, 2);
    }

    #[test]
    fn a_row_with_two_errors_is_named_once_to_the_rows_that_it_holds() {
        let (_, said, _) = checked(&[
            period("2026/04/01", "2027/03/31"),
            period("2026/05/01", "2026/04/15"),
        ]);
        assert_eq!(said[2..], ["P410 2行目 3行目のため"]);
    }

    #[test]
    fn a_bad_row_without_a_readable_number_holds_whoever_has_its_name() {
        let (clients, said, withheld) = checked(&[
            period("2026/04/01", "2026/09/30"),
            period("2026/10/01", "2028/03/31")
                .of("12345", "試験花子　様")
                .with("保険者番号", ""),
            card().of("0000100002", "試験　太郎"),
        ]);
        assert_eq!(clients.len(), 1);
        assert_eq!(clients[0].client.name, "試験　太郎");
        assert_eq!(said.last().unwrap(), "P410 2行目 3行目のため");
        assert_eq!(withheld, 2);
    }

    #[test]
    fn a_card_of_a_care_office_that_nobody_knows_withholds_its_client() {
        let (clients, said, withheld) = checked(&[
            period("2026/04/01", "2026/09/30").with("居宅支援事業所番号", CARE_OFFICE),
            period("2026/10/01", "2028/03/31").with("居宅支援事業所番号", "1370000026"),
        ]);
        assert!(clients.is_empty());
        assert_eq!(
            said,
            [
                "B305 3行目 居宅支援事業所番号「1370000026」",
                "P410 2行目 3行目のため",
            ]
        );
        assert_eq!(withheld, 2);
    }

    #[test]
    fn where_nobody_can_know_the_care_offices_none_is_unknown() {
        let mut gathered = gather(&[card().with("居宅支援事業所番号", "1370000026")]);
        let clients = check(&mut gathered, None, &Roster::default());
        assert_eq!(clients.unwrap().len(), 1);
        assert_eq!(said(&gathered.findings), [""; 0]);
    }

    #[test]
    fn findings_name_the_person() {
        let mut gathered = gather(&[period("2026/04/01", "2026/03/31")]);
        check(&mut gathered, None, &Roster::default()).unwrap();
        let who = gathered.findings[0].client.clone().unwrap();
        assert_eq!(
            (who.id.to_string(), who.name),
            ("131128-0000123456".to_owned(), "試験　花子".into())
        );
    }
}
