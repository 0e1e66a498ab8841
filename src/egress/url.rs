//! Which URLs may be asked for: all that can be said about one before its name is resolved.

use std::net::IpAddr;

use ipnet::IpNet;
use url::{Host, Url};

use super::address::{AddressNotAllowed, Reach};

/// What a URL is for. Each purpose has its own idea of plain `http`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    /// Something we ask, with credentials. Plain `http` reaches opened ranges only: nobody but a
    /// sandbox on this machine is to see a token in the clear.
    Provider,
    /// Somebody whom we tell things.
    Webhook { allow_http: bool },
}

/// Why a URL is not asked for, in a sentence for whoever set it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlNotAllowed {
    #[error("the URL must start with https://")]
    Scheme,

    #[error("the URL must not contain a user name or a password")]
    Credentials,

    #[error("the URL must not contain a fragment, the part after #")]
    Fragment,

    #[error("the URL must name a host")]
    Host,

    #[error("port {0} is not allowed: use 443, or one from 1024")]
    Port(u16),

    /// The host is, or means, an address that must not be dialled.
    #[error(transparent)]
    Address(#[from] AddressNotAllowed),

    /// The name means nothing now. It may later.
    #[error("the host's name cannot be resolved")]
    Unresolved,
}

impl Rules {
    /// Which addresses may be dialled for a URL of this scheme.
    pub(super) fn reach(self, url: &Url) -> Reach {
        match self {
            Self::Provider if url.scheme() == "http" => Reach::Opened,
            Self::Provider | Self::Webhook { .. } => Reach::PublicOrOpened,
        }
    }

    pub(super) fn check(self, url: &Url, opened: &[IpNet]) -> Result<(), UrlNotAllowed> {
        let http = match self {
            Self::Provider => !opened.is_empty(),
            Self::Webhook { allow_http } => allow_http,
        };
        match url.scheme() {
            "https" => {}
            "http" if http => {}
            _ => return Err(UrlNotAllowed::Scheme),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlNotAllowed::Credentials);
        }
        if url.fragment().is_some() {
            return Err(UrlNotAllowed::Fragment);
        }
        match url.port_or_known_default() {
            Some(443 | 1024..) => {}
            Some(80) if url.scheme() == "http" => {}
            Some(port) => return Err(UrlNotAllowed::Port(port)),
            None => return Err(UrlNotAllowed::Host),
        }
        // The client resolves names only, so a literal would go past its resolver.
        let literal = match url.host() {
            None | Some(Host::Domain("")) => return Err(UrlNotAllowed::Host),
            Some(Host::Domain(_)) => return Ok(()),
            Some(Host::Ipv4(address)) => IpAddr::V4(address),
            Some(Host::Ipv6(address)) => IpAddr::V6(address),
        };
        Ok(self.reach(url).check(literal, opened)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEBHOOK: Rules = Rules::Webhook { allow_http: false };
    const WEBHOOK_HTTP: Rules = Rules::Webhook { allow_http: true };

    fn check(rules: Rules, url: &str) -> Result<(), UrlNotAllowed> {
        rules.check(&url.parse().unwrap(), &[])
    }

    #[test]
    fn a_literal_is_refused_in_every_spelling() {
        for host in [
            "127.0.0.1",
            "127.0.0.1.",
            "127.1",
            "0x7f000001",
            "0x7f.1",
            "2130706433",
            "017700000001",
            "0",
            "１２７.0.0.1",
            "127。0。0。1",
            "%31%32%37.0.0.1",
            "[::1]",
            "[::]",
            "[::127.0.0.1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[64:ff9b::7f00:1]",
            "[64:ff9b:1::7f00:1]",
            "[2002:7f00:1::]",
            "[2001:0:7f00:1::]",
            "[fe80::1]",
            "[fd00:ec2::254]",
            "169.254.169.254",
            "0xa9fea9fe",
        ] {
            for rules in [Rules::Provider, WEBHOOK, WEBHOOK_HTTP] {
                let answer = check(rules, &format!("https://{host}/"));
                assert!(
                    matches!(answer, Err(UrlNotAllowed::Address(_))),
                    "{host}: {answer:?}"
                );
            }
        }
    }

    #[test]
    fn everything_else_about_a_url_is_checked_too() {
        use UrlNotAllowed::{Credentials, Fragment, Host, Port, Scheme};

        for (url, expected) in [
            ("https://example.com/hook?a=b", Ok(())),
            ("https://example.com:443/", Ok(())),
            ("https://example.com:1024/", Ok(())),
            ("https://example.com:65535/", Ok(())),
            ("https://8.8.8.8/", Ok(())),
            ("https://[2606:4700:4700::1111]/", Ok(())),
            ("http://example.com/", Err(Scheme)),
            ("ftp://example.com/", Err(Scheme)),
            ("file:///etc/passwd", Err(Scheme)),
            ("data:text/plain,x", Err(Scheme)),
            ("https://max@example.com/", Err(Credentials)),
            ("https://:secret@example.com/", Err(Credentials)),
            ("https://example.com/#top", Err(Fragment)),
            ("https://example.com:80/", Err(Port(80))),
            ("https://example.com:22/", Err(Port(22))),
            ("https://example.com:1023/", Err(Port(1023))),
            ("https://example.com:0/", Err(Port(0))),
        ] {
            assert_eq!(check(WEBHOOK, url), expected, "{url}");
            assert_eq!(check(Rules::Provider, url), expected, "{url}");
        }
        // No URL of these schemes parses without a host; the variant is for those that come.
        assert!(Url::parse("https://").is_err());
        assert_ne!(check(WEBHOOK, "https://example.com/"), Err(Host));
    }

    #[test]
    fn plain_http_is_for_those_who_asked_for_it() {
        assert_eq!(check(WEBHOOK_HTTP, "http://example.com/"), Ok(()));
        assert_eq!(check(WEBHOOK_HTTP, "http://example.com:8080/"), Ok(()));
        assert_eq!(
            check(WEBHOOK_HTTP, "http://example.com:25/"),
            Err(UrlNotAllowed::Port(25))
        );

        let opened = ["127.0.0.0/8".parse().unwrap()];
        let provider = |url: &str| Rules::Provider.check(&url.parse().unwrap(), &opened);
        assert_eq!(provider("http://127.0.0.1:4010/jobrad/v1"), Ok(()));
        assert!(matches!(
            provider("http://8.8.8.8/"),
            Err(UrlNotAllowed::Address(_))
        ));
    }
}
