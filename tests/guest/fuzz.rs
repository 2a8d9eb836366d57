// SPDX-License-Identifier: MIT OR Apache-2.0

//! The families against messages that nobody would send (docs/debug.md).

use genlkit_spec::Family;
use genlkit_tests::{fuzz::Fuzzer, module::Module, pace::times};
use std::{
    env, thread,
    time::{Instant, SystemTime},
};

/// The seed of a run that is to be repeated: `GENLKIT_SEED`.
fn told_seed() -> Option<u64> {
    let told = env::var("GENLKIT_SEED").ok()?;
    Some(told.parse().expect("GENLKIT_SEED is a number"))
}

/// Another seed each time.
fn new_seed() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.expect("a clock").subsec_nanos().into()
}

/// In a thread of its own, whose network namespace changes.
///
/// What the messages have set goes with the module, which is loaded anew behind them.
fn fuzz(module: &'static str, spec: &str, yaml: &'static str) {
    let spec = Family::from_yaml(spec, yaml).unwrap_or_else(|error| panic!("{error}"));
    let seed = told_seed().unwrap_or_else(new_seed);
    // What took a long run to be found is looked at in its repetition.
    let whole = told_seed().is_some() || times(true, false);
    eprintln!("fuzz: {}: seed {seed}", spec.name);
    let name = spec.name.clone();
    let run = thread::spawn(move || {
        let start = Instant::now();
        let mut fuzzer = Fuzzer::new(spec, seed, whole);
        let mut report = fuzzer.run(0);
        let messages = times(4_000, 500_000);
        while report.sent < messages {
            report = fuzzer.run(2_000);
            if report.sent.is_multiple_of(20_000) {
                let seconds = start.elapsed().as_secs_f64();
                eprintln!("fuzz: {name}: {report}; {seconds:.1} s");
            }
        }
        let seconds = start.elapsed().as_secs_f64();
        eprintln!("fuzz: {name}: {report}; {seconds:.1} s");
        assert!(report.answers > report.sent / 4, "few answers: {report}");
    });
    run.join().expect("nothing broke");
    let module = Module::named(module);
    module.unload_soon();
    module.load();
}

#[test]
fn taskdiag_survives_any_message() {
    fuzz(
        "taskdiag",
        "spec/taskdiag.yaml",
        include_str!("../../spec/taskdiag.yaml"),
    );
}

#[test]
fn genltest_survives_any_message() {
    fuzz(
        "genltest",
        "spec/genltest.yaml",
        include_str!("../../spec/genltest.yaml"),
    );
}

#[test]
fn genltest_lax_survives_any_message() {
    fuzz(
        "genltest",
        "spec/genltest-lax.yaml",
        include_str!("../../spec/genltest-lax.yaml"),
    );
}
