//! `hookctl load --emit`: the plan written down for others.

use clap::{Args, ValueEnum};

use crate::cli::shared::whole;

/// Who else is to carry it out.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Elsewhere")]
pub struct EmitFlags {
    /// Print the plan for another program, and send nothing
    #[arg(long, value_name = "WHAT")]
    pub emit: Option<EmitTarget>,

    /// kubernetes: how many pods share the plan [default: 4]
    #[arg(long, value_name = "N", value_parser = whole::<u32>(1..=10_000), requires = "emit")]
    pub pods: Option<u32>,

    /// kubernetes: an image with hookctl and a shell [default: hookctl and its version]
    #[arg(long, value_name = "IMAGE", requires = "emit")]
    pub image: Option<String>,
}

/// What the plan can be written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EmitTarget {
    /// An Indexed Job whose pods are shards, and a job that merges their reports
    Kubernetes,
    /// A script for k6
    K6,
}
