//! The order of the house: which module may know which, and what stands nowhere.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use memchr::memmem;
use rakuwing::disk;

/// What a module may import from its own crate.
enum May {
    /// These modules and no others.
    Import(&'static [&'static str]),
    /// Every module that stands above it.
    ImportAllAbove,
}

use May::{Import, ImportAllAbove};

/// Every module in the order of the data's way. A new one begins its life here.
const HOUSE: &[(&str, May)] = &[
    ("model", Import(&[])),
    ("finding", Import(&["model"])),
    ("disk", Import(&[])),
    ("stop", Import(&[])),
    ("clock", Import(&["stop"])),
    ("chance", Import(&[])),
    ("progress", Import(&[])),
    ("parallel", Import(&[])),
    ("steps", Import(&[])),
    ("table", Import(&["model", "finding", "disk"])),
    (
        "read",
        Import(&["model", "finding", "disk", "parallel", "table"]),
    ),
    (
        "check",
        Import(&["model", "finding", "disk", "parallel", "table", "read"]),
    ),
    ("codes", Import(&["model", "table", "read"])),
    (
        "payload",
        Import(&["model", "finding", "disk", "table", "check"]),
    ),
    (
        "service",
        Import(&[
            "model", "disk", "stop", "clock", "chance", "progress", "table",
        ]),
    ),
    ("ledger", Import(&["model", "disk"])),
    (
        "fold",
        Import(&["disk", "model", "finding", "table", "check"]),
    ),
    (
        "audit",
        Import(&["model", "finding", "table", "check", "fold"]),
    ),
    ("write", Import(&["model", "table"])),
    ("report", Import(&["model", "finding", "disk"])),
    ("settings", Import(&["model", "finding", "disk", "table"])),
    (
        "error",
        Import(&[
            "finding", "disk", "stop", "table", "read", "check", "codes", "service", "ledger",
            "report", "settings",
        ]),
    ),
    ("jobs", ImportAllAbove),
    ("sandbox", Import(&["disk"])),
    ("cli", ImportAllAbove),
];

#[test]
fn every_module_imports_only_what_the_table_allows() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let Some(module) = module_of(&file) else {
            continue;
        };
        for name in imports(&text, &file) {
            if name != module && !may_import(&module, &name) {
                wrong.push(format!("{} uses crate::{name}", file.display()));
            }
        }
    }
    assert_eq!(wrong, [] as [String; 0]);
}

#[test]
fn every_module_stands_in_the_table() {
    let known: BTreeSet<&str> = HOUSE.iter().map(|(name, _)| *name).collect();
    let unknown: BTreeSet<String> = sources()
        .keys()
        .filter_map(|file| module_of(file))
        .filter(|module| !known.contains(module.as_str()))
        .collect();
    assert_eq!(unknown, BTreeSet::new());
}

/// The other half of the test above: it fails until the last module is written.
#[test]
fn every_entry_of_the_table_is_a_module() {
    let modules: BTreeSet<String> = sources()
        .keys()
        .filter_map(|file| module_of(file))
        .collect();
    let missing: Vec<&str> = HOUSE
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !modules.contains(*name))
        .collect();
    assert_eq!(missing, [] as [&str; 0]);
}

#[test]
fn the_library_lists_its_modules_in_the_order_of_the_table() {
    let code = code_of(&text_of(&root().join("src/lib.rs")));
    let listed = modules_listed(&code);
    let in_order: Vec<&str> = HOUSE
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| listed.iter().any(|of| of == name))
        .collect();
    assert_eq!(listed, in_order);
}

#[test]
fn the_program_has_no_modules_and_knows_only_the_library() {
    let code = code_of(&text_of(&root().join("src/main.rs")));
    assert_eq!(modules_listed(&code), [] as [String; 0]);
    let roots: BTreeSet<&str> = code
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("use "))
        .map(|path| path.split(|c: char| !is_name(c)).next().unwrap())
        .collect();
    let allowed = BTreeSet::from(["etcetera", "rakuwing", "std"]);
    assert!(roots.is_subset(&allowed), "{roots:?}");
    assert!(!code.contains("crate::"));
}

#[test]
fn no_source_leaves_work_for_later() {
    let words = ["TODO", "FIXME"];
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        for word in words.iter().filter(|word| text.contains(**word)) {
            wrong.push(format!("{} says {word}", file.display()));
        }
    }
    assert_eq!(wrong, [] as [String; 0]);
}

#[test]
fn every_lint_that_is_switched_off_says_why() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let code = code_of(&text);
        for start in ["#[allow(", "#![allow("] {
            for (at, _) in code.match_indices(start) {
                let attribute = code[at..].split(']').next().unwrap();
                if !attribute.contains("reason =") {
                    wrong.push(format!("{}: {attribute}]", file.display()));
                }
            }
        }
    }
    assert_eq!(wrong, [] as [String; 0]);
}

#[test]
fn no_file_speaks_of_the_place_where_it_was_made() {
    // Put together here, or this file would speak of them itself.
    let places = [concat!("/wo", "rk/"), concat!("../sha", "red")];
    let mut files = Vec::new();
    for folder in ["src", "tests", "mappings", "fixtures"] {
        files.extend(files_below(&root().join(folder)));
    }
    files.extend(files_below(&root()).into_iter().filter(|file| {
        let ending = file.extension();
        ending.is_some_and(|ending| ending == "md")
    }));
    let mut wrong = Vec::new();
    for file in files {
        let bytes = disk::read(&file).unwrap();
        for place in places {
            if memmem::find(&bytes, place.as_bytes()).is_some() {
                wrong.push(format!("{} speaks of {place}", file.display()));
            }
        }
    }
    assert_eq!(wrong, [] as [String; 0]);
}

#[test]
fn each_thing_has_one_name_for_the_clerk() {
    // Another word for something, and the word that it has everywhere; the glossary says them.
    let others = [
        ("報告書", "エラー一覧"),
        ("内容の一覧", "プレビュー"),
        ("基本データ", "基本情報"),
        ("マスターデータ", "基本情報"),
        ("ケアマネ事業所", "居宅支援事業所"),
        ("居宅介護支援事業所", "居宅支援事業所"),
        ("登録案", "登録データ"),
        ("修正", "訂正"),
        ("エクセル", "Excel"),
        ("アップロード", "登録"),
        ("インポート", "取り込み"),
        ("エクスポート", "書き出し"),
        ("API キー", "APIキー"),
        ("親PC", "親機"),
    ];
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        // Comments speak to us, and texts to the clerk.
        let lines = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        let code = lines.collect::<Vec<_>>().join("\n");
        for (other, name) in others {
            if code.contains(other) {
                wrong.push(format!("{}: {other} is {name}", file.display()));
            }
        }
        let inboxes = code.matches("受信箱").count();
        if inboxes != code.matches("受信箱(inbox)").count() {
            wrong.push(format!("{}: 受信箱 is 受信箱(inbox)", file.display()));
        }
        let folders = code.matches("フォルダ").count();
        if folders != code.matches("フォルダー").count() {
            wrong.push(format!("{}: フォルダ is フォルダー", file.display()));
        }
    }
    assert_eq!(wrong, [] as [String; 0]);
}

#[test]
fn every_written_form_of_an_import_is_seen() {
    let file = Path::new("table/text.rs");
    for (code, expected) in [
        ("use crate::model::Field;", vec!["model"]),
        ("pub use crate::read::{self, Cell};", vec!["read"]),
        (
            "use crate::{finding::{Code, Fate}, model, disk::*};",
            vec!["disk", "finding", "model"],
        ),
        ("fn f() -> crate::disk::Digest {}", vec!["disk"]),
        (
            "macro_rules! m { () => { $crate::check::x } }",
            vec!["check"],
        ),
        ("use super::super::ledger::Entry;", vec!["ledger"]),
        ("use super::codes::CodeList;", vec![]),
        (
            "// crate::jobs\n/* crate::cli /* crate::cli */ *//* crate::cli */",
            vec![],
        ),
        ("/// [`crate::jobs`]\nfn f() {}", vec![]),
        (
            r##"const A: &str = "crate::jobs"; const B: &str = r#"" crate::cli"#;"##,
            vec![],
        ),
        (
            "fn f<'a>(c: char) -> bool { c == '\"' && crate::read::g('\\'') }",
            vec!["read"],
        ),
        ("use mycrate::model::Field;", vec![]),
    ] {
        let expected: BTreeSet<String> = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(imports(code, file), expected, "{code}");
    }
}

fn may_import(module: &str, name: &str) -> bool {
    let Some(place) = HOUSE.iter().position(|(of, _)| *of == module) else {
        return false;
    };
    match &HOUSE[place].1 {
        Import(allowed) => allowed.contains(&name),
        ImportAllAbove => HOUSE[..place].iter().any(|(of, _)| *of == name),
    }
}

/// The modules of the crate that a file names, by `crate::` or by enough `super::`.
fn imports(text: &str, file: &Path) -> BTreeSet<String> {
    let code = code_of(text);
    let mut names = BTreeSet::new();
    for (at, start) in code.match_indices("crate::") {
        let before = code[..at].chars().next_back();
        if !before.is_some_and(is_name) {
            names.extend(first_names(&code[at + start.len()..]));
        }
    }
    // From within `a/b.rs`, `super::super::` is the crate itself; from within `a.rs` and
    // `a/mod.rs`, `super::` is. One floor below, in the file's tests, it is not.
    let parts = file.components().count();
    let to_the_crate = parts - usize::from(file.ends_with("mod.rs"));
    let outside = code.split("mod tests").next().unwrap_or_default();
    for (at, chain) in outside.match_indices(&"super::".repeat(to_the_crate)) {
        let above = first_names(&outside[at + chain.len()..]);
        let modules = above
            .into_iter()
            .filter(|name| HOUSE.iter().any(|(of, _)| of == name));
        names.extend(modules);
    }
    names
}

/// The first name of a path, or of every path in braces.
fn first_names(path: &str) -> Vec<String> {
    let name = |path: &str| path.trim().chars().take_while(|c| is_name(*c)).collect();
    let Some(group) = path.strip_prefix('{') else {
        return vec![name(path)];
    };
    let mut depth = 0;
    let mut starts = vec![0];
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => starts.push(at + 1),
            _ => {}
        }
    }
    let names = starts.into_iter().map(|start| name(&group[start..]));
    names.filter(|name: &String| !name.is_empty()).collect()
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The names in `mod name;`, `pub mod name;` and `pub(crate) mod name;`, in their order.
fn modules_listed(code: &str) -> Vec<String> {
    code.lines()
        .filter_map(|line| {
            let line = line.trim().strip_suffix(';')?;
            let (before, name) = line.split_once("mod ")?;
            ["", "pub ", "pub(crate) "]
                .contains(&before)
                .then(|| name.to_owned())
        })
        .collect()
}

/// The text without comments and without what stands in quotation marks.
fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let skipped = comment(rest)
            .or_else(|| raw_string(rest).filter(|_| !code.ends_with(is_name)))
            .or_else(|| quoted(rest));
        if let Some(length) = skipped {
            code.push(' ');
            rest = &rest[length..];
        } else {
            code.push(character);
            rest = &rest[character.len_utf8()..];
        }
    }
    code
}

/// How long a comment at the beginning is.
fn comment(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    text.strip_prefix("/*")?;
    let (mut depth, mut at) = (0, 0);
    while let Some(character) = text[at..].chars().next() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += character.len_utf8();
        }
    }
    Some(at)
}

/// How long a raw string at the beginning is.
fn raw_string(text: &str) -> Option<usize> {
    let marks = text.strip_prefix("br").or(text.strip_prefix('r'))?;
    let inside = marks.trim_start_matches('#');
    let inside = inside.strip_prefix('"')?;
    let hashes = "#".repeat(marks.len() - inside.len() - 1);
    let end = format!("\"{hashes}");
    let length = inside.find(&end).map_or(inside.len(), |at| at + end.len());
    Some(text.len() - inside.len() + length)
}

/// How long a string or character at the beginning is; a lifetime is neither.
fn quoted(text: &str) -> Option<usize> {
    let mark = text
        .chars()
        .next()
        .filter(|mark| ['"', '\''].contains(mark))?;
    let mut characters = text.char_indices().skip(1);
    let mut seen = 0;
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            end if end == mark => return Some(at + 1),
            _ => {}
        }
        seen += 1;
        let escaped = text[1..].starts_with('\\');
        if mark == '\'' && seen > 1 && !escaped {
            return None;
        }
    }
    None
}

/// Every file of the crate, as a path below `src/`, with its text.
fn sources() -> BTreeMap<PathBuf, String> {
    let src = root().join("src");
    let mut sources = BTreeMap::new();
    for file in files_below(&src) {
        let text = text_of(&file);
        let below = file.strip_prefix(&src).expect("it lies there");
        sources.insert(below.to_owned(), text);
    }
    assert!(sources.contains_key(Path::new("lib.rs")));
    sources
}

/// The top module that a file below `src/` belongs to; the two roots belong to none.
fn module_of(file: &Path) -> Option<String> {
    let first = file.components().next()?.as_os_str().to_str()?;
    let name = first.strip_suffix(".rs").unwrap_or(first);
    (!["lib", "main"].contains(&name)).then(|| name.to_owned())
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn text_of(file: &Path) -> String {
    String::from_utf8(disk::read(file).expect("it was listed")).expect("sources are UTF-8")
}

/// Every file below a folder, what is built and what is hidden left out.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = disk::files(folder).expect("the folder can be listed");
    let Ok(entries) = folder.read_dir() else {
        return files;
    };
    for entry in entries {
        let entry = entry.expect("the folder can be listed");
        let name = entry.file_name();
        let left_out = name == "target" || name.to_string_lossy().starts_with('.');
        if entry.path().is_dir() && !left_out {
            files.extend(files_below(&entry.path()));
        }
    }
    files
}
