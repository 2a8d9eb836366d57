// SPDX-License-Identifier: MIT OR Apache-2.0

//! Groups of messages of NETLINK_ROUTE about traffic control, by a request or an event through `genlkit`.

use genlkit_tests::genlkit::{Watch, ask, ask_upstream, entry, page_shows};
use genlkit_tests::netns::{alone, both};
use serde_json::{Value, json};

/// The handle of the queue that has classes and filters, and of a class of it.
const QUEUE: u32 = 0x0001_0000;
const CLASS: u32 = 0x0001_0001;

/// Makes a queue with classes for a device.
fn queue(device: u64) {
    let queue = json!({ "ifindex": device, "handle": QUEUE, "parent": u32::MAX, "kind": "drr" });
    ask(&["do", "tc", "newqdisc", "--create", &queue.to_string()]);
}

/// A message about something that belongs to the queue.
fn below(device: u64, handle: u32, more: &Value) -> String {
    let place = json!({ "ifindex": device, "handle": handle, "parent": QUEUE });
    both(&place, more).to_string()
}

#[test]
fn route_qdisc_is_made_told_and_removed() {
    alone(&["sch_drr"], |d0| {
        let watch = Watch::start(&["tc", "rtnlgrp-tc"]);
        queue(d0);
        let event = watch.until(|event| event["msg"]["ifindex"] == d0);
        assert_eq!(event["msg"]["kind"], "drr", "{event}");
        let index = format!("ifindex={d0}");
        let all = ask_upstream(&["dump", "tc", "getqdisc", &index]);
        let found = entry(&all, |entry| {
            entry["ifindex"] == d0 && entry["kind"] == "drr"
        });
        assert_eq!(found["handle"], QUEUE, "{found}");
        ask(&[
            "do",
            "tc",
            "delqdisc",
            &index,
            &format!("parent={}", u32::MAX),
        ]);
        let all = ask_upstream(&["dump", "tc", "getqdisc", &index]);
        assert!(!all.to_string().contains("drr"), "{all}");
    });
}

#[test]
fn route_tclass_is_made_and_told() {
    alone(&["sch_drr"], |d0| {
        queue(d0);
        let options = json!({ "kind": "drr", "options": { "quantum": 3000 } });
        ask(&[
            "do",
            "tc",
            "newtclass",
            "--create",
            &below(d0, CLASS, &options),
        ]);
        let all = ask_upstream(&["dump", "tc", "gettclass", &format!("ifindex={d0}")]);
        let found = entry(&all, |entry| entry["handle"] == CLASS);
        assert_eq!(found["options"]["quantum"], 3000, "{found}");
    });
}

#[test]
fn route_tfilter_is_made_and_told() {
    alone(&["sch_drr", "cls_matchall"], |d0| {
        queue(d0);
        // Priority 1, all of ETH_P_ALL, in network order.
        let filter =
            json!({ "kind": "matchall", "info": 0x0001_0300, "options": { "classid": CLASS } });
        ask(&["do", "tc", "newtfilter", "--create", &below(d0, 1, &filter)]);
        let all = ask_upstream(&["dump", "tc", "gettfilter", &below(d0, 0, &json!({}))]);
        let found = entry(&all, |entry| {
            entry["kind"] == "matchall" && entry["options"].is_object()
        });
        assert_eq!(found["options"]["classid"], CLASS, "{found}");
    });
}

#[test]
fn route_chain_is_made_told_and_removed() {
    alone(&["sch_drr"], |d0| {
        queue(d0);
        let watch = Watch::start(&["rt-chain", "rtnlgrp-tc"]);
        let chain = below(d0, 0, &json!({ "chain": 7 }));
        ask(&["do", "rt-chain", "newchain", "--create", &chain]);
        let event = watch.named("newchain-ntf");
        assert_eq!(event["msg"]["chain"], 7, "{event}");
        assert_eq!(ask(&["do", "rt-chain", "getchain", &chain])["chain"], 7);
        let all = ask(&["dump", "rt-chain", "getchain", &below(d0, 0, &json!({}))]);
        entry(&all, |entry| entry["chain"] == 7);
        ask(&["do", "rt-chain", "delchain", &chain]);
        watch.named("delchain-ntf");
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
fn the_page_shows_traffic_control() {
    alone(&[], |_| page_shows("ROUTE traffic control"));
}
