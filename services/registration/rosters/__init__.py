"""Rosters as clerks keep them: .xlsx, .xls, .xlsb, .ods or .csv, with Chinese or English headings (R1.12).

`reading` gives a file to `apart`; `child` turns it into rows of cells, in a process that `host` forks. `columns` finds
the heading, `cells` judges what a spreadsheet made of a cell, `rows` gives the rows to the use cases.
"""
