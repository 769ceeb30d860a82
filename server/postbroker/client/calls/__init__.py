"""What can be asked of a broker: a file a noun, a method a call."""
