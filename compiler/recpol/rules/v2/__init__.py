"""Rules about existing documents of Voice API v2."""
