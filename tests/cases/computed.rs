//! Months that were computed by hand: what they came to stands in `computed.tsv`, which nothing
//! rewrites.

use encoding_rs::SHIFT_JIS;
use rakuwing::disk;

use crate::case;

/// The first of the columns of the days, and how many there are with their sum.
const PLANNED: usize = 9;
const DAYS: usize = 31;

/// The lines of a retrieval: client, office, code, start, end, days, sum.
fn lines(path: &str, of: fn(&[String]) -> &[String]) -> Vec<String> {
    let folder = case::root().join("months-computed-by-hand/expected/outbox");
    let bytes = disk::read(&folder.join(path)).unwrap();
    let (text, _, _) = SHIFT_JIS.decode(&bytes);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let records = reader.records().map(Result::unwrap);
    let mut lines: Vec<String> = records
        .map(|record| {
            let cells: Vec<String> = record.iter().map(str::to_owned).collect();
            let of_days = of(&cells);
            let days = (1..=DAYS)
                .zip(of_days)
                .filter(|(_, count)| !count.is_empty());
            let days: Vec<String> = days
                .map(|(day, count)| match count.as_str() {
                    "1" => day.to_string(),
                    several => format!("{day}x{several}"),
                })
                .collect();
            let [client, office, code] = [&cells[3], &cells[1], &cells[5]];
            let (start, end, sum) = (&cells[7], &cells[8], &of_days[DAYS]);
            let days = days.join(" ");
            format!("{client}\t{office}\t{code}\t{start}\t{end}\t{days}\t{sum}")
        })
        .collect();
    lines.sort();
    lines
}

fn planned(cells: &[String]) -> &[String] {
    &cells[PLANNED..=PLANNED + DAYS]
}

fn actual(cells: &[String]) -> &[String] {
    &cells[PLANNED + DAYS + 1..]
}

#[test]
fn months_that_were_computed_by_hand_come_out_so() {
    let path = case::root().join("months-computed-by-hand/computed.tsv");
    let computed = String::from_utf8(disk::read(&path).unwrap()).unwrap();
    let computed: Vec<&str> = computed.lines().skip(1).collect();
    let name = "月間ケアプラン_実績_202610.csv";
    assert_eq!(lines(&format!("3/{name}"), actual), computed);
    assert_eq!(lines(&format!("4/{name}"), actual), computed);
    assert_eq!(lines(&format!("4/{name}"), planned), computed);
    let unmarked = lines(&format!("3/{name}"), planned);
    assert!(unmarked.iter().all(|line| line.ends_with("\t\t")));
}
