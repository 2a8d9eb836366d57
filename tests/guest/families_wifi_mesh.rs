// SPDX-License-Identifier: MIT OR Apache-2.0

//! nl80211's meshes, of two simulated radios, by exchanges through `genlkit`.

use genlkit_tests::access_point::station;
use genlkit_tests::genlkit::{Watch, ask, entry, page_shows, refused, run};
use genlkit_tests::netns::both;
use genlkit_tests::pace::seconds;
use genlkit_tests::radios::{FREQUENCY, address, radios, set};
use serde_json::{Value, json};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// "mesh", as the bytes of its name.
const MESH: &str = "6d657368";

/// An address that nobody has.
const FAR: &str = "02:00:00:00:00:99";

/// wlan0 and wlan1, which can join a mesh.
fn points() -> (u64, u64) {
    let (here, there) = radios();
    set(here, "mesh-point");
    set(there, "mesh-point");
    (here, there)
}

fn join(device: u64, more: &Value) {
    let mesh = json!({ "ifindex": device, "mesh-id": MESH, "wiphy-freq": FREQUENCY });
    ask(&["do", "nl80211", "join-mesh", &both(&mesh, more).to_string()]);
}

/// Asks for something about a station or a path of a mesh.
fn about(operation: &str, device: u64, mac: &str, more: &Value) -> Value {
    let request = both(&json!({ "ifindex": device, "mac": mac }), more);
    ask(&["do", "nl80211", operation, &request.to_string()])
}

/// Waits for the link to a station.
fn linked(device: u64, mac: &str) {
    let end = Instant::now() + seconds(30);
    loop {
        let all = ask(&[
            "dump",
            "nl80211",
            "get-station",
            &format!("ifindex={device}"),
        ]);
        let all = all.as_array().expect("a list");
        let peer = all.iter().find(|station| station["mac"] == mac);
        if peer.is_some_and(|peer| peer["sta-info"]["plink-state"] == "estab") {
            return;
        }
        assert!(Instant::now() < end, "{all:?}");
        sleep(Duration::from_millis(200));
    }
}

#[test]
fn nl80211_joins_a_mesh_links_to_the_neighbour_and_takes_paths() {
    let (here, there) = points();
    let events = Watch::start(&["nl80211", "mlme"]);
    join(there, &json!({}));
    join(here, &json!({}));
    let peer = address("wlan1");
    let is_it = |event: &Value| event["msg"]["ifindex"] == here && event["msg"]["mac"] == peer;
    assert_eq!(events.until(is_it)["name"], "new-station-ntf");
    linked(here, &peer);

    about("new-mpath", here, FAR, &json!({ "mpath-next-hop": peer }));
    let path = about("get-mpath", here, FAR, &json!({}));
    assert_eq!(path["mpath-next-hop"], peer, "{path}");
    let flags = path["mpath-info"]["flags"].as_array().expect("flags");
    assert!(flags.contains(&json!("fixed")), "{path}");
    about("set-mpath", here, FAR, &json!({ "mpath-next-hop": peer }));
    let index = format!("ifindex={here}");
    let all = ask(&["dump", "nl80211", "get-mpath", &index]);
    entry(&all, |path| path["mac"] == FAR);
    about("del-mpath", here, FAR, &json!({}));
    let gone = json!({ "ifindex": here, "mac": FAR }).to_string();
    let said = refused(&["do", "nl80211", "get-mpath", &gone]);
    assert!(said.contains("ENOENT"), "{said}");
    // Nobody is behind a station of this mesh.
    assert_eq!(ask(&["dump", "nl80211", "get-mpp", &index]), json!([]));

    ask(&["do", "nl80211", "leave-mesh", &index]);
    assert_eq!(events.until(is_it)["name"], "del-station-ntf");
}

#[test]
fn nl80211_tells_how_a_mesh_works_and_changes_it() {
    let (here, _) = points();
    let index = format!("ifindex={here}");
    let ttl = || {
        let said = run(&["do", "nl80211", "get-mesh-config", &index, "--verbose"]);
        // The kernel tells the device's index by the number of another attribute, before that.
        let notes: Vec<&str> = said.err.lines().collect();
        assert_eq!(notes.len(), 2, "{}", said.err);
        let odd = |note: &&str| note.contains("mesh-config.holding-timeout: ");
        assert!(notes.iter().all(odd), "{}", said.err);
        let line = said
            .out
            .lines()
            .find_map(|line| line.strip_prefix("  ttl: "));
        line.map(str::to_owned)
    };
    // What a mesh would have.
    assert_eq!(ttl().as_deref(), Some("31"));
    let change = json!({ "ifindex": here, "mesh-config": { "ttl": 12 } }).to_string();
    let said = refused(&["do", "nl80211", "set-mesh-config", &change]);
    assert!(said.contains("ENOLINK"), "{said}");
    join(here, &json!({ "mesh-config": { "ttl": 9 } }));
    assert_eq!(ttl().as_deref(), Some("9"));
    ask(&["do", "nl80211", "set-mesh-config", &change]);
    assert_eq!(ttl().as_deref(), Some("12"));
}

#[test]
fn nl80211_tells_a_program_of_a_neighbour_and_takes_the_link_that_it_made() {
    let (here, there) = points();
    let events = Watch::start(&["nl80211", "mlme"]);
    let managed = json!({ "mesh-setup": { "userspace-mpm": true } });
    join(there, &managed);
    join(here, &managed);
    let peer = address("wlan1");
    let heard = events.until(|event| event["msg"]["ifindex"] == here);
    let facts = (&heard["name"], &heard["msg"]["mac"]);
    assert_eq!(
        facts,
        (&json!("new-peer-candidate"), &json!(peer)),
        "{heard}"
    );

    let flags =
        json!({ "mask": ["authenticated", "authorized"], "set": ["authenticated", "authorized"] });
    let new = json!({ "sta-aid": 1, "sta-flags2": flags, "sta-plink-state": "listen" });
    about("new-station", here, &peer, &both(&station(), &new));
    let state = json!({ "sta-plink-state": "estab", "mesh-peer-aid": 1 });
    about("set-station", here, &peer, &state);
    linked(here, &peer);
}

#[test]
fn the_page_shows_nl80211_meshes() {
    points();
    page_shows("NL80211 meshes");
}
