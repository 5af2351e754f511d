use std::net::{IpAddr, SocketAddr};

use axum::http::{Extensions, HeaderMap};
use ipnet::IpNet;

use crate::hashing::hashed;
use riser_store::Hashed;

/// Who is at the other end of the connection, put beside the request by the accept loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// The network that a request came from, as far as it can be told: an IPv4 address, or the /64 of an IPv6
/// address, of which one customer has many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Network(Option<IpNet>);

impl Network {
    /// The peer's network; or, when the peer is a proxy that the operator trusts, that of the nearest address
    /// before it which is none. A header that cannot be read, or one from a stranger, changes nothing: the
    /// budget of the connection itself is shared, which is the stricter (WB-08).
    pub(crate) fn of(headers: &HeaderMap, extensions: &Extensions, trusted: &[IpNet]) -> Self {
        let Some(Peer(peer)) = extensions.get::<Peer>().copied() else { return Self(None) };
        let forwarded = headers.get_all("x-forwarded-for").iter();
        let lines: Option<Vec<&str>> = forwarded.map(|value| value.to_str().ok()).collect();
        let address = lines.map_or(peer.ip(), |lines| nearest_stranger(peer.ip(), &lines, trusted));
        Self(wide(address))
    }

    /// The name under which its tries are counted.
    pub(crate) fn key(self) -> Hashed {
        hashed(&format!("network {self}"))
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(network) => write!(f, "{network}"),
            None => f.write_str("unknown"),
        }
    }
}

fn nearest_stranger(peer: IpAddr, lines: &[&str], trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut nearest = peer.to_canonical();
    for hop in lines.iter().flat_map(|line| line.split(',')).rev() {
        if !is_trusted(&nearest) {
            break;
        }
        match hop.trim().parse::<IpAddr>() {
            Ok(address) => nearest = address.to_canonical(),
            Err(_) => return peer,
        }
    }
    nearest
}

fn wide(address: IpAddr) -> Option<IpNet> {
    let bits = if address.is_ipv4() { 32 } else { 64 };
    IpNet::new(address, bits).ok().map(|network| network.trunc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        let mut extensions = Extensions::new();
        extensions.insert(Peer(SocketAddr::new(peer.parse().unwrap(), 4711)));
        let trusted: Vec<IpNet> = trusted.iter().map(|network| network.parse().unwrap()).collect();
        Network::of(&headers, &extensions, &trusted).0.unwrap().to_string()
    }

    #[test]
    fn a_strangers_header_says_nothing() {
        assert_eq!(of("203.0.113.7", &["198.51.100.1"], &[]), "203.0.113.7/32");
        assert_eq!(of("203.0.113.7", &["198.51.100.1"], &["10.0.0.0/8"]), "203.0.113.7/32");
    }

    #[test]
    fn behind_trusted_proxies_the_nearest_stranger_counts_and_not_what_it_claims() {
        let trusted = ["10.0.0.0/8"];
        assert_eq!(of("10.0.0.1", &["198.51.100.1"], &trusted), "198.51.100.1/32");
        assert_eq!(of("10.0.0.1", &["1.1.1.1, 198.51.100.1, 10.0.0.2"], &trusted), "198.51.100.1/32");
        assert_eq!(of("10.0.0.1", &["1.1.1.1", "198.51.100.1"], &trusted), "198.51.100.1/32");
        assert_eq!(of("::ffff:10.0.0.1", &["198.51.100.1"], &trusted), "198.51.100.1/32");
    }

    #[test]
    fn atk_wb_08_what_cannot_be_read_is_the_stricter() {
        for garbage in ["a", "", "198.51.100.1:80", "unknown", "198.51.100.1, ,"] {
            assert_eq!(of("10.0.0.1", &[garbage], &["10.0.0.0/8"]), "10.0.0.1/32", "{garbage}");
        }
    }

    #[test]
    fn one_customers_addresses_are_one_network() {
        assert_eq!(of("2001:db8:1:2:3:4:5:6", &[], &[]), "2001:db8:1:2::/64");
    }
}
