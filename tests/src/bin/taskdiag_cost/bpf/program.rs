// SPDX-License-Identifier: MIT OR Apache-2.0

//! The program that the kernel runs for each task, put together without a compiler.

use super::btf::Btf;

/// An instruction (`struct bpf_insn`).
pub(super) type Insn = [u8; 8];

/// 8-byte numbers that are told of each process.
pub(super) const TOLD: usize = 32;

/// Registers: what helpers are given, what they leave alone, and the frame.
const R0: u8 = 0;
const R1: u8 = 1;
const R2: u8 = 2;
const R3: u8 = 3;
const SEQ: u8 = 6;
const TASK: u8 = 7;
const OTHER: u8 = 8;
const PID: u8 = 9;
const FRAME: u8 = 10;

/// `bpf_seq_write()`.
const SEQ_WRITE: i32 = 127;

const FRAME_LEN: i16 = (TOLD * 8) as i16;

/// A field: of which struct, its name, and its length, 4 or 8.
type Field = (&'static str, &'static str, u8);

const TASK_FIELDS: &[Field] = &[
    ("task_struct", "pid", 4),
    ("task_struct", "__state", 4),
    ("task_struct", "exit_state", 4),
    ("task_struct", "flags", 4),
    ("task_struct", "start_boottime", 8),
    ("task_struct", "utime", 8),
    ("task_struct", "stime", 8),
    ("task_struct", "min_flt", 8),
    ("task_struct", "maj_flt", 8),
    ("task_struct", "nvcsw", 8),
    ("task_struct", "nivcsw", 8),
    ("task_struct", "prio", 4),
    ("task_struct", "static_prio", 4),
    ("task_struct", "rt_priority", 4),
    ("task_struct", "policy", 4),
    ("task_struct", "exit_code", 4),
];

const SIGNAL_FIELDS: &[Field] = &[
    ("signal_struct", "nr_threads", 4),
    ("signal_struct", "utime", 8),
    ("signal_struct", "stime", 8),
    ("signal_struct", "min_flt", 8),
    ("signal_struct", "maj_flt", 8),
];

/// What is told of memory, of processes that have some.
const PAGES: i16 = 6;

/// Puts the program together; none where the kernel has no such fields.
pub(super) fn program(btf: &Btf) -> Option<Vec<Insn>> {
    let mut p = Program {
        insns: Vec::new(),
        told: 0,
        outs: Vec::new(),
    };
    p.load(SEQ, R1, btf.offset("bpf_iter__task", "meta")?, 8);
    p.load(TASK, R1, btf.offset("bpf_iter__task", "task")?, 8);
    p.out_if_null(TASK);
    p.load(SEQ, SEQ, btf.offset("bpf_iter_meta", "seq")?, 8);
    // Of threads, only the first.
    let tgid = btf.offset("task_struct", "tgid")?;
    p.load(R1, TASK, btf.offset("task_struct", "pid")?, 4);
    p.load(R2, TASK, tgid, 4);
    p.out_if_differ(R1, R2);

    for (of, field, len) in TASK_FIELDS {
        p.tell(TASK, btf.offset(of, field)?, *len);
    }
    let comm = btf.offset("task_struct", "comm")?;
    p.tell(TASK, comm, 8);
    p.tell(TASK, comm + 8, 8);
    p.load(OTHER, TASK, btf.offset("task_struct", "real_parent")?, 8);
    p.tell(OTHER, tgid, 4);

    p.load(OTHER, TASK, btf.offset("task_struct", "signal")?, 8);
    for (of, field, len) in SIGNAL_FIELDS {
        p.tell(OTHER, btf.offset(of, field)?, *len);
    }
    let pids = btf.offset("signal_struct", "pids")?;
    let number = btf.offset("pid", "numbers")? + btf.offset("upid", "nr")?;
    // Of its group and of its session.
    for kind in [2, 3] {
        p.load(PID, OTHER, pids + kind * 8, 8);
        p.tell(PID, number, 4);
    }

    let memory = p.told;
    for place in 0..PAGES {
        p.put(0x7a, FRAME, 0, p.slot(memory + place), 0);
    }
    p.load(OTHER, TASK, btf.offset("task_struct", "mm")?, 8);
    let no_memory = p.insns.len();
    p.put(0x15, OTHER, 0, 0, 0);
    p.tell(OTHER, btf.offset("mm_struct", "total_vm")?, 8);
    p.tell(OTHER, btf.offset("mm_struct", "hiwater_rss")?, 8);
    let counts = btf.offset("mm_struct", "rss_stat")?;
    let count = btf.offset("percpu_counter", "count")?;
    let each = btf.size("percpu_counter")?;
    for kind in 0..4 {
        p.tell(OTHER, counts + kind * each + count, 8);
    }
    p.aim(no_memory);
    debug_assert!(p.told as usize <= TOLD);
    p.told = memory + PAGES;
    for place in p.told..TOLD as i16 {
        p.put(0x7a, FRAME, 0, p.slot(place), 0);
    }

    p.put(0xbf, R1, SEQ, 0, 0);
    p.put(0xbf, R2, FRAME, 0, 0);
    p.put(0x07, R2, 0, 0, -i32::from(FRAME_LEN));
    p.put(0xb7, R3, 0, 0, FRAME_LEN.into());
    p.put(0x85, 0, 0, 0, SEQ_WRITE);
    for out in std::mem::take(&mut p.outs) {
        p.aim(out);
    }
    p.put(0xb7, R0, 0, 0, 0);
    p.put(0x95, 0, 0, 0, 0);
    Some(p.insns)
}

/// A program in the making.
struct Program {
    insns: Vec<Insn>,
    /// How many numbers are in the frame.
    told: i16,
    /// Jumps to the end.
    outs: Vec<usize>,
}

impl Program {
    fn put(&mut self, code: u8, to: u8, from: u8, offset: i16, value: i32) {
        let ([o0, o1], [v0, v1, v2, v3]) = (offset.to_ne_bytes(), value.to_ne_bytes());
        self.insns
            .push([code, to | from << 4, o0, o1, v0, v1, v2, v3]);
    }

    /// Where in the frame a number is.
    fn slot(&self, place: i16) -> i16 {
        place * 8 - FRAME_LEN
    }

    fn load(&mut self, to: u8, from: u8, offset: i16, len: u8) {
        self.put(if len == 8 { 0x79 } else { 0x61 }, to, from, offset, 0);
    }

    /// Tells a field of what a register points to.
    fn tell(&mut self, from: u8, offset: i16, len: u8) {
        self.load(R1, from, offset, len);
        self.put(0x7b, FRAME, R1, self.slot(self.told), 0);
        self.told += 1;
    }

    fn out_if_null(&mut self, register: u8) {
        self.outs.push(self.insns.len());
        self.put(0x15, register, 0, 0, 0);
    }

    fn out_if_differ(&mut self, one: u8, other: u8) {
        self.outs.push(self.insns.len());
        self.put(0x5d, one, other, 0, 0);
    }

    /// Has a jump lead to what comes next.
    fn aim(&mut self, jump: usize) {
        let by = (self.insns.len() - jump - 1) as i16;
        let [o0, o1] = by.to_ne_bytes();
        self.insns[jump][2..4].copy_from_slice(&[o0, o1]);
    }
}
