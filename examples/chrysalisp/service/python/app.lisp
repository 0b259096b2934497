;single instance per system only
(if (empty? (mail-enquire "*Python,"))
	(import "./app_impl.lisp"))
