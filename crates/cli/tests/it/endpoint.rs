//! `explain --url`: a server of a few lines, good and bad.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

use serde_json::Value;

use crate::explain::ask;
use crate::folder::{Folder, at, number};

/// A request as the server sees it.
struct Request {
    head: String,
    body: Value,
}

/// Serves on a port of its own as long as the test runs; every request gets what `answer` says, whole
/// with status line and headers.
fn serve(answer: impl Fn(&Request) -> String + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/score", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let request = read(&stream);
            // A client that has seen enough goes away early.
            let _ = stream.write_all(answer(&request).as_bytes());
        }
    });
    url
}

fn read(stream: &TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        if let Some(bytes) = line.to_lowercase().strip_prefix("content-length:") {
            length = bytes.trim().parse().unwrap();
        }
        head.push_str(&line.to_lowercase());
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Request { head, body: serde_json::from_slice(&body).unwrap() }
}

fn reply(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

const ROWS: &str = "id,age,code,city\na,30,007,Rome\nb,50,012,Oslo\nc,,001,Rome\n";

fn folder() -> Folder {
    let folder = Folder::new();
    folder.put("people.csv", ROWS);
    folder
}

/// Rows arrive in the user's columns, and a linear answer gets its effects.
#[test]
fn an_endpoint_is_explained() {
    let folder = folder();
    let url = serve(|request| {
        assert!(request.head.starts_with("post /score http/1.1"), "{}", request.head);
        assert!(request.head.contains("content-type: application/json"), "{}", request.head);
        let rows = request.body.as_array().unwrap().iter();
        let answers: Vec<String> = rows
            .map(|row| {
                assert!(row["code"].is_string() && row["id"] == "b", "{row}");
                let age = row["age"].as_f64().unwrap();
                let city = if row["city"] == "Oslo" { 2.0 } else { 0.0 };
                (0.25 * age + city).to_string()
            })
            .collect();
        // In chunks, as servers do that do not know the length.
        let body = format!("[{}]", answers.join(", "));
        format!(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n\
             {:x}\r\n{body}\r\n0\r\n\r\n",
            body.len()
        )
    });
    let base = ["--url", &url, "people.csv", "--fixed", "id", "--row", "2", "--background", "1"];
    let found = ask(&folder, &[&base[..], &["--scores"]].concat());
    assert_eq!(at(&found, "subject.kind"), "url");
    assert_eq!(at(&found, "answer"), "number");
    let own = at(&found, "explanations.0");
    let weights: Vec<(&str, f64)> = at(own, "columns")
        .as_array()
        .unwrap()
        .iter()
        .map(|c| (c["column"].as_str().unwrap(), number(c, "weight")))
        .collect();
    for (column, weight) in [("age", 5.0), ("city", 2.0), ("code", 0.0)] {
        let found = weights.iter().find(|own| own.0 == column).unwrap();
        assert!((found.1 - weight).abs() < 1e-12, "{weights:?}");
    }
    assert_eq!(number(own, "prediction"), 14.5);
    assert_eq!(number(own, "background"), 7.5);
    // They are no probabilities.
    folder.refused_words(&[&["explain"], &base[..]].concat(), &[&url, "expected a probability"]);
    let page = folder.ok_words(&[&["explain"], &base[..], &["--scores"]].concat());
    assert!(page.contains(&format!("answered by {url}")) && page.contains("+5.000"), "{page}");
}

#[test]
fn missing_cells_are_null_and_answers_may_be_lists() {
    let folder = folder();
    let url = serve(|request| {
        let rows = request.body.as_array().unwrap().iter();
        let answers = rows.map(|row| match &row["age"] {
            Value::Null => "[0.75, 0.25]",
            age if age == 50 => "[0.5, 0.5]",
            other => panic!("{other}"),
        });
        reply("200 OK", &format!("[{}]", answers.collect::<Vec<_>>().join(",")))
    });
    let base = ["--url", &url, "people.csv", "--fixed", "id,code,city", "--row", "3"];
    let found = ask(&folder, &[&base[..], &["--background", "2", "--outputs", "2"]].concat());
    let own = at(&found, "explanations.0");
    assert_eq!(at(own, "columns.0.value"), "(missing)");
    assert!((number(own, "columns.0.weight") + 0.25).abs() < 1e-12);
}

#[test]
fn an_endpoint_that_fails_is_told_in_one_line() {
    let folder = folder();
    let refused = |url: &str, flags: &str, parts: &[&str]| {
        let arguments = ["explain", "--url", url, "people.csv", "--fixed", "id,code", "--row", "2"];
        let flags: Vec<&str> = flags.split_whitespace().collect();
        folder.refused_words(&[&arguments[..], &flags].concat(), parts);
    };
    for (answer, parts) in [
        (
            reply("500 Internal Server Error", "\nno model is loaded\nTraceback\n"),
            vec!["answered status 500 Internal Server Error: no model is loaded"],
        ),
        (reply("404 Not Found", ""), vec!["answered status 404 Not Found"]),
        (
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
                .to_owned(),
            vec!["answered status 302 Found"],
        ),
        (reply("200 OK", "<html>hello</html>"), vec!["answered `<html>hello</html>`", "not JSON"]),
        (reply("200 OK", "[0.5, NaN]"), vec!["which is not JSON"]),
        (reply("200 OK", "{\"p\": [0.5]}"), vec!["answered an object, expected an array"]),
        (reply("200 OK", "[0.5, 0.5]"), vec!["answered for 2 rows, asked for 4"]),
        (reply("200 OK", "[0.5, null, 1, 1]"), vec!["answered `null` for row 2", "probability"]),
        (reply("200 OK", "[0.5, 1.5, 1, 1]"), vec!["answered `1.5` for row 2"]),
        (reply("200 OK", "[[0.5, 1], 1, 1, 1]"), vec!["2 numbers for row 1, expected 1"]),
        (reply("200 OK", &"[1,".repeat(2000)), vec!["bytes, too many for these rows"]),
        ("nonsense\r\n\r\n".to_owned(), vec!["http://127.0.0.1"]),
        (String::new(), vec!["http://127.0.0.1"]),
    ] {
        let url = serve(move |_| answer.clone());
        refused(&url, "", &[&[url.as_str()], &parts[..]].concat());
    }
    // Somebody who listens and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    refused(&url, "--timeout 0.3", &[&url, "did not answer within 0.3 s"]);
    // Nobody listens any more.
    drop(silent);
    refused(&url, "", &[&url, "the connection is refused"]);
    refused("http://no-such-host.invalid/", "--timeout 20", &["http://no-such-host.invalid/"]);
    refused("https://127.0.0.1/", "", &["https is not spoken here", "--command"]);
    refused("127.0.0.1:80", "", &["is no address; write it as http://HOST:PORT/PATH"]);
    refused("http:///score", "", &["names no host"]);
    refused("http://me:secret@127.0.0.1/", "", &["leave them out"]);
}
