//! The world at the start: offers of the last three months in every documented status, each with
//! the history that leads there.

use chrono::{DateTime, TimeDelta, Utc};
use rand::RngExt;

use super::{
    catalogue,
    state::{State, Submission},
    status::OfferStatus,
};

/// The oldest offer of the seeded world.
const DAYS: i64 = 90;

/// How long an offer stays in one status, at most.
const LONGEST_STEP: TimeDelta = TimeDelta::days(2);

pub(super) fn populate(state: &mut State, dealer: usize, offers: usize) {
    let now = state.world.clock.stamp();
    let Ok(count) = i32::try_from(offers) else {
        return;
    };
    state.reserve(dealer, offers);
    let distance = TimeDelta::days(DAYS) / count.max(1);
    for position in 0..count {
        let at = truncated(now - distance * (count - position));
        let status = usize::try_from(position).unwrap_or_default() % OfferStatus::ALL.len();
        let status = OfferStatus::ALL.get(status).copied();
        let Some(submission) = submission(state, OfferStatus::Pending, at) else {
            return;
        };
        if let (Some(id), Some(status)) = (state.create(dealer, submission), status) {
            let path = path_to(status, state.rng.random());
            let step =
                ((now - at) / (i32::try_from(path.len()).unwrap_or(1) + 1)).min(LONGEST_STEP);
            for (number, status) in (1..).zip(path) {
                let is_resubmitted = *status == OfferStatus::Pending;
                let at = if is_resubmitted {
                    now
                } else {
                    truncated(at + step * number)
                };
                state.change_status(id, *status, at);
            }
        }
    }
}

/// An offer by anybody for anything.
pub(super) fn submission(
    state: &mut State,
    status: OfferStatus,
    at: DateTime<Utc>,
) -> Option<Submission> {
    let person = catalogue::person(&mut state.rng);
    Some(Submission {
        external_offer_id: format!("RB-{:05}", state.next_offer_number()),
        customer_name: person.name,
        customer_email: person.email,
        content: state.catalogue.any(&mut state.rng)?,
        infos: Vec::new(),
        status,
        at,
    })
}

/// How an offer got where it stands. One that is `pending` now was changed a moment ago: after the
/// first submission it would have been looked at long since.
fn path_to(status: OfferStatus, early: bool) -> &'static [OfferStatus] {
    use OfferStatus::{
        Canceled, Done, Draft, EmployerDecisionPending, JobradDecisionPending, OrderJourneyStarted,
        Pending, Rejected,
    };
    match status {
        Pending => &[Draft, Pending],
        Draft => &[Draft],
        OrderJourneyStarted => &[Draft, OrderJourneyStarted],
        EmployerDecisionPending => &[Draft, OrderJourneyStarted, EmployerDecisionPending],
        JobradDecisionPending => &[
            Draft,
            OrderJourneyStarted,
            EmployerDecisionPending,
            JobradDecisionPending,
        ],
        Done => &[
            Draft,
            OrderJourneyStarted,
            EmployerDecisionPending,
            JobradDecisionPending,
            Done,
        ],
        Canceled if early => &[Draft, Canceled],
        Canceled => &[Draft, OrderJourneyStarted, Canceled],
        Rejected if early => &[Rejected],
        Rejected => &[
            Draft,
            OrderJourneyStarted,
            EmployerDecisionPending,
            Rejected,
        ],
    }
}

fn truncated(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at.timestamp_millis()).unwrap_or(at)
}
