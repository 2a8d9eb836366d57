// SPDX-License-Identifier: MIT OR Apache-2.0

//! `taskdiag watch` makes, lists, follows and deletes watches.

use genlkit_tests::{
    child::Child,
    program::{Running, run, taskdiag, taskdiag_json},
};
use nix::sys::signal::Signal;
use serde_json::Value;

/// The watch of a name, as it is listed.
fn find(name: &str) -> Option<Value> {
    let list = taskdiag_json(&["watch", "list"]);
    let mut watches = list.as_array().expect("an array").iter();
    watches.find(|watch| watch["name"] == name).cloned()
}

#[test]
fn a_watch_that_waits_tells_the_end_and_goes_with_the_command() {
    let child = Child::sleeping();
    let pid = child.pid().to_string();
    let args = ["watch", "add", "waits", &pid, "--wait", "--oneshot"];
    let mut command = Running::start("taskdiag", &args);
    command.says("watching");
    let watch = find("waits").expect("it is listed");
    assert_eq!(watch["pid"][0], child.pid());
    child.signal(Signal::SIGTERM);
    let line = command.line();
    assert!(line.contains(&format!(" waits exit {pid} (")), "{line}");
    assert!(line.ends_with("signal 15 (SIGTERM)"), "{line}");
    assert_eq!(command.wait(), 0);
    assert_eq!(find("waits"), None);

    let mut command = Running::start("taskdiag", &["watch", "add", "interrupted", "1", "--wait"]);
    command.says("watching");
    assert_eq!(command.signal(Signal::SIGINT), 0);
    assert_eq!(find("interrupted"), None, "its owner is gone");
}

#[test]
fn a_watch_that_persists_is_listed_followed_and_deleted() {
    let (one, other) = (Child::sleeping(), Child::sleeping());
    let pid = |child: &Child| child.pid().to_string();
    let mut words = Running::start("taskdiag", &["watch", "follow", "stays"]);
    words.says("listening");
    let mut json = Running::start(
        "taskdiag",
        &["watch", "follow", "stays", "--json", "--count", "1"],
    );
    json.says("listening");

    taskdiag(&["watch", "add", "stays", &pid(&one)]);
    let again = run("taskdiag", &["watch", "add", "stays", &pid(&one)]);
    assert_eq!(again.status, 1);
    assert!(again.err.contains("EEXIST"), "{}", again.err);
    taskdiag(&["watch", "add", "stays", &pid(&other), "--append"]);
    let watch = find("stays").expect("it is listed");
    let pids: Vec<_> = watch["pid"]
        .as_array()
        .expect("an array")
        .iter()
        .filter_map(Value::as_u64)
        .collect();
    assert!(
        pids.len() == 2 && pids.contains(&one.pid().into()) && pids.contains(&other.pid().into())
    );
    let table = taskdiag(&["watch", "list"]);
    let line = table
        .lines()
        .find(|line| line.contains("stays"))
        .expect("a line");
    assert!(line.contains(" exit persist pid="), "{line}");

    words.until(|line| line == "made stays");
    one.signal(Signal::SIGKILL);
    let line = words.until(|line| line.contains(" stays exit "));
    assert!(line.ends_with("signal 9 (SIGKILL)"), "{line}");
    let fired = json.until(|line| line.starts_with("{\"fired\":"));
    let fired: Value = serde_json::from_str(&fired).expect("JSON");
    assert_eq!(fired["fired"]["task"]["pid"], one.pid());
    assert_eq!(json.wait(), 0, "one firing was enough");

    taskdiag(&["watch", "del", "stays"]);
    words.until(|line| line == "deleted stays");
    assert_eq!(find("stays"), None);
    assert_eq!(run("taskdiag", &["watch", "del", "stays"]).status, 1);
    assert_eq!(words.signal(Signal::SIGINT), 0);
}

#[test]
fn a_watch_without_processes_is_of_all_that_match() {
    let args = [
        "--on",
        "nonzero-exit",
        "--comm",
        "taskdiag",
        "--user",
        "root",
    ];
    let add = ["watch", "add", "failures"];
    let mut command = Running::start("taskdiag", &[&add[..], &args, &["--wait"]].concat());
    command.says("watching");
    let table = taskdiag(&["watch", "list"]);
    let line = table.lines().find(|line| line.contains("failures"));
    let line = line.expect("it is listed");
    assert!(line.contains("comm=taskdiag"), "{line}");
    let refused = run("taskdiag", &["watch", "del", "nonsense"]);
    assert_eq!(refused.status, 1);
    assert!(command.line().ends_with(" (taskdiag) status 1"));
    assert_eq!(command.signal(Signal::SIGINT), 0);

    let stays = [&add[..], &args].concat();
    for wrong in [&add[..], &[&add[..], &["1"], &args].concat(), &stays] {
        assert_eq!(run("taskdiag", wrong).status, 2, "{wrong:?}");
    }
}

#[test]
fn thresholds_fire_with_what_was_found() {
    let child = Child::spawn(|| {
        std::mem::forget(std::hint::black_box(vec![1_u8; 32 << 20]));
        std::thread::spawn(|| {
            loop {
                std::hint::spin_loop();
            }
        });
    });
    let pid = child.pid().to_string();
    let args = [
        "watch",
        "add",
        "large",
        &pid,
        "--wait",
        "--oneshot",
        "--interval",
        "50ms",
    ];
    let mut large = Running::start("taskdiag", &[&args[..], &["--rss-over", "30M"]].concat());
    let line = large.line();
    assert!(line.contains(&format!(" large rss-over {pid} (")), "{line}");
    let (_, size) = line.rsplit_once(" rss ").expect("a size");
    let size: u32 = size
        .strip_suffix('M')
        .expect("megabytes")
        .parse()
        .expect("a number");
    assert!((30..100).contains(&size), "{line}");
    assert_eq!(large.wait(), 0);

    let args = [
        "watch",
        "add",
        "busy",
        &pid,
        "--cpu-over",
        "10%",
        "--interval",
        "200ms",
    ];
    taskdiag(&args);
    let table = taskdiag(&["watch", "list"]);
    assert!(
        table.contains(" cpu-over cpu>10.0% every 200.0 ms persist"),
        "{table}"
    );
    taskdiag(&["watch", "del", "busy"]);
}
