"""Whole nights that are killed: the company, the killing, and what must hold afterwards."""
