"""The databases of GDBM, where CPython is built with it."""

from _gdbm import *
