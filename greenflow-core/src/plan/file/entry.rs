//! One value of the file, read as what it should be; anything else is a problem with its place.

use std::cell::RefCell;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::super::When;
use super::super::problems::Problems;
use super::amount;
use super::nearest::nearest;
use super::section::Section;
use super::source::Source;
use crate::value::{Weight, duration};

/// A value with its path.
#[derive(Clone, Debug)]
pub struct Entry<'t> {
    path: String,
    value: &'t Spanned<DeValue<'t>>,
    source: &'t Source<'t>,
    problems: &'t RefCell<Problems>,
}

impl<'t> Entry<'t> {
    pub(super) const fn new(
        path: String,
        value: &'t Spanned<DeValue<'t>>,
        source: &'t Source<'t>,
        problems: &'t RefCell<Problems>,
    ) -> Self {
        Self { path, value, source, problems }
    }

    pub(super) fn is_text(&self) -> bool {
        self.value.get_ref().is_str()
    }

    pub(super) fn is_table(&self) -> bool {
        self.value.get_ref().is_table()
    }

    /// Returns it as text; anything else is a problem.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        self.as_str("a text")
    }

    /// A name or another type that is read from text.
    #[must_use]
    pub fn parsed<T: FromStr<Err: fmt::Display>>(&self) -> Option<T> {
        let text = self.as_str("a text")?;
        self.ok(text.parse().map_err(|error: T::Err| error.to_string()))
    }

    /// Returns it as true or false; anything else is a problem.
    #[must_use]
    pub fn flag(&self) -> Option<bool> {
        let flag = self.value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong("true or false");
        }
        flag
    }

    /// Returns it as a whole number; anything else, or one out of range, is a problem.
    #[must_use]
    pub fn whole<T: TryFrom<i64>>(&self) -> Option<T> {
        let DeValue::Integer(number) = self.value.get_ref() else {
            self.wrong("a whole number");
            return None;
        };
        let value = i64::from_str_radix(number.as_str(), number.radix())
            .ok()
            .and_then(|value| T::try_from(value).ok());
        self.ok(value.ok_or_else(|| {
            let shown: String = number.to_string().chars().take(64).collect();
            format!("{shown} is out of range; write a whole number from 0")
        }))
    }

    /// Returns it as a duration, such as `"5m"`; anything else is a problem.
    #[must_use]
    pub fn duration(&self) -> Option<Duration> {
        let text = self.as_str("a duration in quotes, such as \"5m\"")?;
        if text.chars().count() > 64 {
            self.problem("is too long for a duration; write it like \"5m\"");
            return None;
        }
        self.ok(duration::parse(&text))
    }

    pub(super) fn when(&self) -> Option<When> {
        match self.value.get_ref() {
            DeValue::Datetime(at) => Some(When::from(at.to_string())),
            DeValue::String(text) => Some(When::from(text.as_ref())),
            DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => {
                self.wrong("a time, such as \"10:35\"");
                None
            }
        }
    }

    /// A day, as text or as TOML's own.
    pub(super) fn day(&self) -> Option<String> {
        match self.value.get_ref() {
            DeValue::Datetime(at) => Some(at.to_string()),
            DeValue::String(text) => Some(text.to_string()),
            DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => {
                self.wrong("a day, such as \"2026-02-11\"");
                None
            }
        }
    }

    /// A share of the traffic.
    pub(super) fn weight(&self) -> Option<Weight> {
        let text = self.number("a share, such as \"10 %\"")?;
        let basis_points = self.ok(amount::percent(&text, 2))?;
        u16::try_from(basis_points).ok().and_then(|bp| Weight::from_basis_points(bp).ok())
    }

    /// A share of the requests, in parts per million.
    pub(super) fn ppm(&self) -> Option<u32> {
        let text = self.number("a share, such as \"1 %\"")?;
        self.ok(amount::percent(&text, 4))
    }

    pub(super) fn per_kilosecond(&self) -> Option<u64> {
        let text = self.number("a rate, such as \"100/s\"")?;
        self.ok(amount::per_kilosecond(&text))
    }

    pub(super) fn micros(&self) -> Option<i64> {
        let text = self.number("a number")?;
        self.ok(amount::micros(&text))
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&self, choices: &[(&'static str, T)]) -> Option<T> {
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        let text = self.as_str(&format!("one of {}", words.join(", ")))?;
        let chosen = choices.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        self.ok(chosen.ok_or_else(|| {
            let shown: String = text.chars().take(64).collect();
            match nearest(&text, &words) {
                Some(meant) => format!("{shown:?} is not known; did you mean \"{meant}\"?"),
                None => format!("{shown:?} is not known; write one of {}", words.join(", ")),
            }
        }))
    }

    pub(super) fn table(&self) -> Option<&'t DeTable<'t>> {
        let table = self.value.get_ref().as_table();
        if table.is_none() {
            self.wrong("a table");
        }
        table
    }

    /// The table of this value as a section; empty when it is none, which is a problem.
    #[must_use]
    pub fn section(&self) -> Section<'t> {
        Section::new(self.path.clone(), self.table(), self.source, self.problems)
    }

    /// Returns its elements; anything but a list is a problem.
    #[must_use]
    pub fn list(&self) -> Option<Vec<Self>> {
        let Some(array) = self.value.get_ref().as_array() else {
            self.wrong("a list");
            return None;
        };
        let element = |(index, value)| {
            Self::new(format!("{}[{index}]", self.path), value, self.source, self.problems)
        };
        Some(array.iter().enumerate().map(element).collect())
    }

    /// Reports a problem with this value.
    pub fn problem(&self, message: impl Into<String>) {
        let problem = self.source.problem(self.value.span().start, &self.path, message);
        self.problems.borrow_mut().push(problem);
    }

    fn ok<T>(&self, result: Result<T, String>) -> Option<T> {
        result.map_err(|message| self.problem(message)).ok()
    }

    fn as_str(&self, expected: &str) -> Option<String> {
        let text = self.value.get_ref().as_str().map(str::to_owned);
        if text.is_none() {
            self.wrong(expected);
        }
        text
    }

    /// A number as its digits, or a text with a number in it.
    fn number(&self, expected: &str) -> Option<String> {
        match self.value.get_ref() {
            DeValue::String(text) => Some(text.to_string()),
            DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().to_owned()),
            DeValue::Float(number) => Some(number.as_str().to_owned()),
            DeValue::Integer(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => {
                self.wrong(expected);
                None
            }
        }
    }

    fn wrong(&self, expected: &str) {
        let found = match self.value.get_ref() {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.problem(format!("expected {expected}, found {found}"));
    }
}
