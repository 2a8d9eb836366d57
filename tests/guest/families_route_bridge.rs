// SPDX-License-Identifier: MIT OR Apache-2.0

//! Groups of messages of NETLINK_ROUTE about bridges and tunnels, by a request or an event through `genlkit`.

use genlkit_tests::genlkit::{Watch, ask, entry, page_shows};
use genlkit_tests::netns::{alone, enslave, index, make_with, up};
use serde_json::json;

/// A bridge with VLANs, br0; gives its index.
fn bridge() -> u64 {
    make_with(
        "br0",
        &json!({ "kind": "bridge", "data": { "vlan-filtering": 1 } }),
    );
    up("br0");
    index("br0")
}

/// A device of vxlan, vx0, that takes some networks only; gives its index.
fn filtering() -> u64 {
    // The kernel tree's spec does not know what belongs to vxlan: IFLA_VXLAN_COLLECT_METADATA and
    // IFLA_VXLAN_VNIFILTER.
    let data = json!({ "UnknownAttr(25)": "01", "UnknownAttr(30)": "01" });
    make_with("vx0", &json!({ "kind": "vxlan", "data": data }));
    index("vx0")
}

#[test]
fn route_mdb_entry_is_added_told_and_removed() {
    alone(&["bridge"], |d0| {
        let bridge = bridge();
        enslave("d0", bridge);
        let watch = Watch::start(&["rt-mdb", "rtnlgrp-mdb"]);
        // 239.1.1.1, of IPv4.
        let group = json!({ "ifindex": d0, "state": "permanent", "vid": 1,
            "addr": "ef010101", "proto": 0x0800 });
        let change = json!({ "$header": { "ifindex": bridge }, "entry": group }).to_string();
        ask(&["do", "rt-mdb", "newmdb", "--create", &change]);
        let event = watch.named("newmdb-ntf");
        let told = &event["msg"]["mdb"]["entry"][0]["info"][0];
        assert_eq!(
            (&told["ifindex"], &told["state"]),
            (&json!(d0), &json!("permanent")),
            "{event}"
        );
        let all = ask(&["dump", "rt-mdb", "getmdb"]);
        let groups = &entry(&all, |entry| entry["ifindex"] == bridge)["mdb"]["entry"];
        let addr = "ef010101000000000000000000000000";
        entry(groups, |group| group["info"][0]["addr"] == addr);
        ask(&["do", "rt-mdb", "delmdb", &change]);
        watch.named("delmdb-ntf");
    });
}

#[test]
fn route_vlan_of_a_port_is_told_and_changed() {
    alone(&["bridge"], |d0| {
        let bridge = bridge();
        let watch = Watch::start(&["rt-vlan", "rtnlgrp-brvlan"]);
        enslave("d0", bridge);
        let event = watch.until(|event| event["msg"]["ifindex"] == d0);
        let told = &event["msg"]["entry"][0]["info"];
        assert_eq!(event["name"], "newvlan-ntf", "{event}");
        assert_eq!(
            (&told["vid"], &told["flags"]),
            (&json!(1), &json!(["pvid", "untagged"])),
            "{event}"
        );

        let blocked = json!({ "info": { "vid": 1, "flags": ["only-opts"] }, "state": "blocking" });
        let change = json!({ "ifindex": d0, "entry": [blocked] }).to_string();
        ask(&["do", "rt-vlan", "newvlan", &change]);
        let all = ask(&["dump", "rt-vlan", "getvlan", &format!("ifindex={d0}")]);
        let port = entry(&all, |entry| entry["ifindex"] == d0);
        assert_eq!(port["entry"][0]["state"], "blocking", "{port}");

        let gone = json!({ "ifindex": d0, "entry": [{ "info": { "vid": 1 } }] }).to_string();
        ask(&["do", "rt-vlan", "delvlan", &gone]);
        watch.named("delvlan-ntf");
    });
}

#[test]
fn route_tunnel_filter_of_vxlan_is_added_told_and_removed() {
    alone(&["vxlan"], |_| {
        let vx0 = filtering();
        let watch = Watch::start(&["rt-tunnel", "rtnlgrp-tunnel"]);
        let network =
            json!({ "ifindex": vx0, "entry": [{ "start": 100, "end": 102 }] }).to_string();
        ask(&["do", "rt-tunnel", "newtunnel", &network]);
        let event = watch.named("newtunnel-ntf");
        assert_eq!(event["msg"]["entry"][0]["start"], 100, "{event}");
        let all = ask(&["dump", "rt-tunnel", "gettunnel"]);
        let filters = &entry(&all, |entry| entry["ifindex"] == vx0)["entry"];
        assert_eq!(
            (&filters[0]["start"], &filters[0]["end"]),
            (&json!(100), &json!(102)),
            "{all}"
        );
        ask(&["do", "rt-tunnel", "deltunnel", &network]);
        watch.named("deltunnel-ntf");
    });
}

#[test]
fn the_page_shows_bridges_and_tunnels() {
    alone(&["bridge", "vxlan"], |_| {
        enslave("d0", bridge());
        filtering();
        page_shows("ROUTE bridges and tunnels");
    });
}
