//! Threads that move in step: a barrier that spins for a moment and then gives way, and partial scores
//! that all of them read.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

/// Looks at the barrier before the processor is offered to others.
const SPINS: u32 = 1_000;

/// What threads of one fit share.
pub(super) struct Team {
    threads: u64,
    /// Arrivals at the barrier so far, of all threads.
    arrived: AtomicU64,
    /// Whether a thread is gone, so that waiting for it has no end.
    broken: AtomicBool,
    /// The step at which all give up.
    stop_at: AtomicU64,
    /// Partial scores of two steps in turn: a thread may write the next ones while others still read.
    scores: [Vec<AtomicU32>; 2],
}

/// One thread's place in it; when it is dropped before the end, nobody waits for it.
pub(super) struct Member<'a> {
    team: &'a Team,
    step: u64,
    done: bool,
}

impl Team {
    /// A team of so many threads that share so many numbers a step.
    pub(super) fn new(threads: usize, numbers: usize) -> Self {
        let numbers = if threads > 1 { numbers } else { 0 };
        let scores = || (0..numbers).map(|_| AtomicU32::new(0)).collect();
        Self {
            threads: threads as u64,
            arrived: AtomicU64::new(0),
            broken: AtomicBool::new(false),
            stop_at: AtomicU64::new(u64::MAX),
            scores: [scores(), scores()],
        }
    }

    pub(super) fn member(&self) -> Member<'_> {
        Member { team: self, step: 0, done: false }
    }
}

impl Member<'_> {
    /// Shows the others the numbers of one's own ranges, waits for theirs, and fills in the rest.
    /// False when all are to give up: after this step where `stop` is set in any thread, or when
    /// a thread is gone.
    pub(super) fn exchange(
        &mut self,
        own: &[Range<usize>],
        numbers: &mut [f32],
        stop: bool,
    ) -> bool {
        let team = self.team;
        self.step += 1;
        if stop {
            team.stop_at.fetch_min(self.step, Ordering::Relaxed);
        }
        if team.threads > 1 {
            let shared = &team.scores[(self.step % 2) as usize];
            for range in own {
                let pairs = shared[range.clone()].iter().zip(&numbers[range.clone()]);
                pairs.for_each(|(to, x)| to.store(x.to_bits(), Ordering::Relaxed));
            }
            if !self.wait() {
                return false;
            }
            let mut next = 0;
            for range in own {
                fill(shared, next..range.start, numbers);
                next = range.end;
            }
            fill(shared, next..numbers.len(), numbers);
        }
        team.stop_at.load(Ordering::Relaxed) > self.step
    }

    /// Waits until every thread has come as far.
    fn wait(&self) -> bool {
        let team = self.team;
        let goal = self.step * team.threads;
        // What was stored before is seen by whoever finds the count at its goal.
        team.arrived.fetch_add(1, Ordering::AcqRel);
        let mut looks = 0;
        while team.arrived.load(Ordering::Acquire) < goal {
            if looks < SPINS {
                looks += 1;
                std::hint::spin_loop();
            } else if team.broken.load(Ordering::Relaxed) {
                return false;
            } else {
                std::thread::yield_now();
            }
        }
        true
    }

    /// The end of the work.
    pub(super) fn finish(mut self) {
        self.done = true;
    }
}

fn fill(shared: &[AtomicU32], range: Range<usize>, numbers: &mut [f32]) {
    let pairs = shared[range.clone()].iter().zip(&mut numbers[range]);
    pairs.for_each(|(from, x)| *x = f32::from_bits(from.load(Ordering::Relaxed)));
}

impl Drop for Member<'_> {
    fn drop(&mut self) {
        if !self.done {
            self.team.broken.store(true, Ordering::Relaxed);
        }
    }
}
