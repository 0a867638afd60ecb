//! How much is tried before a search gives up: counted in work, not in time, so that the result is the same on every
//! machine.

/// What a search may spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// Signatures that may be recomputed.
    pub recomputations: u64,
    /// Bytes that may be hashed; a document that has to be written anew counts as some more.
    pub bytes: u64,
}

impl Effort {
    /// About two seconds of one core at most.
    pub const USUAL: Self = Self { recomputations: 200_000, bytes: 1 << 30 };
    /// Everything there is to try.
    pub const THOROUGH: Self = Self { recomputations: u64::MAX, bytes: u64::MAX };
    /// A glance, for deliveries that are judged as they arrive.
    pub const BRIEF: Self = Self { recomputations: 5_000, bytes: 32 << 20 };
}

/// What is left of it.
#[derive(Debug)]
pub(super) struct Budget {
    left: Effort,
    tried: u64,
}

/// Why a search goes no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// Nothing is left to spend.
    RanOut,
    /// It is found out: two different changes do not lead to the same signature.
    Found,
}

impl Budget {
    pub(super) fn new(effort: Effort) -> Self {
        Self { left: effort, tried: 0 }
    }

    /// Pays for one recomputation over so many bytes that counts as `weight` ordinary ones.
    pub(super) fn spend(&mut self, bytes: usize, weight: u64) -> Result<(), Ended> {
        let bytes = bytes as u64;
        if self.left.recomputations < weight || self.left.bytes < bytes {
            return Err(Ended::RanOut);
        }
        self.left.recomputations -= weight;
        self.left.bytes -= bytes;
        self.tried += 1;
        Ok(())
    }

    /// Pays for a document that was written anew, which takes as long as hashing it so many times.
    pub(super) fn written(&mut self, bytes: usize) -> Result<(), Ended> {
        const AS_HASHED: u64 = 4;
        let left = self.left.bytes.checked_sub(AS_HASHED * bytes as u64).ok_or(Ended::RanOut)?;
        self.left.bytes = left;
        Ok(())
    }

    /// How many were tried.
    pub(super) fn tried(&self) -> u64 {
        self.tried
    }
}
