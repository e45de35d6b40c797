//! Completing: what a file does not say stays as it was last sent.
//!
//! The item of a client is sent whole, so whatever is left out of it would be erased at
//! Care-wing. A list of 楽すけ says what its columns say, and all there is of cards. A
//! supplement of the national files says less: it knows some fields of one card, and an empty
//! cell of it says nothing.

use crate::model::{
    CivilDate, Client, Field, Fields, InsuranceCard, Need, Record, RecordKind, Value,
};
use crate::table::Completes;

use super::clients::{CheckedClient, Person};
use super::origin::Origin;

/// The client that rows tell of, ordered by the day their cards begin; `known` is what was
/// last sent. What the rows may not say of one another was checked before.
pub(super) fn complete(rows: Vec<Person>, known: Option<&Client>) -> CheckedClient {
    let mut cards: Vec<(InsuranceCard, Option<usize>)> = Vec::new();
    for (at, (_, card, origin)) in rows.iter().enumerate() {
        let Some(card) = card else { continue };
        let earlier = known.and_then(|known| beginning(known, card.certified_from));
        cards.push((card_of(card, earlier, origin), Some(at)));
    }
    let (fresh, _, origin) = rows.first().expect("a group has at least one row");
    let mut client = known.map_or_else(|| fresh.clone(), |known| person(fresh, known, origin));
    if let Some(known) = known.filter(|_| completes(origin)) {
        let kept = kept(&rows, known).cloned().map(|mut card| {
            let fresh = rows.iter().filter_map(|(_, fresh, _)| fresh.as_ref());
            let next = fresh.filter(|fresh| card.is_followed_by(fresh));
            if let Some(next) = next.min_by_key(|fresh| fresh.certified_from) {
                card.end_before(next);
            }
            (card, None)
        });
        cards.extend(kept);
    }
    cards.sort_by_key(|(card, _)| card.certified_from);
    let card_rows = cards.iter().map(|(_, row)| *row).collect();
    client.cards = cards.into_iter().map(|(card, _)| card).collect();
    CheckedClient {
        client,
        origins: rows.into_iter().map(|(_, _, origin)| origin).collect(),
        card_rows,
    }
}

/// Whether a row completes what is known, or takes its place.
pub(super) fn completes(origin: &Origin) -> bool {
    origin.sheet().layout.completes() == Completes::Yes
}

/// The cards that stay beside those of the rows: none of the rows begins on the same day.
pub(super) fn kept<'k>(
    rows: &[Person],
    known: &'k Client,
) -> impl Iterator<Item = &'k InsuranceCard> {
    known.cards.iter().filter(|card| {
        let from = card.certified_from;
        let mut fresh = rows.iter().filter_map(|(_, fresh, _)| fresh.as_ref());
        fresh.all(|fresh| fresh.certified_from != from)
    })
}

fn beginning(known: &Client, from: CivilDate) -> Option<&InsuranceCard> {
    known.cards.iter().find(|card| card.certified_from == from)
}

fn person(fresh: &Client, known: &Client, origin: &Origin) -> Client {
    let record = together(RecordKind::Client.fields(), fresh, known, origin);
    Client::from_record(&record).unwrap_or_else(|| fresh.clone())
}

fn card_of(
    fresh: &InsuranceCard,
    earlier: Option<&InsuranceCard>,
    origin: &Origin,
) -> InsuranceCard {
    earlier
        .and_then(|earlier| {
            let record = together(RecordKind::Card.fields(), fresh, earlier, origin);
            InsuranceCard::from_record(&record)
        })
        .unwrap_or_else(|| fresh.clone())
}

/// Each field from the row where the row says it, and from what is known where it does not.
fn together<'r>(
    fields: &[(Field, Need)],
    fresh: &'r dyn Fields,
    known: &'r dyn Fields,
    origin: &Origin,
) -> Record<'r> {
    let mut record = Record::default();
    for (field, _) in fields {
        let value = fresh.value(*field);
        let says = origin.has(*field) && !(completes(origin) && value == Value::Empty);
        record.set(*field, if says { value } else { known.value(*field) });
    }
    record
}

#[cfg(test)]
mod tests {
    use super::super::samples::{
        CARE_OFFICE, Sample, card, gather, gather_under, said, supplement,
    };
    use super::super::{Gathered, Roster, clients};
    use super::*;

    /// What was last sent: a client with every field, and two cards.
    fn known() -> Roster {
        let rows = ["2024/04/01 2026/03/31", "2026/04/01 2028/03/31"].map(|period| {
            let (from, to) = period.split_once(' ').unwrap();
            card()
                .with("認定有効期間開始日", from)
                .with("認定有効期間終了日", to)
                .with("電話番号", "03-0000-0001")
                .with("住所", "試験町1-2-3")
                .with("負担割合", "2割")
                .with("担当ケアマネジャー", "試験　次郎")
                .with("居宅支援事業所番号", CARE_OFFICE)
                .with("公費負担者番号", "12345678")
                .with("非表示", "1")
        });
        super::super::samples::roster(&rows)
    }

    /// The one client that passes, beside what is said.
    fn checked(mut gathered: Gathered, known: &Roster) -> (Option<CheckedClient>, Vec<String>) {
        let mut clients = clients::check(&mut gathered, None, known).unwrap();
        (clients.pop(), said(&gathered.findings))
    }

    fn completed(row: Sample) -> CheckedClient {
        let (client, said) = checked(gather(&[row]), &known());
        assert_eq!(said, [""; 0]);
        client.unwrap()
    }

    #[test]
    fn what_a_supplement_does_not_say_stays_and_what_it_says_is_taken() {
        let known = known();
        let before = known.clients().next().unwrap();
        let after = completed(supplement().with("電話番号", "03-0000-0002"));
        let mut expected = before.clone();
        expected.phone = "03-0000-0002".to_owned();
        assert!(expected.hidden);
        assert_eq!(after.client, expected);
        assert_eq!(after.card_rows, [None, Some(0)]);
    }

    #[test]
    fn a_card_that_begins_on_the_same_day_is_completed() {
        let row = supplement()
            .with("要介護状態区分", "24")
            .with("限度額適用期間終了", "20270331");
        let cards = completed(row).client.cards;
        assert_eq!(cards.len(), 2);
        assert_eq!(cards[1].care_level.code(), "24");
        assert_eq!(cards[1].certified_to.to_string(), "2027-03-31");
        assert_eq!(cards[1].copay.unwrap().tenths(), 2);
        assert_eq!(cards[1].care_manager, "試験　次郎");
        assert_eq!(cards[1].care_office.unwrap().as_str(), CARE_OFFICE);
    }

    #[test]
    fn a_card_that_begins_on_another_day_is_added_in_its_order() {
        let row = supplement()
            .with("限度額適用期間開始", "20280401")
            .with("限度額適用期間終了", "20300331");
        let after = completed(row);
        assert_eq!(after.client.cards.len(), 3);
        assert_eq!(after.card_rows, [None, None, Some(0)]);
        assert_eq!(after.client.cards[2].copay, None);
    }

    #[test]
    fn a_card_that_shares_a_day_with_one_that_stays_is_withheld() {
        let row = supplement().with("限度額適用期間開始", "20260501");
        let (client, said) = checked(gather(&[row]), &known());
        assert!(client.is_none());
        assert_eq!(
            said,
            [
                "B303 1行目 限度額適用期間開始「2026-05-01」 登録済みの認定(2026-04-01から)と重なります"
            ]
        );
    }

    #[test]
    fn a_client_that_nobody_knows_is_as_the_supplement_says() {
        let row = supplement()
            .with("住所１", "試験町")
            .with("住所２", "みほん荘");
        let (client, _) = checked(gather(&[row]), &Roster::default());
        let client = client.unwrap().client;
        assert_eq!(client.address, "試験町　みほん荘");
        assert_eq!((client.cards.len(), client.hidden), (1, false));
    }

    #[test]
    fn the_list_wins_over_the_supplement_even_where_its_own_row_is_wrong() {
        for (row, passes) in [(card(), true), (card().with("要介護度", "要介護9"), false)] {
            for other in [supplement(), supplement().with("性別", "9")] {
                let (client, said) = checked(gather(&[row.clone(), other]), &Roster::default());
                assert_eq!(client.is_some(), passes);
                let last = said.last().unwrap();
                assert_eq!(last, "B308 1行目 被保険者番号「0000123456」");
                assert_eq!(said.len(), 2 - usize::from(passes), "{said:?}");
            }
        }
    }

    #[test]
    fn a_column_that_a_list_does_not_have_says_nothing() {
        let without = |header: &str| header != "非表示" && header != "負担割合";
        let (client, _) = checked(gather_under(without, &[card()]), &known());
        let client = client.unwrap().client;
        assert!(client.hidden);
        assert_eq!(client.cards.len(), 1, "a list says all there is of cards");
        assert_eq!(client.cards[0].copay.unwrap().tenths(), 2);
        // The list has these columns, and they are empty.
        assert_eq!((&*client.phone, &*client.cards[0].care_manager), ("", ""));
    }
}
