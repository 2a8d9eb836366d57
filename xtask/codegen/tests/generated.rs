// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is generated of our own specs carries every `doc` of theirs, and says where it came from.

use genlkit_codegen::{docs, kernel, policy, user};
use genlkit_spec::Family;
use genlkit_spec::model::{Attr, Scope};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The files of a directory of that extension.
fn files(dir: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = dir.read_dir().expect("a directory");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
    files.retain(|file| file.extension().is_some_and(|found| found == extension));
    files.sort();
    files
}

fn families() -> Vec<Family> {
    let specs = files(&root().join("spec"), "yaml");
    assert!(specs.len() >= 3, "{specs:?}");
    let families = specs.iter().map(Family::from_file);
    families
        .collect::<Result<_, _>>()
        .expect("our specs are good")
}

/// The words of a text, without what marks comments and escapes in them.
fn words(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let line = line.trim();
        let comment = ["///", "//!"]
            .iter()
            .find_map(|mark| line.strip_prefix(mark));
        comment.unwrap_or(line)
    });
    let text = lines.collect::<Vec<_>>().join(" ").replace('\\', "");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a side must say: what is documented, and its words.
struct Docs(Vec<(String, String)>);

impl Docs {
    fn add(&mut self, what: String, doc: &str) {
        assert!(!doc.is_empty(), "{what} has no doc");
        self.0.push((what, words(doc)));
    }

    fn attrs<'f>(&mut self, message: &str, attrs: impl Iterator<Item = &'f Attr>) {
        for attr in attrs.filter(|attr| attr.is_data()) {
            self.add(format!("`{}` of {message}", attr.name), &attr.doc);
        }
    }

    #[track_caller]
    fn are_in(&self, family: &Family, side: &str, text: &str) {
        let text = words(text);
        let absent = self.0.iter().filter(|(_, doc)| !text.contains(doc));
        let absent: Vec<_> = absent.map(|(what, _)| what).collect();
        assert!(
            absent.is_empty(),
            "{}: {side} lacks {absent:?}",
            family.name
        );
    }
}

/// The docs of the family, its operations, what its messages hold, and its values.
fn documented(family: &Family, hidden: Scope) -> Docs {
    let mut docs = Docs(Vec::new());
    docs.add("the family".to_owned(), &family.doc);
    for op in &family.ops {
        docs.add(format!("operation `{}`", op.name), &op.doc);
        let messages = op
            .modes()
            .flat_map(|(_, mode)| [&mode.request, &mode.reply]);
        for message in messages.flatten().chain(op.announced(family)) {
            docs.attrs(&format!("operation `{}`", op.name), message.attrs(family));
        }
    }
    let nested = |usage: genlkit_spec::model::Usage| usage.nested_request || usage.nested_reply;
    for set in family.sets.iter().filter(|set| nested(set.usage)) {
        docs.attrs(&format!("set `{}`", set.name), set.attrs.iter());
    }
    for e in family.enums.iter().filter(|e| e.scope != hidden) {
        docs.add(format!("`{}`", e.name), &e.doc);
        // A name may say enough of a value.
        for entry in e.entries.iter().filter(|entry| !entry.doc.is_empty()) {
            docs.add(format!("`{}` of `{}`", entry.name, e.name), &entry.doc);
        }
    }
    docs
}

#[test]
fn every_doc_is_in_the_documentation_of_the_user_side() {
    for family in families() {
        let source = user::emit(&family, "crate").expect("a user side");
        documented(&family, Scope::Kernel).are_in(&family, "the user side", &source);
    }
}

#[test]
fn every_doc_is_in_the_documentation_of_the_kernel_side() {
    for family in families() {
        let tables = policy::tables(&family).expect("policies");
        let source = kernel::emit(&family, &tables).expect("a kernel side");
        documented(&family, Scope::User).are_in(&family, "the kernel side", &source);
    }
}

#[test]
fn every_doc_is_on_the_reference_page() {
    for family in families() {
        let page = docs::emit(&family);
        documented(&family, Scope::Kernel).are_in(&family, "the page", &page);
        let constants = family.consts.iter().filter(|c| c.scope == Scope::Uapi);
        let mut more = Docs(Vec::new());
        constants.for_each(|c| more.add(format!("constant `{}`", c.name), &c.doc));
        more.are_in(&family, "the page", &page);
    }
}

#[test]
fn every_generated_file_names_the_spec_that_it_was_made_from() {
    let mut named = BTreeSet::new();
    let places = [
        ("user/src/generated", "rs"),
        ("tests/src/generated", "rs"),
        ("kmod/generated", "rs"),
        ("kmod/generated/uapi/linux", "h"),
        ("docs/families", "md"),
    ];
    for (place, extension) in places {
        for file in files(&root().join(place), extension) {
            if file.ends_with("mod.rs") {
                continue;
            }
            let text = fs::read_to_string(&file).expect("a file");
            let mut lines = text.lines();
            let licence = lines.next().expect("a first line");
            assert!(
                licence.contains("SPDX-License-Identifier: "),
                "{}",
                file.display()
            );
            let origin = lines.next().expect("a second line");
            let spec = origin
                .split_once("@generated by `cargo xtask codegen` from ")
                .and_then(|(_, rest)| rest.split_once(": do not edit."));
            let (spec, _) = spec.unwrap_or_else(|| panic!("{}: {origin}", file.display()));
            assert!(root().join(spec).is_file(), "{}: {spec}", file.display());
            named.insert((place, spec.to_owned()));
        }
    }
    // A header, a page and both sides of each; which user side is where is the driver's choice.
    let specs = files(&root().join("spec"), "yaml").len();
    assert_eq!(named.len(), 4 * specs, "{named:?}");
}
