//! A month of the country: grid exports of many clients, each with three or four lines of eleven
//! visits, as one file, as a file for each office, or as a workbook.

use std::path::{Path, PathBuf};

use encoding_rs::SHIFT_JIS;
use rakuwing::disk;
use rakuwing::model::{CheckDigit, OfficeNumber};
use rust_xlsxwriter::Workbook;

const SERVICES: [[&str; 4]; 4] = [
    ["111111", "身体介護１", "9:00", "9:30"],
    ["117211", "生活援助２", "13:30", "14:15"],
    ["114211", "身体１生活２", "16:00", "17:00"],
    ["111211", "身体介護２", "18:00", "18:45"],
];
/// The columns in front of the days, and what stands in them.
const FRONT: [&str; 9] = [
    "対象年月",
    "事業所番号",
    "保険者番号",
    "被保険者番号",
    "氏名",
    "サービスコード",
    "サービス名称",
    "開始時刻",
    "終了時刻",
];
const ROOM: &str = "a temporary folder has room";
const DAYS: usize = 31;
const VISITS: usize = 11;
/// Where the planned days begin.
const PLANNED: usize = FRONT.len();

/// Invented people of one office.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plans {
    /// Which office, counted from 0.
    pub(crate) office: usize,
    /// How many clients.
    pub(crate) clients: usize,
    /// Every so many lines, one has a time that is none.
    pub(crate) faulty: Option<usize>,
}

impl Plans {
    /// Clients of the first office, without a fault.
    pub(crate) fn of(clients: usize) -> Self {
        Self {
            office: 0,
            clients,
            faulty: None,
        }
    }

    /// Writes them as a text file in CP932 with the line ends of Windows. It is on the disk then,
    /// so that nothing that is measured waits for it.
    pub(crate) fn write(self, folder: &Path, name: &str) -> PathBuf {
        let path = folder.join(name);
        let mut bytes = Vec::new();
        for row in std::iter::once(header()).chain(self.rows()) {
            let text = row.join(",") + "\r\n";
            bytes.extend_from_slice(&SHIFT_JIS.encode(&text).0);
        }
        disk::write(&path, &bytes).expect(ROOM);
        path
    }

    /// Writes them as a workbook: counts are numbers, everything else is text.
    pub(crate) fn write_workbook(self, folder: &Path, name: &str) -> PathBuf {
        let path = folder.join(name);
        let mut book = Workbook::new();
        let sheet = book.add_worksheet_with_constant_memory().expect(ROOM);
        for (row, cells) in (0..).zip(std::iter::once(header()).chain(self.rows())) {
            for (column, text) in (0..).zip(&cells) {
                let written = match text.parse::<f64>() {
                    _ if text.is_empty() => continue,
                    Ok(count) if usize::from(column) >= PLANNED => {
                        sheet.write_number(row, column, count)
                    }
                    _ => sheet.write_string(row, column, text),
                };
                written.expect("a sheet has room for them");
            }
        }
        book.save(&path).expect(ROOM);
        path
    }

    fn rows(self) -> impl Iterator<Item = Vec<String>> {
        let office = office(self.office);
        let first = self.office * self.clients;
        let lines = (first..first + self.clients).flat_map(|client| {
            let lines = if client % 3 == 0 { 4 } else { 3 };
            SERVICES[..lines]
                .iter()
                .map(move |service| (client, service))
        });
        lines.enumerate().map(move |(line, (client, service))| {
            let mut cells = vec![String::new(); header().len()];
            let front = [
                "2026/10",
                office.as_str(),
                "131128",
                &format!("{client:010}"),
                &name(client),
            ];
            let front = front.into_iter().chain(service.iter().copied());
            for (cell, text) in cells.iter_mut().zip(front) {
                text.clone_into(cell);
            }
            for day in 1..=DAYS {
                if (day * VISITS + client % 7 * 4) % DAYS < VISITS {
                    cells[PLANNED + day - 1].push('1');
                }
            }
            cells[PLANNED + DAYS] = VISITS.to_string();
            if self.faulty.is_some_and(|every| line % every == 0) {
                "朝".clone_into(&mut cells[PLANNED - 2]);
            }
            cells
        })
    }
}

fn header() -> Vec<String> {
    let days = |word: &str| (1..=DAYS).map(|day| format!("{word}{day}")).collect();
    let total = |word: &str| vec![format!("{word}合計")];
    let front = FRONT.map(str::to_owned).to_vec();
    [
        front,
        days("予定"),
        total("予定"),
        days("実績"),
        total("実績"),
    ]
    .concat()
}

/// An invented name.
pub(crate) fn name(client: usize) -> String {
    format!("試験　花子{}", client % 1000)
}

/// An office number whose check digit passes.
pub(crate) fn office(number: usize) -> OfficeNumber {
    let offices = (0..10).filter_map(|last| OfficeNumber::parse(&format!("13{number:07}{last}")));
    let mut passing = offices.filter(|of| of.check_digit() == CheckDigit::Passes);
    passing.next().expect("one of ten digits passes")
}
