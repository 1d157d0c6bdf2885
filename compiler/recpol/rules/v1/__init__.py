"""Rules about existing replies to callbacks."""
