//! The ids of our records: a type each, and a prefix each when printed.
//!
//! A wrong one is refused by the compiler here and seen by a human in a log. The printed form,
//! `off_0190…`, is the global id of the graph; callers must treat it as opaque.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A text that is not the id it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id of this kind: it starts with `{expected}_` and 32 hexadecimal digits follow")]
pub struct InvalidId {
    pub expected: &'static str,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            pub const PREFIX: &'static str = $prefix;

            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            pub const fn as_uuid(self) -> Uuid {
                self.0
            }

            /// A fresh id. Ids made later sort later, so that new rows end up side by side.
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0.as_simple())
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.strip_prefix(concat!($prefix, "_"))
                    .filter(|digits| digits.len() == 32)
                    .and_then(|digits| Uuid::try_parse(digits).ok())
                    .map(Self)
                    .ok_or(InvalidId { expected: $prefix })
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

ids! {
    /// One set of credentials at one provider.
    AccountId = "acc";
    OfferId = "off";
    OrderId = "ord";
    VehicleId = "veh";
    CategoryId = "cat";
    /// Also the `webhook-id` of the event's deliveries.
    EventId = "evt";
    EndpointId = "whe";
    SecretId = "whs";
    DeliveryId = "whd";
    ReplayId = "whr";
    /// A process that leases work: a deliverer or a poller.
    WorkerId = "wrk";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_as_it_was_printed() {
        let id = OfferId::generate();
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let order = OrderId::generate().to_string();
        assert_eq!(order.parse::<OfferId>(), Err(InvalidId { expected: "off" }));
    }

    #[test]
    fn an_id_has_one_spelling_only() {
        let id = OfferId::generate();
        let hyphenated = format!("off_{}", id.as_uuid().as_hyphenated());
        assert!(hyphenated.parse::<OfferId>().is_err());
    }
}
