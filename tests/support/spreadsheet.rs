//! A spreadsheet program that did not write the file: LibreOffice, where it is installed.

use std::path::Path;
use std::process::Command;

/// Converts a file into its own folder, or says loudly that there is no `soffice` here.
pub(crate) fn convert(file: &Path, options: &[&str]) -> Option<()> {
    let profile = tempfile::tempdir().unwrap();
    let outcome = Command::new("soffice")
        .arg(format!(
            "-env:UserInstallation=file://{}",
            profile.path().display()
        ))
        .arg("--headless")
        .args(options)
        .arg("--outdir")
        .arg(file.parent().unwrap())
        .arg(file)
        .output();
    let Ok(output) = outcome else {
        eprintln!("SKIPPED: `soffice` is not on the path, nothing was opened");
        return None;
    };
    assert!(output.status.success(), "{output:?}");
    Some(())
}
