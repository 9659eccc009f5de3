"""Runs a command in a terminal of a fixed size and writes what it prints as an asciicast v2: record.py COLUMNS ROWS FILE COMMAND..."""

import codecs
import fcntl
import json
import os
import pty
import struct
import sys
import termios
import time

columns, rows, path, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:]

child, terminal = pty.fork()
if child == 0:
    # The size must be there before the command asks for it.
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", LC_ALL="C.UTF-8", COLUMNS=str(columns), LINES=str(rows))
    os.execvp(command[0], command)

decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
begun = time.monotonic()
with open(path, "w", encoding="utf-8") as cast:
    cast.write(json.dumps({"version": 2, "width": columns, "height": rows, "env": {"TERM": "xterm-256color"}}) + "\n")
    while True:
        try:
            data = os.read(terminal, 65536)
        except OSError:  # Linux reports the end of the other side as an error
            break
        if not data:
            break
        # A program that asks the terminal where the cursor is waits for an answer.
        if b"\x1b[6n" in data:
            os.write(terminal, b"\x1b[1;1R")
        cast.write(json.dumps([round(time.monotonic() - begun, 3), "o", decoder.decode(data)], ensure_ascii=False) + "\n")

sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
