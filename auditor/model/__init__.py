"""The nouns: what a tenant contains and what an audit produces. No behaviour, no I/O."""
