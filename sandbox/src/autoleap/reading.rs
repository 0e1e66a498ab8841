//! Reading the members of JSON objects, and writing the values that are not simply a string or a
//! number. Numbers are read from their text and written as they were given.

use std::{borrow::Cow, collections::BTreeMap};

use chrono::{DateTime, SecondsFormat, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::value::RawValue;

/// Borrowed if it comes from the small world, which a large one repeats many times.
pub(super) type Text = Cow<'static, str>;

/// The members of an object that was sent, in the order of their names.
pub(super) type Members<'a> = BTreeMap<String, &'a RawValue>;

/// What was sent, if it is an object.
pub(super) fn members(json: &str) -> Option<Members<'_>> {
    serde_json::from_str(json).ok()
}

/// A value, or nothing if it is null.
fn value<'a, T: Deserialize<'a>>(
    name: &str,
    raw: &'a RawValue,
    expected: &str,
) -> Result<Option<T>, String> {
    serde_json::from_str(raw.get()).map_err(|_| format!("{name} must be {expected}"))
}

pub(super) fn text(name: &str, raw: &RawValue) -> Result<Option<Text>, String> {
    let text: Option<String> = value(name, raw, "a string")?;
    Ok(text.map(Cow::Owned))
}

pub(super) fn whole(name: &str, raw: &RawValue) -> Result<Option<i64>, String> {
    value(name, raw, "an integer")
}

pub(super) fn list<T: for<'a> Deserialize<'a>>(
    name: &str,
    raw: &RawValue,
) -> Result<Option<Vec<T>>, String> {
    value(name, raw, "an array of documented objects")
}

pub(super) fn number(name: &str, raw: &RawValue) -> Result<Option<Decimal>, String> {
    if raw.get() == "null" {
        return Ok(None);
    }
    let wrong = || format!("{name} must be a number");
    decimal(raw.get()).ok_or_else(wrong).map(Some)
}

fn decimal(text: &str) -> Option<Decimal> {
    let exact = Decimal::from_str_exact(text);
    exact.or_else(|_| Decimal::from_scientific(text)).ok()
}

/// A number, digit by digit.
pub(super) fn digits<S: Serializer>(number: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    RawValue::from_string(number.to_string())
        .map_err(ser::Error::custom)?
        .serialize(serializer)
}

#[expect(
    clippy::ref_option,
    reason = "serde calls it with a reference to the field"
)]
pub(super) fn optional_digits<S: Serializer>(
    number: &Option<Decimal>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match number {
        Some(number) => digits(number, serializer),
        None => serializer.serialize_none(),
    }
}

pub(super) fn read_digits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    decimal(raw.get()).ok_or_else(|| de::Error::custom("expected a number"))
}

pub(super) fn milliseconds<S: Serializer>(
    at: &DateTime<Utc>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

#[expect(
    clippy::ref_option,
    reason = "serde calls it with a reference to the field"
)]
pub(super) fn optional_milliseconds<S: Serializer>(
    at: &Option<DateTime<Utc>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => milliseconds(at, serializer),
        None => serializer.serialize_none(),
    }
}
