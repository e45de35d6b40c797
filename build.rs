//! Packs the list of service codes: it has half a megabyte, which is hardly anything when packed,
//! and the program carries it along.

#![expect(
    clippy::disallowed_methods,
    reason = "what builds the program is not the program, whose files have one door"
)]

use std::path::Path;
use std::{env, fs, io};

use flate2::Compression;
use flate2::write::GzEncoder;

const LIST: &str = "mappings/codes/service_codes.csv";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={LIST}");
    let folder = env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?;
    let mut list = fs::File::open(LIST)?;
    let file = fs::File::create(Path::new(&folder).join("service_codes.csv.gz"))?;
    let mut packer = GzEncoder::new(file, Compression::best());
    io::copy(&mut list, &mut packer)?;
    packer.finish()?;
    Ok(())
}
