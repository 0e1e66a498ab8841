//! The connector for AutoLeap's Partner API: which calls are made, and what each answer means.
//!
//! A workshop's vehicles and repair orders. A partner sees several companies, and each company is a
//! scope of its own. What the documentation leaves open is a constant or a short function, marked
//! [assumed].

mod auth;
mod bulk;
mod capabilities;
mod checks;
mod credentials;
mod kind;
mod listing;
mod mapping;
mod order;
mod profile;
mod refusal;
mod status;
mod vehicle;
mod wire;

use async_trait::async_trait;
use url::Url;

pub use self::credentials::AutoleapCredentials;
pub(super) use self::credentials::ExposedCredentials;
use self::{auth::Sessions, checks::Checked, kind::Kind, wire::Vehicles};
use super::{
    Access, List, NewVehicle, Observation, Page, Polling, Provider, ProviderError, Quarantined,
    RecordText, Search, VehicleArchival, VehicleChange, constant_url,
    transport::{Answer, Body, Call, Method, Transport},
};
use crate::domain::{
    capability::{Capability, EntityKind},
    id::AccountId,
    offer::StatusIssue,
    provider::ProviderKey,
};

const BASE_URL: &str = "https://partnerapi.myautoleap.com/v2";

const PARTNERS: &str = "partners";
const LOGIN: &str = "login";
const REFRESH: &str = "generateNewAccessToken";
const LOGOUT: &str = "logout";
const PROFILE: &str = "profile";
const VEHICLES: &str = "vehicles";
/// Elsewhere they are said to be at `repairOrders`, with writes; the document has reads alone.
const ORDERS: &str = "orders";

/// [assumed] By what vehicles can be sorted, too. It never changes.
const SORT: &str = "createdDate";

/// What became of each vehicle.
type Outcomes = Vec<Vec<StatusIssue>>;

/// The connector.
#[derive(Debug)]
pub(super) struct Autoleap {
    transport: Transport,
    sessions: Sessions,
}

impl Autoleap {
    pub(super) fn new(transport: Transport) -> Self {
        Self {
            transport,
            sessions: Sessions::default(),
        }
    }

    /// Makes a call, and tells refusals by their meaning.
    async fn call(&self, access: &Access, call: &Call) -> Result<Answer, ProviderError> {
        let answer = self.transport.call(access, call, &self.sessions).await?;
        match refusal::read(&answer) {
            Some(error) => Err(error),
            None => Ok(answer),
        }
    }

    /// Makes a change of many vehicles. Those with something wrong are not sent.
    async fn change(
        &self,
        access: &Access,
        (endpoint, method): (&'static str, Method),
        (company_id, checked): (&str, Vec<Checked<'_>>),
    ) -> Result<Outcomes, ProviderError> {
        check_company(access, company_id)?;
        let (vehicles, outcomes) = bulk::split(checked);
        let sent = vehicles.len();
        if sent == 0 {
            return Ok(bulk::complete(outcomes, Vec::new()));
        }
        let body = Vehicles {
            company_id,
            vehicles,
        };
        // Fails for no value of this type; should it ever, nothing was sent.
        let body = serde_json::to_string(&body).map_err(|_| ProviderError::Refused(Vec::new()))?;
        let call = Call::change(endpoint, method, access, &[VEHICLES]).body(Body::json(body));
        let answer = self.call(access, &call).await?;
        // Should this fail, it was done, at least for some of them.
        let of_sent = bulk::read(&answer, sent).map_err(ProviderError::ambiguous)?;
        Ok(bulk::complete(outcomes, of_sent))
    }
}

/// Makes sure that an account asks about its own companies only: a partner may see others too.
fn check_company(access: &Access, company_id: &str) -> Result<(), ProviderError> {
    let own = &AutoleapCredentials::of(access)?.company_ids;
    if own.is_empty() || own.iter().any(|it| it == company_id) {
        Ok(())
    } else {
        Err(ProviderError::Forbidden)
    }
}

/// The call for a page of a company's records.
fn list_call(access: &Access, kind: Kind, company_id: &str) -> Call {
    Call::get(kind.list_endpoint(), access, &[kind.path()])
        .query("companyId", company_id)
        .query("size", &listing::SIZE.to_string())
        .query("sort", SORT)
}

#[async_trait]
impl Provider for Autoleap {
    fn key(&self) -> ProviderKey {
        ProviderKey::Autoleap
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
        entity: EntityKind,
        text: RecordText<'_>,
    ) -> Result<Observation, Quarantined> {
        let kind = Kind::of(entity).ok_or_else(|| Quarantined {
            native_id: None,
            scope: text.scope.to_owned(),
            raw: text.raw.to_owned(),
            reason: "there are no such records".to_owned(),
        })?;
        mapping::observe(kind, text)
    }

    async fn verify(&self, access: &Access) -> Result<Vec<String>, ProviderError> {
        let call = Call::get("GET /partners/profile", access, &[PARTNERS, PROFILE]);
        let answer = self.call(access, &call).await?;
        profile::companies(&answer, &AutoleapCredentials::of(access)?.company_ids)
    }

    async fn list(&self, access: &Access, list: List<'_>) -> Result<Page, ProviderError> {
        let unsupported = ProviderError::Unsupported("listing these records");
        let kind = Kind::of(list.entity).ok_or(unsupported)?;
        check_company(access, list.scope)?;
        // Sorted by what never changes, and without an upper bound or a filter by status: a row
        // must not leave the result while we read it.
        let mut call = list_call(access, kind, list.scope)
            .query("sortDirection", "ASC")
            .query("page", &list.page.to_string());
        if let Some(since) = list.changed_since {
            call = call.query("updatedDateStart", &wire::date_time(since));
        }
        let answer = self.call(access, &call).await?;
        listing::page(&answer, kind, (list.scope, list.page))
    }

    async fn get(
        &self,
        access: &Access,
        entity: EntityKind,
        (scope, native_id): (&str, &str),
    ) -> Result<Observation, ProviderError> {
        let unsupported = ProviderError::Unsupported("reading one of these records");
        let kind = Kind::of(entity).ok_or(unsupported)?;
        check_company(access, scope)?;
        if !kind::is_id(native_id) {
            return Err(ProviderError::NotFound);
        }
        let mut call = Call::get(kind.get_endpoint(), access, &[kind.path(), native_id]);
        if kind == Kind::Order {
            call = call.query("companyId", scope);
        }
        let answer = self.call(access, &call).await?;
        listing::single(&answer, kind, (scope, native_id))
    }

    /// Newest first, so that the one just made is among them: AutoLeap does not mind making the same
    /// vehicle twice.
    async fn find(
        &self,
        access: &Access,
        search: Search<'_>,
    ) -> Result<Vec<Observation>, ProviderError> {
        if search.entity != EntityKind::Vehicle {
            return Err(ProviderError::Unsupported(
                "finding a record by its own number",
            ));
        }
        check_company(access, search.scope)?;
        let call = list_call(access, Kind::Vehicle, search.scope)
            .query("sortDirection", "DESC")
            .query("page", "1")
            .query("search", vehicle::searched(search.natural_key));
        let answer = self.call(access, &call).await?;
        let page = listing::page(&answer, Kind::Vehicle, (search.scope, 1))?;
        let mut found = page.observations;
        found.retain(|it| {
            let vehicle = it.vehicle.as_ref();
            vehicle.is_some_and(|it| vehicle::is_meant(&it.content, search.natural_key))
        });
        Ok(found)
    }

    async fn create_vehicles(
        &self,
        access: &Access,
        scope: &str,
        vehicles: &[NewVehicle],
    ) -> Result<Outcomes, ProviderError> {
        let checked = vehicles.iter().map(checks::new_vehicle).collect();
        let endpoint = ("POST /vehicles", Method::POST);
        self.change(access, endpoint, (scope, checked)).await
    }

    /// A partial update, in spite of its name.
    async fn update_vehicles(
        &self,
        access: &Access,
        scope: &str,
        vehicles: &[VehicleChange],
    ) -> Result<Outcomes, ProviderError> {
        let checked = vehicles.iter().map(checks::change).collect();
        let endpoint = ("PUT /vehicles", Method::PUT);
        self.change(access, endpoint, (scope, checked)).await
    }

    async fn archive_vehicles(
        &self,
        access: &Access,
        scope: &str,
        vehicles: &[VehicleArchival],
    ) -> Result<Outcomes, ProviderError> {
        let checked = vehicles.iter().map(checks::archival).collect();
        let endpoint = ("PATCH /vehicles", Method::PATCH);
        self.change(access, endpoint, (scope, checked)).await
    }

    /// Logs out, if there is a session.
    async fn disconnect(&self, access: &Access) {
        let Some(farewell) = self.sessions.farewell(access).await else {
            return;
        };
        let path = [PARTNERS, LOGOUT];
        let call = Call::change("POST /partners/logout", Method::POST, access, &path);
        if let Err(error) = self.call(access, &call.body(farewell)).await {
            tracing::debug!(%error, "the session was not ended, and will expire");
        }
        self.forget(access.account);
    }

    fn forget(&self, account: AccountId) {
        self.sessions.forget(account);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_constant_url_is_a_url() {
        assert_eq!(constant_url(BASE_URL).scheme(), "https");
    }
}
