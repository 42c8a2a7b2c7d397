//! What chapters compute on: decided when a program is compiled, checked when it starts.

// ANCHOR: device
/// The device that chapters train on: the GPU where the `cuda` feature is built, else the CPU.
pub type AnyDevice = dfdx::tensor::AutoDevice;

/// The device, with its random numbers seeded.
///
/// # Panics
///
/// With the `cuda` feature, if no card answers. Programs have found that out before they get here:
/// [`DeviceName`] is an option of all.
pub fn device(seed: u64) -> AnyDevice {
    AnyDevice::seed_from_u64(seed)
}
// ANCHOR_END: device

/// What `--device` may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceName {
    /// The processor.
    Cpu,
    /// The first NVIDIA card.
    Cuda,
}

impl DeviceName {
    /// What this program is compiled for: the device is part of the types of its tensors.
    pub const COMPILED: Self = if cfg!(feature = "cuda") { Self::Cuda } else { Self::Cpu };

    /// A device by its name, if this program is compiled for it and it answers.
    ///
    /// # Errors
    ///
    /// A text that says why not, and what to do.
    pub fn available(name: &str) -> Result<Self, String> {
        let wanted = match name {
            "cpu" => Self::Cpu,
            "cuda" => Self::Cuda,
            _ => return Err("expected cpu or cuda".to_owned()),
        };
        if wanted == Self::COMPILED {
            return answers().map(|()| wanted);
        }
        let (compiled, cure) = match Self::COMPILED {
            Self::Cpu => ("the processor", "with `--features cuda`"),
            Self::Cuda => ("the card", "without `--features cuda`"),
        };
        Err(format!(
            "this program is compiled for {compiled}. Compile it {cure}, as \
             `cargo run --release -- run CHAPTER --device {name}` does"
        ))
    }
}

impl std::fmt::Display for DeviceName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
        })
    }
}

/// Whether the device is there.
#[cfg(feature = "cuda")]
fn answers() -> Result<(), String> {
    AnyDevice::try_seed_from_u64(0).map(drop).map_err(|error| {
        format!(
            "no card answers ({error:?}). `cargo run --release -- doctor` says which step of the set-up is missing"
        )
    })
}

#[cfg(not(feature = "cuda"))]
fn answers() -> Result<(), String> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(not(feature = "cuda"))]
    fn a_program_for_the_processor_takes_the_processor_and_says_how_to_get_one_for_the_card() {
        assert_eq!(DeviceName::available("cpu"), Ok(DeviceName::COMPILED));
        let error = DeviceName::available("cuda").unwrap_err();
        assert!(error.contains("with `--features cuda`") && error.contains("--device cuda"), "{error}");
        assert_eq!(DeviceName::available("gpu"), Err("expected cpu or cuda".to_owned()));
    }

    #[test]
    fn names_are_those_that_the_option_takes() {
        assert_eq!([DeviceName::Cpu, DeviceName::Cuda].map(|name| name.to_string()), ["cpu", "cuda"]);
    }
}
