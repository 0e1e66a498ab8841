//! The way out: no URL that anybody can set leads to a neighbour, however it is written and whatever
//! it comes to mean.
//!
//! Everything is asked for through the graph of a running service, and canaries count who comes.

mod canary;
mod environment;
mod forbidden;
mod forms;
mod keys;
mod names;
mod rebinding;
mod redirects;
mod registries;
