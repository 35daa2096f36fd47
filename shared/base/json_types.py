"""Types of data whose keys are names: JSON objects, documents, claims of a token."""

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]  # Any: values of every type that JSON or a document can hold
JsonView = Mapping[str, Any]  # Any: the same, to be read alone
