"""Checkpoint's rules: pure, by what they are about."""
