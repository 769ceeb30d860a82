"""Use cases: a file a noun, a method a use case, a transaction each."""
