"""Pages of the review app; with app.py the only place that imports streamlit."""
