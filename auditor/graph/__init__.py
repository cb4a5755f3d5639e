"""The only place that does I/O with a tenant: sign-in, requests, paging, retries."""
