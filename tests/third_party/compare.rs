// SPDX-License-Identifier: MIT OR Apache-2.0

//! The kernel tree's own client and `genlkit` are asked the same, by the same specs, and say the same.

use genlkit_tests::{
    compare::{
        Client as _, DEFECTS, HEARD_OTHERWISE, Mode, Namespace, Outcome, Pyynl, Request, Scenario,
        Tally, Tool, defect_table, everything, same, scenarios, specs,
    },
    peer::FILES,
};
use nix::{
    sched::{CloneFlags, setns, unshare},
    sys::signal::Signal,
};
use serde_json::{Value, from_str};
use std::{fs::File, thread, time::Instant};

/// What the comparison is, and what it comes to.
const PAGE: &str = include_str!("../../docs/compare.md");

fn specs_dir() -> String {
    format!("{FILES}/netlink/specs")
}

fn start() -> (Pyynl, Tool) {
    let specs = specs_dir();
    (
        Pyynl::start(&format!("{FILES}/pyynl"), &specs),
        Tool::new(&specs),
    )
}

/// Asks both, each in a namespace of its own.
fn play(tally: &mut Tally, pyynl: &mut Pyynl, tool: &mut Tool, scenario: &Scenario) {
    pyynl.enter(scenario.namespace);
    let begin = Instant::now();
    let count = scenario.requests.len();
    thread::scope(|scope| {
        scope.spawn(|| {
            if scenario.namespace == Namespace::New {
                unshare(CloneFlags::CLONE_NEWNET).expect("root");
            }
            for request in &scenario.requests {
                tally.ask(pyynl, tool, request);
            }
        });
    });
    println!(
        "{}: {count} requests in {:.0?}",
        scenario.name,
        begin.elapsed()
    );
}

#[test]
fn pyynl_and_genlkit_say_the_same() {
    let specs = specs(&specs_dir());
    let mut all = scenarios(include_str!("requests.txt"));
    let last = all.last_mut().expect("scenarios");
    for mode in [Mode::Policy, Mode::Dump, Mode::Do] {
        last.requests.extend(everything(mode, &specs));
    }
    let (mut pyynl, mut tool) = start();
    let names = specs.iter().map(|(name, _)| name.as_str());
    let mut tally = Tally::new(names, DEFECTS);
    for scenario in &all {
        play(&mut tally, &mut pyynl, &mut tool, scenario);
    }
    tally.check();
    for table in [
        tally.table(),
        defect_table(DEFECTS),
        defect_table(HEARD_OTHERWISE),
    ] {
        assert!(
            PAGE.contains(&table),
            "docs/compare.md lacks what came of it:\n{table}"
        );
    }
}

/// Both listen in the same namespace, where `genlkit` then does what is asked; returns how they differ.
fn hear(pyynl: &mut Pyynl, tool: &mut Tool, scenario: &Scenario) -> Vec<(Request, String)> {
    pyynl.enter(scenario.namespace);
    let namespace = File::open(format!("/proc/{}/ns/net", pyynl.pid())).expect("it runs");
    setns(namespace, CloneFlags::CLONE_NEWNET).expect("root");
    let mut listeners = Vec::new();
    for request in &scenario.requests {
        if request.mode == Mode::Subscribe {
            let outcome = pyynl.ask(request);
            assert_eq!(outcome, Outcome::Reply(Value::Null), "{request}");
            listeners.push((request, tool.listen(request)));
        } else {
            let outcome = tool.ask(request);
            let is_done = matches!(outcome, Outcome::Reply(_));
            assert!(is_done, "{request}: {outcome:?}");
        }
    }
    let mut differences = Vec::new();
    for (request, mut listener) in listeners {
        let line = || from_str(&listener.line()).expect("JSON");
        match pyynl.heard(&request.family) {
            Ok(theirs) => {
                assert!(!theirs.is_empty(), "{request}: nothing happened");
                let ours: Vec<Value> = theirs.iter().map(|_| line()).collect();
                println!("{}: {request}: {} events", scenario.name, ours.len());
                let [theirs, ours] = [theirs, ours].map(|heard| Outcome::Reply(heard.into()));
                let told = same(request, &theirs, &ours).into_iter();
                differences.extend(told.map(|told| (request.clone(), told)));
            }
            Err(why) => {
                let ours: Value = line();
                differences.push((request.clone(), format!("{why} and {ours}")));
            }
        }
        listener.signal(Signal::SIGINT);
        assert_eq!(listener.rest(), [""; 0], "{request}: heard by one");
    }
    differences
}

#[test]
fn pyynl_and_genlkit_hear_the_same() {
    let (mut pyynl, mut tool) = start();
    let mut differences = Vec::new();
    for scenario in &scenarios(include_str!("events.txt")) {
        thread::scope(|scope| {
            scope.spawn(|| differences.extend(hear(&mut pyynl, &mut tool, scenario)));
        });
    }
    let mut seen = [false; HEARD_OTHERWISE.len()];
    for (request, told) in &differences {
        let mut known = HEARD_OTHERWISE.iter();
        let known = known.position(|known| known.is(request, std::slice::from_ref(told)));
        seen[known.unwrap_or_else(|| panic!("{request}: {told}"))] = true;
    }
    assert_eq!(
        seen,
        [true; HEARD_OTHERWISE.len()],
        "something is no defect any more"
    );
}

#[test]
fn pyynl_and_genlkit_send_nothing_that_the_spec_does_not_have() {
    let (mut pyynl, mut tool) = start();
    for scenario in &scenarios(include_str!("mistakes.txt")) {
        for request in &scenario.requests {
            for outcome in [pyynl.ask(request), tool.ask(request)] {
                let is_it = matches!(outcome, Outcome::Failed(_));
                assert!(is_it, "{}: {request}: {outcome:?}", scenario.name);
            }
        }
    }
}
