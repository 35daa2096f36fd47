"""The console's rules: sessions, curves and what a case lacks before its release."""
