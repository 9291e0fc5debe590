//! The report in a real browser, where one is installed: it draws, and nothing sticks out.

#![allow(clippy::unwrap_used, clippy::panic)]

mod samples;

use std::path::Path;
use std::process::Command;

const BROWSER: &str = "chromium";

fn present() -> bool {
    Command::new(BROWSER).arg("--version").output().is_ok_and(|o| o.status.success())
}

/// Runs the browser on a page in a profile of its own.
fn browse(page: &Path, folder: &Path, width: u32, extra: &[String]) -> String {
    let profile = tempfile::tempdir_in(folder).unwrap();
    let output = Command::new(BROWSER)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--hide-scrollbars", "--disable-dev-shm-usage"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("--window-size={width},2000"))
        .args(extra)
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The width that the content needs, by a script that only this copy of the page has. The page
/// sits in a frame, because a headless window has a least width.
fn needed_width(text: &str, folder: &Path, width: u32) -> u32 {
    let page = folder.join("page.html");
    std::fs::write(&page, text).unwrap();
    let measure = "parent.postMessage(document.documentElement.scrollWidth, '*')";
    let inner = text.replace("</body>", &format!("<script>{measure}</script></body>"));
    std::fs::write(folder.join("inner.html"), inner).unwrap();
    let outer = format!(
        "<script>onmessage = e => document.title = 'width ' + e.data</script>\
         <iframe src=\"inner.html\" style=\"border:0;width:{width}px;height:900px\"></iframe>"
    );
    let frame = folder.join("outer.html");
    std::fs::write(&frame, outer).unwrap();
    let extra = ["--dump-dom".to_owned(), "--virtual-time-budget=5000".to_owned()];
    let dom = browse(&frame, folder, 1600, &extra);
    let title = dom.split("<title>width ").nth(1).and_then(|rest| rest.split('<').next());
    title.and_then(|w| w.parse().ok()).unwrap_or_else(|| panic!("no width in {dom:.400}"))
}

#[test]
fn nothing_sticks_out_at_the_width_of_a_desk_and_of_a_telephone() {
    if !present() {
        eprintln!(
            "skipped: nothing_sticks_out_at_the_width_of_a_desk_and_of_a_telephone: chromium absent"
        );
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, outcome) in samples::all() {
        let text = linecall_report::fit_report(&outcome).unwrap();
        for width in [1280, 380] {
            let needed = needed_width(&text, folder.path(), width);
            assert!(needed <= width, "{name} needs {needed} pixels of {width}");
        }
    }
}

#[test]
fn a_picture_of_the_page_is_not_blank() {
    if !present() {
        eprintln!("skipped: a_picture_of_the_page_is_not_blank: chromium absent");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    std::fs::write(&page, linecall_report::fit_report(&samples::credit()).unwrap()).unwrap();
    for (width, scheme) in [(1280, 1), (420, 0)] {
        let picture = folder.path().join(format!("{width}.png"));
        let extra = [
            format!("--screenshot={}", picture.display()),
            format!("--blink-settings=preferredColorScheme={scheme}"),
        ];
        browse(&page, folder.path(), width, &extra);
        let bytes = std::fs::read(&picture).unwrap();
        assert_eq!(&bytes[..8], b"\x89PNG\r\n\x1a\n");
        // A blank picture of this size takes less than 15 kB.
        assert!(bytes.len() > 40_000, "{width}: {} bytes", bytes.len());
    }
}
