"""Values in an address that nobody would write."""

ODD = (
    "", " ", "²", "٣", "-1", "1e9", "0x10", "1_000", "9" * 20, "9" * 400, "NaN", "null", "None",
    "[]", "{}", "true", "0.5", "<script>alert(1)</script>", "**bold** :red[x]", "'; DROP TABLE",
    "../../etc/passwd", "/etc/passwd", "model.py:Net", "modular_97k ", "MODULAR_97K", "\x00", "🙂",
    "\u202eabc", "%00", "x" * 5_000, "{" * 5_000, "Layers\n", "a,b", "\ud800", "a\udfffb",
)  # fmt: skip
