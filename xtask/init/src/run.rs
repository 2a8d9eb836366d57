// SPDX-License-Identifier: MIT OR Apache-2.0

//! Runs one command: its streams become frames, its orphans are reaped.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{self, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result};
use genlkit_init::job::Size;
use genlkit_init::{Command, Exit, Frame, Job};
use rustix::process::{Pid, WaitOptions, wait};
use rustix::pty::OpenptFlags;

use crate::mounts::{HOST, HOST_BIN};
use crate::port::{Input, Port};

/// Runs the command to its end, kills what it left behind, and returns how it ended.
///
/// # Errors
/// Only when the host cannot be reached; a command that does not start is an [`Exit`].
pub(crate) fn command(port: &Port, job: &Job, command: &Command, input: &Input) -> Result<Exit> {
    let started = match job.pty {
        Some(size) => on_terminal(port, job, command, size),
        None => on_pipes(port, job, command),
    };
    let Running {
        pid,
        outputs,
        stdin,
    } = match started {
        Ok(running) => running,
        Err(e) => return Ok(Exit::NotStarted(format!("{e:#}"))),
    };
    let done = Arc::new(AtomicBool::new(false));
    let exit = std::thread::scope(|scope| {
        if let (Some(input), Some(stdin)) = (input, stdin) {
            let done = Arc::clone(&done);
            scope.spawn(move || feed(input, stdin, &done, job.pty.is_some()));
        }
        let exit = reap_until(pid);
        done.store(true, Ordering::Relaxed);
        exit
    });
    // Whatever still runs belonged to this command; killing it also closes the write ends of our pipes.
    // SAFETY: kill(-1) takes no pointers; the kernel spares PID 1, which is us.
    unsafe { libc::kill(-1, libc::SIGKILL) };
    while let Ok(Some(_)) = wait(WaitOptions::empty()) {}
    for output in outputs {
        let _ = output.join();
    }
    Ok(exit)
}

struct Running {
    pid: Pid,
    outputs: Vec<JoinHandle<()>>,
    stdin: Option<File>,
}

fn on_pipes(port: &Port, job: &Job, command: &Command) -> Result<Running> {
    let mut child = program(job, command)?;
    child.stdin(if job.stdin {
        Stdio::piped()
    } else {
        Stdio::null()
    });
    child.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = child.spawn().with_context(|| missing(job, command))?;
    let pid = Pid::from_child(&child);
    let mut outputs = Vec::new();
    if let Some(out) = child.stdout.take() {
        outputs.push(forward(
            port.share(),
            File::from(OwnedFd::from(out)),
            Frame::Stdout,
        ));
    }
    if let Some(err) = child.stderr.take() {
        outputs.push(forward(
            port.share(),
            File::from(OwnedFd::from(err)),
            Frame::Stderr,
        ));
    }
    let stdin = child
        .stdin
        .take()
        .map(|pipe| File::from(OwnedFd::from(pipe)));
    Ok(Running {
        pid,
        outputs,
        stdin,
    })
}

fn on_terminal(port: &Port, job: &Job, command: &Command, size: Size) -> Result<Running> {
    let master = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).context("openpt")?;
    rustix::pty::grantpt(&master)?;
    rustix::pty::unlockpt(&master)?;
    let name = rustix::pty::ptsname(&master, Vec::new())?;
    let slave = rustix::fs::open(name, rustix::fs::OFlags::RDWR, rustix::fs::Mode::empty())?;
    resize(&master, size);
    let mut child = program(job, command)?;
    child
        .stdin(slave.try_clone()?)
        .stdout(slave.try_clone()?)
        .stderr(slave);
    // SAFETY: between fork and exec the closure makes two system calls and allocates nothing.
    unsafe {
        child.pre_exec(|| {
            rustix::process::setsid()?;
            rustix::process::ioctl_tiocsctty(rustix::stdio::stdin())?;
            Ok(())
        });
    }
    let started = child.spawn().with_context(|| missing(job, command))?;
    drop(child);
    let pid = Pid::from_child(&started);
    let output = forward(port.share(), File::from(master.try_clone()?), Frame::Stdout);
    Ok(Running {
        pid,
        outputs: vec![output],
        stdin: Some(File::from(master)),
    })
}

fn program(job: &Job, command: &Command) -> Result<process::Command> {
    let (name, args) = command.argv.split_first().context("an empty command")?;
    let mut child = process::Command::new(name);
    let path = if job.host_root {
        format!(
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:{HOST_BIN}:/run/genlkit/root"
        )
    } else {
        "/bin:/root".to_owned()
    };
    child
        .args(args)
        .env_clear()
        .env("PATH", path)
        .env("HOME", "/root")
        .env("TERM", "linux");
    child.envs(command.env.iter().map(|(k, v)| (k, v)));
    let dir = if command.dir.is_empty() {
        "/root"
    } else {
        &command.dir
    }
    .to_owned();
    let root = job.host_root.then_some(HOST);
    // SAFETY: between fork and exec the closure makes system calls only; the paths were allocated before.
    unsafe {
        child.pre_exec(move || {
            if let Some(root) = root {
                rustix::process::chroot(root)?;
            }
            if rustix::process::chdir(dir.as_str()).is_err() {
                rustix::process::chdir("/")?;
            }
            Ok(())
        });
    }
    Ok(child)
}

fn missing(job: &Job, command: &Command) -> String {
    let name = command.argv.first().map_or("", String::as_str);
    if job.host_root {
        format!("cannot run {name} of the host's root")
    } else {
        format!("cannot run {name} (is it in the guest? --add PATH, or --host-root)")
    }
}

fn forward(port: Port, mut from: File, frame: fn(Vec<u8>) -> Frame) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let mut buffer = vec![0; 32 << 10];
        loop {
            match from.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => {
                    if port.send(&frame(buffer[..n].to_vec())).is_err() {
                        break;
                    }
                }
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                // A terminal whose last user has gone reads as EIO.
                Err(_) => break,
            }
        }
    })
}

fn feed(
    input: &std::sync::Mutex<std::sync::mpsc::Receiver<Frame>>,
    stdin: File,
    done: &AtomicBool,
    terminal: bool,
) {
    let input = input.lock().unwrap_or_else(PoisonError::into_inner);
    let mut stdin = Some(stdin);
    while !done.load(Ordering::Relaxed) {
        let Ok(frame) = input.recv_timeout(Duration::from_millis(50)) else {
            continue;
        };
        match (frame, &mut stdin) {
            (Frame::Stdin(data), Some(out)) => {
                // A command that closed its standard input; a terminal comes back.
                let closed = out.write_all(&data).is_err() && !terminal;
                stdin = stdin.filter(|_| !closed);
            }
            (Frame::StdinEof, Some(out)) if terminal => {
                let _ = out.write_all(&[4]);
            }
            (Frame::StdinEof, _) => stdin = None,
            (Frame::Resize(size), Some(out)) => resize(out, size),
            _ => {}
        }
    }
}

fn resize(terminal: impl AsFd, size: Size) {
    let size = rustix::termios::Winsize {
        ws_row: size.rows,
        ws_col: size.cols,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    let _ = rustix::termios::tcsetwinsize(terminal, size);
}

/// PID 1 inherits every orphan; reap them all until the command itself ends.
fn reap_until(pid: Pid) -> Exit {
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((who, status))) if who == pid => {
                if let Some(code) = status.exit_status() {
                    return Exit::Code(code);
                }
                if let Some(signal) = status.terminating_signal() {
                    return Exit::Signal(signal);
                }
            }
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(e) => return Exit::NotStarted(format!("wait: {e}")),
        }
    }
}
