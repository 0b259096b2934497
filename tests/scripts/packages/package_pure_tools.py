# packages: joblib, pyparsing, platformdirs, distro, sniffio, anyio, six, annotated-types, threadpoolctl
"""Smaller packages where they touch the machine: folders, the distribution, parallel work in one process, parsing, loops."""
import asyncio
import os
import tempfile

import annotated_types
import anyio
import distro
import joblib
import platformdirs
import pyparsing as pp
import six
import sniffio
import threadpoolctl

print(joblib.Parallel(n_jobs=1)(joblib.delayed(abs)(i) for i in (-1, 2)), joblib.hash([1, "ż"]), joblib.effective_n_jobs(1), joblib.cpu_count() >= 1)
memory = joblib.Memory(tempfile.mkdtemp(), verbose=0)
calls = []
f = memory.cache(lambda x: calls.append(x) or x * 2)
path = os.path.join(tempfile.mkdtemp(), "dump")
print(joblib.dump({"k": [1.5]}, path, compress=3) == [path], joblib.load(path))
print([getattr(platformdirs, name)("app") for name in ("user_data_dir", "user_config_dir", "user_cache_dir", "site_data_dir")], repr(distro.id()), distro.name(), threadpoolctl.threadpool_info(), annotated_types.Gt(3), six.PY3)
integer = pp.Word(pp.nums).set_parse_action(lambda t: int(t[0]))
expression = pp.infix_notation(integer, [("*", 2, pp.OpAssoc.LEFT), ("+", 2, pp.OpAssoc.LEFT)])
print(expression.parse_string("1+2*(3+4)").as_list(), pp.nested_expr().parse_string("(a (b c))").as_list())
try:
    expression.parse_string("1 + x", parse_all=True)
except pp.ParseException as error:
    print(error.line, error.column, error.msg)


async def main():
    print(sniffio.current_async_library(), anyio.get_current_task().name is not None)


try:
    sniffio.current_async_library()
except sniffio.AsyncLibraryNotFoundError as error:
    print(type(error).__name__)
