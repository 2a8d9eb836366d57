// SPDX-License-Identifier: MIT OR Apache-2.0

//! RDMA devices, by exchanges through `genlkit`.

use genlkit_tests::genlkit::{Watch, ask, entry, module, page_shows, refused};

#[test]
fn rdma_tells_the_system_makes_a_device_and_announces_it() {
    module("rdma_rxe");
    module("dummy");
    let system = ask(&["do", "rdma", "sys-get"]);
    assert_eq!(system["sys-netns-mode"], "shared", "{system}");
    assert_eq!(system["sys-monitor-mode"], 1, "{system}");

    ask(&[
        "do",
        "rt-link",
        "newlink",
        "--create",
        "ifname=rdma0",
        "linkinfo.kind=dummy",
    ]);
    let watch = Watch::start(&["rdma", "notify"]);
    let link = ["dev-name=rxe0", "link-type=rxe", "ndev-name=rdma0"];
    ask(&[&["do", "rdma", "newlink"][..], &link].concat());
    let event = watch.until(|event| event["msg"]["event-type"] == "register");
    assert_eq!(event["msg"]["dev-name"], "rxe0", "{event}");

    let all = ask(&["dump", "rdma", "get"]);
    let device = entry(&all, |device| device["dev-name"] == "rxe0");
    assert_eq!(device["dev-node-type"], "ca", "{device}");
    assert_eq!(device["dev-protocol"], "roce", "{device}");
    let index = format!("dev-index={}", device["dev-index"]);
    let one = ask(&["do", "rdma", "get", &index]);
    assert_eq!(one["node-guid"], device["node-guid"], "{one}");
    let port = ask(&["do", "rdma", "port-get", &index, "port-index=1"]);
    assert_eq!(port["ndev-name"], "rdma0", "{port}");
    let held = ask(&["do", "rdma", "res-get", &index]);
    let kinds = &held["res-summary"]["res-summary-entry"];
    let queues = entry(kinds, |kind| kind["res-summary-entry-name"] == "qp");
    assert!(queues["res-summary-entry-curr"].is_u64(), "{held}");

    ask(&["do", "rdma", "dellink", &index]);
    watch.until(|event| event["msg"]["event-type"] == "unregister");
    ask(&["do", "rt-link", "dellink", "ifname=rdma0"]);
    let said = refused(&["do", "rdma", "get", &index]);
    assert!(said.contains("rdma get: E"), "{said}");
}

#[test]
fn the_page_shows_rdma() {
    page_shows("RDMA");
}
