//! Chance, asked of the operating system: names that nobody else has, and a die.

/// 32 hexadecimal digits that no other machine or folder has.
pub fn fresh_id() -> String {
    format!("{:032x}", u128::from_le_bytes(bytes()))
}

/// A number from 0 to 1 that nobody can foresee.
pub fn die() -> f64 {
    f64::from(u32::from_le_bytes(bytes())) / f64::from(u32::MAX)
}

fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}
