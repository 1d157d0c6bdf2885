"""The project on disk: which files a run is about, what they say, and where results go. Every frontend uses it."""
