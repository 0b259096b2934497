# packages: certifi, pytz
"""Data files in packages: importlib.resources, pkgutil, paths that can be opened, folders that can be listed."""
import importlib.resources as r
import os
import pkgutil

import certifi
import pytz

print(os.path.exists(certifi.where()), certifi.contents().count("BEGIN CERTIFICATE") > 100, r.files("certifi").joinpath("cacert.pem").is_file())
with r.as_file(r.files("certifi") / "cacert.pem") as path:
    print(path.name, path.stat().st_size == len(pkgutil.get_data("certifi", "cacert.pem")))
zones = r.files("pytz") / "zoneinfo"
print(zones.is_dir(), "Europe" in {p.name for p in zones.iterdir()}, (zones / "UTC").read_bytes()[:4], len(pytz.all_timezones) > 500)
print(pytz.timezone("Europe/Warsaw").localize(__import__("datetime").datetime(2024, 7, 1)).isoformat(), os.access(certifi.where(), os.R_OK), os.path.isabs(pytz.__file__))
for name in ("missing.txt", "../six.py"):
    try:
        print(len(r.read_binary("certifi", name)))
    except Exception as error:
        print(name, type(error).__name__)
