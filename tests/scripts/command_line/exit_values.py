"""What SystemExit accepts, seen through exec in the same interpreter; then raise SystemExit without a value: status 0."""
for value in ("None", "0", "1", "256", "-1", "True", "'text'", "[1]", "2.5", "(1, 2)"):
    try:
        exec(f"raise SystemExit({value})")
    except SystemExit as stop:
        print(value, repr(stop.code), stop.args)
try:
    quit()
except SystemExit as stop:
    print("quit", stop.code)
except NameError as error:
    print(error)


class Finaliser:
    def __del__(self):
        print("finaliser runs at exit")


keep = Finaliser()
raise SystemExit
