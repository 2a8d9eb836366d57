// SPDX-License-Identifier: MIT OR Apache-2.0

//! Loads and unloads our modules.

use crate::pace::seconds;
use nix::{
    errno::Errno,
    kmod::{DeleteModuleFlags, ModuleInitFlags, delete_module, finit_module},
};
use std::{
    env,
    ffi::CString,
    fs::File,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

/// One of our modules; loaded when dropped, whatever a test's end is.
#[derive(Debug)]
pub struct Module(&'static str);

impl Module {
    /// The module of a name.
    pub fn named(name: &'static str) -> Self {
        Self(name)
    }

    /// Its file.
    ///
    /// # Panics
    ///
    /// Outside of the guest.
    pub fn file(&self) -> File {
        let modules = env::var_os("GENLKIT_MODULES").expect("where the modules are");
        let path = PathBuf::from(modules).join(format!("{}.ko", self.0));
        File::open(path).expect("the module")
    }

    /// Loads it; that it is loaded is no error.
    ///
    /// # Panics
    ///
    /// If the kernel refuses it.
    pub fn load(&self) {
        match Self::insert(&self.file()) {
            Ok(()) | Err(Errno::EEXIST) => {}
            Err(errno) => panic!("loading {}: {errno}", self.0),
        }
    }

    /// Loads a file.
    ///
    /// # Errors
    ///
    /// What the kernel refuses it with.
    pub fn insert(file: &File) -> Result<(), Errno> {
        finit_module(file, c"", ModuleInitFlags::empty())
    }

    /// Unloads it.
    ///
    /// # Errors
    ///
    /// `EWOULDBLOCK` where something holds it.
    pub fn unload(&self) -> Result<(), Errno> {
        let name = CString::new(self.0).expect("a name");
        delete_module(&name, DeleteModuleFlags::O_NONBLOCK)
    }

    /// Unloads it as soon as what holds it lets go.
    ///
    /// # Panics
    ///
    /// If nothing does for a while.
    pub fn unload_soon(&self) {
        let deadline = Instant::now() + seconds(10);
        while Instant::now() < deadline {
            match self.unload() {
                Ok(()) => return,
                Err(Errno::EWOULDBLOCK) => thread::sleep(Duration::from_millis(2)),
                Err(errno) => panic!("unloading {}: {errno}", self.0),
            }
        }
        panic!("something holds {}", self.0);
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        self.load();
    }
}
