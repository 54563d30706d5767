"""How fast, how big, how much memory: seeded input, measured runs, one page. Run it with `make bench`, or `make bench BENCH="10000"`."""
