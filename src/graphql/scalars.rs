//! The scalars beside GraphQL's own five: how each is written and read.
//!
//! Numbers that a double cannot hold go as texts; instants are always UTC.

use async_graphql::{InputType, InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::SecondsFormat;

use crate::{domain::Timestamp, planner::ScalarCheck};

const INSTANT: &str = "expected an instant like \"2030-12-01T00:00:00Z\"";
const DECIMAL: &str = "expected an exact decimal number in quotes like \"2900.99\"";
const WHOLE: &str = "expected a whole number in quotes like \"42\"";
const ADDRESS: &str = "expected an absolute URL like \"https://example.com/hooks\"";

/// How the planner checks what is given as one of these, before anything runs. `JSON` is never given.
pub(super) const CHECKS: &[(&str, ScalarCheck)] = &[
    ("DateTime", |it| check::<DateTime>(it, INSTANT)),
    ("Decimal", |it| check::<Decimal>(it, DECIMAL)),
    ("BigInt", |it| check::<BigInt>(it, WHOLE)),
    ("URL", |it| check::<Url>(it, ADDRESS)),
];

fn check<T: ScalarType>(value: &serde_json::Value, expected: &str) -> Result<(), String> {
    // What none of these can be is not even converted: it may be large.
    let parsed = value.as_str().and_then(|it| T::parse(Value::from(it)).ok());
    parsed.map(drop).ok_or_else(|| expected.to_owned())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct DateTime(pub(super) Timestamp);

impl From<Timestamp> for DateTime {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

/// An instant in UTC as RFC 3339 writes it, e.g. `2030-12-01T00:00:00Z`, with as many digits of a
/// second as it needs and at most six. As an input it may have any offset.
#[Scalar]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let at = chrono::DateTime::parse_from_rfc3339(&text(value, INSTANT)?)
            .map_err(|_| refused(INSTANT))?;
        // The store keeps microseconds.
        Timestamp::from_timestamp_micros(at.timestamp_micros())
            .map(Self)
            .ok_or_else(|| refused(INSTANT))
    }

    fn to_value(&self) -> Value {
        Value::String(print(self.0))
    }
}

fn print(at: Timestamp) -> String {
    if at.timestamp_subsec_nanos() == 0 {
        return at.to_rfc3339_opts(SecondsFormat::Secs, true);
    }
    let text = at.to_rfc3339_opts(SecondsFormat::Micros, true);
    let digits = text.trim_end_matches('Z').trim_end_matches('0');
    format!("{digits}Z")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal(pub(super) rust_decimal::Decimal);

/// An exact decimal number as a text, e.g. `"2900.99"`. Never read it as a binary float.
#[Scalar]
impl ScalarType for Decimal {
    fn parse(value: Value) -> InputValueResult<Self> {
        rust_decimal::Decimal::from_str_exact(&text(value, DECIMAL)?)
            .map(Self)
            .map_err(|_| refused(DECIMAL))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BigInt(pub(super) i64);

/// A whole number of up to 64 bits as a text, e.g. `"42"`, because JavaScript's numbers end at 53.
#[Scalar]
impl ScalarType for BigInt {
    fn parse(value: Value) -> InputValueResult<Self> {
        text(value, WHOLE)?
            .parse()
            .map(Self)
            .map_err(|_| refused(WHOLE))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Json(pub(super) Value);

impl Json {
    /// Reads a stored document, with its keys in their order.
    pub(super) fn from_text(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text).map(Self)
    }

    /// An object without some of its fields.
    pub(super) fn without(self, fields: &[&str]) -> Self {
        match self.0 {
            Value::Object(mut object) => {
                for field in fields {
                    object.shift_remove(*field);
                }
                Self(Value::Object(object))
            }
            other => Self(other),
        }
    }
}

/// Any JSON value, as it is.
#[Scalar(name = "JSON")]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(value))
    }

    fn to_value(&self) -> Value {
        self.0.clone()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Url(pub(super) url::Url);

/// An absolute URL, e.g. `https://example.com/hooks`.
#[Scalar(name = "URL")]
impl ScalarType for Url {
    fn parse(value: Value) -> InputValueResult<Self> {
        url::Url::parse(&text(value, ADDRESS)?)
            .map(Self)
            .map_err(|_| refused(ADDRESS))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

fn text<T: InputType>(value: Value, expected: &'static str) -> Result<String, InputValueError<T>> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(refused(expected)),
    }
}

fn refused<T: InputType>(expected: &'static str) -> InputValueError<T> {
    InputValueError::custom(expected).with_extension("code", "BAD_USER_INPUT")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: ScalarType + InputType>(value: impl Into<Value>) -> InputValueResult<T> {
        <T as ScalarType>::parse(value.into())
    }

    fn instant(text: &str) -> Option<String> {
        let parsed = read::<DateTime>(text).ok()?;
        Some(print(parsed.0))
    }

    #[test]
    fn an_instant_is_written_in_utc_with_the_digits_it_needs() {
        for (given, written) in [
            ("2030-12-01T00:00:00Z", "2030-12-01T00:00:00Z"),
            ("2030-12-01T00:00:00.500Z", "2030-12-01T00:00:00.5Z"),
            ("2030-12-01T00:00:00.000001Z", "2030-12-01T00:00:00.000001Z"),
            (
                "2030-12-01T00:00:00.0000019Z",
                "2030-12-01T00:00:00.000001Z",
            ),
            ("2030-12-01T01:30:00+01:30", "2030-12-01T00:00:00Z"),
            ("2030-12-01t00:00:00z", "2030-12-01T00:00:00Z"),
        ] {
            assert_eq!(instant(given).as_deref(), Some(written), "{given}");
        }
    }

    #[test]
    fn what_names_no_instant_is_refused() {
        for text in [
            "",
            "2030-12-01",
            "2030-12-01T00:00:00",
            "2030-02-30T00:00:00Z",
            "0",
        ] {
            assert_eq!(instant(text), None, "{text}");
        }
        assert!(read::<DateTime>(0).is_err());
    }

    #[test]
    fn a_decimal_keeps_every_digit() {
        for text in ["2900.99", "0.10", "-1", "79228162514264337593543950335"] {
            let parsed = read::<Decimal>(text).unwrap();
            assert_eq!(ScalarType::to_value(&parsed), Value::from(text));
        }
        assert!(read::<Decimal>(2900.99).is_err());
        assert!(read::<Decimal>("0.00000000000000000000000000001").is_err());
    }

    #[test]
    fn a_document_keeps_the_order_of_its_keys() {
        let text = r#"{"type":"x","data":{"b":1,"a":[null,true]}}"#;
        let json = Json::from_text(text).unwrap();
        assert_eq!(serde_json::to_string(&json.0).unwrap(), text);
    }
}
