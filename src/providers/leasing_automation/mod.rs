//! The connector for Leasing Automation, which passes offers on to many leasing providers: which
//! calls are made, and what each answer means.
//!
//! Every offer belongs to one leasing provider, whose slug is the scope of the record. There is no
//! list of offers: what we know of one is what was sent, and the status that is asked for by id.
//! What the documentation leaves open is a constant or a short function, marked [assumed].

mod auth;
mod capabilities;
#[cfg(test)]
mod documented;
mod eligibility;
mod lists;
mod mapping;
mod refusal;
mod service;
mod status;
mod statuses;
mod wire;

use async_trait::async_trait;
use serde::Serialize;
use serde_json::value::RawValue;
use url::Url;

pub(super) use self::auth::ExposedCredentials;
pub use self::auth::LeasingAutomationCredentials;
use self::{auth::ApiKey, capabilities::STATUS_BATCH};
use super::{
    Access, Created, NewOffer, Observation, Polling, Provider, ProviderError, Quarantined,
    RecordText, ServiceInformationBy, constant_url,
    json::Record,
    transport::{Answer, Body, Call, Method, Transport},
};
use crate::domain::{
    capability::{Capability, EntityKind},
    category::ObservedCategory,
    eligibility::UserEligibility,
    id::AccountId,
    provider::ProviderKey,
    reference::{ReferenceKind, ReferenceValue},
    service_information::ServiceInformation,
};

/// [assumed] By the documented name of the test system's host, `dev-api.leasingautomation.de`.
const BASE_URL: &str = "https://api.leasingautomation.de/v1";

const OFFERS: &str = "offers";
const CONFIG: &str = "config";

/// [assumed] The longest slug of a leasing provider.
const LONGEST_SLUG: usize = 64;

/// The connector.
#[derive(Debug)]
pub(super) struct LeasingAutomation {
    transport: Transport,
}

impl LeasingAutomation {
    pub(super) fn new(transport: Transport) -> Self {
        Self { transport }
    }

    /// Makes a call, and tells refusals by their meaning.
    async fn call(&self, access: &Access, call: &Call) -> Result<Answer, ProviderError> {
        let answer = self.transport.call(access, call, &ApiKey).await?;
        if answer.status.is_success() {
            Ok(answer)
        } else {
            Err(refusal::read(&answer))
        }
    }

    async fn words(
        &self,
        access: &Access,
        list: &lists::List,
    ) -> Result<Vec<ReferenceValue>, ProviderError> {
        let call = Call::get(list.endpoint, access, &[CONFIG, list.name]);
        lists::read(&self.call(access, &call).await?, list.kind)
    }
}

#[async_trait]
impl Provider for LeasingAutomation {
    fn key(&self) -> ProviderKey {
        ProviderKey::LeasingAutomation
    }

    fn default_base_url(&self) -> Url {
        constant_url(BASE_URL)
    }

    fn capabilities(&self) -> &'static [Capability] {
        &capabilities::CAPABILITIES
    }

    fn polling(&self) -> &'static [Polling] {
        &capabilities::POLLING
    }

    fn mapping_version(&self) -> i32 {
        mapping::VERSION
    }

    fn observe(
        &self,
        _entity: EntityKind,
        text: RecordText<'_>,
    ) -> Result<Observation, Quarantined> {
        mapping::observe(text)
    }

    /// There is nothing to list by: which leasing providers have offers, the offers say.
    async fn verify(&self, access: &Access) -> Result<Vec<String>, ProviderError> {
        auth::check_key(access, constant_url(BASE_URL).host_str())?;
        self.words(access, &lists::LEASING_PROVIDERS).await?;
        Ok(vec![String::new()])
    }

    async fn look_up_offers(
        &self,
        access: &Access,
        scope: &str,
        native_ids: &[&str],
    ) -> Result<Vec<Observation>, ProviderError> {
        let slug = path_slug(scope)?;
        let mut ids: Vec<&str> = native_ids.to_vec();
        // One that cannot be asked about was never an offer's.
        ids.retain(|it| mapping::is_id(it));
        let path = [OFFERS, slug, "status"];
        let mut observations = Vec::new();
        for batch in ids.chunks(STATUS_BATCH) {
            let call = Call::get("GET /offers/{slug}/status", access, &path)
                .query("leasingProviderOfferIds", &batch.join(","));
            let answer = self.call(access, &call).await?;
            observations.extend(statuses::read(&answer, slug, batch)?);
        }
        Ok(observations)
    }

    async fn create_offer(
        &self,
        access: &Access,
        offer: &NewOffer,
    ) -> Result<Created, ProviderError> {
        let submission = Submission::of(offer)?;
        let answer = self.call(access, &submission.call(access)).await?;
        // Should this fail, the offer is there, and we do not know which one it is.
        let observation = submission
            .created(&answer)
            .map_err(ProviderError::ambiguous)?;
        Ok(Created {
            observation,
            notice: None,
        })
    }

    async fn dry_run_offer(&self, access: &Access, offer: &NewOffer) -> Result<(), ProviderError> {
        let submission = Submission::of(offer)?;
        let call = submission.call(access).query("dryRun", "true");
        match self.call(access, &call).await {
            // A login page is no consent.
            Ok(answer) => answer.text().map(|_| ()),
            // Sent like a change, so that it is sent once. But nothing was to be made, so there is
            // nothing to find out about either.
            Err(ProviderError::Ambiguous(why)) => Err(*why),
            Err(error) => Err(error),
        }
    }

    async fn list_categories(
        &self,
        access: &Access,
    ) -> Result<Vec<ObservedCategory>, ProviderError> {
        let bicycles = self.words(access, &lists::BIKE_CATEGORIES).await?;
        let accessories = self.words(access, &lists::ACCESSORY_TYPES).await?;
        Ok(lists::categories(bicycles, accessories))
    }

    fn reference_kinds(&self) -> &'static [ReferenceKind] {
        &ReferenceKind::ALL
    }

    async fn reference_values(
        &self,
        access: &Access,
    ) -> Result<Vec<ReferenceValue>, ProviderError> {
        let mut values = Vec::new();
        for list in lists::ALL {
            values.extend(self.words(access, list).await?);
        }
        Ok(values)
    }

    async fn user_eligibility(
        &self,
        access: &Access,
        leasing_provider_slug: &str,
        identifier: &str,
    ) -> Result<UserEligibility, ProviderError> {
        let slug = path_slug(leasing_provider_slug)?;
        let segment = eligibility::path_identifier(identifier)?;
        let path = ["leasingprovider", slug, "validate-user", segment];
        let endpoint = "GET /leasingprovider/{slug}/validate-user/{identifier}";
        let call = Call::get(endpoint, access, &path);
        let answer = self.call(access, &call).await?;
        Ok(eligibility::read(&record(&answer)?, identifier)?)
    }

    async fn service_information(
        &self,
        access: &Access,
        leasing_provider_slug: &str,
        by: &ServiceInformationBy,
    ) -> Result<ServiceInformation, ProviderError> {
        let path = ["service-information", path_slug(leasing_provider_slug)?];
        let body = Body::json(json(&service::Question::new(by))?);
        let call = Call::question("POST /service-information/{slug}", access, &path).body(body);
        let answer = self.call(access, &call).await?;
        Ok(service::read(&record(&answer)?)?)
    }

    /// Nothing is kept for an account.
    fn forget(&self, _account: AccountId) {}
}

/// A new offer on its way to one leasing provider.
struct Submission<'a> {
    slug: &'a str,
    body: String,
}

impl<'a> Submission<'a> {
    /// Refuses what Leasing Automation would refuse.
    fn of(offer: &'a NewOffer) -> Result<Self, ProviderError> {
        refusal::check(offer)?;
        let slug = offer.leasing_provider_slug.as_deref().unwrap_or_default();
        Ok(Self {
            slug: path_slug(slug)?,
            body: json(&wire::OfferBody::new_offer(offer))?,
        })
    }

    fn call(&self, access: &Access) -> Call {
        let path = [OFFERS, self.slug];
        Call::change("POST /offers/{slug}", Method::POST, access, &path)
            .body(Body::json(self.body.clone()))
    }

    /// What is said to a new offer, completed by what was sent.
    fn created(&self, answer: &Answer) -> Result<Observation, ProviderError> {
        let raw: &RawValue = answer.json()?;
        mapping::observe(RecordText {
            scope: self.slug,
            raw: raw.get(),
            submitted: Some(&self.body),
        })
        .map_err(|it| ProviderError::unreadable(it.reason))
    }
}

fn record(answer: &Answer) -> Result<Record<'_>, ProviderError> {
    let text: &RawValue = answer.json()?;
    Ok(Record::read(text.get())?)
}

fn json(body: &impl Serialize) -> Result<String, ProviderError> {
    // Fails for no value of these types; should it ever, nothing was sent.
    serde_json::to_string(body).map_err(|_| ProviderError::Refused(Vec::new()))
}

/// A slug that may stand in a path. [assumed] Whatever has other characters is no leasing provider's.
fn path_slug(slug: &str) -> Result<&str, ProviderError> {
    let is_slug = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_');
    if (1..=LONGEST_SLUG).contains(&slug.len()) && slug.bytes().all(is_slug) {
        Ok(slug)
    } else {
        Err(ProviderError::NotFound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_constant_url_is_one() {
        assert_eq!(constant_url(BASE_URL).scheme(), "https");
        assert_eq!(
            constant_url(BASE_URL).host_str(),
            Some("api.leasingautomation.de")
        );
    }

    #[test]
    fn only_slugs_get_into_a_path() {
        for slug in ["jobrad", "deutsche-dienstrad", "deutschedienstrad", "a_1"] {
            assert_eq!(path_slug(slug).unwrap(), slug);
        }
        let too_long = "a".repeat(65);
        for slug in ["", "..", "a/b", "a.b", "a b", "a%2e", "ä", "a\n", &too_long] {
            assert!(
                matches!(path_slug(slug), Err(ProviderError::NotFound)),
                "{slug}"
            );
        }
    }
}
