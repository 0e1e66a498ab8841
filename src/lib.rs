//! Leasegraph: one GraphQL API over every leasing and workshop provider a dealer works with, and a
//! signed webhook the moment anything changes. `ARCHITECTURE.md` has the map.

pub mod app;
pub mod background;
pub mod clock;
pub mod config;
pub mod death;
pub mod demo;
pub mod doctor;
pub mod domain;
pub mod egress;
pub mod events;
pub mod graphql;
pub mod http;
pub mod idempotency;
pub mod ingest;
pub mod limits;
pub mod metrics;
pub mod operations;
pub mod planner;
pub mod providers;
pub mod service;
pub mod store;
pub mod submit;
pub mod sync;
pub mod telemetry;
pub mod webhooks;
