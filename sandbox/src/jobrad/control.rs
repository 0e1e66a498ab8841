//! Changing `JobRad`'s world from outside: what a test does in process, and what the routes below
//! `/_control/jobrad` do for everybody else. A client of the API can do nothing of this.

use std::{fmt, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, value::to_raw_value};
use uuid::Uuid;

use super::{
    Jobrad,
    offer::{Content, Offer},
    patch::patched,
    seed,
    state::State,
    status::OfferStatus,
};

/// `JobRad`, as its own staff would see it, for one dealer.
#[derive(Debug, Clone)]
pub struct JobradControl {
    jobrad: Arc<Jobrad>,
    /// Whose offers are added and listed. Others can be changed as well.
    dealer: usize,
}

/// An offer to add. What is left out is chosen from the small world.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct NewOffer {
    pub external_offer_id: Option<String>,
    pub customer_name: Option<String>,
    pub customer_email: Option<String>,
    /// [`OfferStatus::Pending`] if left out, which does not last.
    pub status: Option<OfferStatus>,
    /// Now, if left out. So much earlier is also when it got its status.
    pub created_at: Option<DateTime<Utc>>,
    pub bidex_code: Option<u32>,
    pub brand_name: Option<String>,
    pub model_name: Option<String>,
    pub price_gross: Option<Decimal>,
    pub list_price_gross: Option<Decimal>,
}

/// Why the world was not changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ControlError {
    /// Neither an id nor an offer number of any dealer.
    UnknownOffer(String),
    UnknownStatus(String),
    /// The offer is `done` or `canceled`: no documented step follows.
    NoNextStep(OfferStatus),
    /// What an offer would become is not an offer.
    NotAnOffer(String),
}

impl JobradControl {
    /// For the seeded dealer.
    pub(crate) fn new(jobrad: &Arc<Jobrad>) -> Self {
        let jobrad = Arc::clone(jobrad);
        let dealer = 0;
        Self { jobrad, dealer }
    }

    pub(crate) fn add_dealer(jobrad: &Arc<Jobrad>, client_id: &str, client_secret: &str) -> Self {
        let jobrad = Arc::clone(jobrad);
        let dealer = jobrad.open().dealer(client_id, client_secret);
        Self { jobrad, dealer }
    }

    /// Client id and secret of the dealer.
    pub fn credentials(&self) -> (String, String) {
        let state = self.jobrad.open();
        let dealer = state.dealers.get(self.dealer);
        dealer
            .map(|it| (it.client_id.clone(), it.client_secret.clone()))
            .unwrap_or_default()
    }

    /// The dealer's offers, oldest first.
    pub fn offer_ids(&self) -> Vec<Uuid> {
        let state = self.jobrad.open();
        let dealer = state.dealers.get(self.dealer);
        dealer
            .map(|it| it.shelf.offers().map(|it| it.id).collect())
            .unwrap_or_default()
    }

    pub fn offer_status(&self, offer: impl fmt::Display) -> Result<OfferStatus, ControlError> {
        let state = self.jobrad.open();
        find(&state, &offer).map(|it| it.status)
    }

    pub fn offer_number(&self, offer: impl fmt::Display) -> Result<String, ControlError> {
        let state = self.jobrad.open();
        find(&state, &offer).map(Offer::offer_number)
    }

    /// Adds an offer, and returns its id.
    pub fn add_offer(&self, new: NewOffer) -> Uuid {
        let mut state = self.jobrad.open();
        self.create(&mut state, new).unwrap_or_default()
    }

    /// Adds that many offers in all statuses, created at this moment.
    pub fn add_offers(&self, count: usize) -> Vec<Uuid> {
        let mut state = self.jobrad.open();
        state.reserve(self.dealer, count);
        let statuses = OfferStatus::ALL.into_iter().cycle().take(count);
        statuses
            .filter_map(|it| {
                let status = Some(it);
                let new = NewOffer {
                    status,
                    ..NewOffer::default()
                };
                self.create(&mut state, new)
            })
            .collect()
    }

    fn create(&self, state: &mut State, new: NewOffer) -> Option<Uuid> {
        let at = new.created_at.unwrap_or_else(|| state.world.clock.stamp());
        let status = new.status.unwrap_or(OfferStatus::Pending);
        let mut submission = seed::submission(state, status, at)?;
        let is_special = new.bidex_code.is_some()
            || new.brand_name.is_some()
            || new.model_name.is_some()
            || new.price_gross.is_some()
            || new.list_price_gross.is_some();
        if is_special {
            specialise(Arc::make_mut(&mut submission.content), &new);
        }
        put(&mut submission.external_offer_id, new.external_offer_id);
        put(&mut submission.customer_name, new.customer_name);
        put(&mut submission.customer_email, new.customer_email);
        state.create(self.dealer, submission)
    }

    /// Puts an offer, named by its id or its number, where it is wanted, even where no documented
    /// step leads.
    pub fn set_status(&self, offer: impl fmt::Display, code: &str) -> Result<(), ControlError> {
        let to = OfferStatus::from_code(code)
            .ok_or_else(|| ControlError::UnknownStatus(code.to_owned()))?;
        let mut state = self.jobrad.open();
        let id = find(&state, &offer)?.id;
        let at = state.world.clock.stamp();
        state
            .change_status(id, to, at)
            .ok_or_else(|| unknown(&offer))
    }

    /// Lets an offer take its usual next step, and says where it stands then.
    pub fn advance_offer(&self, offer: impl fmt::Display) -> Result<OfferStatus, ControlError> {
        let mut state = self.jobrad.open();
        let found = find(&state, &offer)?;
        let id = found.id;
        let to = found.next().ok_or(ControlError::NoNextStep(found.status))?;
        let at = state.world.clock.stamp();
        state
            .change_status(id, to, at)
            .ok_or_else(|| unknown(&offer))?;
        Ok(to)
    }

    /// Changes the content of an offer by a JSON merge patch in the words of the API. It was updated
    /// then, but its status did not change.
    pub fn edit_offer(&self, offer: impl fmt::Display, patch: &Value) -> Result<(), ControlError> {
        let mut state = self.jobrad.open();
        let found = find(&state, &offer)?;
        let id = found.id;
        let new = patched(found, patch).map_err(ControlError::NotAnOffer)?;
        let at = state.world.clock.stamp();
        state.edit(id, new, at).ok_or_else(|| unknown(&offer))
    }

    /// Removes an offer, as if it had never been.
    pub fn remove_offer(&self, offer: impl fmt::Display) -> Result<(), ControlError> {
        let mut state = self.jobrad.open();
        let id = find(&state, &offer)?.id;
        let at = state.world.clock.stamp();
        state.remove(id, at).ok_or_else(|| unknown(&offer))
    }

    /// Lets a client find an offer no longer, or again. Nothing happens to the offer, and nothing
    /// is written into the ledger.
    pub fn hide_offer(&self, offer: impl fmt::Display, hidden: bool) -> Result<(), ControlError> {
        self.tweak(&offer, |it| it.hidden = hidden)
    }

    /// Serves this instead of an offer, however malformed it is. Filters and sorting go on by what
    /// the offer was, and its status counts as changed now, so that whoever asks for changes is
    /// served it as well.
    pub fn replace_offer_json(
        &self,
        offer: impl fmt::Display,
        json: &Value,
    ) -> Result<(), ControlError> {
        let json = to_raw_value(json).map_err(|it| ControlError::NotAnOffer(it.to_string()))?;
        let mut state = self.jobrad.open();
        let id = find(&state, &offer)?.id;
        let at = state.world.clock.stamp();
        state
            .change(id, |state, it| {
                it.replacement = Some(json);
                it.status_changed_at = at;
                state.write_edit(it, at);
            })
            .ok_or_else(|| unknown(&offer))
    }

    /// Serves the offer itself again.
    pub fn restore_offer_json(&self, offer: impl fmt::Display) -> Result<(), ControlError> {
        self.tweak(&offer, |it| it.replacement = None)
    }

    /// Lets the list show a change of status, and a new offer, only so much later. A single read
    /// is always up to date.
    pub fn set_index_lag(&self, seconds: u32) {
        self.jobrad.open().index_lag = TimeDelta::seconds(i64::from(seconds));
    }

    /// Makes all tokens worthless.
    pub fn revoke_tokens(&self) {
        self.jobrad.open().tokens.revoke_all();
    }

    fn tweak(
        &self,
        offer: &impl fmt::Display,
        tweak: impl FnOnce(&mut Offer),
    ) -> Result<(), ControlError> {
        let mut state = self.jobrad.open();
        let id = find(&state, offer)?.id;
        state
            .change(id, |_, it| tweak(it))
            .ok_or_else(|| unknown(offer))
    }
}

/// Finds any dealer's offer by its id or its number.
fn find<'a>(state: &'a State, offer: &impl fmt::Display) -> Result<&'a Offer, ControlError> {
    let name = offer.to_string();
    let by_number = |number: u32| {
        let mut offers = state.dealers.iter().flat_map(|it| it.shelf.offers());
        offers.find(|it| it.number == number)
    };
    let found = match name.strip_prefix("FHA-") {
        Some(number) => number.parse().ok().and_then(by_number),
        None => Uuid::try_parse(&name).ok().and_then(|it| state.find(it)),
    };
    found.ok_or(ControlError::UnknownOffer(name))
}

fn unknown(offer: &impl fmt::Display) -> ControlError {
    ControlError::UnknownOffer(offer.to_string())
}

fn put(field: &mut String, value: Option<String>) {
    if let Some(value) = value {
        *field = value;
    }
}

/// Makes of any bicycle the one that is wanted.
fn specialise(content: &mut Content, wanted: &NewOffer) {
    let product = &mut content.product;
    product.bidex_code = wanted.bidex_code.unwrap_or(product.bidex_code);
    put(&mut product.brand_name, wanted.brand_name.clone());
    put(&mut product.model_name, wanted.model_name.clone());
    if let Some(price) = wanted.price_gross {
        product.price_gross = price;
        product.list_price_gross = product.list_price_gross.max(price);
    }
    product.list_price_gross = wanted.list_price_gross.unwrap_or(product.list_price_gross);
}

impl fmt::Display for ControlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownOffer(name) => write!(f, "there is no offer {name}"),
            Self::UnknownStatus(code) => {
                let codes = OfferStatus::ALL.map(OfferStatus::code).join(", ");
                write!(f, "there is no status {code}, only {codes}")
            }
            Self::NoNextStep(status) => {
                write!(f, "no documented step follows {}", status.code())
            }
            Self::NotAnOffer(why) => write!(f, "that is not an offer: {why}"),
        }
    }
}

impl std::error::Error for ControlError {}
