//! Registering 20,000 client-months, against a bare HTTP client that posts the same bodies.
//!
//! The other side is the practice service in this process, reached over loopback. The floor
//! writes nothing down, reads no verdict, and has as many batches on their way as we have. To
//! make the bodies is no part of either. A further run that finds everything as it left it is
//! set against the first, and against fetching the list of what is held without a look at it.

#![allow(clippy::print_stdout, reason = "a benchmark is there to print")]

mod support;

use std::time::Duration;

use criterion::{BatchSize, Criterion, SamplingMode, Throughput};
use rakuwing::jobs::send::End;

use support::ratio;
use support::registry::{Months, Registry};

const GROUP: &str = "registering";
const CLIENT_MONTHS: usize = 20_000;
/// What the template of the settings says, and more of it.
const AT_ONCE: [usize; 3] = [1, 2, 4];
const USUAL: usize = 2;

fn main() {
    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    let mut group = criterion.benchmark_group(GROUP);
    group.throughput(Throughput::Elements(CLIENT_MONTHS as u64));
    group.sampling_mode(SamplingMode::Flat);
    group.warm_up_time(Duration::from_millis(1));
    let months = Months::of(CLIENT_MONTHS);
    for parallel in AT_ONCE {
        group.bench_function(format!("floor-{parallel}"), |bencher| {
            bencher.iter_batched(
                || Registry::new(&months),
                |registry| {
                    registry.post_barely(&months, parallel);
                    registry
                },
                BatchSize::PerIteration,
            );
        });
        group.bench_function(format!("first-{parallel}"), |bencher| {
            bencher.iter_batched(
                || (Registry::new(&months), months.candidates()),
                |(mut registry, candidates)| {
                    let ends = registry.register(candidates, parallel);
                    assert_eq!(ends.len(), CLIENT_MONTHS);
                    assert!(ends.iter().all(|end| *end == End::Accepted));
                    registry
                },
                BatchSize::PerIteration,
            );
        });
    }
    let mut registered = Registry::new(&months);
    registered.register(months.candidates(), USUAL);
    group.bench_function("again", |bencher| {
        bencher.iter_batched(
            || months.candidates(),
            |candidates| assert_eq!(registered.register(candidates, USUAL), []),
            BatchSize::PerIteration,
        );
    });
    group.bench_function("list-floor", |bencher| {
        bencher.iter(|| assert!(registered.list_barely() > CLIENT_MONTHS));
    });
    group.finish();
    criterion.final_summary();

    for parallel in AT_ONCE {
        let names = [format!("first-{parallel}"), format!("floor-{parallel}")];
        // A throughput of at least 0.8 of the floor's.
        let limit = (parallel == USUAL).then_some(1.25);
        ratio::print(GROUP, &names[0], &names[1], limit);
    }
    let usual = format!("first-{USUAL}");
    for parallel in AT_ONCE.into_iter().filter(|parallel| *parallel != USUAL) {
        ratio::print(GROUP, &format!("first-{parallel}"), &usual, None);
    }
    // It asks for versions, and for no contents.
    ratio::print(GROUP, "again", "list-floor", None);
    ratio::print(GROUP, "again", &usual, Some(0.1));
}
