// SPDX-License-Identifier: MIT OR Apache-2.0

//! `bench tool`: what `genlkit` costs beside `ip`, `ss`, `iw`, `genl` and the kernel tree's client, and how large it is.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use super::counted::{Counted, Kept};
use crate::Env;
use crate::cache::write_whole;
use crate::cmd::Ready;
use crate::guest;
use crate::third_party::{self, Peers};
use crate::vm::VmArgs;

/// The most bytes that `genlkit` may have, linked statically and with its own specs in it.
pub(crate) const MOST: u64 = 6_000_000;

/// Builds `genlkit` as it is installed, weighs it, and counts what its calls cost.
pub(crate) fn run(env: &Env, ready: &Ready, out: &Path) -> Result<ExitCode> {
    let step = env.cache.step("genlkit");
    let release = guest::release(&env.checkout, &step)?;
    step.done();
    let size = size(&release.path)?;
    let peers = Peers::get(&env.cache)?;
    if let Some(missing) = peers.missing().first() {
        bail!("{} cannot be installed here: {}", missing.name, missing.why);
    }
    let variable = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let counted = Counted {
        program: "tool_cost",
        env: vec![
            variable("GENLKIT_SPECS", "/run/genlkit/root/netlink/specs"),
            variable("XDG_CACHE_HOME", "/tmp/cache"),
        ],
        vm: VmArgs {
            modprobe: ["mac80211_hwsim", "tcp_diag"].map(str::to_owned).to_vec(),
            // A copy of the programs is in it.
            mem: 2048,
            timeout: 1200,
            ..VmArgs::default()
        },
        add: third_party::files(env, &ready.kernel),
        host_root: peers.root(),
        instead: vec![release],
        ..Counted::default()
    };
    let mut kept = Kept::default();
    let exit = counted.run(env, ready, &mut kept)?;
    let said = format!("genlkit has {size} bytes of {MOST}.\n");
    print!("\n{said}");
    kept.0.push(b'\n');
    kept.0.extend_from_slice(said.as_bytes());
    write_whole(out, &kept.0)?;
    println!("{}", out.display());
    Ok(if size > MOST { ExitCode::FAILURE } else { exit })
}

/// The size of a file in bytes.
fn size(path: &Path) -> Result<u64> {
    let data = fs::metadata(path).with_context(|| path.display().to_string())?;
    Ok(data.len())
}
