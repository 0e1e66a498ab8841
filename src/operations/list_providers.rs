//! Whom we talk to, and what each of them can do.

use crate::{
    app::App,
    domain::{capability::Capability, provider::ProviderKey},
};

/// A provider and what it can do.
#[derive(Debug, Clone, Copy)]
pub struct ProviderInfo {
    pub key: ProviderKey,
    pub capabilities: &'static [Capability],
}

/// Lists the providers that this version talks to. The capabilities are the very data that the
/// connectors and the scheduler go by.
pub fn list_providers(app: &App) -> Vec<ProviderInfo> {
    let info = |it: &dyn crate::providers::Provider| ProviderInfo {
        key: it.key(),
        capabilities: it.capabilities(),
    };
    app.providers.all().map(info).collect()
}
