// SPDX-License-Identifier: MIT OR Apache-2.0

//! NETLINK_GENERIC's controller and events, by exchanges through `genlkit`.

use genlkit_tests::genlkit::{Watch, ask, entry, page_shows, run};
use genlkit_tests::module::Module;

#[test]
fn generic_tells_of_one_family_of_all_and_of_a_policy() {
    let one = ask(&["do", "nlctrl", "getfamily", "family-name=nlctrl"]);
    assert_eq!(one["family-id"], 16, "{one}");
    let all = ask(&["dump", "nlctrl", "getfamily"]);
    assert_eq!(entry(&all, |family| family["family-id"] == 16), &one);
    let taskdiag = entry(&all, |family| family["family-name"] == "taskdiag");
    let groups = &taskdiag["mcast-groups"];
    assert_eq!(groups[0]["1"]["name"], "events", "{taskdiag}");

    let policies = ask(&["dump", "nlctrl", "getpolicy", "family-name=nlctrl"]);
    let number = entry(&policies, |part| !part["op-policy"].is_null());
    assert_eq!(number["family-id"], 16, "{number}");
    entry(&policies, |part| !part["policy"].is_null());
    let said = run(&["show", "nlctrl", "getfamily", "--policy"]);
    assert_eq!(said.status, 0, "{}", said.err);
    let (spec, live) = said
        .out
        .split_once("\nWhat the running kernel accepts\n")
        .expect("both");
    assert!(spec.contains("family-name: string"), "{spec}");
    assert!(
        live.contains("family-name:\n      type: nul-string"),
        "{live}"
    );
}

#[test]
fn generic_events_tell_of_a_family_that_comes_and_goes() {
    let watch = Watch::start(&["nlctrl", "notify"]);
    let module = Module::named("tally");
    module.unload_soon();
    let gone = watch.named("delfamily-ntf");
    assert_eq!(gone["msg"]["family-name"], "tally", "{gone}");
    module.load();
    let new = watch.named("newfamily-ntf");
    assert_eq!(new["msg"]["family-name"], "tally", "{new}");
}

#[test]
fn generic_families_that_are_absent_are_listed_with_their_specs() {
    let listed = ask(&["list", "--families"]);
    let absent = entry(&listed, |row| row["family"] == "SMC_PNETID");
    assert!(
        absent["state"]
            .as_str()
            .is_some_and(|s| s.starts_with("absent")),
        "{absent}"
    );
    let said = run(&["dump", "SMC_PNETID", "get"]);
    assert_eq!(said.status, 3, "{}", said.err);
    assert!(said.err.contains("SMC_PNETID"), "{}", said.err);
}

#[test]
fn the_page_shows_generic() {
    page_shows("GENERIC");
}
