//! Polynomial coefficients and other constants of the elementary functions.
//!
//! Printed by `tests/data/fit.py`, which says how they were fitted. Coefficients stand lowest first;
//! a `_0` is the constant term to twice the precision, the array then starts with the next one. The
//! comment of a polynomial ends with the largest relative residual of the fit.

use super::float::Float;
use super::pair::Pair;

pub trait Constants: Float {
    const LN2: Pair<Self>;
    /// 2/sqrt(pi), the slope of erf at 0.
    const ERF_0: Pair<Self>;
    /// From here on exp(x) is infinite.
    const OVERFLOW: Self;
    /// From here on exp(-x) and x exp(-x) are 0.
    const TAIL: Self;
    /// From here on x exp(-x^2/2) is 0.
    const GAUSS_TAIL: Self;
    /// Half the smallest exponent.
    const FLOOR: Self;
    /// gelu'(-a) is 0 at a = `GELU_ROOT`.
    const GELU_ROOT: Pair<Self>;
    /// silu'(-a) is 0 at a = `SILU_ROOT`, where e^-a = a - 1.
    const SILU_ROOT: Pair<Self>;
    const EXP_SILU_ROOT: Pair<Self>;
    const EXP: &'static [Self];
    const LOG: &'static [Self];
    const TANH: &'static [Self];
    const ERF: &'static [Self];
    const MILLS_0: Pair<Self>;
    const MILLS: &'static [Self];
    const GELU_SLOPE_0: Pair<Self>;
    const GELU_SLOPE: &'static [Self];
}

impl Constants for f32 {
    const LN2: Pair<f32> = Pair::new(std::f32::consts::LN_2, -1.9046542e-9);
    const ERF_0: Pair<f32> = Pair::new(std::f32::consts::FRAC_2_SQRT_PI, -5.8635383e-8);
    const OVERFLOW: f32 = 89.0;
    const TAIL: f32 = 112.0;
    const GAUSS_TAIL: f32 = 15.0;
    const FLOOR: f32 = -63.0;
    const GELU_ROOT: Pair<f32> = Pair::new(7.5179154e-1, -1.211445e-8);
    const SILU_ROOT: Pair<f32> = Pair::new(1.2784646, -1.29792825e-8);
    const EXP_SILU_ROOT: Pair<f32> = Pair::new(2.7846456e-1, -1.29792825e-8);
    // (e^r - 1 - r) / r^2 for |r| <= ln(2)/2: 2^-31.1.
    const EXP: &'static [f32] = &[
        5e-1,
        1.6666667e-1,
        4.1666478e-2,
        8.333192e-3,
        1.393371e-3,
        1.9958454e-4,
    ];
    // (ln(1 + f) - f + f^2/2) / f^3 for sqrt(1/2) <= 1 + f <= sqrt(2): 2^-30.2.
    const LOG: &'static [f32] = &[
        3.333331e-1,
        -2.5e-1,
        2.0002227e-1,
        -1.6668527e-1,
        1.4218122e-1,
        -1.2396421e-1,
        1.1888593e-1,
        -1.1725829e-1,
        6.804918e-2,
    ];
    // (tanh(x) / x - 1) / x^2 in x^2, for |x| <= 0.625: 2^-32.5.
    const TANH: &'static [f32] = &[
        -3.333333e-1,
        1.3333222e-1,
        -5.3948455e-2,
        2.1708671e-2,
        -8.194822e-3,
        2.1573459e-3,
    ];
    // (erf(x) / x - 2/sqrt(pi)) / x^2 in x^2, for |x| <= 1: 2^-29.1.
    const ERF: &'static [f32] = &[
        -3.761263e-1,
        1.1283609e-1,
        -2.6854651e-2,
        5.189763e-3,
        -8.021991e-4,
        7.891092e-5,
    ];
    // (a + 3) Phi(-a) e^(a^2/2) in (a - 3) / (a + 3), for 0 <= a <= 15: 2^-28.7.
    const MILLS_0: Pair<f32> = Pair::new(7.290837e-1, -2.637991e-8);
    const MILLS: &'static [f32] = &[
        -5.09332e-1,
        2.3001769e-1,
        -4.726253e-2,
        -1.0462412e-2,
        6.96853e-3,
        1.024226e-3,
        -1.0310533e-3,
        -2.4360031e-4,
        1.3032583e-4,
        5.36753e-5,
    ];
    // gelu'(-a) e^(a^2/2) / (a - root) in (a - 3) / (a + 3), for 0 <= a <= 15: 2^-30.9.
    const GELU_SLOPE_0: Pair<f32> = Pair::new(-4.7829768e-1, 2.9915423e-9);
    const GELU_SLOPE: &'static [f32] = &[
        1.19975425e-1,
        -5.359612e-2,
        1.4074802e-2,
        -2.0389468e-4,
        -1.095093e-3,
        9.3035305e-5,
        1.2954944e-4,
        -2.4024798e-6,
        -1.7613942e-5,
        -3.8650264e-6,
    ];
}
impl Constants for f64 {
    const LN2: Pair<f64> = Pair::new(std::f64::consts::LN_2, 2.3190468138462996e-17);
    const ERF_0: Pair<f64> = Pair::new(std::f64::consts::FRAC_2_SQRT_PI, 1.533545961316588e-17);
    const OVERFLOW: f64 = 710.0;
    const TAIL: f64 = 760.0;
    const GAUSS_TAIL: f64 = 39.0;
    const FLOOR: f64 = -511.0;
    const GELU_ROOT: Pair<f64> = Pair::new(7.517915246935645e-1, -1.4956759177009883e-17);
    const SILU_ROOT: Pair<f64> = Pair::new(1.2784645427610737, 1.0946994183093437e-16);
    const EXP_SILU_ROOT: Pair<f64> = Pair::new(2.784645427610738e-1, -1.5523606315812798e-18);
    // (e^r - 1 - r) / r^2 for |r| <= ln(2)/2: 2^-61.7.
    const EXP: &'static [f64] = &[
        5e-1,
        1.6666666666666677e-1,
        4.166666666666668e-2,
        8.333333333321428e-3,
        1.3888888888877432e-3,
        1.9841269886630722e-4,
        2.4801587340668582e-5,
        2.7557243703846815e-6,
        2.7557259141822564e-7,
        2.5109213618663572e-8,
        2.0919526475412565e-9,
    ];
    // (ln(1 + f) - f + f^2/2) / f^3 for sqrt(1/2) <= 1 + f <= sqrt(2): 2^-59.0.
    const LOG: &'static [f64] = &[
        3.333333333333349e-1,
        -2.4999999999999095e-1,
        1.999999999993567e-1,
        -1.6666666666868038e-1,
        1.428571429483957e-1,
        -1.2499999986751095e-1,
        1.1111110469299124e-1,
        -1.0000000134712651e-1,
        9.09093466919769e-2,
        -8.333353227811226e-2,
        7.691700213088865e-2,
        -7.141867454701674e-2,
        6.675180454590537e-2,
        -6.271158549893788e-2,
        5.818988588385107e-2,
        -5.3197002466792494e-2,
        5.402769209462075e-2,
        -6.285717939194277e-2,
        5.739928547692611e-2,
        -2.4565878437408928e-2,
    ];
    // (tanh(x) / x - 1) / x^2 in x^2, for |x| <= 0.625: 2^-61.3.
    const TANH: &'static [f64] = &[
        -3.3333333333333315e-1,
        1.3333333333329983e-1,
        -5.396825396616629e-2,
        2.1869488471209442e-2,
        -8.863234347091992e-3,
        3.592114305245243e-3,
        -1.455727738849334e-3,
        5.894588424801548e-4,
        -2.3703010721104955e-4,
        9.158892298911681e-5,
        -3.021640306771011e-5,
        6.054708118202181e-6,
    ];
    // (erf(x) / x - 2/sqrt(pi)) / x^2 in x^2, for |x| <= 1: 2^-62.0.
    const ERF: &'static [f64] = &[
        -3.761263890318375e-1,
        1.128379167095487e-1,
        -2.6866170645074277e-2,
        5.223977624791964e-3,
        -8.548326979348804e-4,
        1.2055331059157176e-4,
        -1.4925594054810975e-5,
        1.646098184970394e-6,
        -1.6350123406114734e-7,
        1.4658554262739266e-8,
        -1.1368316994714035e-9,
        5.949804397516033e-11,
    ];
    // (a + 3) Phi(-a) e^(a^2/2) in (a - 3) / (a + 3), for 0 <= a <= 39: 2^-58.0.
    const MILLS_0: Pair<f64> = Pair::new(7.29083690133373e-1, -3.831171786931841e-17);
    const MILLS: &'static [f64] = &[
        -5.093319819174894e-1,
        2.3001771997460102e-1,
        -4.7263025142982015e-2,
        -1.0462867023141661e-2,
        6.972621240899224e-3,
        1.027592254971994e-3,
        -1.0458286306743688e-3,
        -2.5657529505941987e-4,
        1.5439454351624853e-4,
        7.881230567968586e-5,
        -1.3246509638877488e-5,
        -2.0687533919734007e-5,
        -3.515807917152343e-6,
        3.6356371741060756e-6,
        2.251076956381165e-6,
        1.5472547549655568e-8,
        -5.819205076379528e-7,
        -2.805477988895925e-7,
        2.6653800378230126e-8,
        9.809127734308485e-8,
        3.974020563952975e-8,
        -1.1895085186560567e-8,
        -1.5217508449963936e-8,
        -2.0473432519833267e-9,
        2.0920565915521993e-9,
        6.734399958864405e-10,
    ];
    // gelu'(-a) e^(a^2/2) / (a - root) in (a - 3) / (a + 3), for 0 <= a <= 39: 2^-58.2.
    const GELU_SLOPE_0: Pair<f64> = Pair::new(-4.782976777552484e-1, -1.6635816730876357e-17);
    const GELU_SLOPE: &'static [f64] = &[
        1.1997542713544507e-1,
        -5.359610983496733e-2,
        1.4074772490180512e-2,
        -2.0407134810437844e-4,
        -1.0950104711583571e-3,
        9.407407342138825e-5,
        1.300242879633644e-4,
        -4.764521786914665e-6,
        -2.0092334614852543e-5,
        -2.539739458581542e-6,
        3.016811395109232e-6,
        1.238766522170259e-6,
        -2.4241701105178636e-7,
        -3.3894969634122903e-7,
        -6.804027977418409e-8,
        5.170045339291016e-8,
        3.742413994811667e-8,
        2.856431178370404e-9,
        -8.016074053731715e-9,
        -3.7135745026776397e-9,
        3.3991625431301576e-10,
        6.998065286880355e-10,
        1.5533029152354124e-10,
    ];
}
