//! Flags that several commands share, and the request that they come to.

use super::failure::Failure;
use crate::config::{self, Found, Settings};
use crate::engine::Day;
use crate::layout::{LayoutMeta, Variables, layout_named, layouts, printed_path};
use crate::migration::{Dialect, NamedVersion};
use crate::pipeline::{Overrides, Request};
use crate::scope::Scope;
use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// When text is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Colour {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Whether a command's text is coloured.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct ColourFlag {
    /// Whether text is coloured
    #[arg(
        long,
        value_enum,
        default_value = "auto",
        env = "LOCKGATE_COLOR",
        hide_env_values = true
    )]
    pub color: Colour,
}

/// How the answer of a command is written that people and programs read.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct Answer {
    /// How the answer is written
    #[arg(long, short, value_enum, default_value = "text")]
    pub format: Format,
    /// Print the JSON schema of --format json
    #[arg(long)]
    pub print_schema: bool,
}

/// Whom an answer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// For programs; --print-schema prints its schema
    Json,
}

/// Which migrations, and for what server.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Input {
    /// Files and folders; `-` is standard input. Without any: what lockgate.toml names, else what
    /// is found below this folder
    #[arg(value_name = "PATHS")]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    pub target: TargetFlags,
    /// The layout of the migrations, instead of detecting it
    #[arg(long, env = "LOCKGATE_LAYOUT", hide_env_values = true, value_parser = layout_parser())]
    pub layout: Option<LayoutMeta>,
    /// The configuration, instead of the nearest lockgate.toml or pyproject.toml upward
    #[arg(long, value_name = "FILE", env = "LOCKGATE_CONFIG", hide_env_values = true)]
    pub config: Option<PathBuf>,
}

/// The server that migrations are judged for.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct TargetFlags {
    /// The dialect, instead of judging it from the files
    #[arg(long, env = "LOCKGATE_DIALECT", hide_env_values = true, value_parser = dialect_parser())]
    pub dialect: Option<Dialect>,
    /// The server's version, such as 16, or with its dialect, such as mariadb-10.11 [assumed: 14
    /// for PostgreSQL, 8.0 for MySQL, 10.11 for MariaDB]
    #[arg(long, value_name = "VERSION", env = "LOCKGATE_SERVER_VERSION", hide_env_values = true)]
    pub server_version: Option<NamedVersion>,
}

impl TargetFlags {
    /// The dialect that the flags name: by itself or with the version.
    fn dialect(self) -> Result<Option<Dialect>, Failure> {
        let with_version = self.server_version.and_then(|named| named.dialect);
        match (self.dialect, with_version) {
            (Some(dialect), Some(other)) if dialect != other => Err(Failure::Usage {
                message: format!("--dialect says {dialect}, --server-version says {other}"),
                help: Some("name the same dialect in both, or only one of them".to_owned()),
            }),
            (dialect, other) => Ok(dialect.or(other)),
        }
    }
}

fn layout_parser() -> impl TypedValueParser<Value = LayoutMeta> {
    PossibleValuesParser::new(layouts().map(|layout| layout.name))
        .try_map(|name| layout_named(&name))
}

fn dialect_parser() -> impl TypedValueParser<Value = Dialect> {
    PossibleValuesParser::new(Dialect::ALL.map(Dialect::as_str))
        .try_map(|name| name.parse::<Dialect>())
}

/// A request with the configuration that it was made of.
pub(super) struct Prepared {
    /// The request.
    pub request: Request,
    /// The configuration, where one was found.
    pub config: Option<Found>,
}

impl Input {
    /// Reads the configuration and standard input.
    pub fn prepare(&self) -> Result<Prepared, Failure> {
        let working_directory = working_directory()?;
        let config = self.find_config(&working_directory)?;
        let settings = config.as_ref().map(config::load).transpose()?.unwrap_or_default();
        let settings_folder =
            config.as_ref().map_or(working_directory.clone(), |found| found.folder().to_owned());
        let request = self.request(working_directory, settings, settings_folder)?;
        Ok(Prepared { request, config })
    }

    fn request(
        &self,
        working_directory: PathBuf,
        settings: Settings,
        settings_folder: PathBuf,
    ) -> Result<Request, Failure> {
        Ok(Request {
            stdin: read_stdin(&self.paths)?,
            paths: self.paths.clone(),
            working_directory,
            settings,
            settings_folder,
            overrides: Overrides {
                layout: self.layout,
                dialect: self.target.dialect()?,
                server_version: self.target.server_version.map(|named| named.version),
                variables: Variables::read(|name| std::env::var(name).ok()),
            },
            deployed: Vec::new(),
            scope: Scope::default(),
            today: Day::of(SystemTime::now()),
        })
    }

    fn find_config(&self, working_directory: &Path) -> Result<Option<Found>, Failure> {
        let shown = |path: &Path| printed_path(working_directory, path);
        if let Some(path) = &self.config {
            let path = working_directory.join(path);
            return Ok(Some(Found::named(&path, shown(&path))));
        }
        let named = self.paths.iter().filter(|path| path.as_path() != Path::new("-"));
        let mut starts: Vec<PathBuf> = named.map(|path| working_directory.join(path)).collect();
        if starts.is_empty() {
            starts.push(working_directory.to_owned());
        }
        Ok(config::find(&starts, shown)?)
    }
}

/// The settings of the nearest configuration, for commands that name no migrations.
pub(super) fn nearest_settings() -> Result<Settings, Failure> {
    let working_directory = working_directory()?;
    let shown = |path: &Path| printed_path(&working_directory, path);
    let found = config::find(std::slice::from_ref(&working_directory), shown)?;
    Ok(found.as_ref().map(config::load).transpose()?.unwrap_or_default())
}

/// The working directory, absolute.
pub(super) fn working_directory() -> Result<PathBuf, Failure> {
    std::env::current_dir()
        .map_err(|error| Failure::Io { path: "the working directory".to_owned(), error })
}

/// Standard input, where a path names it.
pub(super) fn read_stdin(paths: &[PathBuf]) -> Result<Option<Vec<u8>>, Failure> {
    if !paths.iter().any(|path| path == Path::new("-")) {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    std::io::stdin()
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::Io { path: "standard input".to_owned(), error })?;
    Ok(Some(bytes))
}
