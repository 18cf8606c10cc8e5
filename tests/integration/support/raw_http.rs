//! HTTP/1.1 by hand: what no decent client sends, from any address of this machine. Blocking.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Nobody waits longer for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection that is kept open, and opened anew where the other side has closed it.
pub struct RawConnection {
    to: SocketAddr,
    from: Option<IpAddr>,
    stream: Option<TcpStream>,
}

/// What came back.
#[derive(Clone, Debug, Default)]
pub struct RawAnswer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub took: Duration,
}

impl RawAnswer {
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// What a browser sends back of the cookies it got.
    pub fn cookies(&self) -> String {
        let pairs = self.all("set-cookie").filter_map(|line| line.split(';').next());
        pairs.collect::<Vec<_>>().join("; ")
    }
}

impl RawConnection {
    /// To the server at `to`, coming from the address `from` where one is given.
    pub fn new(to: SocketAddr, from: Option<IpAddr>) -> Self {
        Self { to, from, stream: None }
    }

    /// Sends `request` as it is. One that finds its connection closed is sent again, once.
    ///
    /// # Errors
    /// No answer.
    pub fn send(&mut self, request: &[u8]) -> io::Result<RawAnswer> {
        let is_fresh = self.stream.is_none();
        let began = Instant::now();
        let mut outcome = self.try_once(request);
        if outcome.is_err() && !is_fresh && began.elapsed() < PATIENCE {
            outcome = self.try_once(request);
        }
        let mut answer = outcome?;
        answer.took = began.elapsed();
        Ok(answer)
    }

    fn try_once(&mut self, request: &[u8]) -> io::Result<RawAnswer> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => connect(self.from, self.to, None)?,
        };
        // A server may answer and close before it has read all: what it said is there all the same.
        let sent = stream.write_all(request);
        let (answer, is_open) = match read_answer(&mut stream, request.starts_with(b"HEAD ")) {
            Ok(answered) => answered,
            Err(error) => return Err(sent.err().unwrap_or(error)),
        };
        if is_open && sent.is_ok() {
            self.stream = Some(stream);
        }
        Ok(answer)
    }
}

/// A connection to `to` from the address `from`, that takes in at most `window` bytes before somebody reads.
///
/// # Errors
/// Nobody listens, or there is no room.
pub fn connect(from: Option<IpAddr>, to: SocketAddr, window: Option<u32>) -> io::Result<TcpStream> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let stream = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4()?;
        if let Some(from) = from {
            socket.bind(SocketAddr::new(from, 0))?;
        }
        if let Some(window) = window {
            socket.set_recv_buffer_size(window)?;
        }
        let connected = tokio::time::timeout(PATIENCE, socket.connect(to)).await;
        connected.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??.into_std()
    })?;
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// One answer, and whether the connection serves on.
fn read_answer(stream: &mut TcpStream, is_head: bool) -> io::Result<(RawAnswer, bool)> {
    let mut bytes = Vec::new();
    let end = loop {
        match bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            Some(end) => break end,
            None => read_more(stream, &mut bytes)?,
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut rest = bytes.split_off(end + 4);
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let mut answer = RawAnswer { status: status.unwrap_or_default(), headers, ..RawAnswer::default() };
    let has_none = is_head || answer.status < 200 || [204, 304].contains(&answer.status);
    let mut is_open = !answer.header("connection").eq_ignore_ascii_case("close");
    if has_none {
    } else if answer.header("transfer-encoding").eq_ignore_ascii_case("chunked") {
        answer.body = read_chunks(stream, rest)?;
    } else if let Ok(length) = answer.header("content-length").parse::<usize>() {
        while rest.len() < length {
            read_more(stream, &mut rest)?;
        }
        answer.body = rest;
    } else {
        while read_more(stream, &mut rest).is_ok() {}
        (answer.body, is_open) = (rest, false);
    }
    Ok((answer, is_open))
}

fn read_chunks(stream: &mut TcpStream, mut bytes: Vec<u8>) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = loop {
            match bytes.windows(2).position(|window| window == b"\r\n") {
                Some(end) => break end,
                None => read_more(stream, &mut bytes)?,
            }
        };
        let size = String::from_utf8_lossy(&bytes[..end]).trim().to_owned();
        let size = usize::from_str_radix(&size, 16).map_err(io::Error::other)?;
        while bytes.len() < end + 2 + size + 2 {
            read_more(stream, &mut bytes)?;
        }
        body.extend_from_slice(&bytes[end + 2..end + 2 + size]);
        bytes.drain(..end + 2 + size + 2);
        if size == 0 {
            return Ok(body);
        }
    }
}

fn read_more(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> io::Result<()> {
    let mut some = [0; 16 * 1024];
    match stream.read(&mut some)? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        count => {
            bytes.extend_from_slice(&some[..count]);
            Ok(())
        }
    }
}
