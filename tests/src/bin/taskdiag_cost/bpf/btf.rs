// SPDX-License-Identifier: MIT OR Apache-2.0

//! The kernel's description of its own types: where a field is, and what number a function has.
//!
//! Format: <https://docs.kernel.org/bpf/btf.html>

use std::{fs, io};

/// The types of the running kernel.
pub(super) struct Btf {
    data: Vec<u8>,
    /// Where each type is; the first is number 1.
    types: Vec<usize>,
    strings: usize,
}

/// Kinds of type.
const STRUCT: u32 = 4;
const UNION: u32 = 5;
const FUNC: u32 = 12;

impl Btf {
    /// Reads them, where the kernel tells.
    pub(super) fn of_kernel() -> io::Result<Self> {
        let data = fs::read("/sys/kernel/btf/vmlinux")?;
        let word = |at: usize| word(&data, at) as usize;
        let (head, from, len, strings) = (word(4), word(8), word(12), word(16));
        let (mut at, end) = (head + from, head + from + len);
        let mut types = Vec::new();
        while at < end {
            types.push(at);
            let info = word(at + 4);
            at += 12 + extra(info >> 24 & 0x1f, info & 0xffff);
        }
        let strings = head + strings;
        Ok(Self {
            data,
            types,
            strings,
        })
    }

    /// The number of a function.
    pub(super) fn function(&self, name: &str) -> Option<u32> {
        self.find(FUNC, name)
    }

    /// Where in a struct a field is, in bytes, also where it is inside of structs without name.
    pub(super) fn offset(&self, of: &str, field: &str) -> Option<i16> {
        let bytes = self.bits(self.find(STRUCT, of)?, field)? / 8;
        i16::try_from(bytes).ok()
    }

    /// How many bytes a struct has.
    pub(super) fn size(&self, of: &str) -> Option<i16> {
        let at = *self.types.get(self.find(STRUCT, of)? as usize - 1)?;
        i16::try_from(word(&self.data, at + 8)).ok()
    }

    fn bits(&self, number: u32, field: &str) -> Option<u32> {
        let at = *self.types.get(number as usize - 1)?;
        let info = word(&self.data, at + 4);
        if ![STRUCT, UNION].contains(&(info >> 24 & 0x1f)) {
            return None;
        }
        (0..info as usize & 0xffff).find_map(|member| {
            let at = at + 12 + member * 12;
            let (kind, mut bits) = (word(&self.data, at + 4), word(&self.data, at + 8));
            if info >> 31 == 1 {
                // The length of a bit field is in the upper byte.
                bits &= 0x00ff_ffff;
            }
            match self.name(at) {
                b"" => Some(bits + self.bits(kind, field)?),
                name => (name == field.as_bytes()).then_some(bits),
            }
        })
    }

    fn find(&self, kind: u32, name: &str) -> Option<u32> {
        let found = self.types.iter().position(|at| {
            word(&self.data, at + 4) >> 24 & 0x1f == kind && self.name(*at) == name.as_bytes()
        });
        found.map(|place| place as u32 + 1)
    }

    /// The name of what is described at a place.
    fn name(&self, at: usize) -> &[u8] {
        let from = self.strings + word(&self.data, at) as usize;
        let text = self.data.get(from..).unwrap_or_default();
        text.split(|byte| *byte == 0).next().unwrap_or_default()
    }
}

fn word(data: &[u8], at: usize) -> u32 {
    let bytes = data.get(at..).and_then(|from| from.first_chunk());
    u32::from_ne_bytes(*bytes.expect("the kernel's own description is whole"))
}

/// How many bytes follow a type of a kind that has so many members.
fn extra(kind: usize, members: usize) -> usize {
    match kind {
        1 | 14 | 17 => 4,
        3 => 12,
        4 | 5 | 15 | 19 => 12 * members,
        6 | 13 => 8 * members,
        _ => 0,
    }
}
