// SPDX-License-Identifier: MIT OR Apache-2.0
//! What was sent once is sent again without an allocation: calls, batches, dumps and their entries.

use allocation_counter::measure;
use genlkit::Error;
use genlkit::client::{Client, Raw};
use genlkit::nlctrl::{GetFamilies, GetFamily};
use genlkit::transport::{Options, Socket};
use genlkit::wire::flags;

const RTM_GETLINK: u16 = 18;

const NLCTRL: GetFamily<'_> = GetFamily { name: "nlctrl" };

fn call(client: &mut Client) {
    let family = client.call(&NLCTRL).unwrap();
    assert!(family.ops.map(Result::unwrap).all(|op| op.id.is_some()));
}

fn batch(client: &mut Client) {
    let mut answers = client.batch([NLCTRL; 40]);
    while let Some(family) = answers.next() {
        assert!(family.unwrap().id.is_some());
    }
}

fn dump(client: &mut Client) {
    let mut families = client.dump(&GetFamilies).unwrap();
    while let Some(family) = families.next().unwrap() {
        assert!(
            family
                .groups
                .map(Result::unwrap)
                .all(|group| group.name.is_some())
        );
    }
}

fn dump_to_a_function(client: &mut Client) {
    let mut families = client.dump(&GetFamilies).unwrap();
    let ended = families.try_for_each(|family| {
        assert!(family.id.is_some());
        Ok::<_, Error>(())
    });
    ended.unwrap();
}

#[test]
fn a_warm_call_batch_or_dump_allocates_nothing() {
    let mut client = Client::open().unwrap();
    for (name, run) in [
        ("call", call as fn(&mut Client)),
        ("batch", batch),
        ("dump", dump),
        ("dump to a function", dump_to_a_function),
    ] {
        run(&mut client);
        let counted = measure(|| (0..10).for_each(|_| run(&mut client)));
        assert_eq!(counted.count_total, 0, "{name}");
    }
}

fn links(client: &mut Client) -> Raw<'_, Socket> {
    let links = client.raw(RTM_GETLINK, flags::DUMP, |to| to.bytes(&[0; 16]));
    links.unwrap()
}

fn raw_dump(client: &mut Client) {
    let mut links = links(client);
    assert!(links.next().unwrap().is_some());
    while links.next().unwrap().is_some() {}
}

fn raw_dump_to_a_function(client: &mut Client) {
    let mut seen = 0;
    let ended = links(client).try_for_each(|_| {
        seen += 1;
        Ok::<_, Error>(())
    });
    ended.unwrap();
    assert!(seen > 0);
}

#[test]
fn a_warm_raw_dump_allocates_nothing() {
    let mut client = Client::open_with(&Options::new().protocol(0)).unwrap();
    for (name, run) in [
        ("one at a time", raw_dump as fn(&mut Client)),
        ("to a function", raw_dump_to_a_function),
    ] {
        run(&mut client);
        let counted = measure(|| (0..10).for_each(|_| run(&mut client)));
        assert_eq!(counted.count_total, 0, "{name}");
    }
}

/// What an asynchronous client does, again and again: on a runtime of this thread alone, whose allocations
/// are counted with its.
#[cfg(feature = "tokio")]
mod on_tokio {
    use super::{NLCTRL, RTM_GETLINK};
    use allocation_counter::measure;
    use genlkit::Error;
    use genlkit::client::AsyncClient;
    use genlkit::nlctrl::GetFamilies;
    use genlkit::transport::{Options, TokioSocket};
    use genlkit::wire::{flags, kind};
    use std::time::Duration;

    type Client = AsyncClient<TokioSocket>;

    /// Runs something until all that is kept is there, then counts.
    fn count(options: &Options, mut run: impl AsyncFnMut(&mut Client) -> Result<(), Error>) -> u64 {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_all().build().unwrap();
        let mut client = runtime.block_on(async { Client::open_with(options).unwrap() });
        runtime.block_on(run(&mut client)).unwrap();
        let again = || (0..10).for_each(|_| runtime.block_on(run(&mut client)).unwrap());
        measure(again).count_total
    }

    #[test]
    fn a_warm_call_batch_or_dump_on_tokio_allocates_nothing() {
        let options = Options::new();
        let call = count(&options, async |client| {
            assert!(client.call(&NLCTRL).await?.id.is_some());
            Ok(())
        });
        let batch = count(&options, async |client| {
            let mut answers = client.batch([NLCTRL; 40]);
            while let Some(family) = answers.next().await {
                assert!(family?.id.is_some());
            }
            Ok(())
        });
        let dump = count(&options, async |client| {
            let mut families = client.dump(&GetFamilies).await?;
            while let Some(family) = families.next().await? {
                assert!(family.id.is_some());
            }
            Ok(())
        });
        let dump_to_a_function = count(&options, async |client| {
            let mut families = client.dump(&GetFamilies).await?;
            let all = families.try_for_each(|family| {
                assert!(family.id.is_some());
                Ok(())
            });
            all.await
        });
        assert_eq!([call, batch, dump, dump_to_a_function], [0; 4]);
    }

    #[test]
    fn a_warm_raw_dump_on_tokio_allocates_nothing() {
        let options = Options::new().protocol(0);
        let dump = count(&options, async |client| {
            let mut links = client.raw(RTM_GETLINK, flags::DUMP, |to| to.bytes(&[0; 16]))?;
            while links.next().await?.is_some() {}
            Ok(())
        });
        let dump_to_a_function = count(&options, async |client| {
            let mut links = client.raw(RTM_GETLINK, flags::DUMP, |to| to.bytes(&[0; 16]))?;
            links.try_for_each(|_| Ok(())).await
        });
        assert_eq!([dump, dump_to_a_function], [0; 2]);
    }

    #[test]
    fn a_warm_wait_on_tokio_allocates_nothing() {
        let waits = count(&Options::new(), async |client| {
            client.set_timeout(Some(Duration::from_secs(60)));
            // The kernel answers no message of this type.
            let mut silence = client.raw(kind::NOOP, 0, |_| {})?;
            let wait = tokio::time::timeout(Duration::from_millis(1), silence.next());
            assert!(wait.await.is_err());
            Ok(())
        });
        assert_eq!(waits, 0);
    }
}

#[test]
fn what_is_counted_is_counted() {
    assert_eq!(measure(|| drop(Box::new([0_u8; 64]))).count_total, 1);
}
