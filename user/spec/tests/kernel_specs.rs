// SPDX-License-Identifier: MIT OR Apache-2.0
//! Loads every spec of a kernel tree. `GENLKIT_KERNEL_SRC` says where the tree is.

use genlkit_spec::Family;
use std::path::{Path, PathBuf};

fn kernel_specs() -> Option<PathBuf> {
    let Some(tree) = std::env::var_os("GENLKIT_KERNEL_SRC") else {
        eprintln!("skipped: GENLKIT_KERNEL_SRC names no kernel tree (cargo xtask test sets it)");
        return None;
    };
    Some(Path::new(&tree).join("Documentation/netlink/specs"))
}

#[test]
fn every_spec_of_the_kernel_tree_loads() {
    let Some(specs) = kernel_specs() else { return };
    let mut loaded = 0;
    let mut problems = Vec::new();
    for entry in specs.read_dir().expect("the tree has specs") {
        let path = entry.expect("a directory entry").path();
        if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            match Family::from_file(&path) {
                Ok(family) => {
                    assert!(!family.name.is_empty(), "{}", path.display());
                    loaded += 1;
                }
                Err(error) => problems.push(error.to_string()),
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(loaded >= 33, "only {loaded} specs in {}", specs.display());
}

#[test]
fn our_own_spec_loads() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec/taskdiag.yaml");
    let family = Family::from_file(path).unwrap_or_else(|error| panic!("{error}"));
    let get = family.op("task-get").expect("an operation");
    assert_eq!((get.request_value, get.reply_value), (Some(2), Some(2)));
    let notification = family.op("task-ntf").expect("an event");
    assert_eq!(
        (notification.request_value, notification.reply_value),
        (None, Some(3))
    );
    let usage = |name: &str| family[family.set(name).expect("a set")].usage;
    assert!(usage("task").root_request && usage("task").root_reply);
    assert!(usage("cred").nested_reply && !usage("cred").nested_request);
    assert!(usage("event-task").nested_reply);
    let subset = &family[family.set("event-task").expect("a set")];
    assert_eq!(subset.attr("comm").expect("an attribute").number, 8);
}
