//! Ids as clients see them: one text whose prefix says what it is an id of.

use std::str::FromStr;

use async_graphql::ID;
use uuid::Uuid;

use super::error::ApiError;
use crate::domain::id::{
    AccountId, CategoryId, DeliveryId, EndpointId, InvalidId, OfferId, OrderId, ReplayId, VehicleId,
};

/// The id of anything that `node` can find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GlobalId {
    Account(AccountId),
    Offer(OfferId),
    Order(OrderId),
    Vehicle(VehicleId),
    Category(CategoryId),
    Endpoint(EndpointId),
    Delivery(DeliveryId),
    Replay(ReplayId),
}

impl GlobalId {
    /// Reads an id of any kind.
    pub(super) fn parse(id: &ID, argument: &'static str) -> Result<Self, ApiError> {
        fn read<T: FromStr>(id: &ID, wrap: fn(T) -> GlobalId) -> Option<GlobalId> {
            id.parse().ok().map(wrap)
        }

        read(id, Self::Account)
            .or_else(|| read(id, Self::Offer))
            .or_else(|| read(id, Self::Order))
            .or_else(|| read(id, Self::Vehicle))
            .or_else(|| read(id, Self::Category))
            .or_else(|| read(id, Self::Endpoint))
            .or_else(|| read(id, Self::Delivery))
            .or_else(|| read(id, Self::Replay))
            .ok_or_else(|| {
                ApiError::bad_input(
                    argument,
                    format!("`{argument}` takes ids as this API prints them, like `off_` and 32 hexadecimal digits."),
                )
            })
    }

    pub(super) fn as_uuid(self) -> Uuid {
        match self {
            Self::Account(id) => id.as_uuid(),
            Self::Offer(id) => id.as_uuid(),
            Self::Order(id) => id.as_uuid(),
            Self::Vehicle(id) => id.as_uuid(),
            Self::Category(id) => id.as_uuid(),
            Self::Endpoint(id) => id.as_uuid(),
            Self::Delivery(id) => id.as_uuid(),
            Self::Replay(id) => id.as_uuid(),
        }
    }
}

/// Reads an id of one kind. Another kind's is as wrong as no id at all.
pub(super) fn parse<T: FromStr<Err = InvalidId>>(
    id: &ID,
    argument: &'static str,
) -> Result<T, ApiError> {
    id.parse()
        .map_err(|error| ApiError::bad_input(argument, format!("`{argument}` {}.", wrong(error))))
}

/// What would have been right.
pub(super) fn wrong(error: InvalidId) -> String {
    format!(
        "takes an id that begins with `{}_`, with 32 hexadecimal digits after it",
        error.expected
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_says_what_it_is() {
        let id = OrderId::generate();
        let parsed = GlobalId::parse(&ID(id.to_string()), "id");
        assert_eq!(parsed, Ok(GlobalId::Order(id)));
        assert!(parse::<OfferId>(&ID(id.to_string()), "id").is_err());
    }

    #[test]
    fn what_no_kind_prints_is_refused() {
        for text in ["", "1", "off_", "evt_00000000000000000000000000000000"] {
            assert!(
                GlobalId::parse(&ID(text.to_owned()), "id").is_err(),
                "{text}"
            );
        }
    }
}
