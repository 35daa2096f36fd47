"""The product's plumbing in a simulated city: time, order, store and bus follow from a seed, and so does every fault.

The code that is tried is the product's own: units of work, the outbox's relay, the receiver, deadlines, dead letters,
replicas, the scan log and the decision. Simulated is what lies around it: the event loop's clock, MongoDB, Kafka, and
the processes, which die and stand still.
"""
