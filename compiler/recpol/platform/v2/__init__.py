"""SVAML of Voice API v2: one document of commands for a whole call."""
