//! Checkpoints: a run that goes on from one gives the same bits, and no damage goes unnoticed.

use std::path::Path;

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};
use safetensors::SafeTensors;
use wengert_rnn::checkpoint::{Reader, Writer};
use wengert_rnn::optim::{Adagrad, Clip, EarlyStopping, Plateau, RmsProp};
use wengert_rnn::train::{Batches, Trainer};
use wengert_rnn::{Adam, Optimizer, Params, Sgd};

use crate::train::{Example, examples, trainer};

const ARCHITECTURE: &str = "elman of 5 units";

/// Everything that a run consists of.
struct Run {
    trainer: Trainer<f32, crate::train::Reader, Adam<f32>>,
    batches: Batches,
    plateau: Plateau,
    stopping: EarlyStopping,
    rng: ChaCha8Rng,
}

impl Run {
    fn new(samples: &[Example]) -> Self {
        let lengths: Vec<usize> = samples.iter().map(|(x, _)| x.len()).collect();
        Self {
            trainer: trainer(0.1),
            batches: Batches::new(samples.len(), 8, 9).by_length(&lengths, 2),
            plateau: Plateau::new(0.5, 0).with_cooldown(1),
            stopping: EarlyStopping::new(1000),
            rng: ChaCha8Rng::seed_from_u64(1),
        }
    }

    fn step(&mut self, samples: &[Example]) {
        let batch: Vec<_> = self
            .batches
            .next_batch()
            .iter()
            .map(|&i| &samples[i])
            .collect();
        let loss = self.trainer.step(&batch).unwrap().loss;
        let noise = f64::from(self.rng.next_u32() >> 30);
        self.trainer
            .set_rate(0.02 * self.plateau.observe(loss + noise));
        self.stopping.observe(loss);
    }

    fn bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new(ARCHITECTURE);
        writer.part("trainer", &self.trainer);
        writer.part("batches", &self.batches);
        writer.part("plateau", &self.plateau);
        writer.part("stopping", &self.stopping);
        writer.part("rng", &self.rng);
        writer.to_bytes()
    }

    fn restore(&mut self, bytes: Vec<u8>) -> Result<(), String> {
        let mut reader = open(bytes)?;
        let mut restore = || {
            reader.part("trainer", &mut self.trainer)?;
            reader.part("batches", &mut self.batches)?;
            reader.part("plateau", &mut self.plateau)?;
            reader.part("stopping", &mut self.stopping)?;
            reader.part("rng", &mut self.rng)
        };
        restore()
            .and_then(|()| reader.finish())
            .map_err(|error| error.to_string())
    }
}

fn open(bytes: Vec<u8>) -> Result<Reader, String> {
    Reader::from_bytes(Path::new("run.ckpt"), bytes, ARCHITECTURE)
        .map_err(|error| error.to_string())
}

/// The last bytes hold all state, weights, moments, counts and positions, so equal bytes are equal
/// runs.
#[test]
fn a_run_goes_on_from_any_step_with_the_same_bits() {
    let samples = examples(20);
    let mut run = Run::new(&samples);
    let mut checkpoints = vec![run.bytes()];
    for _ in 0..8 {
        run.step(&samples);
        checkpoints.push(run.bytes());
    }
    for (step, checkpoint) in checkpoints.iter().enumerate() {
        let mut resumed = Run::new(&samples);
        resumed.restore(checkpoint.clone()).unwrap();
        for _ in step..8 {
            resumed.step(&samples);
        }
        assert!(resumed.bytes() == checkpoints[8], "resumed at step {step}");
    }
}

#[test]
fn moments_of_every_optimiser_are_kept() {
    type Boxed = Box<dyn Optimizer<f64>>;
    let optimisers: [(Boxed, Boxed); 4] = [
        (
            Box::new(Sgd::new(0.1, 2).with_nesterov(0.9)),
            Box::new(Sgd::new(0.3, 2).with_nesterov(0.9)),
        ),
        (
            Box::new(RmsProp::new(0.1, 2).centered().with_momentum(0.5)),
            Box::new(RmsProp::new(0.3, 2).centered().with_momentum(0.5)),
        ),
        (Box::new(Adam::new(0.1, 2)), Box::new(Adam::new(0.3, 2))),
        (
            Box::new(Adagrad::new(0.1, 2)),
            Box::new(Adagrad::new(0.3, 2)),
        ),
    ];
    for (mut kept, mut restored) in optimisers {
        let (mut w, mut v) = ([1.0, 2.0], [1.0, 2.0]);
        for _ in 0..3 {
            kept.step(&mut w, &[0.5, -0.25]);
        }
        let mut writer = Writer::new(ARCHITECTURE);
        writer.part("optimizer", kept.state());
        let mut reader = open(writer.to_bytes()).unwrap();
        reader.part("optimizer", restored.state_mut()).unwrap();
        reader.finish().unwrap();
        assert_eq!(kept.state(), restored.state());
        v.copy_from_slice(&w);
        kept.step(&mut w, &[1.0, 1.0]);
        restored.step(&mut v, &[1.0, 1.0]);
        assert_eq!(w, v);
    }
}

#[test]
fn generators_go_on_where_they_were() {
    let mut rng = ChaCha8Rng::seed_from_u64(77);
    rng.set_stream(u64::MAX);
    rng.set_word_pos((1 << 66) + 5);
    let mut writer = Writer::new(ARCHITECTURE);
    writer.part("rng", &rng);
    let mut restored = ChaCha8Rng::seed_from_u64(0);
    open(writer.to_bytes())
        .unwrap()
        .part("rng", &mut restored)
        .unwrap();
    assert_eq!(rng.next_u64(), restored.next_u64());
}

/// A small checkpoint.
fn small() -> Vec<u8> {
    let mut writer = Writer::new(ARCHITECTURE);
    let params = Params::new().with("w", [2], |w: &mut [f64]| w.copy_from_slice(&[0.5, -1.0]));
    writer.part("params", &params);
    writer.part("clip", &Clip::by_norm(1.0));
    writer.to_bytes()
}

#[test]
fn every_cut_and_every_byte_too_many_is_refused() {
    let bytes = small();
    assert!(open(bytes.clone()).is_ok());
    for length in 0..bytes.len() {
        let fault = open(bytes[..length].to_vec()).unwrap_err();
        assert!(fault.starts_with("run.ckpt: "), "{fault}");
        assert_eq!(fault.lines().count(), 1, "{fault:?}");
    }
    for more in 1..20 {
        let mut longer = bytes.clone();
        longer.resize(bytes.len() + more, 0);
        assert!(open(longer).unwrap_err().contains("too long"));
    }
}

#[test]
fn every_flipped_bit_is_refused() {
    let bytes = small();
    for bit in 0..8 * bytes.len() {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let fault = open(flipped).expect_err("a flipped bit");
        assert_eq!(fault.lines().count(), 1, "bit {bit}: {fault:?}");
    }
}

/// The bytes with another text in the header, of the same length, and a checksum that fits.
fn forged(from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = small();
    replace(&mut bytes, from, to);
    let stated = bytes
        .windows(12)
        .position(|w| w == b"\"checksum\":\"")
        .unwrap()
        + 12;
    bytes[stated..stated + 8].copy_from_slice(b"00000000");
    let checksum = format!("{:08x}", crc32fast::hash(&bytes));
    bytes[stated..stated + 8].copy_from_slice(checksum.as_bytes());
    bytes
}

fn replace(bytes: &mut [u8], from: &str, to: &str) {
    let at = bytes
        .windows(from.len())
        .position(|w| w == from.as_bytes())
        .unwrap();
    bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
}

#[test]
fn other_formats_versions_and_architectures_are_refused() {
    let rows = [
        (
            forged(r#""version":"1""#, r#""version":"2""#),
            r#"run.ckpt: its version is "2", but "1" is wanted"#,
        ),
        (
            forged("wengert checkpoint", "another checkpoint"),
            r#"its format is "another checkpoint", but "wengert checkpoint" is wanted"#,
        ),
        (
            forged("elman of 5 units", "elman of 6 units"),
            r#"its architecture is "elman of 6 units", but "elman of 5 units" is wanted"#,
        ),
    ];
    for (bytes, expected) in rows {
        let fault = open(bytes).unwrap_err();
        assert!(fault.contains(expected), "{fault}");
    }
    let mut unsealed = small();
    replace(&mut unsealed, r#""checksum":"#, r#""checksun":"#);
    let fault = open(unsealed).unwrap_err();
    assert_eq!(fault, "run.ckpt: not a checkpoint: it holds no checksum");
    let mut damaged = small();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    let fault = open(damaged).unwrap_err();
    assert!(
        fault.starts_with("run.ckpt: damaged: its checksum is "),
        "{fault}"
    );
}

/// What restoring parameters from the small checkpoint says.
fn restored(params: Params<f64>) -> String {
    let mut params = params;
    let mut reader = open(small()).unwrap();
    let restored = reader.part("params", &mut params);
    let finished = restored.and_then(|()| reader.part("clip", &mut Clip::by_norm(1.0)));
    finished
        .and_then(|()| reader.finish())
        .map_or_else(|error| error.to_string(), |()| String::new())
}

#[test]
fn tensors_that_do_not_fit_the_run_are_refused() {
    let new = Params::new;
    assert_eq!(restored(new().with("w", [2], |_| {})), "");
    let rows = [
        (
            new().with("w", [3], |_| {}),
            r#"tensor "params.w" is F64 [2], but F64 [3] is wanted"#,
        ),
        (
            new().with("v", [2], |_| {}),
            r#"tensor "params.v" is missing"#,
        ),
        (new(), r#"tensor "params.w" is not of this run"#),
    ];
    for (params, expected) in rows {
        assert_eq!(restored(params), format!("run.ckpt: {expected}"));
    }
    let mut narrow = Params::<f32>::new().with("w", [2], |_| {});
    let fault = open(small())
        .unwrap()
        .part("params", &mut narrow)
        .unwrap_err();
    assert_eq!(
        fault.to_string(),
        r#"run.ckpt: tensor "params.w" is F64 [2], but F32 [2] is wanted"#
    );
}

#[test]
fn weights_that_are_not_finite_are_refused() {
    for bad in [f64::NAN, f64::INFINITY] {
        let mut writer = Writer::new(ARCHITECTURE);
        writer.values("w", &[3], &[0.0, bad, 1.0]);
        let mut reader = open(writer.to_bytes()).unwrap();
        let fault = reader.values("w", &[3], &mut [0.0f64; 3]).unwrap_err();
        assert_eq!(
            fault.to_string(),
            format!("run.ckpt: tensor \"w\": element 1 is {bad}")
        );
    }
}

#[test]
fn settings_and_positions_that_do_not_fit_are_refused() {
    let mut writer = Writer::new(ARCHITECTURE);
    writer.part("batches", &Batches::new(10, 3, 0));
    let fault = |bytes, mut batches: Batches| {
        let fault = open(bytes)
            .unwrap()
            .part("batches", &mut batches)
            .unwrap_err();
        fault.to_string()
    };
    assert_eq!(
        fault(writer.to_bytes(), Batches::new(10, 4, 0)),
        "run.ckpt: batches: sizes [10, 3], but [10, 4] is wanted"
    );
    let mut writer = Writer::new(ARCHITECTURE);
    writer.words("batches.sizes", &[10, 3]);
    writer.words("batches.position", &[0, 0, 5]);
    assert_eq!(
        fault(writer.to_bytes(), Batches::new(10, 3, 0)),
        "run.ckpt: batches: position 5 of an epoch of 4 batches"
    );
}

#[test]
fn the_official_reader_finds_the_weights() {
    let bytes = small();
    let official = SafeTensors::deserialize(&bytes).unwrap();
    let w = official.tensor("params.w").unwrap();
    assert_eq!(
        w.data(),
        [0.5f64.to_le_bytes(), (-1.0f64).to_le_bytes()].concat()
    );
}

/// Twice the file, and 16 MiB: of a file of 24 MB, and of the most hostile header that is read.
#[test]
fn reading_takes_little_memory() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("large");
    let mut params = Params::new().with("w", [3_000_000], |_: &mut [f64]| {});
    let mut writer = Writer::new(ARCHITECTURE);
    writer.part("params", &params);
    writer.write(&path).unwrap();
    let size = std::fs::metadata(&path).unwrap().len();
    let used = allocation_counter::measure(|| {
        let mut reader = Reader::read(&path, ARCHITECTURE).unwrap();
        reader.part("params", &mut params).unwrap();
    });
    let values = 8 * params.len() as u64; // the parameters were there before
    assert!(
        used.bytes_max + values <= 2 * size + (16 << 20),
        "{} of {size}",
        used.bytes_max
    );

    let entry = r#""x":{"dtype":"U64","shape":["#;
    let zeros = "0,".repeat((1 << 19) - 100);
    let header = format!("{{{entry}{zeros}0],\"data_offsets\":[0,0]}}}}");
    let names =
        (0..).map(|i| format!(r#""{i}":{{"dtype":"F32","shape":[],"data_offsets":[0,0]}}"#));
    let names: Vec<String> = names.take(18_000).collect();
    for header in [header, format!("{{{}}}", names.join(","))] {
        assert!(
            header.len() < 1 << 20 && header.len() > 900_000,
            "{}",
            header.len()
        );
        let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat();
        let size = bytes.len() as u64;
        std::fs::write(&path, bytes).unwrap();
        let used = allocation_counter::measure(|| {
            assert!(Reader::read(&path, ARCHITECTURE).is_err());
        });
        assert!(
            used.bytes_max <= 2 * size + (16 << 20),
            "{} of {size}",
            used.bytes_max
        );
    }
}
