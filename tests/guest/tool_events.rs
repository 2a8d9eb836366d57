// SPDX-License-Identifier: MIT OR Apache-2.0

//! `taskdiag events`, `stats` and `config` tell what happens, what was done, and how it is set.

use genlkit_tests::{
    child::Child,
    program::{Running, run, taskdiag, taskdiag_json},
};
use nix::{
    sys::{prctl, signal::Signal},
    unistd::{Uid, setresuid, setsid},
};
use serde_json::Value;
use std::process::{Command, Stdio};

#[test]
fn events_are_told_in_words_and_as_json() {
    let mut words = Running::start("taskdiag", &["events"]);
    words.says("listening");
    let mut json = Running::start("taskdiag", &["events", "--json"]);
    json.says("listening");
    let mut child = Command::new("taskdiag")
        .arg("nonsense")
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let pid = child.id();
    child.wait().expect("it ends");

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
