// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is lost is told where it is missing.

use super::{Args, print};
use crate::output::Output;
use crate::{AnyClient, AnyTaskdiag};
use clap::Parser;
use genlkit::client::Client;
use genlkit::generated::taskdiag::{EventType, uapi};
use genlkit::taskdiag::Taskdiag;
use genlkit::transport::{Fake, Kernel, Transport};
use genlkit::wire::{Builder, GenlHeader, Header, Message};
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

const FAMILY: u16 = 20;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    args: Args,
}

/// Keeps what is written.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("one thread").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An event with its number, before which so many were lost.
fn event(seq: u64, lost: Option<u64>) -> Vec<u8> {
    let mut buffer = [0; 256];
    let mut builder = Builder::new(&mut buffer);
    let header = Header {
        kind: FAMILY,
        ..Header::default()
    };
    builder.message(header, |message| {
        let cmd = uapi::TASKDIAG_CMD_TASK_NTF;
        message.bytes(&GenlHeader { cmd, version: 1 }.to_bytes());
        message.u8(uapi::TASKDIAG_A_EVENT_TYPE, EventType::EXEC.0);
        message.uint(uapi::TASKDIAG_A_EVENT_SEQ, seq);
        message.nest(uapi::TASKDIAG_A_EVENT_TASK, |task| {
            task.u32(uapi::TASKDIAG_A_TASK_PID, 42);
            task.str(uapi::TASKDIAG_A_TASK_COMM, "made up\x1b[31m");
        });
        if let Some(lost) = lost {
            message.uint(uapi::TASKDIAG_A_EVENT_LOST, lost);
        }
    });
    builder.finish().expect("it fits").to_vec()
}

/// What is printed of two events that a kernel tells.
fn printed(args: &[&str], fake: Fake) -> String {
    let client: AnyClient = Client::with(Box::new(fake) as Box<dyn Transport>);
    let mut taskdiag: AnyTaskdiag = Taskdiag::with(client);
    let args = Cli::parse_from([&["events", "--count", "2"], args].concat()).args;
    taskdiag.follow(&args.request()).expect("it is taken");
    let kept = Kept::default();
    let output = Output::plain(Box::new(kept.clone()));
    print(&args, &mut taskdiag, None, output).expect("two events");
    let bytes = kept.0.lock().expect("one thread").clone();
    String::from_utf8(bytes).expect("UTF-8")
}

/// The second event comes after 7 were lost in the module, both after the socket had no room for 9
/// datagrams.
fn lossy() -> Fake {
    let follow = |kernel: &mut Kernel, request: &Message<'_>| kernel.error(request, 0, |_| {});
    let mut fake = Fake::new(follow).family("taskdiag", FAMILY, &[]);
    fake.kernel().datagram(&event(1, None), 0, 0);
    fake.kernel().datagram(&event(9, Some(7)), 0, 0);
    fake.kernel().drop_datagrams(9);
    fake
}

/// The second event comes once the kernel was asked, and has said, that 5 were lost after the first;
/// it tells of 7.
fn quiet() -> Fake {
    let answer = |kernel: &mut Kernel, request: &Message<'_>| match request.body().first() {
        Some(&uapi::TASKDIAG_CMD_STATS_GET) => {
            kernel.reply(request, |to| to.uint(uapi::TASKDIAG_A_STATS_LOST_UNTOLD, 5));
            kernel.datagram(&event(9, Some(7)), 0, 0);
        }
        _ => kernel.error(request, 0, |_| {}),
    };
    let mut fake = Fake::new(answer).family("taskdiag", FAMILY, &[]);
    fake.kernel().datagram(&event(1, None), 0, 0);
    fake
}

#[test]
fn what_was_lost_after_the_last_event_is_told_once() {
    assert_eq!(
        printed(&[], quiet()),
        "- exec 42 (made up\\u{1b}[31m)\n5 events lost\n\
         2 events lost\n- exec 42 (made up\\u{1b}[31m)\n"
    );
    let json = printed(&["--json"], quiet());
    let lines: Vec<_> = json.lines().collect();
    assert_eq!((lines.len(), lines[1]), (3, "{\"lost-untold\":5}"));
}

#[test]
fn lost_events_stand_before_the_event_that_tells_of_them() {
    assert_eq!(
        printed(&[], lossy()),
        "overrun: 9 datagrams of events lost\n\
         - exec 42 (made up\\u{1b}[31m)\n7 events lost\n- exec 42 (made up\\u{1b}[31m)\n"
    );
}

#[test]
fn json_has_an_object_a_line_and_tells_what_was_lost() {
    let lines: Vec<serde_json::Value> = printed(&["--json"], lossy())
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0]["overrun"]["drops"], 9);
    assert_eq!(lines[1].get("lost"), None);
    assert_eq!(lines[2]["lost"], 7);
    assert_eq!(lines[2]["task"]["comm"], "made up\u{1b}[31m");
}
