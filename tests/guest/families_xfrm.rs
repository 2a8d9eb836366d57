// SPDX-License-Identifier: MIT OR Apache-2.0

//! IPsec over NETLINK_XFRM, by exchanges through `genlkit`.

use genlkit_tests::child::isolated;
use genlkit_tests::genlkit::{Watch, ask, entry, module, page_shows, refused, run};
use nix::sched::{CloneFlags, unshare};
use nix::unistd::{Uid, setuid};
use serde_json::{Value, json};

/// Runs in a network namespace of its own, with the module there.
fn alone(body: impl FnOnce()) {
    ["xfrm_user", "esp4", "crypto_null", "authenc", "echainiv"]
        .iter()
        .for_each(|name| module(name));
    isolated(|| {
        unshare(CloneFlags::CLONE_NEWNET).expect("root");
        body();
    });
}

const PEER: &str = "192.0.2.2";
const HERE: &str = "192.0.2.1";

/// An association without encryption to the peer.
fn association() -> String {
    let inf = "18446744073709551615";
    let lft = format!(
        r#"{{"soft-byte-limit": "{inf}", "hard-byte-limit": "{inf}", "soft-packet-limit": "{inf}", "hard-packet-limit": "{inf}"}}"#
    );
    format!(
        r#"{{"sel": {{"family": "inet"}}, "id": {{"daddr": "{PEER}", "spi": "0x1001", "proto": "esp"}},
        "saddr": "{HERE}", "lft": {lft}, "family": "inet", "mode": "tunnel", "reqid": 7,
        "alg-crypt": {{"name": "ecb(cipher_null)", "key-len": 0}},
        "alg-auth": {{"name": "digest_null", "key-len": 0}}}}"#
    )
}

fn named() -> String {
    format!(
        r#"{{"daddr": "{PEER}", "spi": "0x1001", "family": "inet", "$header": {{"proto": "esp"}}}}"#
    )
}

#[test]
fn xfrm_counts_adds_tells_and_removes_an_association() {
    alone(|| {
        let none = ask(&["do", "xfrm", "getsadinfo"]);
        assert_eq!(none["cnt"], 0, "{none}");
        assert!(none["hinfo"]["sadhcnt"].as_u64() > Some(0), "{none}");

        let watch = Watch::start(&["xfrm", "sa"]);
        ask(&["do", "xfrm", "newsa", &association()]);
        let event = watch.named("newsa-ntf");
        assert_eq!(event["msg"]["id"]["spi"], "0x1001", "{event}");
        assert_eq!(ask(&["do", "xfrm", "getsadinfo"])["cnt"], 1);

        let found = ask(&["do", "xfrm", "getsa", &named()]);
        assert_eq!(
            (&found["id"]["daddr"], &found["saddr"]),
            (&json!(PEER), &json!(HERE))
        );
        assert_eq!(found["alg-crypt"]["name"], "ecb(cipher_null)", "{found}");
        assert_eq!(
            (&found["mode"], &found["reqid"]),
            (&json!("tunnel"), &json!(7))
        );
        let all = ask(&["dump", "xfrm", "getsa"]);
        assert_eq!(all.as_array().map(Vec::len), Some(1), "{all}");

        ask(&["do", "xfrm", "delsa", &named()]);
        let event = watch.named("delsa-ntf");
        assert_eq!(event["msg"]["sa"]["reqid"], 7, "{event}");
        let said = refused(&["do", "xfrm", "getsa", &named()]);
        assert!(said.contains("ESRCH"), "{said}");
    });
}

#[test]
fn xfrm_adds_a_policy_with_its_templates_and_tells_it() {
    alone(|| {
        let template = format!(
            r#"{{"id": {{"daddr": "{PEER}", "proto": "esp"}}, "saddr": "{HERE}", "family": "inet", "mode": "tunnel",
            "reqid": 7, "aalgos": "0xffffffff", "ealgos": "0xffffffff", "calgos": "0xffffffff"}}"#
        );
        let policy = format!(
            r#"{{"sel": {{"family": "inet", "daddr": "{PEER}", "prefixlen-d": 32}}, "dir": "out", "action": "allow", "tmpl": [{template}]}}"#
        );
        ask(&["do", "xfrm", "newpolicy", &policy]);
        let all = ask(&["dump", "xfrm", "getpolicy"]);
        let found = entry(&all, |policy| policy["dir"] == "out");
        assert_eq!(found["sel"]["prefixlen-d"], 32, "{found}");
        assert_eq!(found["tmpl"][0]["reqid"], 7, "{found}");
        let info = ask(&["do", "xfrm", "getspdinfo"]);
        assert_eq!(info["info"]["outcnt"], 1, "{info}");
        ask(&["do", "xfrm", "flushpolicy"]);
        assert_eq!(
            ask(&["dump", "xfrm", "getpolicy"]),
            Value::Array(Vec::new())
        );
    });
}

#[test]
fn xfrm_refuses_even_to_tell_without_privilege() {
    alone(|| {
        setuid(Uid::from_raw(65534)).expect("root");
        let said = run(&["do", "xfrm", "getsadinfo"]);
        assert_eq!(said.status, 1, "{}", said.err);
        assert!(said.err.contains("EPERM"), "{}", said.err);
    });
}

#[test]
fn the_page_shows_xfrm() {
    alone(|| page_shows("XFRM"));
}
