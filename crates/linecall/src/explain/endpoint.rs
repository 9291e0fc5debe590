//! An HTTP endpoint that answers for raw rows.
//!
//! Each call is a POST of a JSON array of objects, one a row, in the user's own columns. The answer is
//! a JSON array with a number for each row, or with an array of numbers where more than one is
//! expected. Rows go to the stated host and to no other: there are no redirections and no proxies.

use std::time::Duration;

use super::rows::RawRows;
use linecall_audit::explain::BlackBox;
use serde_json::Value;

use super::rows::json_rows;
use crate::{Error, Result};
use linecall_data::one_line;

/// An endpoint, and how it is asked.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Its address.
    pub url: String,
    /// Time that it has for one call.
    pub timeout: Duration,
    /// Numbers that it answers for each row.
    pub outputs: usize,
    /// Whether they are probabilities; anything outside 0 to 1 is then refused.
    pub probabilities: bool,
}

impl Endpoint {
    /// An endpoint that answers one probability a row within a minute a call.
    ///
    /// ```
    /// use linecall::explain::Endpoint;
    /// assert!(Endpoint::new("http://127.0.0.1:8000/score").is_ok());
    /// let error = Endpoint::new("https://127.0.0.1/score").unwrap_err().to_string();
    /// assert!(error.contains("--command"));
    /// ```
    ///
    /// # Errors
    /// When the address is not one of plain HTTP, or carries a password.
    pub fn new(url: &str) -> Result<Self> {
        let refuse = |problem: &str| Err(Error::Question(format!("{url}: {problem}")));
        let scheme = url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        match scheme.as_deref() {
            Some("http") => {}
            Some("https") => {
                return refuse(
                    "https is not spoken here; ask through a program that does, as in --command 'curl \
                     -sS --data-binary @- URL', or a local proxy",
                );
            }
            _ => return refuse("is no address; write it as http://HOST:PORT/PATH"),
        }
        let host = url.get("http://".len()..).unwrap_or("");
        let host = host.split(['/', '?', '#']).next().unwrap_or("");
        if host.is_empty() || host.starts_with(':') {
            return refuse("names no host; write it as http://HOST:PORT/PATH");
        }
        if host.contains('@') {
            return Err(Error::Question(
                "--url: an address with a name or password would end up in the output; leave them out"
                    .to_owned(),
            ));
        }
        Ok(Self {
            url: url.to_owned(),
            timeout: Duration::from_secs(60),
            outputs: 1,
            probabilities: true,
        })
    }

    fn failed(&self, what: impl std::fmt::Display) -> linecall_audit::Error {
        linecall_audit::Error::Model(format!("{}: {what}", self.url))
    }

    /// Why there is no answer.
    fn lost(&self, error: &ureq::Error) -> linecall_audit::Error {
        match error {
            ureq::Error::Timeout(_) => self.failed(format!(
                "did not answer within {} s; give it more time, or fewer rows a call",
                self.timeout.as_secs_f64()
            )),
            ureq::Error::HostNotFound => self.failed("there is no such host"),
            ureq::Error::ConnectionFailed => self.failed("cannot be reached"),
            ureq::Error::Io(e) if e.kind() == std::io::ErrorKind::ConnectionRefused => {
                self.failed("the connection is refused; is the server running?")
            }
            ureq::Error::BodyExceedsLimit(most) => {
                self.failed(format!("answered more than {most} bytes, too many for these rows"))
            }
            ureq::Error::Io(e) => self.failed(one_line(&e.to_string())),
            other => self.failed(one_line(&other.to_string())),
        }
    }

    /// The bytes that are answered to a body.
    fn post(&self, body: &[u8], most: u64) -> linecall_audit::Result<Vec<u8>> {
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(self.timeout))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            // A server that ends a connection between two calls is no failure.
            .max_idle_connections(0)
            .user_agent(concat!("linecall/", env!("CARGO_PKG_VERSION")))
            .accept("application/json")
            .build()
            .new_agent();
        let sent = agent.post(&self.url).content_type("application/json").send(body);
        let mut response = sent.map_err(|e| self.lost(&e))?;
        let status = response.status();
        let limit = if status.is_success() { most } else { 64 << 10 };
        let read = response.body_mut().with_config().limit(limit).read_to_vec();
        if !status.is_success() {
            let said = String::from_utf8_lossy(&read.unwrap_or_default()).into_owned();
            let first = said.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("");
            let first: String = first.chars().take(120).collect();
            let word = if first.is_empty() { String::new() } else { format!(": {first}") };
            return Err(self.failed(format!("answered status {status}{word}")));
        }
        read.map_err(|e| self.lost(&e))
    }

    /// The numbers of an answer.
    fn parse(&self, bytes: &[u8], rows: usize) -> linecall_audit::Result<Vec<f64>> {
        let found: Value = serde_json::from_slice(bytes).map_err(|_| {
            let said: String = String::from_utf8_lossy(bytes).chars().take(40).collect();
            self.failed(format!("answered `{said}`, which is not JSON"))
        })?;
        let Value::Array(list) = found else {
            return Err(self.failed(format!(
                "answered {}, expected an array with a number for each row",
                kind(&found)
            )));
        };
        if list.len() != rows {
            return Err(self.failed(format!("answered for {} rows, asked for {rows}", list.len())));
        }
        let mut numbers = Vec::with_capacity(rows * self.outputs);
        for (row, own) in list.iter().enumerate() {
            let own = match own {
                Value::Array(own) => own.as_slice(),
                one => std::slice::from_ref(one),
            };
            if own.len() != self.outputs {
                let (found, expected) = (own.len(), self.outputs);
                return Err(self.failed(format!(
                    "answered {found} numbers for row {}, expected {expected}",
                    row + 1
                )));
            }
            for value in own {
                numbers.push(self.number(value, row)?);
            }
        }
        Ok(numbers)
    }

    fn number(&self, value: &Value, row: usize) -> linecall_audit::Result<f64> {
        let number = value.as_f64().filter(|v| v.is_finite());
        let number = number.filter(|v| !self.probabilities || (0.0..=1.0).contains(v));
        number.ok_or_else(|| {
            let expected = if self.probabilities { "a probability" } else { "a finite number" };
            let value: String = value.to_string().chars().take(40).collect();
            self.failed(format!("answered `{value}` for row {}, expected {expected}", row + 1))
        })
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Object(_) => "an object",
        Value::String(_) => "a text",
        Value::Number(_) => "a number",
        _ => "a word",
    }
}

impl BlackBox<RawRows> for Endpoint {
    fn answers(&self, rows: &RawRows) -> linecall_audit::Result<Vec<f64>> {
        let body = Value::Array(json_rows(rows)).to_string();
        // Nothing it answers well is longer than this.
        let most = (rows.table.rows() as u64 + 1).saturating_mul(64 * self.outputs as u64 + 64);
        self.parse(&self.post(body.as_bytes(), most)?, rows.table.rows())
    }
}
