//! [`Job`]: the work of a client, and its measurement.

mod concurrency;
pub mod words;

use std::env;
use std::hint::black_box;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::{Builder, Runtime};

/// The work of a client. Each measuring method prints one figure.
pub struct Job {
    pub scenario: String,
    /// The URL of the server, without `/v1`.
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
            iterations: iterations.parse().expect("the number of iterations must be an integer"),
            runtime: Builder::new_current_thread().enable_all().build().unwrap(),
        }
    }

    /// Runs work that is not measured.
    pub fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Prints the nanoseconds of CPU time for each unit of the work, after a warm-up. The work checks its own result.
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

    /// Prints the nanoseconds of CPU time for each repetition of synchronous work.
    pub fn time_sync<T>(&self, mut work: impl FnMut() -> T) {
        self.time(1, async || drop(black_box(work())));
    }

    /// Prints the number of allocations of each step, after a warm-up of a fifth as many steps. Without the feature
    /// `count`, allocations are not counted.
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

    /// Reports that this client does not support the scenario.
    pub fn cannot(&self) {
        println!("-");
    }
}

/// Returns the CPU time of this process so far, including the kernel's.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
