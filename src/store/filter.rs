//! What rows of a list must be like.
//!
//! A filter is a tree of tests over the fields that a list can be filtered by. Each list names its
//! fields; this file knows how a test reads in SQL, the same in both databases, and what it says of
//! something that is in memory, which must be the same again.

use sea_orm::{
    ColumnTrait, Condition, ExprTrait, Value,
    sea_query::{Expr, Func, SimpleExpr},
};
use uuid::Uuid;

/// Tests over the fields `F`, combined.
#[derive(Debug, Clone)]
pub enum Filter<F> {
    /// Every one of them. None at all is no restriction.
    All(Vec<Self>),
    /// At least one of them. None at all lets nothing through.
    Any(Vec<Self>),
    Not(Box<Self>),
    Field(F, Test),
}

/// What the value of a field must be like. Texts are compared letter by letter.
#[derive(Debug, Clone)]
pub enum Test {
    OneOf(Vec<String>),
    NoneOf(Vec<String>),
    StartsWith(String),
    Contains(String),
    /// This or later.
    From(i64),
    /// Earlier than this.
    Before(i64),
    Is(bool),
    Id(Uuid),
}

impl<F: Copy> Filter<F> {
    /// No restriction.
    pub fn everything() -> Self {
        Self::All(Vec::new())
    }

    pub(super) fn condition<C: ColumnTrait>(&self, column: impl Fn(F) -> C + Copy) -> Condition {
        match self {
            Self::All(parts) => parts.iter().fold(Condition::all(), |all, part| {
                all.add(part.condition(column))
            }),
            Self::Any(parts) if parts.is_empty() => {
                Condition::all().add(Expr::value(1).eq(Expr::value(0)))
            }
            Self::Any(parts) => parts.iter().fold(Condition::any(), |any, part| {
                any.add(part.condition(column))
            }),
            Self::Not(part) => part.condition(column).not(),
            Self::Field(field, test) => Condition::all().add(test.expression(column(*field))),
        }
    }
}

/// The value of a field of something in memory.
#[derive(Debug, Clone, Copy)]
pub(super) enum Known<'a> {
    Text(&'a str),
    Id(Uuid),
    /// NULL in the database.
    Nothing,
}

impl<F: Copy> Filter<F> {
    /// What the condition in SQL would say. Nothing is SQL's *unknown*, which lets nothing through
    /// and stays unknown when it is turned round.
    pub(super) fn holds<'a>(&self, value: &impl Fn(F) -> Known<'a>) -> Option<bool> {
        match self {
            Self::All(parts) => Self::first_of(false, parts, value),
            Self::Any(parts) => Self::first_of(true, parts, value),
            Self::Not(part) => part.holds(value).map(|it| !it),
            Self::Field(field, test) => test.holds(value(*field)),
        }
    }

    /// What parts say together, if one that says `decisive` is enough.
    fn first_of<'a>(
        decisive: bool,
        parts: &[Self],
        value: &impl Fn(F) -> Known<'a>,
    ) -> Option<bool> {
        let said: Vec<_> = parts.iter().map(|it| it.holds(value)).collect();
        if said.contains(&Some(decisive)) {
            Some(decisive)
        } else if said.contains(&None) {
            None
        } else {
            Some(!decisive)
        }
    }
}

impl Test {
    fn holds(&self, value: Known<'_>) -> Option<bool> {
        match (self, value) {
            // An empty list is compared with nothing, so it does not matter what the value is.
            (Self::OneOf(values), _) if values.is_empty() => Some(false),
            (Self::NoneOf(values), _) if values.is_empty() => Some(true),
            (Self::Contains(part), _) if part.is_empty() => Some(true),
            (Self::OneOf(values), Known::Text(text)) => Some(values.iter().any(|it| it == text)),
            (Self::NoneOf(values), Known::Text(text)) => Some(values.iter().all(|it| it != text)),
            (Self::StartsWith(start), Known::Text(text)) => Some(text.starts_with(start)),
            (Self::Contains(part), Known::Text(text)) => Some(text.contains(part)),
            (Self::Id(id), Known::Id(value)) => Some(*id == value),
            // Of NULL nothing is known, and no field is compared with what it cannot be.
            _ => None,
        }
    }

    fn expression<C: ColumnTrait>(&self, column: C) -> SimpleExpr {
        match self {
            Self::OneOf(values) => column.is_in(values.iter().map(String::as_str)),
            Self::NoneOf(values) => column.is_not_in(values.iter().map(String::as_str)),
            Self::StartsWith(start) => starts_with(column, start),
            Self::Contains(part) => contains(column, part),
            Self::From(value) => column.gte(*value),
            Self::Before(value) => column.lt(*value),
            Self::Is(value) => column.eq(*value),
            Self::Id(value) => column.eq(*value),
        }
    }
}

/// As a range, which an index can answer; LIKE would need escaping and ignores case in `SQLite`.
fn starts_with<C: ColumnTrait>(column: C, start: &str) -> SimpleExpr {
    let end = format!("{start}\u{10FFFF}");
    column.gte(start).and(column.lt(end))
}

/// LIKE would need escaping and ignores case in `SQLite` only. `replace` is in both databases: a text
/// contains a part if taking the part out changes it. An empty part is in every text.
fn contains<C: ColumnTrait>(column: C, part: &str) -> SimpleExpr {
    if part.is_empty() {
        return Expr::value(1).eq(Expr::value(1));
    }
    let without = Func::cust("replace")
        .arg(Expr::col(column.as_column_ref()))
        .arg(Value::from(part))
        .arg(Value::from(""));
    Expr::col(column.as_column_ref()).ne(without)
}
