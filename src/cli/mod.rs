//! What can be typed: flags, arguments, help. Nothing here does anything.

pub mod completions;
pub mod config;
pub mod events;
pub mod init;
pub mod listen;
pub mod load;
pub mod man;
pub mod providers;
pub mod replay;
pub mod secret;
pub mod send;
pub mod shared;
pub mod sign;
pub mod trust;
pub mod verify;

use clap::{ArgAction, Parser, Subcommand, ValueEnum};

/// Listen for, send, sign and verify webhooks, offline, with the providers' real signatures.
#[derive(Debug, Parser)]
#[command(
    name = "hookctl",
    version,
    max_term_width = 100,
    disable_help_subcommand = true,
    after_help = "\
Try it:
  hookctl listen                                  in one terminal
  hookctl send stripe payment_intent.succeeded    in another

Exit codes: 0 all well · 1 the answer is no · 2 wrong usage or input · 3 the surroundings failed · 130 interrupted"
)]
pub struct Cli {
    /// Flags that every command takes.
    #[command(flatten)]
    pub global: GlobalArgs,

    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags that every command takes.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// Print JSON, one object a line
    #[arg(long, global = true)]
    pub json: bool,

    /// Say nothing on stderr but errors
    #[arg(long, short, global = true)]
    pub quiet: bool,

    /// Say more on stderr
    #[arg(long, short, global = true, action = ArgAction::SetTrue, conflicts_with = "quiet")]
    pub verbose: bool,

    /// Use colour: auto, always or never
    #[arg(long, global = true, value_name = "WHEN")]
    pub color: Option<ColorArg>,

    /// Keep deliveries in this file, or in memory with ':memory:'
    #[arg(long, global = true, value_name = "PATH")]
    pub store: Option<String>,

    /// Time limit for each request that hookctl makes
    #[arg(long, global = true, value_name = "DURATION")]
    pub timeout: Option<String>,
}

/// When colour is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorArg {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Cli {
    /// What `send` is given when nothing is typed.
    pub fn send_defaults() -> send::SendArgs {
        match Self::parse_from(["hookctl", "send"]).command {
            Command::Send(args) => *args,
            _ => unreachable!("that is what was typed"),
        }
    }

    /// What `replay` is given when nothing is typed.
    pub fn replay_defaults() -> replay::ReplayArgs {
        match Self::parse_from(["hookctl", "replay"]).command {
            Command::Replay(args) => *args,
            _ => unreachable!("that is what was typed"),
        }
    }
}

/// The commands. What is said of each is said of its arguments: said here again, it would take the place of all of that.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "each has the words of its arguments")]
pub enum Command {
    Listen(Box<listen::ListenArgs>),
    Send(Box<send::SendArgs>),
    Load(Box<load::LoadArgs>),
    Sign(sign::SignArgs),
    Verify(verify::VerifyArgs),
    Replay(Box<replay::ReplayArgs>),
    Events(events::EventsArgs),
    Providers(providers::ProvidersArgs),
    Secret(secret::SecretArgs),
    Init(init::InitArgs),
    Config(config::ConfigArgs),
    Trust(trust::TrustArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}
