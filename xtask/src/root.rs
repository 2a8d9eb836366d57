// SPDX-License-Identifier: MIT OR Apache-2.0

//! The toolchain root: a Debian trixie tree with the compilers that the stock kernel was built with; and other roots.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::apt::{self, SUITE};
use crate::cache::{Cache, Key};
use crate::host::{self, KEYRING};
use crate::sh::Cmd;
use crate::ui::Step;

/// What the root holds; all of it is in trixie *main*.
const PACKAGES: &[&str] = &[
    // to build a kernel with Rust, and modules for it
    "make",
    "gcc",
    "libc6-dev",
    "rustc",
    "rust-src",
    "bindgen",
    "flex",
    "bison",
    "bc",
    "libelf-dev",
    "libssl-dev",
    "cpio",
    "xz-utils",
    "zstd",
    "kmod",
    "python3",
    "perl",
    "gawk",
    "dwarves",
    "rsync",
    // to lint the module, and for the debug kernel
    "rust-clippy",
    "rustfmt",
    "clang-19",
    "lld-19",
    "llvm-19",
    // the kernel tree's own YNL tools, which the tests compare with
    "python3-yaml",
    "python3-jsonschema",
    // the guest's shell
    "busybox-static",
];

/// Raise when the way the root is made changes.
const RECIPE: &str = "root 1";

/// The script that runs a command in the root.
const ENTER: &str = "enter";

/// A whole root.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Root {
    dir: PathBuf,
    cache: PathBuf,
    /// Every package of the root with its version: the identity of what it compiles.
    pub(crate) packages: Vec<String>,
}

impl Root {
    fn key(packages: &[&str]) -> Key {
        packages
            .iter()
            .fold(Key::new().with(RECIPE).with(SUITE), |key, p| key.with(p))
    }

    /// The toolchain root, if it has been made.
    pub(crate) fn existing(cache: &Cache) -> Option<Self> {
        Self::existing_of(cache, PACKAGES)
    }

    /// The root of these packages, if it has been made.
    pub(crate) fn existing_of(cache: &Cache, packages: &[&str]) -> Option<Self> {
        cache.entry("root", &Self::key(packages)).read()
    }

    /// The toolchain root, made if it is not there yet.
    pub(crate) fn get(cache: &Cache) -> Result<Self> {
        let root = Self::of(cache, "toolchain root", PACKAGES)?;
        root.write_enter()?;
        Ok(root)
    }

    /// A root with these packages, made by mmdebstrap from the machine's mirror if it is not there yet.
    pub(crate) fn of(cache: &Cache, what: &str, packages: &[&str]) -> Result<Self> {
        let entry = cache.entry("root", &Self::key(packages));
        entry.get_or_build(|new| {
            let step = cache.step(what);
            mmdebstrap(new, packages, &step)?;
            let list = fs::read_to_string(new.join("var/lib/dpkg/status"))
                .context("mmdebstrap left no package list")?;
            step.done();
            Ok(Self {
                dir: entry.dir(),
                cache: cache.root().to_owned(),
                packages: installed(&list),
            })
        })
    }

    /// A file of the root.
    pub(crate) fn path(&self, inside: &str) -> PathBuf {
        self.dir.join(inside)
    }

    /// What the root's compilers are, as a key for what they build.
    pub(crate) fn id(&self) -> Key {
        self.packages.iter().fold(Key::new(), |key, p| key.with(p))
    }

    /// A command line's start: `enter` followed by bubblewrap options and the command.
    pub(crate) fn enter(&self) -> Cmd {
        Cmd::new(self.enter_path())
    }

    fn enter_path(&self) -> PathBuf {
        self.dir.with_extension(ENTER)
    }

    /// The cache is writable inside at its own path, so that paths in messages and build products hold outside.
    fn write_enter(&self) -> Result<()> {
        let (root, cache) = (self.dir.display(), self.cache.display());
        let script = format!(
            "#!/bin/sh\n\
             # Runs a command in the toolchain root: {ENTER} [BUBBLEWRAP OPTION...] COMMAND [ARGUMENT...]\n\
             R='{root}'\n\
             exec bwrap --tmpfs / --ro-bind \"$R/usr\" /usr --ro-bind \"$R/etc\" /etc \\\n  \
             --symlink usr/bin /bin --symlink usr/sbin /sbin --symlink usr/lib /lib --symlink usr/lib64 /lib64 \\\n  \
             --ro-bind \"$R/var\" /var --proc /proc --dev /dev --tmpfs /tmp \\\n  \
             --bind '{cache}' '{cache}' --unshare-pid --die-with-parent \\\n  \
             --clearenv --setenv PATH /usr/sbin:/usr/bin --setenv HOME /tmp --setenv LC_ALL C.UTF-8 --chdir / \\\n  \
             \"$@\"\n"
        );
        executable(&self.enter_path(), &script)?;
        // Tests call it in their own directories, with files of theirs as arguments.
        let python = format!(
            "#!/bin/sh\n\
             # python3 of the toolchain root, in the current directory, with this machine's files beside it.\n\
             exec '{}' --bind /tmp /tmp --bind \"$PWD\" \"$PWD\" ${{GENLKIT_BIND:+--bind \"$GENLKIT_BIND\" \"$GENLKIT_BIND\"}} \\\n  \
             --setenv PYTHONDONTWRITEBYTECODE 1 --chdir \"$PWD\" python3 \"$@\"\n",
            self.enter_path().display()
        );
        executable(&self.python(), &python)
    }

    /// A script that runs the root's python3, which has the modules that the kernel's YNL tools need.
    pub(crate) fn python(&self) -> PathBuf {
        self.dir.with_extension("python3")
    }

    /// Runs a quick query in the root.
    pub(crate) fn query(&self, args: &[&str]) -> Result<String> {
        let cmd = self.enter().args(args);
        let hint = "bubblewrap cannot make its namespaces? As root: sysctl kernel.unprivileged_userns_clone=1";
        cmd.query()
            .with_context(|| format!("`{}` failed: {hint}", cmd.line()))
    }

    /// The text that `rustc --version` prints, which the kernel records in its configuration.
    pub(crate) fn rustc_version(&self) -> Result<String> {
        Ok(self.query(&["rustc", "--version"])?.trim().to_owned())
    }
}

/// Writes a script, unless it is there already.
fn executable(path: &Path, script: &str) -> Result<()> {
    if fs::read_to_string(path).is_ok_and(|old| old == script) {
        return Ok(());
    }
    let new = path.with_extension(format!("new.{}", std::process::id()));
    fs::write(&new, script)?;
    fs::set_permissions(&new, fs::Permissions::from_mode(0o755))?;
    fs::rename(new, path).with_context(|| format!("writing {}", path.display()))
}

fn mmdebstrap(new: &Path, packages: &[&str], step: &Step) -> Result<()> {
    let mirror = apt::mirror()?;
    let base = |cmd: Cmd, target: &Path| {
        cmd.args(["--variant=minbase", "--architectures=amd64"])
            .arg(format!("--include={}", packages.join(",")))
            .args(
                apt::acquire_options()
                    .iter()
                    .map(|o| format!("--aptopt={o}")),
            )
            .args([
                "--dpkgopt=path-exclude=/usr/share/doc/*",
                "--dpkgopt=path-exclude=/usr/share/man/*",
            ])
            .arg("--dpkgopt=force-unsafe-io")
            .arg(SUITE)
            .arg(target)
            .arg(format!("deb [signed-by={KEYRING}] {mirror} {SUITE} main"))
    };
    if host::is_root() || host::has_sudo() {
        host::as_root(base(
            Cmd::new("mmdebstrap")
                .arg("--mode=root")
                .arg("--format=directory"),
            new,
        ))?
        .run(step)
    } else {
        // Without root: as root of a user namespace, through a tar so that every file is the user's own.
        let pack = base(
            Cmd::new("mmdebstrap")
                .arg("--mode=unshare")
                .arg("--format=tar"),
            Path::new("-"),
        );
        let unpack = Cmd::new("tar")
            .args([
                "--extract",
                "--no-same-owner",
                "--exclude=./dev/*",
                "--directory",
            ])
            .arg(new);
        pipe(&pack, &unpack, step).context(
            "no root, no sudo, and mmdebstrap could not use a user namespace \
             (it needs the package uidmap and a range for you in /etc/subuid)",
        )
    }
}

/// Runs `from | to`.
pub(crate) fn pipe(from: &Cmd, to: &Cmd, step: &Step) -> Result<()> {
    step.command(&format!("{} | {}", from.line(), to.line()));
    let mut first = from.command();
    let first = first
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut first = first.spawn().with_context(|| from.line())?;
    let out = first.stdout.take().context("no pipe")?;
    let second = to
        .command()
        .stdin(out)
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn();
    let mut second = second.with_context(|| to.line())?;
    if let Some(err) = first.stderr.take() {
        for line in std::io::BufRead::lines(std::io::BufReader::new(err)).map_while(Result::ok) {
            step.line(&line);
        }
    }
    let (a, b) = (first.wait()?, second.wait()?);
    if !a.success() || !b.success() {
        bail!(
            "`{} | {}` failed ({a}, {b}):\n{}",
            from.line(),
            to.line(),
            step.tail()
        );
    }
    Ok(())
}

fn installed(status: &str) -> Vec<String> {
    let stanzas = status.split("\n\n");
    let field = |stanza: &str, key: &str| {
        stanza
            .lines()
            .find_map(|l| l.strip_prefix(key))
            .map(str::to_owned)
    };
    stanzas
        .filter_map(|s| {
            Some(format!(
                "{}={}",
                field(s, "Package: ")?,
                field(s, "Version: ")?
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn installed_packages_carry_their_versions() {
        let status =
            "Package: a\nStatus: install ok installed\nVersion: 1-2\n\nPackage: b\nVersion: 3\n";
        assert_eq!(super::installed(status), ["a=1-2", "b=3"]);
    }
}
