"""Work that pages start and threads do, which is the server's, not a session's. No Streamlit."""
