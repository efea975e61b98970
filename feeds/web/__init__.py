"""The edge towards the web: ready documents in memory, answered without asking anyone."""
