"""A rush rehearsed: a usual load, ten times as much within one step, and the usual load again."""
