"""From data to Plotly figures. No streamlit in here."""
