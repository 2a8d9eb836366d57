// SPDX-License-Identifier: MIT OR Apache-2.0
//! Stores the specs of our own families, and of kernel families that upstream has no spec of, for
//! `ynl::specs::embedded` to be read without being parsed.

fn main() {
    #[cfg(feature = "ynl")]
    embedded::write();
}

#[cfg(feature = "ynl")]
mod embedded {
    use genlkit_spec::{Family, Head};
    use std::fmt::Write as _;
    use std::path::{Path, PathBuf};
    use std::{env, fs};

    /// Writes `embedded.rs`, the list of the specs, and the stored form of each beside it.
    pub(crate) fn write() {
        let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo tells"));
        let specs = Path::new("../spec");
        let mut sources = vec![specs.join("taskdiag.yaml")];
        let families = specs.join("families");
        println!("cargo::rerun-if-changed={}", families.display());
        let entries = families.read_dir().expect("a directory of specs");
        sources.extend(entries.map(|entry| entry.expect("a directory entry").path()));
        sources.sort();
        let mut list = String::from("&[");
        for source in sources {
            println!("cargo::rerun-if-changed={}", source.display());
            let text = fs::read_to_string(&source).expect("a spec");
            let file = source.file_name().expect("a name").to_string_lossy();
            let family = Family::from_yaml(&file, &text).unwrap_or_else(|error| panic!("{error}"));
            let stem = source.file_stem().expect("a name").to_string_lossy();
            let stored = out.join(format!("{stem}.stored"));
            fs::write(&stored, family.to_stored()).expect("room for what is built");
            let Head { name, protocol } = Head::of(&family);
            let embedded = format!(
                "Embedded {{ stem: {stem:?}, name: {name:?}, protocol: Protocol::{protocol:?}, stored: include_bytes!({stored:?}) }},",
            );
            writeln!(list, "{embedded}").expect("a string has room");
        }
        list.push(']');
        fs::write(out.join("embedded.rs"), list).expect("room for what is built");
    }
}
