"""platform and sysconfig: what a program reads of the machine, and what build variables say."""
import platform
import sys
import sysconfig

print(platform.platform(), platform.system(), platform.machine(), platform.processor(), platform.node(), platform.release(), platform.version()[:10], platform.architecture())
print(platform.python_implementation(), platform.python_version_tuple(), platform.python_branch(), platform.libc_ver(), platform.uname()[:3], platform.python_compiler()[:8])
try:
    print(platform.freedesktop_os_release())
except OSError as error:
    print(type(error).__name__)
for name in ("HOST_GNU_TYPE", "SIZEOF_LONG", "SIZEOF_TIME_T", "SIZEOF_WCHAR_T", "WITH_PYMALLOC", "HAVE_FORK", "Py_DEBUG", "Py_GIL_DISABLED", "MULTIARCH", "SHLIB_SUFFIX", "EXT_SUFFIX", "LIBDIR", "py_version_short", "platlibdir", "HAVE_SYMLINK", "HAVE_UTIMENSAT", "HAVE_DLOPEN", "EXE"):
    print(name, repr(sysconfig.get_config_var(name)), end="; ")
print()
print(sysconfig.get_platform(), sysconfig.get_scheme_names()[:3], sysconfig.get_default_scheme(), sysconfig.is_python_build(), sys.implementation._multiarch if hasattr(sys.implementation, "_multiarch") else None)
print(sorted(sysconfig.get_paths().items()))
