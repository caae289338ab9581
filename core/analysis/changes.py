def suggestions(inspection, model): return {}
