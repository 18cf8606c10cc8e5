//! A mail server that keeps what it is sent (RFC 5321).

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use mailparse::{MailHeaderMap as _, ParsedMail};

/// A server on a port of its own, until its test ends.
pub struct SmtpSink {
    pub port: u16,
    kept: Arc<Kept>,
}

#[derive(Default)]
struct Kept {
    received: Mutex<Vec<Received>>,
    /// Every line that was said to it, but for mail.
    heard: Mutex<Vec<String>>,
    /// What it answers to the next recipients, instead of taking them.
    refusals: Mutex<VecDeque<&'static str>>,
}

/// A mail as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Of the envelope.
    pub from: String,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub id: String,
    pub language: String,
    pub raw: String,
}

trait Line: Read + Write {}
impl<T: Read + Write> Line for T {}

impl SmtpSink {
    /// Without encryption, and without STARTTLS.
    pub fn start() -> Self {
        Self::start_with(None)
    }

    /// Encrypted from the first byte.
    pub fn start_tls(tls: rustls::ServerConfig) -> Self {
        Self::start_with(Some(Arc::new(tls)))
    }

    fn start_with(tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let kept = Arc::<Kept>::default();
        let keeping = Arc::clone(&kept);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (kept, tls) = (Arc::clone(&keeping), tls.clone());
                stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
                thread::spawn(move || {
                    let line: Box<dyn Line> = match tls {
                        None => Box::new(stream),
                        Some(tls) => {
                            let connection = rustls::ServerConnection::new(tls).unwrap();
                            Box::new(rustls::StreamOwned::new(connection, stream))
                        }
                    };
                    // A client that hangs up, or that we cannot agree with, ends the conversation.
                    let _ = kept.converse(line);
                });
            }
        });
        Self { port, kept }
    }

    /// The setting that leads here.
    pub fn url(&self) -> String {
        format!("smtp://localhost:{}", self.port)
    }

    /// The next recipient is refused with `answer`, such as `451 4.3.0 later`.
    pub fn refuse_next(&self, answer: &'static str) {
        self.kept.refusals.lock().unwrap().push_back(answer);
    }

    pub fn received(&self) -> Vec<Received> {
        self.kept.received.lock().unwrap().clone()
    }

    pub fn heard(&self) -> Vec<String> {
        self.kept.heard.lock().unwrap().clone()
    }
}

impl Kept {
    fn converse(&self, line: Box<dyn Line>) -> std::io::Result<()> {
        let mut line = BufReader::new(line);
        let (mut from, mut to) = (String::new(), String::new());
        say(&mut line, "220 sink.example")?;
        loop {
            let mut said = String::new();
            if line.read_line(&mut said)? == 0 {
                return Ok(());
            }
            let said = said.trim_end().to_owned();
            self.heard.lock().unwrap().push(said.clone());
            let upper = said.to_uppercase();
            let answer = match upper.split([' ', ':']).next().unwrap_or_default() {
                "EHLO" => "250-sink.example\r\n250-8BITMIME\r\n250 AUTH PLAIN",
                "AUTH" => "235 welcome",
                "MAIL" => {
                    from = address(&said);
                    "250 ok"
                }
                "RCPT" => {
                    to = address(&said);
                    self.refusals.lock().unwrap().pop_front().unwrap_or("250 ok")
                }
                "DATA" => {
                    say(&mut line, "354 go on")?;
                    let raw = content(&mut line)?;
                    self.received.lock().unwrap().push(Received::of(&from, &to, &raw));
                    "250 kept"
                }
                "QUIT" => {
                    say(&mut line, "221 bye")?;
                    return Ok(());
                }
                _ => "250 ok",
            };
            say(&mut line, answer)?;
        }
    }
}

impl Received {
    pub fn of(from: &str, to: &str, raw: &[u8]) -> Self {
        let mail: ParsedMail<'_> = mailparse::parse_mail(raw).unwrap();
        let header = |name: &str| mail.headers.get_first_value(name).unwrap_or_default();
        Self {
            from: from.to_owned(),
            to: to.to_owned(),
            subject: header("Subject"),
            text: mail.get_body().unwrap().replace("\r\n", "\n"),
            id: header("Message-ID"),
            language: header("Content-Language"),
            raw: String::from_utf8_lossy(raw).into_owned(),
        }
    }
}

fn say(line: &mut BufReader<Box<dyn Line>>, words: &str) -> std::io::Result<()> {
    let line = line.get_mut();
    line.write_all(format!("{words}\r\n").as_bytes())?;
    line.flush()
}

/// What stands between `<` and `>`.
fn address(said: &str) -> String {
    said.split(['<', '>']).nth(1).unwrap_or_default().to_owned()
}

/// The mail, up to the line with nothing but a dot (RFC 5321 §4.5.2).
fn content(line: &mut BufReader<Box<dyn Line>>) -> std::io::Result<Vec<u8>> {
    let mut content = Vec::new();
    loop {
        let mut one = Vec::new();
        if line.read_until(b'\n', &mut one)? == 0 || one == b".\r\n" {
            return Ok(content);
        }
        content.extend_from_slice(one.strip_prefix(b".").unwrap_or(&one));
    }
}
