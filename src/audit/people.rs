//! The client: numbers, certification, age, and what is still to be done before the claim.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::certification::{Certified, certified, listed};
use crate::finding::{Code, Remark};
use crate::model::{CheckDigit, CivilDate, Client, Digits, ServiceCode};

use super::client_month::{Basis, ClientMonth, Month};

/// C709: who is on public assistance alone has its number on the card.
pub(super) fn public_funding(client: &ClientMonth<'_>, month: &Month<'_>) -> Vec<Remark> {
    if !client.client.client.insured.as_str().starts_with('H') {
        return Vec::new();
    }
    let cards = client.cards(month);
    let is_of_assistance = |number: Digits| {
        let mut payers = month.table.payers_of_assistance.iter();
        payers.any(|payer| number.as_str().starts_with(payer.as_str()))
    };
    let without = cards
        .iter()
        .find(|card| !card.public_payer.is_some_and(is_of_assistance));
    let said = without.map(|card| {
        let from = card.certified_from.in_words();
        format!("{from}からの保険証に、生活保護の公費負担者番号がありません")
    });
    said.map(|said| client.remark(Code::NoPublicFunding, said))
        .into_iter()
        .collect()
}

/// C710: the last digit of the numbers of public funding.
pub(super) fn public_numbers(client: &ClientMonth<'_>, month: &Month<'_>) -> Vec<Remark> {
    let cards = client.cards(month);
    let numbers = cards.iter().flat_map(|card| {
        let both = [
            ("公費負担者番号", card.public_payer),
            ("公費受給者番号", card.public_recipient),
        ];
        both.map(|(what, number)| Some((what, number?)))
    });
    let fails = numbers
        .flatten()
        .filter(|(_, number)| number.check_digit() == CheckDigit::Fails);
    let said: BTreeSet<String> = fails
        .map(|(what, _)| format!("{what}の最後の一桁"))
        .collect();
    said.into_iter()
        .map(|said| client.remark(Code::PublicNumberFails, said))
        .collect()
}

/// C712: the certification has not ended in the month, and does not end soon, without another one
/// behind it.
pub(super) fn certification_end(client: &ClientMonth<'_>, month: &Month<'_>) -> Vec<Remark> {
    let last = client.cards_of_person().map(|card| card.certified_to).max();
    let Some(((first, _), last)) = month.ends().zip(last) else {
        return Vec::new();
    };
    // The plan of a month is looked at before it begins.
    let soon = month.today.max(first);
    let soon = soon.plus(month.table.certification_days);
    if last < first || soon.is_none_or(|soon| last > soon) {
        return Vec::new();
    }
    let ends = if last < month.today {
        "終わりました"
    } else {
        "終わります"
    };
    let said = format!("{}に{ends}", last.in_words());
    vec![client.remark(Code::CertificationEnds, said)]
}

/// C713: who comes of age has another number, or another card.
pub(super) fn birthday(client: &ClientMonth<'_>, month: &Month<'_>) -> Vec<Remark> {
    let rule = &month.table.birthday;
    let comes = client.known.and_then(|known| comes_of_age(known, rule.age));
    let Some(((first, end), comes)) = month.ends().zip(comes) else {
        return Vec::new();
    };
    let is_soon = comes >= first && end.plus(rule.days).is_some_and(|soon| comes <= soon);
    let has_a_card = client
        .cards_of_person()
        .any(|card| card.certified_from == comes);
    if !is_soon || has_a_card {
        return Vec::new();
    }
    let said = format!("{}に{}歳になります", comes.in_words(), rule.age);
    vec![client.remark(Code::ComesOfAge, said)]
}

/// The day before the birthday. Who was born on a 29th of February has it on the 1st of March where
/// there is none.
fn comes_of_age(client: &Client, age: i32) -> Option<CivilDate> {
    let born = client.birth_date;
    let year = born.year() + age;
    let birthday = CivilDate::new(year, born.month(), born.day());
    birthday.or_else(|| CivilDate::new(year, 3, 1))?.before()
}

/// C716: what is still to be done before the claim is due, and how long there is for it.
pub(super) fn late(client: &ClientMonth<'_>, month: &Month<'_>) -> Vec<Remark> {
    if month.basis == Basis::Plan {
        return Vec::new();
    }
    let mut left = Vec::new();
    if client.client.unapproved > 0 {
        left.push(format!("承認待ち{}件", client.client.unapproved));
    }
    let no_record = client.client.no_record();
    if no_record > 0 {
        left.push(format!("記録のない予定{no_record}件"));
    }
    if !client.withheld.is_empty() {
        left.push("保留の実績(エラー一覧)".to_owned());
    }
    let next = month.month.next();
    let Some(due) = next.and_then(|next| next.day(month.table.claim_day)) else {
        return Vec::new();
    };
    if left.is_empty() {
        return Vec::new();
    }
    let until = if month.today <= due {
        format!("{}までに済ませてください", due.in_words())
    } else {
        format!("{}を過ぎたので、月遅れの請求になります", due.in_words())
    };
    let said = format!("{}が残っています。{until}", left.join("と"));
    vec![client.remark(Code::LateForTheClaim, said)]
}

/// C717: on a day that would be billed the town has not decided about the certification.
pub(super) fn pending(client: &ClientMonth<'_>, _: &Month<'_>) -> Vec<Remark> {
    let Some(known) = client.known else {
        return Vec::new();
    };
    // Who has another number by then is certified under that one.
    let is_settled = |date| client.cards_of_person().any(|card| card.holds_on(date));
    let waits = |date, code: ServiceCode| {
        let certified = certified(known, date, code.service_type());
        certified == Certified::Pending && !is_settled(date)
    };
    let mut days: BTreeMap<_, BTreeSet<u32>> = BTreeMap::new();
    for visit in client.visits.iter().filter(|of| waits(of.date, of.code)) {
        days.entry(visit.office)
            .or_default()
            .insert(visit.date.day());
    }
    let remark = |(office, days): (_, BTreeSet<u32>)| {
        let listed = listed(&days.iter().copied().collect::<Vec<_>>());
        let said = format!("{listed}の訪問の認定がまだありません");
        Remark {
            office: Some(office),
            days,
            ..client.remark(Code::AwaitsCertification, said)
        }
    };
    days.into_iter().map(remark).collect()
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Sample, card, date, digits, visits};
    use super::*;
    use crate::model::{CareLevel, InsuredNumber};

    const NOTHING: [&str; 0] = [];

    fn one() -> Sample<'static> {
        visits(&["5 111111 9:00-9:30"])
    }

    #[test]
    fn public_assistance_alone_has_its_number() {
        let insured = |client: &mut Client| {
            client.id.insured = InsuredNumber::parse("H123456789").unwrap();
        };
        assert_eq!(
            one().client(insured).said(public_funding),
            ["2026年4月1日からの保険証に、生活保護の公費負担者番号がありません"]
        );
        let with_number = one().client(insured).client(|client| {
            client.cards[0].public_payer = digits("12131231");
        });
        assert_eq!(with_number.said(public_funding), NOTHING);
        let with_another = one().client(insured).client(|client| {
            client.cards[0].public_payer = digits("15131006");
        });
        assert_eq!(with_another.said(public_funding).len(), 1);
        assert_eq!(one().said(public_funding), NOTHING);
    }

    #[test]
    fn the_last_digit_of_both_numbers_is_looked_at() {
        let numbers = |payer: &'static str, recipient: &'static str| {
            one().client(move |client| {
                client.cards[0].public_payer = digits(payer);
                client.cards[0].public_recipient = digits(recipient);
            })
        };
        assert_eq!(numbers("12131231", "1234566").said(public_numbers), NOTHING);
        assert_eq!(
            numbers("12131235", "1234567").said(public_numbers),
            ["公費受給者番号の最後の一桁", "公費負担者番号の最後の一桁"]
        );
        assert_eq!(one().said(public_numbers), NOTHING);
    }

    #[test]
    fn a_certification_that_ends_soon_without_another_one_is_named() {
        let until = |text: &'static str| {
            one().client(move |client| client.cards[0].certified_to = date(text))
        };
        assert_eq!(
            until("2026-12-30").said(certification_end),
            ["2026年12月30日に終わります"]
        );
        assert_eq!(
            until("2026-11-04").said(certification_end),
            ["2026年11月4日に終わりました"]
        );
        // Sixty days from the fifth of November, on which the sample is looked at.
        assert_eq!(until("2027-01-04").said(certification_end).len(), 1);
        assert_eq!(until("2027-01-05").said(certification_end), NOTHING);
        // Looked at before it begins, the month counts from its first day.
        let early = |text| until(text).today("2026-09-28");
        assert_eq!(early("2026-11-30").said(certification_end).len(), 1);
        assert_eq!(early("2026-12-01").said(certification_end), NOTHING);
        let renewed = until("2026-11-30").client(|client| {
            client
                .cards
                .push(card("2026-12-01", "2029-11-30", CareLevel::Care3));
        });
        assert_eq!(renewed.said(certification_end), NOTHING);
        let renumbered = until("2026-10-14");
        let renumbered = renumbered.elsewhere(card("2026-10-15", "2029-11-30", CareLevel::Care3));
        assert_eq!(renumbered.said(certification_end), NOTHING);
    }

    #[test]
    fn who_comes_of_age_does_so_on_the_day_before_the_birthday() {
        let born = |text: &'static str| one().client(move |client| client.birth_date = date(text));
        assert_eq!(
            born("1961-10-16").said(birthday),
            ["2026年10月15日に65歳になります"]
        );
        assert_eq!(born("1961-10-01").said(birthday), NOTHING);
        assert_eq!(
            born("1961-12-31").said(birthday),
            ["2026年12月30日に65歳になります"]
        );
        assert_eq!(born("1962-01-01").said(birthday), NOTHING);
        let with_a_card = born("1961-10-16").client(|client| {
            client
                .cards
                .push(card("2026-10-15", "2029-03-31", CareLevel::Care3));
        });
        assert_eq!(with_a_card.said(birthday), NOTHING);
        let renumbered = born("1961-10-16");
        let renumbered = renumbered.elsewhere(card("2026-10-15", "2029-03-31", CareLevel::Care3));
        assert_eq!(renumbered.said(birthday), NOTHING);
    }

    #[test]
    fn what_is_left_before_the_claim_is_said_with_the_day() {
        assert_eq!(one().said(late), NOTHING);
        assert_eq!(
            one().unapproved(3).said(late),
            ["承認待ち3件が残っています。2026年11月10日までに済ませてください"]
        );
        assert_eq!(
            one().withheld().today("2026-11-11").said(late),
            [
                "保留の実績(エラー一覧)が残っています。2026年11月10日を過ぎたので、月遅れの請求になります"
            ]
        );
    }

    #[test]
    fn who_waits_for_a_certification_stands_on_the_list() {
        let until = |text: &'static str| {
            one().client(move |client| client.cards[0].certified_to = date(text))
        };
        assert_eq!(
            until("2026-09-30").said(pending),
            ["5日 5日の訪問の認定がまだありません"]
        );
        assert_eq!(until("2026-10-05").said(pending), NOTHING);
        let renumbered = until("2026-09-30");
        let renumbered = renumbered.elsewhere(card("2026-10-01", "2029-03-31", CareLevel::Care3));
        assert_eq!(renumbered.said(pending), NOTHING);
    }
}
