"""Rules of isolation: pure functions, to which time is an argument."""
