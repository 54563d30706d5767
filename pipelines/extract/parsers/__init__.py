"""Source text to canonical text, one module per kind of value. Vectorised; a value that cannot be read becomes NULL, never a guess."""
