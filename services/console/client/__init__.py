"""The console's own clients: of the OpenID Connect provider, and of the services' public APIs."""
