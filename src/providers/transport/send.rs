//! One request and its answer: the place where bytes leave and arrive, and where they are paid for.

use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use reqwest::{RequestBuilder, Response, StatusCode, header};
use secrecy::ExposeSecret;
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::{
    Asked, Transport,
    call::{Answer, Call, Effect},
    retry,
    token::Token,
};
use crate::{
    egress::{UrlNotAllowed, forbidden_address},
    providers::{Meter, Outage, ProviderError},
};

/// How many redirects are followed. All of them stay on the host that was asked.
const MAX_REDIRECTS: u32 = 3;

/// A request without an answer that a connector could read.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) error: ProviderError,
    /// Whether the provider may have done what it was asked.
    pub(super) may_have_worked: bool,
    pub(super) retry_after: Option<Duration>,
}

impl Failed {
    /// A failure of which the provider knows nothing, or that it caused before doing anything.
    pub(super) fn before_sending(error: ProviderError) -> Self {
        let retry_after = match &error {
            ProviderError::RateLimited { retry_after } => *retry_after,
            _ => None,
        };
        Self {
            error,
            may_have_worked: false,
            retry_after,
        }
    }

    /// Whether our own budget kept us from asking.
    pub(super) fn is_unasked(&self) -> bool {
        matches!(self.error, ProviderError::BudgetExhausted { .. })
    }

    fn after_sending(error: ProviderError) -> Self {
        Self {
            may_have_worked: true,
            ..Self::before_sending(error)
        }
    }
}

pub(super) fn too_slow() -> ProviderError {
    ProviderError::Unavailable(Outage::TooSlow)
}

/// What one request led to.
enum Step {
    Answered(Answer),
    SentOn(Url),
}

impl Transport {
    /// Sends a request and reads the answer whole, until then.
    pub(super) async fn send(
        &self,
        asked: Asked<'_>,
        proof: Option<&Token>,
        until: Instant,
    ) -> Result<Answer, Failed> {
        let Asked { access, call, .. } = asked;
        let meter = asked.protocol.meter(self, access, &call.method);
        let mut url = call.url.clone();
        for _ in 0..=MAX_REDIRECTS {
            self.pay(asked, &meter, until).await?;
            let step = timeout_at(until, self.exchange(asked, &url, proof)).await;
            match step.unwrap_or_else(|_| Err(Failed::after_sending(too_slow()))) {
                Ok(Step::Answered(answer)) => return Ok(answer),
                Ok(Step::SentOn(next)) => url = next,
                Err(failed) => {
                    if let ProviderError::RateLimited { retry_after } = failed.error {
                        self.budget.refused(&meter, retry_after).await;
                    }
                    return Err(failed);
                }
            }
        }
        Err(Failed::after_sending(ProviderError::unreadable(
            "too many redirects",
        )))
    }

    /// Has one request counted.
    async fn pay(&self, asked: Asked<'_>, meter: &Meter, until: Instant) -> Result<(), Failed> {
        let left = until.saturating_duration_since(Instant::now());
        let patience = self.settings.patience.min(left / 2);
        let paid = self.budget.take(meter, asked.access.lane, patience).await;
        paid.map_err(|it| {
            Failed::before_sending(ProviderError::BudgetExhausted { until: it.until })
        })
    }

    async fn exchange(
        &self,
        asked: Asked<'_>,
        url: &Url,
        proof: Option<&Token>,
    ) -> Result<Step, Failed> {
        let response = self.request(asked, url, proof)?.send().await;
        let response = response.map_err(not_sent)?;
        match redirect(asked.call, url, &response)? {
            Some(next) => Ok(Step::SentOn(next)),
            None => self.read(response).await.map(Step::Answered),
        }
    }

    fn request(
        &self,
        asked: Asked<'_>,
        url: &Url,
        proof: Option<&Token>,
    ) -> Result<RequestBuilder, Failed> {
        let call = asked.call;
        let mut request = self
            .egress
            .provider(call.method.clone(), url)
            .map_err(|error| Failed::before_sending(ProviderError::AddressNotAllowed(error)))?
            .header(header::ACCEPT, "application/json");
        if let Some(token) = proof {
            request = asked.protocol.authorize(request, token);
        }
        if let Some(body) = &call.body {
            request = request
                .header(header::CONTENT_TYPE, body.content_type)
                .body(body.text.expose_secret().to_owned());
        }
        Ok(request)
    }

    async fn read(&self, response: Response) -> Result<Answer, Failed> {
        let (status, headers) = (response.status(), response.headers().clone());
        let retry_after = retry::retry_after(&headers);
        let failed = |error, may_have_worked| Failed {
            error,
            may_have_worked,
            retry_after,
        };
        match status {
            StatusCode::TOO_MANY_REQUESTS => {
                return Err(failed(ProviderError::RateLimited { retry_after }, false));
            }
            StatusCode::REQUEST_TIMEOUT => {}
            _ if status.is_server_error() => {}
            _ => {
                let body = self.read_body(response).await.map_err(|it| Failed {
                    // A refusal is one, however it goes on.
                    may_have_worked: it.may_have_worked && !status.is_client_error(),
                    ..it
                })?;
                return Ok(Answer::new(status, &headers, body));
            }
        }
        let outage = Outage::Status(status.as_u16());
        Err(failed(ProviderError::Unavailable(outage), true))
    }

    /// Reads a body, unpacked, up to the limit. What comes after that is never held in memory.
    async fn read_body(&self, mut response: Response) -> Result<Bytes, Failed> {
        let limit = self.settings.max_body_bytes;
        let too_large = || {
            let what = format!("body larger than {} MiB", limit / (1024 * 1024));
            Failed::after_sending(ProviderError::unreadable(what))
        };
        let announced = response.content_length().unwrap_or_default();
        if usize::try_from(announced).is_ok_and(|it| it > limit) {
            return Err(too_large());
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            if body.len() + chunk.len() > limit {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }
}

/// Where to go on, if the answer sends us elsewhere. Reads follow, within the same origin: a token
/// must not go to another one, and a change that is sent on may turn into something else.
fn redirect(call: &Call, url: &Url, response: &Response) -> Result<Option<Url>, Failed> {
    let status = response.status();
    let target = match status.as_u16() {
        301 | 302 | 303 | 307 | 308 => response.headers().get(header::LOCATION),
        _ => return Ok(None),
    };
    let refused = |what| Err(Failed::after_sending(ProviderError::unreadable(what)));
    if call.effect == Effect::Changes || call.body.is_some() {
        return refused("a redirect where none is expected");
    }
    let target = target
        .and_then(|it| it.to_str().ok())
        .and_then(|it| url.join(it).ok());
    match target {
        Some(target) if target.origin() == url.origin() => Ok(Some(target)),
        Some(_) => refused("a redirect to another host"),
        None => refused("a redirect to nowhere"),
    }
}

fn not_sent(error: reqwest::Error) -> Failed {
    if let Some(address) = forbidden_address(&error) {
        let error = UrlNotAllowed::Address(*address);
        return Failed::before_sending(ProviderError::AddressNotAllowed(error));
    }
    if error.is_connect() {
        // The URL may hold an e-mail address.
        let outage = Outage::NoConnection(Arc::new(error.without_url()));
        return Failed::before_sending(ProviderError::Unavailable(outage));
    }
    broken(error)
}

fn broken(error: reqwest::Error) -> Failed {
    let outage = Outage::Broken(Arc::new(error.without_url()));
    Failed::after_sending(ProviderError::Unavailable(outage))
}
