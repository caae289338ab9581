"""Networks: the catalogue, one file a family, tables of layers, a student's own file."""
