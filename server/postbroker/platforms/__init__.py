"""Official APIs: a file a platform, found by its name."""
