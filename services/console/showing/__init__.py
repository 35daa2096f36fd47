"""How the console shows things: texts in two languages, pages, times and sheets."""
