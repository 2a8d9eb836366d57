// SPDX-License-Identifier: MIT OR Apache-2.0

//! Every group of messages of NETLINK_ROUTE, by a request or an event through `genlkit`.

use genlkit_tests::child::isolated;
use genlkit_tests::genlkit::{Watch, ask, ask_upstream, entry, module, page_shows, refused};
use nix::sched::{CloneFlags, unshare};
use serde_json::{Value, json};
use socket2::{Domain, Protocol, Socket, Type};
use std::fs;
use std::net::{Ipv6Addr, SocketAddrV6};

/// Runs in a network namespace of its own, where lo and the dummy device d0 are up.
fn alone(modules: &[&str], body: impl FnOnce(u64)) {
    module("dummy");
    modules.iter().for_each(|name| module(name));
    isolated(|| {
        unshare(CloneFlags::CLONE_NEWNET).expect("root");
        make("d0", "dummy");
        up("lo");
        up("d0");
        body(index("d0"));
    });
}

fn make(name: &str, kind: &str) {
    let name = format!("ifname={name}");
    let kind = format!("linkinfo.kind={kind}");
    ask(&["do", "rt-link", "newlink", "--create", &name, &kind]);
}

fn up(name: &str) {
    let name = format!("ifname={name}");
    ask(&[
        "do",
        "rt-link",
        "newlink",
        &name,
        "ifi-flags=up",
        "ifi-change=1",
    ]);
}

fn index(name: &str) -> u64 {
    let link = ask(&["do", "rt-link", "getlink", &format!("ifname={name}")]);
    link["ifi-index"].as_u64().expect("a number")
}

/// An object for a message of traffic control: of d0, with handle and parent.
fn tc(index: u64, handle: u32, parent: u32, more: &Value) -> String {
    let mut object = json!({ "ifindex": index, "handle": handle, "parent": parent });
    let more = more.as_object().expect("an object").clone();
    object.as_object_mut().expect("an object").extend(more);
    object.to_string()
}

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
fn route_multicast_and_anycast_addresses_are_told() {
    alone(&[], |_| {
        let all = ask(&["dump", "rt-addr", "getmulticast", "ifa-family=10"]);
        entry(&all, |entry| {
            entry["multicast"] == "ff020000000000000000000000000001"
        });
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
fn route_neigh_is_added_and_told_and_so_are_the_tables() {
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
        let tables = ask(&["dump", "rt-neigh", "getneightbl"]);
        entry(&tables, |table| table["name"] == "arp_cache");
        entry(&tables, |table| table["name"] == "ndisc_cache");
    });
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

#[test]
fn route_nexthop_is_added_told_and_used() {
    alone(&[], |d0| {
        let nexthop = json!({ "family": 2, "id": 5, "oif": d0 }).to_string();
        ask(&["do", "rt-nexthop", "newnexthop", "--create", &nexthop]);
        let all = ask(&["dump", "rt-nexthop", "getnexthop"]);
        assert_eq!(entry(&all, |entry| entry["id"] == 5)["oif"], d0);
    });
}

#[test]
fn route_tc_tells_queues_classes_and_filters() {
    alone(&["sch_drr", "cls_matchall"], |d0| {
        let queue = tc(d0, 0x0001_0000, 0xffff_ffff, &json!({ "kind": "drr" }));
        ask(&["do", "tc", "newqdisc", "--create", &queue]);
        let all = ask_upstream(&["dump", "tc", "getqdisc", &format!("ifindex={d0}")]);
        entry(&all, |entry| {
            entry["kind"] == "drr" && entry["ifindex"] == d0
        });

        let options = json!({ "kind": "drr", "options": { "quantum": 3000 } });
        let class = tc(d0, 0x0001_0001, 0x0001_0000, &options);
        ask(&["do", "tc", "newtclass", "--create", &class]);
        let all = ask_upstream(&["dump", "tc", "gettclass", &format!("ifindex={d0}")]);
        assert_eq!(
            entry(&all, |entry| entry["handle"] == 0x0001_0001)["options"]["quantum"],
            3000
        );

        // Priority 1, all of ETH_P_ALL, in network order.
        let options = json!({ "kind": "matchall", "info": 0x0001_0300, "options": { "classid": 0x0001_0001 } });
        let filter = tc(d0, 1, 0x0001_0000, &options);
        ask(&["do", "tc", "newtfilter", "--create", &filter]);
        let all = ask_upstream(&[
            "dump",
            "tc",
            "gettfilter",
            &tc(d0, 0, 0x0001_0000, &json!({})),
        ]);
        let found = entry(&all, |entry| {
            entry["kind"] == "matchall" && entry["options"].is_object()
        });
        assert_eq!(found["options"]["classid"], 0x0001_0001, "{found}");
    });
}

#[test]
fn route_action_is_made_told_and_removed() {
    alone(&["act_gact"], |_| {
        let watch = Watch::start(&["rt-action", "rtnlgrp-tc"]);
        let make = json!({ "tab": [{ "1": { "kind": "gact", "options": { "parms": { "action": "shot", "index": 7 } } } }] });
        ask(&[
            "do",
            "rt-action",
            "newaction",
            "--create",
            &make.to_string(),
        ]);
        let event = watch.named("newaction-ntf");
        assert_eq!(
            event["msg"]["tab"][0]["1"]["options"]["parms"]["index"], 7,
            "{event}"
        );
        let kind = json!({ "tab": [{ "1": { "kind": "gact" } }] }).to_string();
        let all = ask(&["dump", "rt-action", "getaction", &kind]);
        assert_eq!(
            all[0]["tab"][0]["0"]["options"]["parms"]["action"], "shot",
            "{all}"
        );
        let one = json!({ "tab": [{ "1": { "kind": "gact", "index": 7 } }] }).to_string();
        ask(&["do", "rt-action", "delaction", &one]);
        watch.named("delaction-ntf");
    });
}

#[test]
fn route_prefix_of_a_router_s_advertisement_is_told() {
    alone(&["veth"], |_| {
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
        let watch = Watch::start(&["rt-prefix", "rtnlgrp-ipv6-prefix"]);
        advertise(u32::try_from(v0).expect("an index"));
        let event = watch.named("newprefix");
        assert_eq!(event["msg"]["address"], "2001:db8:5::", "{event}");
        assert_eq!(event["msg"]["len"], 64, "{event}");
    });
}

/// Sends a router's advertisement of 2001:db8:5::/64 to all nodes of a device.
fn advertise(device: u32) {
    let socket = Socket::new(Domain::IPV6, Type::RAW, Some(Protocol::ICMPV6)).expect("root");
    socket.set_multicast_hops_v6(255).expect("hops");
    socket.set_multicast_if_v6(device).expect("a device");
    let mut packet = vec![134, 0, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    // Option 3: prefix of 64 bits, on link, autonomous, valid and preferred for an hour.
    packet.extend([3, 4, 64, 0xc0, 0, 0, 14, 16, 0, 0, 14, 16, 0, 0, 0, 0]);
    packet.extend(
        "2001:db8:5::"
            .parse::<Ipv6Addr>()
            .expect("an address")
            .octets(),
    );
    let all = "ff02::1".parse().expect("an address");
    let all = SocketAddrV6::new(all, 0, 0, device).into();
    socket.send_to(&packet, &all).expect("it goes");
}

#[test]
fn the_page_shows_route() {
    alone(&[], |_| page_shows("ROUTE"));
}
