//! Published codes that are short enough to be types: service code, service type, care level.
//!
//! What a service code *means* (its class, its name, how long it is valid) is data in
//! `mappings/codes/`; here is only what every code must look like.

use std::fmt;

/// サービスコード: service type (2) and item (4), capital letters and digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceCode([u8; 6]);

impl ServiceCode {
    /// Takes six ASCII capital letters or digits.
    pub fn parse(text: &str) -> Option<Self> {
        Self::from_bytes(text.as_bytes())
    }

    /// The same from the bytes of a text.
    pub fn from_bytes(text: &[u8]) -> Option<Self> {
        let bytes: [u8; 6] = text.try_into().ok()?;
        bytes
            .iter()
            .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
            .then_some(Self(bytes))
    }

    /// The code as it is written everywhere.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("only ASCII passes the constructor")
    }

    /// The same as its bytes, all of them ASCII letters and digits.
    pub fn as_bytes(&self) -> &[u8; 6] {
        &self.0
    }

    /// The first two characters.
    pub fn service_type(&self) -> ServiceType {
        ServiceType([self.0[0], self.0[1]])
    }
}

impl fmt::Display for ServiceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// サービス種類: the first two characters of a service code (11 訪問介護, A2 …, 43 …, 46 …).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceType([u8; 2]);

impl ServiceType {
    /// Takes two ASCII capital letters or digits.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 2] = text.as_bytes().try_into().ok()?;
        bytes
            .iter()
            .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
            .then_some(Self(bytes))
    }

    /// The type as it is written everywhere.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("only ASCII passes the constructor")
    }

    /// Whether the insurer gives the code its meaning (総合事業 A2 独自, A3 独自・定率, A4
    /// 独自・定額: one code, many towns).
    pub fn is_defined_by_the_insurer(&self) -> bool {
        matches!(&self.0, b"A2" | b"A3" | b"A4")
    }

    /// Whether it is one of the home visits that the link is for: 訪問介護 (11) and those of the
    /// towns' own program (A1–A4).
    pub fn is_a_home_visit(&self) -> bool {
        matches!(&self.0, b"11" | b"A1" | b"A2" | b"A3" | b"A4")
    }

    /// Whether a person of this care level may receive a service of this type.
    ///
    /// 訪問介護 (11) needs 要介護１…５; the town's own home visits (A1–A4) need
    /// 事業対象者 or 要支援. Other types are not this program's to judge.
    pub fn admits(&self, level: CareLevel) -> bool {
        match &self.0 {
            b"11" => level.needs_care(),
            b"A1" | b"A2" | b"A3" | b"A4" => level.needs_support(),
            _ => true,
        }
    }
}

impl fmt::Display for ServiceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// 要介護状態区分: how much care a person is certified to need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CareLevel {
    /// 01 非該当
    NotEligible,
    /// 06 事業対象者
    ProgramTarget,
    /// 11 経過的要介護
    Transitional,
    /// 12 要支援１
    Support1,
    /// 13 要支援２
    Support2,
    /// 21 要介護１
    Care1,
    /// 22 要介護２
    Care2,
    /// 23 要介護３
    Care3,
    /// 24 要介護４
    Care4,
    /// 25 要介護５
    Care5,
}

impl CareLevel {
    /// Every level, in the order of its code.
    pub const ALL: [Self; 10] = [
        Self::NotEligible,
        Self::ProgramTarget,
        Self::Transitional,
        Self::Support1,
        Self::Support2,
        Self::Care1,
        Self::Care2,
        Self::Care3,
        Self::Care4,
        Self::Care5,
    ];

    /// Takes the two-digit national code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.code() == code)
    }

    /// The two-digit national code.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotEligible => "01",
            Self::ProgramTarget => "06",
            Self::Transitional => "11",
            Self::Support1 => "12",
            Self::Support2 => "13",
            Self::Care1 => "21",
            Self::Care2 => "22",
            Self::Care3 => "23",
            Self::Care4 => "24",
            Self::Care5 => "25",
        }
    }

    /// The word that a clerk reads.
    pub fn label(self) -> &'static str {
        match self {
            Self::NotEligible => "非該当",
            Self::ProgramTarget => "事業対象者",
            Self::Transitional => "経過的要介護",
            Self::Support1 => "要支援１",
            Self::Support2 => "要支援２",
            Self::Care1 => "要介護１",
            Self::Care2 => "要介護２",
            Self::Care3 => "要介護３",
            Self::Care4 => "要介護４",
            Self::Care5 => "要介護５",
        }
    }

    fn needs_care(self) -> bool {
        self >= Self::Care1
    }

    fn needs_support(self) -> bool {
        matches!(self, Self::ProgramTarget | Self::Support1 | Self::Support2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_code_is_six_capitals_or_digits() {
        for code in ["111111", "11A001", "A22111"] {
            assert_eq!(ServiceCode::parse(code).unwrap().as_str(), code);
        }
        for wrong in ["11111", "1111111", "11a001", "１１１１１１", "11 111"] {
            assert!(ServiceCode::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn home_visit_care_needs_a_care_level_and_the_towns_program_a_support_level() {
        let care = ServiceType::parse("11").unwrap();
        let town = ServiceType::parse("A2").unwrap();
        for level in CareLevel::ALL {
            let code: u8 = level.code().parse().unwrap();
            assert_eq!(care.admits(level), (21..=25).contains(&code));
            assert_eq!(town.admits(level), [6, 12, 13].contains(&code));
        }
    }

    #[test]
    fn every_care_level_is_found_by_its_code() {
        for level in CareLevel::ALL {
            assert_eq!(CareLevel::parse(level.code()), Some(level));
        }
        assert_eq!(CareLevel::parse("99"), None);
    }
}
