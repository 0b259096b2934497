"""The databases of ndbm, where CPython is built with it."""

from _dbm import *
