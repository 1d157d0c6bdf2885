"""Rules about documents of either interface, replies to callbacks and commands alike: written once for both."""
