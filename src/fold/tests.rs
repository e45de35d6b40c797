//! What holds of a whole month, and the law of the way back.

use std::collections::HashSet;

use proptest::prelude::*;

use super::samples::{Case, add_on, client, hours, line, lines, visit};
use super::*;
use crate::check::samples::{ANOTHER, OURS, office_number, said, year_month};
use crate::finding::Fate;
use crate::model::DayCounts;
use crate::model::{ActualAddOn, ActualVisit, ClientComparison, Match, MatchSums};

#[test]
fn what_is_not_of_our_office_is_excluded() {
    let folded = Case::new(
        vec![],
        vec![
            visit("v1", 5, "9:00-9:30", "111111"),
            ActualVisit {
                office: office_number(ANOTHER),
                ..visit("v2", 6, "9:00-9:30", "111111")
            },
        ],
    )
    .with_add_ons(vec![ActualAddOn {
        office: office_number(ANOTHER),
        ..add_on("a1", 6, "", "114001")
    }])
    .fold();
    assert_eq!(lines(&folded), ["111111 09:00–09:30 5日"]);
    assert_eq!(said(&folded.findings), ["A605 2行目", "A605 3行目"]);
    assert_eq!(folded.book.count(Fate::Excluded), 2);
}

#[test]
fn a_visit_of_one_of_our_offices_answers_no_line_of_another_one() {
    let theirs = office_number(ANOTHER);
    let folded = Case {
        offices: vec![office_number(OURS), theirs],
        ..Case::new(
            vec![
                line("111111", "9:00-9:30", &[5]),
                PlanLine {
                    office: theirs,
                    ..line("111111", "9:00-9:30", &[5])
                },
            ],
            vec![
                ActualVisit {
                    office: theirs,
                    ..visit("v1", 5, "9:00-9:30", "111111")
                },
                ActualVisit {
                    office: theirs,
                    ..visit("v2", 6, "8:00-8:30", "111111")
                },
            ],
        )
    }
    .fold();
    assert_eq!(
        lines(&folded),
        ["111111 08:00–08:30 6日", "111111 09:00–09:30 5日"]
    );
    let offices = folded.clients.iter().flat_map(|client| &client.lines);
    assert!(offices.clone().all(|line| line.office == theirs));
    assert_eq!(
        said(&folded.findings),
        ["A604 2行目 「2026-10-06 08:00 111111」", "A611 1件"]
    );
}

#[test]
fn nothing_is_waited_for_at_an_office_that_is_ours_no_more() {
    let theirs = PlanLine {
        office: office_number(ANOTHER),
        ..line("111111", "9:00-9:30", &[5])
    };
    let visits = vec![visit("v1", 5, "9:00-9:30", "111111")];
    let folded = Case::new(vec![theirs], visits).fold();
    assert_eq!(said(&folded.findings), [""; 0]);
    assert_eq!(folded.comparison.sums().no_record, 0);
}

#[test]
fn what_is_not_of_the_month_is_excluded() {
    let november = CivilDate::new(2026, 11, 5);
    let folded = Case::new(
        vec![],
        vec![ActualVisit {
            date: november.unwrap(),
            ..visit("v1", 5, "9:00-9:30", "111111")
        }],
    )
    .with_add_ons(vec![
        ActualAddOn {
            date: november,
            ..add_on("a1", 5, "", "114001")
        },
        add_on("a2", 5, "", "114001"),
    ])
    .fold();
    assert_eq!(lines(&folded), ["114001 5日"]);
    assert_eq!(said(&folded.findings), ["A610 1行目", "A610 2行目"]);
    assert_eq!(folded.book.count(Fate::Excluded), 2);
}

#[test]
fn one_id_that_came_twice_counts_once() {
    let folded = Case::new(
        vec![line("111111", "9:00-9:30", &[5, 5])],
        vec![
            visit("v1", 5, "9:00-9:30", "111111"),
            visit("v1", 5, "9:00-9:30", "111111"),
        ],
    )
    .fold();
    assert_eq!(lines(&folded), ["111111 09:00–09:30 5日"]);
    assert_eq!(said(&folded.findings), ["A609 2行目", "A611 1件"]);
    assert_eq!(folded.book.count(Fate::Excluded), 1);
}

#[test]
fn two_helpers_are_two_visits_though_all_but_their_ids_is_equal() {
    let folded = Case::new(
        vec![line("111111", "9:00-9:30", &[5, 5])],
        vec![
            visit("v1", 5, "9:00-9:30", "111111"),
            visit("v2", 5, "9:00-9:30", "111111"),
        ],
    )
    .fold();
    assert_eq!(lines(&folded), ["111111 09:00–09:30 5日×2"]);
    assert_eq!(said(&folded.findings), [""; 0]);
}

#[test]
fn a_cell_of_the_grid_holds_99_and_the_rest_stands_on_a_further_line() {
    let visits = (0..300).map(|id| visit(&id.to_string(), 5, "9:00-9:30", "111111"));
    let folded = Case::new(vec![line("111111", "9:00-9:30", &[5])], visits.collect()).fold();
    assert_eq!(
        lines(&folded),
        [
            "111111 09:00–09:30 5日×99",
            "111111 09:00–09:30 5日×99",
            "111111 09:00–09:30 5日×99",
            "111111 09:00–09:30 5日×3",
        ]
    );
}

#[test]
fn a_visit_and_an_add_on_of_one_id_are_two_records() {
    let folded = Case::new(vec![], vec![visit("1", 5, "9:00-9:30", "111111")])
        .with_add_ons(vec![add_on("1", 5, "", "114001")])
        .fold();
    assert_eq!(lines(&folded), ["111111 09:00–09:30 5日", "114001 5日"]);
    assert_eq!(said(&folded.findings), [""; 0]);
}

#[test]
fn actuals_of_an_unknown_client_are_withheld_and_others_go_on() {
    let unknown = client(2);
    let folded = Case {
        unknown: vec![unknown],
        ..Case::new(
            vec![],
            vec![
                visit("v1", 5, "9:00-9:30", "111111"),
                ActualVisit {
                    client: unknown,
                    ..visit("v2", 5, "9:00-9:30", "111111")
                },
            ],
        )
    }
    .fold();
    assert_eq!(lines(&folded), ["111111 09:00–09:30 5日"]);
    assert_eq!(said(&folded.findings), ["A606 2行目 「0000000002」"]);
    assert_eq!(folded.book.count(Fate::Withheld), 1);
}

#[test]
fn planned_visits_without_an_actual_are_counted_for_each_client() {
    let folded = Case::new(
        vec![
            line("111111", "9:00-9:30", &[5, 12, 19]),
            line("114000", "9:00-9:30", &[5]),
            line("114004", "", &[5]),
            PlanLine {
                client: client(2),
                ..line("117211", "10:00-10:45", &[6, 6])
            },
        ],
        vec![visit("v1", 12, "9:10-9:40", "111111")],
    )
    .fold();
    assert_eq!(lines(&folded), ["111111 09:00–09:30 12日"]);
    assert_eq!(said(&folded.findings), ["A611 2件", "A611 2件"]);
    let who = folded.findings.iter().map(|finding| finding.client.clone());
    let who: Vec<ClientId> = who.map(|who| who.unwrap().id).collect();
    assert_eq!(who, [client(1), client(2)]);
}

#[test]
fn what_nobody_has_approved_yet_is_said_for_each_client() {
    let folded = Case::new(vec![], vec![visit("v1", 5, "9:00-9:30", "111111")])
        .waiting(client(1), 3)
        .waiting(client(2), 0)
        .fold();
    assert_eq!(said(&folded.findings), ["A603 3件"]);
}

#[test]
fn pro_rated_days_are_counted_for_the_warning_and_nothing_is_computed_of_them() {
    let folded = Case::new(
        vec![line("A22111", "11:00-12:00", &[5, 12])],
        vec![
            visit("v1", 5, "11:00-12:00", "A22111"),
            visit("v2", 12, "11:00-12:00", "A22111"),
            visit("v3", 12, "15:00-16:00", "A22111"),
        ],
    )
    .with_add_ons(vec![add_on("a1", 19, "", "A22111")])
    .fold();
    assert_eq!(
        lines(&folded),
        [
            "A22111 19日",
            "A22111 11:00–12:00 5日 12日",
            "A22111 15:00–16:00 12日",
        ]
    );
    assert_eq!(
        said(&folded.findings),
        [
            "A604 3行目 「2026-10-12 15:00 A22111」",
            "A601 1行目 「A22111」 訪問のあった日は3日",
        ]
    );
    let pro_rated = &folded.comparison.clients[0].pro_rated;
    let days: Vec<_> = pro_rated
        .iter()
        .map(|of| (of.code.to_string(), of.days))
        .collect();
    assert_eq!(days, [("A22111".to_owned(), 3)]);
}

#[test]
fn both_marks_carry_the_same_actuals() {
    let folded = |mark| {
        let planned = vec![line("111111", "9:00-9:30", &[5, 12])];
        let visits = vec![visit("v1", 5, "9:00-9:30", "111111")];
        Case {
            mark,
            ..Case::new(planned, visits)
        }
        .fold()
    };
    let days = |days: &[u32]| line("111111", "", days).planned;
    let counts = |folded: Folded| {
        let line = folded.clients[0].lines[0].clone();
        (
            line.planned,
            line.planned_total,
            line.actual,
            line.actual_total,
        )
    };
    assert_eq!(
        counts(folded(Mark::Actual)),
        (days(&[]), None, days(&[5]), Some(1))
    );
    assert_eq!(
        counts(folded(Mark::Both)),
        (days(&[5]), Some(1), days(&[5]), Some(1))
    );
}

#[test]
fn without_a_plan_actuals_make_lines_and_nobody_is_told_that_they_were_not_planned() {
    let folded = Case {
        mark: Mark::Both,
        ..Case::new(
            vec![],
            vec![
                visit("v1", 5, "9:05-9:35", "111111"),
                visit("v2", 12, "9:05-9:35", "111111"),
                visit("v3", 12, "8:00-8:45", "117211"),
            ],
        )
    }
    .fold();
    assert_eq!(
        lines(&folded),
        ["111111 09:05–09:35 5日 12日", "117211 08:00–08:45 12日"]
    );
    assert_eq!(&*folded.clients[0].lines[0].service_name, "身体介護１");
    assert_eq!(said(&folded.findings), [""; 0]);
}

#[test]
fn every_category_of_plan_against_actual_is_counted() {
    let planned = vec![
        line("111111", "9:00-9:30", &[1, 2, 3, 4, 5, 6]),
        line("114000", "9:00-9:30", &[1]),
        line("A22111", "14:00-15:00", &[7]),
        line("111211", "18:00-19:00", &[8]),
    ];
    let folded = Case::new(
        planned,
        vec![
            visit("v1", 1, "9:00-9:30", "111111"),
            visit("v2", 2, "9:15-9:45", "111111"),
            visit("v6", 4, "9:00-9:05", "111111"),
            visit("v3", 3, "9:10-9:55", "117211"),
            visit("v4", 7, "14:00-15:00", "A22111"),
            visit("v5", 20, "9:00-9:30", "111111"),
        ],
    )
    .waiting(client(1), 2)
    .fold();
    let sums = MatchSums {
        as_planned: 2,
        time_differs: 1,
        time_doubtful: 1,
        service_differs: 1,
        unapproved: 2,
        // Planned on the 5th, 6th and 8th and not approved; two may wait for approval.
        no_record: 1,
        unplanned: 1,
        pro_rated: 1,
    };
    assert_eq!(folded.comparison.sums(), sums);
    let name = |code| {
        let code = ServiceCode::parse(code).unwrap();
        folded.comparison.clients[0].services[&code].as_str()
    };
    assert_eq!(name("117211"), "生活援助２");
}

#[test]
fn without_a_plan_of_ours_the_recorders_own_is_laid_beside_the_actuals() {
    let recorded = |planned, times| ActualVisit {
        planned: hours(planned),
        ..visit("v1", 5, times, "111111")
    };
    let kind = |visit| {
        let folded = Case::new(vec![], vec![visit]).fold();
        folded.comparison.clients[0].visits[0].kind()
    };
    assert_eq!(kind(recorded("9:00-9:30", "9:00-9:30")), Match::AsPlanned);
    assert_eq!(kind(recorded("9:00-9:30", "9:01-9:30")), Match::AsPlanned);
    assert_eq!(kind(recorded("9:00-9:30", "9:15-9:45")), Match::TimeDiffers);
    assert_eq!(
        kind(recorded("9:00-9:30", "9:00-9:05")),
        Match::TimeDoubtful
    );
    assert_eq!(kind(recorded("", "9:00-9:30")), Match::Unplanned);
}

#[test]
fn who_is_only_planned_or_only_waited_for_is_compared_too() {
    let folded = Case::new(vec![line("111111", "9:00-9:30", &[5])], vec![])
        .waiting(client(2), 4)
        .fold();
    let clients: Vec<_> = folded
        .comparison
        .clients
        .iter()
        .map(ClientComparison::sums)
        .collect();
    assert_eq!((clients[0].no_record, clients[0].unapproved), (1, 0));
    assert_eq!((clients[1].no_record, clients[1].unapproved), (0, 4));
}

#[test]
fn what_was_done_keeps_its_own_times_and_counts_what_is_equal() {
    let planned = vec![line("111111", "9:00-9:30", &[5, 5])];
    let visits = vec![
        visit("v1", 5, "9:02-9:33", "111111"),
        visit("v2", 5, "9:02-9:33", "111111"),
        visit("v3", 6, "9:05-9:30", "111111"),
    ];
    let folded = Case::new(planned, visits)
        .with_add_ons(vec![
            add_on("a1", 5, "9:02-9:33", "114000"),
            add_on("a2", 5, "9:02-9:33", "114000"),
            add_on("a3", 6, "", "114001"),
        ])
        .fold();
    let performed: Vec<String> = folded.clients[0]
        .performed
        .iter()
        .map(|of| {
            let start = of.hours.map(|hours| hours.start().to_string());
            format!("{} {start:?} {}×{}", of.date, of.code, of.count)
        })
        .collect();
    assert_eq!(
        performed,
        [
            "2026-10-05 Some(\"09:02\") 111111×2",
            "2026-10-05 Some(\"09:02\") 114000×1",
            "2026-10-06 None 114001×1",
            "2026-10-06 Some(\"09:05\") 111111×1",
        ]
    );
}

/// The codes of visits: two of care, one that a town's fee pays for, one that no list has.
const VISITS: [&str; 4] = ["111111", "117211", "A21111", "119999"];

fn any_month() -> impl Strategy<Value = YearMonth> {
    let months = ["2026-02", "2028-02", "2026-09", "2026-10"];
    prop::sample::select(months.map(year_month).to_vec())
}

/// Counts up to `most` on days that the month has.
fn any_days(month: YearMonth, most: u8) -> impl Strategy<Value = DayCounts> {
    prop::collection::btree_map(1..=month.days(), 1..=most, 0..8).prop_map(|counts| {
        let mut days = DayCounts::default();
        for (day, count) in counts {
            days.set(day, count);
        }
        days
    })
}

fn any_times() -> impl Strategy<Value = String> {
    // Few enough that lines meet, and some pass midnight.
    (0u16..24, prop::sample::select(vec![30u16, 60, 90])).prop_map(|(hour, length)| {
        let end = (hour * 60 + length) % 1440;
        format!("{hour}:00-{}:{:02}", end / 60, end % 60)
    })
}

fn any_visits(month: YearMonth) -> impl Strategy<Value = PlanLine> {
    (
        prop::sample::select(VISITS.to_vec()),
        any_times(),
        any_days(month, 2),
    )
        .prop_map(move |(code, times, planned)| PlanLine {
            month,
            planned,
            ..line(code, &times, &[])
        })
}

/// Add-ons of each class, no more of them than their class allows.
fn any_add_ons(month: YearMonth) -> impl Strategy<Value = Vec<PlanLine>> {
    let once = (1..=month.days(), prop::bool::ANY).prop_map(|(day, there)| {
        let mut days = DayCounts::default();
        days.set(day, u8::from(there));
        days
    });
    (
        once.clone(),
        once,
        any_days(month, 1),
        any_days(month, 1),
        1..=month.days(),
    )
        .prop_map(move |(first, fee, daily, urgent, middle)| {
            // One add-on may stand on two lines, each for a part of the month.
            let (mut earlier, mut later) = (daily, daily);
            for day in 1..=month.days() {
                if day > middle {
                    &mut earlier
                } else {
                    &mut later
                }
                .set(day, 0);
            }
            [
                ("114001", "", first),
                ("A21111", "", fee),
                ("114004", "", earlier),
                ("114004", "", later),
                ("114000", "9:00-9:30", urgent),
            ]
            .map(|(code, times, planned)| PlanLine {
                month,
                planned,
                ..line(code, times, &[])
            })
            .to_vec()
        })
}

/// A plan of a few clients, each at both of our offices.
fn any_plan() -> impl Strategy<Value = (YearMonth, Vec<PlanLine>)> {
    any_month().prop_flat_map(|month| {
        let one = || {
            let visits = prop::collection::vec(any_visits(month), 0..4);
            (visits, any_add_ons(month))
        };
        prop::collection::vec([one(), one()], 1..4).prop_map(move |clients| {
            let mut planned = Vec::new();
            for (number, plans) in (1..).zip(clients) {
                for (office, (visits, add_ons)) in offices().into_iter().zip(plans) {
                    let lines = visits.into_iter().chain(add_ons);
                    planned.extend(lines.map(|line| PlanLine {
                        office,
                        client: client(number),
                        ..line
                    }));
                }
            }
            // Nobody's level admits both, the care of 11 and the towns' own.
            let of_town = |line: &PlanLine| line.code.service_type().as_str() == "A2";
            let of_a_town: BTreeSet<ClientId> = (1..).step_by(2).take(2).map(client).collect();
            planned.retain(|line| {
                line.planned.total() > 0 && of_town(line) == of_a_town.contains(&line.client)
            });
            (month, planned)
        })
    })
}

fn offices() -> [OfficeNumber; 2] {
    [OURS, ANOTHER].map(office_number)
}

/// What comes back of a plan when everything takes place and is approved as it stands.
fn approved(planned: &[PlanLine], services: &ServiceCodes) -> Actual {
    let mut actual = Actual::default();
    for line in planned {
        let timed = line.hours.is_some();
        let visits = services.is_visit(line.code, line.client.insurer, line.month, timed);
        for (day, count) in line.planned.counted() {
            for _ in 0..count {
                let id = (actual.visits.len() + actual.add_ons.len()).to_string();
                let date = line.month.day(day).unwrap();
                if visits {
                    actual.visits.push(ActualVisit {
                        office: line.office,
                        client: line.client,
                        date,
                        planned: line.hours.filter(|_| count == 2),
                        hours: line.hours.unwrap(),
                        code: line.code,
                        ..visit(&id, 1, "0:00-1:00", "111111")
                    });
                } else {
                    actual.add_ons.push(ActualAddOn {
                        office: line.office,
                        client: line.client,
                        date: Some(date),
                        hours: line.hours,
                        code: line.code,
                        ..add_on(&id, 1, "", "114001")
                    });
                }
            }
        }
    }
    actual
}

/// A plan and what was approved of it, in any order.
fn any_approved() -> impl Strategy<Value = (YearMonth, Vec<PlanLine>, Actual)> {
    any_plan().prop_flat_map(|(month, planned)| {
        let actual = approved(&planned, &crate::check::samples::tables().services);
        let visits = Just(actual.visits).prop_shuffle();
        let add_ons = Just(actual.add_ons).prop_shuffle();
        (Just(month), Just(planned), visits, add_ons).prop_map(
            |(month, planned, visits, add_ons)| {
                let actual = Actual {
                    visits,
                    add_ons,
                    ..Actual::default()
                };
                (month, planned, actual)
            },
        )
    })
}

prop_compose! {
    /// A visit that may be ours or not, planned or not, known or not.
    fn any_visit()(
        id in 0..6u32,
        number in 1..4u32,
        ours in prop::bool::weighted(0.8),
        month in prop::sample::select(vec![10, 10, 10, 11]),
        day in 1..4u32,
        times in any_times(),
        code in prop::sample::select(VISITS.to_vec()),
    ) -> ActualVisit {
        let visit = visit(&id.to_string(), day, &times, code);
        ActualVisit {
            client: client(number),
            date: CivilDate::new(2026, month, day).unwrap(),
            office: if ours { visit.office } else { office_number(ANOTHER) },
            ..visit
        }
    }
}

prop_compose! {
    fn any_add_on()(
        id in 0..6u32,
        number in 1..4u32,
        ours in prop::bool::weighted(0.8),
        day in prop::sample::select(vec![0, 1, 2, 2, 2, 3, 3, 3]),
        code in prop::sample::select(vec!["114000", "114001", "114004", "116275", "119998"]),
    ) -> ActualAddOn {
        let add_on = add_on(&id.to_string(), day, "", code);
        ActualAddOn {
            client: client(number),
            office: if ours { add_on.office } else { office_number(ANOTHER) },
            ..add_on
        }
    }
}

proptest! {
    #[test]
    fn what_is_approved_as_planned_gives_the_plans_own_lines_back(
        (month, planned, actual) in any_approved(),
        mark in prop::sample::select(vec![Mark::Actual, Mark::Both]),
    ) {
        let mut expected: Vec<PlanLine> = planned
            .iter()
            .cloned()
            .map(|line| {
                let (counts, total) = (line.planned, Some(line.planned.total()));
                let (planned, planned_total) = match mark {
                    Mark::Actual => (DayCounts::default(), None),
                    Mark::Both => (counts, total),
                };
                PlanLine { planned, planned_total, actual: counts, actual_total: total, ..line }
            })
            .collect();
        expected.sort_by_key(|line| (line.client, line.office, line.code, line.hours));
        let rows = actual.visits.len() + actual.add_ons.len();

        let folded = Case {
            offices: offices().to_vec(),
            month,
            actual,
            mark,
            ..Case::new(planned, vec![])
        }
        .fold();
        let lines: Vec<PlanLine> = folded
            .clients
            .iter()
            .flat_map(|client| client.lines.clone())
            .collect();
        prop_assert_eq!(lines, expected);
        let kept: usize = folded.clients.iter().map(|client| client.rows.len()).sum();
        prop_assert_eq!(kept, rows);
        for finding in folded.findings {
            let code = finding.code;
            prop_assert!(matches!(code, Code::PassesMidnight | Code::AddOnWithoutVisit));
        }
    }

    #[test]
    fn the_order_of_delivery_plays_no_part(
        (month, planned, actual) in any_approved(),
        seed in any::<u64>(),
    ) {
        let mut shuffled = actual.clone();
        let turn = |length: usize| usize::try_from(seed).unwrap_or(7) % length.max(1);
        let (visits, add_ons) = (turn(actual.visits.len()), turn(actual.add_ons.len()));
        shuffled.visits.rotate_left(visits);
        shuffled.add_ons.rotate_left(add_ons);
        let folded = |actual| {
            let case = Case { offices: offices().to_vec(), month, actual, ..Case::new(planned.clone(), vec![]) };
            let folded = case.fold();
            let clients = folded.clients.into_iter();
            let clients: Vec<_> = clients.map(|of| (of.lines, of.performed)).collect();
            (clients, folded.comparison)
        };
        prop_assert_eq!(folded(actual), folded(shuffled));
    }

    #[test]
    fn every_actual_is_decided_once_or_part_of_one_clients_month(
        visits in prop::collection::vec(any_visit(), 0..8),
        add_ons in prop::collection::vec(any_add_on(), 0..8),
        choice in prop::sample::select(vec![AddOns::With, AddOns::Without]),
    ) {
        let rows = visits.len() + add_ons.len();
        let case = Case {
            add_ons: choice,
            unknown: vec![client(3)],
            ..Case::new(vec![line("111111", "9:00-9:30", &[1, 2, 3])], visits)
        };
        let folded = case.with_add_ons(add_ons).fold();
        let kept: Vec<RowId> = folded.clients.iter().flat_map(|client| client.rows.clone()).collect();
        let distinct: HashSet<RowId> = kept.iter().copied().collect();
        prop_assert_eq!(distinct.len(), kept.len());
        for row in &kept {
            prop_assert_eq!(folded.book.fate(*row), None);
        }
        let decided = folded.book.count(Fate::Excluded) + folded.book.count(Fate::Withheld);
        prop_assert_eq!(decided + kept.len(), rows);
        let counted: u32 = folded
            .clients
            .iter()
            .flat_map(|client| &client.lines)
            .map(|line| line.actual.total())
            .sum();
        prop_assert_eq!(counted as usize, kept.len());
    }
}
