"""The command line: each command parses its options, calls the pipeline and writes the result."""
