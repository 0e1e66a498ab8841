//! Reading a provider's JSON field by field, so that what is wrong can be named.
//!
//! A derived `Deserialize` would say «invalid type» with the value in it, which may be personal,
//! and without the path. It would also read `2900.99` as a binary fraction; here an amount is read from
//! its text.

use std::{collections::BTreeMap, fmt, str::FromStr};

use rust_decimal::Decimal;
use serde_json::value::RawValue;

use super::ProviderError;
use crate::domain::Timestamp;

/// More than anything that is leased costs, and far from where sums overflow.
const ABSURD_AMOUNT: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);

/// A field that is missing or is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BadField {
    path: String,
    problem: &'static str,
}

impl fmt::Display for BadField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, problem } = self;
        if path.is_empty() {
            write!(f, "the record {problem}")
        } else {
            write!(f, "`{path}` {problem}")
        }
    }
}

/// An answer that cannot be read. Where only a record is lost, it is put aside instead.
impl From<BadField> for ProviderError {
    fn from(bad: BadField) -> Self {
        Self::unreadable(bad.to_string())
    }
}

/// An object, with the way to it. A field that is `null` counts as missing.
#[derive(Debug)]
pub(super) struct Record<'a> {
    path: String,
    fields: BTreeMap<String, &'a RawValue>,
}

impl<'a> Record<'a> {
    pub(super) fn read(text: &'a str) -> Result<Self, BadField> {
        Self::at(String::new(), text)
    }

    fn at(path: String, text: &'a str) -> Result<Self, BadField> {
        match serde_json::from_str(text) {
            Ok(fields) => Ok(Self { path, fields }),
            Err(_) => Err(BadField {
                path,
                problem: "is not an object",
            }),
        }
    }

    /// The same object, with the other one's fields where it has none.
    pub(super) fn completed_by(mut self, other: Self) -> Self {
        for (name, value) in other.fields {
            match self.fields.get(&name) {
                Some(own) if own.get() != "null" => {}
                _ => {
                    self.fields.insert(name, value);
                }
            }
        }
        self
    }

    /// A complaint about one of the fields.
    pub(super) fn bad(&self, name: &str, problem: &'static str) -> BadField {
        let path = if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        };
        BadField { path, problem }
    }

    /// Insists on a field.
    pub(super) fn required<T>(&self, name: &str, value: Option<T>) -> Result<T, BadField> {
        value.ok_or_else(|| self.bad(name, "is missing"))
    }

    /// A field's text, exactly as it was sent.
    pub(super) fn raw(&self, name: &str) -> Option<&'a str> {
        let text = self.fields.get(name)?.get();
        (text != "null").then_some(text)
    }

    /// All fields, by name.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(String::as_str)
    }

    pub(super) fn record(&self, name: &str) -> Result<Option<Self>, BadField> {
        self.raw(name)
            .map(|text| Self::at(self.bad(name, "").path, text))
            .transpose()
    }

    /// The objects in a list; none if there is no list.
    pub(super) fn records(&self, name: &str) -> Result<Vec<Self>, BadField> {
        let Some(text) = self.raw(name) else {
            return Ok(Vec::new());
        };
        let items: Vec<&RawValue> =
            serde_json::from_str(text).map_err(|_| self.bad(name, "is not a list"))?;
        let path = self.bad(name, "").path;
        let record =
            |(index, item): (usize, &'a RawValue)| Self::at(format!("{path}[{index}]"), item.get());
        items.into_iter().enumerate().map(record).collect()
    }

    /// A text. Blank ones count as missing. Control characters are left out, because not every
    /// database can store a NUL; the raw record keeps them.
    pub(super) fn text(&self, name: &str) -> Result<Option<String>, BadField> {
        let Some(raw) = self.raw(name) else {
            return Ok(None);
        };
        let mut text: String =
            serde_json::from_str(raw).map_err(|_| self.bad(name, "is not a text"))?;
        text.retain(|it| !it.is_control() || matches!(it, '\n' | '\r' | '\t'));
        Ok((!text.trim().is_empty()).then_some(text))
    }

    /// A code, which may have been sent as a text or as a number.
    pub(super) fn code(&self, name: &str) -> Result<Option<String>, BadField> {
        self.digits(name, "is neither a text nor a number")
    }

    /// A whole number, which may have been sent as a text.
    pub(super) fn integer(&self, name: &str) -> Result<Option<i32>, BadField> {
        self.number(name, "is not a whole number")
    }

    /// A number of things.
    pub(super) fn count(&self, name: &str) -> Result<Option<u64>, BadField> {
        self.number(name, "is not a number of things")
    }

    /// A number of any kind, read from its text.
    pub(super) fn decimal(&self, name: &str) -> Result<Option<Decimal>, BadField> {
        let problem = "is not a number";
        let digits = self.digits(name, problem)?;
        digits
            .map(|it| exact(&it, 0).ok_or_else(|| self.bad(name, problem)))
            .transpose()
    }

    /// An amount of money, read from its text: no cent is lost on the way.
    pub(super) fn amount(&self, name: &str) -> Result<Option<Decimal>, BadField> {
        self.minor_amount(name, 0)
    }

    /// An amount of money in a unit so small that so many digits are behind the point of a whole
    /// one: with two, `1999` is 19.99.
    pub(super) fn minor_amount(
        &self,
        name: &str,
        digits_behind: u32,
    ) -> Result<Option<Decimal>, BadField> {
        let problem = "is not an amount of money";
        let Some(digits) = self.digits(name, problem)? else {
            return Ok(None);
        };
        let amount = exact(&digits, digits_behind).ok_or_else(|| self.bad(name, problem))?;
        if amount.is_sign_negative() || amount >= ABSURD_AMOUNT {
            return Err(self.bad(name, "is an absurd amount of money"));
        }
        Ok(Some(amount))
    }

    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, BadField> {
        match self.raw(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(self.bad(name, "is neither true nor false")),
        }
    }

    /// An instant with its offset, cut to the microseconds that the store keeps.
    pub(super) fn time(&self, name: &str) -> Result<Option<Timestamp>, BadField> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        chrono::DateTime::parse_from_rfc3339(&text)
            .ok()
            .and_then(|it| Timestamp::from_timestamp_micros(it.timestamp_micros()))
            .map(Some)
            .ok_or_else(|| self.bad(name, "is not a time with its offset"))
    }

    fn number<T: FromStr>(&self, name: &str, problem: &'static str) -> Result<Option<T>, BadField> {
        self.digits(name, problem)?
            .map(|it| it.parse().map_err(|_| self.bad(name, problem)))
            .transpose()
    }

    /// The characters of a number, or of a text in its place.
    fn digits(&self, name: &str, problem: &'static str) -> Result<Option<String>, BadField> {
        match self.raw(name) {
            None => Ok(None),
            Some(raw) if raw.starts_with('"') => {
                let text = self.text(name)?;
                Ok(text.map(|it| it.trim().to_owned()))
            }
            Some(raw) if raw.starts_with(|it: char| it == '-' || it.is_ascii_digit()) => {
                Ok(Some(raw.to_owned()))
            }
            Some(_) => Err(self.bad(name, problem)),
        }
    }
}

/// Reads a decimal and moves its point to the left. None if that cannot be done exactly.
fn exact(digits: &str, places: u32) -> Option<Decimal> {
    // The decimal parser also takes `1_000`.
    if digits.contains('_') {
        return None;
    }
    let amount = if digits.contains(['e', 'E']) {
        Decimal::from_scientific(digits)
    } else {
        Decimal::from_str_exact(digits)
    };
    let mut amount = amount.ok()?;
    amount.set_scale(amount.scale() + places).ok()?;
    Some(amount)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(value: &str) -> Result<Option<String>, String> {
        let text = format!("{{\"price\":{value}}}");
        let record = Record::read(&text).unwrap();
        record
            .amount("price")
            .map(|it| it.map(|it| it.to_string()))
            .map_err(|it| it.to_string())
    }

    #[test]
    fn amounts_are_read_from_their_text() {
        for (sent, read) in [
            ("2900.99", "2900.99"),
            ("19.99", "19.99"),
            ("0.1", "0.1"),
            ("1e3", "1000"),
            ("\"2900.99\"", "2900.99"),
            ("\" 7 \"", "7"),
            ("0", "0"),
            ("9007199254740993.01e-8", "90071992.5474099301"),
        ] {
            assert_eq!(amount(sent), Ok(Some(read.to_owned())), "{sent}");
        }
        assert_eq!(amount("null"), Ok(None));
        assert_eq!(amount("\"\""), Ok(None));
    }

    #[test]
    fn a_small_unit_is_not_rounded() {
        let cents = |value: &str| {
            let text = format!("{{\"price\":{value}}}");
            let record = Record::read(&text).unwrap();
            record
                .minor_amount("price", 2)
                .map(|it| it.map(|it| it.to_string()))
                .map_err(|it| it.to_string())
        };
        for (sent, read) in [
            ("1999", "19.99"),
            ("0", "0.00"),
            ("7", "0.07"),
            ("\"1999\"", "19.99"),
            ("1e3", "10.00"),
            ("12.5", "0.125"),
            ("99999999999", "999999999.99"),
        ] {
            assert_eq!(cents(sent), Ok(Some(read.to_owned())), "{sent}");
        }
        assert_eq!(cents("null"), Ok(None));
        for (sent, problem) in [
            ("100000000000", "is an absurd amount of money"),
            ("-1", "is an absurd amount of money"),
            (
                "0.0000000000000000000000000001",
                "is not an amount of money",
            ),
        ] {
            assert_eq!(cents(sent), Err(format!("`price` {problem}")), "{sent}");
        }
    }

    #[test]
    fn what_is_no_amount_is_named() {
        for sent in [
            "\"abc\"",
            "\"2.900,99\"",
            "\"1_000\"",
            "\"NaN\"",
            "\"Infinity\"",
            "true",
            "{}",
            "[]",
            "1e400",
            "0.00000000000000000000000000001",
            "99999999999999999999999999999999",
        ] {
            let reason = amount(sent).unwrap_err();
            assert_eq!(reason, "`price` is not an amount of money", "{sent}");
        }
        for sent in ["-1", "1000000000", "1e20"] {
            let reason = amount(sent).unwrap_err();
            assert_eq!(reason, "`price` is an absurd amount of money", "{sent}");
        }
    }

    #[test]
    fn a_code_or_a_number_may_be_a_text() {
        let record = Record::read(
            r#"{"a": 123040, "b": "123040", "c": "", "d": 2023, "e": "2023", "f": "x", "g": 1.5}"#,
        )
        .unwrap();
        let code = |name| record.code(name).unwrap();
        assert_eq!(code("a").as_deref(), Some("123040"));
        assert_eq!(code("b").as_deref(), Some("123040"));
        assert_eq!(code("c"), None);
        assert_eq!(record.integer("d"), Ok(Some(2023)));
        assert_eq!(record.integer("e"), Ok(Some(2023)));
        assert!(record.integer("f").is_err());
        assert!(record.integer("g").is_err());
    }

    #[test]
    fn the_path_to_a_bad_field_is_told() {
        let record = Record::read(r#"{"a": [{}, {"b": {"c": 5}}]}"#).unwrap();
        let items = record.records("a").unwrap();
        let inner = items[1].record("b").unwrap().unwrap();
        let reason = inner.text("c").unwrap_err().to_string();
        assert_eq!(reason, "`a[1].b.c` is not a text");
        assert!(record.record("a").is_err());
    }

    #[test]
    fn control_characters_are_left_out_of_texts() {
        let record = Record::read(r#"{"a": "M\u0000a\u001bx\nM", "b": " \u0000 "}"#).unwrap();
        assert_eq!(record.text("a").unwrap().as_deref(), Some("Max\nM"));
        assert_eq!(record.text("b"), Ok(None));
    }

    #[test]
    fn times_become_utc_and_are_cut_to_microseconds() {
        let record = Record::read(
            r#"{"a": "2025-01-01T01:00:00.123456789+02:00", "b": "2025-01-01", "c": 5}"#,
        )
        .unwrap();
        let time = record.time("a").unwrap().unwrap();
        assert_eq!(time.to_rfc3339(), "2024-12-31T23:00:00.123456+00:00");
        assert!(record.time("b").is_err());
        assert!(record.time("c").is_err());
    }
}
