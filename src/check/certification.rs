//! Certification: by the date of each service, never the newest one.

use crate::finding::{Code, Finding};
use crate::model::{CivilDate, Client, Field, PlanLine, ServiceType};

use super::origin::Origin;

/// How a service stands to the certification of its day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certified {
    /// One holds, and its level admits the service.
    Yes,
    /// One holds, and its level does not.
    LevelDoesNotFit,
    /// None holds any more or yet, and none is known from later: the town has not decided.
    Pending,
    /// None holds, though a later one is known.
    No,
}

/// How a service of this type on this day stands to a client's certification.
pub fn certified(client: &Client, date: CivilDate, service: ServiceType) -> Certified {
    match client.cards_on(date).next() {
        Some(card) if service.admits(card.care_level) => Certified::Yes,
        Some(_) => Certified::LevelDoesNotFit,
        None if client.cards.iter().all(|card| card.certified_from < date) => Certified::Pending,
        None => Certified::No,
    }
}

/// P404, P405, P429: on each planned day a certification holds, and its level admits the service.
/// The plan of somebody who waits for one goes, so that the helpers know of it.
pub fn check(line: &PlanLine, origin: &Origin, client: &Client, findings: &mut Vec<Finding>) {
    let (mut uncertified, mut unfit, mut pending) = (Vec::new(), Vec::new(), Vec::new());
    // A day that the month does not have is remarked by the rule on days.
    for (date, day) in line.month.dates().zip(1..) {
        if line.planned.on(day) == 0 {
            continue;
        }
        match certified(client, date, line.code.service_type()) {
            Certified::Yes => {}
            Certified::LevelDoesNotFit => unfit.push(day),
            Certified::Pending => pending.push(day),
            Certified::No => uncertified.push(day),
        }
    }
    for (code, days) in [
        (Code::NotCertified, &uncertified),
        (Code::PlanWaitsForCertification, &pending),
    ] {
        if let Some(day) = days.first() {
            let place = origin.day(Field::Planned, *day);
            let detail = format!("{}{}", listed(days), around(line, *day, client));
            findings.push(Finding::new(code, place).detail(detail));
        }
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

/// `5、12日`, as a finding names days.
pub fn listed(days: &[u32]) -> String {
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
            [
                "P405 2行目 予定4 4日。登録した認定は2026年10月5日からです",
                "P429 2行目 予定13 13日。登録した認定は2026年10月12日までです"
            ]
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
    fn the_plan_of_somebody_who_waits_for_a_certification_goes() {
        let expired = [("2023/10/01", "2026/09/30", "要介護3")];
        assert_eq!(
            checked(&expired, line(&[5, 12])),
            ["P429 2行目 予定5 5、12日。登録した認定は2026年9月30日までです"]
        );
        let applied = [("", "", "申請中")];
        assert_eq!(checked(&applied, line(&[5])), ["P429 2行目 予定5 5日"]);
    }

    #[test]
    fn a_day_that_the_month_does_not_have_asks_no_certification() {
        let cards = [("2026/09/01", "2026/09/30", "要介護1")];
        let september = line(&[30, 31]).with("対象年月", "2026/09");
        assert_eq!(checked(&cards, september), [""; 0]);
    }
}
