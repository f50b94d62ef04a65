//! This project as one of the peers of `compare.py`: see there for what goes in and out.

use wengert_benches::step::{Data, Setting};
use wengert_benches::{peak, protocol};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match &args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["peak"] => println!("{}", peak::flops(rayon::current_num_threads()) / 1e9),
        ["flops", name] => println!("{}", setting(name).flops()),
        _ => protocol::serve(|configuration, data| {
            let setting = setting(configuration.name);
            let mut training = setting.training(&flat(&data), setting.batch.min(2));
            move || training.step() as f32
        }),
    }
}

fn setting(name: &str) -> Setting {
    Setting::find(name).expect("a configuration of `settings.txt`")
}

/// Parameters one behind the other, and whole numbers as classes.
fn flat(data: &protocol::Data) -> Data {
    Data {
        params: data.params.concat(),
        x: data.x.clone(),
        targets: data.targets.iter().map(|&class| class as usize).collect(),
    }
}
