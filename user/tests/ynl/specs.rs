// SPDX-License-Identifier: MIT OR Apache-2.0
//! The specs to test with, and the messages in them.

use genlkit::ynl::codec::Codec;
use genlkit_spec::Family;
use genlkit_spec::model::{SetId, StructId};
use std::path::{Path, PathBuf};

/// Every spec of ours, and of the kernel tree if there is one, as what was stored of it is read.
pub(crate) fn all() -> Vec<Codec> {
    let stored = |family: Family| Family::from_stored(family.to_stored().leak());
    let read = |family| Codec::new(stored(family).expect("just stored"));
    families().into_iter().map(read).collect()
}

/// The same, as they are read from their files.
pub(crate) fn families() -> Vec<Family> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec");
    let mut directories = vec![own.join("families"), own];
    match std::env::var_os("GENLKIT_KERNEL_SRC") {
        Some(tree) => directories.push(Path::new(&tree).join("Documentation/netlink/specs")),
        None => eprintln!("only our own specs: GENLKIT_KERNEL_SRC names no kernel tree"),
    }
    let mut paths: Vec<PathBuf> = directories
        .iter()
        .flat_map(|directory| directory.read_dir().expect("a directory of specs"))
        .map(|entry| entry.expect("a directory entry").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .collect();
    paths.sort();
    let load = |path| Family::from_file(path).unwrap_or_else(|e| panic!("{e}"));
    paths.into_iter().map(load).collect()
}

/// What a message is made of.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) name: String,
    pub(crate) header: Option<StructId>,
    pub(crate) set: Option<SetId>,
    /// The attributes that the spec lists.
    pub(crate) attrs: Vec<String>,
}

/// Every message of a family: requests, replies, notifications and events.
pub(crate) fn messages(family: &Family) -> Vec<Shape> {
    let mut out = Vec::new();
    for op in &family.ops {
        let modes = op.modes().flat_map(|(mode, messages)| {
            let request = messages
                .request
                .as_ref()
                .map(|m| (format!("{mode} request"), m));
            let reply = messages
                .reply
                .as_ref()
                .map(|m| (format!("{mode} reply"), m));
            request.into_iter().chain(reply)
        });
        let announced = op.is_async().then(|| op.announced(family)).flatten();
        for (what, message) in modes.chain(announced.map(|m| ("notification".to_owned(), m))) {
            out.push(Shape {
                name: format!("{} {} {what}", family.name, op.name),
                header: message.fixed_header,
                set: message.set,
                attrs: message
                    .attrs(family)
                    .map(|attr| attr.name.to_string())
                    .collect(),
            });
        }
    }
    out
}

#[test]
fn every_message_of_every_spec_has_its_attributes_and_header() {
    let mut count = 0;
    for codec in all() {
        let family = codec.family();
        for shape in messages(family) {
            count += 1;
            let set = shape.set.map(|set| &family[set]);
            for name in &shape.attrs {
                let found = set.and_then(|set| set.attr(name));
                assert!(found.is_some(), "{}: {name}", shape.name);
            }
        }
    }
    eprintln!("{count} messages");
    assert!(count > 0);
}
