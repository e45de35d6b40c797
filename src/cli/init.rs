//! A new office folder. In front of a screen, what only the office knows is asked for.

use std::path::Path;

use serde::Serialize;

use crate::disk;
use crate::error::{Error, Exit};
use crate::jobs::{Clerk as _, Folder};
use crate::model::{CheckDigit, OfficeNumber};
use crate::settings;

use super::screen::Screen;

#[derive(Serialize)]
struct FolderObject<'a> {
    folder: &'a Path,
    exit_code: u8,
}

/// Makes the folder, or says that it is one.
pub fn init(root: &Path, screen: &mut Screen) -> Result<Exit, Error> {
    let folder = Folder::at(root);
    screen.work_in(root);
    if disk::exists(&folder.settings()) {
        folder.make()?;
        screen.line(format_args!(
            "すでに事業所フォルダーです: {}",
            root.display()
        ));
    } else {
        // Before anything is made: whoever stops here has made nothing.
        let number = asked_number(screen);
        let name = screen.asks("事業所の名前(エラー一覧などの見出しに使います)");
        folder.make()?;
        let text = settings::filled(number.as_ref(), name.as_deref().unwrap_or_default());
        disk::write(&folder.settings(), text.as_bytes())?;
        screen.line(format_args!(
            "事業所フォルダーを作りました: {}",
            root.display()
        ));
        screen.line("次にすること:");
        screen.line(match number {
            Some(_) => "  1. 練習でなければ、rakuwing.toml を開き、Care-wing の接続先を書く",
            None => "  1. rakuwing.toml を開き、自事業所の番号と Care-wing の接続先を書く",
        });
        screen.line("  2. `rakuwing connect` で接続設定をする");
    }
    screen.object(&FolderObject {
        folder: root,
        exit_code: Exit::Clean.code(),
    });
    Ok(Exit::Clean)
}

/// The office's number, as somebody types it; `None` where nobody can, or does.
fn asked_number(screen: &mut Screen) -> Option<OfficeNumber> {
    loop {
        let typed = screen.asks("自事業所の番号(10桁。あとで書くときは、そのまま Enter)")?;
        if typed.is_empty() {
            return None;
        }
        let Some(number) = number(&typed) else {
            screen.line("事業所番号は10桁です。指定通知書で確かめて、もう一度入力してください。");
            continue;
        };
        match number.check_digit() {
            CheckDigit::Passes => return Some(number),
            CheckDigit::Fails => {
                screen.line(
                    "最後の数字が、ほかの数字から計算したものと合いません。入力違いのおそれがあります。",
                );
                if screen.agrees(&format!("{number} でよろしいですか"))? {
                    return Some(number);
                }
            }
        }
    }
}

/// A number as people type one: full-width digits and hyphens do not count.
fn number(typed: &str) -> Option<OfficeNumber> {
    let plain = typed.chars().filter_map(|sign| match sign {
        '-' | '－' | '‐' | 'ー' | ' ' | '　' => None,
        '０'..='９' => char::from_u32(u32::from(sign) - u32::from('０') + u32::from('0')),
        sign => Some(sign.to_ascii_uppercase()),
    });
    OfficeNumber::parse(&plain.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_may_be_typed_in_full_width_and_with_hyphens() {
        let plain = OfficeNumber::parse("1370100016");
        for typed in ["1370100016", "１３７０１０００１６", "13-70100016"] {
            assert_eq!(number(typed), plain, "{typed}");
        }
        for typed in ["137010001", "事業所", "13701000160"] {
            assert_eq!(number(typed), None, "{typed}");
        }
    }
}
