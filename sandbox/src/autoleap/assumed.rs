//! What AutoLeap's documentation does not say, in one place: when the real answer is known, this is
//! where it goes. Everything in this file is *assumed*. Further assumptions are functions:
//! which statuses follow each other (`RepairOrderStatus::next`), and what a search looks at
//! (`VehicleSelection`, `OrderSelection` and `CustomerSelection`).

use chrono::TimeDelta;

use super::{listing::Direction, status::RepairOrderStatus};

/// The path of the documented server, below a prefix of our own.
pub(crate) const BASE: &str = "/autoleap/v2";

/// How long an access token is good for. Both lifetimes come from public descriptions.
pub(super) const ACCESS_LIFETIME: TimeDelta = TimeDelta::hours(1);

/// How long a refresh token is good for.
pub(super) const REFRESH_LIFETIME: TimeDelta = TimeDelta::hours(3);

/// A second login leaves the first session alone.
pub(super) const LOGIN_ENDS_OTHER_SESSIONS: bool = false;

/// A refresh ends the old access token together with the old refresh token.
pub(super) const REFRESH_ENDS_OLD_ACCESS_TOKEN: bool = true;

/// The quota is counted over a sliding window of this length.
pub(super) const LIMIT_WINDOW: TimeDelta = TimeDelta::seconds(60);

/// How many GETs of one partner fit into a window, unless the limit was raised.
pub(super) const GET_LIMIT: u32 = 150;

/// How many POSTs fit into a window, and as many of PUT, PATCH and DELETE each. PATCH is listed
/// nowhere.
pub(super) const WRITE_LIMIT: u32 = 50;

/// Login and refresh count as POST, against the partner whom the body names.
pub(super) const ACCESS_CALLS_COUNT: bool = true;

/// Asking for more is not an error: the page is smaller. Public for payments only.
pub(super) const MAX_SIZE: usize = 100;

/// The direction if none is asked for. Public for payments only.
pub(super) const DEFAULT_DIRECTION: Direction = Direction::Asc;

/// A larger bulk is refused as a whole.
pub(super) const MAX_BULK: usize = 500;

/// The status of a vehicle that was not archived. `Inactive` is documented.
pub(super) const ACTIVE: &str = "Active";

/// The status of an archived vehicle. Lists show it on, and a PUT with `Active` brings it back.
pub(super) const INACTIVE: &str = "Inactive";

/// A second vehicle with the same VIN is taken: nothing here is idempotent.
pub(super) const VIN_IS_UNIQUE: bool = false;

/// `customerType` is written in capitals and read like this. Public.
pub(super) const REGULAR: &str = "regular";

/// What is said about a write. The only sample.
pub(super) const DONE: &str = "Request completed successfully";

/// What is said about vehicles that were read. Documented; the other two follow it.
pub(super) const VEHICLE_FETCHED: &str = "Vehicle fetched successfully";
pub(super) const ORDER_FETCHED: &str = "Repair order fetched successfully";
pub(super) const CUSTOMER_FETCHED: &str = "Customer fetched successfully";

/// Whoever invoices and finalizes in the seeded companies.
pub(super) const STAFF: &str = "Dana Beispiel";

/// `finalizeType` of an order that was paid to the end. The only public value.
pub(super) const FULLY_PAID: &str = "fullyPaid";

/// `workflowStatus` as it goes with a status. Only `Invoice` with `Paid` is public.
pub(super) const fn workflow_status(status: RepairOrderStatus, finalized: bool) -> &'static str {
    match status {
        RepairOrderStatus::Estimate => "Pending Approval",
        RepairOrderStatus::WorkInProgress => "In Progress",
        RepairOrderStatus::Complete => "Ready for Pickup",
        RepairOrderStatus::Saved => "Saved",
        RepairOrderStatus::Posted if finalized => "Paid",
        RepairOrderStatus::Posted => "Invoiced",
        RepairOrderStatus::AccountsReceivable => "Accounts Receivable",
        RepairOrderStatus::Deleted => "Deleted",
    }
}

/// `serviceStatus` of the services of an order.
pub(super) const fn service_status(status: RepairOrderStatus) -> &'static str {
    match status {
        RepairOrderStatus::Estimate | RepairOrderStatus::Saved => "Pending",
        RepairOrderStatus::WorkInProgress => "In Progress",
        RepairOrderStatus::Deleted => "Declined",
        RepairOrderStatus::Complete
        | RepairOrderStatus::Posted
        | RepairOrderStatus::AccountsReceivable => "Complete",
    }
}

/// `paymentStatus` from what was paid, in cents.
pub(super) const fn payment_status(paid: i64, total: i64) -> &'static str {
    if paid <= 0 {
        "Unpaid"
    } else if paid < total {
        "Partially Paid"
    } else {
        "Paid"
    }
}
