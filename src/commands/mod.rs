//! What happens when a command is typed: arguments and configuration → settings → engine → output.

mod answers;
mod archive;
mod capture;
mod completions;
mod config;
mod delivering;
mod events;
mod following;
mod init;
mod judge;
mod listen;
mod load;
mod man;
mod new_file;
mod providers;
mod replay;
mod resuming;
mod runtime;
mod secret;
mod selected;
mod selection;
mod send;
mod sign;
mod telling;
mod trust;
mod verify;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use crate::cli::listen::LogForm;
use crate::cli::{Cli, ColorArg, Command};
use crate::config::{ColorChoice, Config, Flag, InspectorAddress, Sources, StorePath, provider_folders};
use crate::error::Failure;
use crate::exit::Exit;
use crate::model::Secret;
use crate::output::{Color, Log, Output, Style};
use crate::provider::{Catalog, Origin, Override, ProviderFiles};
use crate::secrets::Secrets;
use crate::store::{OpenOptions, Store};

/// What every command needs: the configuration, and where to print.
pub struct Context {
    config: Config,
    output: Output,
    sources: Sources,
}

/// Runs a command and says how it ended.
pub fn run(cli: Cli) -> Exit {
    let style = Style {
        json: cli.global.json,
        quiet: cli.global.quiet,
        verbose: cli.global.verbose,
        color: match cli.global.color {
            Some(ColorArg::Always) => Color::Always,
            Some(ColorArg::Never) => Color::Never,
            Some(ColorArg::Auto) | None => Color::Auto,
        },
        log: match &cli.command {
            Command::Listen(args) if args.seeing.log == LogForm::Json => Log::Json,
            _ => Log::Text,
        },
    };
    let early = Output::of_process(style);
    let (context, command) = match Context::new(cli, style) {
        Ok(made) => made,
        Err(failure) => {
            early.failure(&failure);
            return failure.exit;
        }
    };
    let ended = match command {
        Command::Listen(args) => listen::run(&context, &args),
        Command::Send(args) => send::run(&context, &args),
        Command::Load(args) => load::run(&context, &args),
        Command::Sign(args) => sign::run(&context, &args),
        Command::Verify(args) => verify::run(&context, &args),
        Command::Replay(args) => replay::run(&context, &args),
        Command::Events(args) => events::run(&context, &args),
        Command::Providers(args) => providers::run(&context, &args),
        Command::Secret(args) => secret::run(&context, &args),
        Command::Init(args) => init::run(&context, &args),
        Command::Config(args) => config::run(&context, &args),
        Command::Trust(args) => trust::run(&context, &args),
        Command::Completions(args) => completions::run(&context, &args),
        Command::Man(args) => man::run(&context, &args),
    };
    let exit = ended.unwrap_or_else(|failure| {
        context.output.failure(&failure);
        failure.exit
    });
    context.output.flush();
    // Whoever read our results has seen enough; that is no failure.
    if context.output.is_closed() { Exit::Yes } else { exit }
}

impl Context {
    fn new(cli: Cli, style: Style) -> Result<(Self, Command), Failure> {
        let mut flags = Vec::new();
        let mut flag = |key: &str, value: &Option<String>, name: &str| {
            if let Some(value) = value {
                flags.push(Flag { key: key.to_owned(), value: value.clone(), name: name.to_owned() });
            }
        };
        flag("store", &cli.global.store, "--store");
        flag("timeout", &cli.global.timeout, "--timeout");
        if let Command::Listen(args) = &cli.command {
            for (key, value, name) in args.settings() {
                flag(key, &value, name);
            }
        }
        let to = match &cli.command {
            Command::Send(args) => args.to.as_slice(),
            Command::Replay(args) => args.to.as_slice(),
            _ => &[],
        };
        for to in to {
            flag("send.to", &Some(to.clone()), "--to");
        }
        let mut sources = Sources::of_process(flags)?;
        // Whoever is about to accept a file must be able to.
        sources.trust_project = matches!(cli.command, Command::Trust(_));
        let config = Config::load(&sources)?;
        let color = match (cli.global.color, config.color.value) {
            (Some(_), _) => style.color,
            (None, ColorChoice::Auto) => Color::Auto,
            (None, ColorChoice::Always) => Color::Always,
            (None, ColorChoice::Never) => Color::Never,
        };
        let output = Output::of_process(Style { color, ..style });
        Ok((Self { config, output, sources }, cli.command))
    }

    /// All providers: built-in ones, private folders, tables of the configuration.
    fn catalog(&self) -> Result<Catalog, Failure> {
        let mut private = BTreeMap::new();
        if let Some(folder) = &self.config.providers_dir {
            for provider in provider_folders(&folder.value)? {
                let files = ProviderFiles {
                    place: provider.path.display().to_string(),
                    files: provider.files.into_iter().collect(),
                };
                private.insert(provider.name, files);
            }
        }
        let mut overrides = BTreeMap::new();
        for (name, provider) in &self.config.providers {
            let mut table = toml::Table::new();
            let mut place = (String::new(), 0);
            for one in &provider.tables {
                table.extend(one.table.clone());
                if let Some((file, line)) = one.origin.file() {
                    place = (file.display().to_string(), line);
                }
            }
            if !table.is_empty() {
                overrides.insert(name.clone(), Override { place: place.0, line: place.1, table });
            }
        }
        let catalog = Catalog::new(private, overrides);
        for (name, origin) in catalog.own().filter(|(name, _)| Catalog::is_built_in(name)) {
            self.output.detail(&match origin {
                Origin::Folder(place) => format!("{name} is the one in {place}, not the built-in one"),
                Origin::Table(place) => format!("{name} is changed by {place}"),
                Origin::BuiltIn => continue,
            });
        }
        Ok(catalog)
    }

    /// Where secrets are.
    fn secrets(&self) -> Secrets {
        let certificates_at = match &self.config.listen.ui.value {
            InspectorAddress::At(address) => Some(format!("http://{address}")),
            InspectorAddress::Off => None,
        };
        Secrets {
            data_folder: self.config.data_folder.clone(),
            env: self.sources.env.clone(),
            config: self.config.providers.clone(),
            current_folder: self.sources.start_dir.clone(),
            certificates_at,
        }
    }

    /// Reads all `--secret` flags. Of several, one may be `-`.
    fn given_secrets(secrets: &Secrets, texts: &[String]) -> Result<Vec<Secret>, Failure> {
        if texts.iter().filter(|text| *text == "-").count() > 1 {
            return Err(Failure::usage("standard input holds one secret: --secret - was given twice"));
        }
        texts.iter().map(|text| secrets.read(text).map_err(Failure::from)).collect()
    }

    /// The store, opened.
    fn store(&self, options: &OpenOptions) -> Result<Arc<Store>, Failure> {
        let Some(setting) = &self.config.store else {
            return Err(Failure::surroundings(
                "there is no place for the store: neither HOME nor XDG_DATA_HOME is set",
            )
            .hint("say where with --store PATH"));
        };
        let path = match &setting.value {
            StorePath::Memory => Path::new(crate::store::IN_MEMORY),
            StorePath::File(path) => path.as_path(),
        };
        Ok(Arc::new(Store::open_with(path, options)?))
    }
}

/// Files and standard input beyond this are no request: reading stops instead of taking all memory.
const LARGEST_INPUT: u64 = 512 << 20;

/// Reads a file's bytes, or standard input for `-`.
fn read_input(path: &str) -> Result<Vec<u8>, Failure> {
    if path == "-" {
        return read_limited(std::io::stdin(), "standard input");
    }
    let file = std::fs::File::open(path).map_err(|error| unreadable(path, &error))?;
    read_limited(file, path)
}

/// All that a reader has. `name` is for errors.
fn read_limited(reader: impl Read, name: &str) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    reader.take(LARGEST_INPUT + 1).read_to_end(&mut bytes).map_err(|error| unreadable(name, &error))?;
    if bytes.len() as u64 > LARGEST_INPUT {
        return Err(Failure::usage(format!("{name} is larger than 512 MiB")));
    }
    Ok(bytes)
}

fn unreadable(name: &str, error: &std::io::Error) -> Failure {
    Failure::unreadable(std::path::Path::new(name), error)
}
