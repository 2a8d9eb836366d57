// SPDX-License-Identifier: MIT OR Apache-2.0
//! genetlink, on tokio or (argument `smol`) on smol.

mod taskstats;

use futures_util::StreamExt;
use genetlink::GenetlinkHandle;
use genlkit_bench::serve;
use netlink_packet_core::{
    Emitable, NLM_F_DUMP, NLM_F_REQUEST, NetlinkHeader, NetlinkMessage, NetlinkPayload,
    ParseableParametrized,
};
use netlink_packet_generic::ctrl::nlas::{GenlCtrlAttrs, McastGrpAttrs, OpAttrs};
use netlink_packet_generic::ctrl::{GenlCtrl, GenlCtrlCmd};
use netlink_packet_generic::{GenlFamily, GenlHeader, GenlMessage};
use netlink_proto::sys::SmolSocket;
use std::fmt::Debug;
use taskstats::TaskStats;

fn main() {
    if std::env::args().nth(1).as_deref() == Some("smol") {
        let executor = smol::LocalExecutor::new();
        let connection = genetlink::new_connection_with_socket::<SmolSocket>();
        let (connection, mut handle, _) = connection.expect("a socket");
        executor.spawn(connection).detach();
        serve(|task, count| smol::block_on(executor.run(run(&mut handle, task, count))));
    } else {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_all().build().expect("a runtime");
        let mut handle = runtime.block_on(async {
            let (connection, handle, _) = genetlink::new_connection().expect("a socket");
            tokio::spawn(connection);
            handle
        });
        serve(|task, count| runtime.block_on(run(&mut handle, task, count)));
    }
}

async fn run(handle: &mut GenetlinkHandle, task: &str, count: u64) -> Option<u64> {
    let mut sum = 0;
    for _ in 0..count {
        sum += match task {
            "call" => {
                let name = GenlCtrlAttrs::FamilyName("nlctrl".to_owned());
                ask(handle, 0, getfamily(vec![name]), family).await
            }
            "taskstats" => ask(handle, 0, TaskStats::get(), TaskStats::sum).await,
            "families" => ask(handle, NLM_F_DUMP, getfamily(Vec::new()), family).await,
            _ => return None,
        };
    }
    Some(sum)
}

async fn ask<F>(handle: &mut GenetlinkHandle, flags: u16, request: F, sum_of: fn(&F) -> u64) -> u64
where
    F: GenlFamily + Emitable + ParseableParametrized<[u8], GenlHeader> + Clone + Debug,
{
    let mut header = NetlinkHeader::default();
    header.flags = NLM_F_REQUEST | flags;
    let message = NetlinkMessage::new(header, GenlMessage::from_payload(request).into());
    let mut answers = handle.request(message).await.expect("it is sent");
    let mut sum = 0;
    while let Some(answer) = answers.next().await {
        match answer.expect("an answer").payload {
            NetlinkPayload::InnerMessage(message) => sum += sum_of(&message.payload),
            other => panic!("{other:?}"),
        }
    }
    sum
}

fn getfamily(nlas: Vec<GenlCtrlAttrs>) -> GenlCtrl {
    GenlCtrl {
        cmd: GenlCtrlCmd::GetFamily,
        nlas,
    }
}

fn family(family: &GenlCtrl) -> u64 {
    family.nlas.iter().map(attr).sum()
}

fn attr(attr: &GenlCtrlAttrs) -> u64 {
    match attr {
        GenlCtrlAttrs::FamilyId(id) => u64::from(*id),
        GenlCtrlAttrs::FamilyName(name) => name.len() as u64,
        GenlCtrlAttrs::Version(number)
        | GenlCtrlAttrs::HdrSize(number)
        | GenlCtrlAttrs::MaxAttr(number) => u64::from(*number),
        GenlCtrlAttrs::Ops(ops) => {
            let number = |attr: &OpAttrs| match attr {
                OpAttrs::Id(id) => u64::from(*id),
                OpAttrs::Flags(flags) => u64::from(flags & 1),
            };
            ops.iter().flatten().map(number).sum()
        }
        GenlCtrlAttrs::McastGroups(groups) => {
            let number = |attr: &McastGrpAttrs| match attr {
                McastGrpAttrs::Id(id) => u64::from(*id),
                McastGrpAttrs::Name(name) => name.len() as u64,
            };
            groups.iter().flatten().map(number).sum()
        }
        _ => 0,
    }
}
