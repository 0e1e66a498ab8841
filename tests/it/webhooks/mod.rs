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
mod replay;
mod retention;
mod retry;
mod rotation;
mod several;
mod standard;
mod told;
mod wire;
mod world;
