// SPDX-License-Identifier: MIT OR Apache-2.0

//! Who is measured, and how each is built: in Rust by cargo, in C with the packages that it needs.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::cache::{Cache, Key};
use crate::guest::executables;
use crate::kernel::source::find;
use crate::sh::Cmd;
use crate::ui::Step;

/// A program that does the tasks.
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    pub(crate) program: PathBuf,
    argument: Option<&'static str>,
}

/// The contenders, and who is not among them.
pub(crate) struct Contenders {
    /// The program that has them take turns.
    pub(crate) rounds: PathBuf,
    /// The first is the floor.
    pub(crate) all: Vec<Contender>,
    /// Names, and why they are not there.
    pub(crate) missing: Vec<(&'static str, String)>,
}

/// Contenders in Rust: name, program of `tests/bench`, and its argument.
const RUST: &[(&str, &str, Option<&str>)] = &[
    ("genlkit", "genlkit", None),
    ("genlkit, tokio", "genlkit_tokio", None),
    ("neli, socket handle", "neli", Some("handle")),
    ("neli, router", "neli", Some("router")),
    ("genetlink, tokio", "genetlink", None),
];

/// A library in C, by the packages of this machine's own Debian release.
struct Library {
    name: &'static str,
    packages: &'static [&'static str],
    /// What is linked, by the starts of the files' names.
    linked: &'static [&'static str],
}

const LIBRARIES: &[Library] = &[
    Library {
        name: "libmnl",
        packages: &["libmnl-dev", "libmnl0"],
        linked: &["libmnl.so.0."],
    },
    Library {
        name: "libnl",
        packages: &[
            "libnl-3-dev",
            "libnl-3-200",
            "libnl-genl-3-dev",
            "libnl-genl-3-200",
        ],
        linked: &["libnl-genl-3.so.200.", "libnl-3.so.200."],
    },
];

impl Contenders {
    pub(crate) fn build(cache: &Cache, checkout: &Path, step: &Step) -> Result<Self> {
        let room = checkout.join("tests/bench");
        // Linked statically and to fixed addresses, as the floor is, so that what starts is the program
        // and nothing else.
        let programs = executables(
            &Cmd::new("cargo")
                .args(["build", "--release", "--bins", "--message-format=json"])
                .args(["--target", "x86_64-unknown-linux-gnu", "--manifest-path"])
                .arg(room.join("Cargo.toml"))
                .env(
                    "RUSTFLAGS",
                    "-C target-feature=+crt-static -C relocation-model=static",
                )
                .lines(step)?,
        );
        let rust = |name: &str| {
            let found = programs.iter().find(|program| program.name == name);
            found
                .map(|program| program.path.clone())
                .with_context(|| format!("cargo built no {name}"))
        };
        let built = cache.root().join("out/bench");
        std::fs::create_dir_all(&built)?;
        let compile = |name: &str, more: &[String]| {
            let program = built.join(name);
            Cmd::new("cc")
                .args(["-O2", "-o"])
                .arg(&program)
                .arg(room.join("c").join(format!("{name}.c")))
                .args(more)
                .run(step)?;
            anyhow::Ok(program)
        };
        let floor = compile("floor", &["-static".to_owned(), "-DSTATIC".to_owned()])?;
        let contender = |name, program, argument| Contender {
            name,
            program,
            argument,
        };
        let mut all = vec![contender("floor, C", floor, None)];
        for &(name, program, argument) in RUST {
            all.push(contender(name, rust(program)?, argument));
        }
        let mut missing = Vec::new();
        for library in LIBRARIES {
            let program = unpacked(cache, library, step)
                .and_then(|dir| compile(library.name, &library.flags(&dir)?));
            match program {
                Ok(program) => all.push(contender(library.name, program, None)),
                Err(error) => missing.push((library.name, format!("{error:#}"))),
            }
        }
        let rounds = rust("rounds")?;
        Ok(Self {
            rounds,
            all,
            missing,
        })
    }

    /// What the program that has them take turns is told.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = String> {
        self.all.iter().enumerate().map(|(number, contender)| {
            let argument = contender
                .argument
                .map_or(String::new(), |word| format!(" {word}"));
            format!("{number}={}{argument}", contender.program.display())
        })
    }
}

impl Library {
    /// How a program that uses it is compiled.
    fn flags(&self, dir: &Path) -> Result<Vec<String>> {
        let include = dir.join("usr/include").display().to_string();
        let mut flags = vec![format!("-I{include}"), format!("-I{include}/libnl3")];
        for start in self.linked {
            let file = find(dir, |name| name.starts_with(start))
                .with_context(|| format!("the packages hold no {start}*"))?;
            let of = file.parent().map(Path::display);
            flags.extend(of.map(|of| format!("-Wl,-rpath,{of}")));
            flags.push(file.display().to_string());
        }
        Ok(flags)
    }
}

/// The library's packages, unpacked in the cache; the machine stays as it is.
fn unpacked(cache: &Cache, library: &Library, step: &Step) -> Result<PathBuf> {
    let mut key = Key::new().with("bench library 1");
    for package in library.packages {
        key = key.with(package);
    }
    let entry = cache.entry("bench", &key);
    entry.get_or_build(|new| {
        let debs = tempfile::tempdir_in(cache.root())?;
        Cmd::new("apt-get")
            .arg("download")
            .args(library.packages)
            .dir(debs.path())
            .run(step)?;
        for deb in std::fs::read_dir(debs.path())? {
            Cmd::new("dpkg-deb")
                .arg("-x")
                .arg(deb?.path())
                .arg(new)
                .run(step)?;
        }
        Ok(library.name.to_owned())
    })?;
    Ok(entry.dir())
}
