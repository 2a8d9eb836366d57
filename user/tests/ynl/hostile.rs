// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bytes that no kernel sends: decoding ends, says what is odd, and never panics.

use crate::random::{Generator, Random};
use crate::specs;
use nix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// Decodes, and encodes what came out, which may be refused but not more.
fn survive(codec: &genlkit::ynl::codec::Codec, shape: &specs::Shape, bytes: &[u8]) {
    let decoded = codec.decode(shape.header, shape.set, bytes);
    let _ = codec.encode(shape.header, shape.set, &decoded.value);
}

/// Makes a valid message wrong, or anything at all.
fn damage(bytes: &mut Vec<u8>, how: usize, random: &mut Random) {
    match how % 4 {
        0 => bytes.truncate(random.below(bytes.len() + 1)),
        1 => {
            *bytes = (0..random.below(200))
                .map(|_| random.next() as u8)
                .collect()
        }
        _ => {
            for _ in 0..=random.below(4) {
                let at = random.below(bytes.len());
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = [0, 1, 3, 4, 5, 0x80, 0xff, random.next() as u8][random.below(8)];
                }
            }
        }
    }
}

/// Decodes `count` damaged messages of each message of each spec, made from `valid` valid ones.
fn survive_damage(valid: usize, count: usize, seed: u64) -> usize {
    let mut random = Random(seed);
    let mut inputs = 0;
    for codec in specs::all() {
        for shape in specs::messages(codec.family()) {
            for _ in 0..valid {
                let seed = Random(random.next());
                let mut generator = Generator {
                    family: codec.family(),
                    random: seed,
                };
                let value = generator.message(shape.header, shape.set, &mut Vec::new());
                let encoded = codec
                    .encode(shape.header, shape.set, &value)
                    .expect("is valid");
                for how in 0..count {
                    let mut bytes = encoded.bytes.clone();
                    damage(&mut bytes, how, &mut random);
                    survive(&codec, &shape, &bytes);
                    inputs += 1;
                }
            }
        }
    }
    inputs
}

#[test]
fn damaged_messages_of_every_spec_are_survived() {
    survive_damage(5, 4, 7);
}

#[test]
#[ignore = "takes minutes: cargo test --release --features ynl --test ynl -- --ignored"]
fn ten_million_damaged_messages_are_survived() {
    let mut inputs = 0;
    for round in 0.. {
        inputs += survive_damage(4, 250, 1000 + round);
        eprintln!("{inputs} inputs");
        if inputs >= 10_000_000 {
            return;
        }
    }
}

#[test]
fn lengths_of_zero_end_the_walk_with_a_note() {
    for codec in specs::all() {
        for shape in specs::messages(codec.family()) {
            let size = shape
                .header
                .map_or(0, |id| codec.family()[id].size.next_multiple_of(4));
            // A header that takes the rest leaves nothing to walk.
            if shape.header.is_some_and(|id| codec.family()[id].open) {
                continue;
            }
            let decoded = codec.decode(shape.header, shape.set, &vec![0; size + 4]);
            assert_eq!(
                decoded.notes.len(),
                1,
                "{}: {:?}",
                shape.name,
                decoded.notes
            );
        }
    }
}

#[test]
fn the_deepest_nests_do_not_overflow_the_stack() {
    // 64 KiB of nests, one in the other, each marked as one.
    let mut bytes = Vec::new();
    for left in (1..0x4000u32).rev() {
        bytes.extend_from_slice(&u16::try_from(left * 4).expect("16 bits").to_ne_bytes());
        bytes.extend_from_slice(&(0x8000u16 | (left % 64) as u16).to_ne_bytes());
    }
    for codec in specs::all() {
        for shape in specs::messages(codec.family()) {
            survive(&codec, &shape, &bytes);
        }
    }
}

/// What this thread took of a processor, however many others want it.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID);
    time.expect("a clock").into()
}

#[test]
fn the_most_attributes_that_fit_take_no_quadratic_time() {
    for codec in specs::all() {
        let family = codec.family();
        let longest = specs::messages(family)
            .into_iter()
            .max_by_key(|shape| shape.attrs.len());
        let Some(shape) = longest else { continue };
        let size = shape
            .header
            .map_or(0, |id| family[id].size.next_multiple_of(4));
        for number in (1..64u16).step_by(9) {
            let mut bytes = vec![0; size];
            for _ in 0..0x3fff {
                bytes.extend_from_slice(&4u16.to_ne_bytes());
                bytes.extend_from_slice(&number.to_ne_bytes());
            }
            let start = processor_time();
            survive(&codec, &shape, &bytes);
            let took = processor_time() - start;
            assert!(
                took < Duration::from_secs(2),
                "{} {number}: {took:?}",
                shape.name
            );
        }
    }
}
