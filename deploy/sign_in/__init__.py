"""Sign-in for a city on one machine: an OpenID Connect provider for demos, without passwords, on loopback alone."""
