"""The whole tenant: read in pages, folded as they pass by, judged and asked about.

collect.py   Graph to a snapshot file, page by page
fold.py      pages to what is kept of them
join.py      what is kept to the apps of an inventory
"""
