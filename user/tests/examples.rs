// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every example does what it shows, on the kernel that the tests run on.

#[path = "../examples/batch.rs"]
mod batch;
#[path = "../examples/dump.rs"]
mod dump;
#[path = "../examples/in_step.rs"]
mod in_step;
#[path = "../examples/netns.rs"]
mod netns;
#[path = "../examples/notifications.rs"]
mod notifications;
#[path = "../examples/own_family.rs"]
mod own_family;
#[path = "../examples/request.rs"]
mod request;

#[cfg(feature = "tokio")]
#[path = "../examples/asynchronous.rs"]
mod asynchronous;

#[test]
fn one_request_is_answered() {
    request::main().unwrap();
}

#[test]
fn a_dump_lists_and_may_be_left() {
    dump::main().unwrap();
}

#[test]
fn a_batch_has_an_answer_for_each() {
    batch::main().unwrap();
}

#[test]
fn events_are_waited_for() {
    notifications::main().unwrap();
}

#[test]
fn a_table_is_kept_in_step() {
    in_step::main().unwrap();
}

#[test]
fn another_namespace_is_entered_or_refused() {
    match netns::main() {
        Ok(()) => {}
        Err(error) => assert_eq!(error.errno(), Some(libc::EPERM), "{error}"),
    }
}

#[test]
fn a_family_of_ones_own_is_spoken_to() {
    own_family::main().unwrap();
}

#[cfg(feature = "tokio")]
#[test]
fn tasks_wait_for_answers() {
    asynchronous::main().unwrap();
}
