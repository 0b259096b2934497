//! The guest modules: packages that appear when they are imported, preloading, the garbage collector.

use std::sync::{Arc, Mutex};

use pyrun_memfs::Vfs;
use pyrun_pyodide_loader::guest_modules::{PackageSource, Placement, all, library};
use pyrun_pyodide_loader::{AfterRestore, Instance};

use super::support::{Python, Snapshot, Streams, with_python, with_snapshot};
use super::world::Written;

/// Packages that are made of one file each; what is asked of it is written down.
#[derive(Clone, Default)]
pub(crate) struct Shop {
    asked: Arc<Mutex<Vec<String>>>,
    mounted: Vec<String>,
}

impl PackageSource for Shop {
    fn knows(&mut self, module: &str) -> bool {
        self.asked.lock().unwrap().push(module.to_owned());
        module.starts_with("shop_") && !self.mounted.iter().any(|mounted| mounted == module)
    }

    fn load(&mut self, vfs: &mut Vfs, module: &str) -> bool {
        let path = format!("/lib/python3.14/site-packages/{module}.py");
        if module == "shop_sold_out" || vfs.write_file(path.as_bytes(), b"value = 7\nimport sys\n").is_err() {
            return false;
        }
        self.mounted.push(module.to_owned());
        true
    }

    fn mounted(&self) -> Vec<String> {
        self.mounted.clone()
    }
}

#[test]
fn packages_appear_when_they_are_imported() {
    with_python(|python| {
        let shop = Shop::default();
        python.import_packages(Box::new(shop.clone())).unwrap();
        assert_eq!(python.value("import shop_tea; shop_tea.value").to_string(), "7");
        assert_eq!(
            python.value("import importlib.util as u; u.find_spec('shop_milk').name").to_string(),
            "'shop_milk'"
        );
        // A second import of what is there asks nobody.
        python.value("import shop_tea, json");
        let asked = shop.asked.lock().unwrap().clone();
        assert_eq!(asked.iter().filter(|name| name.starts_with("shop_")).count(), 2, "{asked:?}");
        for (source, said) in [
            ("import shop_sold_out", "ModuleNotFoundError: No module named 'shop_sold_out'"),
            ("import none_such", "ModuleNotFoundError: No module named 'none_such'"),
            (
                "import tkinter",
                "ModuleNotFoundError: No module named 'tkinter': there is no window to draw in; matplotlib and Pillow draw into files",
            ),
        ] {
            assert_eq!(python.try_value(source), Err(said.to_owned()), "{source}");
        }
        assert_eq!(python.value("[u.find_spec(n) for n in ('shop_sold_out', 'tkinter')]").to_string(), "[None, None]");
    });
}

#[test]
fn the_finder_is_installed_once() {
    with_python(|python| {
        let shop = Shop::default();
        python.import_packages(Box::new(shop.clone())).unwrap();
        let finders = "import sys; [getattr(f, '__name__', f) for f in sys.meta_path]";
        assert!(python.value(finders).to_string().ends_with("'PackageFinder']"));
        // Installing it again does not add it again; what the host gives it are functions like others.
        python.import_packages(Box::new(shop)).unwrap();
        assert_eq!(
            python.value("sum(getattr(f, '__name__', f) == 'PackageFinder' for f in sys.meta_path)").to_string(),
            "1"
        );
        assert_eq!(
            python.value("import _pyrun; [_pyrun.knows(7), _pyrun.knows('x'), _pyrun.knows('shop_x')]").to_string(),
            "[False, False, True]"
        );
        assert_eq!(python.try_value("_pyrun.load(7)"), Err("TypeError: the name of a module is a str".to_owned()));
    });
}

#[test]
fn a_snapshot_names_the_packages_that_were_mounted() {
    with_python(|python| {
        python.import_packages(Box::new(Shop::default())).unwrap();
        python.value("import shop_tea");
        let snapshot = Snapshot::of(python);
        assert_eq!(snapshot.image.packages, ["shop_tea"]);
        for (packages, imported) in [(Some(Shop::default()), Ok("7".to_owned())), (None, Err(()))] {
            let packages = packages.map(|shop| Box::new(shop) as Box<dyn PackageSource>);
            let mut python = restored(&snapshot, packages);
            assert_eq!(python.value("import shop_tea; shop_tea.value").to_string(), "7");
            let new = python.try_value("import shop_new; shop_new.value");
            assert_eq!(new.map(|value| value.to_string()).map_err(drop), imported);
        }
    });
    with_snapshot(|snapshot| assert!(snapshot.image.packages.is_empty()));
}

fn restored(snapshot: &Snapshot, packages: Option<Box<dyn PackageSource>>) -> Python {
    let written = Written::default();
    let mut instance = snapshot.restore(Streams::to(&written), packages);
    instance.after_restore(&AfterRestore::default()).unwrap();
    Python { instance, written }
}

fn preload(instance: &mut Instance, modules: &[&str]) -> Option<Vec<String>> {
    instance.preload(&modules.iter().map(|&module| module.to_owned()).collect::<Vec<_>>()).unwrap()
}

#[test]
fn preloaded_modules_are_there_when_they_are_imported() {
    with_python(|python| {
        python.eval("import sys\nbefore = set(sys.modules) | {'_ast'}");
        let names = preload(python, &["json", "no_such_module", "xml.dom.minidom"]).unwrap();
        for name in ["json", "xml"] {
            assert!(names.iter().any(|found| found == name), "{names:?}");
        }
        assert!(names.is_sorted() && !names.iter().any(|name| name.contains('.') || name.is_empty()), "{names:?}");
        assert_eq!(python.value("sorted(set(sys.modules) - before)").to_string(), "[]");
        python.tune_gc().unwrap();
        let snapshot = Snapshot::of(python);
        let mut python = restored(&snapshot, None);
        assert_eq!(python.value("'json' in sys.modules, 'json.decoder' in sys.modules").to_string(), "(False, False)");
        assert_eq!(
            python.value("import json; json.loads('[1]'), 'json.decoder' in sys.modules").to_string(),
            "([1], True)"
        );
        assert_eq!(python.value("json.__spec__.loader.__class__.__name__").to_string(), "'SourceFileLoader'");
        assert!(python.try_value("import no_such_module").is_err());
        assert_eq!(
            python
                .value("from xml.dom import minidom; minidom.parseString('<a/>').documentElement.tagName")
                .to_string(),
            "'a'"
        );
    });
    with_python(|python| {
        assert_eq!(preload(python, &[]), Some(Vec::new()));
        assert_eq!(preload(python, &["sys", "os"]), Some(Vec::new()));
        // What Python raises in it is on its standard error.
        python.eval("import sys\nclass Broken(dict):\n    def __iter__(self): raise ValueError('broken')\nsys.modules = Broken(sys.modules)");
        assert_eq!(preload(python, &["json"]), None);
        python.api().flush().unwrap();
        assert!(python.written.take().ends_with("ValueError: broken\n"));
    });
}

#[test]
fn the_collector_leaves_what_was_there() {
    with_python(|python| {
        python.eval(
            "class Thing:\n    def __del__(self): print('gone')\na, b = Thing(), Thing()\na.b, b.a = b, a\nx = 1",
        );
        python.tune_gc().unwrap();
        assert_eq!(python.value("import sys; sys.meta_path[0].__name__").to_string(), "'PreloadFinder'");
        assert_eq!(python.value("'gc' in sys.modules").to_string(), "False");
        python.eval(
            "import _imp\ngc = _imp.create_builtin(type('S', (), {'name': 'gc', 'origin': None, 'parent': ''})())",
        );
        let frozen = python.value("gc.get_freeze_count()");
        assert!(!matches!(frozen, pyrun_pyodide_loader::object::Value::Int(0)), "{frozen}");
        // The variables of the program itself are seen: they are garbage at its end.
        let seen = "import __main__; [any(o is x for o in gc.get_objects()) for x in (globals(), __main__, a)]";
        assert_eq!(python.value(seen).to_string(), "[True, True, False]");
        assert_eq!(python.value("import gc; gc.get_freeze_count(), x").to_string(), "(0, 1)");
        assert_eq!(python.value("del a, b; gc.collect() > 0").to_string(), "True");
        python.api().flush().unwrap();
        assert_eq!(python.written.take(), "gone\ngone\n");
    });
}

#[test]
fn which_modules_there_are() {
    let names = |placement| {
        let found = all().filter(move |module| module.placement == placement);
        found.map(|module| module.name).collect::<Vec<_>>()
    };
    assert_eq!(names(Placement::Snapshot), ["_pyrun_snapshot"]);
    for (placement, name) in [
        (Placement::Library, "_pyrun_finder"),
        (Placement::Library, "pwd"),
        (Placement::Library, "pyodide_js._api"),
        (Placement::Package, "pyodide_js"),
        (Placement::Appended, "_pyodide._core_docs"),
    ] {
        assert!(names(placement).contains(&name), "{name}");
    }
    let mut all: Vec<&str> = library().map(|module| module.name).collect();
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!((all.len(), all.contains(&"_pyrun_snapshot")), (count, false));
    with_python(|python| {
        let time = "import os, _pyrun_finder as f; os.stat(f.__file__).st_mtime";
        python.import_packages(Box::new(Shop::default())).unwrap();
        assert_eq!(python.value(time).to_string(), "315532800.0");
        assert_eq!(python.value("f.__file__").to_string(), "'/lib/python314.zip/_pyrun_finder.py'");
        assert!(python.try_value("import _pyrun_snapshot").is_err());
    });
}
