// SPDX-License-Identifier: MIT OR Apache-2.0

//! The kernel tree's own client speaks to both families, with our specs (docs/debug.md).

use genlkit_tests::{
    child::Child,
    genltest::{Genltest, attr},
    pace::seconds,
    peer::{FAMILIES, FILES, cli, pyynl},
};
use std::{process::Stdio, thread, time::Duration};

fn answer(family: &str, args: &[&str]) -> String {
    let output = pyynl(family, args).output().expect("python3");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {errors}");
    String::from_utf8(output.stdout)
        .expect("text")
        .trim()
        .to_owned()
}

/// What it prints of what the kernel refuses.
fn refusal(family: &str, args: &[&str]) -> String {
    let output = pyynl(family, args).output().expect("python3");
    let [out, err] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    format!("{out}{err}")
}

#[test]
fn pyynl_finds_the_specs_valid() {
    for family in FAMILIES {
        let schema = format!("{FILES}/netlink/genetlink.yaml");
        let mut check = cli(family);
        check.args(["--validate", "--schema", &schema]);
        let output = check.output().expect("python3");
        assert!(output.status.success(), "{family}: {output:?}");
    }
}

#[test]
fn pyynl_asks_taskdiag() {
    let ping = answer(
        "taskdiag",
        &["--do", "ping", "--json", r#"{"payload":"00ff"}"#],
    );
    assert_eq!(ping, r#"{"abi": 1, "payload": "00ff", "version": "0.1.0"}"#);
    let child = Child::sleeping();
    let pid = child.pid();
    let tasks = answer(
        "taskdiag",
        &["--dump", "task-get", "--json", r#"{"groups":["base"]}"#],
    );
    for pid in [1, pid] {
        let task = format!(r#"{{"pid": {pid}, "tgid": {pid}, "#);
        assert_eq!(tasks.matches(&task).count(), 1, "{tasks}");
    }
    let one = answer(
        "taskdiag",
        &["--do", "task-get", "--json", &format!(r#"{{"pid":{pid}}}"#)],
    );
    assert!(one.contains(&format!(r#""pid": {pid}"#)), "{one}");
    assert!(one.contains(r#""state": "sleeping""#), "{one}");
    let refused = refusal(
        "taskdiag",
        &["--do", "task-get", "--json", r#"{"pid":4000000}"#],
    );
    assert!(refused.contains("no task with this pid"), "{refused}");
    assert!(refused.contains("'bad-attr': '.pid'"), "{refused}");
}

/// Starts the client on a group, calls `act` again and again until it ends, and returns what it heard.
fn heard(family: &str, group: &str, mut act: impl FnMut()) -> String {
    let long = seconds(12).as_secs().min(60).to_string();
    let mut listener = pyynl(family, &["--subscribe", group, "--duration", &long]);
    let listener = listener.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut listener = listener.spawn().expect("python3");
    while listener.try_wait().expect("it is ours").is_none() {
        act();
        thread::sleep(Duration::from_millis(500));
    }
    let output = listener.wait_with_output().expect("it ended");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn pyynl_hears_events_of_taskdiag() {
    let mut pids = Vec::new();
    let events = heard("taskdiag", "events", || {
        let child = Child::zombie(7);
        pids.push(child.pid());
        child.wait();
    });
    assert!(events.contains(r#""name": "task-ntf""#), "{events}");
    let told = |pid: &&u32| {
        let of = format!(r#""pid": {pid}"#);
        ["fork", "exit"].iter().all(|kind| {
            events
                .lines()
                .any(|event| event.contains(&of) && event.contains(&format!(r#""type": "{kind}""#)))
        })
    };
    assert!(pids.iter().any(|pid| told(&pid)), "{pids:?} in {events}");
}

#[test]
fn pyynl_sends_genltest_every_type() {
    let scalars = r#"{"u8": 255, "u16": 65535, "u32": 4294967295, "u64": 18446744073709551615, "s8": -128, "s16": -32768, "s32": -2147483648, "s64": -9223372036854775808, "uint": 5000000000, "sint": -5000000000, "be16": 258, "be32": 16909060, "be64": 72623859790382856, "le32": 16909060}"#;
    let back = answer("genltest", &["--do", "scalar", "--json", scalars]);
    // The spec says of this one that it is shown as an address.
    assert_eq!(
        back,
        scalars.replace("16909060, \"be64\"", "\"1.2.3.4\", \"be64\"")
    );
    let shape = r#"{"point": {"x": 1, "y": -2, "label": "a"}, "points": [{"x": 3}, {"x": 4}], "numbers": [1, 2, 3], "names": ["one", "two"], "tree": {"child": {"value": 5}}}"#;
    let back = answer("genltest", &["--do", "shape", "--json", shape]);
    for part in [
        r#""point": {"x": 1, "y": -2, "label": "a"}"#,
        r#""points": [{"x": 3}, {"x": 4}]"#,
        r#""numbers": [1, 2, 3]"#,
        r#""names": ["one", "two"]"#,
        r#""tree": {"child": {"value": 5}}"#,
    ] {
        assert!(back.contains(part), "{part} in {back}");
    }
    let refused = refusal(
        "genltest",
        &[
            "--do",
            "fault",
            "--json",
            r#"{"errno": 71, "text": "fixed"}"#,
        ],
    );
    assert!(refused.contains("as it was asked for"), "{refused}");
    let refused = refusal("genltest", &["--do", "obj-get", "--json", "{}"]);
    assert!(refused.contains("'miss-type': 'id'"), "{refused}");
}

#[test]
fn pyynl_makes_dumps_and_hears_objects() {
    let object = r#"{"id": 77, "name": "seven", "colour": "green", "values": [1, 2]}"#;
    answer("genltest", &["--do", "obj-new", "--json", object]);
    let all = answer("genltest", &["--dump", "obj-get"]);
    for part in [
        r#""id": 77"#,
        r#""name": "seven""#,
        r#""colour": "green""#,
        r#""values": [1, 2]"#,
    ] {
        assert!(all.contains(part), "{part} in {all}");
    }
    answer("genltest", &["--do", "obj-del", "--json", r#"{"id": 77}"#]);
    let family = Genltest::open();
    let id = attr("obj", "id");
    let events = heard("genltest", "objects", || {
        family
            .errno(family.request("obj-new").u32(id, 78))
            .expect("an object");
        family
            .errno(family.request("obj-del").u32(id, 78))
            .expect("it is there");
    });
    for name in ["obj-ntf", "obj-del-ntf"] {
        let of = |line: &&str| {
            line.contains(&format!(r#""name": "{name}""#)) && line.contains(r#""id": 78"#)
        };
        assert!(events.lines().any(|line| of(&line)), "{name} in {events}");
    }
}
