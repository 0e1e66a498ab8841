//! The one way out: HTTP clients that dial only addresses they have checked. Providers and webhooks
//! use it.
//!
//! * [`Egress::provider`] and [`Egress::webhook`] begin a request, and [`Egress::document`] reads a
//!   small document whole. There is no other way to one, so nobody can forget the check of the URL.
//! * The address that is dialled is the address that was checked: `names` resolves and checks in one
//!   step, and a name that means one forbidden address is refused whole. Literals never reach a
//!   resolver, so `url` checks them before anything is sent.
//! * No redirect is followed and nothing is sent twice in here: each hop and each repetition is a
//!   decision, and those are made by whoever knows what the request does.
//! * Proxies of the environment are ignored. One of them would resolve names behind our back.

mod address;
mod document;
mod names;
mod url;

use std::{error::Error, sync::Arc, time::Duration};

use ::url::Url;
use ipnet::IpNet;
use reqwest::{Client, ClientBuilder, Method, RequestBuilder, redirect::Policy, tls::Version};

pub use self::{
    address::AddressNotAllowed,
    document::{Bounds, Document, FetchError},
    names::{Names, SystemNames},
    url::{Rules, UrlNotAllowed},
};
use self::{
    address::Reach,
    names::{CheckedNames, CheckedResolver, NotResolved},
};

const USER_AGENT: &str = concat!("leasegraph/", env!("CARGO_PKG_VERSION"));

/// How long a connection, TLS included, may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Shorter than servers usually keep an idle connection, so that we seldom meet a closing one.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

const IDLE_CONNECTIONS_PER_HOST: usize = 8;

/// The way out. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Egress(Arc<Clients>);

#[derive(Debug)]
struct Clients {
    names: CheckedNames,
    provider: Client,
    provider_plain: Client,
    webhook: Client,
}

impl Egress {
    /// `allow` opens ranges that are not public, for development.
    pub fn new(allow: Vec<IpNet>) -> Result<Self, reqwest::Error> {
        Self::with_names(allow, Arc::new(SystemNames))
    }

    /// A way out for which somebody else than the system says what names mean.
    pub fn with_names(allow: Vec<IpNet>, names: Arc<dyn Names>) -> Result<Self, reqwest::Error> {
        let opened = allow.into();
        let names = CheckedNames { names, opened };
        Ok(Self(Arc::new(Clients {
            provider: builder(Reach::PublicOrOpened, &names).build()?,
            provider_plain: builder(Reach::Opened, &names).build()?,
            // A receiver's answer is looked at by people only: no need to unpack a stranger's file.
            webhook: builder(Reach::PublicOrOpened, &names).no_gzip().build()?,
            names,
        })))
    }

    /// Begins a request to a provider, or to whoever else is asked with credentials. A packed
    /// answer is unpacked while it is read: read with a cap.
    pub fn provider(&self, method: Method, url: &Url) -> Result<RequestBuilder, UrlNotAllowed> {
        self.check_url(url, Rules::Provider)?;
        let client = match Rules::Provider.reach(url) {
            Reach::PublicOrOpened => &self.0.provider,
            Reach::Opened => &self.0.provider_plain,
        };
        Ok(client.request(method, url.clone()))
    }

    /// Begins a request to an endpoint that a tenant has set.
    pub fn webhook(
        &self,
        method: Method,
        url: &Url,
        allow_http: bool,
    ) -> Result<RequestBuilder, UrlNotAllowed> {
        self.check_url(url, Rules::Webhook { allow_http })?;
        Ok(self.0.webhook.request(method, url.clone()))
    }

    /// Checks all that can be said without resolving a name.
    pub fn check_url(&self, url: &Url, rules: Rules) -> Result<(), UrlNotAllowed> {
        rules.check(url, &self.0.names.opened)
    }

    /// Checks a URL that somebody is setting, and what its name means now. What it means when it is
    /// used is checked then, again.
    pub async fn check_reachable(&self, url: &Url, rules: Rules) -> Result<(), UrlNotAllowed> {
        self.check_url(url, rules)?;
        let Some(::url::Host::Domain(name)) = url.host() else {
            return Ok(());
        };
        match self.0.names.addresses_of(name, rules.reach(url)).await {
            Ok(_) => Ok(()),
            Err(NotResolved::Forbidden(forbidden)) => Err(forbidden.into()),
            Err(NotResolved::Unknown) => Err(UrlNotAllowed::Unresolved),
        }
    }
}

/// The address that was refused, if that is why a request failed.
pub fn forbidden_address(error: &reqwest::Error) -> Option<&AddressNotAllowed> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(forbidden) = error.downcast_ref() {
            return Some(forbidden);
        }
        source = error.source();
    }
    None
}

fn builder(reach: Reach, names: &CheckedNames) -> ClientBuilder {
    Client::builder()
        .dns_resolver(CheckedResolver {
            names: names.clone(),
            reach,
        })
        .no_proxy()
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .tls_backend_rustls()
        .tls_version_min(Version::TLS_1_2)
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .pool_max_idle_per_host(IDLE_CONNECTIONS_PER_HOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEBHOOK: Rules = Rules::Webhook { allow_http: false };

    #[tokio::test]
    async fn a_name_that_means_a_forbidden_address_is_refused() {
        let egress = Egress::new(Vec::new()).unwrap();
        let url = "https://localhost:4010/".parse().unwrap();

        assert!(egress.check_url(&url, WEBHOOK).is_ok());
        let error = egress.check_reachable(&url, WEBHOOK).await.unwrap_err();
        assert!(matches!(error, UrlNotAllowed::Address(_)), "{error:?}");

        for request in [
            egress.webhook(Method::POST, &url, false).unwrap(),
            egress.provider(Method::GET, &url).unwrap(),
        ] {
            let error = request.send().await.unwrap_err();
            let forbidden = forbidden_address(&error).unwrap();
            assert!(forbidden.address.is_loopback());
        }
    }

    #[tokio::test]
    async fn a_name_without_an_address_is_told_apart() {
        let egress = Egress::new(Vec::new()).unwrap();
        let url = "https://nowhere.invalid/".parse().unwrap();

        let error = egress.check_reachable(&url, WEBHOOK).await.unwrap_err();
        assert_eq!(error, UrlNotAllowed::Unresolved);
    }

    #[tokio::test]
    async fn without_tls_a_provider_is_reached_in_opened_ranges_only() {
        let url: Url = "http://localhost:47809/".parse().unwrap();
        let other: IpNet = "10.0.0.0/8".parse().unwrap();
        let egress = Egress::new(vec![other]).unwrap();
        let error = egress.provider(Method::GET, &url).unwrap().send().await;
        assert!(forbidden_address(&error.unwrap_err()).is_some());

        let egress = Egress::new(vec![
            "127.0.0.0/8".parse().unwrap(),
            "::1/128".parse().unwrap(),
        ])
        .unwrap();
        let error = egress.provider(Method::GET, &url).unwrap().send().await;
        let error = error.unwrap_err();
        assert!(error.is_connect() && forbidden_address(&error).is_none());
    }
}
