"""An uncaught exception group: its tree on stderr, status 1."""
def task(n):
    if n % 2:
        raise ValueError(f"odd {n}")
    raise TypeError(f"even {n}")


errors = []
for n in range(3):
    try:
        task(n)
    except Exception as error:
        errors.append(error)
print("collected", len(errors))
try:
    raise ExceptionGroup("inner", errors[:2])
except ExceptionGroup as inner:
    raise BaseExceptionGroup("outer", [inner, errors[2], KeyboardInterrupt("stop")]) from OSError(2, "No such file or directory", "cause.txt")
