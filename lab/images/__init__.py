"""Images for pages: encoded sheets and small HTML. No streamlit in here."""
