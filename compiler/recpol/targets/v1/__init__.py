"""The targets that answer each callback with a document of its own: `classic` and `svaml1`."""
