"""What dlopen's and dlsym's errors say."""
import ctypes

for call in (lambda: ctypes.CDLL("/no/such/library.so"), lambda: ctypes.CDLL("nothing.so"), lambda: ctypes.CDLL(None).nothing_there):
    try:
        call()
    except Exception as error:
        print(type(error).__name__, error)
