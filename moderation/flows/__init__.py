"""What the service does, one file per flow. A flow reads from top to bottom and does not know the other flows.

Each takes a SQLAlchemy session and the `Services` it may use, and opens its own transactions.
"""
