//! What a webhook endpoint may be made of, as far as it can be said without looking anywhere.
//!
//! Apart, because an endpoint is checked when it is created and whenever it is changed. Where its
//! URL may lead is not decided here but by the way out.

use secrecy::ExposeSecret;
use url::Url;

use super::webhook::EndpointHeader;

/// How many endpoints a tenant may have.
pub const MOST_ENDPOINTS: usize = 50;

const MOST_HEADERS: usize = 20;
const LONGEST_URL: usize = 2048;
const LONGEST_DESCRIPTION: usize = 1024;
const LONGEST_HEADER_NAME: usize = 256;
const LONGEST_HEADER_VALUE: usize = 4096;

/// Headers that are ours, or that say how the request is to be read.
const RESERVED: [&str; 14] = [
    "accept-encoding",
    "connection",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "x-forwarded-for",
];

/// Likewise, all that begin so.
const RESERVED_PREFIXES: [&str; 3] = ["content-", "proxy-", "webhook-"];

/// A field that cannot be taken as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {message}")]
pub struct InvalidField {
    /// In the spelling of the graph.
    pub field: &'static str,
    /// What would be right, after the field's name: `must be …`.
    pub message: String,
}

impl InvalidField {
    pub fn new(field: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { field, message }
    }
}

/// Reads a URL that is not too long.
pub fn parse_url(text: &str) -> Result<Url, InvalidField> {
    if text.len() > LONGEST_URL {
        let message = format!("must be at most {LONGEST_URL} bytes long");
        return Err(InvalidField::new("url", message));
    }
    text.parse()
        .map_err(|_| InvalidField::new("url", "must be a whole URL, as https://example.com/hook"))
}

/// Checks what people call an endpoint.
pub fn check_description(description: &str) -> Result<(), InvalidField> {
    if description.len() > LONGEST_DESCRIPTION || description.contains(char::is_control) {
        let message = format!(
            "must be one line of at most {LONGEST_DESCRIPTION} bytes, without control characters"
        );
        return Err(InvalidField::new("description", message));
    }
    Ok(())
}

/// Checks the headers that an endpoint wants. No message repeats a value: it may be a credential.
pub fn check_headers(headers: &[EndpointHeader]) -> Result<(), InvalidField> {
    if headers.len() > MOST_HEADERS {
        let message = format!("must be at most {MOST_HEADERS}");
        return Err(InvalidField::new("headers", message));
    }
    for (index, header) in headers.iter().enumerate() {
        let same = |it: &EndpointHeader| it.name.eq_ignore_ascii_case(&header.name);
        let fault = if !is_token(&header.name) {
            Some("must have names of letters, digits and hyphens, at most 256")
        } else if is_reserved(&header.name) {
            Some("must not have names that are reserved for the delivery itself")
        } else if headers.iter().take(index).any(same) {
            Some("must not have the same name twice")
        } else {
            value_fault(header.value.expose_secret())
        };
        if let Some(fault) = fault {
            let message = format!("{fault}; see number {}", index + 1);
            return Err(InvalidField::new("headers", message));
        }
    }
    Ok(())
}

fn value_fault(value: &str) -> Option<&'static str> {
    if value.len() > LONGEST_HEADER_VALUE {
        Some("must have values of at most 4096 bytes")
    } else if !value.bytes().all(|it| matches!(it, b' '..=b'~')) {
        Some("must have values of printable ASCII characters")
    } else if value.trim() != value {
        Some("must have values that neither begin nor end with a space")
    } else {
        None
    }
}

/// A `token` of RFC 9110.
fn is_token(name: &str) -> bool {
    let allowed = |it: u8| it.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&it);
    (1..=LONGEST_HEADER_NAME).contains(&name.len()) && name.bytes().all(allowed)
}

fn is_reserved(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    RESERVED.contains(&name.as_str()) || RESERVED_PREFIXES.iter().any(|it| name.starts_with(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&str, &str)]) -> Result<(), InvalidField> {
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| EndpointHeader {
                name: (*name).to_owned(),
                value: (*value).into(),
            })
            .collect();
        check_headers(&headers)
    }

    #[test]
    fn headers_that_would_change_the_delivery_are_refused() {
        for name in [
            "Host",
            "content-type",
            "Content-Length",
            "WEBHOOK-ID",
            "webhook-signature",
            "User-Agent",
            "connection",
            "Transfer-Encoding",
            "TE",
            "proxy-authorization",
            "",
            "two words",
            "a:b",
            "a\r\nb",
            "ä",
            &"x".repeat(257),
        ] {
            let error = check(&[(name, "1")]).unwrap_err();
            assert_eq!(error.field, "headers", "{name:?}");
        }
        assert_eq!(
            check(&[("Authorization", "Bearer x"), ("x-env", "")]),
            Ok(())
        );
    }

    #[test]
    fn values_that_would_end_the_line_are_refused_and_not_repeated() {
        for value in [
            "hush\r\nx: y",
            "hush\n",
            "hush\0",
            "hush\u{7f}",
            "hushé",
            " hush",
        ] {
            let error = check(&[("x-token", value)]).unwrap_err();
            assert!(!error.message.contains("hush"), "{error}");
        }
        let longest = "v".repeat(4096);
        assert_eq!(check(&[("x", &longest)]), Ok(()));
        assert!(check(&[("x", &(longest + "v"))]).is_err());
    }

    #[test]
    fn there_is_an_end_to_how_many_and_each_comes_once() {
        let names: Vec<_> = (0..21).map(|it| format!("x-{it}")).collect();
        let headers: Vec<_> = names.iter().map(|it| (it.as_str(), "v")).collect();
        assert_eq!(check(&headers[..20]), Ok(()));
        assert!(check(&headers).is_err());
        assert!(check(&[("X-A", "1"), ("x-a", "2")]).is_err());
    }
}
