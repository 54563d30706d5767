"""The six trials: what must hold when a week goes wrong, on a company small enough to work out by hand."""
