"""The topics of the city, read from `topics.yaml`: the launcher, compose and Kubernetes all take them from there."""

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

TOPICS_FILE = Path(__file__).with_name("topics.yaml")
COMPACTION_LAG_HOURS = 168
_HOUR_MS = 3_600_000


class Topic(BaseModel):
    """One topic: `compacted`, or kept for `retention_hours`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    partitions: int = Field(ge=1)
    retention_hours: int | None = Field(default=None, ge=1)
    compacted: bool = False

    @property
    def config(self) -> dict[str, str]:
        """The configuration of the topic in Kafka."""
        if self.compacted:
            # Who must see every event of a key, and not the newest alone, has so long to read it.
            return {"cleanup.policy": "compact", "min.compaction.lag.ms": str(COMPACTION_LAG_HOURS * _HOUR_MS)}
        return {"cleanup.policy": "delete", "retention.ms": str((self.retention_hours or 0) * _HOUR_MS)}

    @model_validator(mode="after")
    def _kept_one_way(self) -> "Topic":
        if self.compacted == (self.retention_hours is not None):
            raise ValueError(f"{self.name}: state either `compacted: true` or `retention_hours`")
        return self


def load_topics(path: Path = TOPICS_FILE) -> list[Topic]:
    """Return every topic of the file. Raises pydantic's `ValidationError` for one that is not well formed."""
    return [Topic.model_validate(entry) for entry in yaml.safe_load(path.read_text())["topics"]]
