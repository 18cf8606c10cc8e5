//! A small DNS server of its own on loopback: real packets, over UDP and TCP, and records that a test changes.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::{Arc, Mutex};
use std::thread;

use hickory_resolver::proto::op::{Message, OpCode, ResponseCode};
use hickory_resolver::proto::rr::rdata::TXT;
use hickory_resolver::proto::rr::{RData, Record};

/// What the server does with a name.
#[derive(Clone, Debug)]
pub enum Answers {
    /// TXT records, each of one or more pieces.
    Texts(Vec<Vec<String>>),
    /// `SERVFAIL`.
    Failure,
}

#[derive(Clone)]
pub struct DnsServer {
    pub address: SocketAddr,
    zone: Arc<Mutex<HashMap<String, Answers>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl DnsServer {
    pub fn start() -> Self {
        // One port for both: another test may have taken it for TCP.
        let (udp, tcp) = loop {
            let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
            if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()) {
                break (udp, tcp);
            }
        };
        let address = udp.local_addr().unwrap();
        let server = Self { address, zone: Arc::default(), asked: Arc::default() };
        let by_udp = server.clone();
        thread::spawn(move || {
            let mut packet = [0; 4_096];
            while let Ok((length, from)) = udp.recv_from(&mut packet) {
                let answer = by_udp.answer(&packet[..length]);
                udp.send_to(&answer, from).unwrap();
            }
        });
        let by_tcp = server.clone();
        thread::spawn(move || {
            for mut stream in tcp.incoming().flatten() {
                let mut length = [0; 2];
                if stream.read_exact(&mut length).is_err() {
                    continue;
                }
                let mut packet = vec![0; usize::from(u16::from_be_bytes(length))];
                stream.read_exact(&mut packet).unwrap();
                let answer = by_tcp.answer(&packet);
                stream.write_all(&u16::try_from(answer.len()).unwrap().to_be_bytes()).unwrap();
                stream.write_all(&answer).unwrap();
            }
        });
        server
    }

    /// Publishes TXT records at `name`, in the place of what was there.
    pub fn publish(&self, name: &str, texts: &[&str]) {
        let texts = texts.iter().map(|text| vec![(*text).to_owned()]).collect();
        self.set(name, Answers::Texts(texts));
    }

    pub fn set(&self, name: &str, answers: Answers) {
        self.zone.lock().unwrap().insert(name.to_owned(), answers);
    }

    pub fn remove(&self, name: &str) {
        self.zone.lock().unwrap().remove(name);
    }

    /// The names asked for so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn answer(&self, packet: &[u8]) -> Vec<u8> {
        let question = Message::from_vec(packet).unwrap();
        let mut answer = Message::response(question.metadata.id, OpCode::Query);
        answer.metadata.recursion_desired = question.metadata.recursion_desired;
        answer.metadata.recursion_available = true;
        let query = question.queries[0].clone();
        let name = query.name().to_ascii().trim_end_matches('.').to_lowercase();
        self.asked.lock().unwrap().push(name.clone());
        match self.zone.lock().unwrap().get(&name) {
            None => answer.metadata.response_code = ResponseCode::NXDomain,
            Some(Answers::Failure) => answer.metadata.response_code = ResponseCode::ServFail,
            Some(Answers::Texts(texts)) => {
                for pieces in texts {
                    let data = RData::TXT(TXT::new(pieces.clone()));
                    answer.add_answer(Record::from_rdata(query.name().clone(), 60, data));
                }
            }
        }
        answer.add_query(query);
        answer.to_vec().unwrap()
    }
}
