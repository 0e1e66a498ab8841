//! Looking at what somebody wants before anybody is asked for it: lengths, counts and amounts.
//!
//! Everything that is wrong is found at once, so that nobody has to ask once for every mistake.

use std::ops::RangeInclusive;

use rust_decimal::Decimal;

/// How many digits an amount may have behind the point: all the currencies that we meet have
/// hundredths.
const MINOR_DIGITS: u32 = 2;

/// The largest amount that is anybody's price, in whole units.
const LARGEST_AMOUNT: i64 = 1_000_000_000;

/// A value that cannot be what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidInput {
    /// The way to the value, its parts joined by dots.
    pub field: String,
    /// What it must be, as a predicate: `must not be empty`.
    pub message: String,
}

/// What was found wrong so far.
#[derive(Debug, Default)]
pub struct Checks {
    wrong: Vec<InvalidInput>,
    /// The way to the object that is being looked at.
    path: Vec<String>,
}

impl Checks {
    /// Looks at an object in a field.
    pub fn within(&mut self, field: &str, look: impl FnOnce(&mut Self)) {
        self.path.push(field.to_owned());
        look(self);
        self.path.pop();
    }

    /// Looks at each object of a list, of which there may be so many.
    pub fn each<T>(
        &mut self,
        field: &str,
        (items, count): (&[T], RangeInclusive<usize>),
        look: impl Fn(&mut Self, &T),
    ) {
        if !count.contains(&items.len()) {
            let (least, most) = count.into_inner();
            self.wrong(field, format!("must have {least} to {most} entries"));
            return;
        }
        self.within(field, |checks| {
            for (index, item) in items.iter().enumerate() {
                checks.within(&index.to_string(), |checks| look(checks, item));
            }
        });
    }

    /// A text that must be there.
    pub fn text(&mut self, field: &str, text: &str, longest: usize) {
        if text.trim().is_empty() {
            self.wrong(field, "must not be empty");
        } else {
            self.length(field, text, longest);
        }
    }

    /// A text that may be missing or empty.
    pub fn maybe(&mut self, field: &str, text: Option<&String>, longest: usize) {
        if let Some(text) = text {
            self.length(field, text, longest);
        }
    }

    fn length(&mut self, field: &str, text: &str, longest: usize) {
        let is_odd = |it: char| it.is_control() && !matches!(it, '\n' | '\r' | '\t');
        if text.chars().count() > longest {
            self.wrong(field, format!("must have at most {longest} characters"));
        } else if text.contains(is_odd) {
            self.wrong(field, "must not have control characters");
        }
    }

    /// An amount of money that is not negative, in whole units of a currency.
    pub fn amount(&mut self, field: &str, amount: Option<Decimal>) {
        let Some(amount) = amount else {
            return;
        };
        if amount.is_sign_negative() && !amount.is_zero() {
            self.wrong(field, "must not be negative");
        } else if amount.normalize().scale() > MINOR_DIGITS {
            let message = format!("must have at most {MINOR_DIGITS} digits behind the point");
            self.wrong(field, message);
        } else if amount > Decimal::from(LARGEST_AMOUNT) {
            self.wrong(field, format!("must be at most {LARGEST_AMOUNT}"));
        }
    }

    /// A number in a range.
    pub fn number(&mut self, field: &str, number: Option<i32>, range: RangeInclusive<i32>) {
        if number.is_some_and(|it| !range.contains(&it)) {
            let (least, most) = range.into_inner();
            self.wrong(field, format!("must be from {least} to {most}"));
        }
    }

    /// Notes what is wrong with a field of the object that is being looked at.
    pub fn wrong(&mut self, field: &str, message: impl Into<String>) {
        let mut path = self.path.clone();
        path.push(field.to_owned());
        self.wrong.push(InvalidInput {
            field: path.join("."),
            message: message.into(),
        });
    }

    /// Everything that is wrong, if anything is.
    pub fn finish(self) -> Result<(), Vec<InvalidInput>> {
        if self.wrong.is_empty() {
            Ok(())
        } else {
            Err(self.wrong)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(look: impl FnOnce(&mut Checks)) -> Vec<String> {
        let mut checks = Checks::default();
        look(&mut checks);
        let wrong = checks.finish().err().unwrap_or_default();
        let line = |it: InvalidInput| format!("{} {}", it.field, it.message);
        wrong.into_iter().map(line).collect()
    }

    #[test]
    fn everything_that_is_wrong_is_found_and_named() {
        let wrong = found(|checks| {
            checks.text("name", " ", 5);
            checks.each("items", (&["ok", "too long"], 1..=2), |checks, it| {
                checks.text("name", it, 5);
                checks.number("quantity", Some(0), 1..=9);
            });
            checks.each("tags", (&["a", "b"], 0..=1), |_, _| {});
        });
        let expected = [
            "name must not be empty",
            "items.0.quantity must be from 1 to 9",
            "items.1.name must have at most 5 characters",
            "items.1.quantity must be from 1 to 9",
            "tags must have 0 to 1 entries",
        ];
        assert_eq!(wrong, expected);
    }

    #[test]
    fn an_amount_is_a_whole_number_of_cents_and_not_negative() {
        for amount in ["0", "0.10", "2900.990", "-0", "1000000000"] {
            let amount = amount.parse().unwrap();
            assert_eq!(found(|it| it.amount("price", Some(amount))), [""; 0]);
        }
        for amount in ["-0.01", "0.001", "1000000000.01"] {
            let amount = amount.parse().unwrap();
            assert_eq!(found(|it| it.amount("price", Some(amount))).len(), 1);
        }
    }

    #[test]
    fn a_text_may_have_lines_but_nothing_else_that_cannot_be_seen() {
        assert_eq!(found(|it| it.text("notes", "a\n\tb", 9)), [""; 0]);
        assert_eq!(found(|it| it.text("notes", "a\0", 9)).len(), 1);
    }
}
