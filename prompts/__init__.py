"""One Markdown file per prompt."""
