"""Rules about what a single target cannot say, or documents only in part."""
