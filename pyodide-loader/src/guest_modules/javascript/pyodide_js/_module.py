"""What packages ask of Emscripten's module: which libraries are loaded."""

import sys

from _pyrun_js_objects import Object


def loaded_libraries():
    """The paths of the shared libraries that are loaded. The linker knows them; without it those of extension modules are known."""
    import _pyrun

    linker = getattr(_pyrun, "loaded_libraries", None)
    if linker is not None:
        return list(linker())
    files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    return [file for file in files if isinstance(file, str) and file.endswith(".so")]


class Libraries:
    """Emscripten's table of them, as it is now."""

    _js_type_flags = 0
    typeof = "object"

    @property
    def loadedLibsByName(self):
        return Object.fromEntries((path, Object.new(name=path)) for path in loaded_libraries())


LDSO = Libraries()
