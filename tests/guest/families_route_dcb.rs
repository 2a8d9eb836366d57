// SPDX-License-Identifier: MIT OR Apache-2.0

//! Data centre bridging of NETLINK_ROUTE, at a port of a simulated switch, by exchanges through `genlkit`.

use genlkit_tests::genlkit::{Watch, ask, entry, module, page_shows, refused};
use genlkit_tests::netns::{both, make};
use serde_json::{Value, json};
use std::path::Path;

/// The switch dsa_loop is there, with its ports lan1 to lan4. It stays: unloaded, it keeps the device that it hangs at.
fn switch() {
    if Path::new("/sys/class/net/lan1").exists() {
        return;
    }
    module("dummy");
    make("eth0", "dummy");
    module("tag_none");
    module("dsa_loop");
}

/// A message about lan1.
fn of_port(cmd: &str, more: &Value) -> String {
    both(&json!({ "cmd": cmd, "ifname": "lan1" }), more).to_string()
}

fn get(cmd: &str, more: &Value) -> Value {
    ask(&["do", "rt-dcb", "getdcb", &of_port(cmd, more)])
}

fn set(cmd: &str, more: &Value) -> Value {
    ask(&["do", "rt-dcb", "setdcb", &of_port(cmd, more)])
}

#[test]
fn route_dcb_table_of_what_is_rewritten_is_set_told_and_removed() {
    switch();
    let watch = Watch::start(&["rt-dcb", "rtnlgrp-dcb"]);
    // Priority 3 is written as class 24 of IP.
    let app = json!({ "selector": 5, "priority": 3, "protocol": 24 });
    let table = json!({ "ieee": { "rewr-table": { "app": [app] } } });
    assert_eq!(set("ieee-set", &table)["ieee"], 0);
    let event = watch.named("dcb-ntf");
    let told = (
        &event["msg"]["cmd"],
        &event["msg"]["ieee"]["rewr-table"]["app"],
    );
    assert_eq!(told, (&json!("ieee-set"), &json!([app])), "{event}");
    let now = get("ieee-get", &json!({}));
    assert_eq!(now["ieee"]["rewr-table"]["app"], json!([app]), "{now}");

    // What the reply alone tells: the ACK says that all is well.
    let said = refused(&["do", "rt-dcb", "setdcb", &of_port("ieee-set", &table)]);
    assert!(said.contains("EEXIST"), "{said}");
    let table_of_app = json!({ "ieee": { "app-table": { "app": [app] } } });
    let said = refused(&[
        "do",
        "rt-dcb",
        "setdcb",
        &of_port("ieee-set", &table_of_app),
    ]);
    assert!(said.contains("EOPNOTSUPP"), "{said}");

    assert_eq!(set("ieee-del", &table)["ieee"], 0);
    let now = get("ieee-get", &json!({}));
    assert_eq!(now["ieee"]["rewr-table"], json!({}), "{now}");
}

#[test]
fn route_dcb_application_gets_a_priority_is_told_and_removed() {
    switch();
    let watch = Watch::start(&["rt-dcb", "rtnlgrp-dcb"]);
    // iSCSI, by its port.
    let (idtype, id) = (1, 3260);
    let app =
        |priority: &str| json!({ "app": { "idtype": idtype, "id": id, "priority": priority } });
    assert_eq!(set("sapp", &app("0x10"))["app"], 0);
    let event = watch.named("dcb-ntf");
    assert_eq!(
        event["msg"]["cee"]["app-table"]["app"],
        json!([app("0x10")["app"]]),
        "{event}"
    );
    let which = json!({ "app": { "idtype": idtype, "id": id } });
    assert_eq!(get("gapp", &which)["app"], app("0x10")["app"]);
    // Each way of telling has the entry.
    let all = get("cee-get", &json!({}));
    entry(&all["cee"]["app-table"]["app"], |entry| entry["id"] == id);
    let all = get("ieee-get", &json!({}));
    entry(&all["ieee"]["app-table"]["app"], |entry| {
        entry["protocol"] == id
    });
    assert_eq!(set("sapp", &app("0x0"))["app"], 0);
    assert_eq!(get("gapp", &which)["app"]["priority"], "0x0");
}

#[test]
fn route_dcb_of_a_port_without_a_setting_is_refused() {
    switch();
    for cmd in ["gstate", "gcap", "gdcbx", "pfc-gstate"] {
        let cap = json!({ "cap": "" });
        let said = refused(&["do", "rt-dcb", "getdcb", &of_port(cmd, &cap)]);
        assert!(said.contains("EOPNOTSUPP"), "{cmd}: {said}");
    }
}

#[test]
fn the_page_shows_data_centre_bridging() {
    switch();
    page_shows("ROUTE data centre bridging");
}
