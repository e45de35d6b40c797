//! Certification: by the date of each service, never the newest one.

use crate::finding::{Code, Finding};
use crate::model::{Client, Field, PlanLine};

use super::origin::Origin;

/// P404, P405: on each planned day a certification holds, and its level admits the service.
pub fn check(line: &PlanLine, origin: &Origin, client: &Client, findings: &mut Vec<Finding>) {
    let mut uncertified = Vec::new();
    let mut unfit = Vec::new();
    // A day that the month does not have is remarked by the rule on days.
    for (date, day) in line.month.dates().zip(1..) {
        if line.planned.on(day) == 0 {
            continue;
        }
        match client.cards_on(date).next() {
            None => uncertified.push(day),
            Some(card) if !line.code.service_type().admits(card.care_level) => unfit.push(day),
            Some(_) => {}
        }
    }
    if let Some(day) = uncertified.first() {
        let place = origin.day(Field::Planned, *day);
        let detail = format!("{}{}", listed(&uncertified), around(line, *day, client));
        findings.push(Finding::new(Code::NotCertified, place).detail(detail));
    }
    if !unfit.is_empty() {
        let place = origin.field(Field::ServiceCode);
        findings.push(
            Finding::new(Code::LevelDoesNotFit, place)
                .value(line.code.as_str())
                .detail(listed(&unfit)),
        );
    }
}

/// Until when the last certification before a day ran, and from when the next one does.
fn around(line: &PlanLine, day: u32, client: &Client) -> String {
    let Some(day) = line.month.day(day) else {
        return String::new();
    };
    let ended = client.cards.iter().map(|card| card.certified_to);
    let ended = ended.filter(|to| *to < day).max();
    let begins = client.cards.iter().map(|card| card.certified_from);
    let begins = begins.filter(|from| *from > day).min();
    match (ended, begins) {
        (Some(to), None) => format!("。登録した認定は{}までです", to.in_words()),
        (None, Some(from)) => format!("。登録した認定は{}からです", from.in_words()),
        (Some(to), Some(from)) => format!(
            "。登録した認定は{}までで、次は{}からです",
            to.in_words(),
            from.in_words()
        ),
        (None, None) => String::new(),
    }
}

fn listed(days: &[u32]) -> String {
    let days: Vec<String> = days.iter().map(u32::to_string).collect();
    format!("{}日", days.join("、"))
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Sample, card, line, read_line, roster, said};
    use super::*;

    /// A line against cards, each given as first day, last day and level.
    fn checked(cards: &[(&str, &str, &str)], sample: Sample) -> Vec<String> {
        let cards: Vec<Sample> = cards
            .iter()
            .map(|(from, to, level)| {
                card()
                    .with("認定有効期間開始日", from)
                    .with("認定有効期間終了日", to)
                    .with("要介護度", level)
            })
            .collect();
        let (line, origin) = read_line(sample);
        let roster = roster(&cards);
        let mut findings = Vec::new();
        check(
            &line,
            &origin,
            roster.find(line.client).unwrap(),
            &mut findings,
        );
        said(&findings)
    }

    #[test]
    fn the_first_and_the_last_day_of_a_certification_belong_to_it() {
        let cards = [("2026/10/05", "2026/10/12", "要介護1")];
        assert_eq!(checked(&cards, line(&[5, 12])), [""; 0]);
        assert_eq!(
            checked(&cards, line(&[4, 5, 12, 13])),
            ["P405 2行目 予定4 4、13日。登録した認定は2026年10月5日からです"]
        );
    }

    #[test]
    fn each_day_asks_the_certification_of_that_day_and_not_the_newest() {
        let cards = [
            ("2025/10/01", "2026/10/15", "要支援2"),
            ("2026/10/16", "2028/09/30", "要介護1"),
        ];
        assert_eq!(
            checked(&cards, line(&[15, 16])),
            ["P404 2行目 サービスコード「111111」 15日"]
        );
        assert_eq!(
            checked(&cards, line(&[15, 16]).with("サービスコード", "A21111")),
            ["P404 2行目 サービスコード「A21111」 16日"]
        );
    }

    #[test]
    fn a_gap_between_certifications_is_found_on_the_days_within_it() {
        let cards = [
            ("2025/10/01", "2026/10/10", "要介護1"),
            ("2026/10/12", "2028/09/30", "要介護1"),
        ];
        assert_eq!(
            checked(&cards, line(&[10, 11, 12])),
            ["P405 2行目 予定11 11日。\
              登録した認定は2026年10月10日までで、次は2026年10月12日からです"]
        );
    }

    #[test]
    fn a_day_that_the_month_does_not_have_asks_no_certification() {
        let cards = [("2026/09/01", "2026/09/30", "要介護1")];
        let september = line(&[30, 31]).with("対象年月", "2026/09");
        assert_eq!(checked(&cards, september), [""; 0]);
    }
}
