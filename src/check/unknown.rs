//! Who is not registered: the number of a line is nobody's, and why that may be so.
//!
//! The same words for everybody would send the clerk looking in the wrong place. A number may
//! have one digit that is wrong; the client may stand in the list and be held there; or be
//! missing from it.

use std::collections::HashMap;

use crate::finding::{Code, Finding};
use crate::model::{Client, ClientId, Field, InsuredNumber, InsurerNumber, PlanLine};
use crate::table::NameWords;

use super::origin::Origin;
use super::roster::Roster;

/// Where clients stand who are in a client list and were not registered, in the clerk's words.
pub type Waiting = HashMap<ClientId, String>;

/// P408, P422, P423: what is to be said of a line whose client nobody has registered.
pub(super) fn finding(
    line: &PlanLine,
    origin: &Origin,
    (roster, waiting): (&Roster, &Waiting),
    names: &NameWords,
) -> Finding {
    let number = |code, field| {
        let number = match field {
            Field::Insurer => line.client.insurer.as_str(),
            _ => line.client.insured.as_str(),
        };
        Finding::new(code, origin.field(field)).value(number)
    };
    if let Some(place) = waiting.get(&line.client) {
        return number(Code::HeldInBasics, Field::Insured).detail(place.clone());
    }
    let Some((client, field)) = nearly(line, roster, names) else {
        return number(Code::UnknownClient, Field::Insured);
    };
    let known = match field {
        Field::Insurer => client.id.insurer.as_str(),
        _ => client.id.insured.as_str(),
    };
    let detail = format!("基本情報の{}は {known}", client.name);
    number(Code::NearlyKnown, field).detail(detail)
}

/// Somebody of the same name whose number differs in one digit, or in two that have changed
/// places, and which number that is.
fn nearly<'r>(
    line: &PlanLine,
    roster: &'r Roster,
    names: &NameWords,
) -> Option<(&'r Client, Field)> {
    if line.name.is_empty() {
        return None;
    }
    let ClientId { insurer, insured } = line.client;
    let slips = slips(insured.as_str()).filter_map(|text| InsuredNumber::parse(&text));
    let of_client = slips.map(|insured| (ClientId { insurer, insured }, Field::Insured));
    let slips = self::slips(insurer.as_str()).filter_map(|text| InsurerNumber::parse(&text));
    let of_town = slips.map(|insurer| (ClientId { insurer, insured }, Field::Insurer));
    let name = names.fold(&line.name);
    of_client.chain(of_town).find_map(|(id, field)| {
        let client = roster.find(id)?;
        (names.fold(&client.name) == name).then_some((client, field))
    })
}

/// Every number that a slip of one digit, or of two side by side, may have made this one of.
fn slips(number: &str) -> impl Iterator<Item = String> {
    let digits = number.as_bytes();
    let with = move |change: &dyn Fn(&mut [u8])| {
        let mut other = digits.to_vec();
        change(&mut other);
        String::from_utf8(other).unwrap_or_default()
    };
    let others = (0..digits.len())
        .flat_map(move |at| (b'0'..=b'9').map(move |digit| with(&|of| of[at] = digit)));
    let swapped = (1..digits.len()).map(move |at| with(&|of| of.swap(at - 1, at)));
    others.chain(swapped).filter(move |other| other != number)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Sample, card, line, read_line, roster, said, tables};
    use super::*;

    fn checked(sample: Sample, waiting: &Waiting) -> Vec<String> {
        let (line, origin) = read_line(sample);
        let roster = roster(&[card(), card().of("0000100002", "試験　太郎")]);
        let names = &tables().names;
        said(&[finding(&line, &origin, (&roster, waiting), names)])
    }

    fn alone(sample: Sample) -> Vec<String> {
        checked(sample, &Waiting::new())
    }

    #[test]
    fn a_number_that_differs_in_one_digit_from_one_of_the_same_name_is_told() {
        for number in ["0000123457", "0000123465", "1000123456"] {
            assert_eq!(
                alone(line(&[5]).of(number, "試験花子　様")),
                [format!(
                    "P422 2行目 被保険者番号「{number}」 基本情報の試験　花子は 0000123456"
                )]
            );
        }
        assert_eq!(
            alone(line(&[5]).with("保険者番号", "131123")),
            ["P422 2行目 保険者番号「131123」 基本情報の試験　花子は 131128"]
        );
    }

    #[test]
    fn somebody_else_or_a_number_further_off_is_simply_not_there() {
        for (number, name) in [
            ("0000123457", "見本　花子"),
            ("0000123457", ""),
            ("0000123467", "試験　花子"),
            ("0000100003", "試験　花子"),
        ] {
            let said = alone(line(&[5]).of(number, name));
            let expected = format!("P408 2行目 被保険者番号「{number}」");
            assert_eq!(said, [expected], "{name}");
        }
    }

    #[test]
    fn who_waits_in_the_basic_data_is_said_with_the_place() {
        let sample = line(&[5]).of("0000100003", "見本　花子");
        let (read, _) = read_line(sample.clone());
        let place = "利用者一覧.csv の5行目".to_owned();
        let waiting = Waiting::from([(read.client, place)]);
        assert_eq!(
            checked(sample, &waiting),
            ["P423 2行目 被保険者番号「0000100003」 利用者一覧.csv の5行目"]
        );
    }
}
