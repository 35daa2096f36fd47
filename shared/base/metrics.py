"""What a process tells operators at `/metrics`."""

from prometheus_client import Counter, Gauge, Histogram

PUBLISHED = Counter("lastmetre_events_published", "Events the relay handed to the bus", ["type"])
HANDLED = Counter("lastmetre_events_handled", "Events handled, by what became of them", ["type", "outcome"])
EVENT_AGE = Histogram(
    "lastmetre_event_age_seconds",
    "Age of an event when it was handled",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600),
)
NEWEST_EVENT = Gauge("lastmetre_newest_event_timestamp_seconds", "Unix time of the newest event handled")
LAG = Gauge("lastmetre_consumer_lag", "Records not handled yet", ["topic"])
READS = Gauge("lastmetre_consumer_reads", "1 for each topic that a consumer group reads", ["group", "topic"])
OUTBOX = Gauge("lastmetre_outbox_pending", "Events stored and not yet published")
FORGED = Counter("lastmetre_forged_events", "Records refused: the owner of the topic did not write them", ["topic"])
UNSIGNED = Counter("lastmetre_unsigned_events", "Records read without a MAC, before the date that ends it", ["topic"])
UNREADABLE = Counter("lastmetre_unreadable_seals", "Sealed texts that did not open, by collection and field", ["field"])
ACTS_WAITING = Gauge("lastmetre_log_waiting", "Units of work whose entries in the log of acts are not chained yet")
LOG_BROKEN = Gauge("lastmetre_log_broken", "Links of the log of acts that did not verify at the last check of a day")
DEAD = Counter("lastmetre_dead_letters", "Records moved to the dead letters", ["topic", "reason"])
LATENESS = Histogram(
    "lastmetre_due_work_lateness_seconds",
    "How late due work was begun",
    buckets=(0.5, 1, 2, 5, 15, 60, 300, 3600, 86400),
)
REQUESTS = Counter("lastmetre_http_requests", "HTTP requests answered", ["method", "route", "status"])
REQUEST_SECONDS = Histogram(
    "lastmetre_http_request_seconds",
    "Time to answer an HTTP request",
    ["method", "route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
REPLICA_AGE = Gauge("lastmetre_replica_age_seconds", "Age of what a replica knows", ["topic"])
