// SPDX-License-Identifier: MIT OR Apache-2.0

//! SMC's two generic families and its sockets, by exchanges through `genlkit`.

use genlkit_tests::genlkit::{ask, entry, module, page_shows, refused};
use serde_json::json;
use socket2::{Domain, Socket, Type};

/// `AF_SMC`.
const AF_SMC: i32 = 43;

#[test]
fn smc_tells_of_the_machine_and_of_what_it_counted() {
    module("smc");
    let system = ask(&["dump", "SMC_GEN_NETLINK", "get-sys-info"]);
    let system = entry(&system, |message| message["sys-info"].is_object());
    assert_eq!(system["sys-info"]["ver"], 2, "{system}");
    let stats = ask(&["dump", "SMC_GEN_NETLINK", "get-stats"]);
    entry(&stats, |message| message["stats"].is_object());
    let devices = ask(&["dump", "SMC_GEN_NETLINK", "get-dev-smcr"]);
    assert_eq!(devices, json!([]), "there is no device of RDMA");
}

#[test]
fn smc_adds_an_identifier_tells_of_it_and_removes_it() {
    module("smc");
    let entry = format!("entry={:<32}", "GENLKIT.1");
    ask(&["do", "SMC_GEN_NETLINK", "add-ueid", &entry]);
    let all = ask(&["dump", "SMC_GEN_NETLINK", "dump-ueid"]).to_string();
    assert!(all.contains("GENLKIT.1"), "{all}");
    ask(&["do", "SMC_GEN_NETLINK", "remove-ueid", &entry]);
    let all = ask(&["dump", "SMC_GEN_NETLINK", "dump-ueid"]).to_string();
    assert!(!all.contains("GENLKIT.1"), "{all}");
}

#[test]
fn smc_pnetid_adds_an_entry_tells_of_it_and_flushes_the_table() {
    module("smc");
    let add = ["do", "SMC_PNETID", "add", "name=LAB", "ethname=lo"];
    ask(&add);
    assert!(refused(&add).contains("EEXIST"));
    let all = ask(&["dump", "SMC_PNETID", "get"]);
    assert_eq!(entry(&all, |entry| entry["name"] == "LAB")["ethname"], "lo");
    let one = ask(&["do", "SMC_PNETID", "get", "name=LAB"]);
    assert_eq!(one["ethname"], "lo", "{one}");
    ask(&["do", "SMC_PNETID", "flush"]);
    assert_eq!(ask(&["dump", "SMC_PNETID", "get"]), json!([]));
}

#[test]
fn smc_diag_tells_of_a_socket_that_listens_as_tcp() {
    module("smc_diag");
    let socket = Socket::new(Domain::from(AF_SMC), Type::STREAM, None).expect("smc is there");
    let address: std::net::SocketAddr = "127.0.0.1:0".parse().expect("an address");
    socket.bind(&address.into()).expect("lo is up");
    socket.listen(1).expect("it is bound");
    let all = ask(&["dump", "smc-diag", "get", r#"{"ext": ["fallback"]}"#]);
    let found = entry(&all, |entry| entry["family"] == "smc");
    assert!(found["inode"].as_u64() > Some(0), "{found}");
}

#[test]
fn the_page_shows_smc() {
    page_shows("SMC");
}
