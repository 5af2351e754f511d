//! A mail server that keeps what it is given: enough of RFC 5321 for one client that behaves.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What a sink has seen.
#[derive(Default)]
pub struct Seen {
    /// Whole messages that it took.
    pub mails: Vec<String>,
    /// Recipients that it was asked for, taken or not.
    pub asked: usize,
    /// What came after `AUTH`.
    pub logins: Vec<String>,
    /// So many recipients it refuses first.
    pub refuses: usize,
}

#[derive(Clone)]
pub struct Sink {
    pub port: u16,
    pub seen: Arc<Mutex<Seen>>,
}

impl Sink {
    /// One that refuses the first `refuses` recipients, in words that quote them.
    pub fn start(refuses: usize, tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Seen { refuses, ..Seen::default() }));
        let sink = Self { port, seen };
        let accepting = sink.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (sink, tls) = (accepting.clone(), tls.clone());
                // A client that hangs up, or refuses the certificate, ends its own conversation only.
                std::thread::spawn(move || sink.connection(stream.unwrap(), tls).ok());
            }
        });
        sink
    }

    fn connection(&self, stream: TcpStream, tls: Option<Arc<rustls::ServerConfig>>) -> std::io::Result<()> {
        match tls {
            None => self.talk(stream),
            Some(config) => {
                let connection = rustls::ServerConnection::new(config).map_err(std::io::Error::other)?;
                self.talk(rustls::StreamOwned::new(connection, stream))
            }
        }
    }

    fn talk(&self, stream: impl Read + Write) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        let say = |stream: &mut BufReader<_>, text: &str| -> std::io::Result<()> {
            let stream: &mut _ = BufReader::get_mut(stream);
            Write::write_all(stream, format!("{text}\r\n").as_bytes())?;
            Write::flush(stream)
        };
        say(&mut stream, "220 sink")?;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let line = line.trim_end();
            match line.split(' ').next().unwrap_or_default() {
                "EHLO" => say(&mut stream, "250-sink\r\n250-8BITMIME\r\n250 AUTH PLAIN")?,
                "AUTH" => {
                    self.seen.lock().unwrap().logins.push(line["AUTH ".len()..].to_owned());
                    say(&mut stream, "235 welcome")?;
                }
                "RCPT" if self.refused() => {
                    say(&mut stream, &format!("451 4.3.0 not now: {line}"))?;
                }
                "DATA" => {
                    say(&mut stream, "354 go")?;
                    let mut mail = String::new();
                    while !mail.ends_with("\r\n.\r\n") {
                        stream.read_line(&mut mail)?;
                    }
                    self.seen.lock().unwrap().mails.push(mail);
                    say(&mut stream, "250 taken")?;
                }
                "QUIT" => return say(&mut stream, "221 bye"),
                _ => say(&mut stream, "250 well")?,
            }
        }
    }

    fn refused(&self) -> bool {
        let mut seen = self.seen.lock().unwrap();
        seen.asked += 1;
        let refuses = seen.refuses > 0;
        seen.refuses = seen.refuses.saturating_sub(1);
        refuses
    }

    pub fn mails(&self) -> Vec<String> {
        self.seen.lock().unwrap().mails.clone()
    }

    pub fn asked(&self) -> usize {
        self.seen.lock().unwrap().asked
    }
}
