// SPDX-License-Identifier: MIT OR Apache-2.0
//! How decoded messages are shown: for people, for programmers, and as JSON.
#![cfg(feature = "cli")]

use genlkit::generated::taskdiag::{Group, State, Task, uapi};
use genlkit::request::Decode;
use genlkit::wire::Builder;

/// A task of some of everything, and a state and a group that have no name.
fn bytes(buffer: &mut [u8]) -> &[u8] {
    let mut builder = Builder::new(buffer);
    builder.u32(uapi::TASKDIAG_A_TASK_PID, 1);
    builder.u8(uapi::TASKDIAG_A_TASK_STATE, 1);
    builder.str(uapi::TASKDIAG_A_TASK_COMM, b"init");
    builder.u32(uapi::TASKDIAG_A_TASK_FLAGS, 0x400);
    builder.nest(uapi::TASKDIAG_A_TASK_CRED, |cred| {
        cred.u32(uapi::TASKDIAG_A_CRED_UID, 42);
    });
    builder.u32(uapi::TASKDIAG_A_TASK_OMITTED, 0x8000_0003);
    builder.finish().expect("room")
}

#[test]
fn a_view_is_displayed_as_what_is_present_by_the_names_of_the_spec() {
    let mut buffer = [0; 256];
    let task = Task::decode(bytes(&mut buffer)).expect("well formed");
    assert_eq!(
        task.to_string(),
        "{pid=1 state=sleeping comm=init flags=0x400 cred={uid=42} \
         omitted=base,cred,0x80000000}"
    );
}

#[test]
fn a_view_is_debugged_by_the_names_of_its_fields() {
    let mut buffer = [0; 256];
    let task = Task::decode(bytes(&mut buffer)).expect("well formed");
    let debugged = format!("{task:?}");
    assert!(debugged.starts_with("Task { pid: Some(1), "), "{debugged}");
    assert!(debugged.contains("tgid: None"), "{debugged}");
}

#[test]
fn a_view_is_serialized_as_what_is_present_by_the_names_of_the_spec() {
    let mut buffer = [0; 256];
    let task = Task::decode(bytes(&mut buffer)).expect("well formed");
    assert_eq!(
        serde_json::to_string(&task).expect("JSON"),
        r#"{"pid":1,"state":"sleeping","comm":"init","flags":1024,"cred":{"uid":42},"omitted":["base","cred",2147483648]}"#
    );
}

#[test]
fn what_has_no_name_is_shown_as_its_number() {
    assert_eq!(State(200).to_string(), "200");
    assert_eq!(serde_json::to_string(&State(200)).expect("JSON"), "200");
    let unnamed = Group::from_bits_retain(0x8000_0000);
    assert_eq!(unnamed.to_string(), "0x80000000");
}
