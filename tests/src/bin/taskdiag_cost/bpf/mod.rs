// SPDX-License-Identifier: MIT OR Apache-2.0

//! An iterator of BPF over all tasks, which needs `CAP_BPF` and `CAP_PERFMON`, and checks nobody's
//! rights: what it tells is what the program takes from the kernel's structs.

mod btf;
mod program;
mod sys;

use crate::readers::Read;
use btf::Btf;
use program::{TOLD, program};
use std::{hint::black_box, io::Read as _};
use sys::Iterator;

/// Numbers of each process that stat has, most of them; where the kernel has such iterators.
pub(crate) fn reader() -> Option<Read> {
    let iterator = match load() {
        Ok(iterator) => iterator,
        Err(error) => {
            eprintln!("no iterator of BPF: {error}");
            return None;
        }
    };
    let mut buffer = vec![0; 32 << 10];
    Some(Box::new(move || {
        let mut file = iterator.begin().expect("an iterator");
        let mut count = 0;
        let mut filled = 0;
        loop {
            let len = file.read(&mut buffer[filled..]).expect("what it tells");
            if len == 0 {
                return count;
            }
            filled += len;
            let (records, rest) = buffer[..filled].as_chunks::<{ TOLD * 8 }>();
            for record in records {
                black_box(numbers(record));
            }
            count += records.len();
            // A record may come in two parts.
            let rest = filled - rest.len()..filled;
            filled = rest.len();
            buffer.copy_within(rest, 0);
        }
    }))
}

fn load() -> std::io::Result<Iterator> {
    let btf = Btf::of_kernel()?;
    let function = btf.function("bpf_iter_task");
    let program = program(&btf);
    match function.zip(program) {
        Some((function, program)) => Iterator::load(&program, function),
        None => Err(std::io::Error::other("the kernel's structs are others")),
    }
}

fn numbers(record: &[u8; TOLD * 8]) -> [u64; TOLD] {
    let (numbers, _) = record.as_chunks();
    std::array::from_fn(|place| u64::from_ne_bytes(numbers[place]))
}
