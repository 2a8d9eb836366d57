// SPDX-License-Identifier: MIT OR Apache-2.0

//! Classic protocols with shapes of their own, each by an exchange through `genlkit`.

use genlkit_tests::child::Child;
use genlkit_tests::genlkit::{Watch, ask, entry, module, page_shows, refused, run};
use genlkit_tests::raw::{RawSocket, Request};
use nix::errno::Errno;
use nix::sys::socket::NetlinkAddr;
use serde_json::json;
use std::fs;

#[test]
fn usersock_brings_a_message_to_a_group_and_one_to_a_socket() {
    let watch = Watch::start(&["usersock", "group-1"]);
    let socket = RawSocket::user();
    let group = Request::new(16).raw(b"to the group\0").bytes();
    let sent = socket.send_to(&NetlinkAddr::new(0, 1), &group);
    assert_eq!(
        sent,
        Err(Errno::ECONNREFUSED),
        "the kernel itself does not listen"
    );
    let event = watch.named("message");
    assert_eq!(event["msg"], json!({ "text": "to the group" }));

    let single = Request::new(16).raw(b"to the socket\0").bytes();
    let address = NetlinkAddr::new(watch.pid(), 0);
    socket.send_to(&address, &single).expect("it is there");
    let event = watch.named("message");
    assert_eq!(event["msg"], json!({ "text": "to the socket" }));
}

#[test]
fn fib_lookup_finds_the_local_route_of_127_0_0_1() {
    let found = ask(&[
        "do",
        "fib-lookup",
        "lookup",
        "addr=127.0.0.1",
        "tb-id-in=255",
    ]);
    let facts = json!({ "tb-id": found["tb-id"], "prefixlen": found["prefixlen"],
        "type": found["type"], "scope": found["scope"], "err": found["err"] });
    let expected =
        json!({ "tb-id": 255, "prefixlen": 32, "type": "local", "scope": "host", "err": 0 });
    assert_eq!(facts, expected);
}

#[test]
fn fib_lookup_tells_its_error_inside_of_the_answer() {
    let said = refused(&[
        "do",
        "fib-lookup",
        "lookup",
        "addr=192.0.2.1",
        "tb-id-in=254",
    ]);
    assert!(said.contains("fib-lookup lookup: E"), "{said}");
}

#[test]
fn connector_tells_of_a_fork_and_of_the_exit() {
    let watch = Watch::start(&["connector", "proc", "--call", "listen"]);
    let child = Child::sleeping();
    let me = std::process::id();
    let event = watch
        .until(|event| event["msg"]["what"] == "fork" && event["msg"]["data"]["parent-tgid"] == me);
    let forked = event["msg"]["data"]["child-pid"].clone();
    assert_eq!(forked, event["msg"]["data"]["child-tgid"], "{event}");
    drop(child);
    let event = watch.until(|event| {
        event["msg"]["what"] == "exit" && event["msg"]["data"]["process-pid"] == forked
    });
    assert_eq!(event["msg"]["data"]["exit-code"], 9, "{event}");
}

#[test]
fn uevent_of_a_device_comes_with_its_variables() {
    let watch = Watch::start(&["uevent"]);
    fs::write("/sys/class/net/lo/uevent", "change").expect("sysfs");
    let event = watch.until(|event| event["msg"]["env"]["INTERFACE"] == "lo");
    assert_eq!(event["name"], "uevent");
    assert_eq!(event["msg"]["summary"], "change@/devices/virtual/net/lo");
    assert_eq!(event["msg"]["env"]["ACTION"], "change");
    assert_eq!(event["msg"]["env"]["SUBSYSTEM"], "net");
}

#[test]
fn crypto_tells_of_one_algorithm_and_of_all() {
    module("crypto_user");
    // Asking by name does not make an algorithm: one from the dump is there.
    let all = ask(&["dump", "crypto", "getalg"]);
    let hash = entry(&all, |alg| alg["hash"].is_object());
    assert!(hash["hash"]["digestsize"].as_u64() > Some(0), "{hash}");
    let driver = hash["driver-name"].as_str().expect("a name");
    let one = ask(&["do", "crypto", "getalg", &format!("driver-name={driver}")]);
    assert_eq!((&one["name"], &one["hash"]), (&hash["name"], &hash["hash"]));
    let said = refused(&["do", "crypto", "getalg", "name=nosuch"]);
    assert!(said.contains("ENOENT"), "{said}");
}

#[test]
fn audit_tells_its_status_and_repeats_a_user_s_message_to_the_group() {
    let status = ask(&["do", "audit", "get"]);
    assert_eq!(status["failure"], "printk", "{status}");
    ask(&["do", "audit", "set", "mask=enabled", "enabled=1"]);
    assert_eq!(ask(&["do", "audit", "get"])["enabled"], 1);
    let watch = Watch::start(&["audit", "readlog"]);
    ask(&["do", "audit", "user", "text=op=greet msg='hello'"]);
    let event = watch.named("user-ntf");
    let text = event["msg"]["text"].as_str().expect("text");
    assert!(text.contains("op=greet msg='hello'"), "{text}");
    assert!(text.starts_with("audit("), "{text}");
}

#[test]
fn audit_lists_the_rule_that_was_added_and_deletes_it() {
    let before = ask(&["dump", "audit", "list-rules"]);
    assert_eq!(before, json!([]));
    let rule = r#"{"flags": "exit", "action": "always", "field-count": 1, "fields": [0], "values": [4242], "fieldflags": [1073741824]}"#;
    ask(&["do", "audit", "add-rule", rule]);
    let after = ask(&["dump", "audit", "list-rules"]);
    assert_eq!(after[0]["action"], "always", "{after}");
    assert_eq!(after[0]["values"][0], 4242, "{after}");
    ask(&["do", "audit", "del-rule", rule]);
    assert_eq!(ask(&["dump", "audit", "list-rules"]), json!([]));
}

/// Protocols that are gone: number, name, and a word of what to use instead.
const REMOVED: [(u32, &str, &str); 6] = [
    (1, "UNUSED", "never given out again"),
    (3, "FIREWALL", "nfnetlink_queue"),
    (5, "NFLOG", "nfnetlink_log"),
    (13, "IP6_FW", "nfnetlink_queue"),
    (14, "DNRTMSG", "DECnet was removed"),
    (19, "ECRYPTFS", "/dev/ecryptfs"),
];

#[test]
fn a_removed_protocol_is_not_supported_and_the_tool_says_what_became_of_it() {
    let listed = ask(&["list", "--protocols"]);
    for (number, name, instead) in REMOVED {
        let row = entry(&listed, |row| row["protocol"] == name);
        assert_eq!(row["number"], number, "{row}");
        assert!(
            row["state"]
                .as_str()
                .is_some_and(|state| state.starts_with("removed")),
            "{row}"
        );
        let path = format!("/tmp/removed-{number}.yaml");
        let spec = format!(
            "name: removed\nprotocol: netlink-raw\nprotonum: {number}\ndoc: x\nattribute-sets: []\noperations: {{ list: [ {{ name: get, doc: x, value: 16, do: {{}} }} ] }}\n"
        );
        fs::write(&path, spec).expect("a file");
        let said = run(&["do", &path, "get"]);
        assert_eq!(said.status, 3, "{}", said.err);
        assert!(said.err.contains("EPROTONOSUPPORT"), "{}", said.err);
        assert!(
            said.err
                .contains(&format!("NETLINK_{name} ({number}) is gone")),
            "{}",
            said.err
        );
        assert!(said.err.contains(instead), "{}", said.err);
        let said = run(&["show", &name.to_lowercase()]);
        assert_eq!(said.status, 3, "{}", said.err);
        assert!(said.err.contains(instead), "{}", said.err);
    }
}

#[test]
fn arpd_s_number_is_iscsi_s_and_the_tool_says_what_does_its_work() {
    let said = run(&["show", "arpd"]);
    assert_eq!(said.status, 3, "{}", said.err);
    assert!(said.err.contains("app_solicit"), "{}", said.err);
}

#[test]
fn the_page_shows_usersock() {
    page_shows("USERSOCK");
}

#[test]
fn the_page_shows_audit() {
    page_shows("AUDIT");
}

#[test]
fn the_page_shows_fib_lookup() {
    page_shows("FIB_LOOKUP");
}

#[test]
fn the_page_shows_connector() {
    page_shows("CONNECTOR");
}

#[test]
fn the_page_shows_kobject_uevent() {
    page_shows("KOBJECT_UEVENT");
}

#[test]
fn the_page_shows_crypto() {
    page_shows("CRYPTO");
}

#[test]
fn the_page_shows_removed() {
    page_shows("Removed");
}
