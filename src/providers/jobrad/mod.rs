//! The connector for JobRad's Offers API: which calls are made, and what each answer means.
//!
//! What the documentation leaves open is a constant or a short function, marked [assumed].

mod auth;
mod capabilities;
mod categories;
mod history;
mod listing;
mod mapping;
mod ordered;
mod refusal;
mod status;
mod wire;

use std::time::Duration;

use async_trait::async_trait;
use url::Url;

pub(super) use self::auth::ExposedCredentials;
pub use self::auth::JobradCredentials;
use self::{
    auth::ClientCredentials,
    categories::{Categories, DEFAULT_LANGUAGE, OTHER_LANGUAGES},
};
use super::{
    Access, Cancellation, Created, EmployeeCategories, HistoryRange, List, NewOffer, Observation,
    OfferTerms, Page, Polling, Provider, ProviderError, Quarantined, RecordText, Search,
    constant_url,
    json::Record,
    transport::{Answer, Body, Call, Method, Transport},
};
use crate::domain::{
    capability::{Capability, EntityKind},
    category::ObservedCategory,
    eligibility::UserEligibility,
    history::HistoryPage,
    id::AccountId,
    provider::ProviderKey,
};

const BASE_URL: &str = "https://connect.jobrad.org/v1";

/// [assumed] The documentation names the calls, and of the paths below this one only `accessory`.
const OFFERS: &str = "offers";
const ACCESSORY: &str = "accessory";
const CATEGORIES: &str = "categories";
const HISTORY: &str = "history";

/// [assumed] No largest page is documented. The answer says how long its pages really are.
const PER_PAGE: u32 = 100;

/// How long a new offer is waited for to show itself.
const READ_BACK_PATIENCE: Duration = Duration::from_secs(5);

/// The connector.
#[derive(Debug)]
pub(super) struct Jobrad {
    transport: Transport,
    tokens: ClientCredentials,
}

impl Jobrad {
    pub(super) fn new(transport: Transport) -> Self {
        Self {
            transport,
            tokens: ClientCredentials::default(),
        }
    }

    /// Makes a call, and tells refusals by their meaning.
    async fn call(&self, access: &Access, call: &Call) -> Result<Answer, ProviderError> {
        let answer = self.transport.call(access, call, &self.tokens).await?;
        if answer.status.is_success() {
            Ok(answer)
        } else {
            Err(refusal::read(&answer))
        }
    }

    /// Makes a change that is answered with nothing, or with something in JSON. Anything else, such
    /// as a login page, is not from the provider.
    async fn accepted(&self, access: &Access, call: &Call) -> Result<(), ProviderError> {
        let answer = self.call(access, call).await?;
        if answer.is_empty() {
            return Ok(());
        }
        answer.text().map(|_| ()).map_err(ProviderError::ambiguous)
    }

    async fn tree(
        &self,
        access: &Access,
        language: &str,
        email: Option<&str>,
    ) -> Result<(Categories, bool), ProviderError> {
        let path = [OFFERS, CATEGORIES];
        let mut call = Call::get("GET /offers/categories", access, &path).query("lang", language);
        if let Some(email) = email {
            call = call.query("email", email);
        }
        let answer = self.call(access, &call).await?;
        let envelope: wire::One<'_> = answer.json()?;
        let data = Record::read(envelope.data.get())?;
        // [assumed] True if the e-mail address narrowed the list down.
        let filtered = data.flag("filtered")?.unwrap_or_default();
        Ok((categories::read_tree(&data, language)?, filtered))
    }
}

#[async_trait]
impl Provider for Jobrad {
    fn key(&self) -> ProviderKey {
        ProviderKey::Jobrad
    }

    fn default_base_url(&self) -> Url {
        constant_url(BASE_URL)
    }

    fn capabilities(&self) -> &'static [Capability] {
        &capabilities::CAPABILITIES
    }

    fn mapping_version(&self) -> i32 {
        mapping::VERSION
    }

    fn polling(&self) -> &'static [Polling] {
        &capabilities::POLLING
    }

    fn observe(
        &self,
        _entity: EntityKind,
        text: RecordText<'_>,
    ) -> Result<Observation, Quarantined> {
        mapping::observe(text)
    }

    async fn verify(&self, access: &Access) -> Result<Vec<String>, ProviderError> {
        let call = Call::get("GET /offers", access, &[OFFERS])
            .query("page", "1")
            .query("perPage", "1");
        let answer = self.call(access, &call).await?;
        answer.json::<wire::Many<'_>>()?;
        Ok(vec![String::new()])
    }

    async fn list(&self, access: &Access, list: List<'_>) -> Result<Page, ProviderError> {
        if list.entity != EntityKind::Offer {
            return Err(ProviderError::Unsupported("listing these records"));
        }
        // Sorted by what never changes, and without an upper bound or a filter by status: a row
        // must not leave the result while we read it.
        let mut call = Call::get("GET /offers", access, &[OFFERS])
            .query("sortBy", "createdAt")
            .query("order", "asc")
            .query("page", &list.page.to_string())
            .query("perPage", &PER_PAGE.to_string());
        if let Some(since) = list.changed_since {
            call = call.query("statusChangedDateFrom", &wire::date_time(since));
        }
        let answer = self.call(access, &call).await?;
        listing::read(&answer, list.page)
    }

    async fn get(
        &self,
        access: &Access,
        entity: EntityKind,
        (_scope, native_id): (&str, &str),
    ) -> Result<Observation, ProviderError> {
        if entity != EntityKind::Offer {
            return Err(ProviderError::Unsupported("reading one of these records"));
        }
        let id = path_id(native_id)?;
        let call = Call::get("GET /offers/{id}", access, &[OFFERS, &id]);
        let answer = self.call(access, &call).await?;
        let envelope: wire::One<'_> = answer.json()?;
        let observation = mapping::observe(listing::of_list(envelope.data.get()))
            .map_err(|it| ProviderError::unreadable(it.reason))?;
        if observation.native_id == id {
            Ok(observation)
        } else {
            Err(ProviderError::unreadable(
                "another offer than the one asked for",
            ))
        }
    }

    /// Newest first, so that the one just made is among them: numbers may be used twice.
    async fn find(
        &self,
        access: &Access,
        search: Search<'_>,
    ) -> Result<Vec<Observation>, ProviderError> {
        if search.entity != EntityKind::Offer {
            return Err(ProviderError::Unsupported(
                "finding a record by its own number",
            ));
        }
        let call = Call::get("GET /offers", access, &[OFFERS])
            .query("externalOfferId", search.natural_key)
            .query("sortBy", "createdAt")
            .query("order", "desc")
            .query("page", "1")
            .query("perPage", &PER_PAGE.to_string());
        let answer = self.call(access, &call).await?;
        let page = listing::read(&answer, 1)?;
        let mut found = page.observations;
        // A filter that is not understood is none.
        found.retain(|it| it.natural_key.as_deref() == Some(search.natural_key));
        Ok(found)
    }

    async fn offer_history(
        &self,
        access: &Access,
        native_id: &str,
        range: HistoryRange,
    ) -> Result<HistoryPage, ProviderError> {
        let id = path_id(native_id)?;
        let path = [OFFERS, &id, HISTORY];
        let call = Call::get("GET /offers/{id}/history", access, &path)
            .query("page", &range.page.to_string())
            .query("perPage", &range.per_page.to_string());
        let answer = self.call(access, &call).await?;
        let envelope: wire::Many<'_> = answer.json()?;
        let mut entries = Vec::new();
        for entry in &envelope.data {
            entries.push(history::read(&Record::read(entry.get())?)?);
        }
        let total = listing::Meta::read(&envelope)?.total;
        Ok(HistoryPage { entries, total })
    }

    async fn create_offer(
        &self,
        access: &Access,
        offer: &NewOffer,
    ) -> Result<Created, ProviderError> {
        wire::check_external_id(&offer.external_offer_id)?;
        let body = text(&wire::OfferBody::new_offer(offer))?;
        let call = Call::change("POST /offers", Method::POST, access, &[OFFERS])
            .body(Body::json(body.clone()));
        let answer = self.call(access, &call).await?;
        // Should this fail, the offer is there, and we do not know which one it is.
        let observation = submitted(&answer, &body).map_err(ProviderError::ambiguous)?;
        // JobRad takes an offer in before it shows it. If it shows it already, so do we.
        let shown = self.get(access, EntityKind::Offer, ("", &observation.native_id));
        let shown = tokio::time::timeout(READ_BACK_PATIENCE, shown).await;
        Ok(Created {
            observation: shown.ok().and_then(Result::ok).unwrap_or(observation),
            notice: None,
        })
    }

    async fn update_offer(
        &self,
        access: &Access,
        native_id: &str,
        terms: &OfferTerms,
    ) -> Result<(), ProviderError> {
        let id = path_id(native_id)?;
        // [assumed] The document says «update», and shows a whole body.
        let call = Call::change("PUT /offers/{id}", Method::PUT, access, &[OFFERS, &id])
            .body(Body::json(text(&wire::OfferBody::terms(terms))?));
        self.accepted(access, &call).await
    }

    async fn cancel_offer(
        &self,
        access: &Access,
        native_id: &str,
        cancellation: Cancellation,
    ) -> Result<(), ProviderError> {
        let id = path_id(native_id)?;
        // [assumed] The method, and that the reason goes into the query.
        let mut call = Call::change(
            "DELETE /offers/{id}",
            Method::DELETE,
            access,
            &[OFFERS, &id],
        );
        if let Some(reason) = cancellation.reason {
            call = call.query("cancelReason", wire::cancel_reason(reason));
        }
        if let Some(requested) = cancellation.contact_from_employee_requested {
            call = call.query("contactFromEmployeeRequested", &requested.to_string());
        }
        self.accepted(access, &call).await
    }

    async fn list_categories(
        &self,
        access: &Access,
    ) -> Result<Vec<ObservedCategory>, ProviderError> {
        let (mut categories, _) = self.tree(access, DEFAULT_LANGUAGE, None).await?;
        for language in OTHER_LANGUAGES {
            let (others, _) = self.tree(access, language, None).await?;
            categories::add_names(&mut categories, others);
        }
        let path = [OFFERS, ACCESSORY];
        let call = Call::get("GET /offers/accessory", access, &path);
        match self.call(access, &call).await {
            Ok(answer) => {
                let envelope: wire::Many<'_> = answer.json()?;
                for accessory in envelope.data {
                    categories::add_accessory(&mut categories, &Record::read(accessory.get())?)?;
                }
            }
            // The list adds little to the tree, which is good without it.
            Err(ProviderError::NotFound) => {}
            Err(error) => return Err(error),
        }
        Ok(categories::observed(categories))
    }

    /// By what an employee may lease: JobRad narrows the categories down for those it knows.
    async fn user_eligibility(
        &self,
        access: &Access,
        leasing_provider_slug: &str,
        identifier: &str,
    ) -> Result<UserEligibility, ProviderError> {
        if leasing_provider_slug != ProviderKey::Jobrad.slug() {
            return Err(ProviderError::NotFound);
        }
        let (_, filtered) = self
            .tree(access, DEFAULT_LANGUAGE, Some(identifier))
            .await?;
        Ok(UserEligibility {
            identifier: identifier.to_owned(),
            is_eligible: filtered,
            message: None,
        })
    }

    async fn employee_categories(
        &self,
        access: &Access,
        email: &str,
    ) -> Result<EmployeeCategories, ProviderError> {
        let (categories, filtered) = self.tree(access, DEFAULT_LANGUAGE, Some(email)).await?;
        Ok(EmployeeCategories {
            known_employee: filtered,
            categories: categories::observed(categories),
        })
    }

    fn forget(&self, account: AccountId) {
        self.tokens.forget(account);
    }
}

/// An id that may stand in a path. Whatever is no UUID is no offer's id.
fn path_id(native_id: &str) -> Result<String, ProviderError> {
    mapping::canonical_id(native_id).ok_or(ProviderError::NotFound)
}

fn text(body: &wire::OfferBody<'_>) -> Result<String, ProviderError> {
    // Fails for no value of this type; should it ever, nothing was sent.
    serde_json::to_string(body).map_err(|_| ProviderError::Refused(Vec::new()))
}

/// What is said to a new offer, completed by what was sent.
fn submitted(answer: &Answer, body: &str) -> Result<Observation, ProviderError> {
    let envelope: wire::One<'_> = answer.json()?;
    mapping::observe(RecordText {
        scope: "",
        raw: envelope.data.get(),
        submitted: Some(body),
    })
    .map_err(|it| ProviderError::unreadable(it.reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_constant_urls_are_urls() {
        assert_eq!(constant_url(BASE_URL).scheme(), "https");
        assert_eq!(JobradCredentials::default_token_url().scheme(), "https");
    }

    #[test]
    fn only_uuids_get_into_a_path() {
        for id in ["", "../token", "accessory", "1", "{}"] {
            assert!(matches!(path_id(id), Err(ProviderError::NotFound)), "{id}");
        }
        assert_eq!(
            path_id("978FE89A-DA63-4221-A8BE-BBB743EF07BC").unwrap(),
            "978fe89a-da63-4221-a8be-bbb743ef07bc"
        );
    }
}
