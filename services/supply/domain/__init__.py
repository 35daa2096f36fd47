"""Rules of supply, by what they are about: goods in depots, and deliveries to doors."""
