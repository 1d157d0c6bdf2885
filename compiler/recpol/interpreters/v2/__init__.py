"""The interpreter of Voice API v2."""
