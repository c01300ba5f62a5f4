"""What the HTTP surfaces share: problems, bodies, headers, permission. No rules, no SQL."""
