"""A real Keycloak with a realm of the demo, for tests of sign-in against a provider that is not ours."""
