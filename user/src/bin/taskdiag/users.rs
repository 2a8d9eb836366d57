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
            let name = name(uid).unwrap_or_else(|| uid.to_string());
            match name.chars().count() {
                ..=WIDTH => name,
                _ => name.chars().take(WIDTH - 1).chain(['+']).collect(),
            }
        })
    }
}

/// Asks the system's name services.
#[cfg(not(target_feature = "crt-static"))]
fn name(uid: u32) -> Option<String> {
    Some(nix::unistd::User::from_uid(uid.into()).ok()??.name)
}

/// The number of the user of a name.
#[cfg(not(target_feature = "crt-static"))]
pub(crate) fn uid(name: &str) -> Option<u32> {
    Some(nix::unistd::User::from_name(name).ok()??.uid.as_raw())
}

/// Reads the file: a static program cannot load the name services that the system may have beside.
#[cfg(target_feature = "crt-static")]
fn name(uid: u32) -> Option<String> {
    let uid = uid.to_string();
    find(|_, known| known == uid).map(|(name, _)| name)
}

/// The number of the user of a name.
#[cfg(target_feature = "crt-static")]
pub(crate) fn uid(name: &str) -> Option<u32> {
    find(|known, _| known == name)?.1.parse().ok()
}

/// The name and the number of the first user that fits.
#[cfg(target_feature = "crt-static")]
fn find(fits: impl Fn(&str, &str) -> bool) -> Option<(String, String)> {
    let passwd = std::fs::read_to_string("/etc/passwd").ok()?;
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, uid) = (fields.next()?, fields.nth(1)?);
        fits(name, uid).then(|| (name.to_owned(), uid.to_owned()))
    })
}
