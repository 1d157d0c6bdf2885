"""SVAML that answers each callback with a document: the founding pages (classic) and the current API."""
