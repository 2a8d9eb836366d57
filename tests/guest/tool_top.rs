// SPDX-License-Identifier: MIT OR Apache-2.0

//! `taskdiag top` on a terminal of 80 columns and 24 lines.

use genlkit_tests::{child::Child, screen::Screen};
use nix::sys::prctl;
use std::hint::spin_loop;

/// Lines above the list: what there is, and the titles.
const HEAD: usize = 5;

fn start(args: &[&str]) -> Screen {
    let mut top = Screen::start("taskdiag", &[&["top", "--delay", "0.2"], args].concat());
    top.until("list", |lines| lines[HEAD - 1].contains("COMMAND"));
    top
}

fn busy() -> Child {
    Child::spawn(|| {
        prctl::set_name(c"very busy").expect("a name");
        std::thread::spawn(|| {
            loop {
                spin_loop();
            }
        });
    })
}

fn quit(top: &mut Screen, key: &str) {
    top.press(key);
    assert_eq!(top.end(), 0);
    assert!(!top.is_alternate(), "the terminal is as it was");
}

#[test]
fn the_busiest_is_the_first_line() {
    let child = busy();
    let mut top = start(&[]);
    assert!(top.is_alternate());
    let lines = top.until("busy task", |lines| lines[HEAD].ends_with("very busy"));
    assert!(lines[0].starts_with("taskdiag top up "), "{lines:#?}");
    assert!(lines[HEAD].contains(&child.pid().to_string()), "{lines:#?}");
    quit(&mut top, "q");
}

#[test]
fn keys_sort_either_way() {
    let mut top = start(&[]);
    let first = |pid: &'static str| {
        move |lines: &[String]| lines[HEAD].split_whitespace().next() == Some(pid)
    };
    top.press("N");
    top.until("order by pid", first("1"));
    top.press("r");
    top.until("order the other way", |lines| {
        !first("1")(lines) && !first("2")(lines)
    });
    top.press("r");
    top.until("order by pid again", first("1"));
    quit(&mut top, "\x03");
}

#[test]
fn a_filter_leaves_what_matches() {
    let _child = Child::spawn(|| prctl::set_name(c"needle").expect("a name"));
    let mut top = start(&[]);
    top.press("/needle\r");
    top.until("needle alone", |lines| {
        lines[HEAD].ends_with("needle")
            && lines[HEAD + 1].is_empty()
            && lines[23].contains("[filter: needle]")
    });
    top.press("\x1b");
    top.until("other tasks", |lines| !lines[HEAD + 1].is_empty());
    quit(&mut top, "q");
}

#[test]
fn a_tree_threads_and_cgroups_come_at_a_key() {
    let child = Child::threads(3);
    let mut top = start(&["--pid", &child.pid().to_string()]);
    top.until("one task", |lines| {
        lines[1].starts_with("Tasks: 1 (3 threads)")
    });
    top.press("H");
    top.until("three threads", |lines| lines[1].starts_with("Threads: 3"));
    top.press("t");
    top.until("branches", |lines| {
        lines[HEAD + 1].contains("├─") && lines[HEAD + 2].contains("└─")
    });
    top.press("HC");
    let lines = top.until("cgroups", |lines| lines[HEAD - 1].contains("CGROUP"));
    assert!(
        lines[HEAD].trim_start().starts_with('1') && lines[HEAD].ends_with(" /"),
        "{lines:#?}"
    );
    quit(&mut top, "q");
}

#[test]
fn enter_tells_all_about_a_task() {
    let child = Child::sleeping();
    let pid = child.pid().to_string();
    let mut top = start(&["--pid", &pid]);
    top.press("j\r");
    top.until("details", |lines| {
        let has = |word: &str| lines.iter().any(|line| line.contains(word));
        has("┌ Task") && has("start-time") && has(&pid)
    });
    top.press("\x1b");
    top.until("list", |lines| {
        !lines.iter().any(|line| line.contains("start-time"))
    });
    quit(&mut top, "q");
}

#[test]
fn a_signal_gives_the_terminal_back() {
    let mut top = start(&[]);
    top.signal(nix::sys::signal::Signal::SIGTERM);
    assert_eq!(top.end(), 0);
    assert!(!top.is_alternate());
}
