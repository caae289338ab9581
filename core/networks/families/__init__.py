"""One file a family. A file here that defines RECORD or RECORDS is in every menu: see catalogue.py.

Importing a family must stay cheap (no torch at the top): torch is imported when a network is built.
"""
