"""Baked tables of the fold, and the script that makes them."""
