// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ours, on tokio.
#![cfg_attr(all(not(test), target_env = "gnu"), no_main)]

use genlkit::client::AsyncClient;
use genlkit::nlctrl::{GetFamilies, GetFamily};
use genlkit::transport::TokioSocket;
use genlkit_bench::taskstats::{self, Get};
use genlkit_bench::{BATCH, families, serve};

type Client = AsyncClient<TokioSocket>;

const NLCTRL: GetFamily<'_> = GetFamily { name: "nlctrl" };

genlkit::entry!(run);

fn run() -> u8 {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().build().expect("a runtime");
    let mut client = runtime.block_on(async { Client::open().expect("a socket") });
    serve(|task, count| {
        runtime.block_on(async {
            let mut sum = 0;
            match task {
                "call" => {
                    for _ in 0..count {
                        let family = client.call(&NLCTRL).await.expect("a reply");
                        sum += families::family(&family).expect("a family");
                    }
                }
                "taskstats" => {
                    let request = Get {
                        pid: taskstats::PID,
                    };
                    for _ in 0..count {
                        sum += client.call(&request).await.expect("a reply").sum();
                    }
                }
                "batch" => {
                    for _ in 0..count / BATCH {
                        sum += batch(&mut client).await;
                    }
                }
                "families" => {
                    for _ in 0..count {
                        sum += dump(&mut client).await;
                    }
                }
                _ => return None,
            }
            Some(sum)
        })
    });
    0
}

async fn batch(client: &mut Client) -> u64 {
    let mut answers = client.batch((0..BATCH).map(|_| NLCTRL));
    let mut sum = 0;
    while let Some(family) = answers.next().await {
        sum += families::family(&family.expect("a reply")).expect("a family");
    }
    sum
}

async fn dump(client: &mut Client) -> u64 {
    let mut dump = client.dump(&GetFamilies).await.expect("a dump");
    let mut sum = 0;
    let outcome = dump.try_for_each(|family| {
        sum += families::family(family).expect("a family");
        Ok::<_, genlkit::Error>(())
    });
    outcome.await.expect("a whole dump");
    sum
}
