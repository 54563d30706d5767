"""Salesforce behind a mapping: its REST API, and Bulk API 2.0 where there is much to read."""
