//! [`Dice`]: random numbers that can be repeated.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Random numbers from a seed.
#[derive(Clone, Debug)]
pub struct Dice {
    state: u64,
}

impl Dice {
    /// Takes the seed from the environment variable `CLAUDETTE_SEED`, or from the clock, and prints it.
    pub fn from_env() -> Self {
        let given = std::env::var("CLAUDETTE_SEED").ok();
        let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().subsec_nanos().into();
        let seed = given.map_or_else(now, |seed| seed.parse().expect("CLAUDETTE_SEED is a number"));
        println!("CLAUDETTE_SEED={seed}");
        Self::new(seed)
    }

    /// Starts with a seed.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Returns a number below a limit that is not 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        // splitmix64
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }

    /// Returns a time up to a limit.
    pub fn up_to(&mut self, limit: Duration) -> Duration {
        let micros = u64::try_from(limit.as_micros()).unwrap_or(u64::MAX).max(1);
        Duration::from_micros(self.below(micros))
    }
}
