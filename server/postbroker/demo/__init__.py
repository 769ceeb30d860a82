"""The product at work, from pairing to a proven post, in a browser of its own."""
