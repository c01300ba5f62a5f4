"""Decisions without I/O: what a status may become, what policy makes of a verdict, what a lease allows.

Imports the standard library and `moderation.rules` only. Nothing here reads a clock, a row or a request.
"""
