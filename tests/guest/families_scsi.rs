// SPDX-License-Identifier: MIT OR Apache-2.0

//! SCSI's two protocols, iSCSI and the transports' events, by exchanges through `genlkit`.

use genlkit_tests::genlkit::{Watch, ask, module, page_shows, refused};
use std::fs;

/// The transport of iSCSI in software.
fn transport() -> String {
    module("iscsi_tcp");
    let handle = fs::read_to_string("/sys/class/iscsi_transport/tcp/handle");
    let handle = handle.expect("the module's transport");
    format!("transport-handle={}", handle.trim())
}

#[test]
fn iscsi_makes_a_session_with_a_connection_counts_and_removes_both() {
    let transport = transport();
    let session = ask(&[
        "do",
        "iscsi",
        "create-session",
        &transport,
        "initial-cmdsn=1",
    ]);
    assert_eq!(session["iferror"], 0, "{session}");
    let sid = format!("sid={}", session["sid"]);
    let host = format!("/sys/class/iscsi_host/host{}", session["host-no"]);
    assert!(fs::metadata(&host).is_ok(), "{host}");

    let conn = ask(&["do", "iscsi", "create-conn", &transport, &sid, "cid=0"]);
    assert_eq!(conn["iferror"], 0, "{conn}");
    assert_eq!(conn["sid-ret"], session["sid"], "{conn}");

    let values = format!(
        r#"get-stats {{"transport-handle": "{}", "sid": {}, "cid": 0}}"#,
        transport.trim_start_matches("transport-handle="),
        session["sid"]
    );
    let watch = Watch::start(&["iscsi", "iscsid", "--call", &values]);
    let stats = watch.named("stats");
    assert_eq!(stats["msg"]["sid"], session["sid"], "{stats}");
    assert_eq!(stats["msg"]["scsicmd-pdus"], 0, "{stats}");

    let gone = ask(&["do", "iscsi", "destroy-conn", &transport, &sid, "cid=0"]);
    assert_eq!(gone["iferror"], 0, "{gone}");
    let gone = ask(&["do", "iscsi", "destroy-session", &transport, &sid]);
    assert_eq!(gone["iferror"], 0, "{gone}");
    assert!(fs::metadata(&host).is_err(), "{host}");
}

#[test]
fn iscsi_tells_a_failure_inside_of_its_answer() {
    let said = refused(&["do", "iscsi", "destroy-session", &transport(), "sid=4242"]);
    assert!(said.contains("iscsi destroy-session: EINVAL"), "{said}");
}

#[test]
fn scsi_transport_has_no_driver_for_a_message_and_refuses_a_bad_header() {
    module("scsi_transport_fc");
    let request = [
        "do",
        "scsi-transport",
        "send",
        "msgtype=host-vendor",
        "msglen=20",
    ];
    let data = r#"{"data": {"vendor-id": "0x0100000000008086", "host-no": 1}}"#;
    let said = refused(&[&request[..], &[data]].concat());
    assert!(said.contains("ESRCH"), "{said}");
    let said = refused(&[&request[..], &[data, "magic=0xbad"]].concat());
    assert!(said.contains("EPROTOTYPE"), "{said}");
    // The kernel passes the mask of the group as its number.
    drop(Watch::start(&["scsi-transport", "fc-events"]));
}

#[test]
fn the_page_shows_iscsi() {
    page_shows("ISCSI");
}

#[test]
fn the_page_shows_scsitransport() {
    page_shows("SCSITRANSPORT");
}
