// SPDX-License-Identifier: MIT OR Apache-2.0

//! A private apt state over the machine's own Debian mirror: the system's sources and lists stay as they are.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::cache::{Cache, write_whole};
use crate::debian::{self, Package};
use crate::host::KEYRING;
use crate::sh::Cmd;
use crate::ui::Step;

/// The suite of the toolchain root.
pub(crate) const SUITE: &str = "trixie";

/// The suite that brings the kernel.
pub(crate) const BACKPORTS: &str = "trixie-backports";

/// The private state in the cache.
pub(crate) struct Apt {
    conf: PathBuf,
}

impl Apt {
    /// Writes the configuration and fetches the package lists of both suites, signatures checked.
    pub(crate) fn update(cache: &Cache, step: &Step) -> Result<Self> {
        let dir = cache.root().join("apt");
        for sub in ["lists/partial", "archives/partial", "empty.d"] {
            fs::create_dir_all(dir.join(sub))?;
        }
        let mirror = mirror()?;
        let line = |suite| format!("deb [signed-by={KEYRING}] {mirror} {suite} main\n");
        write_whole(
            &dir.join("sources.list"),
            format!("{}{}", line(SUITE), line(BACKPORTS)).as_bytes(),
        )?;
        let conf = dir.join("apt.conf");
        write_whole(&conf, configuration(&dir).as_bytes())?;
        let apt = Self { conf };
        let fresh = apt.command("apt-get").args(["update", "--error-on=any"]);
        fresh.run(step).context(
            "the machine's mirror does not serve Debian trixie and trixie-backports: \
             name one that does with GENLKIT_MIRROR=URL",
        )?;
        Ok(apt)
    }

    /// The state as an earlier run left it.
    pub(crate) fn existing(cache: &Cache) -> Option<Self> {
        let conf = cache.root().join("apt/apt.conf");
        conf.exists().then_some(Self { conf })
    }

    fn command(&self, program: &str) -> Cmd {
        Cmd::new(program).env("APT_CONFIG", &self.conf)
    }

    /// Every package of both suites whose name starts with `linux-`, in its newest version.
    pub(crate) fn linux_packages(&self, step: &Step) -> Result<Vec<Package>> {
        let text = self.command("apt-cache").arg("dumpavail").output(step)?;
        Ok(debian::parse_packages(
            &String::from_utf8_lossy(&text),
            "linux-",
        ))
    }

    /// Whether the archive has a package of this name.
    pub(crate) fn has(&self, package: &str) -> bool {
        let show = self
            .command("apt-cache")
            .args(["show", "--no-all-versions"]);
        show.arg(package)
            .query()
            .is_some_and(|text| !text.is_empty())
    }

    /// Downloads one package into `dir` and returns its path; apt checks the hash.
    pub(crate) fn download(&self, package: &Package, dir: &Path, step: &Step) -> Result<PathBuf> {
        let path = dir.join(package.deb_name());
        if path.exists() {
            return Ok(path);
        }
        fs::create_dir_all(dir)?;
        let new = tempfile::Builder::new().prefix(".new-").tempdir_in(dir)?;
        self.command("apt-get")
            .args(["download", &format!("{}={}", package.name, package.version)])
            .dir(new.path())
            .run(step)
            .context("the archive has moved on? `cargo xtask kernel --update` looks again")?;
        let deb = fs::read_dir(new.path())?
            .flatten()
            .map(|e| e.path())
            .find(|p| p.extension().is_some_and(|e| e == "deb"));
        fs::rename(deb.context("apt-get download brought no file")?, &path)?;
        Ok(path)
    }
}

fn configuration(dir: &Path) -> String {
    let dir = dir.display();
    format!(
        "Dir::Etc::sourcelist \"{dir}/sources.list\";\n\
         Dir::Etc::sourceparts \"{dir}/empty.d\";\n\
         Dir::State::lists \"{dir}/lists\";\n\
         Dir::State::status \"/dev/null\";\n\
         Dir::Cache \"{dir}\";\n\
         Dir::Cache::archives \"{dir}/archives\";\n\
         Acquire::Languages \"none\";\n\
         Acquire::IndexTargets::deb::DEP-11::DefaultEnabled \"false\";\n\
         Acquire::Retries \"3\";\n\
         APT::Architecture \"amd64\";\n\
         APT::Architectures {{ \"amd64\"; }};\n\
         APT::Sandbox::User \"root\";\n"
    )
}

/// The mirror that the machine's own sources name, or `GENLKIT_MIRROR`.
pub(crate) fn mirror() -> Result<String> {
    if let Some(mirror) = std::env::var("GENLKIT_MIRROR")
        .ok()
        .filter(|m| !m.is_empty())
    {
        return Ok(mirror);
    }
    let mut texts = Vec::new();
    let parts = fs::read_dir("/etc/apt/sources.list.d")
        .into_iter()
        .flatten()
        .flatten();
    let mut paths: Vec<PathBuf> = parts.map(|e| e.path()).collect();
    paths.sort();
    for path in [PathBuf::from("/etc/apt/sources.list")]
        .into_iter()
        .chain(paths)
    {
        texts.push(fs::read_to_string(path).unwrap_or_default());
    }
    match debian::find_mirror(&texts) {
        Some(mirror) => Ok(mirror),
        None => bail!(
            "no Debian archive among the machine's apt sources: name a mirror with GENLKIT_MIRROR=URL"
        ),
    }
}

/// The host's transport settings (proxies, time-outs), as options for an apt elsewhere.
pub(crate) fn acquire_options() -> Vec<String> {
    let dump = Cmd::new("apt-config")
        .args(["dump", "Acquire"])
        .query()
        .unwrap_or_default();
    dump.lines()
        .filter(|l| !l.contains("\"\"") && (l.contains("Proxy") || l.contains("Check-")))
        .map(|l| l.to_owned())
        .collect()
}
