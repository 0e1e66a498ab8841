//! What the transport must know of a provider's way to be asked, and cannot know by itself: how we
//! prove who we are, and what our requests are counted by.

use async_trait::async_trait;
use reqwest::{Method, RequestBuilder};
use secrecy::ExposeSecret;

use super::{Token, Transport};
use crate::providers::{Access, Meter, ProviderError};

/// A provider's way to be asked.
#[async_trait]
pub(in crate::providers) trait Protocol: Send + Sync {
    /// What the account proves itself with: a token that was fetched, or a key that it has.
    async fn token(&self, transport: &Transport, access: &Access) -> Result<Token, ProviderError>;

    /// Takes note that the provider refused this token. One that came after it is not affected.
    async fn reject(&self, access: &Access, token: &Token);

    /// What a request of this method is counted by.
    fn meter(&self, transport: &Transport, access: &Access, method: &Method) -> Meter;

    /// Puts the token where the provider looks for it.
    fn authorize(&self, request: RequestBuilder, token: &Token) -> RequestBuilder {
        request.bearer_auth(token.expose_secret())
    }
}
