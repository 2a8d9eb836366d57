// SPDX-License-Identifier: MIT OR Apache-2.0

//! iproute2 and libnl list what both families can do: `cargo xtask test --third-party` (docs/debug.md).
//!
//! The first word of a test's name is the program's, by which it is skipped where there is none.

use genlkit_spec::{Family as Spec, model::Permission};
use genlkit_tests::peer::{FAMILIES, loaded, said, spec};

/// The part of a listing that is about one thing: from its line to the next that begins likewise.
fn section<'a>(text: &'a str, begins: impl Fn(&str) -> bool, name: &str) -> &'a str {
    let mut start = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if begins(line) {
            match start {
                Some(start) => return &text[start..at],
                None if line.split_whitespace().any(|word| word == name) => start = Some(at),
                None => {}
            }
        }
        at += line.len();
    }
    &text[start.unwrap_or_else(|| panic!("{name} in {text}"))..]
}

/// Numbers and what each can do: `has doit`, `has dump`, permission.
fn operations(spec: &Spec) -> Vec<(u32, bool, bool, Option<Permission>)> {
    let asked = spec
        .ops
        .iter()
        .filter(|op| !op.is_async() && !op.is_reserved());
    asked
        .map(|op| {
            let number = op.request_value.expect("a number");
            (number, op.r#do.is_some(), op.dump.is_some(), op.permission)
        })
        .collect()
}

#[test]
fn iproute2_lists_operations_and_groups() {
    let list = said("genl", &["ctrl", "list"]);
    for name in FAMILIES {
        let family = loaded(name);
        let about = section(&list, |line| line.starts_with("Name: "), name);
        assert!(
            about.contains(&format!("ID: 0x{:x} ", family.id)),
            "{about}"
        );
        assert!(about.contains("Version: 0x1 "), "{about}");
        for (number, has_do, has_dump, permission) in operations(&spec(name)) {
            let op = section(
                about,
                |line| line.contains("ID-0x"),
                &format!("ID-0x{number:x}"),
            );
            assert_eq!(op.contains("can doit"), has_do, "{op}");
            assert_eq!(op.contains("can dumpit"), has_dump, "{op}");
            let admin = permission == Some(Permission::Admin);
            assert_eq!(op.contains("requires admin permission"), admin, "{op}");
        }
        for (group, id) in &family.groups {
            assert!(
                about.contains(&format!("ID-0x{id:x}  name: {group}")),
                "{about}"
            );
        }
    }
}

#[test]
fn iproute2_gets_a_family_by_name_and_by_id() {
    for name in FAMILIES {
        let id = format!("ID: 0x{:x} ", loaded(name).id);
        let by_id = said("genl", &["ctrl", "get", "id", &loaded(name).id.to_string()]);
        assert!(
            by_id.contains(&format!("Name: {name}")) && by_id.contains(&id),
            "{by_id}"
        );
        let by_name = said("genl", &["ctrl", "get", "name", name]);
        assert_eq!(by_name, by_id);
    }
}

#[test]
fn iproute2_dumps_the_policies() {
    for name in FAMILIES {
        let policies = said("genl", &["ctrl", "policy", "name", name]);
        for (number, has_do, has_dump, _) in operations(&spec(name)) {
            let op = policies
                .lines()
                .find(|line| line.contains(&format!(" op {number} policies:")))
                .unwrap_or_else(|| panic!("op {number} in {policies}"));
            assert_eq!(op.contains("do="), has_do, "{op}");
            assert_eq!(op.contains("dump="), has_dump, "{op}");
        }
    }
    let policies = said("genl", &["ctrl", "policy", "name", "taskdiag"]);
    assert!(
        policies.contains("attr[1]: type=BINARY max len:8192"),
        "{policies}"
    );
    assert!(
        policies.contains("attr[1]: type=U32 range:[1,4294967295]"),
        "{policies}"
    );
    let policies = said("genl", &["ctrl", "policy", "name", "genltest"]);
    for kind in [
        "U8",
        "S64",
        "FLAG",
        "NUL_STRING",
        "NESTED",
        "NESTED_ARRAY",
        "BITFIELD32",
    ] {
        if kind == "BITFIELD32" && !policies.contains("BITFIELD") {
            continue;
        }
        assert!(
            policies.contains(&format!("type={kind}")),
            "{kind} in {policies}"
        );
    }
}

#[test]
fn libnl_lists_operations_and_groups() {
    let list = said("genl-ctrl-list", &["-d"]);
    for name in FAMILIES {
        let family = loaded(name);
        let about = section(&list, |line| line.starts_with("0x"), name);
        let head = format!("0x{:04x} {name} version 1", family.id);
        assert!(about.starts_with(&head), "{about}");
        for (number, has_do, has_dump, permission) in operations(&spec(name)) {
            let op = about
                .lines()
                .find(|line| line.contains(&format!("(0x{number:02x})")) && line.contains("op "))
                .unwrap_or_else(|| panic!("op {number} in {about}"));
            assert_eq!(op.contains("has_doit"), has_do, "{op}");
            assert_eq!(op.contains("has_dump"), has_dump, "{op}");
            let admin = permission == Some(Permission::Admin);
            assert_eq!(op.contains("admin_perm"), admin, "{op}");
        }
        for (group, id) in &family.groups {
            assert!(
                about.contains(&format!("grp {group} (0x{id:02x})")),
                "{about}"
            );
        }
    }
}
