// SPDX-License-Identifier: MIT OR Apache-2.0
//! User names by number.

use std::collections::HashMap;

/// How wide a name is printed at most, in characters.
const WIDTH: usize = 8;

/// Names of users that were looked up already.
#[derive(Debug, Default)]
pub(crate) struct Users(HashMap<u32, String>);

impl Users {
    /// The user's name, cut to [`WIDTH`] with a `+`; the number where there is none.
    pub(crate) fn name(&mut self, uid: u32) -> &str {
        self.0.entry(uid).or_insert_with(|| {
            let name = look_up(uid).unwrap_or_else(|| uid.to_string());
            match name.chars().count() {
                ..=WIDTH => name,
                _ => name.chars().take(WIDTH - 1).chain(['+']).collect(),
            }
        })
    }
}

/// Asks the system's name services.
#[cfg(not(target_feature = "crt-static"))]
fn look_up(uid: u32) -> Option<String> {
    Some(nix::unistd::User::from_uid(uid.into()).ok()??.name)
}

/// Reads the file: a static program cannot load the name services that the system may have beside.
#[cfg(target_feature = "crt-static")]
fn look_up(uid: u32) -> Option<String> {
    let passwd = std::fs::read_to_string("/etc/passwd").ok()?;
    let uid = uid.to_string();
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid).then(|| name.to_owned())
    })
}
