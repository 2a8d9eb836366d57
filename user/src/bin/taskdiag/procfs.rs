// SPDX-License-Identifier: MIT OR Apache-2.0
//! The option that names the procfs by whose rules the kernel tells.

use crate::output::Failure;
use std::fs::File;
use std::os::fd::AsRawFd as _;
use std::path::PathBuf;

/// By which procfs the kernel decides what may be seen.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Procfs {
    /// Where the procfs is mounted whose hidepid option decides what you see, instead of /proc.
    #[arg(long = "procfs", value_name = "DIR")]
    directory: Option<PathBuf>,
}

/// Such a procfs, open for as long as requests name it.
#[derive(Debug)]
pub(crate) struct Open(Option<File>);

impl Procfs {
    pub(crate) fn open(&self) -> Result<Open, Failure> {
        let Some(directory) = &self.directory else {
            return Ok(Open(None));
        };
        let opened = File::open(directory).map(|file| Open(Some(file)));
        opened.map_err(|error| Failure::Missing(format!("{}: {error}", directory.display())))
    }
}

impl Open {
    /// What requests say; nothing for the procfs at /proc.
    pub(crate) fn fd(&self) -> Option<i32> {
        self.0.as_ref().map(|file| file.as_raw_fd())
    }
}
