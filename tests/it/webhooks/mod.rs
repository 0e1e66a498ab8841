//! Webhooks, from an event to somebody's server.

mod addresses;
mod batches;
mod delivery;
mod endpoints;
mod example;
mod failing;
mod health;
mod order;
pub(crate) mod receiver;
mod several;
mod standard;
mod wire;
mod world;
