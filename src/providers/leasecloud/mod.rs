//! The connector for LeaseCloud's Partner API: which calls are made, and what each answer means.
//!
//! What the documentation leaves open is a constant or a short function, marked [assumed].

mod auth;
mod capabilities;
mod complaints;
mod listing;
mod mapping;
mod market;
mod refusal;
mod status;
mod submission;
mod terms;
mod wire;

use async_trait::async_trait;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::value::RawValue;
use url::Url;

pub(super) use self::auth::ExposedCredentials;
pub use self::auth::{InvalidLeasecloudCredentials, LeasecloudCredentials};
use self::{auth::ApiKey, listing::Listed, market::Market, submission::Submission};
use super::{
    Access, Created, List, NewOrder, Observation, Page, Polling, Provider, ProviderError,
    Quarantined, RecordText, Search, constant_url,
    json::Record,
    transport::{Answer, Body, Call, Method, Transport},
};
use crate::domain::{
    capability::{Capability, EntityKind},
    id::AccountId,
    money::Money,
    provider::ProviderKey,
    terms::{MonthlyAmount, PartnerTerms},
};

/// [assumed] The document has lost its URL; the host is that of the older API.
const BASE_URL: &str = "https://api.leasecloud.com/v1";

/// [assumed] The document describes the calls and has lost methods and paths.
const MONTHLY_AMOUNTS: &str = "monthly-amounts";
const PARTNER: &str = "partner";
const ORDERS: &str = "orders";

/// The longest page there is.
const PER_PAGE: &str = "100";

/// The connector.
#[derive(Debug)]
pub(super) struct Leasecloud {
    transport: Transport,
}

impl Leasecloud {
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

    async fn partner(&self, access: &Access) -> Result<PartnerTerms, ProviderError> {
        let call = Call::get("GET /partner", access, &[PARTNER]);
        terms::partner(&self.call(access, &call).await?)
    }

    /// A page of the only list there is. Its order of rows is not documented and cannot be chosen.
    async fn page(&self, access: &Access, scope: &str, page: u32) -> Result<Listed, ProviderError> {
        let market = market(access, scope)?;
        let call = Call::get("GET /orders", access, &[ORDERS])
            .query("page", &page.to_string())
            .query("limit", PER_PAGE);
        listing::read(&self.call(access, &call).await?, market, page)
    }
}

#[async_trait]
impl Provider for Leasecloud {
    fn key(&self) -> ProviderKey {
        ProviderKey::Leasecloud
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

    fn quoted(&self, access: &Access, amount: Decimal) -> Money {
        match auth::credentials(access) {
            Ok(credentials) => credentials.market().money(amount),
            // Another provider's account is never asked here.
            Err(_) => Money::euros_gross(amount),
        }
    }

    fn scope_of_new(&self, access: &Access, _leasing_provider_slug: Option<&str>) -> String {
        let credentials = auth::credentials(access);
        credentials.map_or_else(|_| String::new(), |it| it.market().code().to_owned())
    }

    fn kept_of_new_order(&self, order: &NewOrder) -> Option<String> {
        let no_answer = Record::read("{}").ok()?;
        Submission::new(order).ok()?.to_keep(&no_answer).ok()
    }

    async fn verify(&self, access: &Access) -> Result<Vec<String>, ProviderError> {
        let market = auth::credentials(access)?.market();
        self.partner(access).await?;
        Ok(vec![market.code().to_owned()])
    }

    async fn list(&self, access: &Access, list: List<'_>) -> Result<Page, ProviderError> {
        if list.entity != EntityKind::Order {
            return Err(ProviderError::Unsupported("listing these records"));
        }
        let listed = self.page(access, list.scope, list.page).await?;
        Ok(listed.page)
    }

    async fn get(
        &self,
        access: &Access,
        entity: EntityKind,
        (scope, native_id): (&str, &str),
    ) -> Result<Observation, ProviderError> {
        if entity != EntityKind::Order {
            return Err(ProviderError::Unsupported("reading one of these records"));
        }
        let market = market(access, scope)?;
        let path = [ORDERS, path_id(native_id)?];
        let call = Call::get("GET /orders/{id}", access, &path);
        let answer = self.call(access, &call).await?;
        let envelope: wire::Envelope<wire::One<'_>> = answer.json()?;
        let text = listing::of_list(market, envelope.data.order.get());
        let observation =
            mapping::observe(text).map_err(|it| ProviderError::unreadable(it.reason))?;
        if observation.native_id == native_id {
            Ok(observation)
        } else {
            Err(ProviderError::unreadable(
                "another order than the one asked for",
            ))
        }
    }

    /// There is no filter, so the list is looked through, and not all of it if it is long: see
    /// [`listing::search`]. Both pages of a pair are read, because numbers may be used twice and the
    /// newest order is the one that is meant.
    async fn find(
        &self,
        access: &Access,
        search: Search<'_>,
    ) -> Result<Vec<Observation>, ProviderError> {
        if search.entity != EntityKind::Order {
            return Err(ProviderError::Unsupported(
                "finding a record by its own number",
            ));
        }
        let Listed { page, pages } = self.page(access, search.scope, 1).await?;
        let mut first = Some(page);
        for pair in listing::search(pages) {
            let mut found = Vec::new();
            for number in pair {
                let page = match first.take() {
                    Some(page) => page,
                    None => self.page(access, search.scope, number).await?.page,
                };
                found.extend(page.observations);
            }
            found.retain(|it| it.natural_key.as_deref() == Some(search.natural_key));
            if !found.is_empty() {
                return Ok(found);
            }
        }
        Ok(Vec::new())
    }

    async fn create_order(
        &self,
        access: &Access,
        order: &NewOrder,
    ) -> Result<Created, ProviderError> {
        let market = auth::credentials(access)?.market();
        let submission = Submission::new(order)?;
        let body = sendable(submission.to_send())?;
        let call = Call::change("POST /orders", Method::POST, access, &[ORDERS]).body(body);
        let answer = self.call(access, &call).await?;
        // Should this fail, the order is there, and we do not know which one it is.
        created(&answer, &submission, market).map_err(ProviderError::ambiguous)
    }

    /// The answer does not show the order, and says nothing worth keeping.
    async fn update_order(
        &self,
        access: &Access,
        native_id: &str,
        external_order_id: &str,
    ) -> Result<(), ProviderError> {
        let path = [ORDERS, path_id(native_id)?];
        if external_order_id.trim().is_empty() {
            let complaint = refusal::complaint("externalOrderId", "must not be empty");
            return Err(ProviderError::Refused(vec![complaint]));
        }
        let body = json(&wire::UpdateBody {
            internal_order_id: external_order_id,
        })?;
        let call = Call::change("PATCH /orders/{id}", Method::PATCH, access, &path).body(body);
        let answer = self.call(access, &call).await?;
        if answer.is_empty() {
            return Ok(());
        }
        // Anything but JSON, such as a login page, is not from the provider.
        answer.text().map(|_| ()).map_err(ProviderError::ambiguous)
    }

    async fn monthly_amounts(
        &self,
        access: &Access,
        price: Decimal,
    ) -> Result<Vec<MonthlyAmount>, ProviderError> {
        let market = auth::credentials(access)?.market();
        let price = market::cents(price).ok_or_else(|| {
            let message = "must be an amount with at most two decimals";
            ProviderError::Refused(vec![refusal::complaint("price", message)])
        })?;
        let body = json(&wire::PriceBody { price })?;
        let call = Call::question("POST /monthly-amounts", access, &[MONTHLY_AMOUNTS]).body(body);
        terms::monthly_amounts(&self.call(access, &call).await?, market)
    }

    async fn partner_terms(&self, access: &Access) -> Result<PartnerTerms, ProviderError> {
        self.partner(access).await
    }

    /// Nothing is cached: the key is all there is.
    fn forget(&self, _account: AccountId) {}
}

/// The account's market, if the record is of it. A key sees no other.
fn market(access: &Access, scope: &str) -> Result<Market, ProviderError> {
    let market = auth::credentials(access)?.market();
    (market.code() == scope)
        .then_some(market)
        .ok_or(ProviderError::NotFound)
}

/// An id that may stand in a path.
fn path_id(native_id: &str) -> Result<&str, ProviderError> {
    mapping::is_path_segment(native_id)
        .then_some(native_id)
        .ok_or(ProviderError::NotFound)
}

fn json(body: &impl Serialize) -> Result<Body, ProviderError> {
    sendable(serde_json::to_string(body))
}

/// A body in JSON. None of ours fails to be one; should it ever, nothing was sent.
fn sendable(body: serde_json::Result<String>) -> Result<Body, ProviderError> {
    body.map(Body::json)
        .map_err(|_| ProviderError::Refused(Vec::new()))
}

/// What is said to a new order. [assumed] Its `id` is the one that the order is read by.
fn created(
    answer: &Answer,
    submission: &Submission<'_>,
    market: Market,
) -> Result<Created, ProviderError> {
    let envelope: wire::Envelope<&RawValue> = answer.json()?;
    let raw = envelope.data.get();
    let data = Record::read(raw)?;
    let submitted = submission
        .to_keep(&data)
        .map_err(|_| ProviderError::unreadable("an amount or a notice that is not JSON"))?;
    let observation = mapping::observe(RecordText {
        scope: market.code(),
        raw,
        submitted: Some(&submitted),
    })
    .map_err(|it| ProviderError::unreadable(it.reason))?;
    Ok(Created {
        observation,
        notice: data.text("notice")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_constant_url_is_a_url() {
        assert_eq!(constant_url(BASE_URL).scheme(), "https");
    }
}
