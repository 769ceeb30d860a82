"""The broker over HTTP: parse, call one operation, answer."""
