//! What the instruments refuse, with the numbers.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::instruments::{
    Frame, Lyapunov, Rollout, StepLoss, bptt, gradient_by_lag, hessian_eigenpairs, hessian_product,
    hessian_trace, jacobian_products, log_singular_values, lyapunov_gradient, lyapunov_spectrum,
    rtrl, step_jacobians, truncated_bptt,
};
use wengert_rnn::{Cell, Gru, Params};
use wengert_tape::{Real, Tensor, Var, function};

use super::setup::Only;

/// Runs a reading of 2 steps of `batch` samples of a cell of 3 features and 4 units.
fn on<R>(batch: usize, read: impl FnOnce(Rollout<'_, f64, Gru>) -> R) -> R {
    let cell = Gru::new(3, 4);
    let params: Params<f64> = cell.init(&mut ChaCha8Rng::seed_from_u64(0));
    let x = vec![0.5; 2 * batch * 3];
    read(Rollout::new(&cell, &params, &x, batch))
}

struct Hidden;

impl StepLoss for Hidden {
    fn at<'t, T: Real>(&self, _: usize, h: Var<'t, T>) -> Option<Var<'t, T>> {
        Some(h)
    }
}

macro_rules! refused {
    ($($name:ident: $message:literal, $run:expr;)*) => {$(
        #[test]
        #[should_panic(expected = $message)]
        fn $name() {
            $run;
        }
    )*};
}

fn inputs(count: usize, batch: usize) {
    let cell = Gru::new(3, 4);
    let params = cell.init(&mut ChaCha8Rng::seed_from_u64(0));
    Rollout::<f64, _>::new(&cell, &params, &vec![0.5; count], batch);
}

fn pair() -> Params<f64> {
    Params::new().with("x", [2], |_| ())
}

fn rng() -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(0)
}

refused! {
    inputs_of_no_steps: "rollout: 0 inputs, but steps of 2 samples of 3 features need a multiple of 6",
        inputs(0, 2);
    inputs_of_half_a_step: "rollout: 9 inputs, but steps of 2 samples of 3 features need a multiple of 6",
        inputs(9, 2);
    inputs_of_no_samples: "rollout: 6 inputs, but steps of 0 samples",
        inputs(6, 0);
    a_state_of_another_size: "rollout: 7 elements of a state, but 2 samples of 4 features need 8",
        on(2, |r| { r.starting_at(&[0.0; 7]); });
    jacobians_of_a_batch: "step_jacobians: 2 samples, but only one sequence",
        on(2, |r| step_jacobians(&r));
    products_of_a_batch: "jacobian_products: 2 samples, but only one sequence",
        on(2, |r| jacobian_products(&r));
    singular_values_of_nothing: "log_singular_values: of no Jacobians",
        log_singular_values::<f64>(&[]);
    singular_values_of_different_sizes: "log_singular_values: Jacobian 0 is [1,2], but 1 features need [1,1]",
        log_singular_values(&[Tensor::new([1, 2], [1.0, 2.0])]);
    singular_values_of_nan: "log_singular_values: Jacobian 1 has a NaN or infinite element",
        log_singular_values(&[Tensor::new([1, 1], [1.0]), Tensor::new([1, 1], [f64::NAN])]);
    exponents_of_a_batch: "lyapunov: 2 samples, but only one sequence",
        on(2, |r| lyapunov_spectrum(&r, &mut Frame::units(1, 4), Lyapunov::default()));
    a_frame_of_another_size: "lyapunov: a frame of 5 dimensions, but the state has 4 features",
        on(1, |r| lyapunov_spectrum(&r, &mut Frame::units(1, 5), Lyapunov::default()));
    an_interval_of_no_steps: "lyapunov: interval 0, warm-up 0 of 2 steps",
        on(1, |r| lyapunov_spectrum(&r, &mut Frame::units(1, 4), Lyapunov { interval: 0, warmup: 0 }));
    a_warmup_of_all_steps: "lyapunov: interval 1, warm-up 2 of 2 steps",
        on(1, |r| lyapunov_gradient(&r, &Frame::units(1, 4), Lyapunov { interval: 1, warmup: 2 }, |_, l| l.sum()));
    more_vectors_than_dimensions: "frame: 3 vectors in 2 dimensions",
        Frame::<f64>::units(3, 2);
    no_vectors: "frame: 0 vectors in 2 dimensions",
        Frame::<f64>::random(0, 2, &mut rng());
    losses_that_are_no_scalars: "step loss: [1,4] at step 0, but a loss is a scalar",
        on(1, |r| bptt(&r, &Hidden));
    no_losses: "step loss: no step has a loss",
        on(1, |r| gradient_by_lag(&r, &Only { step: 2 }).count());
    no_losses_forwards: "step loss: no step has a loss",
        on(1, |r| rtrl(&r, &Only { step: 2 }));
    a_window_of_no_steps: "truncated_bptt: a window of 0 steps",
        on(1, |r| truncated_bptt(&r, &Only { step: 1 }, 0));
    a_direction_of_another_size: "hessian_product: a direction of 3 elements for 2 parameters",
        hessian_product(&function!(|_, x| x[0].prod()), &pair(), &[0.0; 3]);
    no_lanczos_steps: "hessian_eigenpairs: 0 steps for 2 parameters",
        hessian_eigenpairs(&function!(|_, x| x[0].prod()), &pair(), 0, &mut rng());
    one_sample_of_a_trace: "hessian_trace: 1 samples, but at least 2 are needed",
        hessian_trace(&function!(|_, x| x[0].prod()), &pair(), 1, &mut rng());
}
