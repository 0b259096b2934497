;how long a sum of 10000 numbers and a product of two matrices of 256 x 256 take: lisp's own loop, lisp's vectors, a module,
;operations, and numpy in Python. main_tui ... -run service/python/bench.lisp
(import "service/python/wasm.inc")

(defun best (name rounds action)
	;the least time of some rounds, in microseconds
	(defq least 1000000000)
	(times rounds
		(defq start (pii-time))
		(action)
		(setq least (min least (- (pii-time) start))))
	(print name ": " least " us"))

(defq wasm (Wasm "service/python/arrays.wasm") numpy (NumPy) python (Python) np (. python :import "numpy")
	numbers (reduce (# (push %0 %1)) (range 0 10000) (nums)) total 0
	at (. wasm :new_array numbers))
(best "sum, a loop" 20 (lambda () (setq total 0) (each (# (setq total (+ total %0))) numbers)))
(best "sum, nums-sum" 20 (lambda () (nums-sum numbers)))
(best "sum, module, written and called" 20 (lambda () (. wasm :write_array at numbers) (. wasm :call "sum" at 10000)))
(best "sum, module, called" 20 (lambda () (. wasm :call "sum" at 10000)))
(best "sum, operations" 20 (lambda () (. numpy :sum numbers)))
(best "sum, Python" 20 (lambda () (. python :call np "sum" numbers)))

(defq size 256
	row (reduce (# (push %0 (logand %1 7))) (range 0 size) (nums))
	matrix (map (lambda (n) row) (range 0 size)) columns matrix)
(best "matmul, a loop" 1 (lambda ()
	(map (lambda (a) (map (lambda (b)
		(defq sum 0 i -1)
		(while (< (++ i) size) (setq sum (+ sum (* (elem-get a i) (elem-get b i)))))
		sum) columns)) matrix)))
(best "matmul, nums-dot of rows" 3 (lambda () (map (lambda (a) (map (lambda (b) (nums-dot a b)) columns)) matrix)))
(best "matmul, operations" 3 (lambda () (. numpy :matmul matrix matrix)))
(defq flat (reduce (# (cat %0 %1)) matrix (nums)))
(best "matmul, operations, one row" 3 (lambda () (. numpy :op "matmul" (list flat flat size size size))))
(. python :set "a" flat)
(. python :run "import numpy as np; a = np.asarray(a).reshape(256, 256)")
(best "matmul, Python" 3 (lambda () (. python :run "a @ a; None")))
((ffi "service/gui/lisp_deinit"))
