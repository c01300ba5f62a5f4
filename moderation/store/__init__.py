"""Rows in, rows out: SQLAlchemy functions that take a session and never commit.

Imported by flows and the composition root alone. No Flask, no policy, no rules.
"""
