// SPDX-License-Identifier: MIT OR Apache-2.0
//! `taskdiag ping`.

use crate::AnyClient;
use crate::output::{Failure, Output, json_line};
use genlkit::generated::taskdiag::{FAMILY, Ping, PingArgs};
use serde::Serialize;
use std::time::Instant;

const EXAMPLE: &str = "\
Example:
  $ taskdiag ping --payload hello
  taskdiag 0.1.0, abi 1, family id 37: 5 bytes back in 1243.9 us";

/// Ask the module for a sign of life: its version, and the payload back.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct Args {
    #[command(flatten)]
    request: PingArgs,
    /// Print the reply as one JSON object.
    #[arg(long)]
    json: bool,
}

/// The reply, and the number that messages of the family have as their type.
#[derive(Serialize)]
struct Json<'b> {
    id: u16,
    #[serde(flatten)]
    reply: Ping<'b>,
}

pub(crate) fn run(client: &mut AnyClient, args: &Args) -> Result<(), Failure> {
    // The first call asks for the family's number too, which is not what is timed.
    let id = client.family(FAMILY.name)?.id;
    let start = Instant::now();
    let reply = client.call(&args.request.request())?;
    let elapsed = start.elapsed();
    let mut output = Output::new();
    if args.json {
        json_line(&mut output, &Json { id, reply })?;
        return output.finish();
    }
    let version = reply.version.unwrap_or_default();
    let abi = reply.abi.unwrap_or(0);
    let payload = reply.payload.map_or(0, |payload| payload.len());
    let micros = elapsed.as_secs_f64() * 1e6;
    output.line(format_args!(
        "taskdiag {}, abi {abi}, family id {id}: {payload} bytes back in {micros:.1} us",
        version.escaped()
    ))?;
    output.finish()
}
