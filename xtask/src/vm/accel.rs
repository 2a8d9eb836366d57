// SPDX-License-Identifier: MIT OR Apache-2.0

//! Which accelerator: KVM only where a probe boot has shown that it works.

use std::path::Path;
use std::str::FromStr;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::{Guest, VmArgs};
use crate::cache::{Key, write_whole};
use crate::guest::Program;
use crate::sh::Cmd;
use crate::ui;

/// How QEMU executes the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Accel {
    /// KVM if a probe has shown that it works, else TCG.
    Auto,
    /// The host's virtualization.
    Kvm,
    /// QEMU's own translator.
    Tcg,
}

impl FromStr for Accel {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "auto" => Ok(Self::Auto),
            "kvm" => Ok(Self::Kvm),
            "tcg" => Ok(Self::Tcg),
            _ => Err("there are auto, kvm and tcg".to_owned()),
        }
    }
}

/// A guest that KVM can run is up well within this; one that it cannot hangs for ever.
const PROBE_SECONDS: u64 = 5;

/// KVM or TCG. The first call probes and remembers: for this host kernel, this QEMU and this guest kernel.
pub(crate) fn choose(guest: &Guest<'_>) -> Result<Accel> {
    if !Path::new("/dev/kvm").exists() {
        return Ok(Accel::Tcg);
    }
    let path = guest
        .cache
        .root()
        .join("accel")
        .join(format!("{}.json", key(guest).hex()));
    if let Some(known) = std::fs::read(&path)
        .ok()
        .and_then(|t| serde_json::from_slice(&t).ok())
    {
        return Ok(known);
    }
    let accel = if works(guest) { Accel::Kvm } else { Accel::Tcg };
    match accel {
        Accel::Kvm => ui::say("accelerator: KVM (a probe boot worked)"),
        _ => ui::say("accelerator: TCG (a probe boot with KVM did not come up)"),
    }
    write_whole(&path, &serde_json::to_vec(&accel)?)?;
    Ok(accel)
}

fn key(guest: &Guest<'_>) -> Key {
    let host = rustix::system::uname();
    let qemu = Cmd::new("qemu-system-x86_64")
        .arg("--version")
        .query()
        .unwrap_or_default();
    Key::new()
        .with(host.release().to_bytes())
        .with(host.version().to_bytes())
        .with(qemu)
        .with(guest.kernel.image.as_os_str().as_encoded_bytes())
}

/// Boots the very kernel with PID 1 and nothing to do.
fn works(guest: &Guest<'_>) -> bool {
    ui::say("probing KVM with a short boot");
    let init: Vec<Program> = guest
        .programs
        .iter()
        .filter(|p| p.name == "genlkit-init")
        .cloned()
        .collect();
    let probe = Guest {
        cache: guest.cache,
        kernel: guest.kernel,
        args: VmArgs {
            accel: Accel::Kvm,
            timeout: PROBE_SECONDS,
            ..VmArgs::default()
        },
        programs: &init,
        modules: &[],
        add: Vec::new(),
        host_root: None,
        pty: None,
        stdin: false,
        quiet: false,
    };
    let outcome = probe.run(Vec::new(), &mut super::Through);
    outcome.is_ok_and(|o| o.faults.is_empty())
}
