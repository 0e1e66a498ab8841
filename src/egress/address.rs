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

/// What the IANA special-purpose registry lists and is not global unicast, and the addresses of
/// metadata services that look public.
const FORBIDDEN_V4: [Ipv4Net; 16] = [
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
    // Relays from 6to4, no longer in use.
    v4([192, 88, 99, 0], 24),
    v4([192, 168, 0, 0], 16),
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
const GLOBAL_V6: Ipv6Net = v6([0x2000, 0], 3);

/// What is special within [`GLOBAL_V6`].
const FORBIDDEN_V6: [Ipv6Net; 4] = [
    // Protocol assignments: Teredo, ORCHID, benchmarks.
    v6([0x2001, 0], 23),
    // Documentation.
    v6([0x2001, 0xdb8], 32),
    // 6to4.
    v6([0x2002, 0], 16),
    // Documentation.
    v6([0x3fff, 0], 20),
];

const fn v4(octets: [u8; 4], prefix: u8) -> Ipv4Net {
    let [a, b, c, d] = octets;
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(start: [u16; 2], prefix: u8) -> Ipv6Net {
    let [a, b] = start;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0), prefix)
}

/// Whether anybody on the internet would mean the same host by this address.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !FORBIDDEN_V4.iter().any(|it| it.contains(&address)),
        IpAddr::V6(address) => {
            GLOBAL_V6.contains(&address) && !FORBIDDEN_V6.iter().any(|it| it.contains(&address))
        }
    }
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

    fn check(address: &str) -> Result<(), AddressNotAllowed> {
        Reach::PublicOrOpened.check(address.parse().unwrap(), &[])
    }

    #[test]
    fn addresses_that_are_not_global_unicast_are_refused() {
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.100.100.200",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "168.63.129.16",
            "169.254.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::8.8.8.8",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "64:ff9b::7f00:1",
            "64:ff9b::8.8.8.8",
            "64:ff9b:1::7f00:1",
            "100::1",
            "2001::1",
            "2001:0:7f00:1::",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:808:808::",
            "3fff::1",
            "4000::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(check(address).is_err(), "{address} was allowed");
        }
    }

    #[test]
    fn public_addresses_are_allowed() {
        for address in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.1",
            "168.63.129.17",
            "172.15.255.255",
            "172.32.0.1",
            "192.0.1.1",
            "198.17.255.255",
            "198.20.0.1",
            "223.255.255.255",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2003::1",
            "2606:4700:4700::1111",
            "2a00:1450:4001:800::200e",
            "3ffe::1",
        ] {
            assert_eq!(check(address), Ok(()), "{address}");
        }
    }

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
