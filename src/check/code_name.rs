//! Code against name: the code of a line says one service and the name beside it another.
//!
//! Names are abbreviated in many ways (身体１, 身体介護1・夜), so that a name is another one than
//! the list's means nothing. Two things do: it is the name of another code, or it says another
//! part of the service, 身体２ where the code is 生活２. Which of the two is meant only a person
//! can say; the code is what is billed, so it goes.

use crate::finding::{Code, Finding};
use crate::model::{Field, PlanLine, ServiceCode};
use crate::table::fold::fold;
use crate::table::{Service, ServiceCodes};

use super::origin::Origin;

/// What was found out of the last few names that are not those of the list: every line of an
/// office may bear such a one.
#[derive(Debug, Default)]
pub(super) struct CodeNames {
    known: Vec<(ServiceCode, String, Option<String>)>,
}

/// So many are kept at hand.
const AT_HAND: usize = 32;

impl CodeNames {
    /// P425: compares the name of a line with what the list says of its code.
    pub(super) fn check(
        &mut self,
        line: &PlanLine,
        origin: &Origin,
        (listed, services): (Option<&Service>, &ServiceCodes),
        findings: &mut Vec<Finding>,
    ) {
        let Some(listed) = listed.filter(|listed| *listed.name != *line.service_name) else {
            return;
        };
        if line.service_name.is_empty() {
            return;
        }
        let known = self
            .known
            .iter()
            .find(|(code, name, _)| *code == line.code && *name == *line.service_name);
        let detail = if let Some((.., detail)) = known {
            detail.clone()
        } else {
            let detail = contradiction(line, &listed.name, services);
            if self.known.len() == AT_HAND {
                self.known.clear();
            }
            let name = line.service_name.to_string();
            self.known.push((line.code, name, detail.clone()));
            detail
        };
        if let Some(detail) = detail {
            let place = origin.field(Field::ServiceName);
            let finding = Finding::new(Code::NameOfAnotherCode, place);
            findings.push(finding.value(&*line.service_name).detail(detail));
        }
    }
}

/// How the name of a line contradicts its code, if it does.
fn contradiction(line: &PlanLine, listed: &str, services: &ServiceCodes) -> Option<String> {
    let (written, ours) = (fold(&line.service_name), fold(listed));
    if written == ours {
        return None;
    }
    let code = line.code;
    let others = services.named(&written, line.client.insurer, line.month);
    let of_type = others.filter(|other| other.service_type() == code.service_type());
    if let Some(other) = of_type.min() {
        return Some(format!("{code} は{listed}、この名称は {other} のもの"));
    }
    let parts = parts(&written)
        .zip(parts(&ours))
        .filter(|(one, other)| one != other);
    parts.map(|_| format!("{code} は{listed}"))
}

/// The parts of a visit that a name begins with, each with its step: 身体介護１, 身体1生活1. `None`
/// where it begins with none.
fn parts(name: &str) -> Option<Vec<(char, String)>> {
    let mut parts = Vec::new();
    let mut rest = name;
    while let Some((part, behind)) = ["身", "生", "通", "乗"]
        .iter()
        .find_map(|word| Some((word.chars().next()?, rest.strip_prefix(word)?)))
    {
        let part = if part == '乗' { '通' } else { part };
        let behind = behind.trim_start_matches(|of: char| "体活院等乗降介護援助".contains(of));
        let step: String = behind.chars().take_while(char::is_ascii_digit).collect();
        rest = &behind[step.len()..];
        let joined = rest.strip_prefix('・');
        let goes_on = |of: &&str| of.starts_with(['身', '生', '通', '乗']);
        rest = joined.filter(goes_on).unwrap_or(rest);
        parts.push((part, step));
    }
    // Without a step a name says too little to contradict anything, 通院 aside.
    let says = |(part, step): &(char, String)| *part == '通' || !step.is_empty();
    (!parts.is_empty() && parts.iter().all(says)).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{line, read_line, said, tables};
    use super::*;

    fn checked(code: &str, name: &str) -> Vec<String> {
        let sample = line(&[5])
            .serving(code, "9:00", "9:30")
            .with("サービス名称", name);
        let (line, origin) = read_line(sample);
        let (mut names, mut findings) = (CodeNames::default(), Vec::new());
        let services = &tables().services;
        let listed = services.find(line.code, line.client.insurer, line.month);
        names.check(&line, &origin, (listed, services), &mut findings);
        let first = said(&findings);
        names.check(&line, &origin, (listed, services), &mut findings);
        assert_eq!(findings.len(), 2 * first.len(), "it is said of every line");
        first
    }

    #[test]
    fn the_name_of_another_code_is_a_contradiction() {
        assert_eq!(
            checked("117211", "身体介護２"),
            ["P425 2行目 サービス名称「身体介護２」 \
              117211 は生活援助２、この名称は 111211 のもの"]
        );
        assert_eq!(checked("111211", "身体介護１").len(), 1);
    }

    #[test]
    fn another_part_of_the_service_is_one_however_it_is_written() {
        for (code, name) in [
            ("117211", "身体2"),
            ("117211", "身２"),
            ("111211", "身体１"),
            ("111211", "生活援助2・夜"),
            ("114111", "身1生2"),
            ("111111", "通院等乗降介助"),
            ("111111", "身体０１"),
        ] {
            assert_eq!(checked(code, name).len(), 1, "{code} {name}");
        }
    }

    #[test]
    fn a_name_that_is_only_written_otherwise_is_none() {
        for (code, name) in [
            ("111111", "身体介護1"),
            ("111111", "身体１"),
            ("111111", "身１・夜"),
            ("111111", "身体介護１(朝)"),
            ("114111", "身体1・生活1"),
            ("114111", "身体１生活１"),
            ("111121", "身体介護1・2人"),
            ("118111", "乗降介助"),
            ("111111", "訪問介護"),
            ("111111", "身体介護"),
            ("A21111", "デイ"),
            ("999999", "身体介護２"),
            ("111111", ""),
        ] {
            assert_eq!(checked(code, name), [""; 0], "{code} {name}");
        }
    }
}
