// SPDX-License-Identifier: MIT OR Apache-2.0
//! Lists the system's tasks: the snippet of the README.

fn main() -> Result<(), genlkit::Error> {
    use genlkit::client::Client;
    use genlkit::generated::taskdiag::{Group, TaskGetDump};

    let mut client = Client::open()?;
    let request = TaskGetDump::new().groups(Group::BASE | Group::CPU);
    let mut tasks = client.dump(&request)?;
    while let Some(task) = tasks.next()? {
        println!(
            "{} {}",
            task.pid.unwrap_or(0),
            task.comm.unwrap_or_default()
        );
    }
    Ok(())
}
