"""A community of real size and a morning of its work, made through the public interfaces alone."""
