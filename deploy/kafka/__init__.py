"""Apache Kafka on this machine: its official jars, one or three brokers in KRaft mode on loopback."""
