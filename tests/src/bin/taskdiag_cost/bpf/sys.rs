// SPDX-License-Identifier: MIT OR Apache-2.0

//! The calls of bpf(2) that an iterator needs.

use super::program::Insn;
use nix::libc;
use std::{
    fs::File,
    io,
    os::fd::{AsRawFd, FromRawFd, OwnedFd},
};

const PROG_LOAD: libc::c_int = 5;
const LINK_CREATE: libc::c_int = 28;
const ITER_CREATE: libc::c_int = 33;

/// `BPF_PROG_TYPE_TRACING`, and `BPF_TRACE_ITER`.
const TRACING: u32 = 26;
const ITER: u32 = 28;

/// What `PROG_LOAD` is told, as far as an iterator has it.
#[repr(C)]
#[derive(Default)]
struct Load {
    prog_type: u32,
    insn_cnt: u32,
    insns: u64,
    license: u64,
    log_level: u32,
    log_size: u32,
    log_buf: u64,
    kern_version: u32,
    prog_flags: u32,
    prog_name: [u8; 16],
    prog_ifindex: u32,
    expected_attach_type: u32,
    prog_btf_fd: u32,
    func_info_rec_size: u32,
    func_info: u64,
    func_info_cnt: u32,
    line_info_rec_size: u32,
    line_info: u64,
    line_info_cnt: u32,
    attach_btf_id: u32,
}

/// What `LINK_CREATE` is told.
#[repr(C)]
#[derive(Default)]
struct Link {
    prog_fd: u32,
    target_fd: u32,
    attach_type: u32,
    flags: u32,
    iter_info: u64,
    iter_info_len: u32,
    pad: u32,
}

/// What `ITER_CREATE` is told.
#[repr(C)]
#[derive(Default)]
struct Iter {
    link_fd: u32,
    flags: u32,
}

/// A loaded iterator.
pub(super) struct Iterator(OwnedFd);

impl Iterator {
    /// Loads a program to be run for what the iterator function of a number goes over.
    ///
    /// # Errors
    /// The kernel's, with what it has to say of the program.
    pub(super) fn load(program: &[Insn], function: u32) -> io::Result<Self> {
        let mut log = vec![0_u8; 1 << 20];
        let load = Load {
            prog_type: TRACING,
            insn_cnt: program.len() as u32,
            insns: program.as_ptr() as u64,
            license: c"GPL".as_ptr() as u64,
            log_level: 1,
            log_size: log.len() as u32,
            log_buf: log.as_mut_ptr() as u64,
            expected_attach_type: ITER,
            attach_btf_id: function,
            ..Load::default()
        };
        let program = bpf(PROG_LOAD, &load).map_err(|error| {
            let said = String::from_utf8_lossy(&log);
            let said = said.trim_end_matches('\0').trim_end().lines().rev().take(3);
            io::Error::other(format!("{error}: {}", said.collect::<Vec<_>>().join(" / ")))
        })?;
        let link = Link {
            prog_fd: program.as_raw_fd() as u32,
            attach_type: ITER,
            ..Link::default()
        };
        Ok(Self(bpf(LINK_CREATE, &link)?))
    }

    /// Begins anew; what the program writes can be read.
    ///
    /// # Errors
    /// The kernel's.
    pub(super) fn begin(&self) -> io::Result<File> {
        let iter = Iter {
            link_fd: self.0.as_raw_fd() as u32,
            ..Iter::default()
        };
        bpf(ITER_CREATE, &iter).map(File::from)
    }
}

/// bpf(2), of the calls that return a descriptor.
fn bpf<T>(call: libc::c_int, told: &T) -> io::Result<OwnedFd> {
    // SAFETY: The structs above are beginnings of the call's union, whose rest counts as 0, and
    // what they point to lives during the call.
    let fd = unsafe { libc::syscall(libc::SYS_bpf, call, told, size_of::<T>()) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: The kernel has just made it, for nobody else.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as i32) })
}
