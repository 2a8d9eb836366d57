// SPDX-License-Identifier: MIT OR Apache-2.0

//! `taskdiag list` and `get` show what is asked for, and nothing else.

use genlkit_tests::{
    child::{Child, isolated},
    program::{Said, run, taskdiag, taskdiag_json},
};
use nix::{
    mount::{MsFlags, mount},
    sched::{CloneFlags, unshare},
    sys::prctl,
    unistd::{Gid, Uid, setgid, setgroups, setuid},
};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs,
    os::unix::process::CommandExt as _,
    process::{self, Command},
};

/// A user of the tests.
const ALICE: u32 = 3001;

/// PF_KTHREAD.
const KTHREAD: u64 = 0x0020_0000;

/// Lists as JSON, base attributes alone.
fn list(args: &[&str]) -> Vec<Value> {
    let json = taskdiag_json(&[&["list", "--groups", "base"], args].concat());
    json.as_array().expect("an array").clone()
}

fn pids(args: &[&str]) -> BTreeSet<u64> {
    let pid = |task: &Value| task["pid"].as_u64().expect("a number");
    list(args).iter().map(pid).collect()
}

fn become_alice() {
    setgroups(&[]).expect("root may");
    setgid(Gid::from_raw(ALICE)).expect("root may");
    setuid(Uid::from_raw(ALICE)).expect("root may");
}

#[test]
fn json_has_every_process_of_proc() {
    let dirs = fs::read_dir("/proc").expect("a procfs");
    let before: BTreeSet<u64> = dirs
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    let gone = |pid: &&u64| !fs::exists(format!("/proc/{pid}")).expect("a procfs");
    let listed = pids(&[]);
    let missing: Vec<_> = before.difference(&listed).collect();
    assert!(missing.iter().all(gone), "missing: {missing:?}");
}

/// Lists with filters, and says which of two processes are there.
fn has(args: &[&str], one: &Child, other: &Child) -> (bool, bool) {
    let listed = pids(args);
    let has = |child: &Child| listed.contains(&child.pid().into());
    (has(one), has(other))
}

#[test]
fn each_filter_keeps_who_matches_and_nobody_else() {
    let plain = Child::sleeping();
    let (pid, plain_pid) = (
        |child: &Child| child.pid().to_string(),
        plain.pid().to_string(),
    );
    let own = process::id().to_string();

    assert_eq!(
        pids(&["--pid", &plain_pid]),
        BTreeSet::from([plain.pid().into()])
    );
    let children = list(&["--ppid", &own]);
    assert!(children.iter().all(|task| task["ppid"] == process::id()));
    assert!(children.iter().any(|task| task["pid"] == plain.pid()));

    let alice = Child::spawn(become_alice);
    assert_eq!(has(&["--user", "3001"], &alice, &plain), (true, false));
    let named = Child::spawn(|| prctl::set_name(c"a rare name").expect("a name"));
    assert_eq!(
        has(&["--comm", "a rare name"], &named, &plain),
        (true, false)
    );
    let stopped = Child::stopped();
    assert_eq!(has(&["--state", "T"], &stopped, &plain), (true, false));
    let zombie = Child::zombie(0);
    assert_eq!(has(&["--state", "T,Z"], &zombie, &plain), (true, false));
    assert_eq!(has(&["--state", "T,Z"], &stopped, &plain), (true, false));
    let big = Child::spawn(|| {
        std::mem::forget(std::hint::black_box(vec![1_u8; 32 << 20]));
    });
    assert_eq!(has(&["--min-rss", "30M"], &big, &plain), (true, false));
    assert_eq!(has(&["--pid-min", &pid(&big)], &big, &plain), (true, false));
    assert_eq!(has(&["--pid-max", &plain_pid], &plain, &big), (true, false));
    let busy = Child::spawn(|| {
        let start = std::time::Instant::now();
        while start.elapsed().as_millis() < 400 {
            std::hint::spin_loop();
        }
    });
    assert_eq!(has(&["--min-cpu", "50ms"], &busy, &plain), (true, false));

    let is_kernel = |task: &Value| {
        task["flags"]
            .as_u64()
            .is_some_and(|bits| bits & KTHREAD != 0)
    };
    let kernel = list(&["--kthreads", "only"]);
    assert!(kernel.len() > 5 && kernel.iter().all(is_kernel));
    let user = list(&["--kthreads", "exclude"]);
    assert!(user.len() > 5 && !user.iter().any(is_kernel));
    let task = taskdiag_json(&["get", &plain_pid, "--groups", "cgroup"]);
    let cgroup = task["cgroup"]["id"].to_string();
    assert_eq!(has(&["--cgroup", &cgroup], &plain, &plain), (true, true));
    assert_eq!(has(&["--cgroup", "999999"], &plain, &plain), (false, false));
    assert_eq!(
        has(&["--user", "3001", "--state", "T"], &alice, &stopped),
        (false, false),
        "all that is said must match"
    );
}

#[test]
fn threads_have_a_line_each() {
    let child = Child::threads(4);
    let pid = child.pid().to_string();
    assert_eq!(list(&["--pid", &pid]).len(), 1);
    let threads = list(&["--pid", &pid, "--threads"]);
    assert_eq!(threads.len(), 4);
    assert!(threads.iter().all(|thread| thread["tgid"] == child.pid()));
    let ids: BTreeSet<_> = threads
        .iter()
        .map(|thread| thread["pid"].as_u64())
        .collect();
    assert_eq!(ids.len(), 4);
}

#[test]
fn columns_come_in_the_order_that_is_asked_for() {
    let child = Child::spawn(|| prctl::set_name(c"columns").expect("a name"));
    let pid = child.pid().to_string();
    let args = ["list", "-o", "comm,pid,ppid,state,nice,user", "--pid", &pid];
    let table = taskdiag(&args);
    let rows: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    let own = process::id().to_string();
    assert_eq!(
        rows,
        [
            vec!["COMMAND", "PID", "PPID", "S", "NI", "USER"],
            vec!["columns", &pid, &own, "S", "0", "root"]
        ]
    );
    let bare = taskdiag(&[&args[..], &["--no-heading"]].concat());
    assert_eq!(
        Some(bare.as_str()),
        table.split_once('\n').map(|(_, rest)| rest)
    );
}

#[test]
fn lists_are_sorted_by_numbers_and_by_names_either_way() {
    let out = taskdiag(&["list", "-o", "pid", "--no-heading", "--sort", "-pid"]);
    let pids: Vec<u32> = out
        .lines()
        .map(|line| line.trim().parse().expect("a pid"))
        .collect();
    assert!(
        pids.len() > 10 && pids.is_sorted_by(|one, two| one > two),
        "{pids:?}"
    );
    let out = taskdiag(&["list", "-o", "user,comm", "--no-heading", "--sort", "comm"]);
    let names: Vec<&str> = out.lines().filter_map(|line| line.get(9..)).collect();
    assert!(names.len() > 10 && names.is_sorted(), "{names:?}");
    let out = taskdiag_json(&["list", "--sort", "-comm"]);
    let tasks = out.as_array().expect("an array");
    assert!(tasks.is_sorted_by_key(|task| std::cmp::Reverse(task["comm"].as_str())));
}

#[test]
fn a_tree_shows_children_below_their_parent() {
    let _child = Child::spawn(|| prctl::set_name(c"of the tree").expect("a name"));
    let out = taskdiag(&["list", "--tree", "-o", "pid,comm", "--no-heading"]);
    let line_of = |word: &str| {
        let found = out.lines().position(|line| line.contains(word));
        found.unwrap_or_else(|| panic!("no {word} in\n{out}"))
    };
    let own = format!("{:>7} ", process::id());
    assert!(line_of("─ of the tree") > line_of(&own), "{out}");
}

#[test]
fn another_procfs_decides_what_is_seen() {
    isolated(|| {
        unshare(CloneFlags::CLONE_NEWNS).expect("root may");
        let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
        mount(None::<&str>, "/", None::<&str>, private, None::<&str>).expect("root may");
        fs::create_dir_all("/tmp/hidden").expect("a directory");
        let options = Some("hidepid=invisible");
        mount(
            Some("proc"),
            "/tmp/hidden",
            Some("proc"),
            MsFlags::empty(),
            options,
        )
        .expect("root may");
        let listed = |args: &[&str]| {
            let mut command = Command::new("taskdiag");
            command
                .args(["list", "--no-heading", "-o", "euid"])
                .args(args);
            let output = command.gid(ALICE).uid(ALICE).output().expect("it runs");
            let said = Said::of(output);
            assert_eq!(said.status, 0, "{}", said.err);
            said.out
        };
        assert!(listed(&[]).lines().any(|uid| uid.trim() == "0"));
        let hidden = listed(&["--procfs", "/tmp/hidden"]);
        assert!(
            !hidden.is_empty() && hidden.lines().all(|uid| uid.trim() == "3001"),
            "{hidden}"
        );
    });
    let said = run("taskdiag", &["list", "--procfs", "/nowhere"]);
    assert_eq!(said.status, 3, "{}", said.err);
}

#[test]
fn get_tells_all_groups_of_one_task() {
    let child = Child::sleeping();
    let pid = child.pid().to_string();
    let task = taskdiag_json(&["get", &pid]);
    for group in ["cred", "cpu", "sched", "mm", "io", "ns", "cgroup", "exe"] {
        assert!(task[group].is_object(), "no {group}: {task}");
    }
    assert_eq!(
        task["exe"]["path"],
        fs::read_link(format!("/proc/{pid}/exe"))
            .expect("a link")
            .to_str()
            .expect("UTF-8")
    );
    let text = taskdiag(&["get", &pid]);
    for (name, value) in task.as_object().expect("an object") {
        assert!(
            text.lines().any(|line| line.starts_with(name)),
            "no {name}: {value}"
        );
    }
}

#[test]
fn what_is_withheld_is_shown_as_such() {
    let target = Child::sleeping();
    let pid = target.pid().to_string();
    let mut command = Command::new("taskdiag");
    command.args([
        "list",
        "-o",
        "pid,read-bytes,cmdline",
        "--no-heading",
        "--pid",
        &pid,
    ]);
    let said = Said::of(command.gid(ALICE).uid(ALICE).output().expect("it runs"));
    let cells: Vec<_> = said.out.split_whitespace().collect();
    assert_eq!((said.status, cells), (0, vec![pid.as_str(), "?", "?"]));
    assert!(
        said.err.contains("note: io was withheld of 1 tasks"),
        "{}",
        said.err
    );
}
