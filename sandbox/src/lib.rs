//! The providers' side, as a real HTTP service with its state in memory.
//!
//! # Who is who
//!
//! * A **provider** is a folder: its routes, its records and its rules, written from the provider's
//!   own documentation. What the documentation does not say is a named constant or one small
//!   function, marked *assumed*.
//! * The **world** is what all providers share: one virtual clock, one ledger, one list of injected
//!   faults and one log of requests.
//! * The **control** is how somebody outside changes the world: in process through [`Sandbox`] and
//!   one handle per provider, such as [`JobradControl`], over HTTP below `/_control`. Both call the
//!   same functions.
//!
//! # What it promises
//!
//! Everything that a client sees comes from the virtual clock, `Date` headers included, and
//! everything random from one seed. Every change of a record is in the ledger exactly once, so a
//! test can compare what a client noticed with what really happened.
//!
//! # What it must not do
//!
//! Share a type with the connectors: a contract that was misread on both sides would agree with
//! itself.

mod autoleap;
mod clock;
mod control;
mod faults;
mod jobrad;
mod leasecloud;
mod leasing_automation;
mod ledger;
mod options;
mod providers;
mod requests;
mod sandbox;
mod server;
mod world;

pub use self::{
    autoleap::{
        AutoleapControl, AutoleapControlError, AutoleapLimiterReport, NewAutoleapCustomer,
        NewAutoleapVehicle, NewRepairOrder, RepairOrderStanding, RepairOrderStatus,
    },
    clock::ClockMode,
    faults::{Fault, FaultKind},
    jobrad::{ControlError, JobradControl, NewOffer, OfferStatus},
    leasecloud::{
        LeasecloudControl, LeasecloudControlError, LeasecloudEdit, LeasecloudLimiterReport,
        LeasecloudName, NewLeasecloudOrder,
    },
    leasing_automation::{
        LeasedBike, LeasingAutomationControl, LeasingAutomationControlError, ValidatedUser,
    },
    ledger::{LedgerEntry, LedgerKind},
    options::Options,
    requests::RequestLogEntry,
    sandbox::Sandbox,
};
