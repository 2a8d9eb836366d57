// SPDX-License-Identifier: MIT OR Apache-2.0
//! The specs in this program: of our own families, and of kernel families that upstream has no
//! spec of. `build.rs` stores them in the form that they are read in.

use genlkit_spec::model::Protocol;

/// A spec in this program.
pub(super) struct Embedded {
    /// The file's name without its ending.
    pub(super) stem: &'static str,
    /// The family's name.
    pub(super) name: &'static str,
    /// The family's protocol.
    pub(super) protocol: Protocol,
    /// All of it, as [`Family::to_stored`](genlkit_spec::Family::to_stored) makes it.
    pub(super) stored: &'static [u8],
}

/// All of them.
pub(super) const ALL: &[Embedded] = include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The one whose file is called so.
pub(super) fn by_stem(stem: &str) -> Option<&'static Embedded> {
    ALL.iter().find(|embedded| embedded.stem == stem)
}

#[cfg(test)]
mod tests {
    use super::ALL;
    use genlkit_spec::Family;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// A spec in the program, and the same read from its file.
    fn both(stem: &str, stored: &'static [u8]) -> (Family, Family) {
        let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec");
        let mut places = [specs.join("families"), specs].map(|place| place.join(stem));
        for place in &mut places {
            place.set_extension("yaml");
        }
        let file = places.iter().find(|file| file.exists()).expect("a file");
        let embedded = Family::from_stored(stored).expect("just stored");
        let text = std::fs::read_to_string(file).expect("a file");
        let read = Family::from_yaml(&embedded.file, &text).unwrap_or_else(|e| panic!("{e}"));
        (embedded, read)
    }

    #[test]
    fn every_spec_of_kernel_families_is_in_the_program_as_its_file_has_it() {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/families");
        let files = directory.read_dir().expect("a directory of specs");
        let files: BTreeSet<String> = files
            .filter_map(|file| file.ok()?.path().file_stem()?.to_str().map(str::to_owned))
            .collect();
        let known: BTreeSet<String> = ALL.iter().map(|spec| spec.stem.to_owned()).collect();
        assert_eq!(files.difference(&known).next(), None);
        for spec in ALL {
            let (embedded, read) = both(spec.stem, spec.stored);
            assert!(embedded.to_stored() == read.to_stored(), "{}", spec.stem);
            // The kernel writes some names with capitals and underscores.
            let spelled = embedded.name.to_ascii_lowercase().replace('_', "-");
            assert_eq!((spelled.as_str(), &*embedded.name), (spec.stem, spec.name));
            assert_eq!(embedded.protocol, spec.protocol);
        }
    }

    #[test]
    fn everything_in_them_is_documented() {
        for spec in ALL {
            let family = Family::from_stored(spec.stored).expect("just stored");
            for set in &family.sets {
                let bare = set
                    .attrs
                    .iter()
                    .find(|attr| attr.is_data() && attr.doc.is_empty());
                let name = spec.stem;
                assert_eq!(bare.map(|attr| &attr.name), None, "{name}: {}", set.name);
            }
            for layout in &family.structs {
                let is_pad = |kind| matches!(kind, genlkit_spec::model::MemberType::Pad(_));
                let mut members = layout.members.iter();
                let bare = members.find(|member| !is_pad(member.kind) && member.doc.is_empty());
                assert_eq!(
                    bare.map(|member| &member.name),
                    None,
                    "{}: {}",
                    spec.stem,
                    layout.name
                );
            }
        }
    }
}
