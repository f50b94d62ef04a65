//! The comparisons of one case.

use wengert_kernels::Dual;

use super::difference::differentiate;
use super::report::{Place, Reason, Residuals, Test, Verdict};
use super::subject::{Point, Scalarisation};
use crate::draw::Draw;

/// The first step of differences: operations are tested at least 0.1 away from kinks, along
/// directions whose components are at most 1.
const STEP: f64 = 0.04;
/// Error bars that a difference may be off by, on top of the tolerance.
const BARS: f64 = 10.0;

/// Rounding error of an exact comparison relative to what was added up on the way.
const ROUNDING: f64 = 64.0 * f64::EPSILON;

/// See the methods of `Check`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tolerances {
    pub identity: f64,
    pub difference: f64,
}

/// Two numbers that should be equal.
#[derive(Clone, Copy)]
struct Pair {
    analytic: f64,
    numeric: f64,
    error_bar: f64,
    /// What the difference is compared with.
    allowed: f64,
    /// What it is reported relative to.
    size: f64,
}

impl Pair {
    fn off(&self) -> f64 {
        (self.analytic - self.numeric).abs()
    }

    fn agrees(&self) -> bool {
        self.off() <= self.allowed
    }

    fn residual(&self) -> f64 {
        if self.off() == 0.0 {
            0.0
        } else {
            self.off() / self.size
        }
    }
}

/// Why a case ends early.
type Stop = Verdict;

const NON_FINITE: Stop = Verdict::Undecidable {
    reason: Reason::NonFinite,
};

/// Makes all comparisons; stops at the first that fails.
pub(super) fn compare(
    point: Point<'_>,
    tolerances: &Tolerances,
    draw: &mut Draw,
) -> (Residuals, Verdict) {
    let mut residuals = Residuals::default();
    let verdict = Case::new(point, *tolerances, draw)
        .and_then(|mut case| case.run(&mut residuals))
        .err()
        .unwrap_or(Verdict::Agrees);
    (residuals, verdict)
}

struct Case<'a> {
    point: Point<'a>,
    tolerances: Tolerances,
    phi: Scalarisation,
    x: Vec<f64>,
    /// Two directions.
    v: Vec<f64>,
    w: Vec<f64>,
    y: Vec<f64>,
    gradient: Vec<f64>,
}

impl<'a> Case<'a> {
    fn new(mut point: Point<'a>, tolerances: Tolerances, draw: &mut Draw) -> Result<Self, Stop> {
        let x = point.x();
        let len = point.value(&x).len();
        let phi = Scalarisation::random(draw, len);
        let (v, w) = (draw.direction(x.len()), draw.direction(x.len()));
        let (y, gradient) = point.gradient(&x, &phi);
        if !y.iter().chain(&gradient).all(|x| x.is_finite()) {
            return Err(NON_FINITE);
        }
        Ok(Self {
            point,
            tolerances,
            phi,
            x,
            v,
            w,
            y,
            gradient,
        })
    }

    fn run(&mut self, residuals: &mut Residuals) -> Result<(), Stop> {
        self.repetition()?;
        let (v, w) = (self.v.clone(), self.w.clone());
        residuals.adjoint = self.test(Test::Adjoint, &v, |case, v| Ok(case.adjoint(v)))?;
        residuals.difference = self.test(Test::Difference, &v, Self::difference)?;
        residuals.symmetry = self.test(Test::Symmetry, &w, Case::symmetry)?;
        residuals.curvature = self.test(Test::Curvature, &w, Self::curvature)?;
        Ok(())
    }

    /// Compares along `direction`; if that fails, along each axis, to name the worst element.
    fn test(
        &mut self,
        test: Test,
        direction: &[f64],
        compare: impl Fn(&mut Self, &[f64]) -> Result<Pair, Stop>,
    ) -> Result<f64, Stop> {
        let all = compare(self, direction)?;
        if all.agrees() {
            return Ok(all.residual());
        }
        let mut worst: Option<(usize, Pair)> = None;
        for at in 0..direction.len() {
            let mut axis = vec![0.0; direction.len()];
            axis[at] = 1.0;
            // An element about which nothing can be said is not the one to name.
            let Ok(one) = compare(self, &axis) else {
                continue;
            };
            let excess = |pair: &Pair| pair.off() - pair.allowed;
            if worst
                .as_ref()
                .is_none_or(|(_, worst)| excess(&one) > excess(worst))
            {
                worst = Some((at, one));
            }
        }
        let (
            at,
            Pair {
                analytic,
                numeric,
                error_bar,
                ..
            },
        ) = worst.unwrap_or((0, all));
        let (input, element) = self.point.place(at);
        let place = Place::Input { input, element };
        Err(Verdict::Differs {
            test,
            place,
            analytic,
            numeric,
            error_bar,
        })
    }

    /// Value and gradient on a new tape.
    fn repetition(&mut self) -> Result<(), Stop> {
        self.point.renew();
        let (y, gradient) = self.point.gradient(&self.x, &self.phi);
        let differs = |(&a, &b): (&f64, &f64)| a.to_bits() != b.to_bits();
        let value = self
            .y
            .iter()
            .zip(&y)
            .position(differs)
            .map(|element| (Place::Output { element }, self.y[element], y[element]));
        let found = value.or_else(|| {
            let at = self.gradient.iter().zip(&gradient).position(differs)?;
            let (input, element) = self.point.place(at);
            Some((
                Place::Input { input, element },
                self.gradient[at],
                gradient[at],
            ))
        });
        match found {
            None => Ok(()),
            Some((place, analytic, numeric)) => {
                let (test, error_bar) = (Test::Repetition, 0.0);
                Err(Verdict::Differs {
                    test,
                    place,
                    analytic,
                    numeric,
                    error_bar,
                })
            }
        }
    }

    /// `<J^T u, v>` by the sweep against `<u, J v>` by dual numbers.
    fn adjoint(&mut self, v: &[f64]) -> Pair {
        let [y, _] = self.point.dual(&self.x, v, &self.phi);
        let u = self.phi.cotangent(&self.y);
        let tangent: Vec<f64> = y.iter().map(|y| y.d).collect();
        let cancelled = self.phi.size(&self.y);
        identity(
            dot(&self.gradient, v),
            dot(&u, &tangent),
            cancelled,
            &self.tolerances,
        )
    }

    /// `<J^T u, v>` by the sweep against differences of values.
    fn difference(&mut self, v: &[f64]) -> Result<Pair, Stop> {
        let Self {
            point,
            phi,
            x,
            y,
            tolerances,
            ..
        } = self;
        let mut along = |t: f64| phi.value(&point.value(&moved(x, v, t)));
        difference(&mut along, dot(&self.gradient, v), phi.size(y), tolerances)
    }

    /// `<w, H v>` against `<v, H w>`.
    fn symmetry(&mut self, w: &[f64]) -> Result<Pair, Stop> {
        let (v, by_w) = (self.v.clone(), self.curve(w)?);
        let by_v = self.curve(&v)?;
        let cancelled = self.gradient_size(w);
        Ok(identity(
            dot(w, &by_v),
            dot(&v, &by_w),
            cancelled,
            &self.tolerances,
        ))
    }

    /// `<w, H v>` against differences of `<w, gradient>` along v.
    fn curvature(&mut self, w: &[f64]) -> Result<Pair, Stop> {
        let (v, size) = (self.v.clone(), self.gradient_size(w));
        let product = self.curve(&v)?;
        let Self {
            point,
            phi,
            x,
            tolerances,
            ..
        } = self;
        let mut along = |t: f64| dot(w, &point.gradient(&moved(x, &v, t), phi).1).0;
        difference(&mut along, dot(w, &product), size, tolerances)
    }

    /// What the rounding error of `<w, gradient>` is relative to.
    fn gradient_size(&self, w: &[f64]) -> f64 {
        dot(w, &self.gradient).1 + self.phi.size(&self.y)
    }

    /// H v.
    fn curve(&mut self, v: &[f64]) -> Result<Vec<f64>, Stop> {
        let [_, gradient] = self.point.dual(&self.x, v, &self.phi);
        let product: Vec<f64> = gradient.iter().map(|g: &Dual<f64>| g.d).collect();
        let finite = product.iter().all(|x| x.is_finite());
        if finite { Ok(product) } else { Err(NON_FINITE) }
    }
}

/// A product of two vectors, and the sum of its absolute terms.
type Product = (f64, f64);

fn dot(a: &[f64], b: &[f64]) -> Product {
    let terms = a.iter().zip(b).map(|(a, b)| a * b);
    terms.fold((0.0, 0.0), |(sum, size), term| {
        (sum + term, size + term.abs())
    })
}

fn moved(x: &[f64], v: &[f64], t: f64) -> Vec<f64> {
    x.iter().zip(v).map(|(x, v)| x + t * v).collect()
}

/// Two products that differ by rounding only: of their own terms, and of others, of absolute sum
/// `cancelled`, that have cancelled before.
fn identity(analytic: Product, numeric: Product, cancelled: f64, tolerances: &Tolerances) -> Pair {
    let size = analytic.1.max(numeric.1);
    Pair {
        analytic: analytic.0,
        numeric: numeric.0,
        error_bar: 0.0,
        allowed: tolerances.identity * size + ROUNDING * cancelled,
        size: size + cancelled,
    }
}

/// A derivative of `f` at 0 and its differences; `size` is what `f`'s rounding is relative to.
fn difference(
    f: &mut dyn FnMut(f64) -> f64,
    analytic: Product,
    size: f64,
    tolerances: &Tolerances,
) -> Result<Pair, Stop> {
    let tolerance = tolerances.difference;
    let Some(estimate) = differentiate(f, STEP, size, 0.01 * tolerance) else {
        return Err(NON_FINITE);
    };
    let widest = tolerance * (analytic.1 + size + estimate.largest);
    if estimate.jump.abs() > BARS * estimate.jump_bar + widest {
        return Err(Verdict::Undecidable {
            reason: Reason::Kink,
        });
    }
    let pair = Pair {
        analytic: analytic.0,
        numeric: estimate.derivative,
        error_bar: estimate.error_bar,
        allowed: tolerance * analytic.1 + BARS * estimate.error_bar,
        size: analytic.1 + size + estimate.largest,
    };
    if pair.agrees() && estimate.error_bar > widest {
        return Err(Verdict::Undecidable {
            reason: Reason::Noise,
        });
    }
    Ok(pair)
}
