// SPDX-License-Identifier: MIT OR Apache-2.0
//! What was sent once is sent again without an allocation: calls, batches, dumps and their entries.

use allocation_counter::measure;
use genlkit::client::Client;
use genlkit::nlctrl::{GetFamilies, GetFamily};
use genlkit::transport::Options;
use genlkit::wire::flags;

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
        Ok::<_, genlkit::Error>(())
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

#[test]
fn a_warm_raw_dump_allocates_nothing() {
    const RTM_GETLINK: u16 = 18;
    let mut client = Client::open_with(&Options::new().protocol(0)).unwrap();
    let mut run = || {
        let mut links = client
            .raw(RTM_GETLINK, flags::DUMP, |to| to.bytes(&[0; 16]))
            .unwrap();
        while links.next().unwrap().is_some() {}
    };
    run();
    assert_eq!(measure(run).count_total, 0);
}

#[test]
fn what_is_counted_is_counted() {
    assert_eq!(measure(|| drop(Box::new([0_u8; 64]))).count_total, 1);
}
