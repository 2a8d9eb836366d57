// SPDX-License-Identifier: MIT OR Apache-2.0

//! Groups of messages of NETLINK_ROUTE about what belongs to devices and to namespaces, and about next hops, by a
//! request or an event through `genlkit`.

use genlkit_tests::genlkit::{Watch, ask, ask_upstream, entry, page_shows, refused};
use genlkit_tests::multicast_router;
use genlkit_tests::netns::{address, alone};
use nix::libc::IPPROTO_IGMP;
use nix::sched::{CloneFlags, unshare};
use nix::unistd::gettid;
use serde_json::json;
use socket2::{Domain, Protocol, Socket, Type};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::mpsc::channel;
use std::thread;

#[test]
fn route_linkprop_gives_a_device_another_name_and_takes_it_back() {
    alone(&[], |d0| {
        let name = "a-name-of-more-than-fifteen-bytes";
        let names = json!({ "ifname": "d0", "prop-list": { "alt-ifname": [name] } }).to_string();
        let watch = Watch::start(&["rt-link", "rtnlgrp-link"]);
        ask(&["do", "rt-linkprop", "newlinkprop", "--create", &names]);
        watch.until(|event| event["msg"]["prop-list"].to_string().contains(name));
        let by_name = format!("alt-ifname={name}");
        assert_eq!(
            ask_upstream(&["do", "rt-link", "getlink", &by_name])["ifi-index"],
            d0
        );
        ask(&["do", "rt-linkprop", "dellinkprop", &names]);
        let said = refused(&["do", "rt-link", "getlink", &by_name]);
        assert!(said.contains("ENODEV"), "{said}");
    });
}

#[test]
fn route_stats_of_a_device_count_what_it_sent() {
    alone(&[], |d0| {
        address(d0, "192.0.2.1");
        // IFLA_STATS_LINK_64 alone.
        let request = json!({ "ifindex": d0, "filter-mask": 1 }).to_string();
        let sent = || {
            let told = ask_upstream(&["do", "rt-link", "getstats", &request]);
            told["link-64"]["tx-packets"].as_u64().expect("a number")
        };
        let before = sent();
        broadcast(b"counted", "192.0.2.255:9");
        assert!(sent() > before, "{before}");
        let all = ask_upstream(&["dump", "rt-link", "getstats", "filter-mask=1"]);
        entry(&all, |entry| {
            entry["ifindex"] == d0 && entry["link-64"].is_object()
        });
    });
}

/// Sends a datagram that needs nobody's address.
fn broadcast(bytes: &[u8], to: &str) {
    let socket = UdpSocket::bind("0.0.0.0:0").expect("a port");
    socket.set_broadcast(true).expect("it is of UDP");
    socket.send_to(bytes, to).expect("it goes");
}

#[test]
fn route_nsid_is_given_to_a_namespace_and_told() {
    alone(&[], |_| {
        let watch = Watch::start(&["rt-nsid", "rtnlgrp-nsid"]);
        let (ready, other) = channel();
        let (end, ended) = channel::<()>();
        let thread = thread::spawn(move || {
            unshare(CloneFlags::CLONE_NEWNET).expect("root");
            ready.send(gettid()).expect("it is waited for");
            let _ = ended.recv();
        });
        let other = other.recv().expect("a thread");
        let name = json!({ "pid": other.as_raw(), "nsid": 7 }).to_string();
        ask(&["do", "rt-nsid", "newnsid", &name]);
        assert_eq!(watch.named("newnsid-ntf")["msg"]["nsid"], 7);
        let of = format!("pid={other}");
        assert_eq!(ask(&["do", "rt-nsid", "getnsid", &of])["nsid"], 7);
        let all = ask(&["dump", "rt-nsid", "getnsid"]);
        entry(&all, |entry| entry["nsid"] == 7);
        drop(end);
        thread.join().expect("it ends");
        assert_eq!(watch.named("delnsid-ntf")["msg"]["nsid"], 7);
    });
}

#[test]
fn route_dcb_is_refused_by_a_device_without_it() {
    alone(&[], |_| {
        // DCB_CMD_IEEE_GET, which no device of this kernel has without hardware; families_route_dcb has one that does.
        let said = refused(&["do", "rt-dcb", "getdcb", "cmd=21", "ifname=d0"]);
        assert!(said.contains("EOPNOTSUPP"), "{said}");
        let said = refused(&["do", "rt-dcb", "getdcb", "cmd=21", "ifname=nosuch"]);
        assert!(said.contains("ENODEV"), "{said}");
    });
}

#[test]
fn route_nexthop_is_added_told_and_used() {
    alone(&[], |d0| {
        let watch = Watch::start(&["rt-nexthop", "rtnlgrp-nexthop"]);
        let nexthop = json!({ "family": 2, "id": 5, "oif": d0 }).to_string();
        ask(&["do", "rt-nexthop", "newnexthop", "--create", &nexthop]);
        watch.until(|event| event["msg"]["id"] == 5);
        let all = ask(&["dump", "rt-nexthop", "getnexthop"]);
        assert_eq!(entry(&all, |entry| entry["id"] == 5)["oif"], d0);
        let route = json!({ "rtm-family": 2, "rtm-dst-len": 24, "rtm-table": 254,
            "rtm-type": "unicast", "dst": "198.51.100.0", "nh-id": 5 });
        ask(&["do", "rt-route", "newroute", "--create", &route.to_string()]);
        let all = ask_upstream(&["dump", "rt-route", "getroute", "rtm-family=2"]);
        assert_eq!(
            entry(&all, |entry| entry["dst"] == "198.51.100.0")["nh-id"],
            5
        );
        ask(&["do", "rt-nexthop", "delnexthop", "id=5"]);
        let all = ask_upstream(&["dump", "rt-route", "getroute", "rtm-family=2"]).to_string();
        assert!(
            !all.contains("198.51.100.0"),
            "a route goes with its next hop: {all}"
        );
    });
}

#[test]
fn route_nexthopbucket_of_a_resilient_group_is_told() {
    alone(&[], |d0| {
        for id in [1, 2] {
            let nexthop = json!({ "family": 2, "id": id, "oif": d0 }).to_string();
            ask(&["do", "rt-nexthop", "newnexthop", "--create", &nexthop]);
        }
        let group = json!({ "id": 10, "group": [{ "id": 1 }, { "id": 2, "weight": 2 }],
            "group-type": "res", "res-group": { "buckets": 8 } });
        ask(&[
            "do",
            "rt-nexthop",
            "newnexthop",
            "--create",
            &group.to_string(),
        ]);
        let told = ask(&["do", "rt-nexthop", "getnexthop", "id=10"]);
        assert_eq!(told["group"][1]["weight"], 2, "{told}");
        let all = ask(&["dump", "rt-nexthop", "getnexthopbucket", "id=10"]);
        assert_eq!(all.as_array().map(Vec::len), Some(8), "{all}");
        let of = |id: u64| {
            let all = all.as_array().into_iter().flatten();
            all.filter(|entry| entry["res-bucket"]["nh-id"] == id)
                .count()
        };
        // One to three, of eight.
        assert_eq!((of(1), of(2)), (2, 6), "{all}");
        let bucket = json!({ "id": 10, "res-bucket": { "index": 0 } }).to_string();
        let one = ask(&["do", "rt-nexthop", "getnexthopbucket", &bucket]);
        assert_eq!(one["res-bucket"]["index"], 0, "{one}");
    });
}

#[test]
fn route_cachereport_of_a_packet_without_a_route_is_told() {
    alone(&[], |d0| {
        address(d0, "192.0.2.1");
        let igmp = Some(Protocol::from(IPPROTO_IGMP));
        let router = Socket::new(Domain::IPV4, Type::RAW, igmp).expect("root");
        multicast_router::start(&router, 0, d0);
        let watch = Watch::start(&["rt-mroute", "rtnlgrp-ipv4-mroute-r"]);
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, None).expect("a socket");
        socket
            .set_multicast_if_v4(&Ipv4Addr::new(192, 0, 2, 1))
            .expect("its address");
        let group: SocketAddr = "239.1.2.3:9".parse().expect("an address");
        socket
            .send_to(b"to a group", &group.into())
            .expect("it goes");
        let event = watch.named("newcachereport");
        let told = (&event["msg"]["src-addr"], &event["msg"]["dst-addr"]);
        assert_eq!(told, (&json!("192.0.2.1"), &json!("239.1.2.3")), "{event}");
        assert_eq!(event["msg"]["vif-id"], 0, "{event}");
    });
}

#[test]
fn the_page_shows_devices_and_next_hops() {
    alone(&[], |_| page_shows("ROUTE devices and next hops"));
}
