"""What creates the auditor's own app registration, printed for an administrator to run."""
