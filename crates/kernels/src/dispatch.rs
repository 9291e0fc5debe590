//! Chooses the widest compiled form of a kernel that the processor can run.

use std::sync::OnceLock;

/// How wide the processor's vectors are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// 512-bit vectors.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// 256-bit vectors.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// What the target guarantees.
    Baseline,
}

static LEVEL: OnceLock<Level> = OnceLock::new();

pub(crate) fn level() -> Level {
    *LEVEL.get_or_init(|| {
        #[cfg(target_arch = "x86_64")]
        for level in [Level::Avx512, Level::Avx2] {
            if has(level) {
                return level;
            }
        }
        Level::Baseline
    })
}

/// Whether the processor can run a form.
fn has(level: Level) -> bool {
    match level {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => {
            is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
        }
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => is_x86_feature_detected!("avx2"),
        Level::Baseline => true,
    }
}

/// Lets kernels use a narrower instruction set (`avx512`, `avx2` or `baseline`) than the widest that
/// the processor has. It is chosen once in a program, before the first kernel runs; false where it
/// is chosen already and another, or the processor does not have it.
///
/// ```
/// assert!(!linecall_kernels::use_instruction_set("mmx"));
/// assert!(linecall_kernels::use_instruction_set("baseline"));
/// assert_eq!(linecall_kernels::instruction_set(), "baseline");
/// ```
pub fn use_instruction_set(name: &str) -> bool {
    let wanted = match name {
        #[cfg(target_arch = "x86_64")]
        "avx512" => Level::Avx512,
        #[cfg(target_arch = "x86_64")]
        "avx2" => Level::Avx2,
        "baseline" => Level::Baseline,
        _ => return false,
    };
    has(wanted) && *LEVEL.get_or_init(|| wanted) == wanted
}

/// Name of the instruction set in use: `avx512`, `avx2` or `baseline`.
pub fn instruction_set() -> &'static str {
    match level() {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => "avx512",
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => "avx2",
        Level::Baseline => "baseline",
    }
}

/// Defines a public function that runs an `#[inline(always)]` body compiled for each level.
macro_rules! dispatched {
    ($(#[$meta:meta])* pub fn $name:ident $(<$g:ident : $bound:path>)? ($($arg:ident : $ty:ty),* $(,)?) $(-> $ret:ty)? = $body:path;) => {
        $(#[$meta])*
        #[allow(unsafe_code)]
        pub fn $name $(<$g: $bound>)? ($($arg: $ty),*) $(-> $ret)? {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx2,fma")]
                fn avx512 $(<$g: $bound>)? ($($arg: $ty),*) $(-> $ret)? { $body($($arg),*) }
                #[target_feature(enable = "avx2")]
                fn avx2 $(<$g: $bound>)? ($($arg: $ty),*) $(-> $ret)? { $body($($arg),*) }
                match $crate::dispatch::level() {
                    // SAFETY: `level` returned this value only after it found the features.
                    $crate::dispatch::Level::Avx512 => return unsafe { avx512($($arg),*) },
                    // SAFETY: as above.
                    $crate::dispatch::Level::Avx2 => return unsafe { avx2($($arg),*) },
                    $crate::dispatch::Level::Baseline => {}
                }
            }
            $body($($arg),*)
        }
    };
}
pub(crate) use dispatched;
