"""Elements of our own: each with its Python, JavaScript and CSS."""
