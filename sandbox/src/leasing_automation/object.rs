//! Reading JSON objects from their text, so that no cent is lost. What is missing and what is wrong
//! is noted by name and reported all at once.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{assumed, errors::ApiError, lists::Listed};

/// What is wrong with a body, by the names of the fields.
#[derive(Debug, Default)]
pub(super) struct Problems {
    missing: Vec<&'static str>,
    invalid: Vec<&'static str>,
}

impl Problems {
    pub(super) fn missing(&mut self, name: &'static str) {
        self.missing.push(name);
    }

    pub(super) fn invalid(&mut self, name: &'static str) {
        self.invalid.push(name);
    }

    /// The error, if there is one. Whether the rest is right is not said before nothing is missing.
    pub(super) fn end(self) -> Result<(), ApiError> {
        if !self.missing.is_empty() {
            return Err(ApiError::bad_request(assumed::missing(&self.missing)));
        }
        if !self.invalid.is_empty() {
            return Err(ApiError::bad_request(assumed::invalid(&self.invalid)));
        }
        Ok(())
    }
}

/// A JSON object, and where its problems are noted.
#[derive(Debug)]
pub(super) struct Object<'json, 'problems> {
    members: HashMap<String, &'json RawValue>,
    problems: &'problems mut Problems,
}

impl<'json, 'problems> Object<'json, 'problems> {
    /// A member that is null counts as left out; unknown ones are ignored.
    pub(super) fn parse(json: &'json str, problems: &'problems mut Problems) -> Option<Self> {
        let mut members: HashMap<String, &RawValue> = serde_json::from_str(json).ok()?;
        members.retain(|_, it| it.get() != "null");
        Some(Self { members, problems })
    }

    /// The object, or an error that says that this is none.
    pub(super) fn body(
        json: &'json str,
        problems: &'problems mut Problems,
    ) -> Result<Self, ApiError> {
        Self::parse(json, problems).ok_or_else(|| ApiError::bad_request(assumed::NO_OBJECT))
    }

    /// Notes which of these are missing. An empty string is.
    pub(super) fn require(&mut self, names: &[&'static str]) {
        for name in names {
            let text = self.members.get(*name).map(|it| it.get());
            if text.is_none_or(|it| it.trim_matches('"').trim().is_empty()) {
                self.members.remove(*name);
                self.problems.missing(name);
            }
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    /// Notes a problem of a member that was read.
    pub(super) fn expect(&mut self, name: &'static str, is_right: bool) {
        if !is_right {
            self.problems.invalid(name);
        }
    }

    /// A member that is an object itself.
    pub(super) fn object(&mut self, name: &'static str) -> Option<Object<'json, '_>> {
        let raw = *self.members.get(name)?;
        let is_object = raw.get().starts_with('{');
        self.expect(name, is_object);
        Object::parse(raw.get(), self.problems).filter(|_| is_object)
    }

    /// The members of a list, each of which must be an object.
    pub(super) fn each<T>(
        &mut self,
        name: &'static str,
        mut read: impl FnMut(Object<'json, '_>) -> Option<T>,
    ) -> Vec<T> {
        let items: Vec<&'json RawValue> = self.read(name).unwrap_or_default();
        let mut all = Vec::with_capacity(items.len());
        for item in items {
            match Object::parse(item.get(), self.problems) {
                Some(object) => all.extend(read(object)),
                None => self.problems.invalid(name),
            }
        }
        all
    }

    fn read<T: Deserialize<'json>>(&mut self, name: &'static str) -> Option<T> {
        self.convert(name, |it| serde_json::from_str(it).ok())
    }

    fn convert<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&'json str) -> Option<T>,
    ) -> Option<T> {
        let raw = *self.members.get(name)?;
        let value = read(raw.get());
        self.expect(name, value.is_some());
        value
    }

    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        self.read(name)
    }

    pub(super) fn flag(&mut self, name: &'static str) -> bool {
        self.read(name).unwrap_or_default()
    }

    pub(super) fn number(&mut self, name: &'static str) -> Option<u32> {
        self.read(name)
    }

    pub(super) fn moment(&mut self, name: &'static str) -> Option<DateTime<Utc>> {
        self.read(name)
    }

    /// Money: a number that is not negative, exactly as it is written.
    pub(super) fn amount(&mut self, name: &'static str) -> Option<Decimal> {
        self.convert(name, |it| {
            let amount = Decimal::from_str_exact(it).or_else(|_| Decimal::from_scientific(it));
            amount.ok().filter(|it| !it.is_sign_negative())
        })
    }

    /// One of the slugs of a list.
    pub(super) fn choice<T: Listed>(
        &mut self,
        name: &'static str,
        list: &'static [T],
    ) -> Option<&'static T> {
        self.convert(name, |it| {
            let slug: String = serde_json::from_str(it).ok()?;
            list.iter().find(|it| it.choice().slug == slug)
        })
    }
}
