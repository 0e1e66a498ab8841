//! Which addresses may be dialled.
//!
//! A URL that somebody sets is a way to make us send requests to our own neighbours: databases,
//! metadata services, admin pages. So only global unicast addresses are dialled, and none of the
//! forms that wrap another address, because whoever unwraps it decides where the request ends.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// An address that must not be dialled. The message does not tell the address: whoever set the URL
/// is not to learn what a name means inside our network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the host's address is not a public one")]
pub struct AddressNotAllowed {
    pub address: IpAddr,
}

/// What the IANA special-purpose registry lists, whether it calls it reachable or not: nobody has a
/// server for others there. Besides, multicast, and the addresses of metadata services that look
/// public.
const FORBIDDEN_V4: [Ipv4Net; 19] = [
    // "This" network; Linux takes 0.0.0.0 for itself.
    v4([0, 0, 0, 0], 8),
    v4([10, 0, 0, 0], 8),
    // Carrier-grade NAT; Alibaba's metadata service, 100.100.100.200, is in it.
    v4([100, 64, 0, 0], 10),
    v4([127, 0, 0, 0], 8),
    // Link-local; most clouds' metadata service, 169.254.169.254, is in it.
    v4([169, 254, 0, 0], 16),
    v4([172, 16, 0, 0], 12),
    // Protocol assignments; Oracle's metadata service, 192.0.0.192, is in it.
    v4([192, 0, 0, 0], 24),
    v4([192, 0, 2, 0], 24),
    // AS112: whoever is nearest answers, and that may be a neighbour.
    v4([192, 31, 196, 0], 24),
    // AMT relays, likewise.
    v4([192, 52, 193, 0], 24),
    // Relays from 6to4, no longer in use.
    v4([192, 88, 99, 0], 24),
    v4([192, 168, 0, 0], 16),
    // AS112 again.
    v4([192, 175, 48, 0], 24),
    v4([198, 18, 0, 0], 15),
    v4([198, 51, 100, 0], 24),
    v4([203, 0, 113, 0], 24),
    v4([224, 0, 0, 0], 4),
    v4([240, 0, 0, 0], 4),
    // Azure's platform service. It looks public, and is not.
    v4([168, 63, 129, 16], 32),
];

/// Global unicast. IPv4-mapped, IPv4-compatible, NAT64, unique local and link-local addresses are
/// all outside of it.
const GLOBAL_V6: Ipv6Net = v6([0x2000, 0, 0], 3);

/// What is special within [`GLOBAL_V6`].
const FORBIDDEN_V6: [Ipv6Net; 5] = [
    // Protocol assignments: Teredo, ORCHID, benchmarks.
    v6([0x2001, 0, 0], 23),
    // Documentation.
    v6([0x2001, 0xdb8, 0], 32),
    // 6to4.
    v6([0x2002, 0, 0], 16),
    // AS112: whoever is nearest answers.
    v6([0x2620, 0x4f, 0x8000], 48),
    // Documentation.
    v6([0x3fff, 0, 0], 20),
];

const fn v4(octets: [u8; 4], prefix: u8) -> Ipv4Net {
    let [a, b, c, d] = octets;
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(start: [u16; 3], prefix: u8) -> Ipv6Net {
    let [a, b, c] = start;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), prefix)
}

/// Whether anybody on the internet would mean the same host by this address.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !FORBIDDEN_V4.iter().any(|it| it.contains(&address)),
        IpAddr::V6(address) => {
            GLOBAL_V6.contains(&address)
                && !FORBIDDEN_V6.iter().any(|it| it.contains(&address))
                && !is_isatap(address)
        }
    }
}

/// Whether an address under whatever prefix wraps an IPv4 address for a tunnel at its site (ISATAP,
/// RFC 5214, 6.1). The other forms that wrap one have a prefix of their own.
fn is_isatap(address: Ipv6Addr) -> bool {
    matches!(
        address.segments(),
        [_, _, _, _, 0x0000 | 0x0200, 0x5efe, _, _]
    )
}

/// Which addresses a client may dial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Public addresses, and those that were opened.
    PublicOrOpened,
    /// Only those that were opened.
    Opened,
}

impl Reach {
    pub(super) fn check(self, address: IpAddr, opened: &[IpNet]) -> Result<(), AddressNotAllowed> {
        let is_opened = opened.iter().any(|it| it.contains(&address));
        if is_opened || (self == Self::PublicOrOpened && is_public(address)) {
            Ok(())
        } else {
            Err(AddressNotAllowed { address })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opened_ranges_are_allowed_and_nothing_beside_them() {
        let opened = ["127.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let check =
            |reach: Reach, address: &str| reach.check(address.parse().unwrap(), &opened).is_ok();

        assert!(check(Reach::PublicOrOpened, "127.0.0.1"));
        assert!(check(Reach::PublicOrOpened, "fd00::1"));
        assert!(check(Reach::PublicOrOpened, "8.8.8.8"));
        assert!(!check(Reach::PublicOrOpened, "10.0.0.1"));
        assert!(!check(Reach::PublicOrOpened, "::ffff:127.0.0.1"));

        assert!(check(Reach::Opened, "127.0.0.1"));
        assert!(!check(Reach::Opened, "8.8.8.8"));
    }
}
