"""Bodies of checkpoint's HTTP interface, by what they are about."""
