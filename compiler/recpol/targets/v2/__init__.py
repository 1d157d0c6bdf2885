"""The target in which one document holds a whole call: `svaml2`."""
