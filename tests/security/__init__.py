"""What the services refuse to an attacker, an official who acts alone, and a forged event."""
