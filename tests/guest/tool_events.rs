// SPDX-License-Identifier: MIT OR Apache-2.0

//! `taskdiag events`, `stats` and `config` tell what happens, what was done, and how it is set.

use genlkit_tests::{
    child::{Child, isolated},
    program::{Running, run, taskdiag, taskdiag_json},
};
use nix::{
    sys::{prctl, signal::Signal},
    unistd::{Gid, Uid, setresgid, setresuid, setsid},
};
use serde_json::Value;
use std::{
    process::{self, Command, Stdio},
    thread,
    time::Duration,
};

const NOBODY: u32 = 65534;

/// Starts `taskdiag nonsense`, and waits for its end: the process id that it had.
fn run_nonsense() -> u32 {
    let mut child = Command::new("taskdiag")
        .arg("nonsense")
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    child.wait().expect("it ends");
    child.id()
}

#[test]
fn events_are_told_in_words_and_as_json() {
    let mut words = Running::start("taskdiag", &["events"]);
    words.says("listening");
    let mut json = Running::start("taskdiag", &["events", "--json"]);
    json.says("listening");
    let pid = run_nonsense();

    words.until(|line| line.contains(" fork ") && line.contains(&format!("-> {pid} (")));
    words.until(|line| line.contains(&format!(" exec {pid} (taskdiag)")));
    let end = words.until(|line| line.contains(&format!(" exit {pid} (taskdiag)")));
    assert!(end.contains(" status 2, lived "), "{end}");

    let mut kinds = Vec::new();
    while !kinds.contains(&"exit".to_owned()) {
        let line = json.line();
        let event: Value = serde_json::from_str(&line).expect("JSON");
        if event["task"]["pid"] == pid {
            kinds.push(event["type"].as_str().expect("a name").to_owned());
        }
    }
    assert_eq!(kinds, ["fork", "exec", "exit"]);
    assert_eq!(words.signal(Signal::SIGINT), 0);
    assert_eq!(json.signal(Signal::SIGINT), 0);
}

#[test]
fn what_the_program_itself_does_is_not_shown() {
    let mut events = Running::start("taskdiag", &["events"]);
    events.says("listening");
    thread::sleep(Duration::from_millis(100));
    let pid = run_nonsense();
    let own = format!(" {} (", events.pid());
    events.until(|line| {
        assert!(!line.contains(&own), "{line}");
        line.contains(&format!(" exit {pid} ("))
    });
    assert_eq!(events.signal(Signal::SIGINT), 0);
}

#[test]
fn names_ids_and_sessions_are_told_as_they_change() {
    let mut words = Running::start("taskdiag", &["events"]);
    words.says("listening");
    let child = Child::spawn(|| {
        prctl::set_name(c"first").expect("a name");
        prctl::set_name(c"second").expect("a name");
        setsid().expect("not a leader");
        let uid = |id| Uid::from_raw(id);
        setresuid(uid(3001), uid(3002), uid(3001)).expect("root may");
    });
    let pid = child.pid();
    words.until(|line| {
        line.contains(&format!(" comm {pid} ")) && line.ends_with(" first -> second")
    });
    words.until(|line| line.contains(&format!(" session {pid} (second)")));
    let ids = words.until(|line| line.contains(&format!(" ids  {pid} (second)")));
    assert!(ids.ends_with(" uid 0 -> 3001 euid 0 -> 3002"), "{ids}");
    assert_eq!(words.signal(Signal::SIGINT), 0);
}

#[test]
fn only_what_matches_all_options_is_told() {
    let child = Child::spawn(|| {
        prctl::set_name(c"wanted").expect("a name");
        let nobody = Uid::from_raw(NOBODY);
        setresuid(nobody, nobody, nobody).expect("root may");
    });
    let (pid, us) = (child.pid().to_string(), process::id().to_string());
    let listen = |options: &[&str]| {
        let args = [&["events", "--types", "exit", "--count", "1"], options].concat();
        let events = Running::start("taskdiag", &args);
        events.says("listening");
        events
    };
    let all = ["--ppid", &us, "--cgroup", "1", "--pid-min", &pid];
    let matching = [
        listen(&["--comm", "wanted"]),
        listen(&["--pid", &format!("1,{pid}")]),
        listen(&["--uid", "65534"]),
        listen(&[&all[..], &["--pid-max", &pid, "--comm", "wanted"]].concat()),
    ];
    let mut other = listen(&[&all[..], &["--comm", "unwanted"]].concat());
    // These end before, and would be told first.
    run_nonsense();
    Child::zombie(0).wait();
    drop(child);
    for mut events in matching {
        let line = events.line();
        let end = format!(" exit {pid} (wanted) signal 9 (SIGKILL)");
        assert!(line.contains(&end), "{line}");
        assert_eq!(events.wait(), 0, "it was the only one");
    }
    assert_eq!(other.signal(Signal::SIGINT), 0);
    assert!(other.rest().is_empty(), "nothing matched");
}

#[test]
fn a_user_is_shown_what_its_own_tasks_do() {
    let _strangers = Child::spawn(|| {
        thread::spawn(|| {
            loop {
                Child::zombie(0).wait();
                thread::sleep(Duration::from_millis(5));
            }
        });
    });
    isolated(|| {
        let (uid, gid) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
        setresgid(gid, gid, gid).expect("root may");
        setresuid(uid, uid, uid).expect("root may");
        // Who has changed its ids is not dumpable, and so nobody's.
        prctl::set_dumpable(true).expect("anyone may");
        let mut events = Running::start("taskdiag", &["events", "--types", "fork,exec,exit"]);
        events.says("listening");
        let pid = run_nonsense();
        thread::sleep(Duration::from_millis(100));
        let last = run_nonsense();
        let end = format!(" exit {last} (taskdiag)");
        let mut told = Vec::new();
        events.until(|line| {
            told.push(line.to_owned());
            line.contains(&end)
        });
        assert_eq!(told.len(), 6, "{told:#?}");
        let (first, second) = told.split_at(3);
        for (pid, lines) in [(pid, first), (last, second)] {
            assert!(lines[0].contains(&format!("-> {pid} (")), "{lines:#?}");
            assert!(lines[1].contains(&format!(" exec {pid} (")), "{lines:#?}");
            assert!(lines[2].contains(&format!(" exit {pid} (")), "{lines:#?}");
        }
        assert_eq!(events.signal(Signal::SIGINT), 0);
    });
}

#[test]
fn settings_are_shown_set_and_refused() {
    let before = taskdiag_json(&["config", "show"]);
    let size = before["ring-size"].as_u64().expect("a number");
    assert_eq!(
        taskdiag(&["config", "set", "--ring-size", &(size * 2).to_string()]),
        ""
    );
    let line = format!("ring-size    {}", size * 2);
    assert!(taskdiag(&["config"]).lines().any(|shown| shown == line));
    taskdiag(&["config", "set", "--ring-size", &size.to_string()]);
    assert_eq!(taskdiag_json(&["config", "show"]), before);

    assert_eq!(
        run("taskdiag", &["config", "set"]).status,
        2,
        "nothing is said"
    );
    let small = run("taskdiag", &["config", "set", "--ring-size", "1"]);
    assert_ne!(small.status, 0, "{small:?}");
    assert!(small.err.contains("ring-size"), "{}", small.err);
}

#[test]
fn counts_grow_by_what_is_done() {
    let count = |stats: &Value, name: &str| {
        stats[name]
            .as_u64()
            .unwrap_or_else(|| panic!("no {name}: {stats}"))
    };
    let before = taskdiag_json(&["stats"]);
    taskdiag(&["list"]);
    let after = taskdiag_json(&["stats"]);
    assert!(count(&after, "dumps") > count(&before, "dumps"));
    assert!(count(&after, "tasks") >= count(&before, "tasks") + 10);
    let shown = taskdiag(&["stats"]);
    for (name, value) in after.as_object().expect("an object") {
        assert!(
            shown.lines().any(|line| line.starts_with(name)),
            "no {name}: {value}"
        );
    }
}
