//! What packages ask of JavaScript, in plain Python: `js`, `pyodide_js`, and the layer of `pyodide.ffi`.
//!
//! Nothing of the host's is behind it. `_pyodide._core_docs`, from which `pyodide.ffi` takes its names where there is no JavaScript, has
//! stand-ins that raise `NotImplementedError`; it, and what else would import `js` in vain, ends with a line that completes it.

use super::module::{GuestModule, Placement};

/// The modules' rows.
pub(super) const MODULES: &[GuestModule] = &[
    GuestModule::library("_pyrun_js", include_str!("_pyrun_js.py")),
    GuestModule::library("_pyrun_js_buffers", include_str!("_pyrun_js_buffers.py")),
    GuestModule::library("_pyrun_js_complete", include_str!("_pyrun_js_complete.py")),
    GuestModule::library("_pyrun_js_convert", include_str!("_pyrun_js_convert.py")),
    GuestModule::library("_pyrun_js_core", include_str!("_pyrun_js_core.py")),
    GuestModule::library("_pyrun_js_events", include_str!("_pyrun_js_events.py")),
    GuestModule::library("_pyrun_js_fetch", include_str!("_pyrun_js_fetch.py")),
    GuestModule::library("_pyrun_js_global", include_str!("_pyrun_js_global.py")),
    GuestModule::library("_pyrun_js_json", include_str!("_pyrun_js_json.py")),
    GuestModule::library("_pyrun_js_loop", include_str!("_pyrun_js_loop.py")),
    GuestModule::library("_pyrun_js_maps", include_str!("_pyrun_js_maps.py")),
    GuestModule::library("_pyrun_js_objects", include_str!("_pyrun_js_objects.py")),
    GuestModule::library("_pyrun_js_params", include_str!("_pyrun_js_params.py")),
    GuestModule::library("_pyrun_js_promise", include_str!("_pyrun_js_promise.py")),
    GuestModule::library("_pyrun_js_streams", include_str!("_pyrun_js_streams.py")),
    GuestModule::library("_pyrun_js_transport", include_str!("_pyrun_js_transport.py")),
    GuestModule::library("_pyrun_js_url", include_str!("_pyrun_js_url.py")),
    GuestModule::library("_pyrun_js_xhr", include_str!("_pyrun_js_xhr.py")),
    GuestModule::library("js", include_str!("js.py")),
    GuestModule::package("pyodide_js", include_str!("pyodide_js/__init__.py")),
    GuestModule::library("pyodide_js._api", include_str!("pyodide_js/_api.py")),
    GuestModule::library("pyodide_js._module", include_str!("pyodide_js/_module.py")),
    completed("_pyodide._core_docs"),
    completed("_pyodide._importhook"),
    completed("pyodide.code"),
    completed("pyodide._run_js"),
    completed("pyodide.http"),
    completed("pyodide.http._pyfetch"),
    completed("pyodide.http.pyxhr"),
    completed("pyodide.ffi.wrappers"),
    completed("pyodide.webloop"),
    completed("webbrowser"),
];

/// A module of the release's that would ask JavaScript: it ends with what puts ours in its place, which `_pyrun_js_complete.py` has for each.
const fn completed(name: &'static str) -> GuestModule {
    let source = "import _pyrun_js\n_pyrun_js.complete(globals())\ndel _pyrun_js\n";
    GuestModule { placement: Placement::Appended, ..GuestModule::library(name, source) }
}
