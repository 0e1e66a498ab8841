//! The filter of addresses against the registries that say what is special: IANA's two, and what is
//! not in them because it has a registry of its own or because somebody simply took it.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::LazyLock,
};

use ipnet::IpNet;
use leasegraph::egress::{Egress, Rules};
use proptest::{prelude::any, prop_assert, prop_assert_eq, proptest};

/// IANA IPv4 Special-Purpose Address Registry: block, name, RFC.
const IPV4: [(&str, &str, &str); 26] = [
    ("0.0.0.0/8", "\"This network\"", "RFC 791"),
    ("0.0.0.0/32", "\"This host on this network\"", "RFC 1122"),
    ("10.0.0.0/8", "Private-Use", "RFC 1918"),
    ("100.64.0.0/10", "Shared Address Space", "RFC 6598"),
    ("127.0.0.0/8", "Loopback", "RFC 1122"),
    ("169.254.0.0/16", "Link Local", "RFC 3927"),
    ("172.16.0.0/12", "Private-Use", "RFC 1918"),
    ("192.0.0.0/24", "IETF Protocol Assignments", "RFC 6890"),
    ("192.0.0.0/29", "IPv4 Service Continuity Prefix", "RFC 7335"),
    ("192.0.0.8/32", "IPv4 dummy address", "RFC 7600"),
    ("192.0.0.9/32", "Port Control Protocol Anycast", "RFC 7723"),
    ("192.0.0.10/32", "TURN Anycast", "RFC 8155"),
    ("192.0.0.170/31", "NAT64/DNS64 Discovery", "RFC 8880"),
    ("192.0.2.0/24", "Documentation (TEST-NET-1)", "RFC 5737"),
    ("192.31.196.0/24", "AS112-v4", "RFC 7535"),
    ("192.52.193.0/24", "AMT", "RFC 7450"),
    ("192.88.99.0/24", "Deprecated (6to4 Relay)", "RFC 7526"),
    ("192.88.99.2/32", "6a44-relay anycast", "RFC 6751"),
    ("192.168.0.0/16", "Private-Use", "RFC 1918"),
    ("192.175.48.0/24", "Direct Delegation AS112", "RFC 7534"),
    ("198.18.0.0/15", "Benchmarking", "RFC 2544"),
    ("198.51.100.0/24", "Documentation (TEST-NET-2)", "RFC 5737"),
    ("203.0.113.0/24", "Documentation (TEST-NET-3)", "RFC 5737"),
    ("240.0.0.0/4", "Reserved", "RFC 1112"),
    ("255.255.255.255/32", "Limited Broadcast", "RFC 919"),
    ("224.0.0.0/4", "Multicast, in its own registry", "RFC 5771"),
];

/// IANA IPv6 Special-Purpose Address Registry: block, name, RFC.
const IPV6: [(&str, &str, &str); 30] = [
    ("::1/128", "Loopback Address", "RFC 4291"),
    ("::/128", "Unspecified Address", "RFC 4291"),
    ("::ffff:0:0/96", "IPv4-mapped Address", "RFC 4291"),
    ("64:ff9b::/96", "IPv4-IPv6 Translation", "RFC 6052"),
    ("64:ff9b:1::/48", "IPv4-IPv6 Translation", "RFC 8215"),
    ("100::/64", "Discard-Only Address Block", "RFC 6666"),
    ("100:0:0:1::/64", "Dummy IPv6 Prefix", "RFC 9780"),
    ("2001::/23", "IETF Protocol Assignments", "RFC 2928"),
    ("2001::/32", "TEREDO", "RFC 4380"),
    ("2001:1::1/128", "Port Control Protocol Anycast", "RFC 7723"),
    ("2001:1::2/128", "TURN Anycast", "RFC 8155"),
    ("2001:1::3/128", "DNS-SD SRP Anycast", "RFC 9665"),
    ("2001:2::/48", "Benchmarking", "RFC 5180"),
    ("2001:3::/32", "AMT", "RFC 7450"),
    ("2001:4:112::/48", "AS112-v6", "RFC 7535"),
    ("2001:10::/28", "Deprecated (ORCHID)", "RFC 4843"),
    ("2001:20::/28", "ORCHIDv2", "RFC 7343"),
    ("2001:30::/28", "Drone Remote ID Entity Tags", "RFC 9374"),
    ("2001:db8::/32", "Documentation", "RFC 3849"),
    ("2002::/16", "6to4", "RFC 3056"),
    ("2620:4f:8000::/48", "Direct Delegation AS112", "RFC 7534"),
    ("3fff::/20", "Documentation", "RFC 9637"),
    ("5f00::/16", "Segment Routing (SRv6) SIDs", "RFC 9602"),
    ("fc00::/7", "Unique-Local", "RFC 4193"),
    ("fe80::/10", "Link-Local Unicast", "RFC 4291"),
    ("fec0::/10", "Site-Local, deprecated", "RFC 3879"),
    ("ff00::/8", "Multicast, in its own registry", "RFC 4291"),
    ("::/96", "IPv4-compatible, deprecated", "RFC 4291"),
    ("::ffff:0:0:0/96", "IPv4-translated", "RFC 7915"),
    ("::/8", "Reserved by the IETF", "RFC 4291"),
];

/// What looks public and is a cloud's own.
const TAKEN: [&str; 1] = ["168.63.129.16/32"];

/// What IANA gives out as global unicast in IPv6 (RFC 4291, 2.4): all else is given to nobody.
const GLOBAL_UNICAST: &str = "2000::/3";

static SPECIAL: LazyLock<Vec<IpNet>> = LazyLock::new(|| {
    let listed = IPV4.iter().chain(&IPV6).map(|it| it.0);
    listed.chain(TAKEN).map(|it| it.parse().unwrap()).collect()
});

static EGRESS: LazyLock<Egress> = LazyLock::new(|| Egress::new(Vec::new()).unwrap());

fn is_special(address: IpAddr) -> bool {
    let global: IpNet = GLOBAL_UNICAST.parse().unwrap();
    SPECIAL.iter().any(|it| it.contains(&address))
        || (address.is_ipv6() && !global.contains(&address))
}

fn is_allowed(address: IpAddr) -> bool {
    let host = match address {
        IpAddr::V4(it) => it.to_string(),
        IpAddr::V6(it) => format!("[{it}]"),
    };
    let url = format!("https://{host}/").parse().unwrap();
    let rules = [Rules::Provider, Rules::Webhook { allow_http: false }];
    let [provider, webhook] = rules.map(|it| EGRESS.check_url(&url, it).is_ok());
    assert_eq!(provider, webhook, "{address}");
    webhook
}

/// The address that lies `distance` after another one, if there is one.
fn beside(address: IpAddr, distance: i32) -> Option<IpAddr> {
    match address {
        IpAddr::V4(it) => u32::from(it)
            .checked_add_signed(distance)
            .map(|it| Ipv4Addr::from(it).into()),
        IpAddr::V6(it) => u128::from(it)
            .checked_add_signed(distance.into())
            .map(|it| Ipv6Addr::from(it).into()),
    }
}

#[test]
fn the_edges_of_every_block_are_where_the_registries_have_them() {
    let mut allowed = 0;
    for block in SPECIAL.iter() {
        for inside in [block.network(), block.broadcast()] {
            assert!(!is_allowed(inside), "{inside} of {block}");
        }
        let edges = [beside(block.network(), -1), beside(block.broadcast(), 1)];
        for outside in edges.into_iter().flatten() {
            assert_eq!(is_allowed(outside), !is_special(outside), "beside {block}");
            allowed += usize::from(is_allowed(outside));
        }
    }
    assert!(allowed > 0, "nothing was allowed");
}

#[test]
fn public_addresses_are_allowed() {
    for address in [
        "1.1.1.1",
        "8.8.8.8",
        "93.184.216.34",
        "2001:4860:4860::8888",
        "2003::1",
        "2606:4700:4700::1111",
        "2a00:1450:4001:800::200e",
        "2a00:1450:4001:800:5efe::1",
    ] {
        assert!(is_allowed(address.parse().unwrap()), "{address}");
    }
}

proptest! {
    #[test]
    fn no_address_of_a_block_is_allowed(block in 0..SPECIAL.len(), bits in any::<u128>()) {
        let block = SPECIAL[block];
        let address: IpAddr = match block {
            IpNet::V4(it) => {
                let low = u32::try_from(bits & u128::from(u32::MAX)).unwrap();
                let host = low & u32::from(it.hostmask());
                Ipv4Addr::from(u32::from(it.network()) | host).into()
            }
            IpNet::V6(it) => {
                let host = bits & u128::from(it.hostmask());
                Ipv6Addr::from(u128::from(it.network()) | host).into()
            }
        };
        prop_assert!(!is_allowed(address), "{} of {}", address, block);
    }

    #[test]
    fn an_ipv4_address_is_allowed_if_no_registry_has_it(bits in any::<u32>()) {
        let address = Ipv4Addr::from(bits).into();
        prop_assert_eq!(is_allowed(address), !is_special(address), "{}", address);
    }

    #[test]
    fn an_ipv6_address_is_allowed_if_it_is_global_unicast_and_no_registry_has_it(
        bits in any::<u128>(),
        global in any::<bool>(),
    ) {
        // One in eight is by itself.
        let bits = if global { bits >> 3 | 1 << 125 } else { bits };
        let address = Ipv6Addr::from(bits).into();
        prop_assert_eq!(is_allowed(address), !is_special(address), "{}", address);
    }

    #[test]
    fn no_ipv4_address_is_allowed_in_disguise(bits in any::<u32>(), prefix in any::<u64>()) {
        let v4 = Ipv4Addr::from(bits);
        let [a, b] = [(bits >> 16) & 0xffff, bits & 0xffff];
        // A public prefix, for the form that takes any.
        let site = Ipv6Addr::from(u128::from(prefix >> 16 | 0x2a00 << 48) << 64).segments();
        let [s0, s1, s2, s3, ..] = site;
        for disguise in [
            format!("::ffff:{v4}"),
            format!("::{v4}"),
            format!("::ffff:0:{v4}"),
            format!("64:ff9b::{v4}"),
            format!("64:ff9b:1::{v4}"),
            format!("2002:{a:x}:{b:x}::1"),
            format!("2001:0:{a:x}:{b:x}::1"),
            format!("2001:0:4136:e378:8000:63bf:{:x}:{:x}", !a & 0xffff, !b & 0xffff),
            format!("{s0:x}:{s1:x}:{s2:x}:{s3:x}:0:5efe:{v4}"),
            format!("{s0:x}:{s1:x}:{s2:x}:{s3:x}:200:5efe:{v4}"),
        ] {
            let address = disguise.parse().unwrap();
            prop_assert!(!is_allowed(address), "{}", disguise);
        }
    }
}
