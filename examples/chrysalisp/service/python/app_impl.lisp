(import "./app.inc")
(import "./rpc.inc")

(defun main ()
	;one interpreter, what is asked while it runs waits in the mailbox
	(defq python_service (mail-declare (task-mbox) "*Python" "Python Service 0.1")
		python (Python :time 60000))
	(while :t
		(let* ((msg (mail-read (task-mbox))) (reply_id (getf msg +py_rpc_reply_id)) (result :nil))
			(catch (setq result (. python :try_text (slice msg +py_rpc_size -1)))
				;what does not end at all was closed
				(progn (setq result (list -1 (str _)) python (Python :time 60000)) :t))
			(mail-send reply_id (setf-> (cat (str-alloc +py_reply_size) (second result))
				(+py_reply_status (first result))))))
	(mail-forget python_service))
