//! One table of the file.

use std::cell::RefCell;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::super::problems::Problems;
use super::entry::Entry;
use super::nearest::nearest;
use super::source::Source;

/// A table, or the empty one where the file has none. Asking for keys makes them known; what was
/// never asked for is reported by [`finish`](Self::finish).
#[derive(Debug)]
pub struct Section<'t> {
    path: String,
    table: Option<&'t DeTable<'t>>,
    asked: Vec<&'static str>,
    unlisted: Vec<String>,
    source: &'t Source<'t>,
    problems: &'t RefCell<Problems>,
}

impl<'t> Section<'t> {
    pub(super) fn root(
        table: &'t DeTable<'t>,
        source: &'t Source<'t>,
        problems: &'t RefCell<Problems>,
    ) -> Self {
        Self::new(String::new(), Some(table), source, problems)
    }

    pub(super) const fn new(
        path: String,
        table: Option<&'t DeTable<'t>>,
        source: &'t Source<'t>,
        problems: &'t RefCell<Problems>,
    ) -> Self {
        Self { path, table, asked: Vec::new(), unlisted: Vec::new(), source, problems }
    }

    pub(super) fn path(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Returns whether the file has this table.
    pub(super) const fn is_there(&self) -> bool {
        self.table.is_some()
    }

    /// Returns the value of a key.
    pub fn get(&mut self, key: &'static str) -> Option<Entry<'t>> {
        self.asked.push(key);
        self.entry(key)
    }

    /// Returns the value of a key that must be there; `what` says what it is for.
    pub fn need(&mut self, key: &'static str, what: &str) -> Option<Entry<'t>> {
        let entry = self.get(key);
        if entry.is_none() {
            self.add(&self.path(key), format!("is missing; write {what}"));
        }
        entry
    }

    /// Returns the table of a key; the empty one when it is not there.
    #[must_use]
    pub fn section(&mut self, key: &'static str) -> Self {
        let table = self.get(key).and_then(|entry| entry.table());
        Self::new(self.path(key), table, self.source, self.problems)
    }

    /// Returns the elements of a key's list; none when it is not there.
    pub fn list(&mut self, key: &'static str) -> Vec<Entry<'t>> {
        self.get(key).and_then(|entry| entry.list()).unwrap_or_default()
    }

    /// Returns the keys that `wanted` accepts, with their values. They count as known from now on,
    /// but are never suggested.
    pub(super) fn find<T>(
        &mut self,
        wanted: impl Fn(&str) -> Option<T>,
    ) -> Vec<(String, T, Entry<'t>)> {
        let names = self.table.into_iter().flat_map(|table| table.keys());
        let found: Vec<_> = names
            .map(|name| name.get_ref().as_ref())
            .filter_map(|name| Some((name.to_owned(), wanted(name)?, self.entry(name)?)))
            .collect();
        self.unlisted.extend(found.iter().map(|(name, ..)| name.clone()));
        found
    }

    /// Reports a problem with this table as a whole.
    pub fn problem(&self, message: impl Into<String>) {
        self.add(&self.path, message);
    }

    /// Reports every key that nobody asked for.
    pub fn finish(self) {
        let keys = self.table.into_iter().flat_map(|table| table.keys());
        for key in keys {
            let name = key.get_ref().as_ref();
            if self.asked.contains(&name) || self.unlisted.iter().any(|known| known == name) {
                continue;
            }
            let shown: String = name.chars().take(64).collect();
            let hint = match nearest(name, &self.asked) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("known here are {}", self.asked.join(", ")),
            };
            let path = self.path(&shown);
            let message = format!("there is no such key; {hint}");
            self.problems.borrow_mut().push(self.source.problem(key.span().start, &path, message));
        }
    }

    fn entry(&self, key: &str) -> Option<Entry<'t>> {
        let value: &'t Spanned<DeValue<'t>> = self.table?.get(key)?;
        Some(Entry::new(self.path(key), value, self.source, self.problems))
    }

    fn add(&self, path: &str, message: impl Into<String>) {
        self.problems.borrow_mut().add(path, message);
    }
}
