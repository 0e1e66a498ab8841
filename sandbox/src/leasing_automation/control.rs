//! Changing Leasing Automation's world from outside: what a test does in process, and what the
//! routes below `/_control/leasingautomation` do for everybody else. A client of the API can do
//! nothing of this.

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::{
    LeasingAutomation, assumed,
    lists::LeasingProvider,
    state::{Offer, State, Submission},
    users::Verdict,
};

/// Leasing Automation, as its own staff would see it, for one dealer.
#[derive(Debug, Clone)]
pub struct LeasingAutomationControl {
    leasing_automation: Arc<LeasingAutomation>,
    /// Whose offers are listed. Others can be changed as well.
    dealer: usize,
}

/// What a leasing provider says about a user from now on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ValidatedUser {
    pub slug: String,
    pub identifier: String,
    pub is_valid: bool,
    pub validation_message: String,
}

/// A bicycle that is leased already. What is left out is Ada's.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct LeasedBike {
    pub slug: String,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub postal_code: String,
    pub bike_type: String,
    pub category: String,
    pub brand: String,
    pub model: String,
    pub size: String,
    pub color: String,
    pub year: u32,
    pub frame_number: String,
    /// Now, if left out.
    pub start_date: Option<DateTime<Utc>>,
    /// Three years after the start, if left out.
    pub end_date: Option<DateTime<Utc>>,
    pub budget_current: Decimal,
    pub budget_maximum: Decimal,
    pub inspections_available: u32,
    pub last_inspection: Option<DateTime<Utc>>,
    pub inspection_is_mandatory: bool,
    pub inspection_is_valid: bool,
}

/// Why the world was not changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeasingAutomationControlError {
    UnknownOffer(String),
    UnknownSlug(String),
    /// No usual step follows this status.
    NoNextStep(String),
}

use LeasingAutomationControlError::{NoNextStep, UnknownOffer, UnknownSlug};

impl LeasingAutomationControl {
    /// A status that no documentation and no list has.
    pub const UNDOCUMENTED_STATUS: &str = assumed::UNDOCUMENTED;

    /// For the seeded dealer.
    pub(crate) fn new(leasing_automation: &Arc<LeasingAutomation>) -> Self {
        let leasing_automation = Arc::clone(leasing_automation);
        let dealer = 0;
        Self {
            leasing_automation,
            dealer,
        }
    }

    pub(crate) fn add_key(leasing_automation: &Arc<LeasingAutomation>, key: &str) -> Self {
        let leasing_automation = Arc::clone(leasing_automation);
        let dealer = leasing_automation.open().dealer(key);
        Self {
            leasing_automation,
            dealer,
        }
    }

    /// The dealer's API key.
    pub fn key(&self) -> String {
        let state = self.leasing_automation.open();
        state.key(self.dealer).unwrap_or_default().to_owned()
    }

    /// The dealer's offers with all leasing providers, oldest first.
    pub fn offer_ids(&self) -> Vec<String> {
        let state = self.leasing_automation.open();
        let own = state.offers().filter(|(_, it)| it.dealer == self.dealer);
        own.map(|(id, _)| id.to_owned()).collect()
    }

    /// Adds that many offers with a leasing provider, and returns their ids. They were just created,
    /// and nothing is known of what was sent.
    pub fn add_offers(
        &self,
        slug: &str,
        count: usize,
    ) -> Result<Vec<String>, LeasingAutomationControlError> {
        let provider = provider(slug)?;
        let mut state = self.leasing_automation.open();
        let at = state.world.clock.stamp();
        let submission = |_| Submission {
            dealer: self.dealer,
            provider,
            body: "{}".to_owned(),
            taken: None,
            is_rejected_later: false,
        };
        let added = (0..count).map(submission);
        Ok(added.map(|it| state.create(it, at)).collect())
    }

    pub fn offer_status(&self, id: &str) -> Result<String, LeasingAutomationControlError> {
        let state = self.leasing_automation.open();
        find(&state, id).map(|it| it.status.clone().into_owned())
    }

    /// The body with which the offer was made, byte for byte.
    pub fn offer_body(&self, id: &str) -> Result<String, LeasingAutomationControlError> {
        let state = self.leasing_automation.open();
        find(&state, id).map(|it| it.body.clone())
    }

    /// Puts an offer where it is wanted, even where nobody ever was. If it went to `JobRad`, it
    /// stays there until something happens at `JobRad`, which hears nothing of this.
    pub fn set_status(&self, id: &str, status: &str) -> Result<(), LeasingAutomationControlError> {
        let mut state = self.leasing_automation.open();
        let at = state.world.clock.stamp();
        let status = status.to_owned().into();
        state.enter(id, status, at).ok_or_else(|| unknown(id))
    }

    /// Lets an offer take its usual next step, and says where it stands then.
    pub fn advance_offer(&self, id: &str) -> Result<&'static str, LeasingAutomationControlError> {
        let mut state = self.leasing_automation.open();
        let offer = find(&state, id)?;
        let to = offer
            .next()
            .ok_or_else(|| NoNextStep(offer.status.clone().into_owned()))?;
        let at = state.world.clock.stamp();
        state.enter(id, to.into(), at).ok_or_else(|| unknown(id))?;
        Ok(to)
    }

    /// Removes an offer, as if it had never been. If it went to `JobRad`, it stays there.
    pub fn remove_offer(&self, id: &str) -> Result<(), LeasingAutomationControlError> {
        let mut state = self.leasing_automation.open();
        let at = state.world.clock.stamp();
        state.remove(id, at).ok_or_else(|| unknown(id))
    }

    /// Makes the leasing provider refuse the next offer of anybody that is right otherwise. It is
    /// answered with 400 and this text; a dry run does not hear of it.
    pub fn refuse_next_offer(&self, text: impl Into<String>) {
        self.leasing_automation.open().refuse_next(text.into());
    }

    /// Adds a user, or changes what is said about one.
    pub fn add_user(&self, user: ValidatedUser) -> Result<(), LeasingAutomationControlError> {
        let provider = provider(&user.slug)?;
        let verdict = Verdict {
            is_valid: user.is_valid,
            message: user.validation_message,
        };
        let mut state = self.leasing_automation.open();
        state.users.put(provider, &user.identifier, verdict);
        Ok(())
    }

    /// Adds a bicycle to ask service information about.
    pub fn add_leased_bike(&self, bike: LeasedBike) -> Result<(), LeasingAutomationControlError> {
        provider(&bike.slug)?;
        let mut state = self.leasing_automation.open();
        let now = state.world.clock.stamp();
        let start_date = bike.start_date.or(Some(now));
        state.bikes.add(LeasedBike { start_date, ..bike });
        Ok(())
    }
}

fn provider(slug: &str) -> Result<&'static LeasingProvider, LeasingAutomationControlError> {
    LeasingProvider::find(slug).ok_or_else(|| UnknownSlug(slug.to_owned()))
}

fn find<'a>(state: &'a State, id: &str) -> Result<&'a Offer, LeasingAutomationControlError> {
    state.find(id).ok_or_else(|| unknown(id))
}

fn unknown(id: &str) -> LeasingAutomationControlError {
    UnknownOffer(id.to_owned())
}

impl fmt::Display for LeasingAutomationControlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UnknownOffer(id) => write!(f, "there is no offer {id}"),
            UnknownSlug(slug) => write!(f, "there is no leasing provider {slug}"),
            NoNextStep(status) => write!(f, "no usual step follows {status}"),
        }
    }
}

impl std::error::Error for LeasingAutomationControlError {}
