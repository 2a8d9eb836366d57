// SPDX-License-Identifier: MIT OR Apache-2.0

//! QEMU's command line, and the process.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use genlkit_init::job::PORT_NAME;

use super::{Accel, VmArgs};
use crate::kernel::{Kernel, Machine};
use crate::sh::Cmd;

/// A panicking guest must end, not hang; warnings must reach the console, the boot's chatter need not.
const COMMON: &str = "console=ttyS0 panic=-1 oops=panic loglevel=5";

/// With these one nanosecond of CLOCK_MONOTONIC is one guest instruction, and the APIC timer's calibration does not
/// cost seconds.
const ICOUNT: &str =
    "tsc=reliable tsc_early_khz=1000000 no_timer_check lpj=4000000 noapictimer nokaslr";

/// One boot, described.
pub(crate) struct Qemu<'a> {
    pub(crate) kernel: &'a Kernel,
    pub(crate) args: &'a VmArgs,
    pub(crate) accel: Accel,
    pub(crate) initrd: &'a Path,
    pub(crate) dir: &'a Path,
    pub(crate) host_root: Option<&'a Path>,
}

impl Qemu<'_> {
    /// The socket that QEMU connects its port to; not used under `--icount`.
    pub(crate) fn socket(&self) -> PathBuf {
        self.dir.join("port")
    }

    /// The file that takes the port's output under `--icount`: a file never makes the guest wait.
    pub(crate) fn record(&self) -> PathBuf {
        self.dir.join("record")
    }

    /// The whole command line.
    pub(crate) fn cmd(&self) -> Cmd {
        let bus = match self.kernel.machine {
            Machine::Q35 => "pci",
            Machine::Microvm => "device",
        };
        let mut cmd = Cmd::new("qemu-system-x86_64").args(["-M", self.machine()]);
        cmd = cmd.args(match self.accel {
            Accel::Kvm => ["-accel", "kvm", "-cpu", "host"],
            // With a thread a processor, one processor sometimes runs a breakpoint that another, which
            // changes the kernel's code (a tracepoint comes or goes), has taken back: "Oops: int3".
            Accel::Tcg | Accel::Auto => ["-accel", "tcg,thread=single", "-cpu", "qemu64"],
        });
        cmd = if self.args.icount {
            cmd.args([
                "-smp",
                "1",
                "-icount",
                "shift=0,sleep=off",
                "-rtc",
                "base=2020-01-01,clock=vm",
            ])
        } else {
            cmd.arg("-smp").arg(self.args.smp.to_string())
        };
        cmd = cmd.arg("-m").arg(self.args.mem.to_string());
        cmd = cmd.args([
            "-nodefaults",
            "-no-user-config",
            "-display",
            "none",
            "-no-reboot",
        ]);
        cmd = cmd.args([
            "-serial",
            "stdio",
            "-device",
            "isa-debug-exit,iobase=0xf4,iosize=4",
        ]);
        let port = if self.args.icount {
            format!("file,id=port,path={}", escape(&self.record()))
        } else {
            format!("socket,id=port,path={}", escape(&self.socket()))
        };
        cmd = cmd
            .args(self.synchronous())
            .arg("-device")
            .arg(format!("virtio-serial-{bus}"))
            .arg("-chardev")
            .arg(port);
        cmd = cmd
            .arg("-device")
            .arg(format!("virtserialport,chardev=port,name={PORT_NAME}"));
        if let Some(root) = self.host_root {
            let share = format!(
                "local,id=host,path={},security_model=none,readonly=on,multidevs=remap",
                escape(root)
            );
            cmd = cmd.args(["-fsdev", &share, "-device"]);
            cmd = cmd.arg(format!("virtio-9p-{bus},fsdev=host,mount_tag=host"));
        }
        cmd = cmd
            .arg("-kernel")
            .arg(&self.kernel.image)
            .arg("-initrd")
            .arg(self.initrd);
        cmd.arg("-append").arg(self.append())
    }

    /// The port's writes are handled at once, not by another thread when it comes to that: this keeps the guest
    /// deterministic.
    fn synchronous(&self) -> [&'static str; 2] {
        match self.kernel.machine {
            Machine::Q35 => ["-global", "virtio-serial-pci.ioeventfd=off"],
            Machine::Microvm => ["-global", "virtio-mmio.ioeventfd=off"],
        }
    }

    fn machine(&self) -> &'static str {
        match (self.kernel.machine, self.accel) {
            (Machine::Q35, _) => "q35",
            (Machine::Microvm, Accel::Kvm) => "microvm,acpi=off,rtc=on",
            // Our kernels have no ACPI: QEMU then names the devices on the command line. Without KVM the guest's clock needs the PIT, and the PIT the PIC.
            (Machine::Microvm, _) => "microvm,acpi=off,rtc=on,pit=on,pic=on",
        }
    }

    fn append(&self) -> String {
        let mut line = COMMON.to_owned();
        if self.args.icount {
            line += " ";
            line += ICOUNT;
        } else if self.accel == Accel::Tcg {
            // Everything that the kernel would measure against the host's clock comes out wrong on a loaded host: a
            // timer "not connected" is a panic, a TSC "unstable" leaves a 4 ms clock.
            line += &format!(" no_timer_check tsc=reliable tsc_early_khz={}", tsc_khz());
        }
        if !self.kernel.cmdline.is_empty() {
            line += " ";
            line += self.kernel.cmdline;
        }
        if !self.args.cmdline.is_empty() {
            line += " ";
            line += &self.args.cmdline;
        }
        line
    }

    /// Starts QEMU; the thread returns all of the console's text.
    pub(crate) fn spawn(&self, cmd: &Cmd, show: bool) -> Result<(Child, JoinHandle<String>)> {
        let mut command = cmd.command();
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // SAFETY: between fork and exec the closure makes one system call and allocates nothing.
        unsafe {
            command.pre_exec(|| {
                // The guest must not outlive an xtask that was killed.
                let kill = Some(rustix::process::Signal::KILL);
                Ok(rustix::process::set_parent_process_death_signal(kill)?)
            });
        }
        let child = command.spawn();
        let mut child =
            child.context("cannot start qemu-system-x86_64: `cargo xtask doctor` tells")?;
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let console = std::thread::spawn(move || {
            let errors =
                std::thread::spawn(move || err.map(|e| collect(e, show)).unwrap_or_default());
            let text = out.map(|o| collect(o, show)).unwrap_or_default();
            text + &errors.join().unwrap_or_default()
        });
        Ok((child, console))
    }
}

fn collect(mut from: impl Read, show: bool) -> String {
    let mut text = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(n @ 1..) = from.read(&mut piece) {
        text.extend_from_slice(&piece[..n]);
        if show {
            let _ = std::io::Write::write_all(&mut std::io::stderr(), &piece[..n]);
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// QEMU's option parser takes a comma as an end; a doubled one is a comma.
fn escape(path: &Path) -> String {
    path.display().to_string().replace(',', ",,")
}

/// The rate of the host's TSC, which TCG's guests read, in kHz.
fn tsc_khz() -> u64 {
    use core::arch::x86_64::_rdtsc;
    // SAFETY: every x86-64 processor has the instruction, and no system that runs QEMU forbids it to user space.
    let read = || (Instant::now(), unsafe { _rdtsc() });
    let (start, first) = read();
    std::thread::sleep(Duration::from_millis(20));
    let (end, last) = read();
    last.wrapping_sub(first) * 1_000_000 / (end - start).as_nanos().max(1) as u64
}
