//! A grid export as an office writes it: CP932, CRLF, 73 columns, three lines a client.

use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use encoding_rs::SHIFT_JIS;
use rakuwing::disk::{self, DiskError};

const SERVICES: [(&str, &str, &str, &str); 3] = [
    ("111111", "身体介護１", "9:00", "9:30"),
    ("117211", "生活援助２", "13:30", "14:15"),
    ("114211", "身体１生活２", "16:00", "17:00"),
];

/// Writes an export of about so many bytes into a folder.
pub(crate) fn export(folder: &Path, bytes: usize) -> Result<PathBuf, DiskError> {
    let path = folder.join(format!("grid-{bytes}.csv"));
    disk::write_with(&path, |file| {
        let mut out = BufWriter::new(file);
        write(&mut out, bytes).expect("a temporary folder has room");
        out.flush().expect("a temporary folder has room");
        Ok::<_, DiskError>(())
    })?;
    Ok(path)
}

/// Writes an export of so many lines into a folder, each with a time that is none.
pub(crate) fn faulty(folder: &Path, lines: usize) -> Result<PathBuf, DiskError> {
    let path = folder.join(format!("faulty-{lines}.csv"));
    disk::write_with(&path, |file| {
        let mut out = BufWriter::new(file);
        let mut write = || -> io::Result<()> {
            line(&mut out, &header())?;
            for at in 0..lines {
                let (code, name, _, end) = SERVICES[at % SERVICES.len()];
                line(
                    &mut out,
                    &row(at / SERVICES.len() + 1, (code, name, "朝", end)),
                )?;
            }
            out.flush()
        };
        write().expect("a temporary folder has room");
        Ok::<_, DiskError>(())
    })?;
    Ok(path)
}

fn write(out: &mut impl io::Write, bytes: usize) -> io::Result<()> {
    let mut written = line(out, &header())?;
    let mut client = 0;
    while written < bytes {
        client += 1;
        for service in &SERVICES {
            written += line(out, &row(client, *service))?;
        }
    }
    Ok(())
}

fn line(out: &mut impl io::Write, text: &str) -> io::Result<usize> {
    let (bytes, ..) = SHIFT_JIS.encode(text);
    out.write_all(&bytes)?;
    out.write_all(b"\r\n")?;
    Ok(bytes.len() + 2)
}

fn header() -> String {
    let days = |word: &str| {
        (1..=31)
            .map(|day| format!("{word}{day}"))
            .collect::<Vec<_>>()
    };
    [
        vec!["対象年月,事業所番号,保険者番号,被保険者番号,氏名,サービスコード,サービス名称,開始時刻,終了時刻".to_owned()],
        days("予定"),
        vec!["予定合計".to_owned()],
        days("実績"),
        vec!["実績合計".to_owned()],
    ]
    .concat()
    .join(",")
}

/// Invented people; every visit twice a week.
fn row(client: usize, (code, name, start, end): (&str, &str, &str, &str)) -> String {
    let first = client % 7 + 1;
    let planned: Vec<&str> = (1..=31)
        .map(|day| {
            if day % 7 == first % 7 || day % 7 == (first + 3) % 7 {
                "1"
            } else {
                ""
            }
        })
        .collect();
    let total = planned.iter().filter(|day| !day.is_empty()).count();
    format!(
        "2026/10,1370100016,131128,{client:010},試験　花子{client},{code},{name},{start},{end},\
         {},{total},{},",
        planned.join(","),
        ",".repeat(30)
    )
}
