//! Run-time choice of the instruction set a kernel is compiled for.
//!
//! A kernel is a struct of its arguments with one `#[inline(always)]` method; [`dispatch`] compiles
//! that method once per [`Level`] and calls the best the machine has. A formula that uses only IEEE
//! operations and `mul_add`, in a fixed order, gives the same bits at every level.

use std::sync::atomic::{AtomicU8, Ordering};

/// An instruction set kernels are compiled for, from the one every machine has to the widest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Level {
    /// The target's baseline: SSE2 on x86-64, NEON on aarch64.
    Portable = 1,
    /// AVX2 and FMA.
    Avx2 = 2,
    /// AVX-512 F, BW, DQ and VL.
    Avx512 = 3,
}

/// A loop to be compiled for every [`Level`].
pub trait Kernel {
    /// What [`Kernel::run`] returns.
    type Output;
    /// Whether the loop gains from wide vectors; if not, it is not compiled for the widest. Fused
    /// multiply-adds, which the baseline calls a function for, all loops gain from.
    const WIDE: bool = true;
    /// The loop. Implementations are `#[inline(always)]`, and so is all they call: a function left
    /// out of line would be compiled for the baseline only.
    fn run(self) -> Self::Output;
}

static LEVEL: AtomicU8 = AtomicU8::new(0);

/// The environment variable that names the level to use: `portable`, `avx2` or `avx512`.
pub const VARIABLE: &str = "WENGERT_KERNELS";

/// The level in use: the best this machine has, unless [`VARIABLE`] names a lower one, or it was
/// [`force`]d lower.
///
/// # Panics
/// If the variable names no level, or one that this machine does not have.
#[inline]
pub fn level() -> Level {
    match LEVEL.load(Ordering::Relaxed) {
        1 => Level::Portable,
        2 => Level::Avx2,
        3 => Level::Avx512,
        _ => choose(),
    }
}

/// Uses `wanted` from now on in the whole process, or the best level below it that the machine
/// has; returns the level now in use. Tests compare levels with it.
pub fn force(wanted: Level) -> Level {
    let level = wanted.min(best());
    LEVEL.store(level as u8, Ordering::Relaxed);
    level
}

#[cold]
fn choose() -> Level {
    match wanted() {
        Ok(level) => force(level),
        Err(problem) => panic!("{problem}"),
    }
}

/// The level that [`VARIABLE`] names, or the best that this machine has.
///
/// # Errors
/// If it names no level, or one that the machine does not have: who asks for one wants no other.
pub fn wanted() -> Result<Level, String> {
    let Some(name) = std::env::var_os(VARIABLE) else {
        return Ok(best());
    };
    let level = match name.to_str() {
        Some("portable") => Level::Portable,
        Some("avx2") => Level::Avx2,
        Some("avx512") => Level::Avx512,
        _ => {
            let name = name.display();
            return Err(format!(
                "{VARIABLE}={name}: it can be portable, avx2 or avx512"
            ));
        }
    };
    match best() {
        best if level <= best => Ok(level),
        best => Err(format!(
            "{VARIABLE} asks for {level:?}, but this machine has {best:?} at best"
        )),
    }
}

#[cfg(target_arch = "x86_64")]
fn best() -> Level {
    let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
    let avx512 = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl");
    match (avx2, avx512) {
        (true, true) => Level::Avx512,
        (true, false) => Level::Avx2,
        _ => Level::Portable,
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn best() -> Level {
    Level::Portable
}

/// Runs `kernel` compiled for the current [`level`].
#[cfg(target_arch = "x86_64")]
#[inline]
pub fn dispatch<K: Kernel>(kernel: K) -> K::Output {
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
    fn avx512<K: Kernel>(kernel: K) -> K::Output {
        kernel.run()
    }
    #[target_feature(enable = "avx2,fma")]
    fn avx2<K: Kernel>(kernel: K) -> K::Output {
        kernel.run()
    }
    match level() {
        // SAFETY: `level` returns Avx512 only where the machine has these features.
        Level::Avx512 if K::WIDE => unsafe { avx512(kernel) },
        // SAFETY: `level` returns Avx2, or better, only where the machine has these features.
        Level::Avx512 | Level::Avx2 => unsafe { avx2(kernel) },
        Level::Portable => kernel.run(),
    }
}

/// Runs `kernel` compiled for the current [`level`].
#[cfg(not(target_arch = "x86_64"))]
#[inline]
pub fn dispatch<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}
