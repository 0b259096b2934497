(import "lib/options/options.inc")
(import "service/python/app.inc")

(defq usage `(
(("-h" "--help")
"Usage: python [options] [path] ...

    options:
        -h --help: this help info.
        -c --command source: run this.
        -f --folder path: show this folder of
            the machine, read only, at /data.

    Runs python files. If there are none and
    no command then will REPL from stdin.")
(("-c" "--command") ,(opt-str 'opt_c))
(("-f" "--folder") ,(opt-str 'opt_f))
))

(defun main ()
	;initialize pipe details and command args, abort on error
	(when (and
			(defq stdio (create-stdio))
			(defq opt_c :nil opt_f :nil args (options stdio usage)))
		(defq stdin (io-stream 'stdin) stdout (io-stream 'stdout)
			settings (list :input (lambda () (read-line stdin))
				:output (lambda (text) (prin text) (stream-flush stdout))))
		(if opt_f (push settings :folder (list "/data" opt_f)))
		(defq python (apply Python settings))
		(defun run (source)
			(defq result (. python :try source))
			(unless (= 0 (first result))
				(prin (if (= 0 (length (. python :traceback))) (cat (second result) (char 10)) (. python :traceback)))
				(stream-flush stdout)))
		(cond
			(opt_c (run opt_c))
			((> (length args) 1)
				(each (# (run (load %0))) (rest args)))
			(:t (print "Python, an empty line ends a block.")
				(defq console (. python :run "import code; code.InteractiveConsole({'__name__': '__main__'})") more :nil)
				(prin ">>> ") (stream-flush stdout)
				(while (defq line (read-line stdin))
					(setq more (. console :send "push" line))
					(prin (if more "... " ">>> "))
					(stream-flush stdout))))
		(. python :close)))
