"""One trial a module, each with its `TRIAL`."""
