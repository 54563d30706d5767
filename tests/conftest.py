"""What every test takes for granted of the process it runs in.

Belongs here: undoing what a shell's `&` or nohup left. Does not: fixtures (each folder's own conftest).
"""

import signal

# A run in the background ignores Ctrl-C, one under nohup ignores hang-up, and children inherit that; tests send both and expect to be heard.
for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, handler)
