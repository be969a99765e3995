//! [`LogLevel`]: the level of a message in the log of a client.
// The protocol has deprecated logging, but clients of all versions use it.
#![allow(deprecated)]

use rmcp::model::LoggingLevel;

/// The level of a message for the log of a client, from the least to the most severe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum LogLevel {
    /// Details for the author of the tool.
    Debug,
    /// Progress of usual work.
    Info,
    /// Something unusual, but not wrong.
    Notice,
    /// Something that may become a problem.
    Warning,
    /// A failure of one operation.
    Error,
    /// A failure of a part of the server.
    Critical,
    /// A failure that a person has to repair at once.
    Alert,
    /// The server cannot be used.
    Emergency,
}

const LEVELS: [(LogLevel, LoggingLevel); 8] = [
    (LogLevel::Debug, LoggingLevel::Debug),
    (LogLevel::Info, LoggingLevel::Info),
    (LogLevel::Notice, LoggingLevel::Notice),
    (LogLevel::Warning, LoggingLevel::Warning),
    (LogLevel::Error, LoggingLevel::Error),
    (LogLevel::Critical, LoggingLevel::Critical),
    (LogLevel::Alert, LoggingLevel::Alert),
    (LogLevel::Emergency, LoggingLevel::Emergency),
];

impl From<LogLevel> for LoggingLevel {
    fn from(level: LogLevel) -> Self {
        LEVELS.iter().find(|(ours, _)| *ours == level).map_or(Self::Emergency, |(_, theirs)| *theirs)
    }
}

impl From<LoggingLevel> for LogLevel {
    /// A level that a later version of the protocol adds is taken as the most severe, so that nothing floods a client.
    fn from(level: LoggingLevel) -> Self {
        LEVELS.iter().find(|(_, theirs)| *theirs == level).map_or(Self::Emergency, |(ours, _)| *ours)
    }
}
