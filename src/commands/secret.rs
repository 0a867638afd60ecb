//! `hookctl secret`

use std::path::{Path, PathBuf};

use super::Context;
use crate::cli::secret::SecretArgs;
use crate::error::Failure;
use crate::exit::Exit;
use crate::json::secret::SecretObject;
use crate::model::Secret;
use crate::output::style;
use crate::secrets::{variable_of, write_env};

pub(super) fn run(context: &Context, args: &SecretArgs) -> Result<Exit, Failure> {
    let provider = context.catalog()?.get(&args.provider)?;
    let secrets = context.secrets();
    let title = &provider.definition.title;
    if !provider.definition.has_secret() {
        return Err(Failure::usage(format!("{title} signs nothing, so it has no secret")));
    }
    if let Some([_, name]) = args.write_env.as_deref() {
        check_name(name)?;
    }
    let configured = secrets.configured(&provider.name)?;
    let (secret, origin) = match configured.first() {
        Some(_) if args.rotate => {
            return Err(Failure::usage(format!("{title}'s secret is configured, so hookctl cannot rotate it"))
                .hint(format!("'hookctl config' and {} say where it comes from", variable_of(&provider.name))));
        }
        Some(secret) => (secret.clone(), "given"),
        None => {
            let made = if args.rotate { secrets.rotate(&provider)? } else { secrets.development(&provider)? };
            (if args.public { made.public() } else { made.private() }, "development")
        }
    };
    match args.write_env.as_deref() {
        Some([file, name]) => write(context, &provider.name, origin, &secret, Path::new(file), name)?,
        _ => {
            let shown = SecretObject {
                kind: "secret",
                provider: &provider.name,
                origin,
                secret: Some(secret.expose()),
                written_to: None,
            };
            if context.output.is_json() {
                context.output.json(&shown);
            } else {
                context.output.raw(format!("{}\n", secret.expose()).as_bytes());
            }
        }
    }
    if args.rotate {
        context.output.note(&style::dim("a new secret; the one before it still verifies until the next rotation"));
    }
    Ok(Exit::Yes)
}

fn check_name(name: &str) -> Result<(), Failure> {
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if starts_well && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return Ok(());
    }
    Err(Failure::usage(format!("'{name}' is not the name of a variable"))
        .hint("hookctl secret PROVIDER --write-env FILE NAME"))
}

fn write(
    context: &Context,
    provider: &str,
    origin: &'static str,
    secret: &Secret,
    file: &Path,
    name: &str,
) -> Result<(), Failure> {
    if secret.expose().contains(['\n', '\r']) {
        return Err(Failure::usage("the secret has several lines, which an environment file cannot hold"));
    }
    write_env(file, name, secret)?;
    let written_to = Some(PathBuf::from(file).display().to_string());
    let object = SecretObject { kind: "secret", provider, origin, secret: None, written_to };
    context.output.result(&object, || format!("wrote {name} to {}", file.display()));
    Ok(())
}
