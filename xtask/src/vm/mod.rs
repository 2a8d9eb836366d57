// SPDX-License-Identifier: MIT OR Apache-2.0

//! Boots a guest for one job and judges the run.

pub(crate) mod accel;
pub(crate) mod channel;
pub(crate) mod qemu;
pub(crate) mod terminal;
pub(crate) mod verdict;

use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use genlkit_init::job::{Command, QEMU_EXIT, Size};
use genlkit_init::{Exit, Frame, Job};

use crate::cache::Cache;
use crate::guest::Program;
use crate::initramfs::Tree;
use crate::kernel::Kernel;
use crate::kmods::{self, Module};
use crate::ui;

pub(crate) use accel::Accel;
use channel::End;

/// The options that every command with a guest has.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct VmArgs {
    /// Virtual CPUs
    #[arg(long, default_value_t = 2, value_name = "N")]
    pub(crate) smp: u32,
    /// Memory in MiB
    #[arg(long, default_value_t = 1024, value_name = "M")]
    pub(crate) mem: u32,
    /// Deterministic: one CPU, one guest instruction is one nanosecond of CLOCK_MONOTONIC
    #[arg(long)]
    pub(crate) icount: bool,
    /// Kill the guest when its boot, one command or one test takes longer than this many seconds (ten
    /// times as many on a kernel with KASAN)
    #[arg(long, default_value_t = 120, value_name = "S")]
    pub(crate) timeout: u64,
    /// kvm, tcg, or auto: KVM where a probe boot has shown that it works
    #[arg(long, default_value = "auto", value_name = "NAME")]
    pub(crate) accel: Accel,
    /// Load these modules of the kernel before ours, with what they depend on
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) modprobe: Vec<String>,
    /// Put these modules of the kernel, with what they depend on, into the guest's /modules, for a
    /// program there to load: NAME.order lists the files of each
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) bring: Vec<String>,
    /// Words to add to the kernel's command line
    #[arg(long, value_name = "WORDS", default_value = "")]
    pub(crate) cmdline: String,
    /// Show the kernel's log on standard error as it comes
    #[arg(long)]
    pub(crate) console: bool,
}

impl Default for VmArgs {
    fn default() -> Self {
        Self {
            smp: 2,
            mem: 1024,
            icount: false,
            timeout: 120,
            accel: Accel::Auto,
            modprobe: Vec::new(),
            bring: Vec::new(),
            cmdline: String::new(),
            console: false,
        }
    }
}

/// Everything one boot needs.
pub(crate) struct Guest<'a> {
    pub(crate) cache: &'a Cache,
    pub(crate) kernel: &'a Kernel,
    pub(crate) args: VmArgs,
    /// PID 1 and the tools for `/bin`.
    pub(crate) programs: &'a [Program],
    /// Our modules, loaded in this order.
    pub(crate) modules: &'a [Module],
    /// Files and directories for `/root`.
    pub(crate) add: Vec<PathBuf>,
    /// The directory whose programs the guest runs, read-only over 9p.
    pub(crate) host_root: Option<PathBuf>,
    pub(crate) pty: Option<Size>,
    pub(crate) stdin: bool,
    /// Do not print QEMU's command line.
    pub(crate) quiet: bool,
}

/// What a complete or incomplete run left behind.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// How the commands ended that did end, in order.
    pub(crate) exits: Vec<Exit>,
    /// What the kernel or the machine did wrong, with the log's lines; empty after a clean run.
    pub(crate) faults: Vec<String>,
    /// The file with the whole kernel log.
    pub(crate) log: PathBuf,
    /// Whether the user ended it from the terminal.
    pub(crate) left: bool,
    /// Whether it was still running at the deadline.
    pub(crate) late: bool,
}

impl Outcome {
    /// An error that tells the faults, or nothing.
    pub(crate) fn check(&self) -> Result<()> {
        if self.faults.is_empty() {
            return Ok(());
        }
        bail!(
            "the guest failed:\n{}\n(whole kernel log: {})",
            self.faults.join("\n"),
            self.log.display()
        )
    }
}

/// Takes the streams of the guest's commands.
pub(crate) trait Sink: Send {
    /// Bytes of a command's standard output.
    fn stdout(&mut self, data: &[u8]);
    /// Bytes of a command's standard error.
    fn stderr(&mut self, data: &[u8]);
    /// The next command starts.
    fn start(&mut self, _number: u32) {}
    /// How many parts of the command have ended, as its output says: each has the time that a command has.
    fn ended(&self) -> usize {
        0
    }
}

/// Passes the streams through to our own.
pub(crate) struct Through;

impl Sink for Through {
    fn stdout(&mut self, data: &[u8]) {
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(data).and_then(|()| out.flush());
    }

    fn stderr(&mut self, data: &[u8]) {
        let _ = std::io::stderr().write_all(data);
    }
}

impl Guest<'_> {
    /// Boots, runs the commands, and waits for the end.
    ///
    /// # Errors
    /// When the guest could not be started at all; what goes wrong inside is in the [`Outcome`].
    pub(crate) fn run(&self, commands: Vec<Command>, sink: &mut dyn Sink) -> Result<Outcome> {
        let dir = tempfile::Builder::new().prefix("genlkit-vm-").tempdir()?;
        let accel = self.accel()?;
        let initrd = dir.path().join("initramfs");
        self.pack(commands, &initrd)?;
        let qemu = qemu::Qemu {
            kernel: self.kernel,
            args: &self.args,
            accel,
            initrd: &initrd,
            dir: dir.path(),
            host_root: self.host_root.as_deref(),
        };
        self.boot(&qemu, sink)
    }

    fn accel(&self) -> Result<Accel> {
        match self.args.accel {
            Accel::Auto if self.args.icount => Ok(Accel::Tcg),
            Accel::Auto => accel::choose(self),
            fixed => Ok(fixed),
        }
    }

    fn pack(&self, commands: Vec<Command>, initrd: &std::path::Path) -> Result<()> {
        let mut tree = Tree::new();
        for program in self.programs {
            let path = if program.name == "genlkit-init" {
                "init".into()
            } else {
                format!("bin/{}", program.name)
            };
            tree.copy(&path, &program.path)?;
        }
        if let Some(root) = &self.kernel.root {
            tree.busybox(&root.path("usr/bin/busybox"))?;
        } else if let Some(busybox) = crate::host::which("busybox") {
            tree.busybox(&busybox)?;
        }
        for path in &self.add {
            tree.add(path)?;
        }
        let mut names: Vec<&str> = self.args.modprobe.iter().map(String::as_str).collect();
        if self.host_root.is_some() {
            names.extend(["9pnet_virtio", "9p"]);
        }
        let mut modules = kmods::resolve(self.kernel, &names)?;
        modules.extend(self.modules.iter().cloned());
        let modules = tree.modules(&modules);
        for name in &self.args.bring {
            let paths = tree.modules(&kmods::resolve(self.kernel, &[name])?);
            tree.file(&format!("modules/{name}.order"), 0o644, paths.join("\n"));
        }
        tree.specs(&self.kernel.source)?;
        let (host_root, pty, stdin) = (self.host_root.is_some(), self.pty, self.stdin);
        // Under --icount the port has one direction only: what the host sends would come at any time.
        let bye = !self.args.icount;
        tree.job(&Job {
            modules,
            commands,
            host_root,
            pty,
            stdin,
            bye,
        })?;
        let file = std::fs::File::create(initrd)?;
        tree.write(std::io::BufWriter::new(file))
    }

    fn boot(&self, qemu: &qemu::Qemu<'_>, sink: &mut dyn Sink) -> Result<Outcome> {
        let cmd = qemu.cmd();
        if !self.quiet {
            ui::say(&format!("$ {}", cmd.line()));
        }
        let mut channel = channel::Channel::prepare(qemu)?;
        let start = Instant::now();
        let (mut child, console) = qemu.spawn(&cmd, self.args.console)?;
        let seconds = self.args.timeout * u64::from(self.kernel.slowness());
        let limit = Duration::from_secs(seconds);
        let record = Arc::new(Mutex::new(Record::default()));
        let end = channel.serve(
            &mut child,
            limit,
            self.stdin || self.pty.is_some(),
            |frame| {
                let mut record = record.lock().unwrap_or_else(PoisonError::into_inner);
                record.take(frame, sink, start)
            },
        )?;
        if end != End::Over {
            let _ = child.kill();
        }
        let status = child.wait().context("waiting for QEMU")?;
        let console = console.join().unwrap_or_default();
        let record = std::mem::take(&mut *record.lock().unwrap_or_else(PoisonError::into_inner));
        let log = self.keep_log(&console, &record.klog)?;
        let mut faults = verdict::scan(&console, &record.klog);
        faults.extend(
            record
                .failed
                .iter()
                .map(|why| format!("before the first command: {why}")),
        );
        if end == End::Late {
            faults.push(verdict::hang(seconds, record.started, &console));
        } else if end == End::Over
            && !(record.done && status.code() == Some(QEMU_EXIT))
            && faults.is_empty()
        {
            faults.push(verdict::incomplete(status, record.hello, &console));
        }
        if let (Some(boot), false) = (record.boot, self.quiet) {
            let (boot, total) = (boot.as_secs_f64(), start.elapsed().as_secs_f64());
            ui::say(&format!("guest: up in {boot:.1} s, off after {total:.1} s"));
        }
        Ok(Outcome {
            exits: record.exits,
            faults,
            log,
            left: end == End::Left,
            late: end == End::Late,
        })
    }

    fn keep_log(&self, console: &str, klog: &[u8]) -> Result<PathBuf> {
        let path = self.cache.logs().join("guest-kernel.log");
        let full = verdict::kmsg_text(klog);
        let text = if full.is_empty() {
            console.to_owned()
        } else {
            full
        };
        crate::cache::write_whole(&path, text.as_bytes())?;
        Ok(path)
    }
}

/// What the frames said.
#[derive(Debug, Default)]
struct Record {
    hello: bool,
    started: Option<u32>,
    exits: Vec<Exit>,
    failed: Option<String>,
    klog: Vec<u8>,
    done: bool,
    boot: Option<Duration>,
}

impl Record {
    /// True where something ended that has a time of its own.
    fn take(&mut self, frame: Frame, sink: &mut dyn Sink, start: Instant) -> bool {
        let ended = sink.ended();
        match frame {
            Frame::Hello(_) => {
                self.hello = true;
                self.boot = Some(start.elapsed());
            }
            Frame::Start(number) => {
                self.started = Some(number);
                sink.start(number);
                return true;
            }
            Frame::Stdout(data) => sink.stdout(&data),
            Frame::Stderr(data) => sink.stderr(&data),
            Frame::Exit(exit) => self.exits.push(exit),
            Frame::Failed(why) => self.failed = Some(why),
            Frame::Klog(data) => self.klog.extend_from_slice(&data),
            Frame::Done => self.done = true,
            Frame::Stdin(_) | Frame::StdinEof | Frame::Resize(_) | Frame::Bye => {}
        }
        sink.ended() > ended
    }
}
