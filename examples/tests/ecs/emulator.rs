//! The emulator: one for all tests of this process, one account for each test.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_ecs::config::Credentials;
use serde_json::{Value, json};

/// A service on AWS: slot `a` serves with two tasks, slot `b` is idle.
#[derive(Debug)]
pub(crate) struct Stage {
    /// Twelve digits.
    pub(crate) account: String,
    /// The service's name.
    pub(crate) app: String,
    /// What everything is called.
    pub(crate) names: Value,
}

impl Stage {
    /// Builds it in an account of its own.
    pub(crate) fn new() -> Self {
        let number = ACCOUNTS.fetch_add(1, Ordering::Relaxed);
        Self::build(format!("{number:012}"), "web")
    }

    /// Builds another service in the same account.
    pub(crate) fn beside(&self, app: &str) -> Self {
        Self::build(self.account.clone(), app)
    }

    fn build(account: String, app: &str) -> Self {
        let mut stage = Self { account, app: app.to_owned(), names: Value::Null };
        stage.names = stage.control("stage", &json!({ "app": app }));
        stage
    }

    /// Makes a control request.
    pub(crate) fn control(&self, action: &str, said: &Value) -> Value {
        let path = format!("/gf/{action}?account={}", self.account);
        post(emulator().address, &path, &said.to_string())
    }

    /// Adds a fault to what is to come.
    pub(crate) fn fault(&self, operation: &str, kind: &str, more: &Value) {
        let mut said = json!({ "op": operation, "kind": kind });
        let more = more.as_object().unwrap().clone();
        said.as_object_mut().unwrap().extend(more);
        self.control("fault", &said);
    }

    /// Returns a name or ARN.
    pub(crate) fn name(&self, of: &str) -> &str {
        let name = of.split('.').fold(&self.names, |names, key| match key.parse::<usize>() {
            Ok(index) => &names[index],
            Err(_) => &names[key],
        });
        name.as_str().unwrap_or_else(|| panic!("there is no {of}"))
    }

    /// Returns how often an operation was called so far.
    pub(crate) fn calls(&self, operation: &str) -> u64 {
        self.control("log", &json!({ "calls": false }))["counts"][operation].as_u64().unwrap_or(0)
    }

    /// Returns every state that the production rule had.
    pub(crate) fn history(&self) -> Value {
        self.control("history", &json!({ "rule": self.name("rule") }))
    }

    /// Returns the SDK's configuration for this account. Nothing of the environment is asked.
    pub(crate) async fn sdk(&self) -> SdkConfig {
        sdk(&self.account, emulator().address).await
    }

    pub(crate) fn address(&self) -> SocketAddr {
        emulator().address
    }
}

/// Returns the SDK's configuration for an account there.
pub(crate) async fn sdk(account: &str, emulator: SocketAddr) -> SdkConfig {
    assert!(emulator.ip().is_loopback(), "{emulator} is no emulator of ours");
    let keys = Credentials::new(account, "testing", None, None, "test");
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(keys)
        .endpoint_url(format!("http://{emulator}"))
        .load()
        .await
}

/// The process. It ends when ours does: we hold its standard input.
struct Emulator {
    _child: Child,
    address: SocketAddr,
}

fn emulator() -> &'static Emulator {
    static EMULATOR: OnceLock<Emulator> = OnceLock::new();
    EMULATOR.get_or_init(start)
}

fn start() -> Emulator {
    let python = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../emulator/python");
    let spawned = Command::new(&python)
        .args(["-m", "emulator"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut child = spawned.unwrap_or_else(|error| {
        panic!(
            "there is no emulator ({}: {error}); run greenflow-aws/tests/emulator/setup",
            python.display()
        )
    });
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    Emulator { _child: child, address: loopback(&line) }
}

/// Reads where the emulator is. Only the loopback is ever talked to.
fn loopback(line: &str) -> SocketAddr {
    let address = line.trim().strip_prefix("ready http://").and_then(|at| at.parse().ok());
    let loopback = address.filter(|address: &SocketAddr| address.ip().is_loopback());
    loopback.unwrap_or_else(|| panic!("the emulator is at no address of the loopback: {line:?}"))
}

fn post(address: SocketAddr, path: &str, body: &str) -> Value {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{path}: {answer}");
    serde_json::from_str(body).unwrap()
}

static ACCOUNTS: AtomicU32 = AtomicU32::new(1);

#[test]
#[should_panic(expected = "at no address of the loopback")]
fn nothing_but_the_loopback_is_talked_to() {
    loopback("ready http://203.0.113.1:80");
}
