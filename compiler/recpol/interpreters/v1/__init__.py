"""The interpreter of replies: the dialects that answer each callback with a document of its own."""
