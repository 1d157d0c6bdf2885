"""Real editors and a real client of the protocol, driven by scripts: `make clients`."""
