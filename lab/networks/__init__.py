"""The Networks, Editor and Compare pages."""
