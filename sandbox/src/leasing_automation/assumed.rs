//! What Leasing Automation's documentation does not say, in one place: when the real answer is
//! known, this is where it goes. Everything in this file is *assumed*, unless it says otherwise. The
//! lists that may be chosen from are in `lists`; most of what they have is *assumed* as well.

use std::borrow::Cow;

use crate::jobrad::OfferStatus;

/// `/v1` is documented; the prefix before it is ours.
pub(crate) const BASE: &str = "/leasingautomation/v1";

/// How an offer starts. Documented.
pub(super) const CREATED: &str = "created";

/// What it becomes when it was passed on. Documented.
pub(super) const SENT: &str = "sentToLeasingProvider";

const APPROVED: &str = "approved";
const ORDERED: &str = "ordered";
const COMPLETED: &str = "completed";
pub(super) const REJECTED: &str = "rejected";
pub(super) const CANCELED: &str = "canceled";

/// A status that nobody has heard of. Only the control puts an offer there.
pub(super) const UNDOCUMENTED: &str = "inReviewAtInsurer";

/// The usual way of an offer. `rejected` and `canceled` may follow everything but the end, and
/// nothing follows them.
const USUAL_WAY: &[&str] = &[CREATED, SENT, APPROVED, ORDERED, COMPLETED];

/// The usual next step. None after a final status, and after one that nobody has heard of.
pub(super) fn next_status(status: &str) -> Option<&'static str> {
    let position = USUAL_WAY.iter().position(|it| *it == status)?;
    USUAL_WAY.get(position + 1).copied()
}

/// What Leasing Automation says of an offer that stands like this at `JobRad`.
pub(super) fn status_at_jobrad(status: OfferStatus) -> &'static str {
    match status {
        OfferStatus::Pending => CREATED,
        OfferStatus::Draft => SENT,
        OfferStatus::OrderJourneyStarted
        | OfferStatus::EmployerDecisionPending
        | OfferStatus::JobradDecisionPending => ORDERED,
        OfferStatus::Done => COMPLETED,
        OfferStatus::Rejected => REJECTED,
        OfferStatus::Canceled => CANCELED,
    }
}

/// Asking for the status of more offers at once is an error.
pub(super) const MAX_STATUS_IDS: usize = 50;

/// A longer path and query is an error.
pub(super) const MAX_URI_BYTES: usize = 2_000;

/// A piece of equipment is not leased more often than that.
pub(super) const MAX_QUANTITY: u32 = 20;

/// The number that an offer gets here if its dealer gave none: `JobRad` demands one.
pub(super) fn order_id(offer: u64) -> String {
    format!("LA-{offer:06}")
}

/// An address as good as any. `JobRad` itself is stricter.
pub(super) fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && domain.contains('.')
            && !domain.starts_with('.')
            && !domain.ends_with('.')
            && !text.contains(char::is_whitespace)
    })
}

/// Capital letters, digits and hyphens.
pub(super) fn is_validation_code(text: &str) -> bool {
    let is_code = |it: char| it.is_ascii_uppercase() || it.is_ascii_digit() || it == '-';
    (4..=32).contains(&text.len()) && text.chars().all(is_code)
}

/// Who is known without being added: the people of the small world, by their address, and whoever
/// has this code.
pub(super) fn is_known(identifier: &str) -> bool {
    identifier.ends_with("@example.com") || identifier == KNOWN_CODE
}

pub(super) const KNOWN_CODE: &str = "EURO-2030-0001";

/// Known, but not allowed another bicycle, with every leasing provider.
pub(super) const FULL_USERS: &[&str] = &["too-many-bikes@example.com", "EURO-2030-0002"];

/// Documented, as are the next two.
pub(super) const USER_FOUND: &str = "User found";
pub(super) const USER_NOT_FOUND: &str = "User not found";
pub(super) const TOO_MANY_BIKES: &str = "User has too many bikes";

/// An offer of this brand is taken and rejected later, at `JobRad` as well as elsewhere.
pub(super) const REJECTED_BRAND: &str = "reject-me";

/// The documented words. Whether the asterisks are meant is not clear, nor whether there can be
/// more than one name between them.
pub(super) fn missing(names: &[&str]) -> String {
    let names = names.join(", ");
    format!("Missing required fields *{names}* in request body")
}

/// A field that has a value which it cannot have.
pub(super) fn invalid(names: &[&str]) -> String {
    let names = names.join(", ");
    format!("Invalid values for fields *{names}* in request body")
}

pub(super) const NO_OBJECT: &str = "Request body must be a JSON object";

pub(super) const TOO_MANY_IDS: &str = "Too many leasingProviderOfferIds";

pub(super) const ONE_QUERY: &str = "Exactly one query type is allowed";

pub(super) const UNKNOWN_SLUG: &str = "Leasing provider not found";

/// The answer if a search for service information finds nothing.
pub(super) const NOTHING_FOUND: &str = "No service information found";

/// What is said of statuses without a documented text.
pub(super) fn text(status: u16) -> Cow<'static, str> {
    match status {
        404 => "Not found",
        405 => "Method not allowed",
        413 => "Request body too large",
        414 => "URI too long",
        429 => "Too many requests",
        400..=499 => "Invalid parameters",
        _ => "Internal server error",
    }
    .into()
}
