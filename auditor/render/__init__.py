"""From a ``Report`` to bytes: HTML, Markdown, JSON, CSV and the terminal summary."""
