// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a program that begins with `genlkit::entry!` finds, and how it ends: each test starts this program again, which
//! there undoes what the standard library did before it, and begins anew.
#![cfg(feature = "neli")]

use genlkit::transport::{Options, Socket, begin};
use nix::sys::signal::{SigHandler, Signal, signal};
use std::fs::read_link;
use std::io::{ErrorKind, Write};
use std::os::fd::AsRawFd;
use std::process::{Command, ExitStatus, Stdio};

/// Says to [`program`] which it is.
const PROGRAM: &str = "ENTRY_PROGRAM";

/// Says to [`program`] which standard streams are closed, by their numbers.
const CLOSED: &str = "ENTRY_CLOSED";

/// What is not as it has to be.
const WRONG: u8 = 255;

#[test]
#[ignore = "the other tests start it"]
fn program() {
    let variable = |name| std::env::var(name).unwrap_or_default();
    for stream in variable(CLOSED).bytes() {
        nix::unistd::close(i32::from(stream - b'0')).expect("it is open");
    }
    // SAFETY: the default runs no code.
    unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) }.expect("a signal");
    begin(match variable(PROGRAM).as_str() {
        "opens" => opens,
        "panics" => panics,
        "prints" => prints,
        _ => || WRONG,
    })
}

/// The number of its socket, where the streams that were closed are `/dev/null`, and the others are not.
fn opens() -> u8 {
    let socket = Socket::open(&Options::new()).expect("a socket");
    let closed = std::env::var(CLOSED).unwrap_or_default();
    let is_right = |stream: u8| {
        let file = read_link(format!("/proc/self/fd/{stream}")).unwrap_or_default();
        (file.as_os_str() == "/dev/null") == closed.contains(char::from(b'0' + stream))
    };
    match (0..3).all(is_right) {
        true => socket.as_raw_fd().try_into().unwrap_or(WRONG),
        false => WRONG,
    }
}

fn panics() -> u8 {
    panic!("as it is asked")
}

/// 7 where nobody reads, and writing says so.
fn prints() -> u8 {
    // Before the program the test harness has written to the standard output, not here.
    match std::io::stderr().write_all(b"line\n") {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => 7,
        _ => WRONG,
    }
}

fn start(program: &str, closed: &str, stderr: impl Into<Stdio>) -> ExitStatus {
    let (_reader, writer) = std::io::pipe().expect("a pipe");
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command
        .args(["--exact", "program", "--ignored", "--test-threads=1"])
        .env(PROGRAM, program)
        .env(CLOSED, closed)
        .stdin(Stdio::piped())
        .stdout(writer)
        .stderr(stderr);
    command.status().expect("it runs")
}

#[test]
fn no_socket_takes_the_place_of_a_standard_stream() {
    for closed in ["", "0", "1", "2", "01", "12", "02", "012"] {
        let (_reader, writer) = std::io::pipe().expect("a pipe");
        let status = start("opens", closed, writer).code();
        let number = status.expect("it ends by itself");
        assert!(
            (3..i32::from(WRONG)).contains(&number),
            "{closed}: {number}"
        );
    }
}

#[test]
fn a_panic_ends_with_status_101() {
    assert_eq!(start("panics", "", Stdio::null()).code(), Some(101));
}

#[test]
fn a_reader_that_is_gone_is_an_error_of_writing_and_no_signal() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    assert_eq!(start("prints", "", writer).code(), Some(7));
}
