//! One HTTP request of a delivery, and what it led to.
//!
//! Touches no database: nothing may be locked while a stranger's server takes its time. The caller
//! leased the delivery before, and records the outcome after.

use std::{error::Error, io, time::Duration};

use reqwest::{Method, RequestBuilder, Response, StatusCode, header};
use secrecy::ExposeSecret;
use tokio::time::Instant;

use super::{
    outcome::{ErrorClass, Outcome},
    retry,
    signature::{self, Signed},
};
use crate::{
    app::App,
    death::{self, Moment},
    domain::{Timestamp, webhook::Attempt},
    egress::{UrlNotAllowed, forbidden_address},
    store::{
        delivery_queue::Leased,
        destinations::{Destination, SigningKey},
    },
};

/// How long an attempt may take, from the name's resolution to the last byte of the answer.
const TIMEOUT: Duration = Duration::from_secs(15);

/// How much of an answer is read. The rest says nothing that anybody would look at.
const MOST_READ: usize = 64 * 1024;

/// How much of an answer is kept for people to look at.
const MOST_KEPT: usize = 1024;

/// An attempt, and what follows from it.
#[derive(Debug)]
pub(super) struct Done {
    pub attempt: Attempt,
    pub outcome: Outcome,
}

/// An attempt that came to nothing before a request was made.
pub(super) fn not_made(leased: &Leased, now: Timestamp, class: ErrorClass) -> Done {
    Done {
        attempt: Attempt {
            number: leased.attempts + 1,
            started_at: now,
            duration_ms: 0,
            status_code: None,
            error_class: Some(class.as_str().to_owned()),
            response_excerpt: None,
        },
        outcome: Outcome::of(Some(class), None, None),
    }
}

/// Makes an attempt.
#[tracing::instrument(skip_all, fields(delivery.id = %leased.id, endpoint.id = %leased.endpoint))]
pub(super) async fn attempt(app: &App, target: &Destination, leased: &Leased) -> Done {
    let mut done = not_made(leased, app.clock.now(), ErrorClass::Timeout);
    let started = Instant::now();
    let mut answer = Answer::default();
    // The answer is filled in as it comes, so that a late one is known as far as it came.
    let in_time = tokio::time::timeout(TIMEOUT, exchange(app, target, leased, &mut answer)).await;
    let error = match in_time {
        Ok(Ok(())) => answer.status.and_then(|it| {
            let is_success = it.is_success();
            (!is_success).then_some(ErrorClass::HttpStatus)
        }),
        Ok(Err(class)) => Some(class),
        Err(_) => Some(ErrorClass::Timeout),
    };
    let asked = answer
        .retry_after
        .and_then(|it| retry::retry_after(&it, app.clock.now()));
    done.outcome = Outcome::of(error, answer.status, asked);
    let attempt = &mut done.attempt;
    attempt.duration_ms = i32::try_from(started.elapsed().as_millis()).unwrap_or(i32::MAX);
    attempt.status_code = answer.status.map(|it| it.as_u16().into());
    attempt.error_class = error.map(|it| it.as_str().to_owned());
    attempt.response_excerpt = answer.status.map(|_| excerpt(&answer.body));
    done
}

/// What came of an answer.
#[derive(Default)]
struct Answer {
    status: Option<StatusCode>,
    retry_after: Option<String>,
    body: Vec<u8>,
}

async fn exchange(
    app: &App,
    target: &Destination,
    leased: &Leased,
    answer: &mut Answer,
) -> Result<(), ErrorClass> {
    let request = app
        .egress
        .webhook(Method::POST, &target.url, app.webhook_allow_http)
        .map_err(|error| match error {
            UrlNotAllowed::Address(_) => ErrorClass::AddressNotAllowed,
            _ => ErrorClass::UrlNotAllowed,
        })?;
    let response = dressed(request, target, leased, app.clock.now())
        .ok_or(ErrorClass::SecretUnavailable)?
        .send()
        .await
        .map_err(|error| class_of(&error))?;
    answer.status = Some(response.status());
    answer.retry_after = response
        .headers()
        .get(header::RETRY_AFTER)
        .and_then(|it| it.to_str().ok())
        .map(str::to_owned);
    read(response, &mut answer.body).await?;
    death::pass(Moment::AnswerRead);
    Ok(())
}

/// The request with its headers and its body. `None` without a key that is good now: nothing is
/// ever sent unsigned.
fn dressed(
    mut request: RequestBuilder,
    target: &Destination,
    leased: &Leased,
    now: Timestamp,
) -> Option<RequestBuilder> {
    let is_good = |it: &&SigningKey| it.expires_at.is_none_or(|at| at > now);
    let good = target.keys.iter().filter(is_good);
    let keys: Vec<_> = good.map(|it| &it.key).collect();
    if keys.is_empty() {
        return None;
    }
    let signed = Signed {
        id: &leased.message_id,
        timestamp: now.timestamp(),
        body: &leased.payload,
    };
    for it in &target.headers {
        request = request.header(&it.name, it.value.expose_secret());
    }
    let request = request
        .header(header::CONTENT_TYPE, "application/json")
        .header("webhook-id", signed.id)
        .header("webhook-timestamp", signed.timestamp)
        .header("webhook-signature", signature::header(&keys, signed))
        .header("webhook-attempt", leased.attempts + 1)
        .header(
            "webhook-max-attempts",
            leased.attempts_before + retry::MOST_ATTEMPTS,
        )
        .body(leased.payload.clone());
    Some(request)
}

/// Reads the beginning of an answer's body.
async fn read(mut response: Response, body: &mut Vec<u8>) -> Result<(), ErrorClass> {
    while body.len() < MOST_READ {
        match response.chunk().await {
            Ok(Some(chunk)) => {
                let left = MOST_READ - body.len();
                body.extend(chunk.iter().take(left));
            }
            Ok(None) => return Ok(()),
            Err(_) => return Err(ErrorClass::Body),
        }
    }
    Ok(())
}

fn class_of(error: &reqwest::Error) -> ErrorClass {
    if forbidden_address(error).is_some() {
        ErrorClass::AddressNotAllowed
    } else if error.is_dns() {
        ErrorClass::Dns
    } else if error.is_timeout() {
        ErrorClass::Timeout
    } else if error.is_connect() && is_tls(error) {
        ErrorClass::Tls
    } else if error.is_connect() {
        ErrorClass::Connect
    } else if error.is_builder() {
        ErrorClass::Internal
    } else {
        ErrorClass::NoAnswer
    }
}

/// TLS reports what it cannot accept as invalid data, somewhere in the chain.
fn is_tls(error: &reqwest::Error) -> bool {
    let mut source = error.source();
    while let Some(error) = source {
        let io = error.downcast_ref::<io::Error>();
        if io.is_some_and(|it| it.kind() == io::ErrorKind::InvalidData) {
            return true;
        }
        // The source of an `io::Error` is not what it wraps, but the source of that.
        source = match io.and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    false
}

/// The beginning of a body, as text that is safe to keep and to show.
fn excerpt(body: &[u8]) -> String {
    let start = body.get(..MOST_KEPT).unwrap_or(body);
    let mut text = String::from_utf8_lossy(start).into_owned();
    text.retain(|it| !it.is_control());
    // What was not UTF-8 takes more room than it did.
    text.truncate(text.floor_char_boundary(MOST_KEPT));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_short_clean_text() {
        assert_eq!(excerpt(b"no such\r\n hook\0\x1b[31m"), "no such hook[31m");
        assert_eq!(excerpt(b"caf\xe9"), "caf\u{fffd}");
        assert_eq!(excerpt(&[b'a'; 5000]).len(), 1024);
        assert!(excerpt(&[0xff; 5000]).len() <= 1024);
        // Cut in the middle of a character.
        assert!(excerpt("ä".repeat(1000).as_bytes()).starts_with("ää"));
    }
}
