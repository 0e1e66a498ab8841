//! Reading a JSON object member by member. All problems are noted before any is reported, and
//! numbers are read from their text, so that no floating-point number comes in between.

use std::collections::HashMap;

use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{assumed::MAX_TEXT_CHARS, errors::FieldProblem};

/// A JSON object, where it is, and where its problems are noted.
pub(super) struct Object<'a> {
    /// What comes before the name of a member, such as `items[0].`.
    prefix: String,
    members: HashMap<String, &'a RawValue>,
    problems: &'a mut Vec<FieldProblem>,
}

impl<'a> Object<'a> {
    /// A member that is null counts as left out; unknown ones are ignored.
    pub(super) fn parse(
        prefix: impl Into<String>,
        json: &'a [u8],
        problems: &'a mut Vec<FieldProblem>,
    ) -> Option<Self> {
        let mut members: HashMap<String, &RawValue> = serde_json::from_slice(json).ok()?;
        members.retain(|_, it| it.get() != "null");
        let prefix = prefix.into();
        Some(Self {
            prefix,
            members,
            problems,
        })
    }

    pub(super) fn invalid(&mut self, name: &str, message: impl Into<String>) {
        let field = format!("{}{name}", self.prefix);
        self.problems.push(FieldProblem::invalid(field, message));
    }

    /// Notes which of these are missing.
    pub(super) fn require(&mut self, names: &[&str]) {
        for name in names.iter().filter(|it| !self.members.contains_key(**it)) {
            let field = format!("{}{name}", self.prefix);
            self.problems.push(FieldProblem::required(field));
        }
    }

    /// Reads a member, if there is one, or notes that it is not what is expected.
    fn read<T>(
        &mut self,
        name: &str,
        expected: &str,
        read: impl FnOnce(&'a str) -> Option<T>,
    ) -> Option<T> {
        let value = read(self.members.get(name)?.get());
        if value.is_none() {
            self.invalid(name, format!("must be {expected}"));
        }
        value
    }

    pub(super) fn flag(&mut self, name: &str) -> Option<bool> {
        self.read(name, "true or false", |it| it.parse().ok())
    }

    /// A string of at most the longest length.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        self.text_like(name, "a string of at most 255 characters", |_| true)
    }

    /// A string that says something.
    pub(super) fn filled_text(&mut self, name: &str) -> Option<String> {
        let expected = "a string of 1 to 255 characters";
        self.text_like(name, expected, |it| !it.trim().is_empty())
    }

    pub(super) fn text_like(
        &mut self,
        name: &str,
        expected: &str,
        is_valid: impl Fn(&str) -> bool,
    ) -> Option<String> {
        self.read(name, expected, |it| {
            let text = String::deserialize(&mut serde_json::Deserializer::from_str(it)).ok()?;
            let is_short = text.chars().count() <= MAX_TEXT_CHARS;
            (is_short && is_valid(&text)).then_some(text)
        })
    }

    /// A whole number within these bounds, also when it is written as `1.0` or `1e2`.
    pub(super) fn number(&mut self, name: &str, least: i64, most: i64) -> Option<i64> {
        let expected = format!("a whole number from {least} to {most}");
        self.read(name, &expected, |it| {
            let number = Decimal::from_str_exact(it).or_else(|_| Decimal::from_scientific(it));
            let number = number.ok().filter(Decimal::is_integer)?.to_i64()?;
            (least..=most).contains(&number).then_some(number)
        })
    }

    /// The entries of an array that is not empty.
    pub(super) fn entries(&mut self, name: &str) -> Option<Vec<&'a RawValue>> {
        self.read(name, "an array that is not empty", |it| {
            let entries: Vec<&RawValue> = serde_json::from_str(it).ok()?;
            (!entries.is_empty()).then_some(entries)
        })
    }

    /// Reads one entry of an array in its own right.
    pub(super) fn entry<T>(
        &mut self,
        place: &str,
        entry: &RawValue,
        read: impl FnOnce(&mut Object<'_>) -> Option<T>,
    ) -> Option<T> {
        let prefix = format!("{}{place}.", self.prefix);
        let mut problems = Vec::new();
        let object = Object::parse(prefix, entry.get().as_bytes(), &mut problems);
        let value = object.map(|mut it| read(&mut it));
        if value.is_none() {
            self.invalid(place, "must be an object");
        }
        self.problems.extend(problems);
        value.flatten()
    }
}
