//! Asking providers to make and change records, so that nothing is done twice and nothing is lost.
//!
//! # Who is who
//!
//! * A [`Target`] is whom to ask, and as whom. It is there only if the provider can do what is to be
//!   asked.
//! * A **submission** is what was asked: it is written down, with the id of the record of ours that it
//!   is about, before the provider hears of it. Its outcome is *done*, *rejected* or *unknown*.
//! * A **look** is asking the provider for a record by the dealer's own number, or by its id, to
//!   find out what became of a submission.
//!
//! # Who does what
//!
//! [`create`] and [`change`] take one record through three steps: a transaction that writes the
//! submission down (`intent`), the call, and a transaction that writes the outcome down (`record`) with
//! the record, its event, and the answer that is kept for an idempotency key. [`vehicles`] does so for
//! many at once. What is still unknown after a few looks is looked for later by `crate::sync`, with
//! [`find_out`].
//!
//! # What is promised
//!
//! * **Asked once.** After a lost answer nobody asks again. A request that is taken over by its
//!   idempotency key finds what was begun under it, and looks.
//! * **Nothing gets lost.** From before the call until the outcome is known there is a row that says
//!   so, whoever dies. A new record of which nobody knows is shown as `SUBMISSION_UNCONFIRMED`, under
//!   the id that it keeps when it is found.
//! * **One number, one record.** What an account has a record of, or is being asked for, cannot be
//!   asked for again.

mod change;
mod create;
mod find_out;
pub mod groups;
mod intent;
mod look;
mod record;
mod target;
pub mod vehicles;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use self::{
    change::{Change, change},
    create::{NewRecord, create},
    find_out::find_out,
    intent::is_taken,
    target::{Target, TargetError, of_account, of_record},
};
use crate::{
    domain::{
        capability::EntityKind,
        id::{OfferId, OrderId, VehicleId},
    },
    providers::ProviderError,
    store::{StoreError, records::Known},
};

/// What a submission came to, if it was not refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submitted<S> {
    pub id: S,
    /// Whether the provider is known to have done it.
    pub is_confirmed: bool,
    /// What the provider wants people to know.
    pub notice: Option<String>,
}

/// Why a record was not made. Nothing was kept.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The account has a record with the dealer's own number already, or is being asked for one.
    /// Says which of those that were to be made.
    #[error("the account has a record with this number already, or is being asked for one")]
    Taken(Vec<usize>),

    #[error("the provider did not make it")]
    Provider(#[from] ProviderError),

    #[error("what became of it could not be recorded")]
    Store(#[from] StoreError),
}

/// Why a record was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error("the provider did not change it")]
    Provider(#[from] ProviderError),

    #[error("the change could not be recorded")]
    Store(#[from] StoreError),
}

/// The id of a kind of record that providers are asked to make or change.
pub trait Subject: Copy + Serialize + Send + Sync {
    const ENTITY: EntityKind;

    fn from_uuid(id: Uuid) -> Self;

    fn as_uuid(self) -> Uuid;

    /// What of this kind came out of a provider's record.
    fn of(known: &Known) -> Option<Self>;
}

macro_rules! subjects {
    ($($id:ident, $entity:ident, $field:ident;)+) => {$(
        impl Subject for $id {
            const ENTITY: EntityKind = EntityKind::$entity;

            fn from_uuid(id: Uuid) -> Self {
                Self::from_uuid(id)
            }

            fn as_uuid(self) -> Uuid {
                self.as_uuid()
            }

            fn of(known: &Known) -> Option<Self> {
                known.$field
            }
        }
    )+};
}

subjects! {
    OfferId, Offer, offer_id;
    OrderId, Order, order_id;
    VehicleId, Vehicle, vehicle_id;
}
