//! Reading query strings. Every bad value is reported, each in `JobRad`'s words, and what is empty
//! counts as left out.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    errors::{ApiError, Problem},
    status::OfferStatus,
};

/// The parameters of one request, and what was found wrong with them until now.
#[derive(Debug)]
pub(super) struct Parameters {
    given: Vec<(String, String)>,
    problems: Vec<Problem>,
}

impl Parameters {
    pub(super) fn new(given: Vec<(String, String)>) -> Self {
        let problems = Vec::new();
        Self { given, problems }
    }

    /// The value, or the problems with this and all the others.
    pub(super) fn finish<T>(self, value: T) -> Result<T, ApiError> {
        if self.problems.is_empty() {
            Ok(value)
        } else {
            Err(ApiError::bad_request(self.problems))
        }
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        let mut values = self.given.iter().filter(|(it, _)| it == name);
        let (_, value) = values.next()?;
        (!value.is_empty()).then(|| value.clone())
    }

    /// Reads a value, or notes that it cannot be read.
    pub(super) fn parsed<T>(
        &mut self,
        name: &str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let value = self.text(name)?;
        let parsed = parse(&value);
        if parsed.is_none() {
            self.problems.push(Problem::invalid(
                name,
                format!("Parameter '{name}' must be {expected}: {value}"),
                format!("Der Parameter '{name}' ist ungültig: {value}"),
            ));
        }
        parsed
    }

    pub(super) fn moment(&mut self, name: &str) -> Option<DateTime<Utc>> {
        self.parsed(name, "an ISO-8601 date-time", |it| {
            let moment = DateTime::parse_from_rfc3339(it).ok()?;
            Some(moment.with_timezone(&Utc))
        })
    }

    pub(super) fn flag(&mut self, name: &str) -> Option<bool> {
        self.parsed(name, "true or false", |it| it.parse().ok())
    }

    /// A number from 1 that fits into a signed 32-bit integer.
    pub(super) fn counting(&mut self, name: &str, default: usize) -> usize {
        self.parsed(name, "a positive integer", |it| {
            let number = it.parse::<i32>().ok()?;
            usize::try_from(number).ok().filter(|it| *it > 0)
        })
        .unwrap_or(default)
    }

    /// A comma-separated list in which `!` negates.
    pub(super) fn choice(&mut self, name: &str) -> Choice<String> {
        Choice::parse(&self.text(name).unwrap_or_default(), |it| {
            Some(it.to_owned())
        })
        .unwrap_or_default()
    }

    /// Such a list of statuses. A status that does not exist is an error (*assumed*).
    pub(super) fn statuses(&mut self, name: &str) -> Choice<OfferStatus> {
        self.parsed(name, "a list of statuses", |it| {
            Choice::parse(it, OfferStatus::from_code)
        })
        .unwrap_or_default()
    }
}

/// The identifier in a path.
pub(super) fn offer_id(text: &str) -> Result<Uuid, ApiError> {
    Uuid::try_parse(text).map_err(|_| {
        let problem = Problem::invalid(
            "id",
            format!("Parameter 'id' must be a UUID: {text}"),
            format!("Der Parameter 'id' muss eine UUID sein: {text}"),
        );
        ApiError::bad_request(vec![problem])
    })
}

/// A filter such as `pending,!rejected`. That it means *one of those, and none of these*, and that
/// negations alone leave everything else, is *assumed*.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice<T> {
    any_of: Vec<T>,
    none_of: Vec<T>,
}

impl<T> Default for Choice<T> {
    fn default() -> Self {
        Self {
            any_of: Vec::new(),
            none_of: Vec::new(),
        }
    }
}

impl<T> Choice<T> {
    fn parse(list: &str, parse: impl Fn(&str) -> Option<T>) -> Option<Self> {
        let mut choice = Self::default();
        for item in list.split(',').map(str::trim).filter(|it| !it.is_empty()) {
            match item.strip_prefix('!') {
                Some(item) => choice.none_of.push(parse(item)?),
                None => choice.any_of.push(parse(item)?),
            }
        }
        Some(choice)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.any_of.is_empty() && self.none_of.is_empty()
    }

    pub(super) fn allows(&self, is: impl Fn(&T) -> bool) -> bool {
        (self.any_of.is_empty() || self.any_of.iter().any(&is)) && !self.none_of.iter().any(&is)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(list: &str) -> Vec<&'static str> {
        let choice = Choice::parse(list, |it| Some(it.to_owned())).unwrap();
        ["a", "b", "c"]
            .into_iter()
            .filter(|it| choice.allows(|allowed| allowed == it))
            .collect()
    }

    #[test]
    fn a_choice_is_one_of_those_and_none_of_these() {
        assert_eq!(allowed(""), ["a", "b", "c"]);
        assert_eq!(allowed("a,b"), ["a", "b"]);
        assert_eq!(allowed("!a"), ["b", "c"]);
        assert_eq!(allowed("!a,!b"), ["c"]);
        assert_eq!(allowed("a,b,!b"), ["a"]);
        assert_eq!(allowed("a,!a"), [""; 0]);
    }
}
