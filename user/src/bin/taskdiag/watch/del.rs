// SPDX-License-Identifier: MIT OR Apache-2.0
//! `taskdiag watch del`.

use crate::AnyTaskdiag;
use crate::output::Failure;
use genlkit::args::{OwnedBytes, bytes};
use genlkit::generated::taskdiag::{WatchDelRequest, uapi};

const EXAMPLE: &str = include_str!("../help/watch-del.txt");

/// Delete watches, by name or number.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(super) struct Args {
    /// Their names.
    #[arg(value_name = "NAME", required_unless_present = "id", value_parser = bytes(..=uapi::TASKDIAG_WATCH_NAME_MAX as usize))]
    name: Vec<OwnedBytes>,
    /// Their numbers.
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    id: Vec<u32>,
}

pub(super) fn run(taskdiag: &mut AnyTaskdiag, args: &Args) -> Result<(), Failure> {
    for name in &args.name {
        let request = WatchDelRequest::new().name(name.as_bytes().0);
        taskdiag.client().call(&request)?;
    }
    for &id in &args.id {
        taskdiag.client().call(&WatchDelRequest::new().id(id))?;
    }
    Ok(())
}
