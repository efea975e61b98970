"""What is known: the index (derived from the source) and the ledger (the memory)."""
