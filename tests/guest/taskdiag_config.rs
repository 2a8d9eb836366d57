// SPDX-License-Identifier: MIT OR Apache-2.0

//! What an administrator sets, and what the module counts.

use genlkit::{
    ErrorKind,
    client::Client,
    generated::taskdiag::{
        Config, ConfigGetRequest, ConfigSetRequest, Hidepid, Sensitive, Stats, StatsGetRequest,
    },
};
use genlkit_tests::{
    child::{Child, isolated},
    listener::Listener,
};
use nix::{
    sched::{CloneFlags, unshare},
    unistd::{Uid, setresuid},
};

fn client() -> Client {
    Client::open().expect("a socket")
}

fn config() -> Config {
    client().call(&ConfigGetRequest::new()).expect("anyone may")
}

fn stats() -> Stats {
    client().call(&StatsGetRequest::new()).expect("anyone may")
}

/// Puts the settings back when it is dropped.
struct Restore(Config);

impl Restore {
    fn later() -> Self {
        Self(config())
    }
}

impl Drop for Restore {
    fn drop(&mut self) {
        let set = ConfigSetRequest::new()
            .ring_size(self.0.ring_size.expect("a size"))
            .sensitive(self.0.sensitive.expect("a setting"))
            .hidepid(self.0.hidepid.expect("a setting"));
        client().call(&set).expect("root may");
    }
}

#[test]
fn everyone_is_told_the_settings() {
    isolated(|| {
        let nobody = Uid::from_raw(65534);
        setresuid(nobody, nobody, nobody).expect("root may");
        let config = config();
        assert_eq!(config.sensitive, Some(Sensitive::ADMIN));
        assert_eq!(config.hidepid, Some(Hidepid::PROCFS));
        assert!(config.ring_size.is_some_and(u32::is_power_of_two));
    });
}

#[test]
fn what_is_not_said_stays() {
    let _restore = Restore::later();
    let before = config();
    let set = ConfigSetRequest::new().hidepid(Hidepid::OWN);
    client().call(&set).expect("root may");
    let after = config();
    assert_eq!(after.hidepid, Some(Hidepid::OWN));
    assert_eq!(
        (after.ring_size, after.sensitive),
        (before.ring_size, before.sensitive)
    );
}

#[test]
fn the_ring_has_a_power_of_two() {
    let _restore = Restore::later();
    for (asked, given) in [(256, 256), (257, 512), (5000, 8192)] {
        let set = ConfigSetRequest::new().ring_size(asked);
        client().call(&set).expect("root may");
        assert_eq!(config().ring_size, Some(given));
    }
}

#[test]
fn settings_out_of_range_are_refused_with_the_range() {
    for size in [0, 255, 1_048_577] {
        let set = ConfigSetRequest::new().ring_size(size);
        let error = client().call(&set).expect_err("out of range");
        assert_eq!(error.kind(), ErrorKind::Refused);
        assert_eq!(error.attribute(), Some("ring-size"), "{error}");
    }
}

#[test]
fn only_the_machines_administrator_sets() {
    let set = ConfigSetRequest::new().ring_size(512);
    let refused = || {
        let error = client().call(&set).expect_err("no right");
        assert_eq!(error.errno(), Some(nix::libc::EPERM), "{error}");
    };
    isolated(|| {
        let nobody = Uid::from_raw(65534);
        setresuid(nobody, nobody, nobody).expect("root may");
        refused();
    });
    isolated(|| {
        unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET).expect("anyone may");
        refused();
    });
}

#[test]
fn events_are_counted_while_somebody_listens() {
    let before = stats();
    Child::zombie(0).wait();
    let mut listener = Listener::join();
    let child = Child::zombie(0);
    listener.until_exit_of(child.pid());
    let after = stats();
    let more = |of: fn(&Stats) -> Option<u64>| {
        of(&after).expect("a count") - of(&before).expect("a count")
    };
    assert!(more(|stats| stats.events) >= 2);
    assert!(more(|stats| stats.events_sent) >= 2);
    assert!(after.ring_peak.is_some_and(|peak| peak > 0));
}
