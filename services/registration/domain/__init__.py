"""Rules of registration, by what they are about. Time comes in as an argument."""
