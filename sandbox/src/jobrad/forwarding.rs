//! Offers that reach `JobRad` through somebody else, who tells it in `JobRad`'s own words and then
//! watches what becomes of them. It is apart because such a caller has no token and no route; it
//! must not be able to do anything that a dealer could not.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    Jobrad,
    errors::ApiError,
    offer::{Change, Offer},
    reading,
    routes::accept,
    state::State,
    status::OfferStatus,
};

/// An offer that was taken.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    pub(crate) id: Uuid,
    pub(crate) offer_number: String,
}

/// A status that an offer entered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) to: OfferStatus,
    pub(crate) at: DateTime<Utc>,
}

/// Whose offers these are: the dealer that is there from the start.
const DEALER: usize = 0;

impl Jobrad {
    /// Whether this would be taken as the body of a POST; otherwise what is wrong with it.
    pub(crate) fn check(body: &[u8]) -> Result<(), String> {
        let read = reading::new_offer(body);
        read.map(drop).map_err(ApiError::into_text)
    }

    /// Takes an offer as if the dealer itself had sent it.
    pub(crate) fn submit(&self, body: &[u8]) -> Result<Taken, String> {
        let (customer, submitted) = reading::new_offer(body).map_err(ApiError::into_text)?;
        let mut state = self.open();
        accept(&mut state, DEALER, customer, submitted)
            .and_then(|it| taken(&state, it))
            .ok_or_else(|| ApiError::unauthorized().into_text())
    }

    /// Differs after every change of any of these offers.
    pub(crate) fn version(&self) -> u64 {
        let state = self.open();
        state.dealers.get(DEALER).map_or(0, |it| it.shelf.version())
    }

    /// Which statuses an offer entered after the first so many lines of its history, and how many
    /// lines there are by now.
    pub(crate) fn steps(&self, id: Uuid, seen: usize) -> (Vec<Step>, usize) {
        let state = self.open();
        let history = state.find(id).map_or(&[][..], |it| &it.history);
        let steps = history.iter().skip(seen).filter_map(|it| match it.what {
            Change::Created(to) | Change::StatusChanged { to, .. } => {
                let at = it.signature.at;
                Some(Step { to, at })
            }
            Change::Updated(_) => None,
        });
        (steps.collect(), history.len().max(seen))
    }
}

fn taken(state: &State, id: Uuid) -> Option<Taken> {
    let offer_number = state.find(id).map(Offer::offer_number)?;
    Some(Taken { id, offer_number })
}
