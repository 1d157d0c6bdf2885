"""What a policy is: its syntax tree, its names, its call graph, what it decides, and the platform's facts."""
