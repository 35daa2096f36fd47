#!/bin/bash
# Gives each service a user on the bus with the password of .env; another password replaces the one before.
# It runs beside the broker, whose LOCAL listener no other container reaches.
set -euo pipefail
BOOTSTRAP=${BOOTSTRAP:-localhost:9094}
for service in $SERVICES; do
  variable=${service^^}_PASSWORD
  # As a file: the arguments of a process can be read by others.
  "${KAFKA_BIN:-/opt/kafka/bin}/kafka-configs.sh" --bootstrap-server "$BOOTSTRAP" --alter \
    --entity-type users --entity-name "$service" \
    --add-config-file <(printf 'SCRAM-SHA-512=password=%s\n' "${!variable}")
done
