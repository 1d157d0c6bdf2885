"""What a policy means: what is heard and recorded in a call, worked out from the decisions alone."""
