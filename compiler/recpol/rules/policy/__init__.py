"""Rules about policies, whatever they are compiled to."""
