"""Targets: one module per platform dialect, each from a program that the rules accepted to SVAML documents."""
