//! Money as JSON: written digit by digit as it was given, because `2000.10` must not become what a
//! floating-point number makes of it.

use rust_decimal::Decimal;
use serde::{Serialize, Serializer, ser::Error};
use serde_json::value::RawValue;

pub(super) fn euros<S: Serializer>(amount: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    RawValue::from_string(amount.to_string())
        .map_err(S::Error::custom)?
        .serialize(serializer)
}

#[expect(
    clippy::ref_option,
    reason = "serde calls it with a reference to the field"
)]
pub(super) fn optional_euros<S: Serializer>(
    amount: &Option<Decimal>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match amount {
        Some(amount) => euros(amount, serializer),
        None => serializer.serialize_none(),
    }
}
