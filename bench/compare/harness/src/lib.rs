//! [`Job`]: what a client is told to do, and what its work costs.

mod concurrency;
pub mod words;

use std::env;
use std::hint::black_box;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::{Builder, Runtime};

/// What a client is told to do. Each of its methods prints one figure.
pub struct Job {
    pub scenario: String,
    /// Where Claude is, without `/v1`.
    pub url: String,
    iterations: usize,
    runtime: Runtime,
}

impl Job {
    /// Reads the arguments: `scenario iterations url`.
    pub fn from_args() -> Self {
        let mut args = env::args().skip(1);
        let mut next = || args.next().expect("arguments: scenario iterations url");
        let (scenario, iterations, url) = (next(), next(), next());
        Self {
            scenario,
            url,
            iterations: iterations.parse().expect("iterations are a number"),
            runtime: Builder::new_current_thread().enable_all().build().unwrap(),
        }
    }

    /// Runs what is not measured.
    pub fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Nanoseconds of CPU time for each unit of the work, once it is warm. Its result is what it did: it must be right.
    pub fn time(&self, units: usize, mut work: impl AsyncFnMut()) {
        let warm_up = self.iterations / 5 + 1;
        let mut repeat = async |times| {
            for _ in 0..times {
                work().await;
            }
        };
        let spent = self.runtime.block_on(async {
            repeat(warm_up).await;
            let before = cpu_time();
            repeat(self.iterations).await;
            cpu_time() - before
        });
        println!("{:.1}", spent.as_nanos() as f64 / (self.iterations * units) as f64);
    }

    /// The same for work that waits for nothing.
    pub fn time_sync<T>(&self, mut work: impl FnMut() -> T) {
        self.time(1, async || drop(black_box(work())));
    }

    /// Allocations of each step, after a fifth as many to warm up. Programs that are built to be fast do not count.
    pub fn allocations(&self, mut step: impl AsyncFnMut()) {
        let mut steps = |times| {
            self.runtime.block_on(async {
                for _ in 0..times {
                    step().await;
                }
            });
        };
        steps(self.iterations / 5);
        #[cfg(feature = "count")]
        {
            let counted = allocation_counter::measure(|| steps(self.iterations));
            println!("{:.3}", counted.count_total as f64 / self.iterations as f64);
        }
        #[cfg(not(feature = "count"))]
        self.cannot();
    }

    /// Says that this client has no such thing.
    pub fn cannot(&self) {
        println!("-");
    }
}

/// What this process has used so far, in the kernel too.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
