"""The command line: one module per command group. Parses words, calls a room, prints the outcome."""
