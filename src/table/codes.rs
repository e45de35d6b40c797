//! Code lists: `mappings/codes/*.csv`, UTF-8 with a BOM so that a spreadsheet opens them right.
//!
//! A list turns written words into codes and back: `要介護３` into `23`, `男` into `1`.

use std::collections::HashMap;

use super::error::TableError;
use super::fold::fold;
use super::source::Source;

/// A list of codes with the words that stand for them.
#[derive(Debug)]
pub struct CodeList {
    name: String,
    entries: Vec<Entry>,
    by_word: HashMap<String, usize>,
}

#[derive(Debug)]
struct Entry {
    code: String,
    name: String,
}

impl CodeList {
    /// Reads a list with the columns コード, 名称 and 別名 (several, parted by `|`). An entry
    /// without a code is of words that stand for an empty cell.
    pub fn load(name: &str, source: &Source) -> Result<Self, TableError> {
        let mut list = Self {
            name: name.to_owned(),
            entries: Vec::new(),
            by_word: HashMap::new(),
        };
        for row in source.csv_rows(&["コード", "名称", "別名"])? {
            list.add(source, row.line, &row.cells)?;
        }
        Ok(list)
    }

    fn add(&mut self, source: &Source, line: usize, cells: &[String]) -> Result<(), TableError> {
        let [code, name, aliases] = cells else {
            return Err(source.error_at_line(line, "列は コード,名称,別名 の三つです"));
        };
        if name.is_empty() {
            return Err(source.error_at_line(line, "名称は空にできません"));
        }
        let words = [code, name]
            .map(String::as_str)
            .into_iter()
            .chain(aliases.split('|'));
        for word in words.filter(|word| !word.is_empty()) {
            let meant_before = self.by_word.insert(fold(word), self.entries.len());
            if meant_before.is_some_and(|entry| entry != self.entries.len()) {
                // Reading it back would be a guess: the table would not work both ways.
                let message = format!("「{word}」が二つのコードを指しているので、逆に読めません");
                return Err(source.error_at_line(line, &message));
            }
        }
        self.entries.push(Entry {
            code: code.clone(),
            name: name.clone(),
        });
        Ok(())
    }

    /// Learns another word for a name of the list; gives why it cannot.
    pub(super) fn learn(&mut self, word: &str, means: &str) -> Result<(), String> {
        let entry = self.entries.iter().position(|entry| entry.name == means);
        let entry =
            entry.ok_or_else(|| format!("「{means}」はこのコード一覧の名称ではありません"))?;
        if word.is_empty() {
            return Err("言葉は空にできません".to_owned());
        }
        match self.by_word.insert(fold(word), entry) {
            Some(before) if before != entry => Err(format!(
                "「{word}」は「{}」を表すので、ほかの意味にできません",
                self.entries[before].name
            )),
            _ => Ok(()),
        }
    }

    /// The list's name, which is its file's.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The code that a written word means: the code itself, its name, or an alias.
    pub fn code(&self, word: &str) -> Option<&str> {
        let entry = self
            .by_word
            .get(word)
            .or_else(|| self.by_word.get(&fold(word)))?;
        Some(&self.entries[*entry].code)
    }

    /// The word that is written for a code.
    pub fn written(&self, code: &str) -> Option<&str> {
        self.entries
            .iter()
            .find(|entry| entry.code == code)
            .map(|entry| entry.name.as_str())
    }

    /// The word for each code, in the order of the list.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str())
    }

    /// Every code of the list.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.code.as_str())
    }
}
