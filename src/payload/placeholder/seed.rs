//! The seed of all chance.

use rand::SeedableRng;
use rand::rngs::StdRng;

/// What decides all chance: the same seed, the same values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed([u8; 32]);

impl Seed {
    /// From a number that a user can type.
    pub fn of(number: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        Self(bytes)
    }

    /// The seed of the n-th delivery of a run; the first has the seed itself.
    #[must_use]
    pub fn nth(mut self, n: u64) -> Self {
        for (byte, add) in self.0[8..16].iter_mut().zip(n.to_le_bytes()) {
            *byte ^= add;
        }
        self
    }

    /// The seed of the n-th event within a delivery; the first has the delivery's own.
    #[must_use]
    pub fn within(mut self, n: u32) -> Self {
        for (byte, add) in self.0[16..20].iter_mut().zip(n.to_le_bytes()) {
            *byte ^= add;
        }
        self
    }

    /// The 32 bytes of it.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A generator that always gives the same for the same seed.
    pub fn chance(self) -> StdRng {
        StdRng::from_seed(self.0)
    }

    /// From 32 bytes of chance.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl Default for Seed {
    fn default() -> Self {
        Self::of(0)
    }
}
