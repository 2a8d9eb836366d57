// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is encoded decodes to the same, for random values of every message.

use crate::random::{Generator, Random};
use crate::specs;
use std::collections::HashSet;

/// Values for each message.
const ROUNDS: u64 = 12;

#[test]
fn every_message_of_every_spec_round_trips() {
    let mut messages = 0;
    let mut bytes = 0;
    for codec in specs::all() {
        for (index, shape) in specs::messages(codec.family()).into_iter().enumerate() {
            messages += 1;
            for round in 0..ROUNDS {
                let random = Random(round << 32 | index as u64);
                let mut generator = Generator {
                    family: codec.family(),
                    random,
                };
                let value = generator.message(shape.header, shape.set, &mut Vec::new());
                let context = || format!("{} round {round}: {value:#?}", shape.name);
                let encoded = codec.encode(shape.header, shape.set, &value);
                let encoded = encoded.unwrap_or_else(|error| panic!("{error}\n{}", context()));
                bytes += encoded.bytes.len();
                let decoded = codec.decode(shape.header, shape.set, &encoded.bytes);
                assert_eq!(decoded.notes, [], "{}", context());
                assert_eq!(decoded.value, value, "{}", context());
                let again = codec.encode(shape.header, shape.set, &decoded.value);
                let again = again.unwrap_or_else(|error| panic!("{error}\n{}", context()));
                assert_eq!(again.bytes, encoded.bytes, "{}", context());
            }
        }
    }
    eprintln!(
        "{messages} messages, {} values, {bytes} bytes",
        messages * ROUNDS
    );
}

#[test]
fn every_sub_message_format_of_every_spec_round_trips() {
    for codec in specs::all() {
        let family = codec.family();
        let formats = family
            .sub_messages
            .iter()
            .flat_map(|message| &message.formats);
        let shapes: HashSet<_> = formats
            .map(|format| (format.fixed_header, format.set))
            .collect();
        for (header, set) in shapes {
            for round in 0..ROUNDS {
                let mut generator = Generator {
                    family,
                    random: Random(round),
                };
                let value = generator.message(header, set, &mut Vec::new());
                let encoded = codec
                    .encode(header, set, &value)
                    .unwrap_or_else(|e| panic!("{e}"));
                let decoded = codec.decode(header, set, &encoded.bytes);
                assert_eq!(decoded.value, value, "{} {header:?} {set:?}", family.name);
            }
        }
    }
}
