//! Leasegraph: one GraphQL API over every leasing and workshop provider a dealer works with, and a
//! signed webhook the moment anything changes. `ARCHITECTURE.md` has the map.

pub mod app;
pub mod background;
pub mod clock;
pub mod domain;
pub mod events;
pub mod store;
