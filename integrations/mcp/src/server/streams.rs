//! [`take`]: the standard streams for the protocol, out of reach of everything else.
//!
//! The protocol needs stdin and stdout for itself. A tool that prints a line, or a child process that reads its stdin,
//! would break it. Therefore the protocol gets private descriptors, and then stdout is redirected to stderr and stdin
//! to the null device.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncRead, AsyncWrite};

use crate::error::{Error, Result};

pub(super) type Reader = Box<dyn AsyncRead + Send + Unpin>;
pub(super) type Writer = Box<dyn AsyncWrite + Send + Unpin>;

/// Takes stdin and stdout of the process.
///
/// # Errors
///
/// They were taken before, or the system refuses it.
pub(super) fn take() -> Result<(Reader, Writer)> {
    static TAKEN: AtomicBool = AtomicBool::new(false);
    if TAKEN.swap(true, Ordering::Relaxed) {
        return Err(Error::misuse("a server uses stdin and stdout already; a process can have only one such server"));
    }
    imp::take().map_err(|error| Error::start("stdin and stdout cannot be used for the protocol").caused_by(error))
}

/// Reads stdin on a thread of its own. A read cannot be interrupted, and unlike a thread of the runtime this one does
/// not keep the program from ending.
fn read_on_thread(mut input: impl io::Read + Send + 'static) -> io::Result<Reader> {
    use tokio::io::AsyncWriteExt as _;

    let (reader, mut writer) = tokio::io::duplex(BUFFER);
    let runtime = tokio::runtime::Handle::current();
    let copy = move || {
        let mut buffer = vec![0; BUFFER];
        loop {
            match input.read(&mut buffer) {
                Ok(0) => return,
                Ok(read) if runtime.block_on(writer.write_all(&buffer[..read])).is_ok() => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                _ => return,
            }
        }
    };
    std::thread::Builder::new().name("mcp-stdin".to_owned()).spawn(copy)?;
    Ok(Box::new(reader))
}

const BUFFER: usize = 64 * 1024;

#[cfg(unix)]
mod imp {
    use std::fs::File;
    use std::io;
    use std::os::fd::{AsFd as _, OwnedFd};
    use std::os::unix::fs::FileTypeExt as _;
    use std::os::unix::net::UnixStream;

    use super::{Reader, Writer, read_on_thread};

    pub(super) fn take() -> io::Result<(Reader, Writer)> {
        // The copies are closed in child processes.
        let input = io::stdin().as_fd().try_clone_to_owned()?;
        let output = io::stdout().as_fd().try_clone_to_owned()?;
        rustix::stdio::dup2_stdout(io::stderr())?;
        rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
        Ok((reader(input)?, writer(output)?))
    }

    /// Programs start servers with pipes, or with sockets if they use Node. Both can be read without a thread.
    fn reader(input: OwnedFd) -> io::Result<Reader> {
        let (input, kind) = kind(input)?;
        match kind {
            Kind::Socket => Ok(Box::new(socket(input)?)),
            #[cfg(target_os = "linux")]
            Kind::Pipe => Ok(Box::new(tokio::net::unix::pipe::Receiver::from_owned_fd(reopened(&input, false)?)?)),
            _ => read_on_thread(File::from(input)),
        }
    }

    fn writer(output: OwnedFd) -> io::Result<Writer> {
        let (output, kind) = kind(output)?;
        match kind {
            Kind::Socket => Ok(Box::new(socket(output)?)),
            #[cfg(target_os = "linux")]
            Kind::Pipe => Ok(Box::new(tokio::net::unix::pipe::Sender::from_owned_fd(reopened(&output, true)?)?)),
            _ => Ok(Box::new(tokio::fs::File::from_std(File::from(output)))),
        }
    }

    enum Kind {
        Pipe,
        Socket,
        Other,
    }

    fn kind(stream: OwnedFd) -> io::Result<(OwnedFd, Kind)> {
        let file = File::from(stream);
        let kind = file.metadata()?.file_type();
        let kind = match (kind.is_fifo(), kind.is_socket()) {
            (true, _) => Kind::Pipe,
            (_, true) => Kind::Socket,
            _ => Kind::Other,
        };
        Ok((file.into(), kind))
    }

    /// The flag that a socket does not block is shared with the process that gave it to this one. Such a socket is one
    /// end of a pair, and the other process uses the other end.
    fn socket(stream: OwnedFd) -> io::Result<tokio::net::UnixStream> {
        let stream = UnixStream::from(stream);
        stream.set_nonblocking(true)?;
        tokio::net::UnixStream::from_std(stream)
    }

    /// Opens a pipe again, because the flag that it does not block would be shared with other processes.
    #[cfg(target_os = "linux")]
    fn reopened(pipe: &OwnedFd, write: bool) -> io::Result<OwnedFd> {
        use std::os::fd::AsRawFd as _;
        use std::os::unix::fs::OpenOptionsExt as _;

        let flags = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
        let path = format!("/proc/self/fd/{}", pipe.as_raw_fd());
        Ok(File::options().read(!write).write(write).custom_flags(flags).open(path)?.into())
    }
}

/// Other systems have no descriptors that can be exchanged safely, so a tool must not print to stdout there.
#[cfg(not(unix))]
mod imp {
    use std::io;

    use super::{Reader, Writer, read_on_thread};

    pub(super) fn take() -> io::Result<(Reader, Writer)> {
        Ok((read_on_thread(io::stdin())?, Box::new(tokio::io::stdout())))
    }
}
