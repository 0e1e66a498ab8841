//! From the `where` of a list to a filter of the store.
//!
//! Within one object every test must hold. A list lets through what is in it, so an empty one lets
//! nothing through; an absent field, or one that is `null`, is no test.

use async_graphql::{ID, InputObject};
use uuid::Uuid;

use super::{error::ApiError, id, scalars::DateTime};
use crate::{
    domain::id::AccountId,
    store::filter::{Filter, Test},
};

/// How deep `and`, `or` and `not` may be nested in each other.
const DEEPEST: usize = 5;

/// How many values may be compared with, in all.
const MOST_CONDITIONS: usize = 100;

/// How many objects a filter may have, itself included.
const MOST_OBJECTS: usize = 200;

/// Tests of a text. They compare letter by letter: upper and lower case are different.
#[derive(Debug, Clone, InputObject)]
pub(super) struct StringFilter {
    /// Exactly this text, e.g. `"LA-2030-17"`.
    eq: Option<String>,
    /// One of these texts. An empty list lets nothing through.
    #[graphql(name = "in")]
    one_of: Option<Vec<String>>,
    /// None of these texts.
    not_in: Option<Vec<String>>,
    /// A text that begins with this.
    starts_with: Option<String>,
    /// A text that has this in it.
    contains: Option<String>,
}

/// A span of time. Without one of its ends it is open there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, InputObject)]
pub(super) struct DateTimeFilter {
    /// At this instant or later.
    gte: Option<DateTime>,
    /// Earlier than this instant.
    lt: Option<DateTime>,
}

/// An input object that says what entries of a list must be like.
pub(super) trait Where: Sized {
    /// What the list can be filtered by.
    type Field: Copy;

    /// Adds the tests of this object alone.
    fn tests(&self, tests: &mut Tests<'_, Self::Field>) -> Result<(), ApiError>;

    fn and(&self) -> Option<&[Self]> {
        None
    }

    fn or(&self) -> Option<&[Self]> {
        None
    }

    fn not(&self) -> Option<&Self> {
        None
    }
}

/// Reads a whole `where`.
pub(super) fn filter<W: Where>(input: Option<&W>) -> Result<Filter<W::Field>, ApiError> {
    let mut left = Left {
        values: MOST_CONDITIONS,
        objects: MOST_OBJECTS,
    };
    match input {
        Some(input) => nested(input, 0, &mut left),
        None => Ok(Filter::everything()),
    }
}

/// What a filter may still have.
struct Left {
    values: usize,
    objects: usize,
}

fn nested<W: Where>(
    input: &W,
    depth: usize,
    left: &mut Left,
) -> Result<Filter<W::Field>, ApiError> {
    if depth > DEEPEST {
        return Err(refused(format!(
            "`where` may nest `and`, `or` and `not` {DEEPEST} deep at most."
        )));
    }
    // An object that says nothing counts too: a database follows a list of conditions as deep as it
    // is long.
    left.objects = left
        .objects
        .checked_sub(1)
        .ok_or_else(|| refused(format!("`where` may have {MOST_OBJECTS} objects at most.")))?;
    let mut tests = Tests {
        all: Vec::new(),
        left: &mut left.values,
    };
    input.tests(&mut tests)?;
    let mut all = tests.all;
    let mut list = |inputs: &[W]| {
        inputs
            .iter()
            .map(|it| nested(it, depth + 1, left))
            .collect::<Result<Vec<_>, _>>()
    };
    if let Some(inputs) = input.and() {
        all.push(Filter::All(list(inputs)?));
    }
    if let Some(inputs) = input.or() {
        all.push(Filter::Any(list(inputs)?));
    }
    if let Some(input) = input.not() {
        all.push(Filter::Not(Box::new(nested(input, depth + 1, left)?)));
    }
    Ok(Filter::All(all))
}

/// The tests of one object, as they are collected.
pub(super) struct Tests<'a, F> {
    all: Vec<Filter<F>>,
    /// How many more values may be compared with.
    left: &'a mut usize,
}

impl<F: Copy> Tests<'_, F> {
    fn add(&mut self, field: F, test: Test) -> Result<(), ApiError> {
        self.count(1)?;
        self.all.push(Filter::Field(field, test));
        Ok(())
    }

    fn count(&mut self, conditions: usize) -> Result<(), ApiError> {
        *self.left = self.left.checked_sub(conditions).ok_or_else(|| {
            refused(format!(
                "`where` may compare with {MOST_CONDITIONS} values at most."
            ))
        })?;
        Ok(())
    }

    /// The field is one of the values, if there are any given.
    pub(super) fn one_of<T: Copy>(
        &mut self,
        field: F,
        values: Option<&Vec<T>>,
        name: impl Fn(T) -> &'static str,
    ) -> Result<(), ApiError> {
        let Some(values) = values else { return Ok(()) };
        let names = values.iter().map(|it| name(*it).to_owned()).collect();
        self.texts(field, names, Test::OneOf)
    }

    fn texts(
        &mut self,
        field: F,
        texts: Vec<String>,
        test: fn(Vec<String>) -> Test,
    ) -> Result<(), ApiError> {
        for text in &texts {
            storable(text)?;
        }
        self.count(texts.len().saturating_sub(1))?;
        self.add(field, test(texts))
    }

    /// The field is this value, if there is one given.
    pub(super) fn equals<T: Copy>(
        &mut self,
        field: F,
        value: Option<T>,
        name: impl Fn(T) -> &'static str,
    ) -> Result<(), ApiError> {
        self.one_of(field, value.map(|it| vec![it]).as_ref(), name)
    }

    /// The field is this text, if there is one given.
    pub(super) fn exactly(&mut self, field: F, text: Option<&String>) -> Result<(), ApiError> {
        let Some(text) = text else { return Ok(()) };
        self.texts(field, vec![text.clone()], Test::OneOf)
    }

    pub(super) fn text(&mut self, field: F, filter: Option<&StringFilter>) -> Result<(), ApiError> {
        let Some(filter) = filter.cloned() else {
            return Ok(());
        };
        if let Some(text) = filter.eq {
            self.texts(field, vec![text], Test::OneOf)?;
        }
        if let Some(texts) = filter.one_of {
            self.texts(field, texts, Test::OneOf)?;
        }
        if let Some(texts) = filter.not_in {
            self.texts(field, texts, Test::NoneOf)?;
        }
        if let Some(text) = filter.starts_with {
            storable(&text)?;
            self.add(field, Test::StartsWith(text))?;
        }
        if let Some(text) = filter.contains {
            storable(&text)?;
            self.add(field, Test::Contains(text))?;
        }
        Ok(())
    }

    pub(super) fn time(
        &mut self,
        field: F,
        filter: Option<&DateTimeFilter>,
    ) -> Result<(), ApiError> {
        let Some(filter) = filter else { return Ok(()) };
        if let Some(DateTime(at)) = filter.gte {
            self.add(field, Test::From(at.timestamp_micros()))?;
        }
        if let Some(DateTime(at)) = filter.lt {
            self.add(field, Test::Before(at.timestamp_micros()))?;
        }
        Ok(())
    }

    pub(super) fn is(&mut self, field: F, value: Option<bool>) -> Result<(), ApiError> {
        value.map_or(Ok(()), |it| self.add(field, Test::Is(it)))
    }

    pub(super) fn id(&mut self, field: F, id: Uuid) -> Result<(), ApiError> {
        self.add(field, Test::Id(id))
    }

    pub(super) fn account(&mut self, field: F, id: Option<&ID>) -> Result<(), ApiError> {
        let Some(id) = id else { return Ok(()) };
        let id: AccountId = id::parse(id, "where")?;
        self.id(field, id.as_uuid())
    }

    /// A free search: a part of any of the texts that lists are searched by, in any case.
    pub(super) fn search(&mut self, field: F, part: Option<&String>) -> Result<(), ApiError> {
        let Some(part) = part else { return Ok(()) };
        storable(part)?;
        self.add(field, Test::Contains(part.to_lowercase()))
    }
}

/// `PostgreSQL` has no texts with a zero in them, so none can be found either.
fn storable(text: &str) -> Result<(), ApiError> {
    if text.contains('\0') {
        return Err(refused("`where` takes texts without the character U+0000."));
    }
    Ok(())
}

fn refused(message: impl Into<String>) -> ApiError {
    ApiError::bad_input("where", message)
}
