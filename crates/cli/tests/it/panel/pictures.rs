//! The pictures of the guide: the bundled data, from the raw file to the case file, as `docs/challenge.md`
//! tells it. `LINECALL_PICTURES=docs cargo test -p linecall-cli --test it pictures` writes them anew.

use std::path::{Path, PathBuf};

use super::Page;
use crate::browser::Browser;
use crate::folder::Folder;

/// Most bytes of a picture.
const MOST: usize = 200_000;

#[test]
fn pictures_of_the_guide() {
    let Some(browser) = Browser::start("pictures_of_the_guide") else { return };
    let target = std::env::var_os("LINECALL_PICTURES").map(|name| {
        let name = PathBuf::from(name);
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        if name.is_absolute() { name } else { root.join(name) }
    });
    let folder = Folder::new();
    let target = target.unwrap_or_else(|| folder.path("pictures"));
    std::fs::create_dir_all(&target).unwrap();
    let save = |name: &str, selector: Option<&str>| {
        let bytes = browser.picture(selector);
        assert_eq!(&bytes[..8], b"\x89PNG\r\n\x1a\n", "{name}");
        // A blank picture of this size takes a few kilobytes.
        assert!((12_000..MOST).contains(&bytes.len()), "{name}: {} bytes", bytes.len());
        std::fs::write(target.join(name), bytes).unwrap();
    };
    folder.ok("demo --dir . --quiet");
    browser.resize(1000, 900);
    browser.dark(false);
    let page =
        Page::open(&browser, &folder, "model.linecall credit_default.csv.gz --row 1 --group SEX");
    save("case-top.png", None);
    save("case-ways.png", Some("#recourse"));
    browser.click(".way button");
    assert!(page.reached());
    browser.script("document.activeElement.blur()");
    save("case-panel.png", Some("#panel"));
    browser.dark(true);
    browser.resize(390, 844);
    page.reset();
    page.type_into("PAY_0", "0");
    browser.script(
        "document.activeElement.blur(); \
                    document.getElementById('try').scrollIntoView()",
    );
    save("case-phone.png", None);
    browser.dark(false);
    browser.resize(1000, 900);
    folder.ok("audit model.linecall credit_default.csv.gz --group SEX --html audit.html");
    browser.open(&folder.path("audit.html"));
    save("audit-top.png", None);
    assert_eq!(browser.complaints(), [] as [String; 0]);
}
