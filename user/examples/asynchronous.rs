// SPDX-License-Identifier: MIT OR Apache-2.0
//! The same client for tasks on tokio. Any call may be cancelled, any dump left early.

use genlkit::client::AsyncClient;
use genlkit::nlctrl::{GetFamilies, GetFamily};

async fn run() -> Result<(), genlkit::Error> {
    let mut client = AsyncClient::open()?;
    let family = client.call(&GetFamily { name: "nlctrl" }).await?;
    println!("id {}", family.id.unwrap_or(0));
    let mut families = client.dump(&GetFamilies).await?;
    while let Some(family) = families.next().await? {
        println!("{}", family.name.unwrap_or_default());
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), genlkit::Error> {
    run().await
}
