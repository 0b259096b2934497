//! Public escapes of sandboxes for Python, and of engines below one, whose cause was published: the same way in, tried here.

use super::{Attack, anyhow, gives};

/// The programs. `PLANTED` is the path of a file of the host's with a secret in it, beside the granted folders.
pub const ATTACKS: &[Attack] = &[
    // Objects of the host's language lead by their prototypes to its `Function`, which makes text run.
    gives(
        "Terrarium, CVE-2026-5752: from an object of the host's to its constructors",
        "[]",
        r#"
reached = []
for name in 'js', 'pyodide_js', '_pyodide_core', 'pyodide.ffi.wrappers', 'pyodide_js._api', 'js.document':
    try: module = __import__(name, fromlist=['x'])
    except ImportError: continue
    reached += [(name, key) for key in ('eval', 'Function', 'globalThis', 'process', 'require', 'window') if hasattr(module, key)]
    for key in dir(module):
        value = getattr(module, key, None)
        for way in (value, getattr(value, 'constructor', None), getattr(getattr(value, 'constructor', None), 'constructor', None)):
            for make in (way, getattr(way, 'new', None)):
                try: made = make('ran.append(1); return globalThis')
                except BaseException: continue
                try: made()
                except BaseException: continue
                reached.append((name, key))
reached += [type(x).__name__ for x in gc.get_objects() if type(x).__name__ == 'JsProxy']
repr(reached)"#,
    ),
    // By classes to ctypes, by ctypes to what Emscripten's JavaScript gives.
    gives(
        "Cellbreak: from classes to ctypes, from there to Emscripten's functions",
        "[]",
        r#"
def classes(of):
    for one in type.__subclasses__(of):
        yield one
        yield from classes(one)
modules = {one.__module__ for one in classes(object)}
c = sys.modules['ctypes'].CDLL(None)
repr(attempt(
    lambda: c.emscripten_run_script(b'process.exit(7)'), lambda: c.emscripten_run_script_int(b'1'), lambda: c.emscripten_run_script_string(b'1'),
    lambda: c.emscripten_async_run_script(b'1', 0), lambda: c.emscripten_asm_const_async_on_main_thread(b'1'),
    lambda: c._emscripten_system(b'id'), lambda: c.system(b'id'), lambda: c.popen(b'id', b'r') or -1, lambda: c.execve(b'/bin/sh', 0, 0), lambda: c.fork(),
    lambda: c.posix_spawn(0, b'/bin/sh', 0, 0, 0, 0) and -1, lambda: c.dlopen(b'/lib/x86_64-linux-gnu/libc.so.6', 2) or -1))"#,
    ),
    gives(
        "Cellbreak: JavaScript by an address of its text",
        "0",
        "repr(lib.emscripten_asm_const_int(b'process.exit(7)', b'', 0))",
    ),
    // A list of forbidden words, and another name for what runs code.
    gives(
        "n8n, CVE-2025-68668: another way to evaluate, past a list of names",
        "[]",
        r#"
ways = [lambda: __import__('_pyodide._base', fromlist=['x']).eval_code("import os; os.system('touch PLANTED')"),
    lambda: eval(compile("__import__('o' + 's').system('touch PLANTED')", '', 'eval')),
    lambda: getattr(sys.modules['os'], 'sys' + 'tem')('touch PLANTED'),
    lambda: __import__('posix').system('touch PLANTED'), lambda: __import__('subprocess').call(['touch', 'PLANTED']),
    lambda: __import__('pty').spawn('sh'), lambda: __import__('_posixsubprocess').fork_exec(*[None] * 22)]
repr(attempt(*ways))"#,
    ),
    // The exception of a failed lookup names the object that was looked at.
    gives(
        "n8n, CVE-2026-0863: objects from exceptions of formatted texts",
        "('posix', [], [])",
        r#"
class Catch:
    def __getattr__(self, name): raise AttributeError(name=name, obj=self.__class__)
try: '{0.x}'.format(Catch())
except AttributeError as error: found = error.obj.__mro__[1].__subclasses__()
loader = next(one for one in found if one.__name__ == 'BuiltinImporter')
host = loader.load_module('posix')
repr((host.__name__, attempt(lambda: host.system('id'), lambda: host.fork(), lambda: host.execv('/bin/sh', ['sh'])),
    [name for name in ('PATH_OF_HOST', 'SSH_AUTH_SOCK', 'CARGO_MANIFEST_DIR') if name in os.environ]))"#,
    ),
    gives(
        "thinkingbox-data, August 2026: nine ways out of Pyodide under Node",
        "[]",
        r#"
def js(*path):
    value = __import__('js')
    for name in path: value = getattr(value, name)
    return value
repr(attempt(lambda: js('process'), lambda: __import__('pyodide_js')._api, lambda: __import__('pyodide_js')._api.loadBinaryFile('PLANTED'),
    lambda: js('Object', 'constructor', 'constructor'), lambda: js('process', 'env'),
    lambda: __import__('pyodide.code', fromlist=['x']).run_js('process'), lambda: __import__('pyodide.code', fromlist=['x']).run_js("import('node:fs')"),
    lambda: open('PLANTED'), lambda: os.stat('PLANTED')))"#,
    ),
    gives(
        "Pyodide under Node: os.system is a shell of the host's",
        "[]",
        "repr(attempt(lambda: os.system('touch PLANTED'), lambda: os.popen('id').close(), lambda: lib.system(b'touch PLANTED'), lambda: lib._emscripten_system(b'id')))",
    ),
    gives(
        "Monty #112: source that is nested deeply",
        "[]",
        r#"
def source(open, close): return lambda: compile(nested(open, close, 100_000, 'x') + ' = 1', 's', 'exec')
repr(attempt(source('(', ',)'), source('[', ']'), source('(', ')'), lambda: compile(nested('f(', ')', 100_000), 's', 'eval'), lambda: compile('-' * 200_000 + '1', 's', 'eval'),
    lambda: compile('x' + '[0]' * 100_000, 's', 'eval'), lambda: compile('x' + '.a' * 100_000, 's', 'eval'), lambda: compile('if 1:\n' + ''.join(' ' * n + 'if 1:\n' for n in range(1, 120)), 's', 'exec'),
    lambda: __import__('ast').literal_eval(nested('{1:', '}', 50_000, '1')), lambda: compile(nested('f"{', '}"', 20_000, '1'), 's', 'eval')))"#,
    ),
    anyhow(
        "Monty #116: values that are nested deeply, walked by C code",
        r#"
def deep(make, n=30_000):
    value = None
    for _ in range(n): value = make(value)
    return value
tuples, lists, dicts = deep(lambda x: (x,)), deep(lambda x: [x]), deep(lambda x: {1: x})
answer = repr(attempt(lambda: hash(tuples), lambda: repr(tuples), lambda: repr(lists), lambda: repr(dicts), lambda: lists == deep(lambda x: [x]), lambda: json.dumps(lists),
    lambda: pickle.dumps(lists), lambda: __import__('copy').deepcopy(lists), lambda: isinstance(1, deep(lambda x: (x or (),)))))
del tuples, lists, dicts
answer"#,
    ),
    gives(
        "wasmtime-wasi, 2026: files that were granted for reading",
        "([], 'of the host')",
        r#"
path = '/ro/f'
fd = os.open(path, os.O_RDONLY)
tried = attempt(lambda: os.open(path, os.O_WRONLY), lambda: os.open(path, os.O_RDONLY | os.O_TRUNC), lambda: os.open(path, os.O_RDONLY | os.O_TRUNC | os.O_APPEND),
    lambda: os.open(path, os.O_RDWR), lambda: os.open('/ro/new', os.O_RDONLY | os.O_CREAT), lambda: os.truncate(path, 0), lambda: os.ftruncate(fd, 0), lambda: os.write(fd, b'x'),
    lambda: os.pwrite(fd, b'x', 0), lambda: os.posix_fallocate(fd, 0, 1 << 20), lambda: os.utime(path, (1, 1)), lambda: os.utime(fd, (1, 1)), lambda: os.chmod(path, 0o777), lambda: os.fchmod(fd, 0),
    lambda: os.rename(path, '/ro/g'), lambda: os.rename(path, '/tmp/g'), lambda: os.rename('/tmp', path), lambda: os.link(path, '/ro/g'), lambda: os.symlink('f', '/ro/g'),
    lambda: os.unlink(path), lambda: os.rmdir('/ro'), lambda: os.mkdir('/ro/d'), lambda: os.mkfifo('/ro/p'), lambda: os.chown(path, 1, 1),
    lambda: mmap.mmap(fd, 4, mmap.MAP_SHARED, mmap.PROT_WRITE | mmap.PROT_READ), lambda: os.dup2(os.open(path, os.O_WRONLY), fd), lambda: os.link(path, '/rw/g'),
    lambda: os.open('/dev/fd/%d' % fd, os.O_WRONLY | os.O_TRUNC), lambda: os.open('/proc/self/fd/%d' % fd, os.O_RDWR | os.O_TRUNC), lambda: lib.fallocate(fd, 3, 0, 4),
    lambda: os.truncate('/ro/../ro/./f', 0), lambda: os.open('/ro/f/', os.O_RDWR), lambda: os.removexattr(path, 'user.x'))
repr((tried, open(path).read()))"#,
    ),
    gives(
        "wasmer #4267, #3522: more than was mapped",
        "[]",
        r#"
up = ['/ro/' + '../' * n for n in (1, 2, 5, 30)] + ['/rw/' + '../' * n for n in (1, 2, 5, 30)] + ['/', '//', '/./', '/proc/self/root/', '/proc/self/cwd/', '/dev/fd/0/../', '']
hidden = [path for path in (prefix + end for prefix in up for end in ('PLANTED', 'PLANTED'[1:], 'etc/passwd', 'etc/hostname', 'root', 'proc/self/environ')) if os.path.lexists(path)]
repr(hidden)"#,
    ),
    gives(
        "wasmtime, GHSA-vqjp-4c8c-hfgg: a slash behind a link",
        "[]",
        r#"
for name, to in (('a', '..'), ('b', '../..'), ('c', '.'), ('d', 'c/..'), ('e', '/')):
    try: os.symlink(to, '/rw/' + name)
    except OSError: pass
tails = ['', '/', '//', '/.', '/./', '/..', '/../', '/c/../../']
read = []
for name in 'abcde':
    for tail in tails:
        for goal in ('PLANTED', 'secret', '/secret', '../secret', 'etc/passwd'):
            try: read.append(open('/rw/' + name + tail + goal).read())
            except (OSError, ValueError): pass
for name in 'abcde':
    if os.path.islink('/rw/' + name): os.unlink('/rw/' + name)
repr([text for text in read if 'nobody' in text or 'root' in text])"#,
    ),
    anyhow(
        "eryx, GHSA-8h84-8vq7-j6cv: a size of the guest's is a size of the host's",
        r#"
most, fd = 0xffff_fff0, os.open('/ro/f', 0)
room = ctypes.create_string_buffer(64)
for call in (lambda n: lib.getcwd(room, n), lambda n: lib.readlink(b'/rw/f', room, n), lambda n: lib.read(fd, room, n), lambda n: lib.pread(fd, room, n, 0, 0), lambda n: lib.write(1, room, n),
    lambda n: lib.getentropy(room, n), lambda n: lib.poll(room, n, 0), lambda n: lib.writev(1, room, n), lambda n: lib.readv(fd, room, n), lambda n: lib.recv(fd, room, n, 0),
    lambda n: lib.strftime(room, n, b'%Y', room), lambda n: lib.getnameinfo(room, n, room, n, room, n, 0), lambda n: lib.memcpy(room, room, n), lambda n: lib.malloc(n), lambda n: lib.calloc(n, n),
    lambda n: lib.emscripten_resize_heap(n), lambda n: lib.ftruncate(fd, n, n), lambda n: lib.mmap(0, n, 3, 2, fd, 0, 0), lambda n: lib.select(n, room, room, room, room), lambda n: lib.getdents64(fd, room, n)):
    for n in (0x7fff_ffff, 0x8000_0000, most, 1 << 20):
        try: call(ctypes.c_uint32(n))
        except (Exception, SystemExit): pass"#,
    ),
];
