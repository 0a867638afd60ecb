//! What can be wrong with a head, and which status says so.
//!
//! The texts quote nothing of the request: they go back to a stranger and on to a terminal.

use thiserror::Error;

/// Why a head was not accepted. Lines count from 1, the request or status line being the first.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HeadError {
    /// The bytes end before the empty line.
    #[error("the head ends before its empty line")]
    Incomplete,
    /// The head is longer than the limit, in bytes.
    #[error("the head is longer than {limit} bytes")]
    TooLarge {
        /// Bytes allowed.
        limit: usize,
    },
    /// There are more fields than the limit.
    #[error("there are more than {limit} header fields")]
    TooManyFields {
        /// Fields allowed.
        limit: usize,
    },
    /// A carriage return without a line feed behind it.
    #[error("line {line}: a carriage return without a line feed")]
    BareCr {
        /// Where.
        line: usize,
    },
    /// A line feed without a carriage return before it.
    #[error("line {line}: a line feed without a carriage return")]
    BareLf {
        /// Where.
        line: usize,
    },
    /// The first bytes open a TLS connection.
    #[error("this is TLS, but the port speaks plain HTTP")]
    Tls,

    /// The request line is not method, target and version with one space between each.
    #[error("the request line is not `METHOD target HTTP/1.1`")]
    RequestLine,
    /// A byte that no method may contain, or no method at all.
    #[error("the method is not a token")]
    Method,
    /// The method is longer than any that is in use.
    #[error("the method is longer than {limit} bytes")]
    MethodTooLong {
        /// Bytes allowed.
        limit: usize,
    },
    /// CONNECT asks for a tunnel, which is not offered.
    #[error("CONNECT is not supported")]
    Connect,
    /// The target is longer than the limit.
    #[error("the target is longer than {limit} bytes")]
    TargetTooLong {
        /// Bytes allowed.
        limit: usize,
    },
    /// White space, a control byte or a byte beyond ASCII in the target.
    #[error("the target contains byte 0x{byte:02x}")]
    TargetByte {
        /// The byte.
        byte: u8,
    },
    /// Neither a path, nor an http(s) URL, nor `*` with OPTIONS.
    #[error("the target is neither a path nor an http URL")]
    TargetForm,
    /// No `HTTP/` and two digits where the version belongs.
    #[error("the version is not readable")]
    Version,
    /// A version other than 1.0 and 1.1.
    #[error("only HTTP/1.0 and HTTP/1.1 are spoken here")]
    VersionUnsupported,
    /// The first line of an answer is not `HTTP/1.1 200 OK`.
    #[error("the status line is not `HTTP/1.1 200 OK`")]
    StatusLine,

    /// A line that begins with white space (obs-fold, or a field before the first).
    #[error("line {line}: a field line begins with white space")]
    Fold {
        /// Where.
        line: usize,
    },
    /// A line without a colon.
    #[error("line {line}: a field line has no colon")]
    NoColon {
        /// Where.
        line: usize,
    },
    /// Nothing before the colon.
    #[error("line {line}: a field has no name")]
    EmptyName {
        /// Where.
        line: usize,
    },
    /// White space between name and colon.
    #[error("line {line}: white space before the colon")]
    SpaceBeforeColon {
        /// Where.
        line: usize,
    },
    /// A byte that no field name may contain.
    #[error("line {line}: a field name contains byte 0x{byte:02x}")]
    NameByte {
        /// Where.
        line: usize,
        /// The byte.
        byte: u8,
    },
    /// A control byte in a field value.
    #[error("line {line}: a field value contains byte 0x{byte:02x}")]
    ValueByte {
        /// Where.
        line: usize,
        /// The byte.
        byte: u8,
    },

    /// HTTP/1.1 without Host.
    #[error("there is no Host")]
    HostMissing,
    /// More than one Host.
    #[error("there is more than one Host")]
    HostRepeated,
    /// A Host that is no host with an optional port.
    #[error("the Host is not `name` or `name:port`")]
    HostInvalid,
    /// More than one Content-Length, equal or not.
    #[error("there is more than one Content-Length")]
    LengthRepeated,
    /// A Content-Length that is not digits alone.
    #[error("the Content-Length is not a plain number")]
    LengthInvalid,
    /// A Content-Length beyond 64 bits.
    #[error("the Content-Length is too large to be meant")]
    LengthOverflow,
    /// Content-Length and Transfer-Encoding together.
    #[error("there are both Content-Length and Transfer-Encoding")]
    LengthAndTransfer,
    /// More than one Transfer-Encoding field, or `chunked` applied twice.
    #[error("there is more than one Transfer-Encoding")]
    TransferRepeated,
    /// A Transfer-Encoding that does not end in `chunked`, so that the body has no readable end.
    #[error("the Transfer-Encoding is not `chunked`")]
    TransferInvalid,
    /// A further coding beneath `chunked`.
    #[error("the only Transfer-Encoding supported is `chunked`")]
    TransferUnsupported,
    /// Transfer-Encoding in HTTP/1.0, which does not have it.
    #[error("there is a Transfer-Encoding in HTTP/1.0")]
    TransferInHttp10,
}

impl HeadError {
    /// The status that tells a client so.
    pub const fn status(&self) -> u16 {
        match self {
            Self::TargetTooLong { .. } => 414,
            Self::TooLarge { .. } | Self::TooManyFields { .. } => 431,
            Self::MethodTooLong { .. } | Self::Connect | Self::TransferUnsupported => 501,
            Self::VersionUnsupported => 505,
            Self::Incomplete
            | Self::BareCr { .. }
            | Self::BareLf { .. }
            | Self::Tls
            | Self::RequestLine
            | Self::Method
            | Self::TargetByte { .. }
            | Self::TargetForm
            | Self::Version
            | Self::StatusLine
            | Self::Fold { .. }
            | Self::NoColon { .. }
            | Self::EmptyName { .. }
            | Self::SpaceBeforeColon { .. }
            | Self::NameByte { .. }
            | Self::ValueByte { .. }
            | Self::HostMissing
            | Self::HostRepeated
            | Self::HostInvalid
            | Self::LengthRepeated
            | Self::LengthInvalid
            | Self::LengthOverflow
            | Self::LengthAndTransfer
            | Self::TransferRepeated
            | Self::TransferInvalid
            | Self::TransferInHttp10 => 400,
        }
    }
}
