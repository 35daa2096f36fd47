"""Rosters as clerks keep them: .xlsx, .xls, .xlsb, .ods or .csv, with Chinese or English headings (R1.12).

`reading` runs `child` in a process of its own, which turns a file into rows of cells. `columns` finds the heading,
`cells` judges what a spreadsheet made of a cell, `rows` gives the rows to the use cases.
"""
