//! The symbols of the library, as `include/pyrun.h` and `include/pyrun_vp.h` declare them. Tests compare both.

use pyrun::{AnyArray, Engine, PyHandle, Snapshot, StructLayout, WordFunction};

use crate::em::Em;
use crate::handle::Pyrun;
use crate::module::{Call, Module};
use crate::operations::{ArrayOut, Shared};
use crate::result::{Answer, ObjectOut, ResultOut};
use crate::settings::Settings;
use crate::sys::{
    Address, AuditFn, DestroyFn, FunctionFn, ImportFn, In, Out, RawBuffer, RawFile, RawFrame, ReadFn, Record, Release,
    SizedOut, UserData, Words, WriteFn, exports,
};
use crate::wasm::{ImportCall, Instance, Wasm};
use crate::{
    background, buffer, em, engine, handle, layout, lock_down, module, object, operations, result, run, settings, vp,
    wasm, wasm_run,
};

/// Where an entry leaves a box of its own.
type Made<T> = Out<Option<Box<T>>>;

exports! {
    pyrun_abi_version => crate::abi_version, () -> u32;

    pyrun_result_code => result::code, (result: Option<&Answer>) -> i32;
    pyrun_result_value => result::value, (result: Option<&Answer>) -> Option<&Record>;
    pyrun_result_text => result::text, (result: Option<&Answer>, what: i32, size: Out<usize>) -> *const u8;
    pyrun_result_exit_status => result::exit_status, (result: Option<&Answer>, status: Out<i32>) -> i32;
    pyrun_result_line => result::line_of, (result: Option<&Answer>) -> u32;
    pyrun_result_frame => result::frame, (result: Option<&Answer>, index: usize) -> Option<&RawFrame>;
    pyrun_result_free => result::free, (result: Option<Box<Answer>>);

    pyrun_settings_new => settings::new, () -> Option<Box<Settings>>;
    pyrun_settings_free => settings::free, (settings: Option<Box<Settings>>);
    pyrun_settings_home => settings::home, (settings: Option<&Settings>, path: In<u8>, size: usize) -> i32;
    pyrun_settings_cache => settings::cache, (settings: Option<&Settings>, path: In<u8>, size: usize) -> i32;
    pyrun_settings_release => settings::release, (settings: Option<&Settings>, version: In<u8>, size: usize) -> i32;
    pyrun_settings_engine => settings::engine, (settings: Option<&Settings>, engine: Option<&Engine>) -> i32;
    pyrun_settings_snapshot => settings::snapshot, (settings: Option<&Settings>, snapshot: Option<&Snapshot>) -> i32;
    pyrun_settings_package => settings::package, (settings: Option<&Settings>, name: In<u8>, size: usize) -> i32;
    pyrun_settings_env => settings::env,
        (settings: Option<&Settings>, name: In<u8>, name_size: usize, value: In<u8>, value_size: usize) -> i32;
    pyrun_settings_folder => settings::folder,
        (settings: Option<&Settings>, host: In<u8>, host_size: usize, guest: In<u8>, guest_size: usize, flags: u32) -> i32;
    pyrun_settings_folder_max => settings::folder_max,
        (settings: Option<&Settings>, host: In<u8>, host_size: usize, guest: In<u8>, guest_size: usize, max: u64) -> i32;
    pyrun_settings_deterministic => settings::deterministic, (settings: Option<&Settings>, seed: u64) -> i32;
    pyrun_settings_working_folder => settings::working_folder,
        (settings: Option<&Settings>, path: In<u8>, size: usize) -> i32;
    pyrun_settings_allow_native_code => settings::allow_native_code, (settings: Option<&Settings>) -> i32;
    pyrun_settings_fresh_hash_seed => settings::fresh_hash_seed, (settings: Option<&Settings>) -> i32;
    pyrun_settings_audit => settings::audit, (settings: Option<&Settings>, audit: Option<AuditFn>, user: UserData) -> i32;
    pyrun_settings_untrusted => settings::untrusted, (settings: Option<&Settings>) -> i32;
    pyrun_lock_down => lock_down::apply, (settings: Option<&Settings>, flags: u32, result: ResultOut) -> i32;
    pyrun_settings_limit => settings::limit, (settings: Option<&Settings>, limit: i32, value: u64) -> i32;
    pyrun_settings_stdio => settings::stdio,
        (settings: Option<&Settings>, write: Option<WriteFn>, read: Option<ReadFn>, user: UserData) -> i32;
    pyrun_settings_module => settings::module, (settings: Option<&Settings>, module: Option<&Module>) -> i32;

    pyrun_module_new => module::new, (name: In<u8>, size: usize, module: Made<Module>, error: ResultOut) -> i32;
    pyrun_module_function => module::function,
        (module: Option<&Module>, signature: In<u8>, size: usize, function: Option<FunctionFn>, user: UserData,
         destroy: Option<DestroyFn>, error: ResultOut) -> i32;
    pyrun_module_free => module::free, (module: Option<Box<Module>>);
    pyrun_host_call_return => module::host_return, (call: Option<&Call<'_>>, value: Option<&Record>) -> i32;
    pyrun_host_call_raise => module::host_raise,
        (call: Option<&Call<'_>>, class: In<u8>, class_size: usize, message: In<u8>, message_size: usize) -> i32;
    pyrun_host_call_buffer => module::host_buffer,
        (call: Option<&Call<'_>>, argument: usize, flags: u32, buffer: SizedOut<RawBuffer>, size: usize,
         error: ResultOut) -> i32;

    pyrun_create => handle::create, (settings: Option<&Settings>, py: Made<Pyrun>, error: ResultOut) -> i32;
    pyrun_destroy => handle::destroy, (py: Release<Pyrun>) -> i32;
    pyrun_interrupt => handle::interrupt, (py: Option<&Pyrun>);
    pyrun_usage => handle::usage, (py: Option<&Pyrun>, result: ResultOut) -> i32;
    pyrun_kill => handle::kill, (py: Option<&Pyrun>);
    pyrun_register => handle::register, (py: Option<&Pyrun>, module: Option<&Module>, error: ResultOut) -> i32;

    pyrun_exec => run::exec, (py: Option<&Pyrun>, source: In<u8>, size: usize, error: ResultOut) -> i32;
    pyrun_eval => run::eval, (py: Option<&Pyrun>, source: In<u8>, size: usize, result: ResultOut) -> i32;
    pyrun_run => run::run,
        (py: Option<&Pyrun>, source: In<u8>, size: usize, options: In<u8>, options_size: usize,
         result: ResultOut) -> i32;
    pyrun_eval_object => run::eval_object,
        (py: Option<&Pyrun>, source: In<u8>, size: usize, object: ObjectOut, error: ResultOut) -> i32;
    pyrun_import => run::import,
        (py: Option<&Pyrun>, name: In<u8>, size: usize, module: ObjectOut, error: ResultOut) -> i32;
    pyrun_set_global => run::set_global,
        (py: Option<&Pyrun>, name: In<u8>, size: usize, value: Option<&Record>, error: ResultOut) -> i32;

    pyrun_start => background::start, (py: Option<&Pyrun>, source: In<u8>, size: usize, error: ResultOut) -> i32;
    pyrun_poll => background::poll, (py: Option<&Pyrun>) -> i32;
    pyrun_take => background::take, (py: Option<&Pyrun>, result: ResultOut) -> i32;

    pyrun_object_new => object::new,
        (py: Option<&Pyrun>, value: Option<&Record>, object: ObjectOut, error: ResultOut) -> i32;
    pyrun_object_value => object::value, (py: Option<&Pyrun>, object: Option<&PyHandle>, result: ResultOut) -> i32;
    pyrun_object_int => object::int,
        (py: Option<&Pyrun>, object: Option<&PyHandle>, number: Out<i64>, error: ResultOut) -> i32;
    pyrun_object_float => object::float,
        (py: Option<&Pyrun>, object: Option<&PyHandle>, number: Out<f64>, error: ResultOut) -> i32;
    pyrun_object_bool => object::truth,
        (py: Option<&Pyrun>, object: Option<&PyHandle>, truth: Out<i32>, error: ResultOut) -> i32;
    pyrun_object_length => object::length,
        (py: Option<&Pyrun>, object: Option<&PyHandle>, length: Out<u64>, error: ResultOut) -> i32;
    pyrun_object_text => object::text,
        (py: Option<&Pyrun>, object: Option<&PyHandle>, what: i32, result: ResultOut) -> i32;
    pyrun_object_clone => object::clone, (object: Option<&PyHandle>) -> Option<Box<PyHandle>>;
    pyrun_object_free => object::free, (object: Option<Box<PyHandle>>);
    pyrun_getattr => object::getattr,
        (py: Option<&Pyrun>, object: Option<&PyHandle>, name: In<u8>, size: usize, attribute: ObjectOut,
         error: ResultOut) -> i32;
    pyrun_hasattr => object::hasattr,
        (py: Option<&Pyrun>, object: Option<&PyHandle>, name: In<u8>, size: usize, has: Out<i32>,
         error: ResultOut) -> i32;
    pyrun_setattr => object::setattr,
        (py: Option<&Pyrun>, object: Option<&PyHandle>, name: In<u8>, size: usize, value: Option<&Record>,
         error: ResultOut) -> i32;
    pyrun_getitem => object::getitem,
        (py: Option<&Pyrun>, object: Option<&PyHandle>, key: Option<&Record>, item: ObjectOut, error: ResultOut) -> i32;
    pyrun_setitem => object::setitem,
        (py: Option<&Pyrun>, object: Option<&PyHandle>, key: Option<&Record>, value: Option<&Record>,
         error: ResultOut) -> i32;
    pyrun_delitem => object::delitem,
        (py: Option<&Pyrun>, object: Option<&PyHandle>, key: Option<&Record>, error: ResultOut) -> i32;
    pyrun_iter => object::iter,
        (py: Option<&Pyrun>, object: Option<&PyHandle>, iterator: ObjectOut, error: ResultOut) -> i32;
    pyrun_next => object::next,
        (py: Option<&Pyrun>, iterator: Option<&PyHandle>, item: ObjectOut, error: ResultOut) -> i32;
    pyrun_call => object::call,
        (py: Option<&Pyrun>, callee: Option<&PyHandle>, arguments: In<Record>, count: usize, named: Option<&Record>,
         result: ResultOut) -> i32;
    pyrun_call_object => object::call_object,
        (py: Option<&Pyrun>, callee: Option<&PyHandle>, arguments: In<Record>, count: usize, named: Option<&Record>,
         object: ObjectOut, error: ResultOut) -> i32;
    pyrun_call_method => object::call_method,
        (py: Option<&Pyrun>, object: Option<&PyHandle>, name: In<u8>, size: usize, arguments: In<Record>, count: usize,
         named: Option<&Record>, result: ResultOut) -> i32;

    pyrun_buffer_acquire => buffer::acquire,
        (py: Option<&Pyrun>, object: Option<&PyHandle>, flags: u32, buffer: SizedOut<RawBuffer>, size: usize,
         error: ResultOut) -> i32;
    pyrun_buffer_release => buffer::release, (py: Option<&Pyrun>, buffer: Out<RawBuffer>) -> i32;
    pyrun_array_new => buffer::array_new,
        (py: Option<&Pyrun>, format: u32, ndim: u32, shape: In<i64>, array: ObjectOut, error: ResultOut) -> i32;

    pyrun_operations_create => operations::create,
        (settings: Option<&Settings>, operations: Made<Shared>, error: ResultOut) -> i32;
    pyrun_operations_free => operations::free, (operations: Option<Box<Shared>>);
    pyrun_operations_array => operations::array,
        (operations: Option<&Shared>, format: u32, elements: In<u8>, count: usize, array: ArrayOut, error: ResultOut) -> i32;
    pyrun_operations_read => operations::read,
        (operations: Option<&Shared>, array: Option<&AnyArray>, elements: Out<u8>, capacity: usize,
         error: ResultOut) -> i32;
    pyrun_operations_call => operations::call,
        (operations: Option<&Shared>, name: In<u8>, size: usize, arguments: In<Record>, count: usize, array: ArrayOut,
         result: ResultOut) -> i32;
    pyrun_operations_array_count => operations::count, (array: Option<&AnyArray>) -> u64;
    pyrun_operations_array_format => operations::format, (array: Option<&AnyArray>) -> u32;
    pyrun_operations_array_free => operations::array_free, (array: Option<Box<AnyArray>>);

    pyrun_engine_create => engine::create,
        (settings: Option<&Settings>, engine: Made<Engine>, error: ResultOut) -> i32;
    pyrun_engine_free => engine::free, (engine: Option<Box<Engine>>);
    pyrun_snapshot_take => engine::snapshot_take,
        (py: Option<&Pyrun>, snapshot: Made<Snapshot>, error: ResultOut) -> i32;
    pyrun_snapshot_free => engine::snapshot_free, (snapshot: Option<Box<Snapshot>>);
    pyrun_reset => engine::reset, (py: Option<&Pyrun>, error: ResultOut) -> i32;

    pyrun_wasm_open => wasm::open,
        (settings: Option<&Settings>, path: In<u8>, size: usize, wasm: Made<Wasm>, error: ResultOut) -> i32;
    pyrun_wasm_load => wasm::load,
        (settings: Option<&Settings>, bytes: In<u8>, size: usize, wasm: Made<Wasm>, error: ResultOut) -> i32;
    pyrun_wasm_free => wasm::free, (wasm: Option<Box<Wasm>>);
    pyrun_wasm_text => wasm::text, (wasm: Option<&Wasm>, what: i32, result: ResultOut) -> i32;
    pyrun_wasm_run => wasm_run::run,
        (wasm: Option<&Wasm>, settings: Option<&Settings>, arguments: In<Record>, count: usize, status: Out<i32>,
         error: ResultOut) -> i32;
    pyrun_wasm_run_report => wasm_run::run_report,
        (wasm: Option<&Wasm>, settings: Option<&Settings>, arguments: In<Record>, count: usize, status: Out<i32>,
         report: ResultOut) -> i32;
    pyrun_wasm_interrupt => wasm_run::interrupt, (wasm: Option<&Wasm>);
    pyrun_wasm_kill => wasm_run::kill, (wasm: Option<&Wasm>);
    pyrun_wasm_import => wasm::import,
        (wasm: Option<&Wasm>, module: In<u8>, module_size: usize, name: In<u8>, name_size: usize,
         function: Option<ImportFn>, user: UserData, destroy: Option<DestroyFn>, error: ResultOut) -> i32;
    pyrun_import_memory => wasm::import_memory, (call: Option<&ImportCall>, size: Out<usize>) -> *mut u8;
    pyrun_import_fail => wasm::import_fail, (call: Option<&ImportCall>, message: In<u8>, size: usize) -> i32;
    pyrun_instance_create => wasm::create,
        (wasm: Option<&Wasm>, settings: Option<&Settings>, instance: Made<Instance>, error: ResultOut) -> i32;
    pyrun_instance_destroy => wasm::destroy, (instance: Release<Instance>) -> i32;
    pyrun_instance_interrupt => wasm::interrupt, (instance: Option<&Instance>);
    pyrun_instance_usage => wasm::usage, (instance: Option<&Instance>, result: ResultOut) -> i32;
    pyrun_instance_kill => wasm::kill, (instance: Option<&Instance>);
    pyrun_instance_call => wasm::call,
        (instance: Option<&Instance>, name: In<u8>, size: usize, arguments: In<Record>, count: usize,
         result: ResultOut) -> i32;
    pyrun_instance_function => wasm::function,
        (instance: Option<&Instance>, name: In<u8>, size: usize, function: Made<WordFunction>,
         error: ResultOut) -> i32;
    pyrun_function_call => wasm::function_call,
        (instance: Option<&Instance>, function: Option<&WordFunction>, arguments: In<u64>, count: usize,
         results: Words, room: usize, error: ResultOut) -> i32;
    pyrun_function_free => wasm::function_free, (function: Option<Box<WordFunction>>);
    pyrun_instance_global => wasm::global,
        (instance: Option<&Instance>, name: In<u8>, size: usize, result: ResultOut) -> i32;
    pyrun_instance_set_global => wasm::set_global,
        (instance: Option<&Instance>, name: In<u8>, size: usize, value: Option<&Record>, error: ResultOut) -> i32;
    pyrun_instance_memory_size => wasm::memory_size,
        (instance: Option<&Instance>, size: Out<u64>, error: ResultOut) -> i32;
    pyrun_instance_memory_grow => wasm::memory_grow,
        (instance: Option<&Instance>, pages: u32, before: Out<u32>, error: ResultOut) -> i32;
    pyrun_instance_read => wasm::read,
        (instance: Option<&Instance>, address: u32, data: Out<u8>, size: usize, error: ResultOut) -> i32;
    pyrun_instance_write => wasm::write,
        (instance: Option<&Instance>, address: u32, data: In<u8>, size: usize, error: ResultOut) -> i32;
    pyrun_instance_allocate => wasm::allocate,
        (instance: Option<&Instance>, bytes: u32, address: Out<u32>, error: ResultOut) -> i32;
    pyrun_instance_release => wasm::release,
        (instance: Option<&Instance>, address: u32, error: ResultOut) -> i32;
    pyrun_instance_arena => wasm::arena,
        (instance: Option<&Instance>, start: u32, end: u32, error: ResultOut) -> i32;
    pyrun_layout_new => layout::new,
        (text: In<u8>, size: usize, layout: Made<StructLayout>, error: ResultOut) -> i32;
    pyrun_layout_free => layout::free, (layout: Option<Box<StructLayout>>);
    pyrun_layout_size => layout::size, (layout: Option<&StructLayout>) -> u32;
    pyrun_instance_field => layout::get,
        (instance: Option<&Instance>, layout: Option<&StructLayout>, address: u32, path: In<u8>, size: usize,
         result: ResultOut) -> i32;
    pyrun_instance_set_field => layout::set,
        (instance: Option<&Instance>, layout: Option<&StructLayout>, address: u32, path: In<u8>, size: usize,
         value: Option<&Record>, error: ResultOut) -> i32;

    pyrun_em_of_instance => em::of_instance, (instance: Option<&Instance>, em: Made<Em>, error: ResultOut) -> i32;
    pyrun_em_of_python => em::of_python, (py: Option<&Pyrun>, em: Made<Em>, error: ResultOut) -> i32;
    pyrun_em_release => em::release, (em: Option<Box<Em>>);
    pyrun_em_malloc => em::malloc, (em: Option<&Em>, bytes: u32, address: Out<u32>, error: ResultOut) -> i32;
    pyrun_em_free => em::free, (em: Option<&Em>, address: u32, error: ResultOut) -> i32;
    pyrun_em_realloc => em::realloc,
        (em: Option<&Em>, address: u32, bytes: u32, moved: Out<u32>, error: ResultOut) -> i32;
    pyrun_em_memory_grow => em::memory_grow,
        (em: Option<&Em>, pages: u32, before: Out<u32>, error: ResultOut) -> i32;
    pyrun_em_read_memory => em::read_memory,
        (em: Option<&Em>, address: u32, data: Out<u8>, size: usize, error: ResultOut) -> i32;
    pyrun_em_write_memory => em::write_memory,
        (em: Option<&Em>, address: u32, data: In<u8>, size: usize, error: ResultOut) -> i32;
    pyrun_em_open => em::open,
        (em: Option<&Em>, path: In<u8>, size: usize, flags: u32, mode: u32, descriptor: Out<i32>, error: ResultOut) -> i32;
    pyrun_em_read => em::read,
        (em: Option<&Em>, descriptor: i32, data: Out<u8>, size: usize, count: Out<usize>, error: ResultOut) -> i32;
    pyrun_em_write => em::write,
        (em: Option<&Em>, descriptor: i32, data: In<u8>, size: usize, count: Out<usize>, error: ResultOut) -> i32;
    pyrun_em_lseek => em::lseek,
        (em: Option<&Em>, descriptor: i32, offset: i64, whence: i32, position: Out<u64>, error: ResultOut) -> i32;
    pyrun_em_close => em::close, (em: Option<&Em>, descriptor: i32, error: ResultOut) -> i32;
    pyrun_em_stat => em::stat,
        (em: Option<&Em>, path: In<u8>, size: usize, file: SizedOut<RawFile>, file_size: usize, error: ResultOut) -> i32;
    pyrun_em_invoke => em::invoke,
        (em: Option<&Em>, name: In<u8>, size: usize, arguments: In<Record>, count: usize, result: ResultOut) -> i32;
    pyrun_em_invoke_pointer => em::invoke_pointer,
        (em: Option<&Em>, function: u32, arguments: In<Record>, count: usize, result: ResultOut) -> i32;

    pyrun_vp_init => vp::init, () -> i64;
    pyrun_vp_request => vp::request, (op: i64, id: i64, a: Address, b: i64) -> i64;
    pyrun_vp_fetch => vp::fetch, (id: i64, what: i64, buffer: Address, capacity: i64) -> i64;
    pyrun_vp_release => vp::release, (id: i64) -> i64;
}
