//! The numbers that care runs on: insurer, insured person, office, and public assistance.
//!
//! All are text of a fixed width, never arithmetic. A wrong width or character makes no
//! number at all; a failed check digit makes a number with a remark, because test numbers
//! and the national samples fail it (0300000100) and must still pass through.

use std::fmt;

/// What the check digit of a number says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckDigit {
    /// The last digit is the one that the rule gives.
    Passes,
    /// The last digit is another one: worth a warning, never a refusal.
    Fails,
}

/// Defines a number of fixed width that is kept as its ASCII characters.
macro_rules! fixed_number {
    ($(#[$doc:meta])* $name:ident, $width:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $width]);

        impl $name {
            /// How many characters the number has.
            pub const WIDTH: usize = $width;

            /// The number as it is written in files and payloads.
            pub fn as_str(&self) -> &str {
                std::str::from_utf8(&self.0).expect("only ASCII passes the constructor")
            }

            /// The same as its bytes, all of them ASCII letters and digits.
            pub fn as_bytes(&self) -> &[u8; $width] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        /// Masked: a number of a person or an office has no business in a log.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

fixed_number!(
    /// 保険者番号: the municipality that insures, 6 digits, the last one a check digit.
    InsurerNumber, 6
);
fixed_number!(
    /// 被保険者番号: the insured person, 10 digits, or `H` and 9 digits for people who
    /// are on public assistance alone (生保単独). There is no national check digit.
    InsuredNumber, 10
);
fixed_number!(
    /// 事業所番号: an office, 10 characters, the last one a check digit. A letter may
    /// stand only in position 3 (A–Z without I, O, Q).
    OfficeNumber, 10
);

/// Digits of a declared width, such as 公費負担者番号 (8) and 公費受給者番号 (7).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digits {
    /// What stands behind the width is zero, so that equal numbers are equal bytes.
    bytes: [u8; Self::WIDEST],
    width: u8,
}

impl Digits {
    /// No number is wider: that of a phone has eleven digits.
    pub const WIDEST: usize = 11;

    /// Takes exactly `width` ASCII digits, one at least and [`Self::WIDEST`] at most.
    pub fn parse(text: &str, width: usize) -> Option<Self> {
        let digits = text.as_bytes();
        let fits = digits.len() == width && width > 0 && digits.iter().all(u8::is_ascii_digit);
        let mut bytes = [0; Self::WIDEST];
        bytes
            .get_mut(..width)
            .filter(|_| fits)?
            .copy_from_slice(digits);
        let width = u8::try_from(width).ok()?;
        Some(Self { bytes, width })
    }

    /// Weights 2,1,2,1… from the right over all but the last digit, as the numbers of public funding
    /// have it.
    pub fn check_digit(&self) -> CheckDigit {
        let digits = &self.bytes[..usize::from(self.width)];
        let Some((last, rest)) = digits.split_last() else {
            return CheckDigit::Fails;
        };
        let weighted = rest.iter().rev().enumerate().map(|(place, digit)| {
            let weight = if place % 2 == 0 { 2 } else { 1 };
            digit_sum(u32::from(digit - b'0') * weight)
        });
        compare(weighted.sum(), *last)
    }

    /// The number as it is written in files and payloads.
    pub fn as_str(&self) -> &str {
        let digits = &self.bytes[..usize::from(self.width)];
        std::str::from_utf8(digits).expect("only ASCII passes the constructor")
    }
}

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Masked: a number of a person or an office has no business in a log.
impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digits(…)")
    }
}

impl InsurerNumber {
    /// Takes exactly six ASCII digits.
    pub fn parse(text: &str) -> Option<Self> {
        Self::from_bytes(text.as_bytes())
    }

    /// The same from the bytes of a text.
    pub fn from_bytes(text: &[u8]) -> Option<Self> {
        digits(text).map(Self)
    }

    /// Weights 2,1,2,1,2 from the left over the first five digits.
    pub fn check_digit(&self) -> CheckDigit {
        let weighted = self.0[..5].iter().enumerate().map(|(place, &digit)| {
            let weight = if place % 2 == 0 { 2 } else { 1 };
            digit_sum(u32::from(digit - b'0') * weight)
        });
        compare(weighted.sum(), self.0[5])
    }
}

impl InsuredNumber {
    /// Takes ten ASCII digits, or `H` and nine.
    pub fn parse(text: &str) -> Option<Self> {
        Self::from_bytes(text.as_bytes())
    }

    /// The same from the bytes of a text.
    pub fn from_bytes(text: &[u8]) -> Option<Self> {
        match text.strip_prefix(b"H") {
            Some(rest) => digits::<9>(rest).map(|nine| {
                let mut ten = [b'H'; 10];
                ten[1..].copy_from_slice(&nine);
                Self(ten)
            }),
            None => digits(text).map(Self),
        }
    }
}

impl OfficeNumber {
    /// Takes ten ASCII digits; the third may be a capital letter other than I, O, Q.
    pub fn parse(text: &str) -> Option<Self> {
        Self::from_bytes(text.as_bytes())
    }

    /// The same from the bytes of a text.
    pub fn from_bytes(text: &[u8]) -> Option<Self> {
        let bytes: [u8; 10] = text.try_into().ok()?;
        let fits = bytes.iter().enumerate().all(|(place, &byte)| {
            byte.is_ascii_digit() || (place == 2 && letter_value(byte).is_some())
        });
        fits.then_some(Self(bytes))
    }

    /// Weights 2,1,2,1… from the right over the first nine characters; A=10 … Z=32.
    pub fn check_digit(&self) -> CheckDigit {
        let weighted = self.0[..9].iter().rev().enumerate().map(|(place, &byte)| {
            let weight = if place % 2 == 0 { 2 } else { 1 };
            let value = letter_value(byte).unwrap_or_else(|| u32::from(byte - b'0'));
            digit_sum(value * weight)
        });
        compare(weighted.sum(), self.0[9])
    }
}

fn digits<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let bytes: [u8; N] = text.try_into().ok()?;
    bytes.iter().all(u8::is_ascii_digit).then_some(bytes)
}

/// A=10, B=11 … Z=32, skipping I, O and Q.
fn letter_value(byte: u8) -> Option<u32> {
    const LETTERS: &[u8] = b"ABCDEFGHJKLMNPRSTUVWXYZ";
    let place = LETTERS.iter().position(|&letter| letter == byte)?;
    u32::try_from(place).ok().map(|place| place + 10)
}

fn digit_sum(mut number: u32) -> u32 {
    let mut sum = 0;
    while number > 0 {
        sum += number % 10;
        number /= 10;
    }
    sum
}

fn compare(sum: u32, last: u8) -> CheckDigit {
    if u32::from(last.wrapping_sub(b'0')) == (10 - sum % 10) % 10 {
        CheckDigit::Passes
    } else {
        CheckDigit::Fails
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_insurer_numbers_pass_their_check_digit() {
        for number in ["122192", "122069", "121012", "435073"] {
            let number = InsurerNumber::parse(number).unwrap();
            assert_eq!(number.check_digit(), CheckDigit::Passes);
        }
        for number in ["001220", "123456"] {
            let number = InsurerNumber::parse(number).unwrap();
            assert_eq!(number.check_digit(), CheckDigit::Fails);
        }
    }

    #[test]
    fn published_numbers_of_public_funding_pass_their_check_digit() {
        let passes = |text: &str| {
            Digits::parse(text, text.len()).unwrap().check_digit() == CheckDigit::Passes
        };
        // 東京都's number for 難病; the others are computed by hand.
        assert!(passes("51136018"));
        assert!(passes("12131231") && !passes("12131232"));
        assert!(passes("1234566") && !passes("1234567"));
    }

    #[test]
    fn the_national_sample_office_fails_its_check_digit_but_is_a_number() {
        let sample = OfficeNumber::parse("0300000100").unwrap();
        assert_eq!(sample.check_digit(), CheckDigit::Fails);
    }

    #[test]
    fn exactly_one_last_digit_passes() {
        for stem in ["137010001", "13A010001", "13Z999999"] {
            let passing = (0..10)
                .filter_map(|digit| OfficeNumber::parse(&format!("{stem}{digit}")))
                .filter(|number| number.check_digit() == CheckDigit::Passes)
                .count();
            assert_eq!(passing, 1, "{stem}");
        }
    }

    #[test]
    fn a_letter_stands_only_in_position_three_and_never_as_i_o_q() {
        assert!(OfficeNumber::parse("13A0100019").is_some());
        for wrong in [
            "1A70100019",
            "13I0100019",
            "13O0100019",
            "13Q0100019",
            "13a0100019",
        ] {
            assert!(OfficeNumber::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn public_assistance_numbers_begin_with_h() {
        assert!(InsuredNumber::parse("H123456789").is_some());
        for wrong in [
            "H12345678",
            "h123456789",
            "123456789",
            "12345678901",
            "１２３４５６７８９０",
        ] {
            assert!(InsuredNumber::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn debug_output_holds_no_digit_of_the_number() {
        let shown = format!("{:?}", InsuredNumber::parse("0000123456").unwrap());
        assert_eq!(shown, "InsuredNumber(…)");
        let shown = format!("{:?}", Digits::parse("1234567", 7).unwrap());
        assert_eq!(shown, "Digits(…)");
    }

    #[test]
    fn digits_have_exactly_their_width() {
        assert_eq!(Digits::parse("0012345", 7).unwrap().as_str(), "0012345");
        assert_eq!(
            Digits::parse("0123456789", 10).unwrap().to_string(),
            "0123456789"
        );
        for (wrong, width) in [
            ("", 0),
            ("", 7),
            ("123456", 7),
            ("12345678", 7),
            ("123456789012", 12),
            ("123456a", 7),
            ("１２３４５６７", 7),
            ("１２", 6),
        ] {
            assert_eq!(Digits::parse(wrong, width), None, "{wrong}");
        }
    }
}
