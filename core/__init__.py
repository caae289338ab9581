"""Everything the lab can do without a browser. Nothing in here imports streamlit."""
