//! What a name means to us: the addresses that may be dialled.
//!
//! Apart from the clients, because whoever sets a URL is told by the same rule what it leads to. It
//! must not remember an answer: what was public a moment ago may not be now.

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use async_trait::async_trait;
use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{
    address::{AddressNotAllowed, Reach},
    url::UrlNotAllowed,
};

/// Who knows the addresses of a name. Whoever it is: what it says is checked.
#[async_trait]
pub trait Names: fmt::Debug + Send + Sync {
    /// Every address of a name, in the order in which they are to be tried.
    async fn addresses_of(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// Names as the system resolves them.
#[derive(Debug, Clone, Copy)]
pub struct SystemNames;

#[async_trait]
impl Names for SystemNames {
    async fn addresses_of(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let found = tokio::net::lookup_host((name, 0)).await?;
        Ok(found.map(|it| it.ip()).collect())
    }
}

/// Names, and what of their addresses may be dialled.
#[derive(Debug, Clone)]
pub(super) struct CheckedNames {
    pub(super) names: Arc<dyn Names>,
    pub(super) opened: Arc<[IpNet]>,
}

/// Why a name has no address for us.
#[derive(Debug)]
pub(super) enum NotResolved {
    Forbidden(AddressNotAllowed),
    Unknown,
}

impl CheckedNames {
    /// The addresses of a name. One that must not be dialled refuses them all: whoever mixes them
    /// hopes that we take the wrong one.
    pub(super) async fn addresses_of(
        &self,
        name: &str,
        reach: Reach,
    ) -> Result<Vec<IpAddr>, NotResolved> {
        let addresses = self
            .names
            .addresses_of(name)
            .await
            .map_err(|_| NotResolved::Unknown)?;
        if addresses.is_empty() {
            return Err(NotResolved::Unknown);
        }
        for address in &addresses {
            reach
                .check(*address, &self.opened)
                .map_err(NotResolved::Forbidden)?;
        }
        Ok(addresses)
    }
}

/// What a client resolves names with. It dials what it is given here, and nothing else.
#[derive(Debug)]
pub(super) struct CheckedResolver {
    pub(super) names: CheckedNames,
    pub(super) reach: Reach,
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (names, reach) = (self.names.clone(), self.reach);
        Box::pin(async move {
            match names.addresses_of(name.as_str(), reach).await {
                // The port does not matter: the client puts the URL's in its place.
                Ok(found) => {
                    Ok(Box::new(found.into_iter().map(|it| SocketAddr::new(it, 0))) as Addrs)
                }
                Err(NotResolved::Forbidden(forbidden)) => Err(forbidden.into()),
                Err(NotResolved::Unknown) => Err(UrlNotAllowed::Unresolved.into()),
            }
        })
    }
}
