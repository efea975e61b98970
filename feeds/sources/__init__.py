"""Where posts come from: files → bytes → front matter and body → `Post` → HTML."""
