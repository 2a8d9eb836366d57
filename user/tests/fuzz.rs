// SPDX-License-Identifier: MIT OR Apache-2.0
//! The fuzz targets of user/fuzz, run for a bounded time on bytes that are half sensible.

#[path = "../fuzz/src/client.rs"]
#[expect(unreachable_pub, reason = "the crate of the fuzz targets exports it")]
mod client;
#[path = "../fuzz/src/messages.rs"]
#[expect(unreachable_pub, reason = "the crate of the fuzz targets exports it")]
mod messages;
#[path = "../fuzz/src/round_trip.rs"]
#[expect(unreachable_pub, reason = "the crate of the fuzz targets exports it")]
mod round_trip;

use genlkit::wire::{Builder, Header};
use proptest::collection::vec;
use proptest::prelude::*;

/// Datagrams of well-formed messages with a few bytes changed.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let message = (
        0..40_u16,
        any::<u16>(),
        vec((0..20_u16, vec(any::<u8>(), 0..24)), 0..12),
    );
    let changes = vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    (vec(message, 1..4), changes).prop_map(|(messages, changes)| {
        let mut buffer = vec![0; 8192];
        let mut builder = Builder::new(&mut buffer);
        for (kind, flags, attrs) in messages {
            let header = Header {
                kind,
                flags,
                ..Header::default()
            };
            builder.message(header, |message| {
                message.bytes(&[1, 1, 0, 0]);
                for (number, payload) in attrs {
                    message.attr(number, &payload);
                }
            });
        }
        let mut bytes = builder.finish().expect("room").to_vec();
        for (at, byte) in changes {
            *at.get_mut(&mut bytes) = byte;
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_datagram_is_read_without_a_panic(bytes in prop_oneof![damaged(), vec(any::<u8>(), 0..300)]) {
        messages::messages(&bytes);
    }

    #[test]
    fn what_is_written_is_read_back(bytes in vec(any::<u8>(), 0..300)) {
        round_trip::round_trip(&bytes);
    }

    #[test]
    fn a_kernel_that_sends_anything_leaves_the_client_usable(bytes in vec(any::<u8>(), 0..300)) {
        client::client(&bytes);
    }
}
