// SPDX-License-Identifier: MIT OR Apache-2.0
//! Specs in their stored form: the same as their files say, and no harm where somebody forged them.

use crate::random::{Generator, Random};
use crate::specs;
use genlkit::ynl::codec::Codec;
use genlkit_spec::Family;

#[test]
fn what_was_stored_of_every_spec_is_the_spec() {
    for family in specs::families() {
        let stored = family.to_stored();
        let read = Family::from_stored(stored.clone().leak()).expect("just stored");
        for set in &family.sets {
            assert_eq!(read.set(&set.name), family.set(&set.name));
        }
        // Nothing of an operation was read yet.
        for op in &family.ops {
            let found = read.op(&op.name).expect("it has the name");
            assert_eq!((found.line, &found.name), (op.line, &op.name));
        }
        assert_eq!(read.op("no such operation"), None);
        assert!(read.to_stored() == stored, "{}", family.name);
        assert!(read.clone() == read, "{}", family.name);
    }
}

#[test]
fn what_is_cut_off_is_no_spec() {
    let family = &specs::families()[0];
    let stored = family.to_stored();
    for len in (0..stored.len()).step_by(97) {
        assert_eq!(Family::from_stored(stored[..len].to_vec().leak()), None);
    }
}

/// Forged specs, of which each takes memory until the end.
const FORGED: usize = 20;

#[test]
fn a_forged_spec_is_survived() {
    let mut random = Random(11);
    let mut read = 0;
    for whole in specs::all() {
        let stored = whole.family().to_stored();
        let shapes = specs::messages(whole.family());
        for _ in 0..FORGED {
            let mut forged = stored.clone();
            for _ in 0..=random.below(8) {
                let at = random.below(forged.len());
                forged[at] = [0, 1, 2, 0x7f, 0x80, 0xff, random.next() as u8][random.below(7)];
            }
            let Some(family) = Family::from_stored(forged.leak()) else {
                continue;
            };
            read += 1;
            let codec = Codec::new(family);
            for shape in &shapes {
                let mut generator = Generator {
                    family: whole.family(),
                    random: Random(random.next()),
                };
                let value = generator.message(shape.header, shape.set, &mut Vec::new());
                let _ = codec.encode(shape.header, shape.set, &value);
                let bytes = whole.encode(shape.header, shape.set, &value);
                let bytes = bytes.expect("is valid").bytes;
                let _ = codec.decode(shape.header, shape.set, &bytes);
            }
        }
    }
    assert!(read > 250, "{read}");
}
