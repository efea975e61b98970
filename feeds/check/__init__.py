"""What is wrong with posts: a linter for authors."""
