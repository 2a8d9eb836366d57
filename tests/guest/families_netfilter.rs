// SPDX-License-Identifier: MIT OR Apache-2.0

//! Netfilter's subsystems, by exchanges through `genlkit`.

use genlkit_tests::child::isolated;
use genlkit_tests::genlkit::{Watch, ask, entry, module, page_shows};
use nix::sched::{CloneFlags, unshare};
use std::net::UdpSocket;

/// Runs in a network namespace of its own whose loopback device is up.
fn alone(modules: &[&str], body: impl FnOnce()) {
    modules.iter().for_each(|name| module(name));
    isolated(|| {
        unshare(CloneFlags::CLONE_NEWNET).expect("root");
        let up = ["ifi-flags=up", "ifi-change=1"];
        ask(&[&["do", "rt-link", "newlink", "ifname=lo"][..], &up].concat());
        body();
    });
}

#[test]
fn nftables_tells_its_generation_and_takes_a_batch_whole() {
    alone(&["nf_tables"], || {
        let before = ask(&["do", "nftables", "getgen"]);
        let id = before["id"].as_u64().expect("a number");
        let batch = [
            "batch-begin",
            r#"{"res-id": 10}"#,
            "newtable",
            r#"{"name": "t", "nfgen-family": 2}"#,
            "batch-end",
            r#"{"res-id": 10}"#,
            "--create",
        ];
        ask(&[&["multi", "nftables"][..], &batch].concat());
        let after = ask(&["do", "nftables", "getgen"]);
        assert_eq!(after["id"], id + 1, "{after}");
        let tables = ask(&["dump", "nftables", "gettable", "nfgen-family=2"]);
        entry(&tables, |table| table["name"] == "t");
    });
}

#[test]
fn nftables_generation_asked_for_as_a_dump_comes_at_once() {
    alone(&["nf_tables"], || {
        // The kernel tree's spec has a dump that the kernel does not have: it answers once and never says that it is done.
        let all = ask(&["dump", "nftables", "getgen", "--timeout", "10"]);
        assert_eq!(all.as_array().map(Vec::len), Some(1), "{all}");
        assert_eq!(all[0]["id"], ask(&["do", "nftables", "getgen"])["id"]);
    });
}

#[test]
fn conntrack_tells_its_statistics() {
    alone(&["nf_conntrack_netlink"], || {
        let stats = ask(&["dump", "conntrack", "get-stats"]);
        let cpu = stats.get(0).expect("a CPU at least");
        assert!(cpu["searched"].is_u64() || cpu["found"].is_u64(), "{stats}");
    });
}

#[test]
fn nfnetlink_log_brings_the_packet_that_a_rule_logged() {
    alone(
        &["nf_tables", "nfnetlink_log", "nft_log", "nf_log_syslog"],
        || {
            let bind = r#"config {"family": "unspec", "res-id": 5, "cmd": {"command": "bind"}}"#;
            let mode = r#"config {"family": "unspec", "res-id": 5, "mode": {"copy-range": 100, "copy-mode": "packet"}}"#;
            let now = r#"config {"family": "unspec", "res-id": 5, "qthresh": 1}"#;
            let watch = Watch::start(&[
                "nfnetlink-log",
                "--call",
                bind,
                "--call",
                mode,
                "--call",
                now,
            ]);
            let chain = r#"{"table": "t", "name": "c", "type": "filter", "nfgen-family": 2, "hook": {"num": 3, "priority": 0}}"#;
            let rule = r#"{"table": "t", "chain": "c", "nfgen-family": 2, "expressions": {"elem": [{"name": "log", "data": {"group": 5, "prefix": "seen"}}]}}"#;
            let batch = [
                "batch-begin",
                r#"{"res-id": 10}"#,
                "newtable",
                r#"{"name": "t", "nfgen-family": 2}"#,
                "newchain",
                chain,
                "newrule",
                rule,
                "batch-end",
                r#"{"res-id": 10}"#,
                "--create",
            ];
            ask(&[&["multi", "nftables"][..], &batch].concat());
            let socket = UdpSocket::bind("127.0.0.1:0").expect("lo is up");
            socket.send_to(b"logged", "127.0.0.1:9").expect("it goes");
            let event = watch.named("packet");
            assert_eq!(event["msg"]["prefix"], "seen", "{event}");
            assert_eq!(event["msg"]["res-id"], 5, "{event}");
            assert_eq!(event["msg"]["packet-hdr"]["hook"], "local-out", "{event}");
            let payload = event["msg"]["payload"].as_str().expect("bytes");
            assert!(payload.ends_with("6c6f67676564"), "{payload}");
        },
    );
}

#[test]
fn the_page_shows_netfilter() {
    alone(&[], || page_shows("NETFILTER"));
}
