"""The one writer: scan → index → documents → store. Web workers only read what it stored."""
