;a run of all that needs no Python, and of C's functions: main_tui ... -run service/python/test_wasm.lisp
;the README says how its two modules are built
(import "service/python/wasm.inc")
(import "service/python/checks.inc")

(defq arrays "service/python/arrays.wasm" throws "service/python/throws.wasm" nl (char 10))

;;;;;;;;;;;;;;;;;;;;;;
; simple wasm modules
;;;;;;;;;;;;;;;;;;;;;;

(defq wasm (Wasm arrays))
(check "prints" wasm "#[wasm standalone service/python/arrays.wasm]")
(check "kind" (. wasm :kind) "standalone")
(check "exports" (elem-get (. wasm :exports) 2) '("add" "function" "(i32, i32) -> i32"))
(check "call" (. wasm :call "add" 40 2) 42)
(check "symbol" (. wasm :call 'add 40 2) 42)
(check "unsigned" (. wasm :call "add" 4294967295 2) 1)
(check "range" (has (refused (. wasm :call "add" 4294967296 2)) "argument 1 of add is 4294967296, but an i32 takes") :t)
(check "count" (has (refused (. wasm :call "add" 1)) "add takes 2 arguments, not 1") :t)
(check "name" (has (refused (. wasm :call "ad" 1)) "did you mean \qadd\q?") :t)
(check "type" (has (refused (. wasm :call "add" "x" 1)) "an argument is a number") :t)
(check "trap" (. wasm :try "crash" 0) '(-8 "the module trapped: integer divide by zero, in crash"))
(check "thrown" (has (refused (. wasm :call "crash" 0)) "integer divide by zero, in crash") :t)
(check "goes on" (. wasm :try "add" 1 2) '(0 3))
(check "no file" (has (refused (Wasm "nowhere.wasm")) "cannot read nowhere.wasm") :t)
(check "no module" (has (refused (Wasm :memory 65536)) "names no module") :t)
(check "no option" (has (refused (Wasm arrays :colour "blue")) "colour") :t)
(check "of bytes" (. (Wasm :bytes (load arrays)) :call "add" 1 2) 3)
(check "bytes print" (Wasm :bytes (load arrays)) "#[wasm standalone of bytes]")
(check "not wasm" (has (refused (Wasm :bytes "PK")) "not a WebAssembly module") :t)
(check "global" (. wasm :get "__stack_pointer") (. wasm :get "__heap_base"))
(. wasm :set "__stack_pointer" 60000)
(check "set global" (. wasm :get "__stack_pointer") 60000)
(check "constant" (has (refused (. wasm :set "__heap_base" 1)) "the global __heap_base is a constant") :t)

;;;;;;;;;;;;;;;;;;
; array processing
;;;;;;;;;;;;;;;;;;

;the plan's example, with room that the module gives
(defq at (. wasm :allocate 4096))
(. wasm :write_array at '(1 2 3 4 5) "i32")
(check "sum_array" (. wasm :call "sum_array" at 5) 15)
(. wasm :write_array at (nums 1 2 3 4 5))
(check "sum" (. wasm :call "sum" at 5) 15)
(check "mean" (. wasm :call "mean" at 5) (n2r 3))
(defq a (. wasm :new_array (reals (n2r 1) (n2r 2.5))) b (. wasm :new_array (fixeds 4.0 0.5)))
(check "dot_product" (. wasm :call "dot_product" a b 2) (n2r 5.25))
(defq out (. wasm :allocate 32) left (. wasm :new_array '(1.0 2.0 3.0 4.0)) right (. wasm :new_array '(5.0 6.0 7.0 8.0)))
(. wasm :call "matmul" left right out 2 2 2)
(check "matmul" (. wasm :read_array out 4 "f64") (reals (n2r 19) (n2r 22) (n2r 43) (n2r 50)))
(each (lambda ((type low high))
		(. wasm :write_array at (nums low high) type)
		(check type (. wasm :read_array at 2 type) (nums low high))
		(check (cat type " below") (has (refused (. wasm :write_array at (nums 0 (dec low)) type)) "element 1 is") :t)
		(check (cat type " above") (has (refused (. wasm :write_array at (nums 0 (inc high)) type)) "element 1 is") :t))
	'(("i8" -128 127) ("u8" 0 255) ("i16" -32768 32767) ("u16" 0 65535)
		("i32" -2147483648 2147483647) ("u32" 0 4294967295)))
(. wasm :write_array at (nums -1 7))
(check "i64" (. wasm :read_array at 2) (nums -1 7))
(check "u64" (has (refused (. wasm :read_array at 1 "u64")) "does not fit 64 bits") :t)
(. wasm :write_array at (reals (n2r 0.5)) "f32")
(check "f32" (. wasm :read_array at 1 "f32") (reals (n2r 0.5)))
(check "no floats" (has (refused (. wasm :write_array at (reals (n2r 0.5)) "i32")) "floats are no int32") :t)
(check "no type" (has (refused (. wasm :write_array at (nums 1) "f6")) "a type of elements is") :t)
(check "empty" (. wasm :read_array at 0) (nums))
(check "outside" (has (refused (. wasm :read_array 131072 1)) "lie outside the memory") :t)

;;;;;;;;;;;;;;;;
; memory sharing
;;;;;;;;;;;;;;;;

(. wasm :write_memory at (cat "a" (char 0) "b"))
(check "memory" (. wasm :read_memory at 3) (cat "a" (char 0) "b"))
(check "memory, by the plan's name" (. wasm :get_memory at 3) (cat "a" (char 0) "b"))
(. wasm :write_array at '(1 -2 3) "i16")
(. wasm :call "negate" at 3)
(check "in place" (. wasm :read_array at 3 "i16") (nums -1 2 -3))
(defq layout "{x: f64, n: [i32; 2], name: [u8; 8]}")
(. wasm :set_field layout "n[1]" at -7)
(. wasm :set_field layout "name" at "Ada")
(. wasm :set_field layout "x" at 2.5)
(check "field" (. wasm :field layout "n[1]" at) -7)
(check "struct" (. (. wasm :field layout "" at) :find "x") (n2r 2.5))
(check "misfit" (has (refused (. wasm :set_field layout "n[0]" at 2147483648)) "does not fit") :t)
(check "size" (. wasm :memory) 131072)
(check "grow" (. wasm :grow 1) 2)
(. wasm :free at)
(check "freed" (has (refused (. wasm :free at)) "nothing was allocated") :t)
(check "limit" (has (refused (. (Wasm arrays :memory 196608) :grow 2)) "cannot grow") :t)

;;;;;;;;;;;;;;;;;;;;
; the plan's program
;;;;;;;;;;;;;;;;;;;;

;as Python
(defq python (Python) np (. python :import "numpy") data (nums 1 2 3 4 5))
(check "np.sum" (* 2 (. python :call np "sum" data)) 30)
(check "np.mean" (n2f (. python :call np "mean" data)) 3.0)
(check "np.dot" (. python :call np "dot" data data) 55)
(. python :run "import numpy as np

data = [1, 2, 3, 4, 5]
result = np.sum(data) * 2
mean_val = np.mean(data)

print(f\qSum*2: {result}, Mean: {mean_val}\q)")
(check "printed" (. python :output) (cat "Sum*2: 30, Mean: 3.0" nl))

;as operations that were compiled ahead
(defq numpy (NumPy) result (* 2 (. numpy :sum data)) mean_val (. numpy :mean data))
(check "program" (cat "Sum*2: " (str result) ", Mean: " (str mean_val)) "Sum*2: 30, Mean: 3.00000")

;as a module that is called
(defq module (Wasm arrays :fixed :t))
(. module :write_array 0 '(1 2 3 4 5))
(defq sum_val (. module :call "sum" 0 5) result (* sum_val 2) mean_val (. module :call "mean" 0 5))
(check "module" (cat "Sum*2: " (str result) ", Mean: " (str mean_val)) "Sum*2: 30, Mean: 3.00000")

;;;;;;;;;;;;;;;;
; all operations
;;;;;;;;;;;;;;;;

(check "prints" numpy "#[numpy operations]")
(each (lambda ((found expected)) (check expected found expected)) (list
	(list (. numpy :sum (fixeds 0.5 0.25)) 0.75)
	(list (. numpy :sum (reals (n2r 0.5) (n2r 0.25))) (n2r 0.75))
	(list (. numpy :sum '(1 2.5)) 3.5)
	(list (. numpy :mean '(1 2)) 1.5)
	(list (. numpy :mean (list 1 (n2r 2))) (n2r 1.5))
	(list (. numpy :var '(1 2 3 4)) 1.25)
	(list (. numpy :var '(1 2 3) 1) 1.0)
	(list (. numpy :min '(3 1 2)) 1)
	(list (. numpy :max '(3 1 2)) 3)
	(list (. numpy :argmin '(3 1 2)) 1)
	(list (. numpy :argmax '(3 1 2)) 0)
	(list (. numpy :dot '(1 2 3) '(4 5 6)) 32)
	(list (. numpy :add '(1 2) '(3 4)) (nums 4 6))
	(list (. numpy :add '(1 2) 0.5) (fixeds 1.5 2.5))
	(list (. numpy :sub '(1 2) 1) (nums 0 1))
	(list (. numpy :mul '(1 2) '(3 4)) (nums 3 8))
	(list (. numpy :div '(1 2) 2) (fixeds 0.5 1.0))
	(list (. numpy :floor_divide '(-7 7) 2) (nums -4 3))
	(list (. numpy :remainder '(-7 7) 3) (nums 2 1))
	(list (. numpy :scale '(1 2) 3) (nums 3 6))
	(list (. numpy :axpy 2 '(1 2) '(10 20)) (nums 12 24))
	(list (. numpy :clip '(1 5 9) 2 8) (nums 2 5 8))
	(list (. numpy :abs '(-1 2)) (nums 1 2))
	(list (. numpy :sqrt '(4 9)) (fixeds 2.0 3.0))
	(list (. numpy :exp '(0)) (fixeds 1.0))
	(list (. numpy :log '(1)) (fixeds 0.0))
	(list (. numpy :sin '(0)) (fixeds 0.0))
	(list (. numpy :cos '(0)) (fixeds 1.0))
	(list (. numpy :equal '(1 2) 2) (nums 0 1))
	(list (. numpy :not_equal '(1 2) 2) (nums 1 0))
	(list (. numpy :less '(1 2) 2) (nums 1 0))
	(list (. numpy :less_equal '(1 2) 2) (nums 1 1))
	(list (. numpy :greater '(1 2) 1) (nums 0 1))
	(list (. numpy :greater_equal '(1 2) 2) (nums 0 1))
	(list (. numpy :where '(:t :nil) '(1 2) '(3 4)) (nums 1 4))
	(list (. numpy :cumsum '(1 2 3)) (nums 1 3 6))
	(list (. numpy :sort '(3 1 2)) (nums 1 2 3))
	(list (. numpy :argsort '(3 1 2)) (nums 1 2 0))
	(list (. numpy :linspace 0 1 3) (fixeds 0.0 0.5 1.0))
	(list (. numpy :linspace 0 1 2 :t) (fixeds 0.0 0.5))
	(list (. numpy :histogram '(1 2 3) 2) (list (nums 1 2) (fixeds 1.0 2.0 3.0)))
	(list (. numpy :histogram '(1 2 3) 1 0 2) (list (nums 2) (fixeds 0.0 2.0)))
	(list (. numpy :matmul '((1 2) (3 4)) '((5 6) (7 8))) (list (nums 19 22) (nums 43 50)))
	(list (. numpy :matmul '((1 2) (3 4)) '(5 6)) (nums 17 39))
	(list (. numpy :matmul (list (nums 1 2) (nums 3 4)) (list (nums 5 6) (nums 7 8))) (list (nums 19 22) (nums 43 50)))
	(list (. numpy :matmul (list (reals (n2r 1) (n2r 2)) (reals (n2r 3) (n2r 4))) '((1 0) (0 1)))
		(list (reals (n2r 1) (n2r 2)) (reals (n2r 3) (n2r 4))))
	(list (. numpy :transpose '((1 2 3) (4 5 6))) (list (nums 1 4) (nums 2 5) (nums 3 6)))
	(list (. numpy :matmul (. python :run "np.eye(2)") (list (nums 1 2) (nums 3 4)))
		(list (reals (n2r 1) (n2r 2)) (reals (n2r 3) (n2r 4))))))
(each (lambda ((text why)) (check why (has text why) :t)) (list
	(list (refused (. numpy :max (nums))) "max of an empty array")
	(list (refused (. numpy :add '(1 2) '(1 2 3))) "these have 2 and 3 elements")
	(list (refused (. numpy :sum "x")) "not a row of numbers")
	(list (refused (. numpy :sum '("x"))) "not a row of numbers")
	(list (refused (. numpy :exp 60)) "does not fit a fixed-point number")
	(list (refused (. numpy :matmul '((1 2) (3 4)) '((5 6)))) "do not fit")
	(list (refused (. numpy :matmul '((1 2) (3)) '((5 6)))) "different lengths")
	(list (refused (. numpy :matmul (list (nums 1 2) (nums 3)) (list (nums 5 6) (nums 7 8)))) "different lengths")
	(list (refused (. numpy :op "summ" (list 1))) "no operation \qsumm\q")
	(list (refused (. (NumPy :memory 2097152) :sum (. numpy :linspace 0 1 200000))) "no memory for")))
(check "infinity" (. numpy :log (reals (n2r 0))) (reals (. python :run "float('-inf')")))

;;;;;;;;;;;;;;;
; C's functions
;;;;;;;;;;;;;;;

(defun c-functions (guest)
	(defq block (em-realloc guest (em-malloc guest 64) 128))
	(check "malloc" (> block 0) :t)
	(check "grow" (> (em-memory-grow guest 1) 0) :t)
	(defq fd (em-open guest "/tmp/x" (+ em-rdwr em-creat em-excl)))
	(check "write" (em-write guest fd "hello") 5)
	(check "lseek" (em-lseek guest fd -4 2) 1)
	(check "into memory" (em-read guest fd 64 block) 4)
	(check "out of it" (em-write guest fd block 4) 4)
	(check "rewind" (em-lseek guest fd 0) 0)
	(check "read" (em-read guest fd 64) "helloello")
	(check "at the end" (em-read guest fd 64) "")
	(em-close guest fd)
	(check "closed" (has (refused (em-close guest fd)) "cannot close descriptor") :t)
	(check "stat" (. (em-stat guest "/tmp/x") :find "size") 9)
	(check "folder" (. (em-stat guest "/tmp") :find "is_folder") :t)
	(check "not granted" (has (refused (em-open guest "/etc/passwd")) "cannot open /etc/passwd") :t)
	(em-free guest block))

(defq emscripten (Wasm throws))
(c-functions emscripten)
(check "longjmp" (em-invoke emscripten "jump" 7) '(1 ("longjmp" "a longjmp to a setjmp that is not among the callers" 7)))
(check "C++" (slice (second (em-invoke emscripten "fail")) 0 2) '("std::runtime_error" "it went wrong"))
(check "int" (first (second (. emscripten :invoke "fail_with_number"))) "int")
(check "returned" (. emscripten :invoke "jump" 7) (em-invoke emscripten "jump" 7))
(check "pointer" (em-invoke emscripten (second (em-invoke emscripten "pointer_to_twice")) 21) '(0 42))
(check "no function" (has (refused (em-invoke emscripten "nobody")) "does not export nobody") :t)
(check "not its own" (has (refused (em-malloc wasm 8)) "no module of Emscripten's") :t)
(c-functions python)
(check "Python's file" (. python :run "open('/tmp/x').read()") "helloello")

;;;;;;;;;;
; programs
;;;;;;;;;;

(defq got "" out "")
(check "program" (wasm-run throws '("one" "two") :input (lambda () "Ada")) (list 3 (cat "name? hello Ada" nl)))
(check "as it comes" (first (wasm-run throws '() :output (lambda (text) (setq got (cat got text))))) 1)
(check "its output" got "name? ")
(check "no program" (has (refused (wasm-run arrays '())) "library") :t)

;in the background, the node goes on
(defq turns 0)
(. wasm :start "count_to" 30000000)
(check "busy" (has (refused (. wasm :call "add" 1 2)) "busy") :t)
(until (. wasm :poll) (++ turns) (task-sleep 1000))
(check "background" (. wasm :take) 30000000)
(check "turns" (> turns 1) :t)

;what does not end by itself
(defq spin (Wasm arrays :time 300 :grace-ms 0))
(check "in time" (. spin :call "add" 1 2) 3)
(check "time is over" (has (refused (. spin :call "count_to" 2000000000000)) "300ms of wall time") :t)
(check "it is gone" (has (refused (. spin :call "add" 1 2)) "cannot be used any more") :t)
(. spin :close)
(setq spin (Wasm arrays :grace-ms 0))
(. spin :start "count_to" 2000000000000)
(until (. spin :poll) (. spin :interrupt) (task-sleep 1000))
(check "interrupted" (has (refused (. spin :take)) "signal 2") :t)
(. spin :close)

;objects are freed with their last reference
(times 300 (setq out (Wasm arrays :memory 131072)))
(times 70000 (. wasm :call "add" 1 2))
(check "still there" (. wasm :call "add" 1 2) 3)
(. wasm :close)
(check "closed" (has (refused (. wasm :memory)) "no such id") :t)

(done "wasm")
((ffi "service/gui/lisp_deinit"))
