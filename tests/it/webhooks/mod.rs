//! Webhooks, from an event to somebody's server.

mod addresses;
mod delivery;
mod endpoints;
mod failing;
mod order;
mod receiver;
mod several;
mod world;
