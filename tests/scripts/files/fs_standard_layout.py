"""What a program finds where: the root, home, tmp, dev, the working folder, and that the library is where it says."""
import encodings
import json
import os
import sys
import sysconfig

print(sorted(name for name in os.listdir("/") if name in ("dev", "home", "lib", "proc", "tmp", "usr", "etc", "bin")))
print(os.getcwd(), os.path.isdir("/home"), sorted(os.listdir("/home")), os.listdir("/tmp"), os.environ["HOME"])
print(os.__file__, json.__file__, encodings.__file__, sys.modules["os"].__spec__.origin)
print(sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"), os.path.isdir(sysconfig.get_path("purelib")))
print(sys.prefix, sys.exec_prefix, sys.base_prefix, sys.platlibdir)
print(os.access("/", os.W_OK), os.access("/tmp", os.W_OK), os.path.exists("/etc/passwd"), os.path.exists("/bin/sh"), os.path.exists("/lib/python3.14"))
