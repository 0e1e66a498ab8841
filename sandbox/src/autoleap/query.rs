//! Reading query strings. The first bad value is reported, and what is empty counts as left out.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::errors::ApiError;

/// The parameters of one request. Unknown ones are ignored.
#[derive(Debug)]
pub(super) struct Parameters(pub(super) Vec<(String, String)>);

/// A range of moments. Both ends belong to it (*assumed*).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Range {
    start: Option<DateTime<Utc>>,
    end: Option<DateTime<Utc>>,
}

impl Range {
    pub(super) fn contains(self, at: DateTime<Utc>) -> bool {
        self.start.is_none_or(|it| it <= at) && self.end.is_none_or(|it| at <= it)
    }

    /// Whether it is there and within, if anything is asked at all.
    pub(super) fn allows(self, at: Option<DateTime<Utc>>) -> bool {
        self == Self::default() || at.is_some_and(|it| self.contains(it))
    }
}

impl Parameters {
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(it, _)| it == name)?;
        (!value.is_empty()).then_some(value)
    }

    pub(super) fn parsed<T>(
        &self,
        name: &str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, ApiError> {
        let Some(value) = self.text(name) else {
            return Ok(None);
        };
        let parsed = parse(value);
        let wrong = || ApiError::bad_request(format!("{name} must be {expected}"));
        parsed.ok_or_else(wrong).map(Some)
    }

    /// A number from 1.
    pub(super) fn counting(&self, name: &str, default: usize) -> Result<usize, ApiError> {
        let number = self.parsed(name, "a positive integer", |it| {
            let number = it.parse::<u32>().ok()?;
            usize::try_from(number).ok().filter(|it| *it > 0)
        })?;
        Ok(number.unwrap_or(default))
    }

    /// The moments between two parameters.
    pub(super) fn range(&self, start: &str, end: &str) -> Result<Range, ApiError> {
        let expected = "an ISO-8601 date or date-time";
        Ok(Range {
            start: self.parsed(start, expected, |it| moment(it, start_of_day))?,
            end: self.parsed(end, expected, |it| moment(it, end_of_day))?,
        })
    }
}

fn moment(text: &str, day: impl FnOnce(NaiveDate) -> DateTime<Utc>) -> Option<DateTime<Utc>> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(moment.with_timezone(&Utc));
    }
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(day)
}

/// A date alone is a day in UTC (*assumed*).
fn start_of_day(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

/// A day at the end of a range belongs to it (*assumed*).
fn end_of_day(day: NaiveDate) -> DateTime<Utc> {
    let start = start_of_day(day);
    let end = start.checked_add_signed(TimeDelta::days(1) - TimeDelta::milliseconds(1));
    end.unwrap_or(start)
}
