"""The pages. Streamlit runs each of them as a script, on behalf of `app.py`."""
