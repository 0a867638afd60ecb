//! Waking up at the very moment a request is due.
//!
//! The wait of an event loop is as coarse as its clock ticks: a millisecond on Linux, which is longer than a fast receiver takes
//! to answer. There a timer of its own wakes the loop; elsewhere the loop's wait is fine enough. An alarm is the same for tasks.

use std::io;
use std::time::Duration;

use mio::{Registry, Token};

#[cfg(target_os = "linux")]
pub(super) use linux::{Alarm, Timer};
#[cfg(not(target_os = "linux"))]
pub(super) use portable::{Alarm, Timer};

#[cfg(target_os = "linux")]
mod linux {
    use std::os::fd::{AsRawFd, OwnedFd};

    use mio::Interest;
    use mio::unix::SourceFd;
    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
    };
    use tokio::io::unix::AsyncFd;

    use super::{Duration, Registry, Token, io};

    /// A timer of the system that an event loop can wait for.
    pub(in crate::load) struct Timer(OwnedFd);

    impl Timer {
        /// A timer that tells by this token.
        pub(in crate::load) fn new(registry: &Registry, token: Token) -> io::Result<Self> {
            let timer = Self::alone()?;
            registry.register(&mut SourceFd(&timer.0.as_raw_fd()), token, Interest::READABLE)?;
            Ok(timer)
        }

        /// A timer that nobody waits for yet.
        fn alone() -> io::Result<Self> {
            let flags = TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK;
            Ok(Self(timerfd_create(TimerfdClockId::Monotonic, flags)?))
        }

        /// Wakes the loop after that time.
        pub(in crate::load) fn arm(&self, after: Duration) -> io::Result<()> {
            // Nothing at all would switch it off.
            let after = after.max(Duration::from_nanos(1));
            let value = Timespec {
                tv_sec: i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
                tv_nsec: after.subsec_nanos().into(),
            };
            let once = Itimerspec { it_interval: Timespec { tv_sec: 0, tv_nsec: 0 }, it_value: value };
            // It need not be read: setting it anew forgets that it went off.
            timerfd_settime(&self.0, TimerfdTimerFlags::empty(), &once)?;
            Ok(())
        }

        /// The wait that is left to the event loop itself.
        pub(in crate::load) fn wait(_until: Duration, longest: Duration) -> Duration {
            longest
        }
    }

    /// A timer that a task can wait for.
    pub(in crate::load) struct Alarm(AsyncFd<Timer>);

    impl Alarm {
        /// An alarm on the runtime that this is called on.
        #[expect(
            deprecated,
            reason = "its successor is unsafe, for descriptors that change; a timer owns one and keeps it"
        )]
        pub(in crate::load) fn new() -> io::Result<Self> {
            Ok(Self(AsyncFd::with_interest(Timer::alone()?, tokio::io::Interest::READABLE)?))
        }

        /// Waits for that time. It may come back early: whoever waits looks at the clock again.
        pub(in crate::load) async fn after(&mut self, wait: Duration) -> io::Result<()> {
            if wait.is_zero() {
                tokio::task::yield_now().await;
                return Ok(());
            }
            self.0.get_ref().arm(wait)?;
            self.0.readable().await?.clear_ready();
            Ok(())
        }
    }

    impl AsRawFd for Timer {
        fn as_raw_fd(&self) -> std::os::fd::RawFd {
            self.0.as_raw_fd()
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod portable {
    use super::{Duration, Registry, Token, io};

    /// No timer: the event loop's own wait is fine enough.
    pub(in crate::load) struct Timer;

    impl Timer {
        /// Nothing to set up.
        pub(in crate::load) fn new(_: &Registry, _: Token) -> io::Result<Self> {
            Ok(Self)
        }

        /// Nothing to set.
        pub(in crate::load) fn arm(&self, _: Duration) -> io::Result<()> {
            Ok(())
        }

        /// The wait that is left to the event loop itself.
        pub(in crate::load) fn wait(until: Duration, longest: Duration) -> Duration {
            until.min(longest)
        }
    }

    /// The runtime's own wait, which is as fine as its timers.
    pub(in crate::load) struct Alarm;

    impl Alarm {
        /// Nothing to set up.
        pub(in crate::load) fn new() -> io::Result<Self> {
            Ok(Self)
        }

        /// Waits for that time.
        pub(in crate::load) async fn after(&mut self, wait: Duration) -> io::Result<()> {
            tokio::time::sleep(wait).await;
            Ok(())
        }
    }
}
