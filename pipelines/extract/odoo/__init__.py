"""Odoo 16 to 18 over JSON-RPC."""
