// SPDX-License-Identifier: MIT OR Apache-2.0

//! TASKSTATS, which has to be asked for each process by its number.

use crate::readers::Read;
use genlkit_tests::{
    raw::{RawSocket, Request},
    tasks::listed_pids,
};
use std::{
    hint::black_box,
    sync::atomic::{AtomicU64, Ordering},
};

/// `TASKSTATS_CMD_GET`, and `TASKSTATS_CMD_ATTR_TGID`.
const GET: u8 = 1;
const TGID: u16 = 2;

/// What all answers were long.
pub(crate) static BYTES: AtomicU64 = AtomicU64::new(0);

/// Asks about so many processes with each send; who they are is known beforehand.
pub(crate) fn reader(at_once: usize) -> Option<Read> {
    let socket = RawSocket::generic();
    socket.receive_buffer(4 << 20);
    let family = socket.family("TASKSTATS");
    let pids = listed_pids();
    let mut buffer = vec![0; 16 << 10];
    Some(Box::new(move || {
        let mut count = 0;
        for pids in pids.chunks(at_once) {
            let requests = pids
                .iter()
                .map(|pid| Request::of(&family, GET).u32(TGID, *pid));
            let requests: Vec<_> = requests.collect();
            socket.send(&Request::batch(&requests)).expect("it is sent");
            // Each request has one answer: the counts, or that there is no such process.
            for _ in pids {
                let len = socket.receive_into(&mut buffer).expect("no error");
                let len = len.expect("an answer");
                black_box(&buffer[..len]);
                BYTES.fetch_add(len as u64, Ordering::Relaxed);
            }
            count += pids.len();
        }
        count
    }))
}
