// SPDX-License-Identifier: MIT OR Apache-2.0

//! Groups of messages of NETLINK_ROUTE about addresses, routes and neighbours, by a request or an event through
//! `genlkit`.

use genlkit_tests::genlkit::{Watch, ask, ask_upstream, entry, page_shows, refused};
use genlkit_tests::netns::{alone, index, make, up};
use serde_json::{Value, json};
use socket2::{Domain, Protocol, Socket, Type};
use std::fs;
use std::net::{Ipv6Addr, SocketAddrV6};

#[test]
fn route_link_is_made_told_in_a_dump_and_an_event_and_removed() {
    alone(&[], |_| {
        let watch = Watch::start(&["rt-link", "rtnlgrp-link"]);
        make("d1", "dummy");
        let event = watch.until(|event| event["msg"]["ifname"] == "d1");
        assert_eq!(event["msg"]["linkinfo"]["kind"], "dummy", "{event}");
        let links = ask(&["dump", "rt-link", "getlink"]);
        assert_eq!(entry(&links, |link| link["ifname"] == "d1")["mtu"], 1500);
        ask(&["do", "rt-link", "dellink", "ifname=d1"]);
        let said = refused(&["do", "rt-link", "getlink", "ifname=d1"]);
        assert!(said.contains("ENODEV"), "{said}");
    });
}

#[test]
fn route_addr_is_added_told_and_removed() {
    alone(&[], |d0| {
        let watch = Watch::start(&["rt-addr", "rtnlgrp-ipv4-ifaddr"]);
        let address = json!({ "ifa-family": 2, "ifa-index": d0, "ifa-prefixlen": 24,
            "local": "192.0.2.1", "address": "192.0.2.1" })
        .to_string();
        ask(&["do", "rt-addr", "newaddr", "--create", &address]);
        watch.until(|event| event["msg"]["local"] == "192.0.2.1");
        let all = ask(&["dump", "rt-addr", "getaddr"]);
        let found = entry(&all, |entry| entry["local"] == "192.0.2.1");
        assert_eq!(
            (&found["ifa-prefixlen"], &found["label"]),
            (&json!(24), &json!("d0"))
        );
        ask(&["do", "rt-addr", "deladdr", &address]);
        let all = ask(&["dump", "rt-addr", "getaddr"]).to_string();
        assert!(!all.contains("192.0.2.1"), "{all}");
    });
}

#[test]
fn route_multicast_addresses_are_told() {
    alone(&[], |_| {
        let all = ask(&["dump", "rt-addr", "getmulticast", "ifa-family=10"]);
        entry(&all, |entry| {
            entry["multicast"] == "ff020000000000000000000000000001"
        });
    });
}

#[test]
fn route_anycast_addresses_of_a_router_are_told() {
    alone(&[], |_| {
        fs::write("/proc/sys/net/ipv6/conf/all/forwarding", "1").expect("sysctl");
        let all = ask(&["dump", "rt-anycast", "getanycast", "family=inet6"]);
        entry(&all, |entry| entry["anycast"] == "fe80::");
    });
}

#[test]
fn route_route_is_added_told_and_removed() {
    alone(&[], |d0| {
        let watch = Watch::start(&["rt-route", "rtnlgrp-ipv4-route"]);
        let route = json!({ "rtm-family": 2, "rtm-dst-len": 24, "rtm-table": 254,
            "rtm-type": "unicast", "rtm-scope": 253, "dst": "198.51.100.0", "oif": d0 })
        .to_string();
        ask(&["do", "rt-route", "newroute", "--create", &route]);
        watch.until(|event| event["msg"]["dst"] == "198.51.100.0");
        let all = ask_upstream(&["dump", "rt-route", "getroute", "rtm-family=2"]);
        entry(&all, |entry| {
            entry["dst"] == "198.51.100.0" && entry["oif"] == d0
        });
        ask(&["do", "rt-route", "delroute", &route]);
        let all = ask_upstream(&["dump", "rt-route", "getroute"]).to_string();
        assert!(!all.contains("198.51.100.0"), "{all}");
    });
}

#[test]
fn route_rule_is_added_and_told() {
    alone(&[], |_| {
        let rule = json!({ "family": 2, "action": "to-tbl", "table": 100, "priority": 77 });
        ask(&["do", "rt-rule", "newrule", "--create", &rule.to_string()]);
        let all = ask(&["dump", "rt-rule", "getrule"]);
        assert_eq!(entry(&all, |rule| rule["priority"] == 77)["table"], 100);
    });
}

#[test]
fn route_addrlabel_is_added_told_and_removed() {
    alone(&[], |_| {
        let label = json!({ "prefixlen": 32, "address": "2001:db8::", "label": 77 }).to_string();
        ask(&["do", "rt-addrlabel", "newaddrlabel", "--create", &label]);
        let all = ask(&["dump", "rt-addrlabel", "getaddrlabel"]);
        let found = entry(&all, |entry| entry["label"] == 77);
        assert_eq!(
            (&found["address"], &found["prefixlen"]),
            (&json!("2001:db8::"), &json!(32))
        );
        let one = json!({ "prefixlen": 128, "address": "2001:db8::5" }).to_string();
        assert_eq!(
            ask(&["do", "rt-addrlabel", "getaddrlabel", &one])["label"],
            77
        );
        ask(&["do", "rt-addrlabel", "deladdrlabel", &label]);
        let all = ask(&["dump", "rt-addrlabel", "getaddrlabel"]).to_string();
        assert!(!all.contains("2001:db8::"), "{all}");
    });
}

#[test]
fn route_neigh_is_added_and_told() {
    alone(&[], |d0| {
        let neighbour = json!({ "ndm-family": 2, "ndm-ifindex": d0, "ndm-state": "permanent",
            "dst": "192.0.2.9", "lladdr": "02:00:00:00:00:09" });
        ask(&[
            "do",
            "rt-neigh",
            "newneigh",
            "--create",
            &neighbour.to_string(),
        ]);
        let all = ask(&["dump", "rt-neigh", "getneigh"]);
        let found = entry(&all, |entry| entry["dst"] == "192.0.2.9");
        assert_eq!(found["lladdr"], "02:00:00:00:00:09");
    });
}

#[test]
fn route_neightbl_is_told_and_changed() {
    // Only the first namespace may change what all share.
    let tables = ask(&["dump", "rt-neigh", "getneightbl"]);
    entry(&tables, |table| table["name"] == "ndisc_cache");
    let is_arp = |table: &Value| table["name"] == "arp_cache" && table["thresh1"].is_u64();
    let before = entry(&tables, is_arp);
    let wanted = before["thresh1"].as_u64().map(|number| number + 1);
    let change = json!({ "name": "arp_cache", "thresh1": wanted }).to_string();
    ask(&["do", "rt-neigh", "setneightbl", &change]);
    let tables = ask(&["dump", "rt-neigh", "getneightbl"]);
    assert_eq!(entry(&tables, is_arp)["thresh1"].as_u64(), wanted);
}

#[test]
fn route_netconf_tells_all_devices_and_an_event_a_change() {
    alone(&[], |d0| {
        let all = ask(&["dump", "rt-netconf", "getnetconf"]);
        let found = entry(&all, |entry| {
            entry["ifindex"] == d0 && entry["family"] == "inet"
        });
        assert_eq!(found["forwarding"], 0, "{found}");
        let watch = Watch::start(&["rt-netconf", "rtnlgrp-ipv4-netconf"]);
        fs::write("/proc/sys/net/ipv4/conf/d0/forwarding", "1").expect("sysctl");
        let event = watch.until(|event| event["msg"]["ifindex"] == d0);
        assert_eq!(event["msg"]["forwarding"], 1, "{event}");
    });
}

/// Two ends of a cable that are up and take what routers say, v0 and another; gives v0's index.
fn cable() -> u64 {
    make("v0", "veth");
    let links = ask(&["dump", "rt-link", "getlink"]);
    let v0 = index("v0");
    let v1 = entry(&links, |link| link["link"] == v0)["ifname"].clone();
    let v1 = v1.as_str().expect("text");
    for device in ["v0", v1] {
        let at = |name: &str| format!("/proc/sys/net/ipv6/conf/{device}/{name}");
        fs::write(at("accept_dad"), "0").expect("sysctl");
        fs::write(at("accept_ra_from_local"), "1").expect("sysctl");
        up(device);
    }
    v0
}

#[test]
fn route_prefix_of_a_router_s_advertisement_is_told() {
    alone(&["veth"], |_| {
        let v0 = cable();
        let watch = Watch::start(&["rt-prefix", "rtnlgrp-ipv6-prefix"]);
        advertise(v0);
        let event = watch.named("newprefix");
        assert_eq!(event["msg"]["address"], "2001:db8:5::", "{event}");
        assert_eq!(event["msg"]["len"], 64, "{event}");
    });
}

#[test]
fn route_nduseropt_of_a_router_s_advertisement_is_told() {
    alone(&["veth"], |_| {
        let v0 = cable();
        let watch = Watch::start(&["rt-nduseropt", "rtnlgrp-nd-useropt"]);
        advertise(v0);
        // The prefix is told in an event of its own.
        let of_servers = |event: &Value| {
            let options = event["msg"]["options"].as_str();
            options.is_some_and(|options| options.starts_with("1903"))
        };
        let event = watch.until(of_servers);
        assert_eq!(event["name"], "newnduseropt", "{event}");
        assert_eq!(event["msg"]["icmp-type"], 134, "{event}");
        assert_eq!(event["msg"]["opts-len"], 24, "{event}");
        let options = event["msg"]["options"].as_str().expect("bytes");
        assert!(
            options.contains("20010db8000500000000000000000053"),
            "{event}"
        );
    });
}

/// Sends a router's advertisement of 2001:db8:5::/64, and of a name server there, to all nodes of a device.
fn advertise(device: u64) {
    let device = u32::try_from(device).expect("an index");
    let octets = |address: &str| address.parse::<Ipv6Addr>().expect("an address").octets();
    let socket = Socket::new(Domain::IPV6, Type::RAW, Some(Protocol::ICMPV6)).expect("root");
    socket.set_multicast_hops_v6(255).expect("hops");
    socket.set_multicast_if_v6(device).expect("a device");
    let mut packet = vec![134, 0, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    // Option 3: prefix of 64 bits, on link, autonomous, valid and preferred for an hour.
    packet.extend([3, 4, 64, 0xc0, 0, 0, 14, 16, 0, 0, 14, 16, 0, 0, 0, 0]);
    packet.extend(octets("2001:db8:5::"));
    // Option 25: a name server, for an hour.
    packet.extend([25, 3, 0, 0, 0, 0, 14, 16]);
    packet.extend(octets("2001:db8:5::53"));
    let all = "ff02::1".parse().expect("an address");
    let all = SocketAddrV6::new(all, 0, 0, device).into();
    socket.send_to(&packet, &all).expect("it goes");
}

#[test]
fn the_page_shows_route() {
    alone(&[], |_| page_shows("ROUTE"));
}
