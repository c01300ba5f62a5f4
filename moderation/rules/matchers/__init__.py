"""One kind of rule each. Matchers do not know each other; `evaluate` runs them all."""
