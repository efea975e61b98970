"""Moving a site here: what readers hold of its old feeds, kept or compared."""
