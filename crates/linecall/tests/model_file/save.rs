//! Saving: the same bytes always and everywhere, and never half a file.

use linecall::{Error, Pipeline};

use crate::{support, unzip};

#[test]
fn saving_and_loading_gives_the_same_pipeline() {
    let folder = tempfile::tempdir().unwrap();
    for (name, pipeline) in support::all().unwrap() {
        let path = folder.path().join(name);
        pipeline.save(&path).unwrap();
        assert_eq!(Pipeline::load(&path).unwrap(), pipeline, "{name}");
    }
    let files = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(files, support::all().unwrap().len(), "no temporary file is left");
}

#[test]
fn the_bytes_do_not_depend_on_when_or_where() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for (name, pipeline) in support::all().unwrap() {
        let bytes = pipeline.to_bytes().unwrap();
        assert_eq!(bytes, pipeline.to_bytes().unwrap(), "{name}");
        let other = std::thread::spawn({
            let pipeline = pipeline.clone();
            move || pipeline.to_bytes().unwrap()
        });
        assert_eq!(bytes, other.join().unwrap(), "{name}");
        for folder in [&here, &there] {
            pipeline.save(folder.path().join("m")).unwrap();
            assert_eq!(std::fs::read(folder.path().join("m")).unwrap(), bytes, "{name}");
        }
    }
}

#[test]
fn nothing_looks_like_a_clock_a_folder_or_a_host() {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let folder = std::env::current_dir().unwrap().display().to_string();
    for (name, pipeline) in support::all().unwrap() {
        let bytes = pipeline.to_bytes().unwrap();
        let text = String::from_utf8(unzip(&bytes).remove(0).1).unwrap();
        assert!(host.trim().len() < 4 || !text.contains(host.trim()), "{name}: host");
        assert!(!text.contains(&folder), "{name}: folder");
        let digits = |w: &[u8], at: &[usize]| at.iter().all(|&i| w[i].is_ascii_digit());
        let clock = |w: &[u8]| w[2] == b':' && w[5] == b':' && digits(w, &[0, 1, 3, 4, 6, 7]);
        let date = |w: &[u8]| w[2] == b'-' && w[5] == b'-' && digits(w, &[0, 1, 3, 4, 6, 7]);
        assert!(!bytes.windows(8).any(|w| clock(w) || date(w)), "{name}: clock");
        assert!(!text.contains("\"/") && !text.contains(" /"), "{name}: folder");
    }
}

#[test]
fn saving_replaces_the_old_file_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.linecall");
    std::fs::write(&path, "old").unwrap();
    let mut pipeline = support::all().unwrap().remove(0).1;
    pipeline.save(&path).unwrap();
    let good = std::fs::read(&path).unwrap();
    let plan = support::plan_of(&mut pipeline);
    *plan = plan.with_lambda(f64::NAN);
    let error = pipeline.save(&path).unwrap_err().to_string();
    assert!(error.contains("m.linecall: manifest.json: training summary: found lambda NaN"));
    assert_eq!(std::fs::read(&path).unwrap(), good, "the old file is still there");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn permissions_are_those_of_any_new_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let (model, plain) = (folder.path().join("m.linecall"), folder.path().join("plain"));
    support::all().unwrap()[2].1.save(&model).unwrap();
    std::fs::write(&plain, "").unwrap();
    let mode = |path| std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&model), mode(&plain));
}

#[test]
fn files_that_cannot_be_opened_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("none").join("m.linecall");
    let pipeline = support::all().unwrap().remove(2).1;
    for result in [Pipeline::load(&missing).map(drop), pipeline.save(&missing)] {
        let error = result.unwrap_err();
        assert!(matches!(error, Error::Data(_)), "{error:?}");
        assert_eq!(error.to_string(), format!("{}: no such file", missing.display()));
    }
    let error = Pipeline::load(folder.path()).unwrap_err();
    assert!(error.to_string().contains(&folder.path().display().to_string()), "{error}");
}

#[test]
fn numbers_that_json_cannot_hold_are_refused_before_they_are_lost() {
    let binary = || support::all().unwrap().remove(0).1;
    let mut spoilt = [binary(), binary(), binary(), binary(), binary()];
    let linecall_data::Certificate::Fit(fit) = &mut spoilt[0].certificates[0] else { panic!() };
    fit.duality_gap = Some(f64::NAN);
    support::plan_of(&mut spoilt[1]).class_weight =
        linecall_linear::ClassWeight::Given { weights: vec![("good".to_owned(), f64::INFINITY)] };
    support::plan_of(&mut spoilt[2]).tolerance = f64::NAN;
    spoilt[3].training.holdout.as_mut().unwrap().auc.as_mut().unwrap().low = f64::NAN;
    let linecall::FrontEnd::Table { schema, .. } = &mut spoilt[4].front_end else { panic!() };
    schema.columns[0].max = Some(f64::INFINITY);
    for (i, pipeline) in spoilt.iter().enumerate() {
        let error = pipeline.to_bytes().expect_err(&format!("case {i}"));
        assert!(matches!(error, Error::ModelFile { .. }), "{error:?}");
    }
}

#[test]
fn a_file_past_the_cap_is_refused_before_it_is_read() {
    // A sparse file: large to look at, nothing on the disk.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("huge");
    std::fs::File::create(&path).unwrap().set_len(linecall::file::CAP + 1).unwrap();
    let error = Pipeline::load(&path).unwrap_err();
    assert!(error.to_string().contains("the file is larger than 1 GiB"), "{error}");
}
